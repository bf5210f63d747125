//! What others read of a row's past.

use web_time::SystemTime;

use crate::{
    deck::limits::{PREVIEW_BYTES_AFTER_END, PREVIEWS_KEPT},
    deck::{Deck, row::RowState},
    fetch::TracedAnswer,
    jobs::{Attempt, AttemptEnd},
    runtime::{JobStatistics, LogLine, Moment, Warning},
    status::{RateCurve, RowId, Timeline},
};

use super::{History, kept_steps, of_run, timeline};

/// An attempt, and which of its row's jobs made it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastAttempt {
    /// Counts the jobs of a row from 1: one more with each time it is begun again.
    pub run: u32,
    /// The attempt itself.
    pub attempt: Attempt,
}

/// The log of a row.
#[derive(Clone, Debug, Default)]
pub struct LogView {
    /// When its job began.
    pub began: Moment,
    /// Its lines, oldest first.
    pub lines: Vec<LogLine>,
    /// How many older lines are not remembered, as far as that is known.
    pub forgotten: u32,
}

impl Deck {
    /// The text of a body that came is kept in little room, and only by the latest rows.
    pub(in crate::deck) fn keep_preview(&mut self, index: usize) {
        let id = self.rows[index].id;
        let preview = self.preview_mut(index);
        let Some(text) = preview.filter(|text| text.is_some()) else {
            return;
        };
        if let Some(whole) = text
            && whole.len() > PREVIEW_BYTES_AFTER_END
        {
            whole.truncate(whole.floor_char_boundary(PREVIEW_BYTES_AFTER_END));
            whole.push('…');
            whole.shrink_to_fit();
        }
        self.previews.push_back(id);
        if self.previews.len() > PREVIEWS_KEPT
            && let Some(oldest) = self.previews.pop_front()
            && let Some(index) = self.index(oldest)
            && let Some(preview) = self.preview_mut(index)
        {
            *preview = None;
        }
    }

    fn preview_mut(&mut self, index: usize) -> Option<&mut Option<String>> {
        match &mut self.rows[index].state {
            RowState::Ended(ended) => Some(&mut ended.fetched.as_mut()?.preview),
            _ => None,
        }
    }

    /// When a moment of the jobs' clock was on the user's.
    #[must_use]
    pub fn time_of(&self, moment: Moment) -> Option<SystemTime> {
        self.wall.time_of(moment)
    }

    /// What the server said last to a row's job.
    #[must_use]
    pub fn answer(&self, id: RowId) -> Option<TracedAnswer> {
        let row = &self.rows[self.index(id)?];
        row.facts.borrow().trace.answer()
    }

    /// All bytes of bodies that a row's job has read so far.
    #[must_use]
    pub fn wire_bytes(&self, id: RowId) -> Option<u64> {
        let row = &self.rows[self.index(id)?];
        Some(row.facts.borrow().trace.wire_bytes())
    }

    /// When a row was added first.
    #[must_use]
    pub fn added(&self, id: RowId) -> Option<SystemTime> {
        self.time_of(self.rows[self.index(id)?].history.added)
    }

    /// What a row did and waited for, since it was added or begun again.
    #[must_use]
    pub fn timeline(&self, id: RowId) -> Option<Timeline> {
        let row = &self.rows[self.index(id)?];
        let History { start, past, .. } = &row.history;
        let (start, now) = (*start, self.runtime.now());
        let Some(past) = past else {
            let mut holds = super::Holds::default();
            holds.note(Some(row.history.held_at_first()), start, start);
            return Some(timeline::timeline(&[], 0, &holds, start, now));
        };
        if let Some(ended) = &past.ended {
            let (steps, forgotten) = (&ended.steps, ended.steps_forgotten);
            return Some(timeline::timeline(
                steps,
                forgotten,
                &past.holds,
                start,
                ended.at,
            ));
        }
        let Some(job) = row.job() else {
            // It ended before it began, or has not begun.
            let end = match row.held() {
                Some(_) => now,
                None => past.holds.last_end(start),
            };
            return Some(timeline::timeline(&[], 0, &past.holds, start, end));
        };
        let steps = job.steps_from(0);
        let facts = row.facts.borrow();
        let kept = kept_steps(&steps, &facts.attempts, start, now);
        let forgotten = steps.first().map_or(0, |step| step.number - 1);
        Some(timeline::timeline(
            &kept,
            forgotten,
            &past.holds,
            start,
            now,
        ))
    }

    /// How fast a row's bytes came.
    #[must_use]
    pub fn rate_curve(&self, id: RowId) -> Option<RateCurve> {
        let row = &self.rows[self.index(id)?];
        let past = row.history.past.as_ref();
        Some(past.map_or_else(RateCurve::default, |past| past.rates.curve()))
    }

    /// The attempts of a row that are remembered, oldest first, those of its earlier jobs included.
    #[must_use]
    pub fn attempts_made(&self, id: RowId) -> Vec<PastAttempt> {
        let Some(index) = self.index(id) else {
            return Vec::new();
        };
        let row = &self.rows[index];
        let past = row.history.past.as_ref();
        let mut attempts = past.map_or_else(Vec::new, |past| past.attempts.clone());
        if row.job().is_some() {
            let facts = row.facts.borrow();
            let run = past.map_or(1, |past| past.run);
            attempts.extend(facts.attempts.iter().map(of_run(run)));
            if let Some(last) = attempts
                .last_mut()
                .filter(|last| last.attempt.end == AttemptEnd::UnderWay)
            {
                last.attempt.wire_bytes = facts.attempts.since_begin(facts.trace.wire_bytes());
            }
        }
        attempts
    }

    /// The log of a row's job.
    #[must_use]
    pub fn log(&self, id: RowId) -> Option<LogView> {
        let row = &self.rows[self.index(id)?];
        if let Some(job) = row.job() {
            return Some(LogView {
                began: job.spawned_at(),
                lines: job.log_lines(),
                forgotten: 0,
            });
        }
        let ended = row.history.past.as_ref()?.ended.as_ref()?;
        Some(LogView {
            began: self.ended(id)?.began_at?,
            lines: ended.log.to_vec(),
            forgotten: ended.log_lines_forgotten,
        })
    }

    /// What the polls of a row's job cost, and what that proves to be wrong with it; none before it began.
    #[must_use]
    pub fn statistics(&self, id: RowId) -> Option<(JobStatistics, Vec<Warning>)> {
        let row = &self.rows[self.index(id)?];
        if let Some(job) = row.job() {
            return Some((job.statistics(), job.warnings()));
        }
        let ended = row.history.past.as_ref()?.ended.as_ref()?;
        Some((ended.statistics.whole(), ended.warnings.to_vec()))
    }
}
