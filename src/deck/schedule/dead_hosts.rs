//! What is due for hosts at each tick: silent ones lend their slots, dead ones are tried again, and
//! those that were given up let their rows fail.

use std::collections::VecDeque;

use crate::deck::activity::ActivityKind;
use crate::deck::context::Context;
use crate::deck::events::Event;
use crate::deck::limits::ROWS_DONE_PER_TICK;
use crate::deck::rows::row::{Row, RowState, end_unbegun};
use crate::fetch::{AttemptStage, FetchError};
use crate::format;
use crate::jobs::SlotState;
use crate::runtime::{Moment, Outcome};

use super::Schedule;
use super::lending::LentTo;
use super::reach::GivenUp;

/// Does what is due for hosts and for the network.
pub(in crate::deck) fn advance(schedule: &mut Schedule, cx: &mut Context<'_>) {
    let now = cx.now();
    schedule.turns.queue.end_rests(now);
    for (id, to) in schedule.slots.lending.take_due(now) {
        let Some(index) = cx.rows.find(id) else {
            continue;
        };
        let row = &mut cx.rows[index];
        let stage = row.facts.borrow().trace.stage();
        if stage >= AttemptStage::Responded {
            schedule.note_stage(row, cx.activity, now);
            continue;
        }
        let hosts = &mut schedule.reach.hosts;
        let is_unproved = to == LentTo::All && hosts.silent(&row.host, row.slot_use.since);
        if hosts.lets_wait(&row.host) || is_unproved {
            let queue = &mut schedule.turns.queue;
            schedule.reach.update_standing(queue, &row.host, now);
        }
    }
    let (reach, queue) = (&mut schedule.reach, &mut schedule.turns.queue);
    let may_give_up = !reach.network.is_lost();
    for (host, is_over) in reach.hosts.take_due(now, may_give_up) {
        reach.update_standing(queue, &host, now);
        if is_over {
            reach.give_up_host(queue, &host, now);
            cx.runtime.request_tick();
        }
    }
    let patience = reach.hosts.patience();
    if let Some(error) = reach.network.take_over(now, patience) {
        let hosts: VecDeque<_> = queue.hosts_waited_for().collect();
        let why = "there is no network".into();
        reach.give_up(queue, hosts, Some(error), why, now);
        cx.runtime.request_tick();
    }
    fail_given_up(schedule, cx);
    let (reach, queue) = (&mut schedule.reach, &mut schedule.turns.queue);
    for host in reach.hosts.forget_idle(|host| queue.knows(host)) {
        reach.update_standing(queue, &host, now);
    }
}

/// Ends a tick's part of the rows whose hosts were given up.
fn fail_given_up(schedule: &mut Schedule, cx: &mut Context<'_>) {
    let Some(mut given_up) = schedule.reach.given_up.pop_front() else {
        return;
    };
    let now = cx.now();
    let mut left = ROWS_DONE_PER_TICK;
    while left > 0
        && let Some(host) = given_up.hosts.front().cloned()
    {
        let rank = schedule.turns.queue.first_of(&host);
        let health = schedule.reach.hosts.get(&host);
        let of_host = health.and_then(|health| health.error()).cloned();
        let (Some(rank), Some(error)) = (rank, given_up.error.clone().or(of_host)) else {
            given_up.hosts.pop_front();
            schedule.reach.hosts.end_giving_up(&host, now);
            let queue = &mut schedule.turns.queue;
            schedule.reach.update_standing(queue, &host, now);
            continue;
        };
        left -= 1;
        let id = schedule.turns.row(rank);
        if let Some(index) = cx.rows.find(id) {
            schedule.turns.leave(&cx.rows[index]);
            if fail(&mut cx.rows[index], error, now) {
                cx.events.push(Event::Ended(id));
            }
            schedule.refresh(cx, index);
            given_up.rows += 1;
            given_up.first.get_or_insert(id);
        }
    }
    let given_ups = &mut schedule.reach.given_up;
    if !given_up.hosts.is_empty() {
        given_ups.push_front(given_up);
    } else if given_up.rows > 0 {
        report(&given_up, cx);
    }
    if !given_ups.is_empty() {
        cx.runtime.request_tick();
    }
}

fn report(given_up: &GivenUp, cx: &mut Context<'_>) {
    let only = given_up.first.filter(|_| given_up.rows == 1);
    let subject = match only.and_then(|id| cx.rows.get(id)) {
        Some(row) => row.name.shown().clone(),
        None => format::count(given_up.rows as u64, "job", "jobs").into(),
    };
    let kind = ActivityKind::FailedTogether;
    cx.activity.add(kind, only, subject, given_up.why.clone());
}

/// Ends a row that waits, with what its host failed with. True if it had not begun; else its job
/// ends by itself.
fn fail(row: &mut Row, error: FetchError, now: Moment) -> bool {
    row.reported.fails_with_host = true;
    match &row.state {
        RowState::Queued { .. } => {
            end_unbegun(row, Outcome::Failed(error.into()), now);
            true
        }
        RowState::Started(job) => {
            row.slot_use.is_wanted = false;
            let slot = row.facts.borrow().slot.clone();
            // One that was paused within an attempt goes on with that.
            if slot.state() == SlotState::Asked {
                slot.give_up(error);
            }
            job.resume();
            false
        }
        RowState::Ended(_) => false,
    }
}
