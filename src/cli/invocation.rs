//! What the process is asked to do.

use std::path::PathBuf;

use clap_complete::Shell;

use super::arguments::StoreOptions;
use super::error::BadLine;
use super::records::{ExportOptions, ForgetOptions, ImportOptions, ListOptions, ShowOptions};
use crate::links::Link;
use crate::options::{Options, Settings};

/// What the process is asked to do.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a process has one")]
pub enum Invocation {
    /// Open the window with these jobs.
    Open(OpenOptions),
    /// Do the jobs without a window.
    Run(RunOptions),
    /// Show rows in a table.
    List(ListOptions),
    /// Show one row in full.
    Show(ShowOptions),
    /// Write rows to a file.
    Export(ExportOptions),
    /// Take rows in.
    Import(ImportOptions),
    /// Delete rows.
    Forget(ForgetOptions),
    /// Print what a shell needs to complete arguments.
    Completions(Shell),
    /// Print the manual page.
    Man,
}

/// What the window is opened with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenOptions {
    /// What to fetch.
    pub links: Vec<Link>,
    /// How, as far as the arguments say so.
    pub options: Options,
    /// Show the demo: three jobs against a server of our own.
    pub demo: bool,
    /// Where the list of jobs is kept.
    pub store: StoreOptions,
    /// The lines that were left out because they are no URLs (`--keep-going`).
    pub bad_lines: Vec<BadLine>,
    /// What there is to say about lists that were read, as lines.
    pub notes: Vec<String>,
}

/// What is done without a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunOptions {
    /// What to fetch.
    pub links: Vec<Link>,
    /// How.
    pub jobs: Settings,
    /// Run the demo: three jobs against a server of our own.
    pub demo: bool,
    /// Print one JSON object per event on standard output, and nothing else there.
    pub json: bool,
    /// Print nothing but errors.
    pub quiet: bool,
    /// A download that is done but in doubt counts as one that is not.
    pub strict: bool,
    /// Write the body of the one link to standard output, and everything else to standard error.
    pub to_standard_output: bool,
    /// Where each job is noted as it ends.
    pub joblog: Option<PathBuf>,
    /// Go on with what earlier runs left unfinished.
    pub resume: bool,
    /// What the arguments say of jobs, for those of earlier runs.
    pub given: Options,
    /// Where the list of jobs is kept.
    pub store: StoreOptions,
    /// The lines that were left out because they are no URLs (`--keep-going`), for the exit status:
    /// not all was done.
    pub bad_lines: Vec<BadLine>,
    /// What there is to say about lists that were read, as lines.
    pub notes: Vec<String>,
}
