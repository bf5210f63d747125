//! How long the queue still takes: from how long the last rows took.

use std::{collections::VecDeque, time::Duration};

use crate::runtime::{Moment, Outcome};

use crate::deck::{Deck, row::RowState};

/// The mean is that of so many rows.
const ROWS: usize = 32;
/// Fewer are no basis.
const ROWS_AT_LEAST: usize = 3;
/// It is looked at again this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The share of a new look in what is said.
const SHARE_OF_NEW: f64 = 0.2;
/// Beyond this factor something else happened: many rows were added, or taken away.
const JUMPS_FROM: f64 = 2.0;

/// What the estimate stands on, and what it says.
#[derive(Default)]
pub(in crate::deck) struct Estimate {
    /// How long each of the last rows held its slot, in seconds.
    last_secs: VecDeque<f64>,
    /// When the last row that waits will have begun.
    until_secs: Option<f64>,
    looked_at: Option<Moment>,
}

impl Estimate {
    fn mean_secs(&self) -> Option<f64> {
        let rows = self.last_secs.len();
        (rows >= ROWS_AT_LEAST).then(|| self.last_secs.iter().sum::<f64>() / rows as f64)
    }

    /// `rows` wait, and `slots` of those that run make room for them.
    fn look(&mut self, now: Moment, rows: usize, slots: usize) {
        let since = self.looked_at.map(|before| now.since(before));
        if since.is_some_and(|since| since < LOOK_EVERY) && rows > 0 && slots > 0 {
            return;
        }
        self.looked_at = Some(now);
        let mean = self.mean_secs().filter(|_| rows > 0 && slots > 0);
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

impl Deck {
    /// A row has ended by itself: it says how long others will take.
    pub(in crate::deck) fn estimate_from(&mut self, index: usize) {
        let RowState::Ended(ended) = &self.rows[index].state else {
            return;
        };
        let was_stopped = matches!(ended.outcome, Outcome::Cancelled | Outcome::Interrupted);
        if was_stopped || ended.began_at.is_none() || self.rows[index].fails_with_host {
            return;
        }
        if self.estimate.last_secs.len() == ROWS {
            self.estimate.last_secs.pop_front();
        }
        // Time without a slot delays no other row.
        let held = self.rows[index].slot_time;
        self.estimate.last_secs.push_back(held.as_secs_f64());
    }

    pub(in crate::deck) fn keep_estimate(&mut self) {
        // Rows of dead hosts are left out: the length of an outage is unknown.
        let (now, rows) = (self.runtime.now(), self.queue.waiting_for_slots());
        self.estimate.look(now, rows, self.slots_in_use());
    }

    pub(in crate::deck) fn queue_left(&self) -> Option<Duration> {
        let now = self.runtime.now().since_start().as_secs_f64();
        let left = self.estimate.until_secs? - now;
        Duration::try_from_secs_f64(left.max(0.0)).ok()
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
        estimate.look(at(0.0), 10, 2);
        assert_eq!(estimate.until_secs, None, "two are no basis");
        let mut estimate = of(&[4.0, 6.0, 5.0]);
        estimate.look(at(10.0), 10, 2);
        assert_eq!(estimate.until_secs, Some(35.0));
        estimate.look(at(12.0), 10, 0);
        assert_eq!(estimate.until_secs, None, "nothing runs");
    }

    #[test]
    fn it_does_not_jump_with_each_row_and_follows_a_long_list_at_once() {
        let mut estimate = of(&[5.0; 3]);
        estimate.look(at(0.0), 100, 5);
        assert_eq!(estimate.until_secs, Some(100.0));
        estimate.last_secs = [8.0; 3].into();
        estimate.look(at(0.5), 100, 5);
        assert_eq!(estimate.until_secs, Some(100.0), "looked just before");
        estimate.look(at(1.0), 100, 5);
        let said = estimate.until_secs.unwrap();
        assert!((112.0..115.0).contains(&said), "{said}");
        estimate.look(at(2.0), 1_000, 5);
        assert_eq!(estimate.until_secs, Some(1_602.0));
    }
}
