//! What the commands that read and write the list of jobs are asked for, as plain data.

use std::path::PathBuf;
use std::time::Duration;

use super::arguments::StoreOptions;
use crate::deck::StoredState;

/// Which rows are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// Only rows in one of these states; empty for any.
    pub states: Vec<StoredState>,
    /// Only rows that ended, or were added and have not ended, at this time since 1970 or later.
    pub since: Option<Duration>,
    /// Only rows that this search of the window finds; all if it is empty.
    pub search: String,
}

/// Which rows a table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowScope {
    /// What is on the list.
    #[default]
    Listed,
    /// What has ended.
    Ended,
}

/// What `list` and `history` show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// Of which rows.
    pub scope: RowScope,
    /// Which of them.
    pub filter: RowFilter,
    /// One JSON object per line, and nothing else.
    pub json: bool,
    /// Where the list is kept.
    pub store: StoreOptions,
}

/// Which row is shown in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShowOptions {
    /// Its id.
    pub id: u64,
    /// As a JSON object.
    pub json: bool,
    /// Where the list is kept.
    pub store: StoreOptions,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportForm {
    /// What an import reads.
    #[default]
    Json,
    /// For spreadsheets.
    Csv,
    /// As `run --joblog` writes it.
    Joblog,
    /// As `history` shows it, with nothing cut.
    Table,
}

/// What is written to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// In which form.
    pub form: ExportForm,
    /// To which file; standard output without one.
    pub output: Option<PathBuf>,
    /// Secrets too.
    pub with_secrets: bool,
    /// Which rows.
    pub filter: RowFilter,
    /// Where the list is kept.
    pub store: StoreOptions,
}

/// What is taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The file; `-` is standard input.
    pub file: PathBuf,
    /// Where links of lists are saved, unless the list says.
    pub folder: Option<PathBuf>,
    /// Where the list is kept.
    pub store: StoreOptions,
}

/// Which rows are forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// These.
    Ids(Vec<u64>),
    /// Those in these states, or any state, that ended before this time since 1970.
    Matching {
        /// Empty for any.
        states: Vec<StoredState>,
        /// None for any.
        before: Option<Duration>,
    },
    /// All.
    All,
}

/// What is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgetOptions {
    /// Which rows.
    pub which: Forgotten,
    /// Without a question.
    pub yes: bool,
    /// Where the list is kept.
    pub store: StoreOptions,
}
