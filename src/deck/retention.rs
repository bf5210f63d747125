//! How many ended rows stay in the list.

use crate::deck::limits::ROWS_DONE_PER_TICK;
use crate::options::HISTORY_ROWS;
use crate::status::{Chip, RowId};

use super::context::Context;
use super::schedule::Schedule;
use super::verbs;

/// Takes the oldest ended rows off the list beyond `rows`, a tick's part of them, and returns how
/// many. Those that failed go last.
pub(super) fn trim(schedule: &mut Schedule, cx: &mut Context<'_>, rows: u32) -> usize {
    let ended: usize = [Chip::Done, Chip::Cancelled, Chip::Failed, Chip::Check]
        .iter()
        .map(|chip| cx.rows.counts().of(*chip))
        .sum();
    let surplus = ended.saturating_sub(HISTORY_ROWS.clamp(rows) as usize);
    if surplus > ROWS_DONE_PER_TICK {
        // The rest when this is called again.
        cx.runtime.request_tick();
    }
    let surplus = surplus.min(ROWS_DONE_PER_TICK);
    if surplus == 0 {
        return 0;
    }
    let of_kind = |failed: bool| {
        let rows = cx.rows.list().iter();
        rows.filter(move |row| row.ended().is_some() && (row.listed.chip == Chip::Failed) == failed)
            .map(|row| row.id)
    };
    let oldest: Vec<RowId> = of_kind(false).chain(of_kind(true)).take(surplus).collect();
    let removed = oldest
        .into_iter()
        .filter(|id| verbs::forget_ended(schedule, cx, *id));
    removed.count()
}
