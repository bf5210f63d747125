//! What a row remembers beyond its numbers: when it was held, how fast its bytes arrived, the
//! attempts of all its jobs; and, once it has ended, its steps, its log and what its polls cost, in
//! little memory.

mod rates;
mod timeline;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deck::limits::{LOG_LINE_BYTES_AFTER_END, LOG_LINES_AFTER_END, STEPS_AFTER_END};
use crate::fetch::is_default;
use crate::jobs::{ATTEMPTS_KEPT, Attempt, AttemptEnd, JobFacts};
use crate::runtime::{
    HISTOGRAM_CLASSES, Job, JobStatistics, LogLine, Moment, PollHistogram, Warning,
};
use crate::status::{RateCurve, Timeline};

use self::rates::RateSeries;
use self::timeline::{Holds, PastStep, past_steps, timeline};

pub(in crate::deck) use self::timeline::{HoldReason, WAITS_FOR_SLOT};

/// An attempt, and which of its row's jobs made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What one row remembers. Small while it has not begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::deck) struct RowHistory {
    added: Moment,
    /// When it was added, or begun again: the beginning of its timeline.
    start: Moment,
    /// Whether it waits for a slot since then, or is paused.
    #[serde(default, skip_serializing_if = "is_default")]
    begins_paused: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    past: Option<Box<Past>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Past {
    holds: Holds,
    #[serde(default, skip_serializing_if = "is_default")]
    rates: RateSeries,
    /// Counts its jobs from 1.
    run: u32,
    /// The attempts of earlier jobs, and of this one once it has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<PastAttempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<EndedRun>,
}

/// What is kept of a job that has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct EndedRun {
    at: Moment,
    steps: Box<[PastStep]>,
    #[serde(default, skip_serializing_if = "is_default")]
    steps_forgotten: u64,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    log: Box<[LogLine]>,
    #[serde(default, skip_serializing_if = "is_default")]
    log_lines_forgotten: u32,
    statistics: CompactStatistics,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    warnings: Box<[Warning]>,
}

/// [`JobStatistics`] in less than half the room.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct CompactStatistics {
    polls: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    self_wakes: u32,
    busy_secs: f32,
    scheduled_secs: f32,
    idle_secs: f32,
    longest_poll_secs: f32,
    #[serde(default, skip_serializing_if = "is_default")]
    longest_poll_label: Option<Cow<'static, str>>,
    histogram: [u16; HISTOGRAM_CLASSES],
}

impl CompactStatistics {
    fn of(statistics: JobStatistics) -> Self {
        let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let few = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
        Self {
            polls: count(statistics.polls),
            self_wakes: count(statistics.self_wakes),
            busy_secs: statistics.busy.as_secs_f32(),
            scheduled_secs: statistics.scheduled.as_secs_f32(),
            idle_secs: statistics.idle.as_secs_f32(),
            longest_poll_secs: statistics.longest_poll.as_secs_f32(),
            longest_poll_label: statistics.longest_poll_label,
            histogram: statistics.histogram.counts.map(few),
        }
    }

    fn whole(&self) -> JobStatistics {
        let time = |secs| Duration::try_from_secs_f32(secs).unwrap_or_default();
        JobStatistics {
            polls: self.polls.into(),
            wakes: self.polls.into(),
            self_wakes: self.self_wakes.into(),
            busy: time(self.busy_secs),
            scheduled: time(self.scheduled_secs),
            idle: time(self.idle_secs),
            longest_poll: time(self.longest_poll_secs),
            longest_poll_label: self.longest_poll_label.clone(),
            histogram: PollHistogram {
                counts: self.histogram.map(u32::from),
            },
        }
    }
}

impl RowHistory {
    /// Of a row that was added now.
    pub(in crate::deck) fn new(now: Moment, paused: bool) -> Self {
        Self {
            added: now,
            start: now,
            begins_paused: paused,
            past: None,
        }
    }

    fn first_hold(&self) -> HoldReason {
        if self.begins_paused {
            HoldReason::Paused
        } else {
            HoldReason::Queued
        }
    }

    fn past(&mut self) -> &mut Past {
        let (start, held) = (self.start, self.first_hold());
        self.past.get_or_insert_with(|| {
            let mut past = Box::new(Past {
                run: 1,
                ..Past::default()
            });
            past.holds.note(Some(held), start, start);
            past
        })
    }

    /// What holds it from now on, if anything does.
    pub(in crate::deck) fn note(&mut self, held: Option<HoldReason>, now: Moment) {
        if self.past.is_none() && held == Some(self.first_hold()) {
            return;
        }
        let start = self.start;
        self.past().holds.note(held, start, now);
    }

