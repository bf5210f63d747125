//! How the values of options are read and written: once for the command line, the settings and the
//! Add sheet.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Headers;
use super::bounds::Bounded;
use crate::fetch::{
    BadFileName, Checksum, CookieFile, DirectHosts, ExtraCertificates, FetchError, IfExists,
    NameRule, Netrc, Proxy,
};
use crate::format;
use crate::format::ParseAmountError;

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

/// A kind of values. Errors say what is wrong and what to write instead; they repeat no secret.
pub(super) trait ValueKind {
    type Value;

    /// Reads what somebody typed.
    fn parse(&self, text: &str) -> Result<Self::Value, String>;

    /// Reads a field that may also be empty, or 0, where that means that the option is off.
    fn parse_field(&self, text: &str) -> Result<Self::Value, String> {
        self.parse(text)
    }

    /// The value as one would type it; empty for what is off or not set.
    fn show(&self, value: &Self::Value) -> String;

    /// Sets the value; of an option that may be given more than once, adds to it.
    fn set(&self, value: &mut Option<Self::Value>, text: &str) -> Result<(), String> {
        *value = Some(self.parse(text)?);
        Ok(())
    }

    /// Sets a path, or what is in the file at that path, which need not be text.
    fn set_path(&self, value: &mut Option<Self::Value>, path: PathBuf) -> Result<(), String> {
        self.set(value, &path.to_string_lossy())
    }

    /// The words to choose between.
    fn words(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// A whole number.
pub(super) struct Count(pub(super) Bounded<u32>);

impl ValueKind for Count {
    type Value = u32;

    fn parse(&self, text: &str) -> Result<u32, String> {
        let Bounded { min, max, .. } = self.0;
        let value = text.trim().parse().ok();
        value
            .filter(|value| self.0.holds(*value))
            .ok_or_else(|| format!("a whole number from {min} to {max}"))
    }

    fn show(&self, value: &u32) -> String {
        value.to_string()
    }
}

/// A whole number of percent.
pub(super) struct Percent(pub(super) Bounded<u32>);

impl ValueKind for Percent {
    type Value = u32;

    fn parse(&self, text: &str) -> Result<u32, String> {
        Count(self.0).parse(text.trim_end().trim_end_matches('%'))
    }

    fn show(&self, value: &u32) -> String {
        format!("{value} %")
    }
}

/// Any whole number, or none.
pub(super) struct Seed;

impl ValueKind for Seed {
    type Value = Option<u64>;

    fn parse(&self, text: &str) -> Result<Option<u64>, String> {
        text.parse()
            .map(Some)
            .map_err(|_| format!("a whole number from 0 to {}", u64::MAX))
    }

    fn show(&self, value: &Option<u64>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
}

/// A time.
pub(super) struct Time(pub(super) Bounded<Duration>);

impl ValueKind for Time {
    type Value = Duration;

    fn parse(&self, text: &str) -> Result<Duration, String> {
        let value = format::parse_duration(text).map_err(|error| explained(&error))?;
        if self.0.holds(value) {
            return Ok(value);
        }
        let [min, max] = [self.0.min, self.0.max].map(format::typed_duration);
        Err(format!("between {min} and {max}"))
    }

    fn show(&self, value: &Duration) -> String {
        format::typed_duration(*value)
    }
}

/// A time, or no limit.
pub(super) struct TimeLimit(pub(super) Bounded<Duration>);

impl ValueKind for TimeLimit {
    type Value = Option<Duration>;

    fn parse(&self, text: &str) -> Result<Option<Duration>, String> {
        if format::parse_duration(text) == Ok(Duration::ZERO) {
            return Err(MUST_BE_MORE.to_owned());
        }
        Time(self.0).parse(text).map(Some)
    }

    fn parse_field(&self, text: &str) -> Result<Option<Duration>, String> {
        if text.trim().is_empty() || format::parse_duration(text) == Ok(Duration::ZERO) {
            return Ok(None);
        }
        self.parse(text)
    }

    fn show(&self, value: &Option<Duration>) -> String {
        value.map_or_else(String::new, format::typed_duration)
    }
}

/// Bytes a second, or no limit.
pub(super) struct RateValue(pub(super) Bounded<u64>);

impl ValueKind for RateValue {
    type Value = Option<u64>;

    fn parse(&self, text: &str) -> Result<Option<u64>, String> {
        match format::parse_rate(text).map_err(|error| explained(&error))? {
            0 => Err(MUST_BE_MORE.to_owned()),
            value if self.0.holds(value) => Ok(Some(value)),
            _ => Err(format!("at most {}", format::typed_rate(self.0.max))),
        }
    }

    fn parse_field(&self, text: &str) -> Result<Option<u64>, String> {
        if text.trim().is_empty() || format::parse_rate(text) == Ok(0) {
            return Ok(None);
        }
        self.parse(text)
    }

    fn show(&self, value: &Option<u64>) -> String {
        value.map_or_else(String::new, format::typed_rate)
    }
}

/// A time, or a range of times to draw from.
pub(super) struct TimeRange(pub(super) Bounded<Duration>);

impl ValueKind for TimeRange {
    type Value = RangeInclusive<Duration>;

    fn parse(&self, text: &str) -> Result<RangeInclusive<Duration>, String> {
        let range = format::parse_duration_range(text).map_err(|error| explained(&error))?;
        if self.0.holds(*range.end()) {
            return Ok(range);
        }
        Err(format!("at most {}", format::typed_duration(self.0.max)))
    }

    fn parse_field(&self, text: &str) -> Result<RangeInclusive<Duration>, String> {
        let text = text.trim();
        self.parse(if text.is_empty() { "0" } else { text })
    }

    fn show(&self, value: &RangeInclusive<Duration>) -> String {
        format::typed_duration_range(value)
    }
}

/// One of a few words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [(T, &'static str)]);

pub(super) const ON_OFF: Choice<bool> = Choice(&[(false, "off"), (true, "on")]);

pub(super) const IF_EXISTS: Choice<IfExists> = Choice(&[
    (IfExists::Rename, "rename"),
    (IfExists::Overwrite, "overwrite"),
    (IfExists::Skip, "skip"),
    (IfExists::Fail, "fail"),
]);

pub(super) const THEMES: Choice<ThemeChoice> = Choice(&[
    (ThemeChoice::System, "system"),
    (ThemeChoice::Light, "light"),
    (ThemeChoice::Dark, "dark"),
]);

impl<T: Copy + PartialEq> ValueKind for Choice<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, String> {
        let mut all = self.0.iter();
        let found = all.find(|(_, word)| word.eq_ignore_ascii_case(text.trim()));
        found
            .map(|(value, _)| *value)
            .ok_or_else(|| format!("one of {}", self.words().join(", ")))
    }

    fn show(&self, value: &T) -> String {
        let found = self.0.iter().find(|(other, _)| other == value);
        found.map_or_else(String::new, |(_, word)| (*word).to_owned())
    }

    fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|(_, word)| *word).collect()
    }
}

