//! What a job is told: everything a program needs, as plain data.

use std::time::Duration;

use crate::fetch::{NameRule, Request, RetryPolicy, Save, Stream, readable};

/// What a row's job does. Closed: whoever restores a list knows every kind.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every spec is a fetch: a box would only cost"
)]
pub enum Spec {
    /// Sleeps, then fetches a URL, again after a failure that may pass.
    Fetch(FetchSpec),
    /// Sleeps, then takes its time, without a network: the demo where there is no server.
    Timed(TimedSpec),
}

/// A sleep and a download.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchSpec {
    /// What it is called in the list.
    pub name: String,
    /// What is fetched, and how patiently.
    pub request: Request,
    /// What becomes of the bytes.
    pub destination: Destination,
    /// How long it sleeps first.
    pub sleep: Duration,
    /// How often it tries again.
    pub retry: RetryPolicy,
    /// Whether a full disk pauses it, for somebody to make room, instead of failing it.
    pub pauses_when_full: bool,
    /// How long it may take in all, its sleep and its retries included, pauses not; then it has timed out.
    pub time_limit: Option<Duration>,
    /// Its own limit for its bytes a second, beside the one of all jobs together.
    pub rate_limit_bytes_per_sec: Option<u64>,
}

/// What becomes of the bytes of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// They are counted and not kept.
    Count,
    /// They are given on as they come.
    Stream(Stream),
    /// They are saved (in a browser: given to its own downloads).
    Save(Save),
}

impl Destination {
    /// The folder it is saved to.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        match self {
            Self::Count | Self::Stream(_) => None,
            Self::Save(save) => Some(&save.folder),
        }
    }
}

/// A sleep and a piece of work that only takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedSpec {
    /// What it is called in the list.
    pub name: String,
    /// How long it sleeps first.
    pub sleep: Duration,
    /// How long its work takes.
    pub work: Duration,
}

impl FetchSpec {
    /// A download with the defaults of every setting, named after the last part of its URL.
    #[must_use]
    pub fn new(request: Request, destination: Destination) -> Self {
        Self {
            name: name_of(&request),
            request,
            destination,
            sleep: Duration::ZERO,
            retry: RetryPolicy::default(),
            pauses_when_full: false,
            time_limit: None,
            rate_limit_bytes_per_sec: None,
        }
    }
}

impl Spec {
    /// Whether its file has a name that its user gave.
    #[must_use]
    pub fn has_given_name(&self) -> bool {
        match self {
            Self::Fetch(spec) => {
                matches!(&spec.destination, Destination::Save(save) if matches!(save.name, NameRule::Named(_)))
            }
            Self::Timed(_) => false,
        }
    }

    /// What it is called in the list.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Fetch(spec) => &spec.name,
            Self::Timed(spec) => &spec.name,
        }
    }

    /// How long it sleeps before it needs a slot.
    #[must_use]
    pub fn sleep(&self) -> Duration {
        match self {
            Self::Fetch(spec) => spec.sleep,
            Self::Timed(spec) => spec.sleep,
        }
    }

    /// The host it talks to; empty if it talks to none.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Fetch(spec) => {
                let url = spec.request.url();
                match (url.host_str(), url.port()) {
                    (Some(host), Some(port)) => format!("{host}:{port}"),
                    (host, _) => host.unwrap_or_default().to_owned(),
                }
            }
            Self::Timed(_) => String::new(),
        }
    }

    /// The URL it fetches, as it may be shown, without secrets; empty if there is none.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Fetch(spec) => spec.request.shown_url(),
            Self::Timed(_) => String::new(),
        }
    }

    /// The URL it fetches, as it may be written into files, without what looks like a secret; empty if there is none.
    #[must_use]
    pub fn url_for_files(&self) -> String {
        match self {
            Self::Fetch(spec) => spec.request.url_for_files(),
            Self::Timed(_) => String::new(),
        }
    }
}

/// What a download is called in the list: the last part of the URL's path, readable; the host where the path has none.
#[must_use]
pub fn name_of(request: &Request) -> String {
    let url = request.url();
    let last = url
        .path_segments()
        .and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    match last {
        Some(part) => readable(part),
        None => url.host_str().unwrap_or("download").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str) -> String {
        FetchSpec::new(Request::get(url).unwrap(), Destination::Count).name
    }

    #[test]
    fn a_download_is_called_by_the_last_part_of_its_url() {
        assert_eq!(named("https://example.com/a/b.iso?x=1"), "b.iso");
        assert_eq!(named("https://example.com/a/"), "a");
        assert_eq!(named("https://example.com"), "example.com");
        assert_eq!(
            named("https://example.com/gr%C3%BC%C3%9Fe%00.txt"),
            "grüße.txt"
        );
        // Nor by what would turn the text around.
        assert_eq!(named("https://example.com/a%E2%80%AEgpj.exe"), "agpj.exe");
    }

    #[test]
    fn the_host_shows_a_port_that_is_not_the_usual_one() {
        let spec = |url| {
            Spec::Fetch(FetchSpec::new(
                Request::get(url).unwrap(),
                Destination::Count,
            ))
        };
        assert_eq!(spec("http://localhost:8080/x").host(), "localhost:8080");
        assert_eq!(spec("https://example.com:443/x").host(), "example.com");
    }
}
