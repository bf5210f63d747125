//! What the user set: how downloads are made, how much goes on at once, how the window looks and speaks.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    fetch::{IfExists, Proxy, Timeouts},
    format::{self, ParseAmountError},
    options::JobOptions,
    settings::{self, Bounded, Setting},
};

use super::Limits;

/// Dark, light, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThemeChoice {
    /// As the system is, also when that changes.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Every setting of the window, each with a value it may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where downloads are saved; `None` is the folder the system has for that.
    pub folder: Option<PathBuf>,
    /// What happens when there is a file of the name already.
    pub if_exists: IfExists,
    /// Whether bytes are counted and not kept.
    pub count_only: bool,
    /// The range that the sleep before a download is drawn from.
    pub sleep: RangeInclusive<Duration>,
    /// How many ended rows stay in the list.
    pub history_rows: u32,
    /// How many jobs run at once.
    pub jobs_at_once: u32,
    /// How many of them against one host.
    pub jobs_per_host: u32,
    /// The bytes a second of all jobs together; `None` is no limit.
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// The bytes a second of each job; `None` is no limit.
    pub job_rate_limit_bytes_per_sec: Option<u64>,
    /// How long each phase of a fetch may take.
    pub timeouts: Timeouts,
    /// How long a job may take in all; `None` is no limit.
    pub time_limit: Option<Duration>,
    /// The bytes a second below which a body counts as stalled; `None` lets any byte count.
    pub low_speed_bytes_per_sec: Option<u64>,
    /// How long jobs wait for a host that does not answer.
    pub host_patience: Duration,
    /// How often a failed download is tried again.
    pub retries: u32,
    /// The proxy that every request goes through.
    pub proxy: Option<Proxy>,
    /// The file with certificates that are trusted beside those of the system. What is in it, its reader knows.
    pub certificates_file: Option<PathBuf>,
    /// How many redirects of a request are followed.
    pub max_redirects: u32,
    /// Dark, light, or as the system is.
    pub theme: ThemeChoice,
    /// How large everything is, in percent.
    pub scale_percent: u32,
    /// Whether the desktop is told what ended while nobody looked.
    pub notifications: bool,
    /// Whether closing the window asks while jobs are under way.
    pub asks_before_closing: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(&JobOptions::default())
    }
}

impl Settings {
    /// What these options say, and the defaults of what they do not speak of.
    #[must_use]
    pub fn of(options: &JobOptions) -> Self {
        Self {
            folder: options.folder.clone(),
            if_exists: options.if_exists,
            count_only: options.count_only,
            sleep: options.sleep.clone(),
            history_rows: settings::HISTORY_ROWS.default,
            jobs_at_once: options.jobs_at_once,
            jobs_per_host: options.jobs_per_host,
            rate_limit_bytes_per_sec: options.rate_limit_bytes_per_sec,
            job_rate_limit_bytes_per_sec: options.job_rate_limit_bytes_per_sec,
            timeouts: options.timeouts,
            time_limit: options.time_limit,
            low_speed_bytes_per_sec: options.low_speed_bytes_per_sec,
            host_patience: options
                .host_patience
                .unwrap_or(settings::HOST_PATIENCE.default),
            retries: options.retries,
            proxy: options.proxy.clone(),
            certificates_file: None,
            max_redirects: options.max_redirects,
            theme: ThemeChoice::default(),
            scale_percent: settings::SCALE_PERCENT.default,
            notifications: true,
            asks_before_closing: true,
        }
    }

