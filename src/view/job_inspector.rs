//! One job of a runtime in full.

use std::time::Duration;

use egui::Ui;

use super::beat::beat_at;
use super::inspector::{
    ErrorView, Fact, InspectorState, InspectorTab, LogLines, Overview, RowInspection, RuntimeView,
    TabView, row_inspector_ui,
};
use super::intent::Intent;
use super::job_row;
use crate::command::Command;
use crate::format;
use crate::runtime::{Job, Moment, Outcome, Priority, StepKind, WaitReason};
use crate::status::{Timeline, TimelineLine, Tone, children_of_job};
use crate::theme::{self, Tokens};

/// A job of a runtime makes no attempts that it tells of.
const TABS: [InspectorTab; 3] = [
    InspectorTab::Overview,
    InspectorTab::Log,
    InspectorTab::Runtime,
];
/// How often what a job awaits is shown anew while it runs.
const REFRESHED_EVERY: Duration = Duration::from_secs(1);

/// What the user asked the inspector of a job for in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "the inspector itself changes nothing"]
#[non_exhaustive]
pub struct JobInspectorResponse {
    /// All of it, in order: [`RuntimeRows::apply`](super::RuntimeRows::apply) does what is for the
    /// job.
    pub intents: Vec<Intent>,
}

impl JobInspectorResponse {
    /// Whether its button to close it was clicked.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.intents.contains(&Intent::Run(Command::Inspector))
    }
}

/// A job in full: its state, its steps, its log, what it awaits and what it costs. It paints with
/// the colours and fonts of the application, as [`JobsTable`](super::JobsTable) does (or with
/// [other colours](InspectorState::tokens)), and asks for another frame while a number of it
/// changes.
///
/// Several inspectors in one window need a place each: other panels, or a
/// [`push_id`](egui::Ui::push_id) around each.
///
/// ```
/// use jobdeck::runtime::{Job, Runtime};
/// use jobdeck::view::{InspectorState, RuntimeRows, job_inspector_ui};
///
/// fn details_ui(ui: &mut egui::Ui, job: &Job, state: &mut InspectorState) {
///     let response = job_inspector_ui(ui, job, state);
///     RuntimeRows::of([job.clone()]).apply(&response.intents);
/// }
/// # let ctx = egui::Context::default();
/// # let runtime = Runtime::new(jobdeck::view::EguiHost::new(&ctx));
/// # let job = runtime.spawn("count", async |_cx| Ok(1 + 1));
/// # let mut state = InspectorState::default();
/// # let output = ctx.run_ui(egui::RawInput::default(), |ui| details_ui(ui, &job, &mut state));
/// # output.drop_without_applying_deltas();
/// ```
pub fn job_inspector_ui(
    ui: &mut Ui,
    job: &Job,
    state: &mut InspectorState,
) -> JobInspectorResponse {
    let mut intents = Vec::new();
    if !TABS.contains(&state.tab) {
        state.tab = InspectorTab::default();
    }
    let inspection = inspection(job, state.tab);
    let beat = beat_at(job.now().since_start());
    let tokens = state.tokens.unwrap_or_else(|| Tokens::behind(ui));
    // Its spacing ends with it.
    ui.scope(|ui| {
        theme::embedded(ui, tokens, |ui| {
            row_inspector_ui(ui, &inspection, beat, state, &mut intents);
        });
    });
    let of_row = job_row::changes_in(job, &inspection.row);
    // The times of a job that is paused grow too.
    let of_times = (!inspection.row.status.is_ended()).then_some(REFRESHED_EVERY);
    if let Some(delay) = of_row.into_iter().chain(of_times).min() {
        ui.request_repaint_after(delay);
    }
    JobInspectorResponse { intents }
}

fn inspection(job: &Job, tab: InspectorTab) -> RowInspection {
    RowInspection {
        row: job_row::row_view(job),
        added: None,
        has_link: false,
        has_file: false,
        offers_retry: false,
        tabs: &TABS,
        tab: match tab {
            InspectorTab::Overview | InspectorTab::Attempts => {
                TabView::Overview(Box::new(overview(job)))
            }
            InspectorTab::Log => TabView::Log(log(job)),
            InspectorTab::Runtime => TabView::Runtime(Some(Box::new(costs(job)))),
        },
    }
}

fn overview(job: &Job) -> Overview {
    let now = job.now();
    Overview {
        error: job.outcome().and_then(error),
        timeline: timeline(job, now),
        facts: facts(job, now),
        ..Overview::default()
    }
}

fn error(outcome: &Outcome) -> Option<ErrorView> {
    let (message, detail) = match outcome {
        Outcome::Failed(error) => (error.to_string(), format!("{error:?}")),
        Outcome::Panicked(report) => (report.to_string(), format!("{report:?}")),
        _ => return None,
    };
    Some(ErrorView {
        message,
        hint: String::new(),
        detail,
    })
}

/// Its steps.
fn timeline(job: &Job, now: Moment) -> Timeline {
    let start = job.spawned_at();
    let end = job.finished_at().unwrap_or(now);
    let steps = job.steps_from(1);
    let forgotten = steps.first().map_or(0, |first| first.number - 1);
    let lines = steps.into_iter().map(|record| {
        let tone = match &record.step.kind {
            StepKind::Waiting { .. } => Tone::Waiting,
            StepKind::Transferring => Tone::Accent,
            StepKind::Computing => Tone::Off,
        };
        let label = match record.step.kind {
            StepKind::Waiting {
                reason: WaitReason::Slot(what),
                ..
            } => format!("Slot on {what}").into(),
            _ => record.step.label,
        };
        let to = record.ended.unwrap_or(end);
        TimelineLine {
            label,
            tone,
            pieces: vec![(record.began.since(start), to.since(start))],
            is_open: record.ended.is_none() && !job.is_finished(),
        }
    });
    Timeline {
        length: end.since(start),
        lines: lines.collect(),
        forgotten,
    }
}

fn facts(job: &Job, now: Moment) -> Vec<Fact> {
    let some_time = |time: Duration| (!time.is_zero()).then(|| format::duration(time));
    let elapsed = job_row::elapsed(job, now);
    let priority = match job.priority() {
        Priority::Normal => None,
        Priority::Low => Some("low".to_owned()),
        Priority::High => Some("high".to_owned()),
    };
    let abandoned = Some(job.abandoned_workers()).filter(|threads| *threads > 0);
    let facts = [
        ("Elapsed", Some(format::duration(elapsed))),
        ("Slept", some_time(job.slept())),
        (
            "Paused for",
            some_time(elapsed.saturating_sub(job.active())),
        ),
        ("Time limit", job.time_limit().map(format::duration)),
        ("Priority", priority),
        (
            "Threads given up",
            abandoned.map(|threads| threads.to_string()),
        ),
    ];
    let facts = facts.into_iter().filter_map(|(name, text)| {
        Some(Fact {
            name,
            text: text?,
            is_copyable: false,
        })
    });
    facts.collect()
}

fn log(job: &Job) -> LogLines {
    let began = job.spawned_at();
    let lines = job.log_lines().into_iter();
    LogLines {
        lines: lines
            .map(|line| (line.at.since(began), line.text))
            .collect(),
        forgotten: 0,
    }
}

fn costs(job: &Job) -> RuntimeView {
    RuntimeView {
        statistics: job.statistics(),
        warnings: job.warnings(),
        awaits: job.await_tree(),
        children: children_of_job(job),
        is_over: job.is_finished(),
    }
}
