//! Rows of an earlier process.

use std::time::Duration;

use crate::format::LocalTime;
use crate::jobs::Resumed;
use crate::runtime::{Moment, Outcome};
use crate::status::RowId;

use super::Deck;
use super::context::Context;
use super::events::Event;
use super::row_record::{HostKind, RowRecord, StoredState};
use super::rows::ended::Ended;
use super::rows::row::{Rank, Row};
use super::schedule::Schedule;

/// What is known of all stored rows before any of them is restored.
#[derive(Clone, Debug, Default)]
pub struct StoredRows {
    /// The largest id that any row ever had.
    pub last_id: u64,
    /// How many rows ever ended.
    pub last_end: u64,
    /// The rows that are to be restored, ascending.
    pub ids: Vec<RowId>,
}

/// What becomes of rows that had not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoingOn {
    /// They go on.
    Resume,
    /// They are paused until they are resumed.
    KeepPaused,
    /// They are shown as interrupted.
    Interrupted,
}

/// Makes room for rows that are restored later, in any order: rows that are added meanwhile come
/// after them.
pub fn expect(deck: &mut Deck, stored: &StoredRows) {
    deck.rows
        .expect(RowId(stored.last_id), stored.last_end, Some(&stored.ids));
    deck.schedule.turns.begin_after(RowId(stored.last_id));
}

/// Restores rows as they were, and lets those go on that had not ended. Moments are those on the
/// user's clock, whatever happened to that meanwhile: a wait goes on from its deadline, but is
/// never longer than it was.
pub fn restore(
    deck: &mut Deck,
    records: impl IntoIterator<Item = RowRecord>,
    going_on: impl Fn(&RowRecord) -> GoingOn,
) {
    let now = deck.runtime.now();
    let system_time = deck.runtime.clock().system_time();
    deck.wall_clock.note(now, system_time);
    let (_, _, schedule, mut cx) = deck.parts();
    for record in records {
        let how = going_on(&record);
        restore_row(schedule, &mut cx, record, how, now);
    }
    deck.settle();
}

/// Puts rows on the list that were added and are stored now.
pub fn list(deck: &mut Deck, rows: &[RowId]) {
    for id in rows {
        // It may have been removed meanwhile.
        if let Some(index) = deck.rows.find(*id) {
            deck.rows[index].listed.is_changed = false;
            deck.listing.add(*id);
        }
    }
    deck.settle();
}

/// Every expected row is restored.
pub fn finish(deck: &mut Deck) {
    deck.rows.expect(RowId(0), 0, None);
}

fn restore_row(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    record: RowRecord,
    how: GoingOn,
    now: Moment,
) {
    let wall_clock = &*cx.wall_clock;
    let on_clock = |stored: Moment| wall_clock.restored(stored, now);
    let id = record.id;
    if cx.rows.find(id).is_some() {
        return;
    }
    let is_left = record.state.is_unfinished() || record.state == StoredState::Interrupted;
    if is_left && record.host == HostKind::Run {
        cx.journal.keep_for_runs(id);
    }
    // What had not ended is another one now, unless it stood still and does so again. What a run
    // goes on with may have other options.
    let stands_still = match record.state {
        StoredState::Waiting => how == GoingOn::Resume && record.job.is_none(),
        StoredState::Paused => {
            how != GoingOn::Interrupted && record.job.is_none() && record.paused_at().is_some()
        }
        _ => false,
    };
    let is_same = stands_still && record.ended.is_none() && record.host == HostKind::Window;
    // One whose file was found complete has ended, although its state does not say so.
    let had_ended = !record.state.is_unfinished() && record.ended.is_some();
    let is_changed = !is_same && !had_ended;
    let added_at = wall_clock_time(record.added());
    let was_paused = record.state == StoredState::Paused;
    let is_paused = was_paused || how == GoingOn::KeepPaused;
    // As long as it is known to be paused.
    let (paused_at, paused_since) = (record.paused_at(), record.paused_since());
    let mut row = Box::new(Row::new(id, record.spec, is_paused, now, added_at));
    row.name.rename(&record.name, &row.spec);
    row.listed.rank = Rank(record.rank);
    row.earlier_files = record.earlier_files;
    row.history = record.history.on_clock(on_clock);
    match record.ended {
        Some(mut ended) => {
            ended.times.move_to_clock(on_clock);
            row.restore_end(ended, record.end_number);
        }
        None if record.state.is_unfinished() && how != GoingOn::Interrupted => {
            match paused_at {
                // Its pause goes on.
                Some(_) if record.job.is_none() => {}
                Some(at) => row.history.begin_again(on_clock(at), true),
                None => row.history.begin_again(now, is_paused),
            }
            row.facts.borrow_mut().resumed = record.job.map(|job| {
                let passed = job.waits_since.map(|since| now.since(on_clock(since)));
                Resumed {
                    wait: job.wait.map(|wait| wait.after(passed.unwrap_or_default())),
                }
            });
            if is_paused {
                let now = || LocalTime::of(web_time::SystemTime::now());
                row.pauses.shown_since = paused_since.or_else(now);
            }
        }
        None => {
            let interrupted = record.state != StoredState::Cancelled;
            let mut ended = Ended::before_it_began(Outcome::Cancelled).interrupted_if(interrupted);
            ended.times.ended_at = Some(now);
            ended.take_part(row.earlier_files.part.take());
            row.restore_end(Box::new(ended), 0);
        }
    }
    schedule.turns.restore(&row);
    cx.events.push(Event::Added(id));
    cx.listing.add(id);
    if is_changed {
        cx.journal.note(&mut row);
    }
    let status = row.status(None);
    cx.rows.put(row);
    // An end without a number is the latest.
    if let Some(index) = cx.rows.find(id) {
        cx.rows.note_status(index, &status);
    }
}

fn wall_clock_time(since_1970: Duration) -> Option<LocalTime> {
    LocalTime::of(web_time::SystemTime::UNIX_EPOCH.checked_add(since_1970)?)
}
