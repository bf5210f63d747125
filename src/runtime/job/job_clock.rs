//! A job's own time, which stands still while the job is paused.

use std::cell::Cell;
use std::time::Duration;

use crate::runtime::Moment;

/// Three moments and no flag: idle jobs must stay small.
pub(crate) struct JobClock {
    spawned_at: Moment,
    /// When it was stopped, by a pause or at the job's end; [`Moment::END`] while it runs.
    stopped_at: Cell<Moment>,
    /// Where active time counts from: the spawn, moved forward by each pause that is over.
    counts_from: Cell<Moment>,
}

impl JobClock {
    /// A clock that runs since `now`.
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            spawned_at: now,
            stopped_at: Cell::new(Moment::END),
            counts_from: Cell::new(now),
        }
    }

    pub(crate) fn spawned_at(&self) -> Moment {
        self.spawned_at
    }

    /// When it was stopped; none while it runs.
    pub(crate) fn stopped_at(&self) -> Option<Moment> {
        Some(self.stopped_at.get()).filter(|at| *at < Moment::END)
    }

    /// The job's active time: what has passed since its spawn, pauses not counted.
    pub(crate) fn active(&self, now: Moment) -> Duration {
        now.min(self.stopped_at.get()).since(self.counts_from.get())
    }

    pub(crate) fn start(&self, now: Moment) {
        if let Some(stopped_at) = self.stopped_at() {
            let counts_from = self.counts_from.get() + now.since(stopped_at);
            self.counts_from.set(counts_from);
            self.stopped_at.set(Moment::END);
        }
    }

    /// Stops it. Of a clock that is stopped already, the time up to `now` counts as paused.
    pub(crate) fn stop(&self, now: Moment) {
        self.start(now);
        self.stopped_at.set(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Moment {
        Moment::from_start(Duration::from_secs(secs))
    }

    #[test]
    fn a_pause_does_not_count() {
        let clock = JobClock::new(at(10));
        let active = |secs| clock.active(at(secs)).as_secs();
        assert_eq!(active(12), 2);
        clock.stop(at(13));
        assert_eq!((active(13), active(50)), (3, 3));
        clock.start(at(20));
        assert_eq!(active(22), 5);
        clock.stop(at(25));
        // The end of a job that is paused.
        clock.stop(at(30));
        assert_eq!((active(99), clock.stopped_at()), (8, Some(at(30))));
    }
}
