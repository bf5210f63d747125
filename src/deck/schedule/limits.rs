//! How much goes on at the same time.

use std::time::Duration;

use crate::options::{HOST_PATIENCE, JOBS_AT_ONCE, JOBS_PER_HOST, RATE_LIMIT, Settings};

/// How much may go on at the same time, and how long rows wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many jobs run at once. What runs beyond a lowered limit goes on; nothing new begins.
    pub jobs_at_once: u32,
    /// How many of them against one host.
    pub jobs_per_host: u32,
    /// The bytes a second of all of them together, those under way included; none is no limit.
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// How long rows wait for a host that does not answer, before they fail together.
    pub host_patience: Duration,
    /// The least time between two starts at one host.
    pub host_wait: Duration,
    /// Whether rows wait without a limit while there is no network, and not for the host patience
    /// only.
    pub waits_for_network: bool,
}

impl Limits {
    /// The limits that these settings say.
    #[must_use]
    pub fn of(options: &Settings) -> Self {
        Self {
            jobs_at_once: options.jobs_at_once,
            jobs_per_host: options.jobs_per_host,
            rate_limit_bytes_per_sec: options.rate_limit_bytes_per_sec,
            host_patience: options.host_patience,
            host_wait: options.host_wait,
            waits_for_network: true,
        }
    }

    pub(super) fn within_bounds(self) -> Self {
        let limit = self.rate_limit_bytes_per_sec;
        Self {
            jobs_at_once: JOBS_AT_ONCE.clamp(self.jobs_at_once),
            jobs_per_host: JOBS_PER_HOST.clamp(self.jobs_per_host),
            rate_limit_bytes_per_sec: limit.map(|limit| RATE_LIMIT.clamp(limit)),
            host_patience: HOST_PATIENCE.clamp(self.host_patience),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(&Settings::default())
    }
}
