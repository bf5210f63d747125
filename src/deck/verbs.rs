//! What each verb does with a row. Each function returns whether it fitted.

use std::sync::Arc;

use crate::format::LocalTime;
use crate::jobs::{SlotState, Spec};
use crate::runtime::Outcome;
use crate::status::{MoveTo, RowId};

use super::context::Context;
use super::events::Event;
use super::journal::Change;
use super::rows::row::{Row, RowState, end_unbegun};
use super::schedule::Schedule;

/// A row that is not in the list any more, and may come back.
pub(super) struct RemovedRow {
    row: Box<Row>,
    /// It was paused only because it was removed.
    goes_on: bool,
    /// It had ended before.
    had_ended: bool,
}

impl RemovedRow {
    pub(super) fn id(&self) -> RowId {
        self.row.id
    }
}

/// Adds rows.
pub(super) fn add(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    specs: impl Iterator<Item = Spec>,
    paused: bool,
) {
    let now = cx.now();
    let wall = cx.runtime.clock().system_time();
    cx.wall_clock.note(now, wall);
    let added_at = LocalTime::of(wall);
    for spec in specs {
        let id = cx.rows.next_id();
        let paused = paused || spec.needs_link();
        let mut row = Box::new(Row::new(id, spec, paused, now, added_at));
        if paused {
            row.pauses.shown_since = added_at;
        }
        schedule.turns.add(&mut row);
        cx.events.push(Event::Added(id));
        if cx.journal.add(&mut row) {
            // Nothing that becomes of it puts it on the list before that.
            row.listed.is_changed = true;
        } else {
            cx.listing.add(id);
        }
        cx.rows.put(row);
    }
}

pub(super) fn pause(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let row = &mut cx.rows[index];
    let fits = match &mut row.state {
        RowState::Queued { paused: true } | RowState::Ended(_) => false,
        RowState::Queued { paused } => {
            *paused = true;
            true
        }
        // It stays paused, and does not go on when there is a slot.
        RowState::Started(job) if row.slot_use.is_wanted => {
            job.pause();
            true
        }
        RowState::Started(job) => job.pause(),
    };
    row.slot_use.is_wanted &= !fits;
    if fits {
        row.pauses.shown_since = LocalTime::of(web_time::SystemTime::now());
        schedule.turns.leave(row);
        schedule.refresh(cx, index);
    }
    fits
}

pub(super) fn resume(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let row = &mut cx.rows[index];
    let has_room = schedule.has_room_for(row);
    let asked = row.facts.borrow().slot.state() == SlotState::Asked;
    let waits_for_slot = asked || (row.needs_slot() && !has_room);
    let fits = match &mut row.state {
        RowState::Queued { paused: true } if row.spec.needs_link() => false,
        RowState::Queued { paused: true } => {
            row.state = RowState::Queued { paused: false };
            schedule.turns.enter(row);
            true
        }
        RowState::Queued { .. } | RowState::Ended(_) => false,
        RowState::Started(_) if row.slot_use.is_wanted => false,
        RowState::Started(job) if !waits_for_slot || !job.is_paused() => job.resume(),
        RowState::Started(_) => {
            // It gave its slot to another, or has yet to get one.
            row.slot_use.is_wanted = true;
            schedule.turns.enter(row);
            true
        }
    };
    if fits {
        row.pauses.shown_since = None;
        schedule.try_host_now(&row.host, cx.runtime.now());
        schedule.refresh(cx, index);
    }
    fits
}

pub(super) fn cancel(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let now = cx.now();
    let row = &mut cx.rows[index];
    let fits = match &row.state {
        RowState::Ended(_) => false,
        RowState::Queued { .. } => {
            end_unbegun(row, Outcome::Cancelled, now);
            cx.events.push(Event::Ended(row.id));
            true
        }
        RowState::Started(job) => job.cancel(),
    };
    if fits {
        schedule.turns.leave(row);
        schedule.refresh(cx, index);
    }
    fits
}

/// Cancels a row because the process ends: what a user cancelled before stays that.
pub(super) fn interrupt(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let before = std::mem::replace(&mut cx.rows[index].is_interrupted, true);
    let fits = cancel(schedule, cx, index);
    cx.rows[index].is_interrupted = before || fits;
    fits
}

