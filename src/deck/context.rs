//! What the schedule and the verbs need besides the rows they are about.

use crate::runtime::{Moment, Runtime};
use crate::status::Chip;

use super::activity::ActivityLog;
use super::events::{Event, EventLog};
use super::journal::Journal;
use super::listing::Listing;
use super::rows::RowStore;
use super::rows::row::RowUpdate;
use super::trends::Trends;
use super::wall_clock::WallClock;

/// The rows, and the parts of a deck that follow what becomes of them.
pub(super) struct Context<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) rows: &'a mut RowStore,
    pub(super) listing: &'a mut Listing,
    pub(super) trends: &'a mut Trends,
    pub(super) activity: &'a mut ActivityLog,
    pub(super) events: &'a mut EventLog,
    pub(super) wall_clock: &'a mut WallClock,
    pub(super) journal: &'a mut Journal,
}

impl Context<'_> {
    pub(super) fn now(&self) -> Moment {
        self.runtime.now()
    }

    /// Passes an update of a row on to all that show or count it.
    pub(super) fn publish(&mut self, index: usize, update: &RowUpdate) {
        self.trends.add_arrived(update.arrived);
        let is_moved = self.rows.note_status(index, &update.status);
        let row = &mut self.rows[index];
        self.listing.note_update(row, is_moved, update.is_renamed);
        // That it runs is stored with its first checkpoint: most rows have ended before that.
        if update.has_ended || (is_moved && row.listed.chip != Chip::Active) {
            self.journal.note(row);
        }
        if update.is_renamed {
            self.events.push(Event::Renamed(row.id));
        }
        if update.has_ended {
            self.trends.note_end(row);
            self.events.push(Event::Ended(row.id));
            self.activity.add_end(row);
            if let Some(job) = update.job {
                self.rows.release_job(job);
            }
            self.rows.keep_preview(index);
        } else {
            self.activity
                .add_wait(row, &update.status, update.paused_itself);
        }
    }
}
