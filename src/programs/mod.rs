//! The kinds of jobs that jobdeck ships: what they are told (a spec), and the async functions that run them.

mod fetch;
mod options;
mod parse;
mod spec;
mod timed;

pub use options::JobOptions;
pub use parse::{InputLine, InputLines, parse_lines};
pub use spec::{Destination, FetchSpec, Spec, TimedSpec};

use std::{cell::RefCell, rc::Rc};

use crate::{
    fetch::{FetchError, Fetched},
    runtime::{JobHandle, Runtime},
};

/// What a program finds out on its way, for whoever shows it: written by the job, read by its row.
#[derive(Debug, Default)]
pub struct Facts {
    /// How many attempts have begun.
    pub attempts: u32,
    /// Body bytes that attempts read which then failed.
    pub lost_bytes: u64,
    /// Why the last attempt failed; stays when a later one succeeds.
    pub last_error: Option<FetchError>,
    /// What a fetch yielded.
    pub fetched: Option<Fetched>,
}

/// The facts of one job, shared between it and its row on the UI thread.
pub type SharedFacts = Rc<RefCell<Facts>>;

impl Spec {
    /// Starts a job that does what this spec says and writes what it finds out into `facts`.
    pub fn start(&self, runtime: &Runtime, facts: SharedFacts) -> JobHandle<()> {
        let name = self.name().to_owned();
        match self {
            Self::Fetch(spec) => {
                let spec = spec.clone();
                runtime.spawn(name, async move |cx| fetch::run(&cx, &spec, &facts).await)
            }
            Self::Timed(spec) => {
                let spec = spec.clone();
                runtime.spawn(name, async move |cx| timed::run(&cx, &spec, &facts).await)
            }
        }
    }
}
