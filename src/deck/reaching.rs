//! What the deck does about hosts that answer, are silent, or do not answer at all, and about a lost network.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use crate::{
    deck::limits::ROWS_DONE_PER_TICK,
    fetch::{AttemptStage, FetchError},
    format,
    jobs::{SlotState, Verdict},
    options::HOST_PATIENCE,
    runtime::{Moment, Outcome},
    status::{NetworkOutage, RowId},
};

use super::{
    Deck, Event,
    activity::Happened,
    ended::Ended,
    hosts::{Blame, GivenUp},
    lending::To,
    row::{RowState, Unreachable},
};

impl Deck {
    /// How long rows wait for a host that does not answer, before they fail together.
    pub fn set_host_patience(&mut self, patience: Duration) {
        self.hosts.set_patience(HOST_PATIENCE.clamp(patience));
        self.set_alarm();
    }

    /// Whether rows wait without a limit while there is no network, as they do by default, or for the host patience.
    pub fn wait_for_network(&mut self, without_limit: bool) {
        self.network.is_waited_for = without_limit;
    }

    /// The network is lost, and this is when it is tried again; none while there is one, as far as is known, and while no
    /// row wants it: then nothing tries.
    #[must_use]
    pub fn network_outage(&self) -> Option<NetworkOutage> {
        if !self.wants_network() {
            return None;
        }
        let now = self.runtime.now();
        let next_try = self.network.next_try()?.since(now);
        Some(NetworkOutage { next_try })
    }

    /// Why a row of this host has to wait, beside its turn.
    pub(super) fn unreachable(&self, host: &Arc<str>) -> Option<Unreachable> {
        if host.is_empty() {
            return None;
        }
        let now = self.runtime.now();
        if let Some(next_try) = self.network.next_try() {
            return Some(Unreachable {
                host: None,
                next_try: next_try.since(now),
            });
        }
        let next_try = self.hosts.next_try(host)?;
        Some(Unreachable {
            host: Some(host.clone()),
            next_try: next_try.since(now),
        })
    }

    /// The queue learns what is known of a host now.
    pub(super) fn keep_standing(&mut self, host: &Arc<str>) {
        let standing = self.hosts.standing(host, self.runtime.now());
        self.queue.set_standing(host, standing);
    }

    /// Takes over how far the attempt of a row has come.
    pub(super) fn note_stage(&mut self, index: usize) {
        let row = &mut self.rows[index];
        let stage = row.facts.borrow().trace.farthest_stage();
        let before = std::mem::replace(&mut row.stage_seen, stage);
        if stage <= before || row.host.is_empty() {
            return;
        }
        let now = self.runtime.now();
        let (id, host) = (row.id, row.host.clone());
        let mut is_news = false;
        if before < AttemptStage::Connected {
            is_news |= self.hosts.connected(&host, now);
            if self.network.connected(now) {
                self.network_is_back();
            }
        }
        if before < AttemptStage::Answered && stage >= AttemptStage::Answered {
            is_news |= self.hosts.answered(&host, now);
            let row = &mut self.rows[index];
            if std::mem::take(&mut row.may_lend) {
                self.lending.ends(id, row.slot_since);
            }
        }
        if is_news {
            self.keep_standing(&host);
        }
    }

    fn network_is_back(&mut self) {
        for host in self.hosts.forgive_all() {
            self.keep_standing(&host);
        }
        let subject = "Connected again".into();
        self.tell(Happened::Network, None, subject, "".into());
    }

