//! The arguments of the commands that read and write the list of jobs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use super::arguments::{StoreOptions, all_of, switch};
use super::invocation::Invocation;
use super::records::{
    ExportForm, ExportOptions, ForgetOptions, Forgotten, ImportOptions, ListOptions, RowFilter,
    RowScope, ShowOptions,
};
use crate::deck::StoredState;
use crate::format;

const LIST_EXAMPLES: &str = "Examples:
  jobdeck list
  jobdeck list --state failed,timed_out
  jobdeck list --search 'host:example.com -state:done'
  jobdeck list --json | jq -r 'select(.needs_link) | .url'

What was added last is the last line. On a terminal the columns fit its width; in a pipe nothing is cut.";

const HISTORY_EXAMPLES: &str = "Examples:
  jobdeck history --since 2h
  jobdeck history --since 2026-11-01 --state failed
  jobdeck history --search error:timeout
  jobdeck history --json | jq -r 'select(.outcome == \"done\") | .path'

What ended last is the last line. The history also has rows that have left the list because it was full.";

const SHOW_EXAMPLES: &str = "Examples:
  jobdeck show 17
  jobdeck show 17 --json | jq .log

Exit status: 0 it is shown, 1 there is no such row.";

const EXPORT_EXAMPLES: &str = "Examples:
  jobdeck export > jobs.json
  jobdeck export --csv --since 30d --output november.csv
  jobdeck export --joblog | cut -f 3,4,9
  jobdeck export --with-secrets --output all.json     to take the list to another computer

Without --with-secrets, a URL that has a secret in it is written without, and its row needs its link after an \
    import. In JSON, what has not ended is paused: an import starts nothing.";

const IMPORT_EXAMPLES: &str = "Examples:
  jobdeck import jobs.json                 what jobdeck export wrote
  jobdeck import -d ~/isos urls.txt        a list with a URL or a curl command per line
  jobdeck import aria2.session             a session of aria2
  jobdeck export | jobdeck import --state-dir ~/other -

Nothing is started: rows that have not ended are paused, and the window resumes them. Rows that are
there already are left out.

Exit status: 0 all is taken in, 1 some is not, 2 the list cannot be written or the file not be read.";

const FORGET_EXAMPLES: &str = "Examples:
  jobdeck forget 17 18
  jobdeck forget --state done,cancelled
  jobdeck forget --before 30d --yes
  jobdeck forget --all

Files are never deleted. With --before, what has not ended stays.

Exit status: 0 they are forgotten, 1 some are not there or the answer was no, 2 the list cannot be written.";

const COMPLETIONS_EXAMPLES: &str = "Examples:
  jobdeck completions bash > ~/.local/share/bash-completion/completions/jobdeck
  jobdeck completions zsh > \"${fpath[1]}/_jobdeck\"
  jobdeck completions fish > ~/.config/fish/completions/jobdeck.fish";

const MAN_EXAMPLES: &str = "Examples:
  jobdeck man | man -l -
  jobdeck man > ~/.local/share/man/man1/jobdeck.1";

/// The commands.
pub(super) fn commands() -> [Command; 8] {
    let reads = |name, about, examples| {
        Command::new(name)
            .about(about)
            .after_help(examples)
            .arg(StoreOptions::state_dir_arg())
    };
    let json = || switch("json", "Print one JSON object per line");
    [
        reads("list", "Show the jobs that are on the list", LIST_EXAMPLES)
            .args(filter_args())
            .arg(json()),
        reads("history", "Show the jobs that have ended", HISTORY_EXAMPLES)
            .args(filter_args())
            .arg(json()),
        reads("show", "Show all that is known of a job", SHOW_EXAMPLES)
            .arg(id_arg().required(true).help("Its id in jobdeck list"))
            .arg(switch("json", "Print a JSON object")),
        reads(
            "export",
            "Write the list and the history for other programs, or for jobdeck import",
            EXPORT_EXAMPLES,
        )
        .args([
            switch("csv", "A table for spreadsheets"),
            switch("joblog", "The job log of jobdeck run, of what has ended"),
            switch(
                "table",
                "A table as jobdeck history shows it, with nothing cut",
            ),
            switch("json", "What jobdeck import reads [default]"),
        ])
        .group(ArgGroup::new("form").args(["csv", "joblog", "table", "json"]))
        .arg(path_arg("output", "Write to this file instead of standard output").short('o'))
        .arg(
            switch(
                "with-secrets",
                "Write whole URLs, headers, cookies and logins too, for you alone to read",
            )
            .conflicts_with_all(["csv", "joblog", "table"]),
        )
        .args(filter_args()),
        reads(
            "import",
            "Add jobs from an export, a list or a session of aria2, all paused",
            IMPORT_EXAMPLES,
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .required(true)
                .help("What to read; - is standard input"),
        )
        .arg(
            path_arg(
                "dir",
                "Save the links of a list to this folder [default: Downloads]",
            )
            .value_name("DIR")
            .short('d'),
        ),
        reads(
            "forget",
            "Delete jobs from the list and the history, but not their files",
            FORGET_EXAMPLES,
        )
        .arg(
            id_arg()
                .num_args(1..)
                .action(ArgAction::Append)
                .help("Their ids in jobdeck list or jobdeck history"),
        )
        .arg(states_arg().conflicts_with_all(["id", "all"]))
        .arg(
            time_arg("before", "Only what ended before this: 2h, 3d, 2026-11-01")
                .conflicts_with_all(["id", "all"]),
        )
        .arg(switch("all", "All of the list and the history").conflicts_with("id"))
        .group(
            ArgGroup::new("which")
                .args(["id", "state", "before", "all"])
                .multiple(true)
                .required(true),
        )
        .arg(switch("yes", "Do not ask").short('y')),
        Command::new("completions")
            .about("Print what a shell needs to complete the arguments of jobdeck")
            .after_help(COMPLETIONS_EXAMPLES)
            .arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .required(true)
                    .value_parser(value_parser!(Shell))
                    .help("The shell"),
            ),
        Command::new("man")
            .about("Print the manual page, with all commands")
            .after_help(MAN_EXAMPLES),
    ]
}

