//! What the inspector shows: made in each frame, and only for the chosen tab.

use std::borrow::Cow;
use std::time::Duration;

use crate::runtime::{AwaitView, JobStatistics, Warning};
use crate::status::{Counts, RateCurve, RowView, Timeline, Tone};

/// The parts of the inspector of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InspectorTab {
    /// What it is, and how it goes.
    #[default]
    Overview,
    /// Its attempts, one by one.
    Attempts,
    /// What it logged.
    Log,
    /// What its polls cost, and what it awaits.
    Runtime,
}

impl InspectorTab {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Attempts, Self::Log, Self::Runtime];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Attempts => "Attempts",
            Self::Log => "Log",
            Self::Runtime => "Runtime",
        }
    }
}

/// What the inspector shows.
#[derive(Clone, Debug, PartialEq)]
pub enum InspectorView {
    /// One row.
    Row(Box<RowInspection>),
    /// The sum of several.
    Several(Box<Several>),
}

/// One row in full.
#[derive(Clone, Debug, PartialEq)]
pub struct RowInspection {
    /// The row as the table shows it.
    pub row: RowView,
    /// When it was added, such as `14:02`.
    pub added: Option<String>,
    /// Whether it has a link, which can be copied, and changed.
    pub has_link: bool,
    /// Whether there is a file of it to be shown.
    pub has_file: bool,
    /// Whether it can be begun again, once it has ended without success.
    pub offers_retry: bool,
    /// The tabs that there are.
    pub tabs: &'static [InspectorTab],
    /// The chosen tab.
    pub tab: TabView,
}

/// What a tab shows.
#[derive(Clone, Debug, PartialEq)]
pub enum TabView {
    /// [`InspectorTab::Overview`].
    Overview(Box<Overview>),
    /// [`InspectorTab::Attempts`], oldest first.
    Attempts(Vec<AttemptView>),
    /// [`InspectorTab::Log`].
    Log(LogLines),
    /// [`InspectorTab::Runtime`]; none before it began.
    Runtime(Option<Box<RuntimeView>>),
}

/// What a row is, and how it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Its error, or that of its last attempt.
    pub error: Option<ErrorView>,
    /// The notes on its file, each with its tone.
    pub notes: Vec<(Tone, String)>,
    /// Its rate over time.
    pub curve: RateCurve,
    /// Its timeline.
    pub timeline: Timeline,
    /// Further facts, in the order they are shown.
    pub facts: Vec<Fact>,
    /// The beginning of its body, where that is text.
    pub preview: Option<String>,
}

/// A fact by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What it says.
    pub text: String,
    /// Whether it has a button that copies it.
    pub is_copyable: bool,
}

/// An error in its three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorView {
    /// What happened.
    pub message: String,
    /// What to do; empty if there is nothing to say.
    pub hint: String,
    /// The raw detail; empty if there is none.
    pub detail: String,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    /// Counts all attempts of the row from 1.
    pub number: u64,
    /// Why it began: `by hand`; empty for one that follows by itself.
    pub reason: &'static str,
    /// When it began, such as `14:02`.
    pub began: Option<String>,
    /// How long it took, or takes so far.
    pub took: Duration,
    /// The bytes it read.
    pub bytes: u64,
    /// How it ended, in a line.
    pub end: String,
    /// The tone of that line.
    pub tone: Tone,
    /// What went wrong.
    pub error: Option<ErrorView>,
    /// What followed, in a line; empty if nothing did.
    pub followed: String,
}

/// The log of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogLines {
    /// When each line was written, since the job began, and what it says; oldest first.
    pub lines: Vec<(Duration, Cow<'static, str>)>,
    /// How many older ones have been dropped.
    pub forgotten: u32,
}

/// What a job cost, and what it awaits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeView {
    /// Its polls.
    pub statistics: JobStatistics,
    /// What is wrong with it.
    pub warnings: Vec<Warning>,
    /// What it awaits; empty once it has ended.
    pub awaits: Vec<AwaitView>,
    /// Its children that have not ended: the name and the state of each.
    pub children: Vec<(String, String)>,
    /// Whether it has ended.
    pub is_over: bool,
}

/// The sum of several rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Several {
    /// How many there are of each kind.
    pub counts: Counts,
    /// The bytes they received.
    pub received_bytes: u64,
    /// The sum of the known sizes, in bytes.
    pub total_bytes: u64,
    /// How many rows have no known size.
    pub without_total: usize,
    /// Their bytes per second together.
    pub rate: f64,
    /// How long they slept together.
    pub slept: Duration,
    /// What went wrong how often, the most frequent first.
    pub errors: Vec<(String, usize)>,
}
