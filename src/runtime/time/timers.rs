//! Deadlines in order. There is no timer thread: a tick fires what is due, and passes the next
//! deadline to the host.

use std::collections::BTreeMap;

use crate::runtime::{JobId, Moment};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerTarget {
    /// An await of this job, by its number.
    Await { job: JobId, number: u64 },
    /// The grace period of this job's workers.
    Grace(JobId),
}

/// The key of a deadline, by which it can be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerKey {
    deadline: Moment,
    sequence: u64,
}

/// Every deadline of a runtime. An ordered map and not a heap, because a pause removes deadlines
/// from the middle.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    entries: BTreeMap<TimerKey, TimerTarget>,
    sequence: u64,
}

impl Timers {
    /// Adds a deadline. One at [`Moment::END`] never comes, and a virtual clock must not jump to
    /// it.
    pub(crate) fn insert(&mut self, deadline: Moment, target: TimerTarget) -> TimerKey {
        self.sequence += 1;
        let key = TimerKey {
            deadline,
            sequence: self.sequence,
        };
        if deadline < Moment::END {
            self.entries.insert(key, target);
        }
        key
    }

    pub(crate) fn remove(&mut self, key: TimerKey) {
        self.entries.remove(&key);
    }

    pub(crate) fn next_deadline(&self) -> Option<Moment> {
        self.entries.keys().next().map(|key| key.deadline)
    }

    /// Takes out the first entry that is due, if any.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<TimerTarget> {
        let entry = self.entries.first_entry()?;
        (entry.key().deadline <= now).then(|| entry.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(secs: u64) -> Moment {
        Moment::from_start(Duration::from_secs(secs))
    }

    fn grace(index: u32) -> TimerTarget {
        TimerTarget::Grace(JobId {
            index,
            generation: 0,
        })
    }

    #[test]
    fn due_entries_come_in_order_of_deadline_then_of_insertion() {
        let mut timers = Timers::default();
        timers.insert(at(2), grace(1));
        timers.insert(at(1), grace(2));
        timers.insert(at(1), grace(3));
        let taken_back = timers.insert(at(0), grace(4));
        timers.remove(taken_back);
        assert_eq!(timers.next_deadline(), Some(at(1)));
        assert_eq!(timers.pop_due(at(0)), None);
        assert_eq!(timers.pop_due(at(1)), Some(grace(2)));
        assert_eq!(timers.pop_due(at(1)), Some(grace(3)));
        assert_eq!(timers.pop_due(at(1)), None);
        assert_eq!(timers.pop_due(at(9)), Some(grace(1)));
        assert_eq!(timers.next_deadline(), None);
    }
}
