//! The status of a row: its words, glyph and tone.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::Chip;
use super::totals::next_try_words;
use crate::format::{self, LocalTime};

/// The identity of a row: unique among the rows of its source, the same for as long as the row is
/// known at all, and never used again.
///
/// The row of a job has the number of its [`JobId`](crate::runtime::JobId): unique within one
/// runtime, and never used again while that runtime lives. The row of a link in the dashboard keeps
/// its id through restarts and retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
pub struct RowId(pub u64);

/// What a row does, or how it ended: each variant with exactly the data that its line shows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// Not begun.
    Queued {
        /// Its place in the queue, from 1; `None` while that is not known.
        place: Option<u64>,
        /// What it waits for, such as a host whose slots are taken; `None` if it is only its turn.
        waits_for: Option<Arc<str>>,
    },
    /// Running, asleep of its own accord.
    Sleeping {
        /// What is left of the sleep.
        left: Duration,
    },
    /// Running, waiting before it tries again.
    Retrying {
        /// The attempt that comes next, from 2.
        attempt: u32,
        /// The attempts there are in all.
        of: u32,
        /// What is left of the delay.
        left: Duration,
        /// The delay, if the server asked for it.
        server_asked_for: Option<Duration>,
    },
    /// Running, waiting for something other than time: a slot, another task.
    Waiting {
        /// What for: `a slot on host x`; `None` if it did not say.
        waits_for: Option<Arc<str>>,
    },
    /// Waiting for a host, or for the network, that does not answer.
    Unreachable {
        /// The host; `None` is the network.
        host: Option<Arc<str>>,
        /// How long it is until the next try; zero while one is under way.
        next_try: Duration,
    },
    /// Running, busy with something that is not a transfer.
    Working {
        /// The step's own label: `Connecting`, `Verifying`.
        label: Cow<'static, str>,
    },
    /// Running, and the other side has not answered yet.
    Unanswered {
        /// The step's own label: `Requesting`.
        label: Cow<'static, str>,
        /// How long it waits already.
        waited: Duration,
        /// How long it waits at most.
        limit: Duration,
    },
    /// Running, in a transfer of which no byte comes.
    Stalled {
        /// How long none has come.
        silent: Duration,
        /// The silence after which the attempt fails.
        limit: Duration,
    },
    /// Running, moving bytes.
    Transferring {
        /// The step's own label: `Downloading`.
        label: Cow<'static, str>,
        /// Whether it is known how much there will be.
        size_known: bool,
    },
    /// Its own part is done, its children are not.
    Finishing {
        /// The children that still run.
        children_left: u32,
    },
    /// A pause is wanted; something of it still runs.
    Pausing,
    /// Paused by its user, or kept paused.
    Paused {
        /// When it came to rest; `None` in rows of an application's own.
        since: Option<LocalTime>,
        /// What else there is to say: `disk full`, `restored`.
        note: Option<Cow<'static, str>>,
    },
    /// A cancellation is wanted; a thread of it still runs.
    Cancelling,
    /// Ended well.
    Done {
        /// How long it ran.
        elapsed: Duration,
    },
    /// Ended well, but the file may not be the one that was wanted.
    Check {
        /// Why, in one line.
        doubt: Arc<str>,
    },
    /// Ended badly.
    Failed {
        /// In which way.
        kind: FailureKind,
        /// What happened, in one line.
        cause: Arc<str>,
        /// How far it had come.
        at_percent: Option<u8>,
    },
    /// Cancelled by its user.
    Cancelled {
        /// How far it had come.
        at_percent: Option<u8>,
        /// A thread of it did not react in time and was left behind.
        thread_abandoned: bool,
    },
    /// Cut off by the end of the process.
    Interrupted {
        /// How far it had come.
        at_percent: Option<u8>,
    },
}

/// The ways to end badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// It returned an error.
    Error,
    /// It panicked.
    Panic,
    /// It ran out of time.
    TimeOut,
}

/// The signs of a status. None differs by colour alone: each also has a shape and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// A dashed circle: not begun.
    Dashed,
    /// A clock: waits.
    Clock,
    /// A ring with a dot: works.
    Dot,
    /// A circle with an arrow down: moves bytes.
    ArrowDown,
    /// A circle with two bars: paused.
    Bars,
    /// A slashed circle: cancelled.
    Slashed,
    /// A tick: done.
    Tick,
    /// A triangle with an exclamation mark: done, with a doubt.
    Warning,
    /// A cross: failed.
    Cross,
}

/// What a state's colour says; the theme knows the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "deck", serde(rename_all = "snake_case"))]
pub enum Tone {
    /// Nothing happens: queued, cancelled.
    Off,
    /// Waits for time or a slot.
    Waiting,
    /// Works.
    Accent,
    /// Paused: the user's doing, so in the colour of text.
    Text,
    /// Done.
    Good,
    /// Done, with a doubt.
    Doubt,
    /// Failed.
    Failed,
}

