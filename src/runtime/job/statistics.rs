//! What a job has cost, and what is wrong with it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

/// A poll that takes this long, 16 ms, holds up a frame: sixty of them make a second.
pub const BLOCKED_UI_FROM: Duration = Duration::from_millis(16);
/// A job that mostly wakes itself gets a warning from this many polls on.
pub const SELF_WAKING_FROM_POLLS: u64 = 20;
/// How many classes a [`PollHistogram`] has: the length of its `counts`.
pub const HISTOGRAM_CLASSES: usize = 16;

/// What a job has cost so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobStatistics {
    /// How often it was polled.
    pub polls: u64,
    /// How often it became ready: a hundred wakes before one poll count once.
    pub wakes: u64,
    /// How many of those wakes came from within its own poll.
    pub self_wakes: u64,
    /// The time spent in its polls.
    pub busy: Duration,
    /// The time it was ready and waited for its turn, from wake to poll.
    pub scheduled: Duration,
    /// The rest of its life so far.
    pub idle: Duration,
    /// The longest of its polls.
    pub longest_poll: Duration,
    /// What the job was doing then, if it had said so.
    pub longest_poll_label: Option<Cow<'static, str>>,
    /// How long its polls took.
    pub histogram: PollHistogram,
}

/// How many polls took how long, in classes that double: the first is below 1.024 µs, the second
/// below 2.048 µs, and so on; the last has no upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollHistogram {
    /// How many polls fell in each class.
    pub counts: [u32; HISTOGRAM_CLASSES],
}

impl PollHistogram {
    /// Below what the polls of a class stayed; none for the last class.
    #[must_use]
    pub fn upper_bound(class: usize) -> Option<Duration> {
        (class + 1 < HISTOGRAM_CLASSES).then(|| Duration::from_nanos(1024 << class))
    }

    /// The class of a poll that took this long.
    #[doc(hidden)]
    #[must_use]
    pub fn class_of(took: Duration) -> usize {
        class_of_nanos(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX))
    }
}

fn class_of_nanos(nanos: u64) -> usize {
    let bits = u64::BITS - (nanos >> 10).leading_zeros();
    (bits as usize).min(HISTOGRAM_CLASSES - 1)
}

/// How long polls took; written at the end of a poll only.
pub(crate) struct PollTimes {
    longest_nanos: Cell<u64>,
    histogram: [Cell<u32>; HISTOGRAM_CLASSES],
    longest_label: RefCell<Option<Cow<'static, str>>>,
}

impl PollTimes {
    pub(crate) fn new() -> Self {
        Self {
            longest_nanos: Cell::new(0),
            histogram: [const { Cell::new(0) }; HISTOGRAM_CLASSES],
            longest_label: RefCell::new(None),
        }
    }

    /// Counts one poll; true when it was the longest, and long enough that its label matters.
    pub(crate) fn count(&self, nanos: u64) -> bool {
        let class = &self.histogram[class_of_nanos(nanos)];
        class.set(class.get().saturating_add(1));
        if nanos <= self.longest_nanos.get() {
            return false;
        }
        self.longest_nanos.set(nanos);
        // The label of a short one is not worth the lookup: while all are short, new maxima are
        // frequent.
        nanos >= LABELLED_FROM_NANOS
    }

    pub(crate) fn set_longest_label(&self, label: Option<Cow<'static, str>>) {
        self.longest_label.replace(label);
    }

    pub(crate) fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest_nanos.get())
    }

    pub(crate) fn longest_label(&self) -> Option<Cow<'static, str>> {
        self.longest_label.borrow().clone()
    }

    pub(crate) fn histogram(&self) -> PollHistogram {
        PollHistogram {
            counts: self.histogram.each_ref().map(Cell::get),
        }
    }
}

/// The label of a longest poll is kept when it took this long.
pub(crate) const LABELLED_FROM_NANOS: u64 = 50_000;

/// What is wrong with a job, as its numbers prove.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "deck", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Warning {
    /// One of its polls held up the thread, and so the window, for [`BLOCKED_UI_FROM`] or longer.
    BlockedUi {
        /// For how long.
        took: Duration,
        /// What the job was doing, if it had said so.
        label: Option<Cow<'static, str>>,
    },
    /// It went from its beginning to its end in one long poll.
    NeverYielded {
        /// How long that was.
        took: Duration,
    },
    /// It woke itself for more than half of its polls, of which it had at least 20: it waits by
    /// polling.
    SelfWaking {
        /// The share, in percent.
        percent: u8,
    },
    /// It waits, and no waker is left that could wake it: it will never continue.
    WaitsOnNothing,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BlockedUi { took, label } => {
                write!(f, "blocked the UI for {} ms", took.as_millis())?;
                match label {
                    Some(label) => write!(f, " at «{label}»"),
                    None => Ok(()),
                }
            }
            Self::NeverYielded { took } => {
                write!(f, "never yielded in {} ms", took.as_millis())
            }
            Self::SelfWaking { percent } => {
                write!(f, "woke itself for {percent} % of its polls")
            }
            Self::WaitsOnNothing => f.write_str("waits on nothing: its waker was lost"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_double_and_the_last_takes_the_rest() {
        let class = |nanos| PollHistogram::class_of(Duration::from_nanos(nanos));
        assert_eq!([class(0), class(1023), class(1024)], [0, 0, 1]);
        assert_eq!([class(2047), class(2048)], [1, 2]);
        assert_eq!(class(u64::MAX), HISTOGRAM_CLASSES - 1);
        for number in 0..HISTOGRAM_CLASSES - 1 {
            let bound = PollHistogram::upper_bound(number).unwrap();
            assert_eq!(PollHistogram::class_of(bound), number + 1);
            assert_eq!(
                PollHistogram::class_of(bound - Duration::from_nanos(1)),
                number
            );
        }
        assert_eq!(PollHistogram::upper_bound(HISTOGRAM_CLASSES - 1), None);
    }

    #[test]
    fn a_warning_says_what_and_where() {
        let warning = Warning::BlockedUi {
            took: Duration::from_millis(42),
            label: Some("Hashing".into()),
        };
        assert_eq!(warning.to_string(), "blocked the UI for 42 ms at «Hashing»");
    }
}
