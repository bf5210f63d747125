//! How rows are sorted, and what a table can show of them beyond its default columns.

use std::sync::Arc;
use std::time::Duration;

use super::column::Column;
use crate::format::LocalTime;

/// Which way a column is sorted. What is unknown comes last both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// How rows are sorted: by a column and, where that is equal, by a second; then, and without any,
/// in the usual order: active, waiting, failed, to be checked, paused, ended; in each as they
/// begin, and what ended last first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sorting {
    /// What they are sorted by.
    pub first: Option<(Column, Direction)>,
    /// What decides between those that are equal in that.
    pub second: Option<(Column, Direction)>,
}

/// What a table shows of a row in the columns that are not there by default. Asked only while one
/// of them is shown.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RowExtras {
    /// From its start to now, or to its end; pauses included.
    pub elapsed: Option<Duration>,
    /// Attempts begun.
    pub attempts: Option<u32>,
    /// When it was added.
    #[doc(hidden)]
    pub added: Option<LocalTime>,
    /// The server's answer.
    pub http_status: Option<u16>,
    /// Its priority, in a word.
    pub priority: Option<&'static str>,
    /// The file it was saved to.
    pub saved_to: Option<Arc<str>>,
    /// The SHA-256 of what was received, in hexadecimal.
    pub checksum: Option<Arc<str>>,
    /// How often its future was polled.
    pub polls: Option<u64>,
    /// How long its polls took together.
    pub busy: Option<Duration>,
    /// How long its longest poll took.
    pub longest_poll: Option<Duration>,
}

/// What is the right thing to do about a row that ended without success, or with it: its main
/// button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuggestedAction {
    /// Keep its file in spite of a doubt.
    Keep,
    /// Begin it again.
    Retry,
    /// Give it another link: this one leads nowhere any more.
    ChangeUrl,
    /// Look into the folder: it is saved there, or there is no room in it.
    OpenFolder,
}
