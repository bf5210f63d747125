//! What is the same for all downloads of one call: filled by the command line and by the sheet that adds jobs.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use crate::{
    fetch::{
        Checksum, ExtraCertificates, IfExists, NameRule, Proxy, ProxyRules, Request, RetryPolicy,
        Save, Stream, Timeouts,
    },
    programs::{Destination, FetchSpec, Headers, Link},
    settings,
};

/// How downloads are to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct JobOptions {
    /// Where to save; `None` leaves it to the host: the window saves to the folder for downloads, a run without a window to
    /// the current one, and the demo counts.
    pub folder: Option<PathBuf>,
    /// Count the bytes and do not keep them, whatever the folder says.
    pub count_only: bool,
    /// What the bytes are given to as they come, instead of a folder. Only for a single download.
    pub stream: Option<Stream>,
    /// What the saved file is called; `None` leaves it to the server and the URL. Only for a single download.
    pub file_name: Option<String>,
    /// What happens when there is a file of the name already.
    pub if_exists: IfExists,
    /// The `.part` file to go on with, whatever URL it was begun from.
    pub continue_from: Option<PathBuf>,
    /// Whether the SHA-256 of a saved file is computed also where there is no checksum to compare it with.
    pub computes_sha256: bool,
    /// Whether the text of a small saved body is kept for a look at it.
    pub keeps_preview: bool,
    /// The checksum the body must have. Only for a single download.
    pub checksum: Option<Checksum>,
    /// How many run at once.
    pub jobs_at_once: u32,
    /// How many run at once against one host.
    pub jobs_per_host: u32,
    /// The sleep before each download is drawn from this range.
    pub sleep: RangeInclusive<Duration>,
    /// How often a failed download is tried again.
    pub retries: u32,
    /// How long each phase of a fetch may take.
    pub timeouts: Timeouts,
    /// How long jobs wait for a host that does not answer; `None` leaves it to who runs them: somebody who looks at a window
    /// waits longer than a run without one.
    pub host_patience: Option<Duration>,
    /// How long a job may take in all, its sleep and its retries included, pauses not.
    pub time_limit: Option<Duration>,
    /// The bytes a second below which a body counts as stalled.
    pub low_speed_bytes_per_sec: Option<u64>,
    /// How many redirects of a request are followed.
    pub max_redirects: u32,
    /// What every request says besides.
    pub headers: Headers,
    /// The proxy that every request goes through.
    pub proxy: Option<Proxy>,
    /// The proxies for requests that have none of their own, and the hosts that are connected to directly.
    pub proxy_rules: ProxyRules,
    /// Certificates that are trusted beside those of the system.
    pub certificates: Option<ExtraCertificates>,
    /// The bytes a second of all jobs together.
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// The bytes a second of each job.
    pub job_rate_limit_bytes_per_sec: Option<u64>,
    /// Whether a full disk pauses a download, for somebody to make room, instead of failing it: where somebody watches.
    pub pauses_when_full: bool,
    /// Makes the random sleeps the same every time.
    pub seed: Option<u64>,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            folder: None,
            count_only: false,
            stream: None,
            file_name: None,
            if_exists: IfExists::default(),
            continue_from: None,
            computes_sha256: true,
            keeps_preview: true,
            checksum: None,
            jobs_at_once: settings::JOBS_AT_ONCE.default,
            jobs_per_host: settings::JOBS_PER_HOST.default,
            sleep: settings::SLEEP.default..=settings::SLEEP.default,
            retries: settings::RETRIES.default,
            timeouts: Timeouts::default(),
            host_patience: None,
            time_limit: None,
            low_speed_bytes_per_sec: None,
            max_redirects: settings::MAX_REDIRECTS.default,
            headers: Headers::default(),
            proxy: None,
            proxy_rules: ProxyRules::default(),
            certificates: None,
            rate_limit_bytes_per_sec: None,
            job_rate_limit_bytes_per_sec: None,
            pauses_when_full: false,
            seed: None,
        }
    }
}

impl JobOptions {
    /// The source of the random sleeps: the same for the same seed.
    #[must_use]
    pub fn random(&self) -> fastrand::Rng {
        self.seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }

    /// A sleep from the range.
    pub fn draw_sleep(&self, random: &mut fastrand::Rng) -> Duration {
        let (from, to) = (*self.sleep.start(), *self.sleep.end());
        let sleep = from + to.saturating_sub(from).mul_f64(random.f64());
        // Rounding must not lead out of the range.
        sleep.clamp(from, to)
    }

