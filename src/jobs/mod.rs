//! The kinds of jobs that jobdeck ships: specs, and the async functions that run them.

mod attempts;
mod facts;
mod fetch_spec;
mod first_wait;
mod link_list;
mod noted_policy;
mod run_fetch;
mod run_timed;
mod slot;
mod spec;
#[cfg(test)]
mod tests;
mod timed_spec;

pub use attempts::{ATTEMPTS_KEPT, Attempt, AttemptEnd, Attempts};
pub use facts::{JobFacts, Resumed, ResumedWait, SharedFacts};
pub use fetch_spec::{Destination, FetchSpec, name_of};
pub use link_list::LinkList;
pub use run_fetch::DISK_FULL;
pub use slot::{Attribution, Slot, SlotState};
pub use spec::{NotStorable, Spec};
pub use timed_spec::TimedSpec;
