//! What is known of hosts: which answer, which do not, and when one that does not is tried again.
//!
//! A host is dead after an attempt failed before there was a connection. Where one was opened a
//! short while ago, the first failure may be chance, and is an ordinary one: a second one without
//! any contact in between is none. One row then tries at growing intervals, and the others wait
//! without a slot and without using a retry. After the patience for it they fail together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::deck::limits::{HOST_BACK_OFF_MAX, HOST_CONNECTED_LATELY, UNKNOWN_HOST_PATIENCE};
use crate::fetch::FetchError;
use crate::fetch::limits::{BACK_OFF_FACTOR, BACK_OFF_FIRST};
use crate::options::HOST_PATIENCE;
use crate::runtime::{BackOff, Moment};
use crate::status::RowId;

use super::queue::Standing;

/// A dead host is tried once more this long before its rows fail.
const LAST_TRY_BEFORE_END: Duration = Duration::from_secs(1);

/// How many hosts are remembered in any case.
const REMEMBERED_AT_LEAST: usize = 4_096;

/// Hosts of which something is known.
pub(in crate::deck) struct Hosts {
    by_name: HashMap<Arc<str>, Health>,
    /// Those that do not answer: few, where many are known.
    dead: BTreeSet<Arc<str>>,
    patience: Duration,
    /// When something is to be done about dead hosts.
    due: BTreeSet<(Moment, Arc<str>)>,
    /// With more hosts than this, those are forgotten of which nothing depends any more.
    remembered_at_most: usize,
}

/// What is known of one host.
#[derive(Default)]
pub(in crate::deck) struct Health {
    is_proven: bool,
    /// It was asked, and did not answer for a while.
    is_silent: bool,
    answered_at: Option<Moment>,
    connected_at: Option<Moment>,
    /// How many attempts have failed before there was a connection, since the last contact with the
    /// host.
    failures_since_contact: u32,
    /// Attempts that began before are no reason to wait for the host once more.
    given_up_at: Option<Moment>,
    outage: Option<HostOutage>,
    due: Option<Moment>,
}

/// Why a host is dead, and when it is tried again.
#[derive(Debug)]
struct HostOutage {
    since: Moment,
    next_try: Moment,
    /// How many tries in a row have failed.
    failures: u32,
    /// The row that tries now.
    probe: Option<RowId>,
    error: FetchError,
    /// Its rows are being ended.
    is_given_up: bool,
}

/// What a failed attempt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// An ordinary failure.
    Row,
    /// The host does not answer: the row waits for it.
    Host,
    /// The host was given up while this attempt was under way.
    GivenUp,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            by_name: HashMap::new(),
            dead: BTreeSet::new(),
            patience: HOST_PATIENCE.default,
            due: BTreeSet::new(),
            remembered_at_most: REMEMBERED_AT_LEAST,
        }
    }
}

impl Health {
    pub(super) fn standing(&self, now: Moment) -> Standing {
        match &self.outage {
            Some(outage) => Standing::Dead {
                may_probe: outage.waits() && outage.next_try <= now,
            },
            None if self.is_proven => Standing::Proven,
            None if self.is_silent => Standing::Silent,
            None => Standing::Unproven,
        }
    }

    /// Whether it answered lately.
    pub(in crate::deck) fn is_proven(&self) -> bool {
        self.is_proven && self.outage.is_none()
    }

    /// When it is tried again, if it is dead; a time that has come while a row tries.
    pub(super) fn next_try(&self) -> Option<Moment> {
        Some(self.outage.as_ref()?.next_try)
    }

    /// Whether a connection to it was ever opened, as far as that is remembered.
    pub(super) fn has_connected(&self) -> bool {
        self.connected_at.is_some()
    }

    /// What the last attempt failed with, if it is dead.
    pub(super) fn error(&self) -> Option<&FetchError> {
        Some(&self.outage.as_ref()?.error)
    }

    /// Whether it was given up after this time.
    pub(super) fn is_given_up_since(&self, began: Moment) -> bool {
        self.given_up_at.is_some_and(|at| began < at)
    }
}

impl HostOutage {
    /// Whether it waits for its next try, or for the end of the patience.
    fn waits(&self) -> bool {
        self.probe.is_none() && !self.is_given_up
    }
}

impl Hosts {
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
        let dead: Vec<_> = self.dead.iter().cloned().collect();
        for host in dead {
            self.plan(&host, Moment::default());
        }
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// What is known of a host, if anything is.
    pub(in crate::deck) fn get(&self, host: &str) -> Option<&Health> {
        self.by_name.get(host)
    }

