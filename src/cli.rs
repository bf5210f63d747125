//! The command line: arguments become plain options; nothing here starts anything.
//!
//! [`parse`] reads the arguments of the process, and the files and pipes they name, into a
//! [`Command`]. A mistake is a [`UsageError`] that says what to write instead, and ends the
//! process with status 2.

use std::ffi::OsString;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::fetch::{Request, Timeouts};
use crate::format::{parse_duration, parse_duration_range};
use crate::programs::{InputLine, JobOptions, parse_lines};
use crate::settings::{self, Bounded};

/// The longest list of URLs that is read from a file or a pipe, in bytes.
pub const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// What the process is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open the window with these jobs.
    Open(OpenOptions),
    /// Do the jobs without a window.
    Run(RunOptions),
}

/// What the window is opened with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenOptions {
    /// What to fetch.
    pub requests: Vec<Request>,
    /// How.
    pub jobs: JobOptions,
    /// Show the demo: three jobs against a server of our own.
    pub demo: bool,
    /// Keep nothing after the end of the process.
    pub no_store: bool,
    /// The lines that were left out because they are no URLs (`--keep-going`).
    pub bad_lines: Vec<BadLine>,
}

/// What is done without a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunOptions {
    /// What to fetch.
    pub requests: Vec<Request>,
    /// How.
    pub jobs: JobOptions,
    /// Run the demo: three jobs against a server of our own.
    pub demo: bool,
    /// Print one JSON object per event on standard output, and nothing else there.
    pub json: bool,
    /// Print nothing but errors.
    pub quiet: bool,
    /// Keep nothing after the end of the process.
    pub no_store: bool,
    /// The lines that were left out because they are no URLs (`--keep-going`), for the exit
    /// status: not all was done.
    pub bad_lines: Vec<BadLine>,
}

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
    /// A list cannot be read.
    #[error("{place} cannot be read: {source}")]
    Input {
        /// The file, or "standard input".
        place: String,
        /// Why not.
        source: std::io::Error,
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
            _ => writeln!(std::io::stderr(), "jobdeck: {self}"),
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

#[derive(Debug, Parser)]
#[command(
    name = "jobdeck",
    version,
    about = "A dashboard of running jobs: downloads that you can watch, pause and cancel",
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  jobdeck https://example.com/a.iso        open the dashboard and save it to Downloads
  jobdeck -d /tmp -j 3 -i urls.txt         three at once, from a list, saved to /tmp
  jobdeck demo                             three jobs against a built-in server
  jobdeck run https://example.com/a.iso    without a window: counts the bytes
  jobdeck run --json -d . -i - < urls.txt  from a pipe, saved here, one JSON object per event"
)]
struct Arguments {
    #[command(subcommand)]
    subcommand: Option<Subcommands>,
    #[command(flatten)]
    open: OpenArguments,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Open the dashboard with a demo: three jobs that sleep and download from a built-in server
    Demo(DemoArguments),
    /// Do the jobs without a window, and return when all are finished
    #[command(after_help = "Examples:
  jobdeck run https://example.com/a https://example.com/b
  jobdeck run -d downloads --sleep 0..3 --retries 2 -i urls.txt
  jobdeck run --demo --seed 1 --json

Exit status: 0 all done, 1 some not, 2 usage, 130 interrupted.")]
    Run(RunArguments),
}

#[derive(Debug, Args)]
struct OpenArguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    jobs: JobArguments,
}

#[derive(Debug, Args)]
struct DemoArguments {
    #[command(flatten)]
    jobs: JobArguments,
}

#[derive(Debug, Args)]
struct RunArguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    jobs: JobArguments,
    /// Run the demo: three jobs that sleep and download from a built-in server
    #[arg(long, conflicts_with_all = ["urls", "input"])]
    demo: bool,
    /// Print one JSON object per event, and nothing else, on standard output
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct InputArguments {
    /// What to download
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// A file with one URL per line; - is standard input, # begins a comment
    #[arg(short, long, value_name = "FILE")]
    input: Vec<PathBuf>,
    /// Leave out lines that are no URLs, instead of starting nothing
    #[arg(long)]
    keep_going: bool,
}

#[derive(Debug, Args)]
struct JobArguments {
    /// Save here
    #[arg(short, long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Count the bytes and do not keep them, as `run` does without --dir
    #[arg(long, conflicts_with = "dir")]
    count_only: bool,
    /// How many jobs run at once
    #[arg(short, long, value_name = "N", default_value_t = settings::JOBS_AT_ONCE.default,
          value_parser = |text: &str| number(text, settings::JOBS_AT_ONCE))]
    jobs: u32,
    /// Sleep before each download: seconds, or a range to draw from
    #[arg(long, value_name = "SECS|MIN..MAX", value_parser = sleep_range)]
    sleep: Option<RangeInclusive<Duration>>,
    /// How often a failed download is tried again
    #[arg(long, value_name = "N", default_value_t = settings::RETRIES.default,
          value_parser = |text: &str| number(text, settings::RETRIES))]
    retries: u32,
    /// How long a connection may take to open [default: 15s]
    #[arg(long, value_name = "DUR",
          value_parser = |text: &str| duration(text, settings::CONNECT_TIMEOUT))]
    connect_timeout: Option<Duration>,
    /// How long a download may stand still [default: 30s]
    #[arg(long, value_name = "DUR",
          value_parser = |text: &str| duration(text, settings::IDLE_TIMEOUT))]
    idle_timeout: Option<Duration>,
    /// Make the random sleeps the same every time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Keep nothing after the end
    #[arg(long)]
    no_store: bool,
}

