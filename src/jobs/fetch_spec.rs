//! A sleep and a download: its spec, made from a link and the options that hold for it.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::{NameRule, Request, RetryPolicy, Save, Stream, readable};
use crate::links::Link;
use crate::options::{Options, Settings};

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
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub sleep: Duration,
    /// How often it tries again.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub retry: RetryPolicy,
    /// Whether a full disk pauses it, so that its user can make room, instead of failing it.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub pauses_when_full: bool,
    /// How long it may take in all, its sleep and its retries included, pauses not; then it has
    /// timed out.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub time_limit: Option<Duration>,
    /// Its own limit for its bytes a second, besides the one of all jobs together.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// Whether the link is not whole: it was imported without its secrets.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    pub needs_link: bool,
    /// Whether it means something in this process only, like a download of the demo, whose server
    /// ends with it. Has no serde form.
    #[serde(skip)]
    pub is_of_process: bool,
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
            needs_link: false,
            is_of_process: false,
        }
    }

    /// What a job for this request does, with these options. `default_folder` is where it saves
    /// when the options name no folder; without one it counts.
    pub fn of_request(
        request: Request,
        options: &Settings,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let folder = options.folder.clone().or(default_folder);
        let saved = folder
            .filter(|_| !options.count_only)
            .map(|folder| Destination::Save(save_to(folder, options)));
        let streamed = options.stream.clone().map(Destination::Stream);
        let destination = streamed.or(saved).unwrap_or(Destination::Count);
        let mut spec = Self::new(request, destination);
        // In place: a request is large, and a list has a million of them.
        options.headers.add_to(&mut spec.request);
        let rules = options.proxy_rules.clone();
        let rules = rules.with_direct_hosts(options.no_proxy.clone());
        spec.request.set_proxy_rules(rules);
        if let Some(name) = &options.file_name {
            spec.name.clone_from(name);
        }
        if let Some(cookies) = &options.cookies {
            spec.request = spec.request.with_cookies(cookies.clone());
        }
        if let Some(netrc) = &options.netrc {
            spec.request = spec.request.with_netrc(netrc.clone());
        }
        if let Some(checksum) = options.checksum {
            spec.request = spec.request.with_checksum(checksum);
        }
        spec.sleep = options.draw_sleep(random);
        spec.pauses_when_full = options.pauses_when_full;
        spec.take_options(&Change {
            before: None,
            after: options,
        });
        spec
    }

    /// What a job for this link does: as [`Self::of_request`], except for what the link itself
    /// says.
    pub fn of_link(
        link: Link,
        options: &Settings,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let Some(own) = &link.own else {
            return Self::of_request(link.request, options, default_folder, random);
        };
        let mut options = options.clone().with(&own.options);
        if let Some(below) = &own.folder_below {
            let around = options.folder.as_ref().or(default_folder.as_ref());
            options.folder = around.map(|folder| folder.join(below));
        }
        Self::of_request(link.request, &options, default_folder, random)
    }

    /// Takes over what `after` says where it still has what `before` said: time-outs, retries, time
    /// limit, low speed, redirects, proxy, certificates and its own rate limit. Where it is saved,
    /// and how long it sleeps, was settled when it was added. False if that changed nothing.
    pub fn follow(&mut self, before: &Settings, after: &Settings) -> bool {
        let followed = self.clone();
        self.take_options(&Change {
            before: Some(before),
            after,
        });
        *self != followed
    }

    /// Takes over the options of this layer that may change after a download was added: how
    /// patiently it fetches, through which proxy, and with which headers, cookies and logins.
    pub fn take_given(&mut self, given: &Options) {
        fn put<T: Clone>(place: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        let request = &mut self.request;
        let mut timeouts = request.timeouts();
        put(&mut timeouts.resolve, &given.resolve_timeout);
        put(&mut timeouts.connect, &given.connect_timeout);
        put(&mut timeouts.first_byte, &given.first_byte_timeout);
        put(&mut timeouts.idle, &given.idle_timeout);
        request.set_timeouts(timeouts);
        if let Some(redirects) = given.max_redirects {
            request.set_max_redirects(redirects);
        }
        if let Some(low_speed) = given.low_speed_bytes_per_sec {
            request.set_low_speed(low_speed);
        }
        if let Some(proxy) = &given.proxy {
            request.set_proxy(proxy.clone());
        }
        if let Some(rules) = &given.proxy_rules {
            request.set_proxy_rules(rules.clone());
        }
        if let Some(certificates) = &given.certificates {
            request.set_extra_certificates(certificates.clone());
        }
        if let Some(headers) = &given.headers {
            headers.replace_in(request);
        }
        if let Some(Some(cookies)) = &given.cookies {
            *request = request.clone().with_cookies(cookies.clone());
        }
        if let Some(Some(netrc)) = &given.netrc {
            *request = request.clone().with_netrc(netrc.clone());
        }
        put(&mut self.retry.retries, &given.retries);
        put(&mut self.time_limit, &given.time_limit);
        put(
            &mut self.rate_limit_bytes_per_sec,
            &given.job_rate_limit_bytes_per_sec,
        );
    }

    /// The options that reach a download when it is added, and also later.
    fn take_options(&mut self, change: &Change<'_>) {
        let request = &mut self.request;
        let mut timeouts = request.timeouts();
        change.put(&mut timeouts.resolve, |options| options.resolve_timeout);
        change.put(&mut timeouts.connect, |options| options.connect_timeout);
        change.put(&mut timeouts.first_byte, |options| {
            options.first_byte_timeout
        });
        change.put(&mut timeouts.idle, |options| options.idle_timeout);
        request.set_timeouts(timeouts);
        let mut redirects = request.max_redirects();
        change.put(&mut redirects, |options| options.max_redirects);
        request.set_max_redirects(redirects);
        let mut low_speed = request.low_speed_bytes_per_sec();
        change.put(&mut low_speed, |options| options.low_speed_bytes_per_sec);
        request.set_low_speed(low_speed);
        let proxy = change.of(&request.proxy(), |options| options.proxy.as_ref());
        if let Some(proxy) = proxy.map(Option::<&_>::cloned) {
            request.set_proxy(proxy);
        }
        let certificates = change.of(&request.extra_certificates(), |options| {
            options.certificates.as_ref()
        });
        if let Some(certificates) = certificates.map(Option::<&_>::cloned) {
            request.set_extra_certificates(certificates);
        }
        change.put(&mut self.retry.retries, |options| options.retries);
        change.put(&mut self.time_limit, |options| options.time_limit);
        change.put(&mut self.rate_limit_bytes_per_sec, |options| {
            options.job_rate_limit_bytes_per_sec
        });
    }
}

