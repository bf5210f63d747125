//! The options of jobs: what can only be judged when it is known what there is to do.

use super::UsageError;
use super::arguments::JobArguments;
use crate::fetch::{
    Checksum, ExtraCertificates, FetchError, IfExists, NameRule, Proxy, ProxyRules, Timeouts,
};
use crate::links::Link;
use crate::options::{Headers, JobOptions};
use crate::settings::Setting;

/// What there is to do, as far as options depend on it.
pub(super) struct Downloads {
    /// How many; none in a demo, whose downloads are its own.
    pub(super) count: Option<usize>,
    /// What becomes of them.
    pub(super) destination: Kind,
    /// Whether they may sleep for a random time without `--sleep`.
    pub(super) may_sleep: bool,
}

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Saved,
    Counted,
    StandardOutput,
}

impl Kind {
    /// They are saved, unless the arguments say otherwise.
    pub(super) fn of(jobs: &JobArguments) -> Self {
        if jobs.writes_to_standard_output() {
            Self::StandardOutput
        } else if jobs.count_only {
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
            destination: match (&jobs.dir, Kind::of(jobs)) {
                (None, Kind::Saved) => Kind::Counted,
                (_, kind) => kind,
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
            Kind::Saved => return Ok(()),
            Kind::Counted if self.count.is_none() => (
                "the demo counts its bytes",
                "Say where to save them with -d DIR, or leave it out.",
            ),
            Kind::Counted => (
                "the bytes are counted and not saved",
                "Leave out --count-only, or this option.",
            ),
            Kind::StandardOutput => (
                "the bytes go to standard output (-o -)",
                "Leave out one of the two.",
            ),
        };
        Err(UsageError::option(option, message, hint))
    }
}

/// The links, each with what happens if the name that was given for it is taken: without a rule, it fails.
pub(super) fn with_given_names(mut links: Vec<Link>, arguments: &JobArguments) -> Vec<Link> {
    if arguments.if_exists.is_some() {
        return links;
    }
    for link in &mut links {
        if link.file_name().is_some() || arguments.output.is_some() {
            let own = link.own.get_or_insert_default();
            own.if_exists = Some(IfExists::Fail);
        }
    }
    links
}

/// The settings that the arguments speak of, whatever they say: also what is the default.
pub(super) fn settings_given(arguments: &JobArguments) -> Vec<Setting> {
    let given = [
        (Setting::Folder, arguments.dir.is_some()),
        (Setting::IfExists, arguments.if_exists.is_some()),
        // Whoever says how a file is saved wants it kept.
        (
            Setting::CountOnly,
            arguments.count_only
                || arguments.dir.is_some()
                || arguments.output.is_some()
                || arguments.if_exists.is_some()
                || arguments.continue_from.is_some(),
        ),
        (Setting::Sleep, arguments.sleep.is_some()),
        (Setting::JobsAtOnce, arguments.jobs.is_some()),
        (Setting::JobsPerHost, arguments.per_host.is_some()),
        (Setting::RateLimit, arguments.limit_rate.is_some()),
        (
            Setting::JobRateLimit,
            arguments.limit_rate_per_job.is_some(),
        ),
        (Setting::ConnectTimeout, arguments.connect_timeout.is_some()),
        (
            Setting::FirstByteTimeout,
            arguments.first_byte_timeout.is_some(),
        ),
        (Setting::IdleTimeout, arguments.idle_timeout.is_some()),
        (Setting::HostPatience, arguments.host_patience.is_some()),
        (Setting::TimeLimit, arguments.timeout.is_some()),
        (Setting::LowSpeed, arguments.low_speed.is_some()),
        (Setting::Retries, arguments.retries.is_some()),
        (Setting::Proxy, arguments.proxy.is_some()),
        (Setting::Certificates, arguments.cacert.is_some()),
        (Setting::MaxRedirects, arguments.max_redirects.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    given.map(|(setting, _)| setting).collect()
}

/// The options of the jobs, if each has an effect.
pub(super) fn job_options(
    arguments: JobArguments,
    downloads: &Downloads,
) -> Result<JobOptions, UsageError> {
    let defaults = JobOptions::default();
    if let Some(name) = &arguments.output {
        downloads.expect_one("--output")?;
        if downloads.destination != Kind::StandardOutput {
            downloads.expect_saved("--output")?;
            let checked = NameRule::Named(name.clone()).check();
            checked.map_err(|error| told("--output", error.into()))?;
        } else if arguments.count_only {
            downloads.expect_saved("--count-only")?;
        }
    }
    if arguments.dir.is_some() {
        downloads.expect_saved("--dir")?;
    }
    if arguments.if_exists.is_some() {
        downloads.expect_saved("--if-exists")?;
    }
    if let Some(part) = &arguments.continue_from {
        downloads.expect_one("--continue-from")?;
        downloads.expect_saved("--continue-from")?;
        if !part.is_file() {
            return Err(UsageError::option(
                "--continue-from",
                "there is no such file",
                "Give the .part file of the download that stopped.",
            ));
        }
    }
    let sleep = arguments.sleep.unwrap_or(defaults.sleep);
    if arguments.seed.is_some() && !downloads.may_sleep && sleep.start() == sleep.end() {
        return Err(UsageError::option(
            "--seed",
            "no sleep is drawn at random",
            "Give a range with --sleep MIN..MAX, or leave it out.",
        ));
    }
    Ok(JobOptions {
        pauses_when_full: false,
        computes_sha256: true,
        keeps_preview: true,
        // What starts the run knows the standard output.
        stream: None,
        checksum: checksum(arguments.checksum.as_deref(), downloads)?,
        headers: headers(&arguments.header)?,
        proxy: arguments
            .proxy
            .map(|text| Proxy::parse(&text))
            .transpose()
            .map_err(|error| told("--proxy", error))?,
        proxy_rules: ProxyRules::from_env(|name| std::env::var(name).ok()),
        certificates: arguments
            .cacert
            .map(ExtraCertificates::from_pem_file)
            .transpose()
            .map_err(|error| told("--cacert", error))?,
        folder: arguments.dir,
        count_only: arguments.count_only,
        continue_from: arguments.continue_from,
        file_name: arguments
            .output
            .filter(|_| downloads.destination == Kind::Saved),
        if_exists: arguments.if_exists.map_or(defaults.if_exists, Into::into),
        jobs_at_once: arguments.jobs.unwrap_or(defaults.jobs_at_once),
        jobs_per_host: arguments.per_host.unwrap_or(defaults.jobs_per_host),
        sleep,
        retries: arguments.retries.unwrap_or(defaults.retries),
        timeouts: Timeouts {
            connect: arguments
                .connect_timeout
                .unwrap_or(defaults.timeouts.connect),
            first_byte: arguments
                .first_byte_timeout
                .unwrap_or(defaults.timeouts.first_byte),
            idle: arguments.idle_timeout.unwrap_or(defaults.timeouts.idle),
            ..defaults.timeouts
        },
        host_patience: arguments.host_patience,
        time_limit: arguments.timeout,
        low_speed_bytes_per_sec: arguments.low_speed,
        max_redirects: arguments.max_redirects.unwrap_or(defaults.max_redirects),
        rate_limit_bytes_per_sec: arguments.limit_rate,
        job_rate_limit_bytes_per_sec: arguments.limit_rate_per_job,
        seed: arguments.seed,
    })
}

fn checksum(text: Option<&str>, downloads: &Downloads) -> Result<Option<Checksum>, UsageError> {
    let Some(text) = text else { return Ok(None) };
    downloads.expect_one("--checksum")?;
    let checksum = text.parse().map_err(|error| {
        let hint = "Write it as sha256:HEX, with the HEX that sha256sum prints.";
        UsageError::option("--checksum", format!("{error}"), hint)
    });
    checksum.map(Some)
}

/// What is wrong with an option's value, without the value.
fn told(option: &'static str, error: FetchError) -> UsageError {
    UsageError::option(option, error.message, error.hint)
}

fn headers(texts: &[String]) -> Result<Headers, UsageError> {
    let mut headers = Headers::default();
    for text in texts {
        headers.add(text).map_err(|error| told("--header", error))?;
    }
    Ok(headers)
}
