//! Who begins, and when: the queue, the slots, and what is known of hosts and of the network.

mod alarm;
pub(super) mod dead_hosts;
mod host_pace;
mod hosts;
mod lending;
mod limits;
mod network;
mod queue;
mod ranks;
mod reach;
mod slots;
mod turns;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::deck::limits::LENDS_AFTER;
use crate::fetch::{AttemptStage, FetchError, RateLimit, RenameNotice};
use crate::jobs::{Attribution, SlotState};
use crate::runtime::{Moment, PausedBy, Runtime};
use crate::status::{NetworkOutage, RowId};

use super::activity::{ActivityKind, ActivityLog};
use super::context::Context;
use super::rows::history::WAITS_FOR_SLOT;
use super::rows::row::{QueuePlace, Row, RowState, RowUpdate};

use self::alarm::Alarm;
use self::hosts::Blame;
use self::reach::Reach;
use self::slots::Slots;
use self::turns::Turns;

pub use self::limits::Limits;

/// How many rows are started in one tick at most, so that a long list never stalls a frame.
pub(super) const STARTS_PER_TICK: usize = 256;

/// Which rows run and which wait.
pub struct Schedule {
    limits: Limits,
    /// The one that all fetches share.
    rate_limit: RateLimit,
    pub(super) turns: Turns,
    pub(super) slots: Slots,
    /// Rows that are begun, and neither paused nor over.
    awake: BTreeSet<RowId>,
    pub(super) reach: Reach,
    alarm: Alarm,
    /// Makes what the download of a row calls before its file gets its name.
    rename_notices: Option<RenameNotices>,
}

/// Makes the notice of a row.
type RenameNotices = Box<dyn Fn(RowId) -> RenameNotice>;

/// What began in one tick.
#[derive(Default)]
struct Begun {
    all: usize,
    /// Those that never began before.
    new: usize,
    last_new: Option<usize>,
}

impl Schedule {
    pub(super) fn new(runtime: &Runtime) -> Self {
        let mut schedule = Self {
            limits: Limits::default(),
            rate_limit: RateLimit::default(),
            turns: Turns::default(),
            slots: Slots::default(),
            awake: BTreeSet::new(),
            reach: Reach::default(),
            alarm: Alarm::default(),
            rename_notices: None,
        };
        schedule.set_limits(Limits::default(), runtime);
        schedule
    }

    /// The download of each row that begins from now on calls the notice that this makes for it.
    pub fn set_rename_notices(&mut self, notices: impl Fn(RowId) -> RenameNotice + 'static) {
        self.rename_notices = Some(Box::new(notices));
    }

    /// The limits that hold now.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The rows that hold a slot, those that lend it included: what waits holds none.
    #[must_use]
    pub fn running(&self) -> &BTreeSet<RowId> {
        &self.slots.running
    }

    /// The rows that are begun, and neither paused nor over; those that wait among them.
    #[must_use]
    pub fn under_way(&self) -> &BTreeSet<RowId> {
        &self.awake
    }

    /// How many rows wait for hosts that do not answer.
    #[must_use]
    pub fn waiting_for_hosts(&self) -> usize {
        self.turns.queue.len() - self.turns.queue.waiting_for_slots()
    }

    /// Whether rows wait for a host or for the network: what they show counts down.
    pub(super) fn waits_for_hosts(&self) -> bool {
        (self.reach.network.is_lost() && self.wants_network()) || self.waiting_for_hosts() > 0
    }

    /// The network is lost, and this is when it is tried again; none while there is one, as far as
    /// is known, and while no row wants it: then nothing tries.
    #[must_use]
    pub fn network_outage(&self, now: Moment) -> Option<NetworkOutage> {
        let next_try = self
            .reach
            .network
            .next_try()
            .filter(|_| self.wants_network())?;
        Some(NetworkOutage {
            next_try: next_try.since(now),
        })
    }

    /// Whether a row uses the network or waits for its turn to.
    fn wants_network(&self) -> bool {
        self.turns.queue.len() > 0 || !self.slots.running.is_empty()
    }