fn number(text: &str, setting: Bounded<u32>) -> Result<u32, String> {
    let value = text
        .parse()
        .map_err(|_| "write a whole number".to_owned())?;
    setting.check(value).map_err(|error| error.to_string())
}

fn duration(text: &str, setting: Bounded<Duration>) -> Result<Duration, String> {
    let value = parse_duration(text).map_err(|error| format!("{error}; {}", error.hint()))?;
    setting.check(value).map_err(|error| error.to_string())
}

fn sleep_range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let range = parse_duration_range(text).map_err(|error| format!("{error}; {}", error.hint()))?;
    let longest = settings::SLEEP.check(*range.end());
    longest.map_err(|error| error.to_string())?;
    Ok(range)
}

/// Reads arguments, the first of which is the program's name, and what they name.
///
/// # Errors
/// [`UsageError`]; help and version count as one, with exit status 0.
///
/// ```
/// use jobdeck::cli::{Command, parse};
///
/// let arguments = ["jobdeck", "run", "--json", "https://example.com/a"];
/// let Command::Run(options) = parse(arguments)? else { unreachable!() };
/// assert!(options.json);
/// assert_eq!(options.requests.len(), 1);
/// # Ok::<(), jobdeck::cli::UsageError>(())
/// ```
pub fn parse<I>(arguments: I) -> Result<Command, UsageError>
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let arguments = Arguments::try_parse_from(arguments)?;
    match arguments.subcommand {
        None => {
            let OpenArguments { input, jobs } = arguments.open;
            let (requests, bad_lines) = requests(&input)?;
            Ok(Command::Open(OpenOptions {
                requests,
                no_store: jobs.no_store,
                jobs: job_options(jobs),
                demo: false,
                bad_lines,
            }))
        }
        Some(Subcommands::Demo(DemoArguments { jobs })) => Ok(Command::Open(OpenOptions {
            requests: Vec::new(),
            no_store: jobs.no_store,
            jobs: job_options(jobs),
            demo: true,
            bad_lines: Vec::new(),
        })),
        Some(Subcommands::Run(run)) => {
            let (requests, bad_lines) = requests(&run.input)?;
            if requests.is_empty() && bad_lines.is_empty() && !run.demo {
                return Err(UsageError::NothingToRun);
            }
            Ok(Command::Run(RunOptions {
                requests,
                demo: run.demo,
                json: run.json,
                quiet: run.quiet,
                no_store: run.jobs.no_store,
                jobs: job_options(run.jobs),
                bad_lines,
            }))
        }
    }
}

fn job_options(arguments: JobArguments) -> JobOptions {
    let defaults = JobOptions::default();
    JobOptions {
        folder: arguments.dir,
        count_only: arguments.count_only,
        jobs_at_once: arguments.jobs,
        sleep: arguments.sleep.unwrap_or(defaults.sleep),
        retries: arguments.retries,
        timeouts: Timeouts {
            connect: arguments
                .connect_timeout
                .unwrap_or(defaults.timeouts.connect),
            idle: arguments.idle_timeout.unwrap_or(defaults.timeouts.idle),
            ..defaults.timeouts
        },
        seed: arguments.seed,
    }
}

/// The requests of arguments, files and pipes, in that order; and the lines that are none, when
/// they are to be left out.
fn requests(input: &InputArguments) -> Result<(Vec<Request>, Vec<BadLine>), UsageError> {
    let mut requests = Vec::new();
    let mut bad = Vec::new();
    let mut take = |place: String, request: Result<Request, crate::fetch::FetchError>| match request
    {
        Ok(request) => requests.push(request),
        Err(error) => bad.push(BadLine {
            place,
            message: error.message,
            hint: error.hint,
        }),
    };
    for (index, url) in input.urls.iter().enumerate() {
        take(format!("URL {}", index + 1), Request::get(url));
    }
    for path in &input.input {
        let (place, lines, left_out) = read_lines(path)?;
        for InputLine {
            number, request, ..
        } in lines
        {
            take(format!("{place}, line {number}"), request);
        }
        if left_out > 0 {
            bad.push(BadLine {
                place,
                message: format!("{left_out} lines are beyond the longest list"),
                hint: format!("At most {} are taken at once.", settings::MAX_INPUT_LINES),
            });
            break;
        }
    }
    if bad.is_empty() || input.keep_going {
        Ok((requests, bad))
    } else {
        Err(UsageError::BadLines(bad))
    }
}