impl Status {
    /// The first line: what it does, in a word or two.
    #[must_use]
    pub fn word(&self) -> Cow<'static, str> {
        match self {
            Self::Queued { .. } => "Queued".into(),
            Self::Sleeping { .. } => "Sleeping".into(),
            Self::Retrying { attempt, of, .. } => format!("Retry {attempt} of {of}").into(),
            Self::Waiting { .. } | Self::Unreachable { .. } => "Waiting".into(),
            Self::Working { label }
            | Self::Unanswered { label, .. }
            | Self::Transferring { label, .. } => label.clone(),
            Self::Stalled { silent, .. } => {
                format!("Stalled for {}", format::whole_secs(*silent)).into()
            }
            Self::Finishing { .. } => "Finishing".into(),
            Self::Pausing => "Pausing".into(),
            Self::Paused { .. } => "Paused".into(),
            Self::Cancelling => "Cancelling".into(),
            Self::Done { .. } => "Done".into(),
            Self::Check { .. } => "Check".into(),
            Self::Failed {
                kind, at_percent, ..
            } => {
                let word = match kind {
                    FailureKind::Error => "Failed",
                    FailureKind::Panic => "Crashed",
                    FailureKind::TimeOut => "Timed out",
                };
                match at_percent {
                    Some(percent) => format!("{word} at {percent} %").into(),
                    None => word.into(),
                }
            }
            Self::Cancelled { .. } => "Cancelled".into(),
            Self::Interrupted { .. } => "Interrupted".into(),
        }
    }

    /// The second line: the number or the reason that explains the word; `None` if there is nothing
    /// to add.
    #[must_use]
    pub fn detail(&self) -> Option<Cow<'static, str>> {
        let at = |percent: Option<u8>| percent.map(|percent| format!("at {percent} %"));
        let text = match self {
            Self::Queued { place, waits_for } => {
                let place = place.map(format::ordinal);
                let waits_for = waits_for.as_ref().map(|what| format!("waits for {what}"));
                return joined(", ", [place, waits_for]);
            }
            Self::Sleeping { left } => format!("{} left", format::countdown(*left)),
            Self::Retrying {
                left,
                server_asked_for,
                ..
            } => {
                let left = format!("in {}", format::whole_secs_left(*left));
                let asked = server_asked_for
                    .map(|delay| format!("server asked for {}", format::whole_secs_left(delay)));
                return joined("; ", [Some(left), asked]);
            }
            Self::Waiting { waits_for } => format!("for {}", waits_for.as_ref()?),
            Self::Unanswered { waited, limit, .. } => format::whole_secs_of(*waited, *limit),
            Self::Stalled { limit, .. } => format!("gives up at {}", format::whole_secs(*limit)),
            Self::Unreachable { host, next_try } => {
                let what = match host {
                    Some(host) => format!("host {host} does not answer"),
                    None => "no network".to_owned(),
                };
                format!("{what}, {}", next_try_words(*next_try))
            }
            Self::Transferring {
                size_known: false, ..
            } => return Some("size unknown".into()),
            Self::Working { .. } | Self::Transferring { .. } | Self::Pausing => return None,
            Self::Finishing { children_left } => {
                format!(
                    "{} left",
                    format::count(u64::from(*children_left), "child", "children")
                )
            }
            Self::Paused { since, note } => {
                let since = since.map(|time| format!("since {}", time.time_or_day()));
                return joined("; ", [since, note.as_ref().map(ToString::to_string)]);
            }
            Self::Cancelling => return Some("waits for its thread".into()),
            Self::Done { elapsed } => format!("in {}", format::duration(*elapsed)),
            Self::Check { doubt } => format::escaped(doubt).into_owned(),
            Self::Failed { cause, .. } => format::escaped(cause).into_owned(),
            Self::Cancelled {
                at_percent,
                thread_abandoned,
            } => {
                let abandoned = thread_abandoned.then(|| "thread abandoned".to_owned());
                return joined("; ", [at(*at_percent), abandoned]);
            }
            Self::Interrupted { at_percent } => at(*at_percent)?,
        };
        Some(text.into())
    }

    /// Word and detail in one line: `Requesting, 25 of 120 s`.
    #[must_use]
    pub fn line(&self) -> Cow<'static, str> {
        let word = self.word();
        let Some(detail) = self.detail() else {
            return word;
        };
        let separator = match self {
            Self::Failed { .. } | Self::Check { .. } => ": ",
            Self::Queued { .. }
            | Self::Unanswered { .. }
            | Self::Stalled { .. }
            | Self::Transferring { .. } => ", ",
            _ => " ",
        };
        format!("{word}{separator}{detail}").into()
    }

    /// The sign before the word.
    #[doc(hidden)]
    #[must_use]
    pub fn glyph(&self) -> Glyph {
        match self {
            Self::Queued { .. } => Glyph::Dashed,
            Self::Sleeping { .. }
            | Self::Retrying { .. }
            | Self::Waiting { .. }
            | Self::Unreachable { .. }
            | Self::Stalled { .. } => Glyph::Clock,
            Self::Working { .. } | Self::Unanswered { .. } => Glyph::Dot,
            Self::Transferring { .. } | Self::Finishing { .. } => Glyph::ArrowDown,
            Self::Pausing | Self::Paused { .. } => Glyph::Bars,
            Self::Cancelling | Self::Cancelled { .. } | Self::Interrupted { .. } => Glyph::Slashed,
            Self::Done { .. } => Glyph::Tick,
            Self::Check { .. } => Glyph::Warning,
            Self::Failed { .. } => Glyph::Cross,
        }
    }

    /// What its colour says.
    #[doc(hidden)]
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::Queued { .. }
            | Self::Cancelling
            | Self::Cancelled { .. }
            | Self::Interrupted { .. } => Tone::Off,
            Self::Sleeping { .. }
            | Self::Retrying { .. }
            | Self::Waiting { .. }
            | Self::Unreachable { .. }
            | Self::Stalled { .. } => Tone::Waiting,
            Self::Working { .. }
            | Self::Unanswered { .. }
            | Self::Transferring { .. }
            | Self::Finishing { .. } => Tone::Accent,
            Self::Pausing | Self::Paused { .. } => Tone::Text,
            Self::Done { .. } => Tone::Good,
            Self::Check { .. } => Tone::Doubt,
            Self::Failed { .. } => Tone::Failed,
        }
    }

    /// The filter chip it is under.
    #[doc(hidden)]
    #[must_use]
    pub fn chip(&self) -> Chip {
        match self {
            Self::Queued { .. }
            | Self::Sleeping { .. }
            | Self::Retrying { .. }
            | Self::Waiting { .. }
            | Self::Unreachable { .. } => Chip::Waiting,
            Self::Working { .. }
            | Self::Unanswered { .. }
            | Self::Stalled { .. }
            | Self::Transferring { .. }
            | Self::Finishing { .. }
            | Self::Cancelling => Chip::Active,
            Self::Pausing | Self::Paused { .. } => Chip::Paused,
            Self::Done { .. } => Chip::Done,
            Self::Check { .. } => Chip::Check,
            Self::Failed { .. } => Chip::Failed,
            Self::Cancelled { .. } | Self::Interrupted { .. } => Chip::Cancelled,
        }
    }

    /// Whether it is at work, so that what its last attempt failed with is of the past.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(
            self,
            Self::Working { .. }
                | Self::Unanswered { .. }
                | Self::Transferring { .. }
                | Self::Stalled { .. }
                | Self::Sleeping { .. }
                | Self::Finishing { .. }
        )
    }

    /// Whether the time since its start is of interest: it has begun, is not over and not paused.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        let rests = matches!(self, Self::Queued { .. } | Self::Paused { .. });
        !rests && !self.is_ended()
    }

    /// Whether it will never change again by itself.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(
            self,
            Self::Done { .. }
                | Self::Check { .. }
                | Self::Failed { .. }
                | Self::Cancelled { .. }
                | Self::Interrupted { .. }
        )
    }

    /// Whether pausing it would do something.
    #[must_use]
    pub fn can_pause(&self) -> bool {
        !self.is_ended() && !self.can_resume() && !matches!(self, Self::Cancelling)
    }

    /// Whether resuming it would do something.
    #[must_use]
    pub fn can_resume(&self) -> bool {
        matches!(self, Self::Pausing | Self::Paused { .. })
    }

    /// Whether cancelling it would do something.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        !self.is_ended() && !matches!(self, Self::Cancelling)
    }

    /// Whether it waits for a time that can be cut short.
    #[must_use]
    pub fn can_skip(&self) -> bool {
        matches!(
            self,
            Self::Sleeping { .. } | Self::Retrying { .. } | Self::Unreachable { .. }
        )
    }

    /// Whether it can be begun again.
    #[must_use]
    pub fn can_retry(&self) -> bool {
        matches!(
            self,
            Self::Check { .. }
                | Self::Failed { .. }
                | Self::Cancelled { .. }
                | Self::Interrupted { .. }
        )
    }

    /// Whether its file can be kept in spite of a doubt.
    #[must_use]
    pub fn can_keep(&self) -> bool {
        matches!(self, Self::Check { .. })
    }

    /// Whether it has a place in the queue, or would have, that can be changed.
    #[doc(hidden)]
    #[must_use]
    pub fn can_move(&self) -> bool {
        matches!(
            self,
            Self::Queued { .. } | Self::Unreachable { .. } | Self::Paused { .. }
        )
    }
}

/// The parts that are there, between separators; `None` if none is.
fn joined(separator: &str, parts: [Option<String>; 2]) -> Option<Cow<'static, str>> {
    match parts {
        [Some(first), Some(second)] => Some(format!("{first}{separator}{second}").into()),
        [Some(only), None] | [None, Some(only)] => Some(only.into()),
        [None, None] => None,
    }
}
