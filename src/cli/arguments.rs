//! The arguments as they are written, with their help.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::fetch::IfExists;
use crate::format::{parse_duration, parse_duration_range, parse_rate};
use crate::settings::{self, Bounded};

// Paragraphs are one line each: the terminal's width breaks them.
const UNITS: &str = "\
    URLs may hold ranges, [001-120], [1-10:2] or [a-z], and lists, {a,b,c}: all their combinations \
    are downloaded. Times are written 500ms, 3s, 2m or 1h, a bare number is seconds; rates 500k or \
    2M, in bytes a second.";

const MORE_OF_LISTS: &str = "What else a list (-i) may say is in `jobdeck run --help`.";

const EXAMPLES: &str = "Examples:
  jobdeck https://example.com/a.iso        open the dashboard and save it to Downloads
  jobdeck -d /tmp -j 3 -i urls.txt         three at once, from a list, saved to /tmp
  jobdeck demo                             three jobs against a built-in server
  jobdeck run https://example.com/a.iso    without a window, saved to the current folder
  jobdeck run --json -i - < urls.txt       from a pipe, one JSON object per event";

const RUN_EXAMPLES: &str = "Examples:
  jobdeck run https://example.com/a https://example.com/b
  jobdeck run -d isos --if-exists skip 'https://example.com/part[01-20].zip'
  jobdeck run -o backup.sql https://example.com/dump
  jobdeck run -o - https://example.com/a.tar.gz | tar xz
  jobdeck run --limit-rate 2M --per-host 2 --joblog jobs.tsv -i urls.txt
  jobdeck run --count-only --json https://example.com/a
  jobdeck run --demo --seed 1 --json

Files go to the current folder, or to --dir; their names come from the server or the URL. A name \
    given with --output, or in a list, is used exactly as it is, and if there is such a file, the \
    download fails unless --if-exists says what to do.

A list (-i) has a URL or a curl command per line. Behind a URL may be a tab and a name for its \
    file, a comment that begins with a blank and #, or further URLs; below it, indented, out=NAME \
    and dir=DIR as in the lists of aria2. A link that is there twice is downloaded once.

With -o - the bytes of one URL go to standard output, and everything else to standard error. A \
    download that breaks off goes on only if the server proves that the file is the same.

The job log has a line per job, with tabs between: its number (Seq), Host, the start in seconds \
    since 1970 (Starttime), the seconds it took (JobRuntime), 0 (Send), the body bytes that came, \
    those of failed attempts too (Receive), Exitval (0 done, 1 failed, 124 timed out, 130 \
    stopped), Signal (2 when stopped, else 0), and the URL without its secrets (Command).

Exit status: 0 all done, 1 some not, 2 usage, 130 interrupted.";

#[derive(Debug, Parser)]
#[command(
    name = "jobdeck",
    version,
    about = "A dashboard of running jobs: downloads that you can watch, pause and cancel",
    args_conflicts_with_subcommands = true,
    after_help = format!("{UNITS}\n\n{EXAMPLES}\n\n{MORE_OF_LISTS}")
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) subcommand: Option<Subcommands>,
    #[command(flatten)]
    pub(super) open: OpenArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Subcommands {
    /// Open the dashboard with a demo: three jobs that sleep and download from a built-in server
    Demo(DemoArguments),
    /// Do the jobs without a window, and return when all are finished
    #[command(after_help = format!("{UNITS}\n\n{RUN_EXAMPLES}"))]
    Run(RunArguments),
}