    pub(super) fn set_limits(&mut self, limits: Limits, runtime: &Runtime) {
        let limits = limits.within_bounds();
        self.limits = limits;
        self.slots.at_once = limits.jobs_at_once as usize;
        self.turns.queue.set_per_host(limits.jobs_per_host);
        self.turns.queue.set_host_wait(limits.host_wait);
        self.rate_limit.set(limits.rate_limit_bytes_per_sec);
        self.reach.network.is_waited_for = limits.waits_for_network;
        self.reach.hosts.set_patience(limits.host_patience);
        self.set_alarm(runtime);
    }

    /// The place of a row in the queue, and whether a slot would not be enough.
    pub(super) fn place(&self, row: &Row, now: Moment) -> Option<QueuePlace> {
        let number = self.turns.queue.place(row.listed.rank)?;
        // Where every job is one of this host, a slot that becomes free is one of its own too.
        let waits_for_host = self
            .turns
            .queue
            .full_host(&row.host)
            .is_some_and(|running| self.slots.has_free() || running < self.slots.in_use());
        Some(QueuePlace {
            number,
            unreachable: self.reach.unreachable(&row.host, now),
            waits_for: if self.turns.queue.rests(&row.host) {
                Some(format!("the next start at {}", row.host).into())
            } else {
                waits_for_host.then(|| format!("a slot on host {}", row.host).into())
            },
        })
    }

    /// A user wants rows of this host to go on: it is tried at once, and so is the network. True if
    /// they waited for that.
    pub(super) fn try_host_now(&mut self, host: &Arc<str>, now: Moment) -> bool {
        self.reach.try_now(&mut self.turns.queue, host, now)
    }

    /// Begins rows while there are slots, in their order; those of a full host stay behind. What
    /// sleeps first needs no slot for that. True if any began.
    pub(super) fn start_queued(&mut self, cx: &mut Context<'_>) -> bool {
        let now = cx.now();
        let mut begun = Begun::default();
        while begun.all < STARTS_PER_TICK
            && let Some(id) = self.turns.sleepers.pop_front()
        {
            if let Some(index) = cx.rows.find(id)
                && matches!(cx.rows[index].state, RowState::Queued { paused: false })
            {
                self.start(cx, index, &mut begun);
            }
        }
        while begun.all < STARTS_PER_TICK
            && let Some(id) = self.next_turn(now)
        {
            let Some(index) = cx.rows.find(id) else {
                // No row: it must not be found again.
                debug_assert!(false, "{id:?} waits and is gone");
                break;
            };
            self.turns.leave(&cx.rows[index]);
            self.grant(cx, index, &mut begun);
        }
        if let Some(index) = begun.last_new {
            cx.activity.add_began(&cx.rows[index], begun.new);
        }
        if !self.turns.sleepers.is_empty() || self.next_turn(now).is_some() {
            // The rest comes with the next tick: there has to be one.
            cx.runtime.request_tick();
        }
        begun.all > 0
    }

    /// The row whose turn it is, if there is a slot for it.
    fn next_turn(&mut self, now: Moment) -> Option<RowId> {
        if !self.reach.network.may_begin(now) {
            return None;
        }
        let unproven_at_most = (self.slots.at_once / 2).max(1);
        let rank = if self.slots.has_free() {
            let mut first = self.turns.queue.first(unproven_at_most);
            if first.is_none() && self.reach.network.is_lost() {
                // One row has to try, also where every host that is waited for was tried before.
                let host = self.reach.hosts.try_soonest(now)?;
                self.reach
                    .update_standing(&mut self.turns.queue, &host, now);
                first = self.turns.queue.first(unproven_at_most);
            }
            first
        } else {
            let first = self.turns.queue.first_proven();
            first.filter(|_| self.slots.has_free_for_proven())
        };
        rank.map(|rank| self.turns.row(rank))
    }

    /// Gives a row a slot: it begins, or goes on.
    fn grant(&mut self, cx: &mut Context<'_>, index: usize, begun: &mut Begun) {
        let now = cx.now();
        let row = &mut cx.rows[index];
        if row.facts.borrow().slot.state() != SlotState::Held {
            row.begin_attempt();
        }
        if self.reach.hosts.begins(&row.host, row.id, now) {
            self.reach
                .update_standing(&mut self.turns.queue, &row.host, now);
        }
        self.reach.network.begins(row.id);
        if std::mem::take(&mut row.slot_use.is_wanted) {
            row.job().map(|job| job.resume());
            begun.all += 1;
            self.refresh(cx, index);
        } else {
            self.start(cx, index, begun);
        }
    }