    /// So many bytes have come by now.
    pub(in crate::deck) fn sample(&mut self, job: &Job, wire_bytes: u64, is_transferring: bool) {
        self.past()
            .rates
            .sample(job.active(), wire_bytes, is_transferring);
    }

    /// Its job has ended: what is worth keeping is taken over.
    pub(in crate::deck) fn end(&mut self, job: &Job, facts: &JobFacts) {
        let at = job.finished_at().unwrap_or_default();
        let start = self.start;
        let past = self.past();
        past.holds.note(None, start, at);
        if facts.trace.wire_bytes() > 0 {
            past.rates
                .sample(job.active(), facts.trace.wire_bytes(), true);
        }
        past.rates.end();
        let all_steps = job.steps_from(0);
        let newest = &all_steps[all_steps.len().saturating_sub(STEPS_AFTER_END)..];
        let steps = past_steps(newest, &facts.attempts, start, at);
        let (log, log_lines_forgotten) = kept_log(job);
        past.ended = Some(EndedRun {
            at,
            steps: steps.into(),
            steps_forgotten: newest.first().map_or(0, |step| step.number - 1),
            log,
            log_lines_forgotten,
            statistics: CompactStatistics::of(job.statistics()),
            warnings: job.warnings().into(),
        });
        past.keep_attempts(facts, at);
    }

    /// It is begun again: a new timeline; the attempts so far are remembered.
    pub(in crate::deck) fn begin_again(&mut self, now: Moment, paused: bool) {
        self.start = now;
        self.begins_paused = paused;
        let held = self.first_hold();
        if let Some(past) = &mut self.past {
            **past = Past {
                run: past.run.saturating_add(1),
                attempts: std::mem::take(&mut past.attempts),
                ..Past::default()
            };
            past.holds.note(Some(held), now, now);
        }
    }

    /// When the row was added first.
    pub(in crate::deck) fn added(&self) -> Moment {
        self.added
    }

    /// Whether an earlier job of it had begun.
    pub(in crate::deck) fn began_before(&self) -> bool {
        let past = self.past.as_ref();
        past.is_some_and(|past| past.run > 1 || !past.attempts.is_empty())
    }

    /// Since when it is paused, if nothing else happened since.
    pub(in crate::deck) fn paused_at(&self) -> Option<Moment> {
        match &self.past {
            Some(past) if past.ended.is_none() => past.holds.paused_at(),
            Some(_) => None,
            None => self.begins_paused.then_some(self.start),
        }
    }

    /// When its last job ended; none while none has.
    pub(in crate::deck) fn ended_at(&self) -> Option<Moment> {
        Some(self.past.as_ref()?.ended.as_ref()?.at)
    }

    /// What the row did and waited for, while no job of it is under way. `is_held` is a row that
    /// has not begun.
    pub(in crate::deck) fn timeline(&self, is_held: bool, now: Moment) -> Timeline {
        let start = self.start;
        let Some(past) = &self.past else {
            let mut holds = Holds::default();
            holds.note(Some(self.first_hold()), start, start);
            return timeline(&[], 0, &holds, start, now);
        };
        if let Some(ended) = &past.ended {
            let (steps, forgotten) = (&ended.steps, ended.steps_forgotten);
            return timeline(steps, forgotten, &past.holds, start, ended.at);
        }
        let end = if is_held {
            now
        } else {
            past.holds.last_end(start)
        };
        timeline(&[], 0, &past.holds, start, end)
    }

    /// What the row did and waited for, with a job under way.
    pub(in crate::deck) fn timeline_of(
        &self,
        job: &Job,
        facts: &JobFacts,
        now: Moment,
    ) -> Timeline {
        let Some(past) = &self.past else {
            return self.timeline(true, now);
        };
        let steps = job.steps_from(0);
        let forgotten = steps.first().map_or(0, |step| step.number - 1);
        let steps = past_steps(&steps, &facts.attempts, self.start, now);
        timeline(&steps, forgotten, &past.holds, self.start, now)
    }

    pub(in crate::deck) fn rate_curve(&self) -> RateCurve {
        let past = self.past.as_ref();
        past.map_or_else(RateCurve::default, |past| past.rates.curve())
    }

    /// The attempts that are remembered, and those of the job under way, oldest first.
    pub(in crate::deck) fn attempts(&self, under_way: Option<&JobFacts>) -> Vec<PastAttempt> {
        let past = self.past.as_ref();
        let mut attempts = past.map_or_else(Vec::new, |past| past.attempts.clone());
        let Some(facts) = under_way else {
            return attempts;
        };
        let run = past.map_or(1, |past| past.run);
        attempts.extend(facts.attempts.iter().map(|attempt| PastAttempt {
            run,
            attempt: attempt.clone(),
        }));
        if let Some(last) = attempts
            .last_mut()
            .filter(|last| last.attempt.end == AttemptEnd::UnderWay)
        {
            last.attempt.wire_bytes = facts.attempts.since_begin(facts.trace.wire_bytes());
        }
        attempts
    }