    /// How much may go on at once.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            jobs_at_once: self.jobs_at_once,
            jobs_per_host: self.jobs_per_host,
            rate_limit_bytes_per_sec: self.rate_limit_bytes_per_sec,
            host_patience: self.host_patience,
            ..Limits::default()
        }
    }

    /// How downloads are made. What is in the certificates' file is not known here.
    #[must_use]
    pub fn job_options(&self) -> JobOptions {
        self.applied_to(JobOptions::default())
    }

    /// These options, with what is set; what no setting speaks of stays.
    #[must_use]
    pub fn applied_to(&self, options: JobOptions) -> JobOptions {
        JobOptions {
            folder: self.folder.clone(),
            count_only: self.count_only,
            if_exists: self.if_exists,
            jobs_at_once: self.jobs_at_once,
            jobs_per_host: self.jobs_per_host,
            sleep: self.sleep.clone(),
            host_patience: Some(self.host_patience),
            retries: self.retries,
            timeouts: self.timeouts,
            time_limit: self.time_limit,
            low_speed_bytes_per_sec: self.low_speed_bytes_per_sec,
            max_redirects: self.max_redirects,
            proxy: self.proxy.clone(),
            rate_limit_bytes_per_sec: self.rate_limit_bytes_per_sec,
            job_rate_limit_bytes_per_sec: self.job_rate_limit_bytes_per_sec,
            ..options
        }
    }

    /// One setting as one would type it; empty for what is not set. Of a proxy only its address: no name, no password.
    #[must_use]
    pub fn text(&self, setting: Setting) -> String {
        let path = |path: &Option<PathBuf>| {
            let path = path.as_deref();
            path.map_or_else(String::new, |path| path.display().to_string())
        };
        let rate = |rate: Option<u64>| rate.map_or_else(String::new, format::typed_rate);
        match setting {
            Setting::Folder => path(&self.folder),
            Setting::IfExists => word_of(self.if_exists, &IF_EXISTS),
            Setting::CountOnly => word_of(self.count_only, &ON_OFF),
            Setting::Sleep => format::typed_duration_range(&self.sleep),
            Setting::HistoryRows => self.history_rows.to_string(),
            Setting::JobsAtOnce => self.jobs_at_once.to_string(),
            Setting::JobsPerHost => self.jobs_per_host.to_string(),
            Setting::RateLimit => rate(self.rate_limit_bytes_per_sec),
            Setting::JobRateLimit => rate(self.job_rate_limit_bytes_per_sec),
            Setting::ResolveTimeout => format::typed_duration(self.timeouts.resolve),
            Setting::ConnectTimeout => format::typed_duration(self.timeouts.connect),
            Setting::FirstByteTimeout => format::typed_duration(self.timeouts.first_byte),
            Setting::IdleTimeout => format::typed_duration(self.timeouts.idle),
            Setting::TimeLimit => {
                let limit = self.time_limit;
                limit.map_or_else(String::new, format::typed_duration)
            }
            Setting::LowSpeed => rate(self.low_speed_bytes_per_sec),
            Setting::HostPatience => format::typed_duration(self.host_patience),
            Setting::Retries => self.retries.to_string(),
            Setting::Proxy => {
                let proxy = self.proxy.as_ref();
                proxy.map_or_else(String::new, ToString::to_string)
            }
            Setting::Certificates => path(&self.certificates_file),
            Setting::MaxRedirects => self.max_redirects.to_string(),
            Setting::Theme => word_of(self.theme, &THEMES),
            Setting::Scale => format!("{} %", self.scale_percent),
            Setting::Notifications => word_of(self.notifications, &ON_OFF),
            Setting::AsksBeforeClosing => word_of(self.asks_before_closing, &ON_OFF),
        }
    }

    /// Sets one setting to what was typed.
    ///
    /// # Errors
    /// What cannot be understood, or is out of bounds: what is wrong and what to write instead. Nothing is changed then.
    pub fn set_text(&mut self, setting: Setting, text: &str) -> Result<(), String> {
        let text = text.trim();
        match setting {
            Setting::Folder => self.folder = whole_path(text)?,
            Setting::IfExists => self.if_exists = read_word(text, &IF_EXISTS)?,
            Setting::CountOnly => self.count_only = read_word(text, &ON_OFF)?,
            Setting::Sleep => self.sleep = sleep_range(text)?,
            Setting::HistoryRows => self.history_rows = number(text, settings::HISTORY_ROWS)?,
            Setting::JobsAtOnce => self.jobs_at_once = number(text, settings::JOBS_AT_ONCE)?,
            Setting::JobsPerHost => self.jobs_per_host = number(text, settings::JOBS_PER_HOST)?,
            Setting::RateLimit => {
                self.rate_limit_bytes_per_sec = rate(text, settings::RATE_LIMIT)?;
            }
            Setting::JobRateLimit => {
                self.job_rate_limit_bytes_per_sec = rate(text, settings::RATE_LIMIT)?;
            }
            Setting::ResolveTimeout => {
                self.timeouts.resolve = duration(text, settings::RESOLVE_TIMEOUT)?;
            }
            Setting::ConnectTimeout => {
                self.timeouts.connect = duration(text, settings::CONNECT_TIMEOUT)?;
            }
            Setting::FirstByteTimeout => {
                self.timeouts.first_byte = duration(text, settings::FIRST_BYTE_TIMEOUT)?;
            }
            Setting::IdleTimeout => self.timeouts.idle = duration(text, settings::IDLE_TIMEOUT)?,
            Setting::TimeLimit => self.time_limit = time_limit(text)?,
            Setting::LowSpeed => self.low_speed_bytes_per_sec = rate(text, settings::LOW_SPEED)?,
            Setting::HostPatience => self.host_patience = duration(text, settings::HOST_PATIENCE)?,
            Setting::Retries => self.retries = number(text, settings::RETRIES)?,
            Setting::Proxy => self.proxy = proxy(text)?,
            Setting::Certificates => self.certificates_file = whole_path(text)?,
            Setting::MaxRedirects => self.max_redirects = number(text, settings::MAX_REDIRECTS)?,
            Setting::Theme => self.theme = read_word(text, &THEMES)?,
            Setting::Scale => {
                let percent = text.trim_end_matches('%').trim_end();
                self.scale_percent = number(percent, settings::SCALE_PERCENT)?;
            }
            Setting::Notifications => self.notifications = read_word(text, &ON_OFF)?,
            Setting::AsksBeforeClosing => self.asks_before_closing = read_word(text, &ON_OFF)?,
        }
        Ok(())
    }

    /// Takes one setting from `other`.
    pub fn take(&mut self, setting: Setting, other: &Self) {
        match setting {
            Setting::Folder => self.folder.clone_from(&other.folder),
            Setting::IfExists => self.if_exists = other.if_exists,
            Setting::CountOnly => self.count_only = other.count_only,
            Setting::Sleep => self.sleep = other.sleep.clone(),
            Setting::HistoryRows => self.history_rows = other.history_rows,
            Setting::JobsAtOnce => self.jobs_at_once = other.jobs_at_once,
            Setting::JobsPerHost => self.jobs_per_host = other.jobs_per_host,
            Setting::RateLimit => self.rate_limit_bytes_per_sec = other.rate_limit_bytes_per_sec,
            Setting::JobRateLimit => {
                self.job_rate_limit_bytes_per_sec = other.job_rate_limit_bytes_per_sec;
            }
            Setting::ResolveTimeout => self.timeouts.resolve = other.timeouts.resolve,
            Setting::ConnectTimeout => self.timeouts.connect = other.timeouts.connect,
            Setting::FirstByteTimeout => self.timeouts.first_byte = other.timeouts.first_byte,
            Setting::IdleTimeout => self.timeouts.idle = other.timeouts.idle,
            Setting::TimeLimit => self.time_limit = other.time_limit,
            Setting::LowSpeed => self.low_speed_bytes_per_sec = other.low_speed_bytes_per_sec,
            Setting::HostPatience => self.host_patience = other.host_patience,
            Setting::Retries => self.retries = other.retries,
            Setting::Proxy => self.proxy.clone_from(&other.proxy),
            Setting::Certificates => self.certificates_file.clone_from(&other.certificates_file),
            Setting::MaxRedirects => self.max_redirects = other.max_redirects,
            Setting::Theme => self.theme = other.theme,
            Setting::Scale => self.scale_percent = other.scale_percent,
            Setting::Notifications => self.notifications = other.notifications,
            Setting::AsksBeforeClosing => self.asks_before_closing = other.asks_before_closing,
        }
    }

    /// Whether one setting is the same in both.
    #[must_use]
    pub fn is_same(&self, setting: Setting, other: &Self) -> bool {
        let mut changed = self.clone();
        changed.take(setting, other);
        changed == *self
    }

    /// The settings that differ between the two.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> Vec<Setting> {
        let all = Setting::ALL.into_iter();
        all.filter(|setting| !self.is_same(*setting, before))
            .collect()
    }
}