    /// What a job for this request does. `default_folder` is where the host saves when nobody says where; `None`
    /// counts.
    pub fn spec(
        &self,
        request: Request,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> FetchSpec {
        let folder = self.folder.clone().or(default_folder);
        let saved = folder
            .filter(|_| !self.count_only)
            .map(|folder| Destination::Save(self.save(folder)));
        let streamed = self.stream.clone().map(Destination::Stream);
        let destination = streamed.or(saved).unwrap_or(Destination::Count);
        let mut spec = FetchSpec::new(self.applied_to(request), destination);
        if let Some(name) = &self.file_name {
            spec.name.clone_from(name);
        }
        FetchSpec {
            sleep: self.draw_sleep(random),
            retry: RetryPolicy {
                retries: self.retries,
            },
            pauses_when_full: self.pauses_when_full,
            time_limit: self.time_limit,
            rate_limit_bytes_per_sec: self.job_rate_limit_bytes_per_sec,
            ..spec
        }
    }

    /// What a job for this link does: as [`Self::spec`], except for what the link itself says.
    pub fn spec_of(
        &self,
        link: Link,
        default_folder: Option<PathBuf>,
        random: &mut fastrand::Rng,
    ) -> FetchSpec {
        let Some(own) = &link.own else {
            return self.spec(link.request, default_folder, random);
        };
        let mut options = own.over(self);
        if let Some(folder) = &own.folder {
            let around = self.folder.as_deref().or(default_folder.as_deref());
            options.folder = folder.within(around);
        }
        options.spec(link.request, default_folder, random)
    }

    /// The same for what is added later: without what is for a single download.
    #[must_use]
    pub fn for_more(self) -> Self {
        Self {
            stream: None,
            file_name: None,
            checksum: None,
            continue_from: None,
            ..self
        }
    }

    fn save(&self, folder: PathBuf) -> Save {
        let mut save = Save::in_folder(folder).if_exists(self.if_exists);
        if let Some(part) = &self.continue_from {
            save = save.continuing(part);
        }
        if !self.computes_sha256 {
            save = save.without_sha256();
        }
        if !self.keeps_preview {
            save = save.without_preview();
        }
        match &self.file_name {
            Some(name) => save.named(NameRule::Named(name.clone())),
            None => save,
        }
    }

    fn applied_to(&self, request: Request) -> Request {
        let mut request = self
            .headers
            .added_to(request)
            .with_timeouts(self.timeouts)
            .with_max_redirects(self.max_redirects)
            .with_proxy_rules(self.proxy_rules.clone());
        if let Some(bytes_per_sec) = self.low_speed_bytes_per_sec {
            request = request.with_low_speed(bytes_per_sec);
        }
        if let Some(proxy) = &self.proxy {
            request = request.with_proxy(proxy.clone());
        }
        if let Some(certificates) = &self.certificates {
            request = request.with_extra_certificates(certificates.clone());
        }
        if let Some(checksum) = self.checksum {
            request = request.with_checksum(checksum);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeps_stay_in_their_range_and_follow_their_seed() {
        let options = JobOptions {
            sleep: Duration::from_secs(1)..=Duration::from_secs(3),
            seed: Some(7),
            ..JobOptions::default()
        };
        let draw = || {
            let mut random = options.random();
            (0..1000)
                .map(|_| options.draw_sleep(&mut random))
                .collect::<Vec<_>>()
        };
        let sleeps = draw();
        assert_eq!(sleeps, draw());
        assert!(sleeps.iter().all(|sleep| options.sleep.contains(sleep)));
        let spread = sleeps
            .iter()
            .max()
            .unwrap()
            .saturating_sub(*sleeps.iter().min().unwrap());
        assert!(spread > Duration::from_secs(1), "{spread:?}");
        let fixed = JobOptions::default();
        assert_eq!(fixed.draw_sleep(&mut fixed.random()), Duration::ZERO);
    }

    #[test]
    fn a_host_that_saves_still_counts_when_told_so() {
        let request = Request::get("http://h/a").unwrap();
        let mut options = JobOptions::default();
        let mut random = options.random();
        let mut destination = |options: &JobOptions, default: Option<&str>| {
            options
                .spec(request.clone(), default.map(PathBuf::from), &mut random)
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
        use crate::programs::{OwnFolder, OwnOptions};
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
            let spec = options.spec_of(link, default, &mut options.random());
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
        let spec = options.spec(request.clone(), None, &mut random);
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

        let more = options.for_more().spec(request, None, &mut random);
        assert_eq!(more.request.checksum(), None);
        assert_eq!(more.name, "a");
    }
}
