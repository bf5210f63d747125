//! What is the same for all downloads of one call: filled by the command line and by the sheet that adds jobs.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use crate::{
    fetch::{Checksum, ExtraCertificates, IfExists, Proxy, ProxyRules, Stream, Timeouts},
    options::Headers,
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
}
