//! One JSON object per line on standard output, and nothing else there.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use serde::Serialize;

use super::end_objects::{EndObject, rounded};
use super::job_numbers::JobNumbers;
use super::line_writer::LineWriter;
use super::reporter::Reporter;
use super::sums::Sums;
use crate::deck::{Deck, Event};
use crate::format;
use crate::runtime::{StepKind, WaitReason};
use crate::status::RowId;

/// Writes the events of a run.
pub(super) struct Ndjson {
    lines: LineWriter,
    /// What was last told of each row's progress; rows that have ended leave.
    told: HashMap<RowId, (u64, Option<u64>)>,
    numbers: JobNumbers,
    /// Whether rows are stored: their ids then mean something after this run.
    is_stored: bool,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "it lives until it is written")]
enum OutputLine<'a> {
    Added {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        name: &'a str,
    },
    Renamed {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        name: &'a str,
    },
    Step {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        label: &'a str,
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until_s: Option<f64>,
    },
    Progress {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        received: u64,
        total: Option<u64>,
        rate: f64,
    },
    Retry {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        attempt: u32,
        of: u32,
        in_s: f64,
        error: String,
    },
    Finished {
        t_s: f64,
        job: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        row: Option<u64>,
        url: String,
        received: u64,
        total: Option<u64>,
        #[serde(flatten)]
        end: EndObject<'a>,
    },
    Summary {
        t_s: f64,
        done: usize,
        failed: usize,
        cancelled: usize,
        received: u64,
        wire_bytes: u64,
        elapsed_s: f64,
    },
}

impl Ndjson {
    pub(super) fn new(lines: LineWriter, is_stored: bool) -> Self {
        Self {
            lines,
            told: HashMap::new(),
            numbers: JobNumbers::default(),
            is_stored,
        }
    }

    /// The number of a row in this run, and its id in the store.
    fn numbers_of(&self, id: RowId) -> (u64, Option<u64>) {
        (self.numbers.of(id), self.is_stored.then_some(id.0))
    }

    fn write(&mut self, line: &OutputLine<'_>) -> io::Result<()> {
        self.lines.push(&json(line)?)
    }

    fn ended(&mut self, deck: &Deck, id: RowId) -> io::Result<()> {
        let (Some(ended), Some(spec)) = (deck.rows.ended(id), deck.rows.spec(id)) else {
            return Ok(());
        };
        let (job, row) = self.numbers_of(id);
        let line = OutputLine::Finished {
            t_s: now_s(deck),
            job,
            row,
            url: spec.url_for_files(),
            received: ended.received,
            total: ended.total,
            end: EndObject::of(ended),
        };
        self.told.remove(&id);
        self.write(&line)
    }
}

impl Reporter for Ndjson {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        match event {
            Event::Added(id) => {
                let Some(spec) = deck.rows.spec(*id) else {
                    return Ok(());
                };
                self.numbers.add(*id);
                let (job, row) = self.numbers_of(*id);
                self.write(&OutputLine::Added {
                    t_s: now_s(deck),
                    job,
                    row,
                    url: spec.url_for_files(),
                    name: spec.name(),
                })
            }
            Event::Renamed(id) => {
                let (Some(spec), Some(name)) = (
                    deck.rows.spec(*id),
                    deck.detail(*id).and_then(|row| row.file_name()),
                ) else {
                    return Ok(());
                };
                let (job, row) = self.numbers_of(*id);
                self.write(&OutputLine::Renamed {
                    t_s: now_s(deck),
                    job,
                    row,
                    url: spec.url_for_files(),
                    name: &name,
                })
            }
            Event::Step(id, record) => {
                let Some(spec) = deck.rows.spec(*id) else {
                    return Ok(());
                };
                let t_s = now_s(deck);
                let left = |until: Duration| {
                    deck.rows
                        .job(*id)
                        .map_or(Duration::ZERO, |job| until.saturating_sub(job.active()))
                };
                let (kind, reason, until) = match &record.step.kind {
                    StepKind::Computing => ("computing", None, None),
                    StepKind::Transferring => ("transferring", None, None),
                    StepKind::Waiting { reason, until } => ("waiting", Some(reason), *until),
                };
                let (job, row) = self.numbers_of(*id);
                self.write(&OutputLine::Step {
                    t_s,
                    job,
                    row,
                    url: spec.url_for_files(),
                    label: &record.step.label,
                    kind,
                    reason: reason.map(reason_name),
                    until_s: until.map(|until| t_s + rounded(left(until))),
                })?;
                if let Some(WaitReason::Retry { retry, of, .. }) = reason {
                    self.write(&OutputLine::Retry {
                        t_s,
                        job,
                        row,
                        url: spec.url_for_files(),
                        attempt: *retry,
                        of: *of,
                        in_s: rounded(left(until.unwrap_or_default())),
                        error: deck
                            .detail(*id)
                            .and_then(|row| row.last_error())
                            .map_or_else(String::new, |error| error.message),
                    })?;
                }
                Ok(())
            }
            Event::Ended(id) => self.ended(deck, *id),
        }
    }

    fn progress(&mut self, deck: &Deck) -> io::Result<()> {
        // A reader that is gone ends the run also while it has nothing to say.
        self.lines.check()?;
        for id in deck.schedule.running().iter().copied() {
            let (Some(job), Some(spec)) = (deck.rows.job(id), deck.rows.spec(id)) else {
                continue;
            };
            let numbers = job.progress();
            let is_added = self.numbers.has(id);
            if !is_added || numbers.0 == 0 || self.told.get(&id) == Some(&numbers) {
                continue;
            }
            let rate = deck.view(id).and_then(|row| row.rate).unwrap_or(0.0);
            let (job_number, row) = self.numbers_of(id);
            let line = json(&OutputLine::Progress {
                t_s: now_s(deck),
                job: job_number,
                row,
                url: spec.url_for_files(),
                received: numbers.0,
                total: numbers.1,
                rate: rate.round(),
            })?;
            if self.lines.push_droppable(&line)? {
                self.told.insert(id, numbers);
            }
        }
        Ok(())
    }

    fn summary(&mut self, deck: &Deck) -> io::Result<()> {
        let sums = Sums::of(deck);
        self.write(&OutputLine::Summary {
            t_s: now_s(deck),
            done: sums.done,
            failed: sums.failed,
            cancelled: sums.cancelled,
            received: sums.received,
            wire_bytes: sums.wire_bytes,
            elapsed_s: now_s(deck),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }
}

fn json(line: &OutputLine<'_>) -> io::Result<String> {
    let line = serde_json::to_string(line).map_err(io::Error::other)?;
    Ok(format::escaped_json(&line).into_owned())
}

fn now_s(deck: &Deck) -> f64 {
    rounded(deck.runtime().now().since_start())
}

fn reason_name(reason: &WaitReason) -> &'static str {
    match reason {
        WaitReason::Sleep => "sleep",
        WaitReason::Retry { .. } => "retry",
        WaitReason::Slot(_) => "slot",
        WaitReason::Other => "other",
    }
}