    /// A connection to this host was opened; true if it was dead.
    pub(super) fn connected(&mut self, host: &Arc<str>, now: Moment) -> bool {
        let health = self.health(host);
        health.connected_at = Some(now);
        health.failures_since_contact = 0;
        let was_dead = health.outage.take().is_some();
        if was_dead {
            self.plan(host, now);
        }
        was_dead
    }

    /// The host answered; true if it had not lately.
    pub(super) fn answered(&mut self, host: &Arc<str>, now: Moment) -> bool {
        let health = self.health(host);
        health.answered_at = Some(now);
        health.is_silent = false;
        health.failures_since_contact = 0;
        !std::mem::replace(&mut health.is_proven, true)
    }

    /// An attempt has been without a response for a while. True if that is new of a host that has
    /// not proved to answer.
    pub(super) fn lets_wait(&mut self, host: &Arc<str>) -> bool {
        let health = self.health(host);
        !health.is_proven && !std::mem::replace(&mut health.is_silent, true)
    }

    /// An attempt that began at `began` is without an answer: the host has to prove itself again,
    /// unless another one was answered since. True if it has to since now.
    pub(super) fn silent(&mut self, host: &Arc<str>, began: Moment) -> bool {
        let health = self.health(host);
        let answered_since = health.answered_at.is_some_and(|at| at >= began);
        !answered_since && std::mem::replace(&mut health.is_proven, false)
    }

    /// An attempt of this row, which began at `began`, failed before there was a connection.
    pub(super) fn failed(
        &mut self,
        host: &Arc<str>,
        row: RowId,
        began: Moment,
        error: FetchError,
        now: Moment,
    ) -> Blame {
        let patience = self.patience_with(&error);
        let health = self.health(host);
        health.failures_since_contact = health.failures_since_contact.saturating_add(1);
        let connected_lately = health
            .connected_at
            .is_some_and(|at| now.since(at) < HOST_CONNECTED_LATELY);
        let may_be_chance = connected_lately && health.failures_since_contact == 1;
        match &mut health.outage {
            Some(outage) if outage.is_given_up => return Blame::GivenUp,
            Some(outage) => {
                if outage.probe == Some(row) {
                    outage.probe = None;
                    let next_try = now + back_off().delay(outage.failures, 0.0);
                    // The longest interval must not hide that the host came back within the
                    // patience for it.
                    let last_try = outage.since + patience.saturating_sub(LAST_TRY_BEFORE_END);
                    outage.next_try = if last_try > now {
                        next_try.min(last_try)
                    } else {
                        next_try
                    };
                    outage.failures = outage.failures.saturating_add(1);
                }
                outage.error = error;
            }
            None if may_be_chance => return Blame::Row,
            None if health.given_up_at.is_some_and(|at| began < at) => return Blame::GivenUp,
            None => {
                health.is_proven = false;
                health.outage = Some(HostOutage {
                    since: now,
                    next_try: now + back_off().delay(0, 0.0),
                    failures: 1,
                    probe: None,
                    error,
                    is_given_up: false,
                });
            }
        }
        self.plan(host, now);
        Blame::Host
    }

    /// A row begins an attempt: at a dead host it is the one that tries.
    pub(super) fn begins(&mut self, host: &Arc<str>, row: RowId, now: Moment) -> bool {
        let health = self.by_name.get_mut(host);
        let Some(outage) = health.and_then(|health| health.outage.as_mut()) else {
            return false;
        };
        outage.probe = Some(row);
        self.plan(host, now);
        true
    }

    /// A row holds no slot any more; true if it was the one that tried at a dead host.
    pub(super) fn stops(&mut self, host: &Arc<str>, row: RowId, now: Moment) -> bool {
        let health = self.by_name.get_mut(host);
        let Some(outage) = health.and_then(|health| health.outage.as_mut()) else {
            return false;
        };
        if outage.probe != Some(row) {
            return false;
        }
        outage.probe = None;
        self.plan(host, now);
        true
    }

    /// A dead host is tried at once, and with all patience; true if it is one.
    pub(super) fn try_now(&mut self, host: &Arc<str>, now: Moment) -> bool {
        let health = self.by_name.get_mut(host);
        let Some(outage) = health.and_then(|health| health.outage.as_mut()) else {
            return false;
        };
        if outage.is_given_up {
            return false;
        }
        outage.since = now;
        outage.next_try = outage.next_try.min(now);
        outage.failures = 0;
        self.plan(host, now);
        true
    }

