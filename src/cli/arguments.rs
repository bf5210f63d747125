//! The arguments as they are written, with their help. The options of jobs come from the table of
//! all options.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::options::{Flag, Options, Setting, Settings};

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
  jobdeck run --json -i - < urls.txt       from a pipe, one JSON object per event
  jobdeck list                             what became of them, also while they run";

const RUN_EXAMPLES: &str = "Examples:
  jobdeck run https://example.com/a https://example.com/b
  jobdeck run -d isos --if-exists skip 'https://example.com/part[01-20].zip'
  jobdeck run -o backup.sql https://example.com/dump
  jobdeck run -o - https://example.com/a.tar.gz | tar xz
  jobdeck run --limit-rate 2M --per-host 2 --joblog jobs.tsv -i urls.txt
  jobdeck run --count-only --json https://example.com/a
  jobdeck run --resume
  jobdeck run --demo --seed 1 --json

Files go to the current folder, or to --dir; their names come from the server or the URL. A name \
    given with --output, or in a list, is used exactly as it is, and if there is such a file, the \
    download fails unless --if-exists says what to do.

A list (-i) has a URL or a curl command per line. Behind a URL may be a tab and a name for its \
    file, a comment that begins with a blank and #, or further URLs; below it, indented, out=NAME \
    and dir=DIR as in the lists of aria2. A link that is there twice is downloaded once.

What a run downloads is kept in the list of jobs (jobdeck list). If it is stopped or killed, \
    jobdeck run --resume goes on with what it left, into the folder of before; time-outs, retries, \
    proxies, headers and logins that are given then win over those of before. The same command with \
    --resume can be given again: URLs that it has or has done are left out, and those that failed \
    are tried again. \
    While a window or another run uses the list, a run goes on without it.

With -o - the bytes of one URL go to standard output, and everything else to standard error. A \
    download that breaks off goes on only if the server proves that the file is the same.

The job log has a line per job, with tabs between: its number (Seq), Host, the start in seconds \
    since 1970 (Starttime), the seconds it took (JobRuntime), 0 (Send), the body bytes that came, \
    those of failed attempts too (Receive), Exitval (0 done, 1 failed, 124 timed out, 130 \
    stopped), Signal (2 when stopped, else 0), and the URL without its secrets (Command).

Exit status: 0 all done, 1 some not, 2 usage, 130 interrupted.";

/// The arguments of the window and of a run.
pub(super) fn command() -> Command {
    let open = Command::new("jobdeck")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A dashboard of running jobs: downloads that you can watch, pause and cancel")
        .args_conflicts_with_subcommands(true)
        .after_help(format!("{UNITS}\n\n{EXAMPLES}\n\n{MORE_OF_LISTS}"))
        .args(InputArguments::args());
    let demo = Command::new("demo").about(
        "Open the dashboard with a demo: three jobs that sleep and download from a built-in server",
    );
    let run = Command::new("run")
        .about("Do the jobs without a window, and return when all are finished")
        .after_help(format!("{UNITS}\n\n{RUN_EXAMPLES}"))
        .args(InputArguments::args())
        .args(RunArguments::args());
    with_job_options(open)
        .subcommand(with_job_options(demo))
        .subcommand(with_job_options(run))
}

pub(super) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// What there is to download.
pub(super) struct InputArguments {
    pub(super) urls: Vec<String>,
    pub(super) lists: Vec<PathBuf>,
    pub(super) no_glob: bool,
    pub(super) keep_going: bool,
}

impl InputArguments {
    fn args() -> [Arg; 4] {
        [
            Arg::new("urls")
                .value_name("URL")
                .num_args(1..)
                .action(ArgAction::Append)
                .help("What to download"),
            Arg::new("input")
                .short('i')
                .long("input")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help(
                    "A file with one URL or curl command per line; - is standard input, # begins a comment",
                ),
            switch(
                "no-glob",
                "Take [ ] and { } in URLs as they are: no ranges, no lists",
            ),
            switch(
                "keep-going",
                "Leave out lines that are no URLs, instead of starting nothing",
            ),
        ]
    }

    pub(super) fn of(matches: &mut ArgMatches) -> Self {
        Self {
            urls: all_of(matches, "urls"),
            lists: all_of(matches, "input"),
            no_glob: matches.get_flag("no-glob"),
            keep_going: matches.get_flag("keep-going"),
        }
    }
}

/// What only a run without a window is asked for.
pub(super) struct RunArguments {
    pub(super) demo: bool,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) strict: bool,
    pub(super) joblog: Option<PathBuf>,
    pub(super) resume: bool,
}

impl RunArguments {
    fn args() -> [Arg; 6] {
        [
            switch(
                "demo",
                "Run the demo: three jobs that sleep and download from a built-in server",
            )
            .conflicts_with_all(["urls", "input"]),
            switch(
                "json",
                "Print one JSON object per event, and nothing else, on standard output",
            )
            .conflicts_with("quiet"),
            switch("quiet", "Print only what failed, on standard error").short('q'),
            switch(
                "strict",
                "Exit with 1 also for a file that may not be the one that was wanted, such as a web page",
            ),
            switch(
                "resume",
                "Go on with what earlier runs left unfinished, then with the URLs that are given",
            )
            .conflicts_with_all(["demo", "no-store"]),
            Arg::new("joblog")
                .long("joblog")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Append a line to this file as each job ends"),
        ]
    }

