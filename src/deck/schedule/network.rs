//! Whether there is a network at all: while there is none, only one row tries, at growing
//! intervals.

use std::sync::Arc;
use std::time::Duration;

use crate::deck::limits::{
    NETWORK_BACK_OFF_FIRST, NETWORK_BACK_OFF_MAX, NETWORK_LOST_HOSTS, NETWORK_LOST_WITHIN,
};
use crate::fetch::FetchError;
use crate::fetch::limits::BACK_OFF_FACTOR;
use crate::runtime::{BackOff, Moment};
use crate::status::RowId;

/// What is known of the network.
pub(super) struct Network {
    outage: Option<LostNetwork>,
    connected_at: Option<Moment>,
    /// The hosts that failed lately, each once, and whether it had ever been connected to.
    failures: Vec<Failure>,
    /// Whether rows wait for it without a limit.
    pub(super) is_waited_for: bool,
}

struct Failure {
    at: Moment,
    host: Arc<str>,
    is_known: bool,
}

struct LostNetwork {
    since: Moment,
    next_try: Moment,
    failures: u32,
    /// The row that tries now.
    probe: Option<RowId>,
    error: FetchError,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            outage: None,
            connected_at: None,
            failures: Vec::new(),
            is_waited_for: true,
        }
    }
}

impl Network {
    /// Whether there is none, as far as is known.
    pub(super) fn is_lost(&self) -> bool {
        self.outage.is_some()
    }

    /// Whether a row may begin an attempt.
    pub(super) fn may_begin(&self, now: Moment) -> bool {
        let outage = self.outage.as_ref();
        outage.is_none_or(|outage| outage.probe.is_none() && outage.next_try <= now)
    }

    /// When the next try comes; a time that has passed while one is under way.
    pub(super) fn next_try(&self) -> Option<Moment> {
        Some(self.outage.as_ref()?.next_try)
    }

    /// When something is to be done: a try, or the end of the patience.
    pub(super) fn next_due(&self, now: Moment, patience: Duration) -> Option<Moment> {
        let outage = self.outage.as_ref().filter(|it| it.probe.is_none())?;
        let over = (!self.is_waited_for).then(|| outage.since + patience);
        let next = Some(outage.next_try).filter(|next| *next > now);
        next.into_iter().chain(over).min()
    }

    /// What rows fail with when the patience for the network is over.
    pub(super) fn take_over(&mut self, now: Moment, patience: Duration) -> Option<FetchError> {
        let is_waited_for = self.is_waited_for;
        let is_over = |outage: &mut LostNetwork| {
            !is_waited_for && outage.probe.is_none() && outage.since + patience <= now
        };
        self.outage.take_if(is_over).map(|outage| outage.error)
    }

    /// A row begins an attempt.
    pub(super) fn begins(&mut self, row: RowId) {
        if let Some(outage) = &mut self.outage {
            outage.probe = Some(row);
        }
    }

    /// A row holds no slot any more.
    pub(super) fn stops(&mut self, row: RowId) {
        if let Some(outage) = &mut self.outage
            && outage.probe == Some(row)
        {
            outage.probe = None;
        }
    }

    /// A connection was opened; true if there was no network before.
    pub(super) fn connected(&mut self, now: Moment) -> bool {
        self.connected_at = Some(now);
        self.failures.clear();
        self.outage.take().is_some()
    }

    /// It is tried at once; false when there is nothing to try.
    pub(super) fn try_now(&mut self, now: Moment) -> bool {
        let Some(outage) = &mut self.outage else {
            return false;
        };
        outage.next_try = outage.next_try.min(now);
        outage.failures = 0;
        true
    }

    /// An attempt failed before there was a connection. `is_known` is a host that was connected to
    /// before, and `is_in_use` tells whether bytes come from any. True when there is no network
    /// since now.
    pub(super) fn failed(
        &mut self,
        host: &Arc<str>,
        row: RowId,
        error: &FetchError,
        now: Moment,
        is_known: bool,
        is_in_use: impl FnOnce() -> bool,
    ) -> bool {
        if let Some(outage) = &mut self.outage {
            if outage.probe == Some(row) {
                outage.probe = None;
                outage.failures = outage.failures.saturating_add(1);
                outage.next_try = now + back_off().delay(outage.failures, 0.0);
            }
            outage.error = error.clone();
            return false;
        }
        self.failures
            .retain(|failure| failure.host != *host && now.since(failure.at) < NETWORK_LOST_WITHIN);
        self.failures.push(Failure {
            at: now,
            host: host.clone(),
            is_known,
        });
        if self.failures.len() > NETWORK_LOST_HOSTS * 4 {
            self.failures.remove(0);
        }
        let connected_lately = self
            .connected_at
            .is_some_and(|at| now.since(at) < NETWORK_LOST_WITHIN);
        // Hosts that never answered prove nothing: dead links are common.
        let many_fail = self.failures.len() >= NETWORK_LOST_HOSTS
            && self.failures.iter().any(|failure| failure.is_known);
        let is_lost = error.is_without_network() || many_fail;
        if !is_lost || connected_lately || is_in_use() {
            return false;
        }
        self.outage = Some(LostNetwork {
            since: now,
            next_try: now + back_off().delay(0, 0.0),
            failures: 0,
            probe: None,
            error: error.clone(),
        });
        true
    }
}

fn back_off() -> BackOff {
    BackOff {
        retries: u32::MAX,
        first: NETWORK_BACK_OFF_FIRST,
        factor: BACK_OFF_FACTOR,
        longest: NETWORK_BACK_OFF_MAX,
        jitter: 0.0,
    }
}
