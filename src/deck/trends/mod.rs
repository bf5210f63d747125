//! How fast bytes arrive, and how long the queue takes.

mod arrivals;
mod estimate;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::runtime::Moment;
use crate::status::RowId;

use super::rows::RowStore;
use super::rows::row::Row;

use self::arrivals::{Arrivals, SAMPLE_EVERY};
use self::estimate::Estimate;

/// What is measured over all rows.
#[derive(Default)]
pub(super) struct Trends {
    arrivals: Arrivals,
    sampled_at: Option<Moment>,
    estimate: Estimate,
}

impl Trends {
    /// More bytes arrived.
    pub(super) fn add_arrived(&mut self, bytes: u64) {
        self.arrivals.add(bytes);
    }

    /// Samples the rates of these rows and of all together, if it is time to.
    pub(super) fn sample(&mut self, rows: &mut RowStore, running: &BTreeSet<RowId>, now: Moment) {
        let is_idle = running.is_empty();
        let is_early = |before: Moment| now.since(before) < SAMPLE_EVERY;
        if self.sampled_at.map_or(is_idle, is_early) {
            return;
        }
        self.sampled_at = (!is_idle).then_some(now);
        for id in running {
            if let Some(index) = rows.find(*id) {
                let row = &mut rows[index];
                row.sample_rate(now);
                self.arrivals.add(row.take_arrived());
            }
        }
        self.arrivals.sample(now, is_idle);
    }

    /// Bytes a second of all rows together, smoothed as the rates of rows are.
    pub(super) fn rate(&self) -> f64 {
        self.arrivals.per_second()
    }

    /// The rates of the last samples, oldest first.
    pub(super) fn rate_history(&self) -> Vec<f32> {
        self.arrivals.history()
    }

    /// A row ended by itself.
    pub(super) fn note_end(&mut self, row: &Row) {
        self.estimate.add(row);
    }

    /// Renews the estimate: this many rows wait for a slot, and this many slots are in use, by the
    /// rows that run.
    pub(super) fn note_queue(
        &mut self,
        waiting: usize,
        slots_in_use: usize,
        (rows, running): (&RowStore, &BTreeSet<RowId>),
        now: Moment,
    ) {
        let held = |id: &RowId| Some(now.since(rows[rows.find(*id)?].slot_use.since));
        let shortest = || running.iter().filter_map(held).min();
        self.estimate.look(now, waiting, slots_in_use, shortest);
    }

    /// How long it takes until the last row that waits for a slot has begun; none without a basis.
    pub(super) fn queue_left(&self, now: Moment) -> Option<Duration> {
        self.estimate.left(now)
    }

    #[cfg(test)]
    pub(super) fn arrived_bytes(&self) -> u64 {
        self.arrivals.bytes()
    }
}