/// A path. In a settings field it must mean the same wherever the program is started from.
pub(super) struct AnyPath;

impl ValueKind for AnyPath {
    type Value = Option<PathBuf>;

    fn parse(&self, text: &str) -> Result<Option<PathBuf>, String> {
        Ok(Some(PathBuf::from(text)))
    }

    fn parse_field(&self, text: &str) -> Result<Option<PathBuf>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if !Path::new(text).is_absolute() {
            return Err("The whole path is needed, from the top or from ~".to_owned());
        }
        self.parse(text)
    }

    fn show(&self, value: &Option<PathBuf>) -> String {
        let path = value.as_deref();
        path.map_or_else(String::new, |path| path.display().to_string())
    }

    fn set_path(&self, value: &mut Option<Option<PathBuf>>, path: PathBuf) -> Result<(), String> {
        *value = Some(Some(path));
        Ok(())
    }
}

/// The name of a file, exactly.
pub(super) struct FileName;

impl ValueKind for FileName {
    type Value = Option<String>;

    fn parse(&self, text: &str) -> Result<Option<String>, String> {
        let name = text.to_owned();
        let checked = NameRule::Named(name.clone()).check();
        checked.map_err(|error: BadFileName| sentences(&error.into()))?;
        Ok(Some(name))
    }

    fn parse_field(&self, text: &str) -> Result<Option<String>, String> {
        match text.trim() {
            "" => Ok(None),
            name => self.parse(name),
        }
    }

    fn show(&self, value: &Option<String>) -> String {
        value.clone().unwrap_or_default()
    }
}

/// A SHA-256.
pub(super) struct Sha256;

impl ValueKind for Sha256 {
    type Value = Option<Checksum>;

    fn parse(&self, text: &str) -> Result<Option<Checksum>, String> {
        let checksum = text.trim().parse::<Checksum>();
        checksum.map(Some).map_err(|error| {
            format!("{error}. Write it as sha256:HEX, with the HEX that sha256sum prints.")
        })
    }