pub(super) fn retry(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let now = cx.now();
    let row = &mut cx.rows[index];
    // A file that is complete stays as it is until there is another one.
    let is_complete = row.status(None).can_keep();
    if !row.begin_again(now) {
        return false;
    }
    if is_complete && row.forget_file_name() {
        cx.listing.note_change(row);
        cx.events.push(Event::Renamed(row.id));
    }
    if row.is_kept_paused() {
        row.pauses.shown_since = LocalTime::of(web_time::SystemTime::now());
    } else {
        schedule.turns.enter(row);
        schedule.try_host_now(&row.host, now);
    }
    schedule.refresh(cx, index);
    true
}

/// Ends the waits of a row.
pub(super) fn skip(schedule: &mut Schedule, cx: &mut Context<'_>, index: usize) -> bool {
    let row = &cx.rows[index];
    if row.is_queued() && !row.is_kept_paused() {
        let host = Arc::clone(&row.host);
        return schedule.try_host_now(&host, cx.now());
    }
    row.job().is_some_and(|job| job.skip())
}

/// Keeps the file of a row in spite of a doubt, or takes that back.
pub(super) fn keep(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    index: usize,
    is_kept: bool,
) -> bool {
    let fits = cx.rows[index].keep(is_kept);
    if fits {
        cx.journal.note(&mut cx.rows[index]);
        schedule.refresh(cx, index);
    }
    fits
}

/// Moves rows among those that wait for their turn, or that are paused. Returns how many of them
/// could be moved.
pub(super) fn move_rows(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    ids: &[RowId],
    to: MoveTo,
) -> usize {
    let is_hidden = |row: &Row| cx.listing.leaves_out(row);
    let (count, changed) = schedule.turns.move_rows(cx.rows, is_hidden, ids, to);
    if count > 0 {
        let now = cx.now();
        for index in &changed {
            cx.journal.note(&mut cx.rows[*index]);
        }
        cx.listing.show_moved(cx.rows, changed.into_iter(), now);
    }
    count
}

/// Takes a row off the list. If it has not ended, it is paused until this cannot be taken back any
/// more.
pub(super) fn remove(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    index: usize,
) -> Option<RemovedRow> {
    // What its user or a full disk paused is to come back paused.
    let goes_on = !cx.rows[index].is_kept_paused() && pause(schedule, cx, index);
    // Also of what cannot be paused, since it is ending.
    let now = cx.now();
    schedule.remove(&mut cx.rows[index], now);
    let hidden = Change::Hidden(cx.rows[index].id);
    cx.journal
        .leave(&mut cx.rows[index], hidden, cx.wall_clock, now);
    let id = cx.rows[index].id;
    let row = cx.rows.take(id)?;
    cx.listing.remove(id);
    let had_ended = row.ended().is_some();
    Some(RemovedRow {
        row,
        goes_on,
        had_ended,
    })
}

/// Puts a row back into the list, as it was.
pub(super) fn restore(schedule: &mut Schedule, cx: &mut Context<'_>, removed: RemovedRow) {
    let RemovedRow {
        mut row, goes_on, ..
    } = removed;
    let id = row.id;
    row.listed.is_changed = false;
    cx.journal.push(Change::Shown(id));
    cx.listing.add(id);
    cx.rows.put(row);
    let Some(index) = cx.rows.find(id) else {
        return;
    };
    // What ended meanwhile shows it.
    if matches!(cx.rows[index].state, RowState::Started(_)) {
        schedule.refresh(cx, index);
    }
    if goes_on {
        resume(schedule, cx, index);
    }
}

/// A row that was removed does not come back. What had ended is in the history from now on.
pub(super) fn forget_removed(schedule: &mut Schedule, cx: &mut Context<'_>, removed: &RemovedRow) {
    schedule.turns.forget(&removed.row);
    let id = removed.row.id;
    cx.journal.push(if removed.had_ended {
        Change::Dismissed(id)
    } else {
        Change::Removed(id)
    });
    if let Some(job) = removed.row.job() {
        cx.rows.release_job(job.id());
        job.cancel();
    }
}

/// Takes a row that has ended off the list, without a way back.
pub(super) fn forget_ended(schedule: &mut Schedule, cx: &mut Context<'_>, id: RowId) -> bool {
    let ended = cx.rows.get(id).and_then(Row::ended);
    if ended.is_none() {
        return false;
    }
    let now = cx.now();
    if let Some(mut row) = cx.rows.take(id) {
        schedule.turns.forget(&row);
        cx.journal
            .leave(&mut row, Change::Retired(id), cx.wall_clock, now);
        cx.listing.remove(id);
    }
    true
}