/// The words of a choice, as they are kept; the first is what anything else stands for.
type Words<T, const N: usize> = [(T, &'static str); N];

const ON_OFF: Words<bool, 2> = [(false, "off"), (true, "on")];
const IF_EXISTS: Words<IfExists, 4> = [
    (IfExists::Rename, "rename"),
    (IfExists::Skip, "skip"),
    (IfExists::Overwrite, "overwrite"),
    (IfExists::Fail, "fail"),
];
const THEMES: Words<ThemeChoice, 3> = [
    (ThemeChoice::System, "system"),
    (ThemeChoice::Light, "light"),
    (ThemeChoice::Dark, "dark"),
];

fn word_of<T: Copy + PartialEq, const N: usize>(value: T, words: &Words<T, N>) -> String {
    let found = words.iter().find(|(other, _)| *other == value);
    found.map_or(words[0].1, |(_, word)| word).to_owned()
}

fn read_word<T: Copy, const N: usize>(text: &str, words: &Words<T, N>) -> Result<T, String> {
    let found = words
        .iter()
        .find(|(_, word)| word.eq_ignore_ascii_case(text));
    found.map(|(value, _)| *value).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(_, word)| *word).collect();
        format!("one of {}", words.join(", "))
    })
}

fn number(text: &str, bounds: Bounded<u32>) -> Result<u32, String> {
    let value = text.parse().ok().and_then(|value| bounds.check(value).ok());
    value.ok_or_else(|| format!("a whole number from {} to {}", bounds.min, bounds.max))
}