    /// Says whose failure it was that a row's attempt ended before there was a connection.
    pub(super) fn judge(&mut self, index: usize) {
        let row = &self.rows[index];
        let slot = row.facts.borrow().slot.clone();
        let Some(error) = slot.reported() else {
            return;
        };
        let now = self.runtime.now();
        let (id, host, began) = (row.id, row.host.clone(), row.slot_since);
        let is_known = self.hosts.has_connected(&host);
        let is_in_use = || {
            let mut running = self.running.iter().filter_map(|id| self.rows.get(*id));
            running.any(|row| row.stage_seen == AttemptStage::Answered)
        };
        if self
            .network
            .failed(&host, id, &error, now, is_known, is_in_use)
        {
            let detail = error.message.clone().into();
            self.tell(Happened::Network, None, "No network".into(), detail);
        }
        match self.hosts.failed(&host, id, began, error.clone(), now) {
            // Without a network every host fails.
            Blame::Row if self.network.is_lost() => slot.judge(Verdict::OfHost),
            Blame::Row => slot.judge(Verdict::OfJob),
            Blame::Host if self.hosts.is_over(&host, now) && !self.network.is_lost() => {
                self.give_up_host(&host, now);
                self.give_up_waiting(index, error);
                // It does not wait in the queue, where the others are found.
                if let Some(given_up) = self.hosts.given_up.back_mut() {
                    given_up.rows = 1;
                    given_up.first = Some(id);
                }
            }
            Blame::Host => slot.judge(Verdict::OfHost),
            Blame::GivenUp => self.give_up_waiting(index, error),
        }
        self.keep_standing(&host);
    }

    /// A row that learns whose failure its own was, or asks for a slot again, fails: its host was given up.
    fn give_up_waiting(&mut self, index: usize, error: FetchError) {
        let row = &mut self.rows[index];
        row.fails_with_host = true;
        let slot = row.facts.borrow().slot.clone();
        slot.judge(Verdict::OfHost);
        slot.give_up(error);
    }

    /// A user wants this row to go on: its host, and the network, are tried at once. True if that was what it waited for.
    pub(super) fn try_host_now(&mut self, index: usize) -> bool {
        let now = self.runtime.now();
        let host = self.rows[index].host.clone();
        let was_dead = self.hosts.try_now(&host, now);
        if was_dead {
            self.keep_standing(&host);
        }
        let is_waited_for = self.queue.waiting_for(&host) > 0 && !host.is_empty();
        (is_waited_for && self.network.try_now(now)) || was_dead
    }

    /// What is to be done at this time: slots are lent, hosts are tried again or given up.
    pub(super) fn keep_hosts(&mut self) {
        let now = self.runtime.now();
        self.queue.end_rests(now);
        for (id, to) in self.lending.take_due(now) {
            let Some(index) = self.rows.find(id) else {
                continue;
            };
            let row = &self.rows[index];
            if row.facts.borrow().trace.stage() >= AttemptStage::Answered {
                self.note_stage(index);
                continue;
            }
            let (host, began) = (row.host.clone(), row.slot_since);
            let is_unproved = to == To::All && self.hosts.silent(&host, began);
            if self.hosts.lets_wait(&host) || is_unproved {
                self.keep_standing(&host);
            }
        }
        for (host, is_over) in self.hosts.take_due(now, !self.network.is_lost()) {
            self.keep_standing(&host);
            if is_over {
                self.give_up_host(&host, now);
            }
        }
        if let Some(error) = self.network.take_over(now, self.hosts.patience()) {
            let hosts: VecDeque<_> = self.queue.hosts_waited_for().collect();
            self.give_up(hosts, Some(error), "there is no network".into(), now);
        }
        self.end_given_up();
        for host in self.hosts.forget_idle(|host| self.queue.knows(host)) {
            self.keep_standing(&host);
        }
    }

    fn give_up_host(&mut self, host: &Arc<str>, now: Moment) {
        let why = format!("host {host} does not answer");
        self.give_up([host.clone()].into(), None, why.into(), now);
    }

    fn give_up(
        &mut self,
        hosts: VecDeque<Arc<str>>,
        error: Option<FetchError>,
        why: Arc<str>,
        now: Moment,
    ) {
        for host in &hosts {
            let of_host = self.hosts.error(host).cloned();
            if let Some(error) = error.clone().or(of_host) {
                self.hosts.begin_giving_up(host, &error, now);
            }
            self.keep_standing(host);
        }
        self.hosts.given_up.push_back(GivenUp {
            hosts,
            error,
            why,
            rows: 0,
            first: None,
        });
        self.runtime.request_tick();
    }

