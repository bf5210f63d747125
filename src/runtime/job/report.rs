//! What a job reports of itself from any thread: its progress, its steps, its log.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::runtime::{Moment, Rate, Step, StepKind};

/// How many steps of one job are kept; the oldest go first.
pub const STEPS_KEPT: usize = 64;
/// A rate takes another sample when it is read after this much time.
const RATE_SAMPLED_EVERY: Duration = Duration::from_millis(100);
/// How many log lines of one job are kept by default; the oldest go first.
pub const LOG_LINES_KEPT: usize = 1000;

/// The progress of a job: how much is done, and of how much. Plain atomics: a worker thread may
/// write them often, and wakes no other thread by it.
#[derive(Debug)]
pub struct Progress {
    done: AtomicU64,
    /// [`u64::MAX`] means unknown.
    total: AtomicU64,
    counts_bytes: AtomicBool,
}

/// What a [`Progress`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProgressUnit {
    /// Things of any kind: the default.
    #[default]
    Items,
    /// Bytes.
    Bytes,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            done: AtomicU64::new(0),
            total: AtomicU64::new(u64::MAX),
            counts_bytes: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// How much is done, in its [`unit`](Self::unit).
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// How much there is in all, if that is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != u64::MAX)
    }

    /// What is counted.
    #[must_use]
    pub fn unit(&self) -> ProgressUnit {
        if self.counts_bytes.load(Ordering::Relaxed) {
            ProgressUnit::Bytes
        } else {
            ProgressUnit::Items
        }
    }

    /// Says what is counted.
    pub fn set_unit(&self, unit: ProgressUnit) {
        self.counts_bytes
            .store(unit == ProgressUnit::Bytes, Ordering::Relaxed);
    }

    /// Sets how much is done.
    pub fn set_done(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// Adds to what is done.
    pub fn add_done(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }

    /// Sets how much there is in all, or that this is unknown.
    pub fn set_total(&self, total: Option<u64>) {
        self.total
            .store(total.unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// One step of a job's history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepRecord {
    /// Counts the steps of this job from 1.
    pub number: u64,
    /// What the job did.
    pub step: Step,
    /// When it began, on the runtime's clock.
    pub began: Moment,
    /// When it ended; none while it is under way.
    pub ended: Option<Moment>,
}

/// One line of a job's log.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LogLine {
    /// When it was written, on the runtime's clock.
    pub at: Moment,
    /// What it says.
    pub text: Cow<'static, str>,
}

/// The part of a job that any thread may write.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) progress: Progress,
    /// The number of the newest step, to be read without the lock.
    steps_begun: AtomicU64,
    /// Sampled when it is read, which is rare; then it is allocated.
    rate: Mutex<Option<Box<Rate>>>,
    lists: Mutex<ReportLists>,
    log_lines_kept: usize,
}

#[derive(Debug, Default)]
struct ReportLists {
    steps: VecDeque<StepRecord>,
    last_number: u64,
    log: VecDeque<LogLine>,
}

impl Report {
    pub(crate) fn new(log_lines_kept: usize) -> Self {
        Self {
            progress: Progress::default(),
            steps_begun: AtomicU64::default(),
            rate: Mutex::default(),
            lists: Mutex::default(),
            log_lines_kept,
        }
    }

    /// Begins a step; the one before it ends. Returns its number.
    pub(crate) fn begin_step(&self, step: Step, now: Moment) -> u64 {
        let mut lists = self.lock();
        if let Some(last) = lists.steps.back_mut() {
            last.ended.get_or_insert(now);
        }
        if lists.steps.len() == STEPS_KEPT {
            lists.steps.pop_front();
        } else if lists.steps.is_empty() {
            // A job that only sleeps has one step, and idle jobs must stay small.
            lists.steps.reserve_exact(1);
        }
        lists.last_number += 1;
        let number = lists.last_number;
        self.steps_begun.store(number, Ordering::Relaxed);
        lists.steps.push_back(StepRecord {
            number,
            step,
            began: now,
            ended: None,
        });
        number
    }

