//! What is the same for all downloads of one call: filled by the command line and by the sheet that adds jobs.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use crate::{
    fetch::{Request, RetryPolicy, Save, Timeouts},
    programs::{Destination, FetchSpec},
    settings,
};

/// How downloads are to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct JobOptions {
    /// Where to save; `None` leaves it to the host: the window saves to the Downloads folder, a run without a window
    /// counts.
    pub folder: Option<PathBuf>,
    /// Count the bytes and do not keep them, whatever the folder says.
    pub count_only: bool,
    /// How many run at once.
    pub jobs_at_once: u32,
    /// The sleep before each download is drawn from this range.
    pub sleep: RangeInclusive<Duration>,
    /// How often a failed download is tried again.
    pub retries: u32,
    /// How long each phase of a fetch may take.
    pub timeouts: Timeouts,
    /// Makes the random sleeps the same every time.
    pub seed: Option<u64>,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            folder: None,
            count_only: false,
            jobs_at_once: settings::JOBS_AT_ONCE.default,
            sleep: settings::SLEEP.default..=settings::SLEEP.default,
            retries: settings::RETRIES.default,
            timeouts: Timeouts::default(),
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
        let destination = match folder {
            Some(folder) if !self.count_only => Destination::Save(Save::in_folder(folder)),
            _ => Destination::Count,
        };
        FetchSpec {
            sleep: self.draw_sleep(random),
            retry: RetryPolicy {
                retries: self.retries,
            },
            ..FetchSpec::new(request.with_timeouts(self.timeouts), destination)
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
    }
}
