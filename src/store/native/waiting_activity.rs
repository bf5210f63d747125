//! Lines of the activity that are not on the disk yet.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::deck::limits::ACTIVITY_KEPT;

use super::operation::Operation;

/// The least time between two writes. Thousands of short jobs produce more lines than are kept, and
/// those that are pushed out meanwhile need not be written.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// Lines of the activity that are not on the disk yet: the newest, as many as are kept.
#[derive(Default)]
pub(super) struct WaitingActivity {
    lines: VecDeque<Operation>,
    written_at: Option<Instant>,
}

impl WaitingActivity {
    pub(super) fn push(&mut self, line: Operation) {
        if self.lines.len() == ACTIVITY_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &Operation> {
        self.lines.iter()
    }

    /// After how long they are to be written; none if there are none.
    pub(super) fn due_in(&self) -> Option<Duration> {
        if self.lines.is_empty() {
            return None;
        }
        let since = self.written_at.map(|at| at.elapsed());
        let left = since.map(|since| BETWEEN_WRITES.saturating_sub(since));
        Some(left.unwrap_or_default())
    }

    /// All of them are on the disk.
    pub(super) fn note_written(&mut self) {
        if !self.lines.is_empty() {
            self.lines.clear();
            self.written_at = Some(Instant::now());
        }
    }
}
