//! What a row remembers of its life beyond its numbers: when it was held, how fast its bytes came, its attempts over all
//! its jobs; and, once it has ended, its steps, its log and what its polls cost, in little room.

mod rates;
mod reading;
mod timeline;

use std::{borrow::Cow, time::Duration};

use crate::{
    deck::limits::{LOG_LINE_BYTES_AFTER_END, LOG_LINES_AFTER_END, STEPS_AFTER_END},
    jobs::ATTEMPTS_KEPT,
    jobs::{Attempt, AttemptEnd, Facts},
    runtime::{
        HISTOGRAM_CLASSES, Job, JobStatistics, LogLine, Moment, PausedBy, PollHistogram, Warning,
    },
};

use self::{
    rates::RateSeries,
    timeline::{Holds, KeptStep, kept_steps},
};

pub use self::reading::{LogView, PastAttempt};
pub(super) use self::timeline::Held;

/// What one row remembers. Small while it has not begun.
#[derive(Clone, Debug)]
pub(super) struct History {
    added: Moment,
    /// When it was added, or begun again: the beginning of its timeline.
    start: Moment,
    /// Whether it waits for a slot since then, or is paused.
    begins_paused: bool,
    past: Option<Box<Past>>,
}

#[derive(Clone, Debug, Default)]
struct Past {
    holds: Holds,
    rates: RateSeries,
    /// Counts its jobs from 1.
    run: u32,
    /// The attempts of earlier jobs, and of this one once it has ended.
    attempts: Vec<PastAttempt>,
    ended: Option<EndedRun>,
}

/// What is kept of a job that has ended.
#[derive(Clone, Debug)]
struct EndedRun {
    at: Moment,
    steps: Box<[KeptStep]>,
    steps_forgotten: u64,
    log: Box<[LogLine]>,
    log_lines_forgotten: u32,
    statistics: KeptStatistics,
    warnings: Box<[Warning]>,
}

/// [`JobStatistics`] in less than half the room.
#[derive(Clone, Debug)]
struct KeptStatistics {
    polls: u32,
    self_wakes: u32,
    busy_secs: f32,
    scheduled_secs: f32,
    idle_secs: f32,
    longest_poll_secs: f32,
    longest_poll_label: Option<Cow<'static, str>>,
    histogram: [u16; HISTOGRAM_CLASSES],
}

impl KeptStatistics {
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

impl History {
    /// Of a row that was added now.
    pub(super) fn new(now: Moment, paused: bool) -> Self {
        Self {
            added: now,
            start: now,
            begins_paused: paused,
            past: None,
        }
    }

    fn held_at_first(&self) -> Held {
        if self.begins_paused {
            Held::Paused(PausedBy::User)
        } else {
            Held::Queued
        }
    }

    fn past(&mut self) -> &mut Past {
        let (start, held) = (self.start, self.held_at_first());
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
    pub(super) fn note(&mut self, held: Option<Held>, now: Moment) {
        if self.past.is_none() && held == Some(self.held_at_first()) {
            return;
        }
        let start = self.start;
        self.past().holds.note(held, start, now);
    }

    /// So many bytes have come by now.
    pub(super) fn sample(&mut self, job: &Job, wire_bytes: u64, is_transferring: bool) {
        self.past()
            .rates
            .sample(job.active(), wire_bytes, is_transferring);
    }

    /// Its job has ended: what is worth keeping is taken over.
    pub(super) fn end(&mut self, job: &Job, facts: &Facts) {
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
        let steps = kept_steps(newest, &facts.attempts, start, at);
        let (log, log_lines_forgotten) = kept_log(job);
        past.ended = Some(EndedRun {
            at,
            steps: steps.into(),
            steps_forgotten: newest.first().map_or(0, |step| step.number - 1),
            log,
            log_lines_forgotten,
            statistics: KeptStatistics::of(job.statistics()),
            warnings: job.warnings().into(),
        });
        past.keep_attempts(facts, at);
    }

    /// It is begun again: a new timeline; the attempts so far are remembered.
    pub(super) fn begin_again(&mut self, now: Moment) {
        self.start = now;
        self.begins_paused = false;
        if let Some(past) = &mut self.past {
            **past = Past {
                run: past.run.saturating_add(1),
                attempts: std::mem::take(&mut past.attempts),
                ..Past::default()
            };
            past.holds.note(Some(Held::Queued), now, now);
        }
    }
}

impl Past {
    fn keep_attempts(&mut self, facts: &Facts, now: Moment) {
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

impl History {
    /// What it takes on the heap.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        let Some(past) = &self.past else { return 0 };
        let ended = past.ended.as_ref().map_or(0, |ended| {
            let steps: usize = ended.steps.iter().map(KeptStep::heap_bytes).sum();
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

/// An attempt that a job of a row makes, or made: see [`Attempt`].
fn of_run(run: u32) -> impl Fn(&Attempt) -> PastAttempt {
    move |attempt| PastAttempt {
        run,
        attempt: attempt.clone(),
    }
}
