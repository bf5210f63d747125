//! The command line: arguments become plain options; nothing here starts anything.
//!
//! [`parse`] reads the arguments of the process, and the files and pipes they name, into a
//! [`Invocation`]. A mistake is a [`UsageError`] that says what to write instead, and ends the
//! process with status 2. So does an option that would have no effect.

mod arguments;
mod command;
mod error;
mod input;
mod invocation;
mod manual;
mod options;
mod record_arguments;
mod records;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;

use crate::options::{HOST_PATIENCE_OF_RUN, Options, Settings};

pub use arguments::StoreOptions;
use arguments::{InputArguments, JobArguments, RunArguments};
use input::Links;
use options::{DestinationKind, Downloads};

pub use error::{BadLine, UsageError};
pub use input::{MAX_IMPORT_BYTES, MAX_INPUT_BYTES, read_input};
pub use invocation::{Invocation, OpenOptions, RunOptions};
pub use manual::{completions, manual};
pub use records::{
    ExportForm, ExportOptions, ForgetOptions, Forgotten, ImportOptions, ListOptions, RowFilter,
    RowScope, ShowOptions,
};

/// Reads arguments, the first of which is the program's name, and what they name.
///
/// # Errors
/// [`UsageError`]; help and version count as one, with exit status 0.
///
/// ```
/// use jobdeck::cli::{Invocation, parse};
///
/// let arguments = ["jobdeck", "run", "--json", "https://example.com/a"];
/// let Invocation::Run(options) = parse(arguments)? else { unreachable!() };
/// assert!(options.json);
/// assert_eq!(options.links.len(), 1);
/// # Ok::<(), jobdeck::cli::UsageError>(())
/// ```
pub fn parse<I>(arguments: I) -> Result<Invocation, UsageError>
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let mut matches = command::command().try_get_matches_from(arguments)?;
    match matches.remove_subcommand() {
        Some((name, mut matches)) if name == "run" => run(&mut matches),
        Some((name, mut matches)) => {
            record_arguments::invocation(&name, &mut matches).map_or_else(|| demo(&mut matches), Ok)
        }
        None => open(&mut matches),
    }
}

fn open(matches: &mut ArgMatches) -> Result<Invocation, UsageError> {
    let Links { links, bad, notes } = input::links(&InputArguments::of(matches))?;
    let store = StoreOptions::of(matches);
    let jobs = JobArguments::of(matches);
    if jobs.writes_to_standard_output() {
        return Err(UsageError::option(
            "--output",
            "the window has no standard output",
            "Use jobdeck run -o - URL.",
        ));
    }
    let downloads = Downloads {
        count: Some(links.len()),
        destination: DestinationKind::of(&jobs),
        may_sleep: true,
    };
    Ok(Invocation::Open(OpenOptions {
        links: options::with_given_names(links, &jobs),
        options: options::job_options(jobs, &downloads)?,
        demo: false,
        store,
        bad_lines: bad,
        notes,
    }))
}

fn demo(matches: &mut ArgMatches) -> Result<Invocation, UsageError> {
    let store = StoreOptions::of(matches);
    let jobs = JobArguments::of(matches);
    let downloads = Downloads::of_demo(&jobs);
    Ok(Invocation::Open(OpenOptions {
        options: options::job_options(jobs, &downloads)?,
        demo: true,
        store,
        ..OpenOptions::default()
    }))
}

fn run(matches: &mut ArgMatches) -> Result<Invocation, UsageError> {
    let store = StoreOptions::of(matches);
    let input = InputArguments::of(matches);
    let jobs = JobArguments::of(matches);
    let RunArguments {
        demo,
        json,
        quiet,
        strict,
        joblog,
        resume,
    } = RunArguments::of(matches);
    let Links { links, bad, notes } = input::links(&input)?;
    if links.is_empty() && bad.is_empty() && !demo && !resume {
        return Err(UsageError::NothingToRun);
    }
    if joblog.as_deref() == Some(Path::new("-")) {
        let message = "the job log is a file, and standard output has its own form";
        let hint = "Name a file, or use --json for standard output.";
        return Err(UsageError::option("--joblog", message, hint));
    }
    let downloads = if demo {
        Downloads::of_demo(&jobs)
    } else {
        Downloads {
            count: Some(links.len()),
            destination: DestinationKind::of(&jobs),
            may_sleep: false,
        }
    };
    let to_standard_output = downloads.destination == DestinationKind::StandardOutput;
    if to_standard_output {
        for (given, option) in [(json, "--json"), (joblog.is_some(), "--joblog")] {
            if given {
                return Err(UsageError::option(
                    option,
                    "the bytes go to standard output (-o -)",
                    "Leave out one of the two.",
                ));
            }
        }
    }
    // What holds for a run unless the arguments say otherwise.
    let of_run = Options {
        host_patience: Some(HOST_PATIENCE_OF_RUN),
        // The lines for people do not show it.
        computes_sha256: Some(json),
        // `run` never shows a preview.
        keeps_preview: Some(false),
        ..Options::default()
    };
    let links = options::with_given_names(links, &jobs);
    let given = options::job_options(jobs, &downloads)?;
    Ok(Invocation::Run(RunOptions {
        links,
        jobs: Settings::default().with(&of_run).with(&given),
        resume,
        given,
        demo,
        json,
        quiet,
        strict,
        to_standard_output,
        joblog,
        store,
        bad_lines: bad,
        notes,
    }))
}
