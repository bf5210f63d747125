//! The options of jobs: what can only be judged when it is known what there is to do.

use super::UsageError;
use super::arguments::{Given, JobArguments, Value};
use crate::fetch::{IfExists, ProxyRules};
use crate::links::Link;
use crate::options::{Options, Setting, Settings};

/// What there is to do, as far as options depend on it.
pub(super) struct Downloads {
    /// How many; none in a demo, whose downloads are its own.
    pub(super) count: Option<usize>,
    /// What becomes of them.
    pub(super) destination: DestinationKind,
    /// Whether they may sleep for a random time without `--sleep`.
    pub(super) may_sleep: bool,
}

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DestinationKind {
    Saved,
    Counted,
    StandardOutput,
}

impl DestinationKind {
    /// They are saved, unless the arguments say otherwise.
    pub(super) fn of(jobs: &JobArguments) -> Self {
        if jobs.writes_to_standard_output() {
            Self::StandardOutput
        } else if jobs.has(Setting::CountOnly) {
            Self::Counted
        } else {
            Self::Saved
        }
    }
}

impl Downloads {
    /// The demo's: they sleep, and are counted unless a folder is named.
    pub(super) fn of_demo(jobs: &JobArguments) -> Self {
        Self {
            count: None,
            destination: match DestinationKind::of(jobs) {
                DestinationKind::Saved if !jobs.has(Setting::Folder) => DestinationKind::Counted,
                kind => kind,
            },
            may_sleep: true,
        }
    }

    fn expect_one(&self, option: &'static str) -> Result<(), UsageError> {
        let message = match self.count {
            Some(1) => return Ok(()),
            None => "the demo has downloads of its own".to_owned(),
            Some(0) => "there is no URL".to_owned(),
            Some(count) => format!("there are {count} URLs"),
        };
        let hint = "It is for a single URL: give exactly one with it.";
        Err(UsageError::option(option, message, hint))
    }

    fn expect_saved(&self, option: &'static str) -> Result<(), UsageError> {
        let (message, hint) = match self.destination {
            DestinationKind::Saved => return Ok(()),
            DestinationKind::Counted if self.count.is_none() => (
                "the demo counts its bytes",
                "Say where to save them with -d DIR, or leave it out.",
            ),
            DestinationKind::Counted => (
                "the bytes are counted and not saved",
                "Leave out --count-only, or this option.",
            ),
            DestinationKind::StandardOutput => (
                "the bytes go to standard output (-o -)",
                "Leave out one of the two.",
            ),
        };
        Err(UsageError::option(option, message, hint))
    }
}

/// The links, each with what happens if the name that was given for it is taken: without a rule, it
/// fails.
pub(super) fn with_given_names(mut links: Vec<Link>, jobs: &JobArguments) -> Vec<Link> {
    if jobs.has(Setting::IfExists) {
        return links;
    }
    for link in &mut links {
        if link.file_name().is_some() || jobs.has(Setting::FileName) {
            let own = link.own.get_or_insert_default();
            own.options.if_exists = Some(IfExists::Fail);
        }
    }
    links
}

/// What the arguments say about jobs, if each option has an effect.
pub(super) fn job_options(
    jobs: JobArguments,
    downloads: &Downloads,
) -> Result<Options, UsageError> {
    let mut options = Options::default();
    let to_standard_output = downloads.destination == DestinationKind::StandardOutput;
    let counts = jobs.has(Setting::CountOnly);
    for Given {
        setting,
        flag,
        value,
    } in jobs.given
    {
        let entry = setting.entry();
        if entry.for_one {
            downloads.expect_one(flag.name)?;
        }
        let is_standard_output = to_standard_output && setting == Setting::FileName;
        if is_standard_output {
            continue;
        }
        if entry.for_saved || (counts && to_standard_output && setting == Setting::CountOnly) {
            downloads.expect_saved(flag.name)?;
        }
        let set = match value {
            Value::Text(text) => options.set(setting, &text),
            Value::Path(path) => options.set_path(setting, path),
        };
        set.map_err(|problem| UsageError::Value {
            option: flag.name,
            problem,
        })?;
    }
    if let Some(Some(part)) = &options.continue_from
        && !part.is_file()
    {
        return Err(UsageError::option(
            "--continue-from",
            "there is no such file",
            "Give the .part file of the download that stopped.",
        ));
    }
    let sleep = Settings::default().with(&options).sleep;
    if options.seed.is_some() && !downloads.may_sleep && sleep.start() == sleep.end() {
        return Err(UsageError::option(
            "--seed",
            "no sleep is drawn at random",
            "Give a range with --sleep MIN..MAX, or leave it out.",
        ));
    }
    // What says how a file is saved wants it kept, whatever the settings say.
    if options.count_only.is_none()
        && options
            .said()
            .iter()
            .any(|setting| setting.entry().for_saved)
    {
        options.count_only = Some(false);
    }
    // So are certificates: those of the arguments take the place of those of the settings.
    if options.certificates.is_some() {
        options.certificates_file = Some(None);
    }
    let rules = ProxyRules::from_env(|name| std::env::var(name).ok());
    options.proxy_rules = (rules != ProxyRules::default()).then_some(rules);
    Ok(options)
}