    fn parse_field(&self, text: &str) -> Result<Option<Checksum>, String> {
        match text.trim() {
            "" => Ok(None),
            text => self.parse(text),
        }
    }

    fn show(&self, value: &Option<Checksum>) -> String {
        value.map_or_else(String::new, |checksum| checksum.to_string())
    }
}

/// The address of a proxy. It is shown without its user name and password.
pub(super) struct ProxyAddress;

impl ValueKind for ProxyAddress {
    type Value = Option<Proxy>;

    fn parse(&self, text: &str) -> Result<Option<Proxy>, String> {
        let proxy = Proxy::parse(text);
        proxy.map(Some).map_err(|error| sentences(&error))
    }

    fn parse_field(&self, text: &str) -> Result<Option<Proxy>, String> {
        match text.trim() {
            "" => Ok(None),
            text => self.parse(text),
        }
    }

    fn show(&self, value: &Option<Proxy>) -> String {
        let proxy = value.as_ref();
        proxy.map_or_else(String::new, ToString::to_string)
    }
}

/// Hosts that are connected to directly.
pub(super) struct HostList;

impl ValueKind for HostList {
    type Value = Option<DirectHosts>;

    fn parse(&self, text: &str) -> Result<Option<DirectHosts>, String> {
        let hosts = DirectHosts::parse_all(text);
        hosts.map(Some).map_err(|error| sentences(&error))
    }

    fn show(&self, value: &Option<DirectHosts>) -> String {
        let hosts = value.as_ref();
        hosts.map_or_else(String::new, ToString::to_string)
    }
}

/// Headers, one at a time. Their values may be secrets: only their names are shown.
pub(super) struct HeaderLines;

impl ValueKind for HeaderLines {
    type Value = Headers;

    fn parse(&self, text: &str) -> Result<Headers, String> {
        let mut headers = Headers::default();
        headers.add(text).map_err(|error| sentences(&error))?;
        Ok(headers)
    }

    fn show(&self, value: &Headers) -> String {
        value.names().collect::<Vec<_>>().join(", ")
    }

    fn set(&self, value: &mut Option<Headers>, text: &str) -> Result<(), String> {
        let headers = value.get_or_insert_default();
        headers.add(text).map_err(|error| sentences(&error))
    }
}

/// The certificates in a PEM file, which is read at once.
pub(super) struct PemFile;

impl ValueKind for PemFile {
    type Value = Option<ExtraCertificates>;

    fn parse(&self, text: &str) -> Result<Option<ExtraCertificates>, String> {
        let certificates = ExtraCertificates::from_pem_file(text);
        certificates.map(Some).map_err(|error| sentences(&error))
    }

    fn show(&self, _value: &Option<ExtraCertificates>) -> String {
        String::new()
    }

    fn set_path(&self, value: &mut Option<Self::Value>, path: PathBuf) -> Result<(), String> {
        let certificates = ExtraCertificates::from_pem_file(path);
        *value = Some(Some(certificates.map_err(|error| sentences(&error))?));
        Ok(())
    }
}

/// The cookies in a file, which is read at once.
pub(super) struct Cookies;

impl ValueKind for Cookies {
    type Value = Option<CookieFile>;

    fn parse(&self, text: &str) -> Result<Option<CookieFile>, String> {
        let cookies = CookieFile::read(text);
        cookies.map(Some).map_err(|error| sentences(&error))
    }

    fn show(&self, _value: &Option<CookieFile>) -> String {
        String::new()
    }
}

/// A switch that reads the user's `.netrc` file at once.
pub(super) struct Logins;

impl ValueKind for Logins {
    type Value = Option<Netrc>;

    fn parse(&self, text: &str) -> Result<Option<Netrc>, String> {
        let is_on = ON_OFF.parse(text)?;
        let netrc = is_on.then(Netrc::of_user).transpose();
        netrc.map_err(|error| sentences(&error))
    }

    fn show(&self, value: &Option<Netrc>) -> String {
        ON_OFF.show(&value.is_some())
    }
}

/// What a limit of 0 is told on the command line.
pub const MUST_BE_MORE: &str = "must be more than 0; leave the option out for no limit";

fn explained(error: &ParseAmountError) -> String {
    format!("{error}: {}", error.hint())
}

fn sentences(error: &FetchError) -> String {
    format!("{}. {}", error.message, error.hint)
}
