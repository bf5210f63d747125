//! Keeping to a rate limit: how much may be read at once, and how long to wait after it.

use std::time::Duration;

use web_time::Instant;

use crate::fetch::RateLimit;
use crate::fetch::limits::{RATE_LIMIT_CHUNK, RATE_LIMIT_LOOK_AGAIN};

impl RateLimit {
    /// How many bytes may be read at once, so that it stays smooth.
    pub(crate) fn chunk_bytes(&self) -> usize {
        let rate = self.lock().bytes_per_sec.unwrap_or(u64::MAX);
        let chunk = Duration::from_secs(1).as_secs_f64() / RATE_LIMIT_CHUNK.as_secs_f64();
        usize::try_from((rate as f64 / chunk) as u64)
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// So many bytes came; gives the position to wait for.
    pub(crate) fn take(&self, bytes: usize, now: Instant) -> f64 {
        let mut pace = self.lock();
        pace.look(now);
        // What nobody took is not saved up.
        pace.taken = pace.taken.max(pace.allowed) + bytes as f64;
        pace.taken
    }

    /// How long to wait for a position, at most until it should be asked again, since the limit may change; none when
    /// it has come.
    pub(crate) fn wait_for(&self, position: f64, now: Instant) -> Option<Duration> {
        let mut pace = self.lock();
        pace.look(now);
        let left = position - pace.allowed;
        let rate = pace.bytes_per_sec?;
        (left > 0.0).then(|| {
            Duration::try_from_secs_f64(left / rate as f64)
                .unwrap_or(RATE_LIMIT_LOOK_AGAIN)
                .clamp(Duration::from_millis(1), RATE_LIMIT_LOOK_AGAIN)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads for ten virtual seconds with this many readers; gives what each has read.
    fn read(limit: &RateLimit, readers: usize, from: Instant) -> Vec<usize> {
        let mut read = vec![0; readers];
        let mut waits: Vec<Option<f64>> = vec![None; readers];
        for millis in 0..10_000 {
            let now = from + Duration::from_millis(millis);
            for (read, wait) in read.iter_mut().zip(&mut waits) {
                if wait.is_none_or(|position| limit.wait_for(position, now).is_none()) {
                    let chunk = limit.chunk_bytes().min(65_536);
                    *wait = Some(limit.take(chunk, now));
                    *read += chunk;
                }
            }
        }
        read
    }

    #[test]
    fn readers_share_a_limit_evenly_and_keep_it() {
        let limit = RateLimit::new(Some(100_000));
        let read = read(&limit, 4, Instant::now());
        let sum: usize = read.iter().sum();
        assert!((980_000..=1_020_000).contains(&sum), "{read:?}");
        assert!(
            read.iter().all(|read| (230_000..270_000).contains(read)),
            "{read:?}"
        );
    }

    #[test]
    fn what_nobody_read_is_not_saved_up() {
        let limit = RateLimit::new(Some(1_000));
        let now = Instant::now();
        let position = limit.take(100, now + Duration::from_secs(3_600));
        let wait = limit.wait_for(position, now + Duration::from_secs(3_600));
        assert_eq!(wait, Some(RATE_LIMIT_LOOK_AGAIN));
        assert!(
            limit
                .wait_for(position, now + Duration::from_millis(3_600_101))
                .is_none()
        );
    }

    #[test]
    fn a_change_counts_at_once() {
        let limit = RateLimit::new(Some(1));
        let now = Instant::now();
        let position = limit.take(1_000_000, now);
        assert!(limit.wait_for(position, now).is_some());
        limit.set(None);
        assert!(limit.wait_for(position, now).is_none());
        limit.set(Some(0));
        assert_eq!(limit.bytes_per_sec(), Some(1));
        assert_eq!(limit.chunk_bytes(), 1);
        assert_eq!(RateLimit::new(Some(u64::MAX)).take(1, now), 1.0);
    }
}