    /// Ends this step, unless another one has begun.
    pub(crate) fn end_step(&self, number: u64, now: Moment) {
        let mut lists = self.lock();
        if let Some(last) = lists.steps.back_mut().filter(|last| last.number == number) {
            last.ended.get_or_insert(now);
        }
    }

    /// Ends the step under way.
    pub(crate) fn end_steps(&self, now: Moment) {
        if let Some(last) = self.lock().steps.back_mut() {
            last.ended.get_or_insert(now);
        }
    }

    /// The step under way.
    pub(crate) fn step(&self) -> Option<Step> {
        self.lock()
            .steps
            .back()
            .filter(|last| last.ended.is_none())
            .map(|last| last.step.clone())
    }

    /// The label of this step, if it is under way.
    pub(crate) fn label_of(&self, number: u64) -> Option<Cow<'static, str>> {
        let lists = self.lock();
        let last = lists.steps.back()?;
        (last.number == number && last.ended.is_none()).then(|| last.step.label.clone())
    }

    /// How much is done per second of active time. Takes a sample if the last is old enough.
    pub(crate) fn rate(&self, active: Duration) -> Option<f64> {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = rate.get_or_insert_default();
        let now = Moment::from_start(active);
        if rate
            .sampled_at()
            .is_none_or(|last| now.since(last) >= RATE_SAMPLED_EVERY)
        {
            rate.sample(now, self.progress.done());
        }
        rate.per_second()
    }

    pub(crate) fn steps_begun(&self) -> u64 {
        self.steps_begun.load(Ordering::Relaxed)
    }

    /// What kept the job busy since this many steps had begun: the last step since then that is no
    /// wait (a wait begins after the work), or else the step that was under way then.
    pub(crate) fn label_since(&self, steps_before: u64) -> Option<Cow<'static, str>> {
        let lists = self.lock();
        let is_work = |record: &&StepRecord| {
            record.number > steps_before && !matches!(record.step.kind, StepKind::Waiting { .. })
        };
        let mut newest_first = lists.steps.iter().rev();
        let work = newest_first.find(is_work);
        let before = || {
            lists
                .steps
                .iter()
                .find(|record| record.number == steps_before)
        };
        work.or_else(before).map(|record| record.step.label.clone())
    }

    /// The steps so far, oldest first, from this number on.
    pub(crate) fn steps_from(&self, number: u64) -> Vec<StepRecord> {
        self.lock()
            .steps
            .iter()
            .filter(|step| step.number >= number)
            .cloned()
            .collect()
    }

    pub(crate) fn log(&self, text: Cow<'static, str>, at: Moment) {
        let mut lists = self.lock();
        lists.log.push_back(LogLine { at, text });
        if lists.log.len() > self.log_lines_kept {
            lists.log.pop_front();
        }
    }

    pub(crate) fn log_lines(&self) -> Vec<LogLine> {
        self.lock().log.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, ReportLists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_bounded_and_keep_the_newest() {
        let report = Report::new(LOG_LINES_KEPT);
        for number in 0..LOG_LINES_KEPT + 3 {
            report.begin_step(Step::computing(format!("step {number}")), Moment::ZERO);
            report.log(format!("line {number}").into(), Moment::ZERO);
        }
        assert_eq!(report.steps_from(0).len(), STEPS_KEPT);
        assert_eq!(report.log_lines().len(), LOG_LINES_KEPT);
        assert_eq!(report.log_lines()[0].text, "line 3");
        assert_eq!(
            report.step().map(|step| step.label),
            Some(format!("step {}", LOG_LINES_KEPT + 2).into())
        );
    }

    #[test]
    fn ending_a_step_that_was_replaced_leaves_the_new_one() {
        let report = Report::new(LOG_LINES_KEPT);
        let sleep = report.begin_step(Step::computing("a"), Moment::ZERO);
        report.begin_step(Step::computing("b"), Moment::ZERO);
        report.end_step(sleep, Moment::ZERO);
        assert_eq!(report.step().map(|step| step.label), Some("b".into()));
    }
}