    /// The log of a job that began at `began` and has ended.
    pub(in crate::deck) fn log(&self, began: Moment) -> Option<LogView> {
        let ended = self.past.as_ref()?.ended.as_ref()?;
        Some(LogView {
            began,
            lines: ended.log.to_vec(),
            forgotten: ended.log_lines_forgotten,
        })
    }

    /// What the polls of a job that has ended cost, and what was wrong with it.
    pub(in crate::deck) fn statistics(&self) -> Option<(JobStatistics, Vec<Warning>)> {
        let ended = self.past.as_ref()?.ended.as_ref()?;
        Some((ended.statistics.whole(), ended.warnings.to_vec()))
    }

    /// The same on another clock: `on_clock` tells when a moment of this one was on that. What lies
    /// between two moments of one job stays as long as it was, whatever happened to the clocks.
    pub(in crate::deck) fn on_clock(mut self, on_clock: impl Fn(Moment) -> Moment) -> Self {
        let start = self.start;
        self.added = on_clock(self.added);
        self.start = on_clock(start);
        let near = |near: Moment, on_clock: Moment, moment: Moment| {
            if moment >= near {
                on_clock + moment.since(near)
            } else {
                on_clock - near.since(moment)
            }
        };
        let new_start = self.start;
        let Some(past) = &mut self.past else {
            return self;
        };
        past.holds.shift(|moment| near(start, new_start, moment));
        for PastAttempt { attempt, .. } in &mut past.attempts {
            let began = on_clock(attempt.began);
            attempt.ended = attempt.ended.map(|end| near(attempt.began, began, end));
            attempt.began = began;
        }
        if let Some(ended) = &mut past.ended {
            ended.at = near(start, new_start, ended.at);
            for line in &mut ended.log {
                line.at = near(start, new_start, line.at);
            }
        }
        self
    }

    /// The same with the attempts of a job that is under way, as if it stopped now.
    pub(in crate::deck) fn stopped(mut self, facts: &JobFacts, now: Moment) -> Self {
        if facts.attempts.count() > 0 {
            self.past().keep_attempts(facts, now);
        }
        self
    }

    /// What it takes on the heap.
    #[cfg(test)]
    pub(in crate::deck) fn heap_bytes(&self) -> usize {
        let Some(past) = &self.past else { return 0 };
        let ended = past.ended.as_ref().map_or(0, |ended| {
            let steps: usize = ended.steps.iter().map(PastStep::heap_bytes).sum();
            let log: usize = ended.log.iter().map(|line| line.text.len()).sum();
            size_of_val(&*ended.steps) + steps + size_of_val(&*ended.log) + log
        });
        size_of::<Past>()
            + past.holds.heap_bytes()
            + past.rates.heap_bytes()
            + past.attempts.capacity() * size_of::<PastAttempt>()
            + ended
    }
}

impl Past {
    fn keep_attempts(&mut self, facts: &JobFacts, now: Moment) {
        let run = self.run;
        let wire_bytes = facts.attempts.since_begin(facts.trace.wire_bytes());
        self.attempts.reserve_exact(facts.attempts.iter().len());
        let of_this_run = facts.attempts.iter().cloned().map(|mut attempt| {
            if attempt.ended.is_none() {
                attempt.ended = Some(now);
                attempt.wire_bytes = wire_bytes;
                attempt.end = AttemptEnd::Stopped;
            }
            PastAttempt { run, attempt }
        });
        self.attempts.extend(of_this_run);
        let too_many = self.attempts.len().saturating_sub(ATTEMPTS_KEPT);
        self.attempts.drain(..too_many);
    }
}

/// The newest lines of a log, each of bounded length, and how many there were before them.
fn kept_log(job: &Job) -> (Box<[LogLine]>, u32) {
    let lines = job.log_lines();
    let forgotten = lines.len().saturating_sub(LOG_LINES_AFTER_END);
    let kept = lines.into_iter().skip(forgotten).map(|line| {
        if line.text.len() <= LOG_LINE_BYTES_AFTER_END {
            return line;
        }
        let end = line.text.floor_char_boundary(LOG_LINE_BYTES_AFTER_END);
        LogLine {
            at: line.at,
            text: format!("{}…", &line.text[..end]).into(),
        }
    });
    (kept.collect(), u32::try_from(forgotten).unwrap_or(u32::MAX))
}
