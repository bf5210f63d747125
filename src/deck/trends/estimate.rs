//! How long the queue still takes: from how long the last rows took.

use std::collections::VecDeque;
use std::time::Duration;

use crate::runtime::{Moment, Outcome};

use crate::deck::rows::row::Row;

/// The mean is that of the last rows, at most this many.
const ROWS: usize = 32;
/// There is no estimate from fewer.
const ROWS_AT_LEAST: usize = 3;
/// It is renewed this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The share of a new value in what is shown.
const SHARE_OF_NEW: f64 = 0.2;
/// A new value that differs by this factor is shown at once: many rows were added or removed.
const JUMPS_FROM: f64 = 2.0;
/// When all rows that run take this much longer than any of the last, those tell nothing of them:
/// all servers may hang.
const STUCK_FACTOR: f64 = 2.0;
/// And this much longer in seconds, so that short rows that vary are no reason.
const STUCK_SECS: f64 = 5.0;

#[derive(Default)]
pub(super) struct Estimate {
    /// How long each of the last rows held its slot, in seconds.
    last_secs: VecDeque<f64>,
    /// When the last row that waits will have begun.
    until_secs: Option<f64>,
    looked_at: Option<Moment>,
}

impl Estimate {
    /// A row ended by itself: it says how long others will take.
    pub(super) fn add(&mut self, row: &Row) {
        let Some(ended) = row.ended() else { return };
        let was_stopped = matches!(ended.outcome, Outcome::Cancelled);
        if was_stopped || ended.times.began_at.is_none() || row.reported.fails_with_host {
            return;
        }
        if self.last_secs.len() == ROWS {
            self.last_secs.pop_front();
        }
        // Time without a slot delays no other row.
        self.last_secs.push_back(row.slot_use.time.as_secs_f64());
    }

    pub(super) fn left(&self, now: Moment) -> Option<Duration> {
        let left = self.until_secs? - now.since_start().as_secs_f64();
        Duration::try_from_secs_f64(left.max(0.0)).ok()
    }

    fn mean_secs(&self) -> Option<f64> {
        let rows = self.last_secs.len();
        (rows >= ROWS_AT_LEAST).then(|| self.last_secs.iter().sum::<f64>() / rows as f64)
    }

    /// Whether rows of which even the last one began so long ago are unlike those that ended.
    fn is_stuck(&self, shortest: Duration) -> bool {
        let longest = self.last_secs.iter().copied().fold(0.0, f64::max);
        shortest.as_secs_f64() > longest * STUCK_FACTOR + STUCK_SECS
    }

    /// `rows` wait, and `slots` of those that run make room for them. `shortest` is for how long
    /// the row that began last has run, of all that run.
    pub(super) fn look(
        &mut self,
        now: Moment,
        rows: usize,
        slots: usize,
        shortest: impl FnOnce() -> Option<Duration>,
    ) {
        let since = self.looked_at.map(|before| now.since(before));
        if since.is_some_and(|since| since < LOOK_EVERY) && rows > 0 && slots > 0 {
            return;
        }
        self.looked_at = Some(now);
        let is_known = rows > 0 && slots > 0 && !shortest().is_some_and(|it| self.is_stuck(it));
        let mean = self.mean_secs().filter(|_| is_known);
        let now_secs = now.since_start().as_secs_f64();
        self.until_secs = mean.map(|mean| {
            let left = mean * rows as f64 / slots as f64;
            match self.until_secs.map(|until| until - now_secs) {
                Some(said) if said * JUMPS_FROM > left && left * JUMPS_FROM > said => {
                    now_secs + said + (left - said) * SHARE_OF_NEW
                }
                _ => now_secs + left,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: f64) -> Moment {
        Moment::from_start(Duration::from_secs_f64(secs))
    }

    fn of(secs: &[f64]) -> Estimate {
        Estimate {
            last_secs: secs.iter().copied().collect(),
            ..Estimate::default()
        }
    }

    #[test]
    fn it_is_the_mean_of_the_last_for_all_that_wait() {
        let mut estimate = of(&[4.0, 6.0]);
        estimate.look(at(0.0), 10, 2, || None);
        assert_eq!(estimate.until_secs, None, "two are no basis");
        let mut estimate = of(&[4.0, 6.0, 5.0]);
        estimate.look(at(10.0), 10, 2, || None);
        assert_eq!(estimate.until_secs, Some(35.0));
        estimate.look(at(12.0), 10, 0, || None);
        assert_eq!(estimate.until_secs, None, "nothing runs");
    }

    #[test]
    fn it_does_not_jump_with_each_row_and_follows_a_long_list_at_once() {
        let mut estimate = of(&[5.0; 3]);
        estimate.look(at(0.0), 100, 5, || None);
        assert_eq!(estimate.until_secs, Some(100.0));
        estimate.last_secs = [8.0; 3].into();
        estimate.look(at(0.5), 100, 5, || None);
        assert_eq!(estimate.until_secs, Some(100.0), "looked just before");
        estimate.look(at(1.0), 100, 5, || None);
        let said = estimate.until_secs.unwrap();
        assert!((112.0..115.0).contains(&said), "{said}");
        estimate.look(at(2.0), 1_000, 5, || None);
        assert_eq!(estimate.until_secs, Some(1_602.0));
    }

    #[test]
    fn when_all_that_run_hang_nothing_is_said() {
        let mut estimate = of(&[1.0, 2.0, 1.0]);
        let mut said = |secs: f64, shortest: u64| {
            let shortest = Duration::from_secs(shortest);
            estimate.look(at(secs), 30, 3, || Some(shortest));
            estimate.until_secs.is_some()
        };
        assert!(said(0.0, 0));
        assert!(said(9.0, 9), "they may be a little larger than the others");
        assert!(!said(10.0, 10));
        assert!(said(11.0, 0), "one ended, and another began");
    }
}