fn read_lines(path: &Path) -> Result<(String, Vec<InputLine>, usize), UsageError> {
    let is_standard_input = path == Path::new("-");
    let place = if is_standard_input {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if is_standard_input {
        read_at_most(std::io::stdin().lock(), &mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| read_at_most(file, &mut bytes))
    };
    match read {
        Ok(()) => {
            let read = parse_lines(&String::from_utf8_lossy(&bytes));
            Ok((place, read.lines, read.left_out))
        }
        Err(source) => Err(UsageError::Input { place, source }),
    }
}

fn read_at_most(reader: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    reader.take(MAX_INPUT_BYTES + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        let error = format!(
            "it is larger than {}",
            crate::format::bytes(MAX_INPUT_BYTES)
        );
        return Err(std::io::Error::other(error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Result<RunOptions, UsageError> {
        let all = ["jobdeck", "run"].iter().chain(arguments);
        match parse(all)? {
            Command::Run(options) => Ok(options),
            Command::Open(_) => panic!("not a run"),
        }
    }

    fn open(arguments: &[&str]) -> OpenOptions {
        match parse(["jobdeck"].iter().chain(arguments)).unwrap() {
            Command::Open(options) => options,
            Command::Run(_) => panic!("not a window"),
        }
    }

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_options_everything_has_its_default() {
        assert_eq!(open(&[]), OpenOptions::default());
        assert!(open(&["demo"]).demo);
        let options = run(&["http://h/a"]).unwrap();
        assert_eq!(options.jobs, JobOptions::default());
        assert_eq!(options.requests, [Request::get("http://h/a").unwrap()]);
    }

    #[test]
    fn every_option_reaches_its_place() {
        let options = run(&[
            "--json",
            "--no-store",
            "-d",
            "/d",
            "-j",
            "3",
            "--sleep",
            "0.5..3",
            "--retries",
            "0",
            "--connect-timeout",
            "500ms",
            "--idle-timeout",
            "2m",
            "--seed",
            "9",
            "http://h/a",
        ])
        .unwrap();
        assert!(options.json && options.no_store && !options.quiet && !options.demo);
        let jobs = options.jobs;
        assert_eq!(jobs.folder, Some(PathBuf::from("/d")));
        assert_eq!(
            (jobs.jobs_at_once, jobs.retries, jobs.seed),
            (3, 0, Some(9))
        );
        assert_eq!(
            jobs.sleep,
            Duration::from_millis(500)..=Duration::from_secs(3)
        );
        assert_eq!(jobs.timeouts.connect, Duration::from_millis(500));
        assert_eq!(jobs.timeouts.idle, Duration::from_secs(120));
        assert!(run(&["--demo", "-q"]).unwrap().demo);
        assert!(open(&["--count-only", "http://h/a"]).jobs.count_only);
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (arguments, says) in [
            (&["--jobs", "0", "http://h/"][..], "between 1 and 1000"),
            (&["--jobs", "many", "http://h/"], "whole number"),
            (
                &["--idle-timeout", "3 weeks", "http://h/"],
                "ms, s, m, h or d",
            ),
            (&["--sleep", "3..1", "http://h/"], "smaller number first"),
            (&["--json", "--quiet", "http://h/"], "cannot be used with"),
            (&["--demo", "http://h/"], "cannot be used with"),
            (&[], "--demo"),
            (&["-i", "/no/such/file"], "/no/such/file cannot be read"),
        ] {
            let error = run(arguments).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(error.exit_status(), 2, "{error}");
        }
        let help = run(&["--help"]).unwrap_err();
        assert_eq!(help.exit_status(), 0);
    }

    #[test]
    fn a_bad_line_names_its_place_and_nothing_is_started() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("urls.txt");
        std::fs::write(&list, "http://h/1\n# no\n\nexample.com/2\nhttp://h/3\n").unwrap();
        let list = list.to_str().unwrap();
        let error = run(&["-i", list, "http://h/0", "ftp://h/"]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("urls.txt, line 4: The URL does not say how"),
            "{text}"
        );
        assert!(
            text.contains("Write https://example.com/2 instead."),
            "{text}"
        );
        assert!(text.contains("URL 2: Only http and https"), "{text}");
        assert!(text.contains("--keep-going"), "{text}");
        assert_eq!(error.exit_status(), 2);

        let options = run(&["--keep-going", "-i", list, "http://h/0", "ftp://h/"]).unwrap();
        let urls: Vec<_> = options.requests.iter().map(|r| r.url().path()).collect();
        assert_eq!(urls, ["/0", "/1", "/3"]);
        assert_eq!(options.bad_lines.len(), 2);
    }
}