    /// Begins the job of a row.
    fn start(&mut self, cx: &mut Context<'_>, index: usize, begun: &mut Begun) {
        let row = &mut cx.rows[index];
        let id = row.id;
        // The notice waits until the row is stored, and this one never is.
        let is_stored = row.spec.check_storable().is_ok();
        let notices = self.rename_notices.as_ref().filter(|_| is_stored);
        let notice = notices.map(|notice_of| notice_of(id));
        let job = row.start(cx.runtime, &self.rate_limit, notice);
        cx.rows.bind_job(job, id);
        begun.all += 1;
        begun.new += 1;
        begun.last_new = Some(index);
        self.refresh(cx, index);
    }

    /// Whether a row that is paused within an attempt may go on at once.
    pub(super) fn has_room_for(&self, row: &Row) -> bool {
        self.slots.has_free() && self.turns.queue.full_host(&row.host).is_none()
    }

    /// Takes over what a row's job says now, and what follows from it: for its host, its slot and
    /// all that show it.
    pub(super) fn refresh(&mut self, cx: &mut Context<'_>, index: usize) {
        let now = cx.now();
        let row = &mut cx.rows[index];
        cx.events.push_steps(row);
        self.note_stage(row, cx.activity, now);
        self.attribute_failure(cx, index, now);
        let row = &mut cx.rows[index];
        self.ask_for_slot(row);
        let update = row.update(now);
        self.follow(row, &update, now);
        cx.publish(index, &update);
    }

    /// Takes over how far the attempt of a row has come.
    fn note_stage(&mut self, row: &mut Row, activity: &mut ActivityLog, now: Moment) {
        let stage = row.facts.borrow().trace.highest_stage();
        let before = std::mem::replace(&mut row.slot_use.stage_seen, stage);
        if stage <= before || row.host.is_empty() {
            return;
        }
        let queue = &mut self.turns.queue;
        if before < AttemptStage::Connected && self.reach.note_connection(queue, &row.host, now) {
            let subject = "Connected again".into();
            activity.add(ActivityKind::Network, None, subject, "".into());
        }
        if before < AttemptStage::Responded && stage >= AttemptStage::Responded {
            if self.reach.hosts.answered(&row.host, now) {
                self.reach.update_standing(queue, &row.host, now);
            }
            if std::mem::take(&mut row.slot_use.may_lend) {
                self.slots.lending.ends(row.id, row.slot_use.since);
            }
        }
    }

    /// Tells the job of a row whose attempt ended before there was a connection whether that was
    /// its own failure, or that of its host or the network.
    fn attribute_failure(&mut self, cx: &mut Context<'_>, index: usize, now: Moment) {
        let row = &cx.rows[index];
        let reported = row.facts.borrow().slot.reported();
        let Some(error) = reported else {
            return;
        };
        let (id, host, began) = (row.id, row.host.clone(), row.slot_use.since);
        let is_known = self
            .reach
            .hosts
            .get(&host)
            .is_some_and(|it| it.has_connected());
        let is_in_use = || {
            let mut running = self.slots.running.iter().filter_map(|id| cx.rows.get(*id));
            running.any(|row| row.slot_use.stage_seen == AttemptStage::Responded)
        };
        if self
            .reach
            .network
            .failed(&host, id, &error, now, is_known, is_in_use)
        {
            let detail = error.message.clone().into();
            let (kind, subject) = (ActivityKind::Network, "No network".into());
            cx.activity.add(kind, None, subject, detail);
        }
        let slot = row.facts.borrow().slot.clone();
        match self
            .reach
            .hosts
            .failed(&host, id, began, error.clone(), now)
        {
            // Without a network every host fails.
            Blame::Row if self.reach.network.is_lost() => slot.attribute(Attribution::Host),
            Blame::Row => slot.attribute(Attribution::Job),
            Blame::Host
                if self.reach.hosts.is_over(&host, now) && !self.reach.network.is_lost() =>
            {
                let queue = &mut self.turns.queue;
                self.reach.give_up_host(queue, &host, now);
                // It does not wait in the queue, where the others are found.
                if let Some(given_up) = self.reach.given_up.back_mut() {
                    given_up.rows = 1;
                    given_up.first = Some(id);
                }
                cx.runtime.request_tick();
                fail_with_host(&mut cx.rows[index], error);
            }
            Blame::Host => slot.attribute(Attribution::Host),
            Blame::GivenUp => fail_with_host(&mut cx.rows[index], error),
        }
        self.reach
            .update_standing(&mut self.turns.queue, &host, now);
    }