#[derive(Debug, Args)]
pub(super) struct OpenArguments {
    #[command(flatten)]
    pub(super) input: InputArguments,
    #[command(flatten)]
    pub(super) jobs: JobArguments,
}

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    #[command(flatten)]
    pub(super) jobs: JobArguments,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) input: InputArguments,
    /// Run the demo: three jobs that sleep and download from a built-in server
    #[arg(long, conflicts_with_all = ["urls", "input"])]
    pub(super) demo: bool,
    /// Print one JSON object per event, and nothing else, on standard output
    #[arg(long, conflicts_with = "quiet")]
    pub(super) json: bool,
    /// Print only what failed, on standard error
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Exit with 1 also for a file that may not be the one that was wanted, such as a web page
    #[arg(long)]
    pub(super) strict: bool,
    /// Append a line to this file as each job ends
    #[arg(long, value_name = "FILE")]
    pub(super) joblog: Option<PathBuf>,
    #[command(flatten)]
    pub(super) jobs: JobArguments,
}

#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// What to download
    #[arg(value_name = "URL")]
    pub(super) urls: Vec<String>,
    /// A file with one URL or curl command per line; - is standard input, # begins a comment
    #[arg(short, long, value_name = "FILE")]
    pub(super) input: Vec<PathBuf>,
    /// Take [ ] and { } in URLs as they are: no ranges, no lists
    #[arg(long)]
    pub(super) no_glob: bool,
    /// Leave out lines that are no URLs, instead of starting nothing
    #[arg(long)]
    pub(super) keep_going: bool,
}

#[derive(Debug, Args)]
pub(super) struct JobArguments {
    /// Save here, instead of the desktop's folder for downloads or ~/Downloads (the window), or the current folder (`run`)
    #[arg(short, long, value_name = "DIR", help_heading = "Saving")]
    pub(super) dir: Option<PathBuf>,
    /// Save under exactly this name; - is standard output (`run`); for a single URL
    #[arg(short, long, value_name = "NAME", help_heading = "Saving")]
    pub(super) output: Option<String>,
    /// What to do about a file of the same name [default: rename; with --output: fail]
    #[arg(long, value_name = "RULE", value_enum, help_heading = "Saving")]
    pub(super) if_exists: Option<IfExistsArgument>,
    /// Go on with this .part file, also one of an earlier version, from a new link to the same file; for a single URL
    #[arg(long, value_name = "PART", help_heading = "Saving")]
    pub(super) continue_from: Option<PathBuf>,
    /// Count the bytes and do not keep them
    #[arg(long, conflicts_with = "dir", help_heading = "Saving")]
    pub(super) count_only: bool,
    /// What the content must be; for a single URL
    // Not parsed here: what is wrong with it is said in our own words.
    #[arg(long, value_name = "sha256:HEX", help_heading = "Saving")]
    pub(super) checksum: Option<String>,

