//! A sleep and a download: its spec, made from a link and the options that hold for it.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    fetch::{NameRule, Request, RetryPolicy, Save, Stream, readable},
    links::Link,
    options::JobOptions,
};

/// A sleep and a download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Whether a full disk pauses it, so that its user can make room, instead of failing it.
    pub pauses_when_full: bool,
    /// How long it may take in all, its sleep and its retries included, pauses not; then it has timed out.
    pub time_limit: Option<Duration>,
    /// Its own limit for its bytes a second, besides the one of all jobs together.
    pub rate_limit_bytes_per_sec: Option<u64>,
}

/// What becomes of the bytes of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// They are counted and not kept.
    Count,
    /// They are given on as they arrive. Has no serde form.
    #[serde(skip)]
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

    /// What a job for this request does, with these options. `default_folder` is where it saves when the options name no
    /// folder; without one it counts.
    pub fn of_request(
        request: Request,
        options: &JobOptions,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let folder = options.folder.clone().or(default_folder);
        let saved = folder
            .filter(|_| !options.count_only)
            .map(|folder| Destination::Save(save_to(folder, options)));
        let streamed = options.stream.clone().map(Destination::Stream);
        let destination = streamed.or(saved).unwrap_or(Destination::Count);
        let mut spec = Self::new(with_options(request, options), destination);
        if let Some(name) = &options.file_name {
            spec.name.clone_from(name);
        }
        Self {
            sleep: options.draw_sleep(random),
            retry: RetryPolicy {
                retries: options.retries,
            },
            pauses_when_full: options.pauses_when_full,
            time_limit: options.time_limit,
            rate_limit_bytes_per_sec: options.job_rate_limit_bytes_per_sec,
            ..spec
        }
    }

    /// What a job for this link does: as [`Self::of_request`], except for what the link itself says.
    pub fn of_link(
        link: Link,
        options: &JobOptions,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let Some(own) = &link.own else {
            return Self::of_request(link.request, options, default_folder, random);
        };
        let mut own_options = own.over(options);
        if let Some(folder) = &own.folder {
            let around = options.folder.as_deref().or(default_folder.as_deref());
            own_options.folder = folder.within(around);
        }
        Self::of_request(link.request, &own_options, default_folder, random)
    }

    /// Takes over what `after` says where it still has what `before` said: time-outs, retries, time limit, low speed,
    /// redirects, proxy, certificates and its own rate limit. Where it is saved, and how long it sleeps, was settled
    /// when it was added.
    pub fn follow(&mut self, before: &JobOptions, after: &JobOptions) {
        let mut timeouts = self.request.timeouts();
        let (old, new) = (before.timeouts, after.timeouts);
        follow(&mut timeouts.resolve, &old.resolve, &new.resolve);
        follow(&mut timeouts.connect, &old.connect, &new.connect);
        follow(&mut timeouts.first_byte, &old.first_byte, &new.first_byte);
        follow(&mut timeouts.idle, &old.idle, &new.idle);
        self.request.set_timeouts(timeouts);

        let mut redirects = self.request.max_redirects();
        follow(&mut redirects, &before.max_redirects, &after.max_redirects);
        self.request.set_max_redirects(redirects);

        let (old, new) = (
            before.low_speed_bytes_per_sec,
            after.low_speed_bytes_per_sec,
        );
        let mut low_speed = self.request.low_speed_bytes_per_sec();
        follow(&mut low_speed, &old, &new);
        self.request.set_low_speed(low_speed);

        if before.proxy != after.proxy && self.request.proxy() == before.proxy.as_ref() {
            self.request.set_proxy(after.proxy.clone());
        }
        if before.certificates != after.certificates
            && self.request.extra_certificates() == before.certificates.as_ref()
        {
            let certificates = after.certificates.clone();
            self.request.set_extra_certificates(certificates);
        }

        follow(&mut self.retry.retries, &before.retries, &after.retries);
        follow(&mut self.time_limit, &before.time_limit, &after.time_limit);
        follow(
            &mut self.rate_limit_bytes_per_sec,
            &before.job_rate_limit_bytes_per_sec,
            &after.job_rate_limit_bytes_per_sec,
        );
    }
}

