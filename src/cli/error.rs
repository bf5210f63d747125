//! What is wrong with a command line, and what to write instead.

use crate::links::LinkFileError;

/// A line that is not a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}. {hint}")]
pub struct BadLine {
    /// Where it stands: `urls.txt, line 3`, or which argument.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// A mistake in the arguments, or in a file they name.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// What the parser of the arguments says, help and version included.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// One or more lines are no URLs; the rest is not started.
    #[error("{}", all_of(.0))]
    BadLines(Vec<BadLine>),
    /// An option's value cannot be used. It may be a secret, and is not repeated.
    #[error("{option}: {problem}")]
    Value {
        /// The option as it is written: `--proxy`.
        option: &'static str,
        /// What is wrong with it, and what to write instead.
        problem: String,
    },
    /// An option would have no effect.
    #[error("{option}: {message}. {hint}")]
    Option {
        /// The option as it is written: `--output`.
        option: &'static str,
        /// What is wrong with it.
        message: String,
        /// What to write instead.
        hint: String,
    },
    /// A list cannot be read.
    #[error("{place} cannot be read: {source}")]
    Input {
        /// The file, or "standard input".
        place: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A list holds no text.
    #[error("{place} {source}")]
    NoText {
        /// The file, or "standard input".
        place: String,
        /// What it is instead.
        source: LinkFileError,
    },
    /// There is nothing to do.
    #[error("there is nothing to run. Give one or more URLs, -i FILE, or --demo")]
    NothingToRun,
}

impl UsageError {
    /// The exit status of the process: 0 for help and version, else 2.
    pub fn exit_status(&self) -> i32 {
        match self {
            Self::Arguments(error) => error.exit_code(),
            _ => 2,
        }
    }

    /// Prints it where it belongs: help and version to standard output, else to standard error.
    ///
    /// # Errors
    /// When that cannot be written to.
    pub fn print(&self) -> std::io::Result<()> {
        use std::io::Write as _;
        match self {
            Self::Arguments(error) => error.print(),
            _ => {
                let text = crate::format::escaped_lines(&self.to_string());
                writeln!(std::io::stderr(), "jobdeck: {text}")
            }
        }
    }

    pub(super) fn option(
        option: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Option {
            option,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// Many bad lines are told in a few.
fn all_of(lines: &[BadLine]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = lines.iter().take(SHOWN).map(ToString::to_string).collect();
    if lines.len() > SHOWN {
        text.push(format!("… and {} more", lines.len() - SHOWN));
    }
    text.push("Nothing was started; --keep-going leaves such lines out.".to_owned());
    text.join("\n")
}