    /// Ends a tick's part of the rows whose hosts were given up.
    fn end_given_up(&mut self) {
        let Some(mut given_up) = self.hosts.given_up.pop_front() else {
            return;
        };
        let now = self.runtime.now();
        let mut left = ROWS_DONE_PER_TICK;
        while left > 0
            && let Some(host) = given_up.hosts.front().cloned()
        {
            let rank = self.queue.first_of(&host);
            let of_host = self.hosts.error(&host).cloned();
            let (Some(rank), Some(error)) = (rank, given_up.error.clone().or(of_host)) else {
                given_up.hosts.pop_front();
                self.hosts.end_giving_up(&host, now);
                self.keep_standing(&host);
                continue;
            };
            left -= 1;
            let id = self.row_of_rank(rank.0);
            if let Some(index) = self.index(id) {
                self.leave_queue(index);
                self.fail_with_host(index, error);
                given_up.rows += 1;
                given_up.first.get_or_insert(id);
            }
        }
        if !given_up.hosts.is_empty() {
            self.hosts.given_up.push_front(given_up);
        } else if given_up.rows > 0 {
            self.tell_given_up(&given_up);
        }
        if !self.hosts.given_up.is_empty() {
            self.runtime.request_tick();
        }
    }

    fn tell_given_up(&mut self, given_up: &GivenUp) {
        let first = given_up.first.and_then(|id| self.rows.get(id));
        let subject = match first.filter(|_| given_up.rows == 1) {
            Some(row) => row.name.clone(),
            None => format::count(given_up.rows as u64, "job", "jobs").into(),
        };
        let row = given_up.first.filter(|_| given_up.rows == 1);
        self.tell(Happened::FailedTogether, row, subject, given_up.why.clone());
    }

    /// Ends a row that waits, with what its host failed with.
    fn fail_with_host(&mut self, index: usize, error: FetchError) {
        let row = &mut self.rows[index];
        let id = row.id;
        row.fails_with_host = true;
        match &row.state {
            RowState::Queued { .. } => {
                let outcome = Outcome::Failed(error.into());
                row.state = RowState::Ended(Box::new(Ended::before_it_began(outcome)));
                self.note(Event::Ended(id));
            }
            RowState::Started(job) => {
                row.wants_slot = false;
                let slot = row.facts.borrow().slot.clone();
                // One that was paused within an attempt goes on with that.
                if slot.state() == SlotState::Asked {
                    slot.give_up(error);
                }
                job.resume();
            }
            RowState::Ended(_) => {}
        }
        self.refresh(index);
    }

    /// Sees to it that there is a tick when something is to be done.
    pub(super) fn set_alarm(&mut self) {
        let now = self.runtime.now();
        let network = self.network.next_due(now, self.hosts.patience());
        let network = network.filter(|_| self.wants_network());
        let due = [
            self.lending.next_due(),
            self.hosts.next_due(),
            self.queue.next_due(),
            network,
        ];
        let due = due.into_iter().flatten().min();
        self.alarm.set(&self.runtime, due);
    }

    /// How many rows wait for hosts that do not answer.
    #[must_use]
    pub fn waiting_for_hosts(&self) -> usize {
        self.queue.len() - self.queue.waiting_for_slots()
    }

    /// Whether rows wait for a host or for the network: what they show counts down.
    pub(super) fn waits_for_hosts(&self) -> bool {
        (self.network.is_lost() && self.wants_network()) || self.waiting_for_hosts() > 0
    }

    /// Whether a row uses the network or waits for its turn to.
    fn wants_network(&self) -> bool {
        self.queue.len() > 0 || !self.running.is_empty()
    }

    /// A row whose turn has come to wait: it holds no slot, and its clock stands still.
    pub(super) fn ask_for_slot(&mut self, index: usize) {
        let row = &mut self.rows[index];
        let facts = row.facts.borrow();
        let asks = facts.slot.state() == SlotState::Asked;
        let failed_unconnected = facts.last_error.clone().filter(|error| {
            asks && error.may_be_of_host() && facts.trace.farthest_stage() < AttemptStage::Connected
        });
        drop(facts);
        if let Some(error) = failed_unconnected
            && self.hosts.is_given_up_since(&row.host, row.slot_since)
        {
            // Its host was given up between its failure and this.
            self.give_up_waiting(index, error);
            return;
        }
        let row = &mut self.rows[index];
        if let Some(job) = row.job()
            && !job.is_paused()
            && asks
        {
            job.pause_by(crate::runtime::PausedBy::Queue);
            row.wants_slot = true;
            self.enter_queue(index);
        }
    }

    /// The rows that are begun, and neither paused by somebody nor over; those that wait among them.
    pub fn under_way(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.awake.iter().copied()
    }
}
