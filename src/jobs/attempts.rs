//! What a job notes of each of its attempts.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fetch::{FetchError, RetryDelay};
use crate::runtime::{JobError, Moment};

/// How many attempts of a row are remembered; the latest are.
pub const ATTEMPTS_KEPT: usize = 50;

/// One attempt of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Counts the attempts of its job from 1.
    pub number: u32,
    /// When it began, on the runtime's clock.
    pub began: Moment,
    /// When it ended; none while it is under way.
    pub ended: Option<Moment>,
    /// The bytes that it read.
    pub wire_bytes: u64,
    /// How it ended.
    pub end: AttemptEnd,
    /// The wait that followed, if another attempt did or will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<RetryDelay>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// Not yet.
    UnderWay,
    /// Well.
    Done,
    /// With this error; the same one again is kept once.
    Failed(Arc<FetchError>),
    /// With an error that is not of a fetch, in a line.
    Other(Arc<str>),
    /// Its job ended under it.
    Stopped,
}

/// The latest attempts of a job, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempts {
    list: VecDeque<Attempt>,
    count: u32,
    /// What the trace had counted when the newest began.
    wire_bytes_before: u64,
}

impl Attempts {
    /// Of an earlier job: `count` had begun, and none is kept here.
    #[must_use]
    pub fn counted(count: u32) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }

    /// How many have begun, those included that are not kept any more.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Those that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Attempt> + ExactSizeIterator + Clone {
        self.list.iter()
    }

    /// The newest.
    #[must_use]
    pub fn last(&self) -> Option<&Attempt> {
        self.list.back()
    }

    /// Another one begins. `wire_bytes` are all that were read so far.
    pub fn begin(&mut self, now: Moment, wire_bytes: u64) {
        if self.list.len() == ATTEMPTS_KEPT {
            self.list.pop_front();
        } else if self.list.is_empty() {
            // Most jobs need one.
            self.list.reserve_exact(1);
        }
        self.count = self.count.saturating_add(1);
        self.wire_bytes_before = wire_bytes;
        self.list.push_back(Attempt {
            number: self.count,
            began: now,
            ended: None,
            wire_bytes: 0,
            end: AttemptEnd::UnderWay,
            wait: None,
        });
    }

    /// The one under way has ended.
    pub fn end(&mut self, now: Moment, wire_bytes: u64, end: AttemptEnd) {
        let same_as_before = |error: &FetchError| {
            let earlier = self.list.iter().rev().nth(1)?;
            match &earlier.end {
                AttemptEnd::Failed(known) if **known == *error => Some(known.clone()),
                _ => None,
            }
        };
        let end = match end {
            AttemptEnd::Failed(error) => {
                AttemptEnd::Failed(same_as_before(&error).unwrap_or(error))
            }
            end => end,
        };
        let wire_bytes = self.since_begin(wire_bytes);
        if let Some(last) = self.list.back_mut().filter(|last| last.ended.is_none()) {
            last.ended = Some(now);
            last.wire_bytes = wire_bytes;
            last.end = end;
        }
    }

    /// The bytes of the one under way, of all that were read so far.
    #[must_use]
    pub fn since_begin(&self, wire_bytes: u64) -> u64 {
        wire_bytes.saturating_sub(self.wire_bytes_before)
    }

    /// How long it is until the next one.
    pub(super) fn note_wait(&mut self, wait: RetryDelay) {
        if let Some(last) = self.list.back_mut() {
            last.wait = Some(wait);
        }
    }
}

impl From<&JobError> for AttemptEnd {
    fn from(error: &JobError) -> Self {
        match error.downcast_ref::<FetchError>() {
            Some(error) => Self::Failed(Arc::new(error.clone())),
            None => Self::Other(error.to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(secs: u64) -> Moment {
        Moment::from_start(Duration::from_secs(secs))
    }

    #[test]
    fn the_latest_are_kept_and_all_are_counted() {
        let mut attempts = Attempts::default();
        for number in 0..ATTEMPTS_KEPT as u64 + 5 {
            attempts.begin(at(10 * number), 100 * number);
            let error = FetchError::http_status(503, "", None);
            let end = AttemptEnd::Failed(Arc::new(error));
            attempts.end(at(10 * number + 4), 100 * number + 7, end);
        }
        assert_eq!(attempts.count() as usize, ATTEMPTS_KEPT + 5);
        assert_eq!(attempts.iter().len(), ATTEMPTS_KEPT);
        let first = attempts.iter().next().unwrap();
        assert_eq!((first.number, first.wire_bytes), (6, 7));
        // What is the same is there once.
        let errors: Vec<_> = attempts
            .iter()
            .map(|attempt| match &attempt.end {
                AttemptEnd::Failed(error) => Arc::as_ptr(error),
                end => panic!("{end:?}"),
            })
            .collect();
        assert!(errors.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn an_end_without_a_beginning_changes_nothing() {
        let mut attempts = Attempts::default();
        attempts.end(at(1), 5, AttemptEnd::Done);
        assert_eq!(attempts, Attempts::default());
        attempts.begin(at(1), 5);
        attempts.end(at(2), 9, AttemptEnd::Done);
        attempts.end(at(3), 30, AttemptEnd::Stopped);
        assert_eq!(attempts.last().unwrap().wire_bytes, 4);
        assert_eq!(attempts.last().unwrap().end, AttemptEnd::Done);
    }
}