/// Nothing and 0 are no limit.
fn rate(text: &str, bounds: Bounded<u64>) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = format::parse_rate(text).map_err(|error| explained(&error))?;
    if value == 0 {
        return Ok(None);
    }
    let value = bounds.check(value);
    value
        .map(Some)
        .map_err(|_| format!("at most {}", format::typed_rate(bounds.max)))
}

fn duration(text: &str, bounds: Bounded<Duration>) -> Result<Duration, String> {
    let value = format::parse_duration(text).map_err(|error| explained(&error))?;
    bounds.check(value).map_err(|_| {
        let [min, max] = [bounds.min, bounds.max].map(format::typed_duration);
        format!("between {min} and {max}")
    })
}

/// Nothing and 0 are no limit.
fn time_limit(text: &str) -> Result<Option<Duration>, String> {
    if text.is_empty() || format::parse_duration(text) == Ok(Duration::ZERO) {
        return Ok(None);
    }
    duration(text, settings::TIME_LIMIT).map(Some)
}

fn sleep_range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let text = if text.is_empty() { "0" } else { text };
    let range = format::parse_duration_range(text).map_err(|error| explained(&error))?;
    let max = settings::SLEEP.max;
    let longest = settings::SLEEP.check(*range.end());
    longest.map_err(|_| format!("at most {}", format::typed_duration(max)))?;
    Ok(range)
}

fn proxy(text: &str) -> Result<Option<Proxy>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let proxy = Proxy::parse(text);
    proxy
        .map(Some)
        .map_err(|error| format!("{}. {}", error.message, error.hint))
}

/// A path that means the same wherever the program is started from.
fn whole_path(text: &str) -> Result<Option<PathBuf>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let path = Path::new(text);
    if !path.is_absolute() {
        return Err("The whole path is needed, from the top or from ~".to_owned());
    }
    Ok(Some(path.to_owned()))
}