    /// How many jobs run at once [default: 6]
    #[arg(short, long, value_name = "N",
          value_parser = |text: &str| number(text, settings::JOBS_AT_ONCE), help_heading = "Limits")]
    pub(super) jobs: Option<u32>,
    /// How many of them at once against one host [default: 6]
    #[arg(long, value_name = "N",
          value_parser = |text: &str| number(text, settings::JOBS_PER_HOST), help_heading = "Limits")]
    pub(super) per_host: Option<u32>,
    /// The bytes a second of all jobs together
    #[arg(long, value_name = "RATE", help_heading = "Limits",
          value_parser = |text: &str| rate(text, settings::RATE_LIMIT))]
    pub(super) limit_rate: Option<u64>,
    /// The bytes a second of each job
    #[arg(long, value_name = "RATE", help_heading = "Limits",
          value_parser = |text: &str| rate(text, settings::RATE_LIMIT))]
    pub(super) limit_rate_per_job: Option<u64>,
    /// Sleep before each download: seconds, or a range to draw from
    #[arg(long, value_name = "SECS|MIN..MAX", value_parser = sleep_range, help_heading = "Limits")]
    pub(super) sleep: Option<RangeInclusive<Duration>>,
    /// Make the random sleeps the same every time
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(super) seed: Option<u64>,

    /// How often a failed download is tried again [default: 5]
    #[arg(long, value_name = "N",
          value_parser = |text: &str| number(text, settings::RETRIES), help_heading = "Patience")]
    pub(super) retries: Option<u32>,
    /// How long jobs wait for a host that does not answer, without using a retry [default: 2m; in the window: 10m]; with
    /// --retries 0 they do not wait
    #[arg(long, value_name = "TIME", help_heading = "Patience",
          value_parser = |text: &str| duration(text, settings::HOST_PATIENCE))]
    pub(super) host_patience: Option<Duration>,
    /// How long a job may take, sleep and retries included; a pause, and the wait for a slot or for a host that does not
    /// answer, do not count
    #[arg(long, value_name = "TIME", help_heading = "Patience",
          value_parser = |text: &str| duration(text, settings::TIME_LIMIT))]
    pub(super) timeout: Option<Duration>,
    /// How long a connection may take to open [default: 15s]
    #[arg(long, value_name = "TIME", help_heading = "Patience",
          value_parser = |text: &str| duration(text, settings::CONNECT_TIMEOUT))]
    pub(super) connect_timeout: Option<Duration>,
    /// How long the answer may take to begin [default: 2m]
    #[arg(long, value_name = "TIME", help_heading = "Patience",
          value_parser = |text: &str| duration(text, settings::FIRST_BYTE_TIMEOUT))]
    pub(super) first_byte_timeout: Option<Duration>,
    /// How long a download may stand still [default: 30s]
    #[arg(long, value_name = "TIME", help_heading = "Patience",
          value_parser = |text: &str| duration(text, settings::IDLE_TIMEOUT))]
    pub(super) idle_timeout: Option<Duration>,
    /// Slower than this counts as stalled
    #[arg(long, value_name = "RATE", help_heading = "Patience",
          value_parser = |text: &str| rate(text, settings::LOW_SPEED))]
    pub(super) low_speed: Option<u64>,

    /// Say this in every request; can be repeated
    // Not parsed here: a value that is wrong would be printed, and may be a secret.
    #[arg(
        short = 'H',
        long,
        value_name = "'NAME: VALUE'",
        help_heading = "Network"
    )]
    pub(super) header: Vec<String>,
    /// Go through this HTTP proxy: http://[user:password@]host:port [default: http_proxy, https_proxy, all_proxy]
    // Not parsed here, for the password.
    #[arg(long, value_name = "URL", help_heading = "Network")]
    pub(super) proxy: Option<String>,
    /// Trust the certificates in this PEM file too: of authorities, or the server's own
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub(super) cacert: Option<PathBuf>,
    /// How many redirects of a request are followed [default: 10]
    #[arg(long, value_name = "N",
          value_parser = |text: &str| number(text, settings::MAX_REDIRECTS), help_heading = "Network")]
    pub(super) max_redirects: Option<u32>,

    /// Keep nothing after the end
    #[arg(long)]
    pub(super) no_store: bool,
}

impl JobArguments {
    /// Whether the bytes go to standard output.
    pub(super) fn writes_to_standard_output(&self) -> bool {
        self.output.as_deref() == Some("-")
    }
}

// Without help of their own: one that has it makes the whole help three times as long.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum IfExistsArgument {
    Rename,
    Overwrite,
    Skip,
    Fail,
}

impl From<IfExistsArgument> for IfExists {
    fn from(argument: IfExistsArgument) -> Self {
        match argument {
            IfExistsArgument::Rename => Self::Rename,
            IfExistsArgument::Overwrite => Self::Overwrite,
            IfExistsArgument::Skip => Self::Skip,
            IfExistsArgument::Fail => Self::Fail,
        }
    }
}

fn number(text: &str, setting: Bounded<u32>) -> Result<u32, String> {
    let value = text
        .parse()
        .map_err(|_| "write a whole number".to_owned())?;
    setting.check(value).map_err(|error| error.to_string())
}

fn rate(text: &str, setting: Bounded<u64>) -> Result<u64, String> {
    let value = parse_rate(text).map_err(|error| format!("{error}; {}", error.hint()))?;
    if value == 0 {
        return Err("nothing would ever come; leave the option out for no limit".to_owned());
    }
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