fn id_arg() -> Arg {
    Arg::new("id")
        .value_name("ID")
        .value_parser(value_parser!(u64))
}

fn path_arg(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

fn time_arg(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("TIME")
        .value_parser(|text: &str| format::parse_past(text, now()))
        .help(help)
}

fn states_arg() -> Arg {
    let names: Vec<_> = StoredState::ALL.iter().map(|state| state.name()).collect();
    Arg::new("state")
        .long("state")
        .value_name("STATE,…")
        .value_delimiter(',')
        .action(ArgAction::Append)
        .value_parser(clap::builder::PossibleValuesParser::new(names))
        .help("Only what is in one of these states")
}

fn filter_args() -> [Arg; 3] {
    [
        states_arg(),
        time_arg(
            "since",
            "Only what ended, or was added and has not ended, since this: 2h, 3d, 2026-11-01",
        ),
        Arg::new("search")
            .long("search")
            .value_name("TERMS")
            .help(
                "Only what the search of the window finds: words, \"two words\", name:, host:, state:, error:, and -word for what must not be there",
            ),
    ]
}

/// The time since 1970.
fn now() -> Duration {
    let now = web_time::SystemTime::UNIX_EPOCH.elapsed();
    now.unwrap_or_default()
}

fn states_of(matches: &mut ArgMatches) -> Vec<StoredState> {
    let names: Vec<String> = all_of(matches, "state");
    let states = names.iter().map(|name| StoredState::from_name(name));
    states.flatten().collect()
}

fn filter_of(matches: &mut ArgMatches) -> RowFilter {
    RowFilter {
        states: states_of(matches),
        since: matches.remove_one("since"),
        search: matches.remove_one("search").unwrap_or_default(),
    }
}

/// What is asked for by one of the [commands](commands), if it is one of them.
pub(super) fn invocation(name: &str, matches: &mut ArgMatches) -> Option<Invocation> {
    let list = |scope, matches: &mut ArgMatches| {
        Invocation::List(ListOptions {
            scope,
            filter: filter_of(matches),
            json: matches.get_flag("json"),
            store: StoreOptions::of(matches),
        })
    };
    Some(match name {
        "list" => list(RowScope::Listed, matches),
        "history" => list(RowScope::Ended, matches),
        "show" => Invocation::Show(ShowOptions {
            id: matches.remove_one("id").unwrap_or_default(),
            json: matches.get_flag("json"),
            store: StoreOptions::of(matches),
        }),
        "export" => Invocation::Export(ExportOptions {
            form: if matches.get_flag("csv") {
                ExportForm::Csv
            } else if matches.get_flag("joblog") {
                ExportForm::Joblog
            } else if matches.get_flag("table") {
                ExportForm::Table
            } else {
                ExportForm::Json
            },
            output: matches.remove_one("output"),
            with_secrets: matches.get_flag("with-secrets"),
            filter: filter_of(matches),
            store: StoreOptions::of(matches),
        }),
        "import" => Invocation::Import(ImportOptions {
            file: matches.remove_one("file").unwrap_or_default(),
            folder: matches.remove_one("dir"),
            store: StoreOptions::of(matches),
        }),
        "forget" => {
            let ids: Vec<u64> = all_of(matches, "id");
            let which = if matches.get_flag("all") {
                Forgotten::All
            } else if ids.is_empty() {
                Forgotten::Matching {
                    states: states_of(matches),
                    before: matches.remove_one("before"),
                }
            } else {
                Forgotten::Ids(ids)
            };
            Invocation::Forget(ForgetOptions {
                which,
                yes: matches.get_flag("yes"),
                store: StoreOptions::of(matches),
            })
        }
        "completions" => {
            Invocation::Completions(matches.remove_one("shell").unwrap_or(Shell::Bash))
        }
        "man" => Invocation::Man,
        _ => return None,
    })
}