fn explained(error: &ParseAmountError) -> String {
    format!("{error}: {}", error.hint())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of which none has its default.
    fn all_changed() -> Settings {
        let secs = Duration::from_secs;
        Settings {
            folder: Some("/data/new files".into()),
            if_exists: IfExists::Skip,
            count_only: true,
            sleep: Duration::from_millis(500)..=secs(90),
            history_rows: 50,
            jobs_at_once: 3,
            jobs_per_host: 2,
            rate_limit_bytes_per_sec: Some(2_000_000),
            job_rate_limit_bytes_per_sec: Some(1_500),
            timeouts: Timeouts {
                resolve: secs(1),
                connect: secs(2),
                first_byte: secs(90),
                idle: Duration::from_millis(1_500),
            },
            time_limit: Some(secs(7_200)),
            low_speed_bytes_per_sec: Some(10),
            host_patience: secs(30),
            retries: 0,
            proxy: Some("http://me:secret@h:3128".parse().unwrap()),
            certificates_file: Some("/etc/ours.pem".into()),
            max_redirects: 0,
            theme: ThemeChoice::Light,
            scale_percent: 125,
            notifications: false,
            asks_before_closing: false,
        }
    }

    #[test]
    fn every_setting_is_read_as_it_is_written() {
        let changed = all_changed();
        assert_eq!(changed.changed_from(&Settings::default()), Setting::ALL);
        let mut read = Settings::default();
        for setting in Setting::ALL {
            read.set_text(setting, &changed.text(setting)).unwrap();
        }
        assert_eq!(
            read.changed_from(&changed),
            [Setting::Proxy],
            "the password is not written"
        );
        for setting in Setting::ALL {
            let text = Settings::default().text(setting);
            read.set_text(setting, &text).unwrap();
        }
        assert_eq!(read, Settings::default());
    }

    #[test]
    fn one_setting_is_taken_without_the_others() {
        let changed = all_changed();
        for setting in Setting::ALL {
            let mut settings = Settings::default();
            settings.take(setting, &changed);
            assert_eq!(settings.changed_from(&Settings::default()), [setting]);
        }
    }

    #[test]
    fn amounts_are_understood_as_people_type_them() {
        let mut settings = Settings::default();
        for (setting, typed, means) in [
            (Setting::RateLimit, "2M", "2 MB/s"),
            (Setting::RateLimit, "2Mi", "2097.152 kB/s"),
            (Setting::RateLimit, "0", ""),
            (Setting::RateLimit, "  ", ""),
            (Setting::LowSpeed, "1k", "1 kB/s"),
            (Setting::IdleTimeout, "1m30", "1 m 30 s"),
            (Setting::IdleTimeout, "45", "45 s"),
            (Setting::IdleTimeout, "1:30", "1 m 30 s"),
            (Setting::TimeLimit, "2h", "2 h"),
            (Setting::TimeLimit, "0 s", ""),
            (Setting::Sleep, "0..3", "0 s..3 s"),
            (Setting::Sleep, "", "0 s"),
            (Setting::Scale, "125", "125 %"),
            (Setting::Scale, "75%", "75 %"),
            (Setting::Proxy, "me:pw@h:3128", "http://h:3128"),
            (Setting::Proxy, "", ""),
            (Setting::Theme, "DARK", "dark"),
            (Setting::JobsAtOnce, " 12 ", "12"),
        ] {
            settings.set_text(setting, typed).expect(typed);
            assert_eq!(settings.text(setting), means, "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_understood_changes_nothing_and_says_what_to_write() {
        let mut settings = all_changed();
        for (setting, typed, says) in [
            (Setting::JobsAtOnce, "0", "a whole number from 1 to 1000"),
            (Setting::JobsAtOnce, "", "a whole number from 1 to 1000"),
            (Setting::JobsAtOnce, "2.5", "a whole number from 1 to 1000"),
            (
                Setting::HistoryRows,
                "9",
                "a whole number from 10 to 1000000",
            ),
            (Setting::Scale, "74", "a whole number from 75 to 200"),
            (
                Setting::RateLimit,
                "fast",
                "“fast” is not a number: write a number such as 3, 1.5 or 2M",
            ),
            (
                Setting::RateLimit,
                "16Ei",
                "“16Ei” is too large: write a smaller number",
            ),
            (Setting::LowSpeed, "2Pi", "at most 1125899906842.624 kB/s"),
            (Setting::IdleTimeout, "0", "between 1 ms and 1 d"),
            (
                Setting::IdleTimeout,
                "",
                "nothing is given: write a number such as 3, 1.5 or 2M",
            ),
            (Setting::ResolveTimeout, "2d", "between 1 ms and 1 d"),
            (Setting::TimeLimit, "400d", "between 1 ms and 366 d"),
            (
                Setting::Sleep,
                "3..0",
                "“3..0” ends before it begins: write the smaller number first: 0..3",
            ),
            (Setting::Sleep, "400d", "at most 366 d"),
            (
                Setting::Folder,
                "here",
                "The whole path is needed, from the top or from ~",
            ),
            (Setting::Theme, "purple", "one of system, light, dark"),
            (Setting::Notifications, "maybe", "one of off, on"),
        ] {
            assert_eq!(
                settings.set_text(setting, typed),
                Err(says.to_owned()),
                "{typed}"
            );
        }
        let error = settings
            .set_text(Setting::Proxy, "socks5://me:pw@h")
            .unwrap_err();
        assert!(
            error.starts_with("SOCKS proxies are not supported. "),
            "{error}"
        );
        assert_eq!(settings, all_changed());
    }

    #[test]
    fn options_are_made_from_settings_and_the_other_way_round() {
        let changed = all_changed();
        let options = changed.job_options();
        let back = Settings::of(&options);
        assert_eq!(
            back.changed_from(&changed),
            [
                Setting::HistoryRows,
                Setting::Certificates,
                Setting::Theme,
                Setting::Scale,
                Setting::Notifications,
                Setting::AsksBeforeClosing
            ],
            "what options do not speak of"
        );
        assert_eq!(Limits::of(&options), changed.limits());
        let with_seed = JobOptions {
            seed: Some(7),
            ..JobOptions::default()
        };
        assert_eq!(changed.applied_to(with_seed).seed, Some(7));
    }
}