fn save_to(folder: PathBuf, options: &JobOptions) -> Save {
    let mut save = Save::in_folder(folder).if_exists(options.if_exists);
    if let Some(part) = &options.continue_from {
        save = save.continuing(part);
    }
    if !options.computes_sha256 {
        save = save.without_sha256();
    }
    if !options.keeps_preview {
        save = save.without_preview();
    }
    match &options.file_name {
        Some(name) => save.named(NameRule::Named(name.clone())),
        None => save,
    }
}

fn with_options(request: Request, options: &JobOptions) -> Request {
    let mut request = options
        .headers
        .added_to(request)
        .with_timeouts(options.timeouts)
        .with_max_redirects(options.max_redirects)
        .with_proxy_rules(options.proxy_rules.clone());
    if let Some(bytes_per_sec) = options.low_speed_bytes_per_sec {
        request = request.with_low_speed(bytes_per_sec);
    }
    if let Some(proxy) = &options.proxy {
        request = request.with_proxy(proxy.clone());
    }
    if let Some(certificates) = &options.certificates {
        request = request.with_extra_certificates(certificates.clone());
    }
    if let Some(checksum) = options.checksum {
        request = request.with_checksum(checksum);
    }
    request
}

fn follow<T: PartialEq + Copy>(value: &mut T, before: &T, after: &T) {
    if value == before {
        *value = *after;
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
    use crate::{
        fetch::{Checksum, IfExists, Timeouts},
        links::{OwnFolder, OwnOptions},
        options::Headers,
    };

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
    fn a_download_follows_where_nothing_else_was_said_for_it() {
        let before = JobOptions {
            proxy: Some("old:1".parse().unwrap()),
            low_speed_bytes_per_sec: Some(5),
            ..JobOptions::default()
        };
        let after = JobOptions {
            timeouts: Timeouts {
                resolve: Duration::from_secs(1),
                connect: Duration::from_secs(2),
                first_byte: Duration::from_secs(3),
                idle: Duration::from_secs(4),
            },
            retries: 9,
            time_limit: Some(Duration::from_secs(60)),
            max_redirects: 1,
            job_rate_limit_bytes_per_sec: Some(1_000),
            ..JobOptions::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let request = || Request::get("https://a.example/1").unwrap();
        let mut usual = FetchSpec::of_request(request(), &before, None, &mut random);
        usual.follow(&before, &after);
        assert_eq!(
            usual,
            FetchSpec::of_request(request(), &after, None, &mut random)
        );

        let own = JobOptions {
            retries: 2,
            proxy: Some("own:1".parse().unwrap()),
            ..before.clone()
        };
        let mut own = FetchSpec::of_request(request(), &own, None, &mut random);
        own.follow(&before, &after);
        assert_eq!(own.retry.retries, 2);
        let proxy = own.request.proxy().map(ToString::to_string);
        assert_eq!(proxy.as_deref(), Some("http://own:1"));
        assert_eq!(own.request.timeouts(), after.timeouts, "the rest follows");
    }

    #[test]
    fn a_host_that_saves_still_counts_when_told_so() {
        let request = Request::get("http://h/a").unwrap();
        let mut options = JobOptions::default();
        let mut random = options.random();
        let mut destination = |options: &JobOptions, default: Option<&str>| {
            FetchSpec::of_request(
                request.clone(),
                options,
                default.map(PathBuf::from),
                &mut random,
            )
            .destination
        };
        let save = |folder: &str| Destination::Save(Save::in_folder(folder));
        assert_eq!(destination(&options, None), Destination::Count);
        assert_eq!(destination(&options, Some("/d")), save("/d"));
        options.folder = Some("/mine".into());
        assert_eq!(destination(&options, Some("/d")), save("/mine"));
        assert_eq!(destination(&options, None), save("/mine"));
        options.count_only = true;
        assert_eq!(destination(&options, Some("/d")), Destination::Count);
        options.stream = Some(Stream::new(std::io::sink()));
        let streamed = destination(&options, Some("/d"));
        assert!(matches!(streamed, Destination::Stream(_)));
    }

    #[test]
    fn a_link_of_a_list_names_its_folder() {
        let folder_of = |folder: OwnFolder, options: &JobOptions, default: Option<&str>| {
            let own = OwnOptions {
                folder: Some(folder),
                ..OwnOptions::default()
            };
            let link = Link {
                own: Some(Box::new(own)),
                ..Link::get("http://h/a").unwrap()
            };
            let default = default.map(PathBuf::from);
            let spec = FetchSpec::of_link(link, options, default, &mut options.random());
            spec.destination.folder().map(ToOwned::to_owned)
        };
        let mut options = JobOptions::default();
        let below = || OwnFolder::Below("b".into());
        let at = || OwnFolder::At("/x".into());
        assert_eq!(
            folder_of(below(), &options, Some("/d")),
            Some("/d/b".into())
        );
        assert_eq!(folder_of(at(), &options, Some("/d")), Some("/x".into()));
        options.folder = Some("/mine".into());
        assert_eq!(
            folder_of(below(), &options, Some("/d")),
            Some("/mine/b".into())
        );
        options.count_only = true;
        assert_eq!(folder_of(at(), &options, Some("/d")), None);
    }

    #[test]
    fn a_link_says_more_than_the_options_around_it() {
        let own = OwnOptions {
            file_name: Some("a".to_owned()),
            retries: Some(2),
            ..OwnOptions::default()
        };
        let link = Link {
            own: Some(Box::new(own)),
            ..Link::get("http://h/x").unwrap()
        };
        let options = JobOptions {
            file_name: Some("b".to_owned()),
            retries: 9,
            ..JobOptions::default()
        };
        let spec = FetchSpec::of_link(link, &options, None, &mut options.random());
        assert_eq!((spec.name.as_str(), spec.retry.retries), ("a", 2));
    }

    #[test]
    fn every_option_of_a_download_reaches_its_spec() {
        let mut headers = Headers::default();
        headers.add("X-One: 1").unwrap();
        let checksum = Checksum::of(b"x");
        let options = JobOptions {
            folder: Some("/d".into()),
            file_name: Some("a.iso".to_owned()),
            if_exists: IfExists::Skip,
            checksum: Some(checksum),
            time_limit: Some(Duration::from_secs(9)),
            low_speed_bytes_per_sec: Some(10),
            max_redirects: 3,
            headers,
            proxy: Some("h:3128".parse().unwrap()),
            job_rate_limit_bytes_per_sec: Some(500),
            ..JobOptions::default()
        };
        let request = Request::get("http://h/a").unwrap();
        let mut random = options.random();
        let spec = FetchSpec::of_request(request.clone(), &options, None, &mut random);
        assert_eq!(
            spec.request,
            request
                .clone()
                .with_header("X-One", "1")
                .unwrap()
                .with_proxy("h:3128".parse().unwrap())
                .with_low_speed(10)
                .with_max_redirects(3)
                .with_checksum(checksum)
        );
        let save = Save::in_folder("/d")
            .named(NameRule::Named("a.iso".to_owned()))
            .if_exists(IfExists::Skip);
        assert_eq!(spec.destination, Destination::Save(save));
        assert_eq!(spec.name, "a.iso", "it is called what it is saved as");
        assert_eq!(spec.time_limit, Some(Duration::from_secs(9)));
        assert_eq!(spec.rate_limit_bytes_per_sec, Some(500));

        let more = FetchSpec::of_request(request, &options.for_more(), None, &mut random);
        assert_eq!(more.request.checksum(), None);
        assert_eq!(more.name, "a");
    }
}
