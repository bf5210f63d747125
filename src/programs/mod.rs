//! The kinds of jobs that jobdeck ships: what they are told (a spec), and the async functions that run them.

mod attempts;
mod curl;
mod expand;
mod fetch;
mod following;
mod headers;
mod link;
mod list_file;
mod list_line;
mod options;
mod parse;
mod reading;
mod single;
mod slot;
mod spec;
mod statements;
mod timed;

pub use attempts::{Attempt, AttemptEnd, Attempts};
pub use expand::Expansion;
pub use fetch::DISK_FULL;
pub use headers::Headers;
pub use link::{Link, LinkKey, OwnFolder, OwnOptions};
pub use list_file::{ListText, NoList, links_in_file};
pub use list_line::Origin;
pub use options::JobOptions;
pub use parse::{Globs, InputLine, InputLines, parse_lines, parse_lines_with};
pub use reading::{Chosen, Entry, ReadCounts, Reading, Skip, Surroundings};
pub use single::parse_link;
pub use slot::{Slot, SlotState, Verdict};
pub use spec::{Destination, FetchSpec, Spec, TimedSpec, name_of};
pub use statements::{Span, Statement};

use statements::{Found, Scan, with_line_feeds};

use std::{cell::RefCell, rc::Rc};

use crate::{
    fetch::{FetchError, Fetched, RateLimit, Trace},
    runtime::{JobHandle, Moment, Runtime},
};

/// What a program finds out on its way, for whoever shows it: written by the job, read by its row.
#[derive(Debug, Default)]
pub struct Facts {
    /// What it attempted.
    pub attempts: Attempts,
    /// What its fetches tell beyond their progress, those that failed included.
    pub trace: Trace,
    /// Why the last attempt failed; stays when a later one succeeds.
    pub last_error: Option<FetchError>,
    /// What a fetch yielded.
    pub fetched: Option<Fetched>,
    /// Its permission to make an attempt.
    pub slot: Slot,
}

impl Facts {
    /// Those of a job that makes an attempt only when a deck grants it a slot.
    #[must_use]
    pub fn with_slots_granted() -> SharedFacts {
        Rc::new(RefCell::new(Self {
            slot: Slot::granted_by_deck(),
            ..Self::default()
        }))
    }

    /// Another attempt begins; says which.
    fn begin_attempt(&mut self, now: Moment) -> u32 {
        self.trace.begin_attempt();
        self.attempts.begin(now, self.trace.wire_bytes());
        self.attempts.count()
    }

    /// The attempt under way has ended.
    fn end_attempt(&mut self, now: Moment, end: AttemptEnd) {
        self.attempts.end(now, self.trace.wire_bytes(), end);
    }
}

/// The facts of one job, shared between it and its row on the UI thread.
pub type SharedFacts = Rc<RefCell<Facts>>;

impl Spec {
    /// Starts a job that does what this spec says and writes what it finds out into `facts`. A fetch keeps to all of
    /// `rate_limits`, which whoever starts it may change while it runs.
    pub fn start(
        &self,
        runtime: &Runtime,
        facts: SharedFacts,
        rate_limits: &[RateLimit],
    ) -> JobHandle<()> {
        let mut builder = runtime.builder(self.name().to_owned());
        match self {
            Self::Fetch(spec) => {
                let mut spec = spec.clone();
                for limit in rate_limits {
                    spec.request = spec.request.with_rate_limit(limit.clone());
                }
                if let Some(limit) = spec.time_limit {
                    builder = builder.time_limit(limit);
                }
                builder.spawn(async move |cx| fetch::run(&cx, &spec, &facts).await)
            }
            Self::Timed(spec) => {
                let spec = spec.clone();
                builder.spawn(async move |cx| timed::run(&cx, &spec, &facts).await)
            }
        }
    }
}
