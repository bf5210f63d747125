//! What the history is made of: entries, where they come from, and what can be done with one.

use std::path::PathBuf;

use crate::status::{Glyph, RowId, Tone};

/// A job that ended, in the words in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The row that it was, and may still be.
    pub id: RowId,
    /// The sign before the word.
    pub glyph: Glyph,
    /// What its colour says.
    pub tone: Tone,
    /// How it ended, in a word.
    pub state: String,
    /// What it is called.
    pub name: String,
    /// Its host; empty if it has none.
    pub host: String,
    /// What is wrong with it, in a few words; empty if nothing is.
    pub error: String,
    /// The size of what arrived; empty if nothing did.
    pub size: String,
    /// When it ended.
    pub ended: String,
    /// Its link as it may be shown; empty if it has none.
    pub link: String,
    /// Its file, if that is still there.
    pub file: Option<PathBuf>,
}

impl HistoryEntry {
    /// All of it as one sentence, for the accessibility tree.
    #[must_use]
    pub fn spoken(&self) -> String {
        let Self {
            name,
            host,
            state,
            error,
            size,
            ended,
            ..
        } = self;
        let mut parts = vec![name, host, state, error, size, ended];
        parts.retain(|part| !part.is_empty());
        let parts: Vec<_> = parts.into_iter().map(String::as_str).collect();
        parts.join(", ")
    }
}

/// How far the history has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryProgress<'a> {
    /// There may be more.
    Reading,
    /// Everything is found that there is.
    Complete,
    /// It cannot be read, and why.
    Failed(&'a str),
}

/// The jobs that ended and match what was searched for, the latest end first.
pub trait HistorySource {
    /// How many are found so far.
    fn len(&self) -> usize;

    /// True if none is.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them; none while it has not been read.
    fn entry(&self, index: usize) -> Option<&HistoryEntry>;

    /// How far the reading is.
    fn progress(&self) -> HistoryProgress<'_>;
}

/// What is asked for in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryAct {
    /// Find the jobs whose name or link contains this text.
    Search(String),
    /// Add a job with the same link once more.
    DownloadAgain(RowId),
    /// Put a link on the clipboard, as it is shown.
    CopyLink(String),
    /// Show a file in its folder.
    OpenFolder(PathBuf),
    /// Forget a job for good.
    Forget(RowId),
    /// Save the links of all that is found.
    SaveLinks,
}
