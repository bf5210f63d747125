//! How a command ends.

use std::io;
use std::path::PathBuf;

use crate::cli::UsageError;
use crate::store::{OpenError, StoreError};

/// The exit status if something was not done: a row is not there, a line is no link, the answer was
/// no.
pub const NO: u8 = 1;

/// The exit status if the list cannot be written, or the file not be read.
pub const UNUSABLE: u8 = 2;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The system names no folder for the list.
    #[error("The system names no folder for the list of jobs: name one with --state-dir.")]
    NoFolder,
    /// The list cannot be read.
    #[error(transparent)]
    Unreadable(OpenError),
    /// The list cannot be written.
    #[error(transparent)]
    Unwritable(OpenError),
    /// The list was opened, and cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file to import cannot be used.
    #[error("{place}: {problem}")]
    Input {
        /// What it is called.
        place: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no terminal to ask on.
    #[error("Nothing is forgotten without --yes: there is no terminal to ask on.")]
    NoTerminal,
}

impl CommandError {
    /// The exit status that says so.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NoFolder | Self::Unwritable(_) | Self::Input { .. } | Self::NoTerminal => {
                UNUSABLE
            }
            Self::Usage(error) => u8::try_from(error.exit_status()).unwrap_or(UNUSABLE),
            Self::Unreadable(_) | Self::Store(_) | Self::Stdout(_) | Self::File { .. } => NO,
        }
    }
}
