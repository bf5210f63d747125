//! One timer for everything that the deck does at a time.

use crate::runtime::{JobHandle, Moment, Runtime};

/// Sees to it that there is a tick at the earliest time that was asked for.
#[derive(Default)]
pub(super) struct Alarm {
    set: Option<(Moment, JobHandle<()>)>,
}

impl Alarm {
    /// There is to be a tick at this time. One that comes too early does no harm: what was due
    /// later asks again.
    pub(super) fn set(&mut self, runtime: &Runtime, due: Option<Moment>) {
        let Some(due) = due else { return };
        let now = runtime.now();
        if let Some((at, call)) = &self.set {
            if *at > now && *at <= due {
                return;
            }
            call.cancel();
        }
        let call = runtime.call_later(due.since(now), || {});
        self.set = Some((due, call));
    }
}