    /// The dead host whose next try comes first is tried now.
    pub(super) fn try_soonest(&mut self, now: Moment) -> Option<Arc<str>> {
        let waits = |outage: &&HostOutage| outage.waits();
        let dead = self.dead.iter().filter_map(|host| {
            let outage = self.by_name.get(host)?.outage.as_ref().filter(waits)?;
            Some((outage.next_try, host))
        });
        let host = dead.min()?.1.clone();
        let outage = self.by_name.get_mut(&host)?.outage.as_mut()?;
        outage.next_try = outage.next_try.min(now);
        self.plan(&host, now);
        Some(host)
    }

    /// No host is dead any more.
    pub(super) fn forgive_all(&mut self) -> Vec<Arc<str>> {
        let mut forgiven = Vec::new();
        for (host, health) in &mut self.by_name {
            if health
                .outage
                .take_if(|outage| !outage.is_given_up)
                .is_some()
            {
                forgiven.push(host.clone());
            }
        }
        for host in &forgiven {
            self.plan(host, Moment::default());
        }
        forgiven
    }

    /// The hosts about which something is to be done now, and whether each is to be given up.
    pub(super) fn take_due(&mut self, now: Moment, may_give_up: bool) -> Vec<(Arc<str>, bool)> {
        let mut due = Vec::new();
        while let Some((_, host)) = self.due.first().filter(|(at, _)| *at <= now) {
            let host = host.clone();
            let over = self.is_over(&host, now);
            self.plan(&host, now);
            due.push((host, over && may_give_up));
        }
        due
    }

    /// When the first dead host is due.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Whether the patience for a dead host is over.
    pub(super) fn is_over(&self, host: &str, now: Moment) -> bool {
        let outage = self.get(host).and_then(|health| health.outage.as_ref());
        outage.is_some_and(|outage| {
            outage.waits() && outage.since + self.patience_with(&outage.error) <= now
        })
    }

    fn patience_with(&self, error: &FetchError) -> Duration {
        if error.is_unknown_host() {
            self.patience.min(UNKNOWN_HOST_PATIENCE)
        } else {
            self.patience
        }
    }

    /// Nothing of this host begins any more until its rows have ended.
    pub(super) fn begin_giving_up(&mut self, host: &Arc<str>, error: &FetchError, now: Moment) {
        let health = self.health(host);
        health.is_proven = false;
        health.given_up_at = Some(now);
        let outage = health.outage.get_or_insert_with(|| HostOutage {
            since: now,
            next_try: now,
            failures: 0,
            probe: None,
            error: error.clone(),
            is_given_up: true,
        });
        outage.is_given_up = true;
        self.plan(host, now);
    }

    /// The rows of a host that was given up have ended: the next one tries again at once.
    pub(super) fn end_giving_up(&mut self, host: &Arc<str>, now: Moment) {
        if let Some(health) = self.by_name.get_mut(host) {
            health.outage = None;
        }
        self.plan(host, now);
    }

    /// Plans what comes next for a host.
    fn plan(&mut self, host: &Arc<str>, now: Moment) {
        let Some(health) = self.by_name.get(host) else {
            return;
        };
        if health.outage.is_none() {
            self.dead.remove(host);
        } else if !self.dead.contains(host) {
            self.dead.insert(host.clone());
        }
        let waiting = health.outage.as_ref().filter(|outage| outage.waits());
        let due = waiting.and_then(|outage| {
            let over = outage.since + self.patience_with(&outage.error);
            let next = Some(outage.next_try).filter(|next| *next > now);
            let over = Some(over).filter(|over| *over > now);
            next.into_iter().chain(over).min()
        });
        let before = health.due;
        if before == due {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, host.clone()));
        }
        if let Some(due) = due {
            self.due.insert((due, host.clone()));
        }
        if let Some(health) = self.by_name.get_mut(host) {
            health.due = due;
        }
    }

    fn health(&mut self, host: &Arc<str>) -> &mut Health {
        self.by_name.entry(host.clone()).or_default()
    }

    /// Forgets hosts that are neither dead nor in use, when there are many; says which.
    pub(super) fn forget_idle(&mut self, is_in_use: impl Fn(&str) -> bool) -> Vec<Arc<str>> {
        if self.by_name.len() <= self.remembered_at_most {
            return Vec::new();
        }
        let mut forgotten = Vec::new();
        self.by_name.retain(|host, health| {
            let stays = health.outage.is_some() || is_in_use(host);
            if !stays {
                forgotten.push(host.clone());
            }
            stays
        });
        self.remembered_at_most = REMEMBERED_AT_LEAST.max(self.by_name.len() * 2);
        forgotten
    }
}

fn back_off() -> BackOff {
    BackOff {
        retries: u32::MAX,
        first: BACK_OFF_FIRST,
        factor: BACK_OFF_FACTOR,
        longest: HOST_BACK_OFF_MAX,
        jitter: 0.0,
    }
}
