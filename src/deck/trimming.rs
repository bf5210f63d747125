//! How many ended rows stay in the list.

use super::{Deck, row::RowState};
use crate::{
    deck::limits::ROWS_DONE_PER_TICK,
    options::HISTORY_ROWS,
    status::{Chip, RowId},
};

impl Deck {
    /// Takes the oldest ended rows off the list beyond `rows`, some hundreds at a time, and says how many. Those that are
    /// done or were cancelled go first; one that failed, or has a doubt, only where nothing else is left: it
    /// may still be wanted. None goes while a cancel can still be taken back: it may be one of those.
    pub fn keep_history(&mut self, rows: u32) -> usize {
        if self.can_undo_cancel() {
            return 0;
        }
        let ended: usize = [Chip::Done, Chip::Cancelled, Chip::Failed, Chip::Check]
            .iter()
            .map(|chip| self.counts.of(*chip))
            .sum();
        let surplus = ended.saturating_sub(HISTORY_ROWS.clamp(rows) as usize);
        if surplus > ROWS_DONE_PER_TICK {
            // The rest when this is called again.
            self.runtime.request_tick();
        }
        let surplus = surplus.min(ROWS_DONE_PER_TICK);
        if surplus == 0 {
            return 0;
        }
        let of_kind = |failed: bool| {
            let rows = self.rows.iter();
            rows.filter(move |row| {
                matches!(row.state, RowState::Ended(_)) && (row.chip == Chip::Failed) == failed
            })
            .map(|row| row.id)
        };
        let oldest: Vec<RowId> = of_kind(false).chain(of_kind(true)).take(surplus).collect();
        let removed = self.forget(&oldest);
        self.keep_order();
        self.runtime.flush_wakes();
        removed
    }
}