/// Options that change under a download. One that has something else than `before` says was given
/// it on its own, and keeps it; without `before`, it takes all.
struct Change<'a> {
    before: Option<&'a Settings>,
    after: &'a Settings,
}

impl<'a> Change<'a> {
    /// The value that is to take the place of `now`, if another one is.
    fn of<T: PartialEq>(&self, now: &T, value: impl Fn(&'a Settings) -> T) -> Option<T> {
        let wanted = value(self.after);
        let follows = self.before.is_none_or(|before| value(before) == *now);
        (follows && wanted != *now).then_some(wanted)
    }

    fn put<T: PartialEq + Copy>(&self, place: &mut T, value: impl Fn(&'a Settings) -> T) {
        if let Some(wanted) = self.of(place, value) {
            *place = wanted;
        }
    }
}

fn save_to(folder: PathBuf, options: &Settings) -> Save {
    // It means the same place in every later process.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
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
    if options.portable_names {
        save = save.with_portable_name();
    }
    if options.remote_time {
        save = save.with_remote_time();
    }
    match &options.file_name {
        Some(name) => save.named(NameRule::Named(name.clone())),
        None => save,
    }
}

/// What a download is called in the list: the last part of the URL's path, readable; the host where
/// the path has none.
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
    use crate::fetch::{Checksum, IfExists};
    use crate::links::LinkOverrides;
    use crate::options::{Headers, Options};

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
        let before = Settings {
            proxy: Some("old:1".parse().unwrap()),
            low_speed_bytes_per_sec: Some(5),
            ..Settings::default()
        };
        let after = Settings {
            resolve_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(2),
            first_byte_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(4),
            retries: 9,
            time_limit: Some(Duration::from_secs(60)),
            max_redirects: 1,
            job_rate_limit_bytes_per_sec: Some(1_000),
            ..Settings::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        let request = || Request::get("https://a.example/1").unwrap();
        let mut usual = FetchSpec::of_request(request(), &before, None, &mut random);
        usual.follow(&before, &after);
        assert_eq!(
            usual,
            FetchSpec::of_request(request(), &after, None, &mut random)
        );

        let own = Settings {
            retries: 2,
            proxy: Some("own:1".parse().unwrap()),
            ..before.clone()
        };
        let mut own = FetchSpec::of_request(request(), &own, None, &mut random);
        own.follow(&before, &after);
        assert_eq!(own.retry.retries, 2);
        let proxy = own.request.proxy().map(ToString::to_string);
        assert_eq!(proxy.as_deref(), Some("http://own:1"));
        assert_eq!(own.request.timeouts(), after.timeouts(), "the rest follows");
    }

    #[test]
    fn a_host_that_saves_still_counts_when_told_so() {
        let request = Request::get("http://h/a").unwrap();
        let mut options = Settings::default();
        let mut random = options.random();
        let mut destination = |options: &Settings, default: Option<&str>| {
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
        let folder_of = |own: &LinkOverrides, options: &Settings, default: Option<&str>| {
            let link = Link {
                own: Some(Box::new(own.clone())),
                ..Link::get("http://h/a").unwrap()
            };
            let default = default.map(PathBuf::from);
            let spec = FetchSpec::of_link(link, options, default, &mut options.random());
            spec.destination.folder().map(ToOwned::to_owned)
        };
        let mut options = Settings::default();
        let below = &LinkOverrides {
            folder_below: Some("b".into()),
            ..LinkOverrides::default()
        };
        let at = &LinkOverrides::from(Options {
            folder: Some(Some("/x".into())),
            ..Options::default()
        });
        assert_eq!(folder_of(below, &options, Some("/d")), Some("/d/b".into()));
        assert_eq!(folder_of(at, &options, Some("/d")), Some("/x".into()));
        options.folder = Some("/mine".into());
        assert_eq!(
            folder_of(below, &options, Some("/d")),
            Some("/mine/b".into())
        );
        options.count_only = true;
        assert_eq!(folder_of(at, &options, Some("/d")), None);
    }

    #[test]
    fn a_link_says_more_than_the_options_around_it() {
        let own = Options {
            file_name: Some(Some("a".to_owned())),
            retries: Some(2),
            ..Options::default()
        };
        let link = Link {
            own: Some(Box::new(own.into())),
            ..Link::get("http://h/x").unwrap()
        };
        let options = Settings {
            file_name: Some("b".to_owned()),
            retries: 9,
            ..Settings::default()
        };
        let spec = FetchSpec::of_link(link, &options, None, &mut options.random());
        assert_eq!((spec.name.as_str(), spec.retry.retries), ("a", 2));
    }

    #[test]
    fn every_option_of_a_download_reaches_its_spec() {
        let mut headers = Headers::default();
        headers.add("X-One: 1").unwrap();
        let checksum = Checksum::of(b"x");
        let options = Settings {
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
            ..Settings::default()
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
