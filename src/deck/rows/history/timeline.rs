//! The steps of a job, its pauses and its waits for a slot, as lines of time.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deck::limits::PAUSES_KEPT;
use crate::fetch::ErrorClass;
use crate::jobs::{AttemptEnd, Attempts, DISK_FULL};
use crate::runtime::{Moment, PausedBy, StepKind, StepRecord, WaitReason};
use crate::status::{Timeline, TimelineLine, Tone};

/// Why the deck (not the job) holds a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::deck) enum HoldReason {
    /// It waits for a slot.
    Queued,
    /// It is paused.
    Paused,
    /// It paused itself, because the disk is full.
    DiskFull,
}

/// Why a job is paused that gave its slot to another.
pub(in crate::deck) const WAITS_FOR_SLOT: &str = "waits for a slot";

impl HoldReason {
    /// What holds a job that is paused.
    pub(in crate::deck) fn of_pause(by: PausedBy) -> Self {
        match by {
            PausedBy::Owner(DISK_FULL) => Self::DiskFull,
            PausedBy::Owner(WAITS_FOR_SLOT) => Self::Queued,
            PausedBy::User | PausedBy::Owner(_) | PausedBy::Parent => Self::Paused,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Paused => "Paused",
            Self::DiskFull => "Paused, disk full",
        }
    }
}

/// A stretch of time from a row's beginning on, small: a hundred thousand rows keep theirs. Seconds
/// as `f32` are exact to a millisecond for hours, which is more than a line of some hundred pixels
/// shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f32, f32)", into = "(f32, f32)")]
pub(super) struct Stretch {
    began_secs: f32,
    took_secs: f32,
}

impl From<(f32, f32)> for Stretch {
    fn from((began_secs, took_secs): (f32, f32)) -> Self {
        Self {
            began_secs,
            took_secs,
        }
    }
}

impl From<Stretch> for (f32, f32) {
    fn from(stretch: Stretch) -> Self {
        (stretch.began_secs, stretch.took_secs)
    }
}

impl Stretch {
    fn new(start: Moment, began: Moment, ended: Moment) -> Self {
        Self {
            began_secs: began.since(start).as_secs_f32(),
            took_secs: ended.since(began).as_secs_f32(),
        }
    }

    fn piece(self) -> (f64, f64) {
        let began = f64::from(self.began_secs);
        (began, began + f64::from(self.took_secs))
    }
}

/// When a row was held, and by what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Holds {
    over: Vec<(HoldReason, Stretch)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<(HoldReason, Moment)>,
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    forgotten: u32,
}

impl Holds {
    /// What holds it from now on, if anything does.
    pub(super) fn note(&mut self, held: Option<HoldReason>, start: Moment, now: Moment) {
        if self.open.map(|(held, _)| held) == held {
            return;
        }
        if let Some((before, began)) = self.open.take()
            && now > began
        {
            if self.over.len() == PAUSES_KEPT {
                self.over.remove(0);
                self.forgotten += 1;
            } else if self.over.is_empty() {
                // Most rows are held once: before they begin.
                self.over.reserve_exact(1);
            }
            self.over.push((before, Stretch::new(start, began, now)));
        }
        self.open = held.map(|held| (held, now));
    }

    /// When the pause began that is not over.
    pub(super) fn paused_at(&self) -> Option<Moment> {
        match self.open? {
            (HoldReason::Paused | HoldReason::DiskFull, began) => Some(began),
            (HoldReason::Queued, _) => None,
        }
    }

    /// The hold that is not over began at another moment.
    pub(super) fn shift(&mut self, shift: impl Fn(Moment) -> Moment) {
        if let Some((_, began)) = &mut self.open {
            *began = shift(*began);
        }
    }

    /// When the last of them was over, for a row that never had a job.
    pub(super) fn last_end(&self, start: Moment) -> Moment {
        let last = self.over.last().map(|(_, time)| time.piece().1);
        let secs = Duration::try_from_secs_f64(last.unwrap_or_default());
        start + secs.unwrap_or_default()
    }

