//! The demo's jobs: three downloads, each after a sleep of up to three seconds.

use std::time::Duration;

use crate::fetch::{FetchError, ProxyRules, Request};
use crate::jobs::{FetchSpec, Spec, TimedSpec};
use crate::options::Settings;

/// As in `examples/recipe.rs`.
const LONGEST_SLEEP: Duration = Duration::from_secs(3);

/// Name, bytes and rate in bytes per second of each file: slow enough to watch, pause and cancel.
const FILES: [(&str, u64, u64); 3] = [
    ("measurements.csv", 4_200_000, 1_100_000),
    ("photos.tar", 18_350_080, 2_600_000),
    ("manual.pdf", 8_640_511, 1_700_000),
];

/// The three downloads from a demo server at `base`, such as `http://127.0.0.1:8080`. They are
/// counted if the options name no folder, and sleep up to three seconds if the options set no
/// sleep.
///
/// # Errors
/// Class `bad_url` if `base` is not the address of a server.
pub fn fetch_specs(base: &str, options: &Settings) -> Result<Vec<Spec>, FetchError> {
    let base = base.trim_end_matches('/');
    let options = Settings {
        // The server runs in this process: no proxy leads to it.
        proxy_rules: ProxyRules::default(),
        ..with_sleep(options)
    };
    let mut random = options.random();
    FILES
        .iter()
        .map(|(name, bytes, rate)| {
            let request = Request::get(&format!("{base}/bytes/{bytes}/{name}?rate={rate}"))?;
            Ok(Spec::Fetch(FetchSpec::of_request(
                request,
                &options,
                None,
                &mut random,
            )))
        })
        .collect()
}

/// The same three jobs without a server: they only take time.
#[must_use]
pub fn timed_specs(options: &Settings) -> Vec<Spec> {
    let options = with_sleep(options);
    let mut random = options.random();
    FILES
        .iter()
        .map(|(name, bytes, rate)| {
            Spec::Timed(TimedSpec {
                name: format!("{name}, timed only"),
                sleep: options.draw_sleep(&mut random),
                work: Duration::from_secs_f64(*bytes as f64 / *rate as f64),
            })
        })
        .collect()
}

/// Marks the names as the demo's, for a list with other rows.
#[must_use]
pub fn marked(mut specs: Vec<Spec>) -> Vec<Spec> {
    for spec in &mut specs {
        let name = match spec {
            Spec::Fetch(spec) => {
                // Its server ends with the process.
                spec.is_of_process = true;
                &mut spec.name
            }
            Spec::Timed(spec) => &mut spec.name,
        };
        name.push_str(" (demo)");
    }
    specs
}

fn with_sleep(options: &Settings) -> Settings {
    let mut options = options.clone();
    if options.sleep.end().is_zero() {
        options.sleep = Duration::ZERO..=LONGEST_SLEEP;
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeps_of(specs: &[Spec]) -> Vec<Duration> {
        specs
            .iter()
            .map(|spec| match spec {
                Spec::Fetch(spec) => spec.sleep,
                Spec::Timed(spec) => spec.sleep,
            })
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_sleeps_with_and_without_a_server() {
        let seeded = |seed| Settings {
            seed: Some(seed),
            ..Settings::default()
        };
        let specs = fetch_specs("http://127.0.0.1:1/", &seeded(7)).unwrap();
        assert_eq!(sleeps_of(&specs), sleeps_of(&timed_specs(&seeded(7))));
        assert_ne!(sleeps_of(&specs), sleeps_of(&timed_specs(&seeded(8))));
        assert!(
            sleeps_of(&specs)
                .iter()
                .all(|sleep| *sleep <= LONGEST_SLEEP)
        );
        assert_eq!(
            specs[0].url(),
            "http://127.0.0.1:1/bytes/4200000/measurements.csv?rate=1100000"
        );
        assert_eq!(specs[1].name(), "photos.tar");
        assert_eq!(marked(specs)[1].name(), "photos.tar (demo)");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        assert!(fetch_specs("not an address", &Settings::default()).is_err());
    }
}
