//! All arguments together.

use clap::Command;

use super::{arguments, record_arguments};

/// All arguments, as they are read.
pub(super) fn command() -> Command {
    arguments::command().subcommands(record_arguments::commands())
}