    fn all(
        &self,
        start: Moment,
        now: Moment,
    ) -> impl Iterator<Item = (HoldReason, Stretch, bool)> + '_ {
        let over = self.over.iter().map(|(held, time)| (*held, *time, false));
        let open = self.open.map(|(held, began)| {
            let time = Stretch::new(start, began, now.max(began));
            (held, time, true)
        });
        over.chain(open)
    }

    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.over.capacity() * size_of::<(HoldReason, Stretch)>()
    }
}

/// A step as it is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PastStep {
    label: Cow<'static, str>,
    time: Stretch,
    tone: Tone,
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    is_open: bool,
}

impl PastStep {
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        match &self.label {
            Cow::Borrowed(_) => 0,
            Cow::Owned(label) => label.capacity(),
        }
    }
}

/// The steps in their own words, with what each was for.
pub(super) fn past_steps(
    steps: &[StepRecord],
    attempts: &Attempts,
    start: Moment,
    now: Moment,
) -> Vec<PastStep> {
    let is_transfer = |record: &&StepRecord| matches!(record.step.kind, StepKind::Transferring);
    let transfers = steps.iter().filter(is_transfer).count();
    let has_several = transfers > 1 || attempts.iter().any(|attempt| attempt.number > 1);
    // The row's own wait for a slot is a hold already, and the step after it is too short for a
    // line.
    let is_of_slot = |record: &&StepRecord| match &record.step.kind {
        StepKind::Waiting {
            reason: WaitReason::Slot(what),
            ..
        } => what.is_empty(),
        StepKind::Computing => record.step.label == "Starting",
        _ => false,
    };
    steps
        .iter()
        .filter(|record| !is_of_slot(record))
        .map(|record| {
            let attempt_at = |moment: Moment| {
                let mut newest_first = attempts.iter().rev();
                newest_first.find(|attempt| attempt.began <= moment)
            };
            let step = &record.step;
            let (label, tone) = match &step.kind {
                StepKind::Waiting { reason, .. } => match reason {
                    WaitReason::Sleep => ("Slept".into(), Tone::Waiting),
                    WaitReason::Retry { .. } => {
                        let end = attempt_at(record.began).map(|attempt| &attempt.end);
                        (waited_after(end), Tone::Waiting)
                    }
                    WaitReason::Slot(what) => (format!("Slot on {what}").into(), Tone::Waiting),
                    WaitReason::Other => (step.label.clone(), Tone::Waiting),
                },
                StepKind::Transferring => {
                    let word = noun(step.label.clone());
                    let number = attempt_at(record.began).map(|attempt| attempt.number);
                    match number.filter(|_| has_several) {
                        Some(number) => (format!("{word} {number}").into(), Tone::Accent),
                        None => (word, Tone::Accent),
                    }
                }
                StepKind::Computing => (noun(step.label.clone()), Tone::Off),
            };
            PastStep {
                label,
                time: Stretch::new(start, record.began, record.ended.unwrap_or(now)),
                tone,
                is_open: record.ended.is_none(),
            }
        })
        .collect()
}

/// What a step is called once it is a line in a list: "Connect" for "Connecting".
fn noun(label: Cow<'static, str>) -> Cow<'static, str> {
    match label.as_ref() {
        "Resolving" => "Resolve".into(),
        "Connecting" => "Connect".into(),
        "Requesting" => "First byte".into(),
        "Downloading" => "Download".into(),
        "Saving" => "Save".into(),
        "Checking what is there" => "Check".into(),
        _ => label,
    }
}

/// A wait for another attempt, with why it was needed, in a word or two.
fn waited_after(end: Option<&AttemptEnd>) -> Cow<'static, str> {
    let Some(AttemptEnd::Failed(error)) = end else {
        return "Waited to retry".into();
    };
    match (error.class, error.http_status) {
        (ErrorClass::HttpStatus, Some(status)) => format!("{status}, waited").into(),
        (ErrorClass::Dns, _) => "No address, waited".into(),
        (ErrorClass::Connect, _) => "Reset, waited".into(),
        (ErrorClass::Tls, _) => "No TLS, waited".into(),
        (ErrorClass::Proxy, _) => "Proxy, waited".into(),
        (ErrorClass::Timeout, _) => "Timed out, waited".into(),
        (ErrorClass::Truncated, _) => "Cut short, waited".into(),
        _ => "Failed, waited".into(),
    }
}