    /// Takes a row whose job asks for a slot into the queue: its clock stops meanwhile.
    fn ask_for_slot(&mut self, row: &mut Row) {
        let facts = row.facts.borrow();
        if facts.slot.state() != SlotState::Asked {
            return;
        }
        let is_unconnected = facts.trace.highest_stage() < AttemptStage::Connected;
        let error = facts.last_error.clone();
        let failed_unconnected = error.filter(|error| is_unconnected && error.may_be_of_host());
        drop(facts);
        let health = self.reach.hosts.get(&row.host);
        if let Some(error) = failed_unconnected
            && health.is_some_and(|it| it.is_given_up_since(row.slot_use.since))
        {
            // Its host was given up between its failure and this.
            fail_with_host(row, error);
            return;
        }
        if let Some(job) = row.job().filter(|job| !job.is_paused()) {
            job.pause_by(PausedBy::Owner(WAITS_FOR_SLOT));
            row.slot_use.is_wanted = true;
            self.turns.enter(row);
        }
    }

    /// Takes over whether a row runs, and whether it waits.
    fn follow(&mut self, row: &mut Row, update: &RowUpdate, now: Moment) {
        let is_awake = row.is_awake();
        if is_awake {
            self.awake.insert(row.id);
        } else {
            self.awake.remove(&row.id);
        }
        self.hold_slot(row, is_awake && row.needs_slot(), now);
        if update.leaves_queue {
            self.turns.leave(row);
        }
    }

    /// A row is removed: whatever it does, it is out of the way of the others.
    pub(super) fn remove(&mut self, row: &mut Row, now: Moment) {
        self.hold_slot(row, false, now);
        self.awake.remove(&row.id);
    }

    /// A row has a slot, or has it no longer.
    fn hold_slot(&mut self, row: &mut Row, holds: bool, now: Moment) {
        if holds {
            if self.slots.running.insert(row.id) {
                self.turns.queue.began(&row.host);
                self.turns.queue.rest(&row.host, now);
                row.slot_use.since = now;
                if !row.host.is_empty() && row.slot_use.stage_seen < AttemptStage::Responded {
                    row.slot_use.may_lend = true;
                    let health = self.reach.hosts.get(&row.host);
                    let is_proven = health.is_some_and(|health| health.is_proven());
                    self.slots.lending.begins(row.id, now, is_proven);
                }
            }
        } else if self.slots.running.remove(&row.id) {
            self.turns.queue.ended(&row.host);
            let mut took = now.since(row.slot_use.since);
            if std::mem::take(&mut row.slot_use.may_lend) {
                // What it lent was not its own.
                took = took.min(LENDS_AFTER);
                self.slots.lending.ends(row.id, row.slot_use.since);
            }
            row.slot_use.time += took;
            self.reach.network.stops(row.id);
            if self.reach.hosts.stops(&row.host, row.id, now) {
                self.reach
                    .update_standing(&mut self.turns.queue, &row.host, now);
            }
        }
    }

    /// Sees to it that there is a tick when something is to be done.
    pub(super) fn set_alarm(&mut self, runtime: &Runtime) {
        let now = runtime.now();
        let network = self
            .reach
            .network
            .next_due(now, self.reach.hosts.patience());
        let network = network.filter(|_| self.wants_network());
        let due = [
            self.slots.lending.next_due(),
            self.reach.hosts.next_due(),
            self.turns.queue.next_due(),
            network,
        ];
        let due = due.into_iter().flatten().min();
        self.alarm.set(runtime, due);
    }
}

/// A row that learns whose failure its own was, or asks for a slot again, fails: its host was given
/// up.
fn fail_with_host(row: &mut Row, error: FetchError) {
    row.reported.fails_with_host = true;
    let slot = row.facts.borrow().slot.clone();
    slot.attribute(Attribution::Host);
    slot.give_up(error);
}