    pub(super) fn of(matches: &mut ArgMatches) -> Self {
        Self {
            demo: matches.get_flag("demo"),
            json: matches.get_flag("json"),
            quiet: matches.get_flag("quiet"),
            strict: matches.get_flag("strict"),
            joblog: matches.remove_one("joblog"),
            resume: matches.get_flag("resume"),
        }
    }
}

/// Where the list of jobs is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Keep nothing after the end of the process.
    pub no_store: bool,
    /// Another folder than the user's own.
    pub state_dir: Option<PathBuf>,
}

impl StoreOptions {
    pub(super) fn state_dir_arg() -> Arg {
        Arg::new("state-dir")
            .long("state-dir")
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .help("Keep the list of jobs and the settings in this folder [default: the user's own]")
    }

    pub(super) fn of(matches: &mut ArgMatches) -> Self {
        Self {
            no_store: matches
                .try_get_one::<bool>("no-store")
                .is_ok_and(|given| given.copied().unwrap_or_default()),
            state_dir: matches.remove_one("state-dir"),
        }
    }
}

/// What the arguments say about jobs. It may hold secrets, and so has no `Debug` form.
pub(super) struct JobArguments {
    /// The options that are given, in the order of the table, as they are written.
    pub(super) given: Vec<Given>,
}

/// An option and its value.
pub(super) struct Given {
    pub(super) setting: Setting,
    pub(super) flag: &'static Flag,
    pub(super) value: Value,
}

/// The value of an option as it is written.
pub(super) enum Value {
    Text(String),
    Path(PathBuf),
}

impl JobArguments {
    pub(super) fn of(matches: &mut ArgMatches) -> Self {
        let mut given = Vec::new();
        for (setting, flag) in flags() {
            let name = long(flag);
            let values: Vec<Value> = if flag.value_name.is_none() {
                let is_on = matches.get_flag(name);
                is_on
                    .then(|| Value::Text("on".to_owned()))
                    .into_iter()
                    .collect()
            } else if flag.is_path {
                let paths = all_of(matches, name).into_iter();
                paths.map(Value::Path).collect()
            } else {
                let texts = all_of(matches, name).into_iter();
                texts.map(Value::Text).collect()
            };
            given.extend(values.into_iter().map(|value| Given {
                setting,
                flag,
                value,
            }));
        }
        Self { given }
    }

    /// Whether an option is given.
    pub(super) fn has(&self, setting: Setting) -> bool {
        self.given.iter().any(|given| given.setting == setting)
    }

    /// Whether the bytes go to standard output.
    pub(super) fn writes_to_standard_output(&self) -> bool {
        self.given.iter().any(|given| {
            given.setting == Setting::FileName
                && matches!(&given.value, Value::Text(text) if text == "-")
        })
    }
}

/// The options that the command line offers.
fn flags() -> impl Iterator<Item = (Setting, &'static Flag)> {
    let all = Setting::ALL.iter();
    all.filter_map(|setting| Some((*setting, setting.entry().flag.as_ref()?)))
}

fn with_job_options(command: Command) -> Command {
    let defaults = Settings::default();
    let options = flags().map(|(setting, flag)| {
        let default = defaults.text(setting).replace(' ', "");
        let mut arg = Arg::new(long(flag))
            .long(long(flag))
            .help_heading(flag.heading)
            .help(flag.help.replace("{}", &default));
        if let Some(letter) = flag.letter {
            arg = arg.short(letter);
        }
        if let Some(other) = flag.conflicts_with {
            arg = arg.conflicts_with(other);
        }
        let Some(value_name) = flag.value_name else {
            return arg.action(ArgAction::SetTrue);
        };
        arg = arg.value_name(value_name);
        if flag.repeats {
            arg = arg.action(ArgAction::Append);
        }
        let words = setting.words();
        if flag.is_path {
            arg.value_parser(value_parser!(PathBuf))
        } else if flag.is_read_late {
            arg
        } else if words.is_empty() {
            arg.value_parser(move |text: &str| {
                let mut options = Options::default();
                options.set(setting, text).map(|()| text.to_owned())
            })
        } else {
            arg.value_parser(PossibleValuesParser::new(words))
        }
    });
    command
        .args(options)
        .arg(switch("no-store", "Keep nothing after the end"))
        .arg(StoreOptions::state_dir_arg())
}

fn long(flag: &'static Flag) -> &'static str {
    flag.name.trim_start_matches('-')
}

pub(super) fn all_of<T: Clone + Send + Sync + 'static>(
    matches: &mut ArgMatches,
    name: &str,
) -> Vec<T> {
    let values = matches.remove_many(name);
    values.into_iter().flatten().collect()
}