/// All of it, oldest first; steps are interrupted where the row was held.
pub(super) fn timeline(
    steps: &[PastStep],
    steps_forgotten: u64,
    holds: &Holds,
    start: Moment,
    end: Moment,
) -> Timeline {
    let seconds = |secs: f64| Duration::try_from_secs_f64(secs).unwrap_or_default();
    let pieces = |pieces: Vec<(f64, f64)>| {
        let pieces = pieces.into_iter();
        pieces
            .map(|(from, to)| (seconds(from), seconds(to)))
            .collect()
    };
    let held: Vec<_> = holds.all(start, end).collect();
    let mut lines: Vec<(f64, TimelineLine)> = Vec::new();
    for (held, time, is_open) in &held {
        let line = TimelineLine {
            label: held.label().into(),
            tone: Tone::Off,
            pieces: pieces(vec![time.piece()]),
            is_open: *is_open,
        };
        lines.push((time.piece().0, line));
    }
    for step in steps {
        let mut left = vec![step.time.piece()];
        for (_, hold, _) in &held {
            left = without(&left, hold.piece());
        }
        let line = TimelineLine {
            label: step.label.clone(),
            tone: step.tone,
            pieces: pieces(left),
            is_open: step.is_open,
        };
        lines.push((step.time.piece().0, line));
    }
    lines.sort_by(|one, other| one.0.total_cmp(&other.0));
    Timeline {
        length: end.since(start),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
        forgotten: steps_forgotten + u64::from(holds.forgotten),
    }
}

/// The pieces, less what lies within `gap`.
fn without(pieces: &[(f64, f64)], gap: (f64, f64)) -> Vec<(f64, f64)> {
    let mut left = Vec::new();
    for &(from, to) in pieces {
        let (until, since) = (gap.0.min(to), gap.1.max(from));
        if until > from {
            left.push((from, until));
        }
        if to > since {
            left.push((since, to));
        }
        // A step of no length is still a step.
        if from == to {
            left.push((from, to));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_cuts_pieces() {
        let all = [(0.0, 10.0)];
        assert_eq!(without(&all, (2.0, 4.0)), [(0.0, 2.0), (4.0, 10.0)]);
        assert_eq!(without(&all, (-1.0, 4.0)), [(4.0, 10.0)]);
        assert_eq!(without(&all, (8.0, 12.0)), [(0.0, 8.0)]);
        assert_eq!(without(&all, (0.0, 10.0)), []);
        assert_eq!(without(&all, (20.0, 30.0)), all);
        assert_eq!(without(&[(5.0, 5.0)], (0.0, 2.0)), [(5.0, 5.0)]);
    }

    #[test]
    fn holds_are_bounded() {
        let mut holds = Holds::default();
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        for turn in 0..200 {
            holds.note(Some(HoldReason::Queued), Moment::ZERO, at(2 * turn));
            holds.note(Some(HoldReason::Queued), Moment::ZERO, at(2 * turn + 1));
            holds.note(None, Moment::ZERO, at(2 * turn + 1));
        }
        assert_eq!(holds.over.len(), PAUSES_KEPT);
        assert_eq!(holds.forgotten as usize, 200 - PAUSES_KEPT);
        let (_, last, _) = holds.all(Moment::ZERO, at(1000)).last().unwrap();
        assert_eq!(last.piece(), (398.0, 399.0));
    }
}
