//! The rows that a command reads.

use std::ops::ControlFlow;
use std::path::Path;

use super::outcome::CommandError;
use crate::cli::{RowFilter, RowScope};
use crate::deck::{RecordedRow, Search, StoredState};
use crate::store::{Listed, Order, Query, Reader, StoredRow};

/// Opens the list of a folder; none if there is none, which is said on standard error.
pub(super) fn open(folder: &Path) -> Result<Option<Reader>, CommandError> {
    let reader = Reader::open(folder).map_err(CommandError::Unreadable)?;
    if reader.has_list() {
        return Ok(Some(reader));
    }
    let folder = folder.display().to_string();
    eprintln!(
        "jobdeck: There is no list of jobs in {}.",
        crate::format::escaped(&folder)
    );
    Ok(None)
}

/// Which rows are read.
pub(super) struct Selection<'a> {
    /// None for the list and the history together.
    pub(super) scope: Option<RowScope>,
    pub(super) filter: &'a RowFilter,
}

/// Reads rows, what was added first first, until `take` breaks. Says on standard error how many
/// cannot be read.
pub(super) fn for_each(
    reader: &Reader,
    selection: &Selection<'_>,
    mut take: impl FnMut(StoredRow, &RecordedRow) -> ControlFlow<()>,
) -> Result<(), CommandError> {
    let filter = selection.filter;
    let is_wanted = |state: &StoredState| {
        let fits_scope = selection.scope != Some(RowScope::Ended) || !state.is_unfinished();
        fits_scope && (filter.states.is_empty() || filter.states.contains(state))
    };
    let query = Query {
        states: StoredState::ALL.into_iter().filter(is_wanted).collect(),
        since: filter.since,
        listed: match selection.scope {
            Some(RowScope::Listed) => vec![Listed::Shown],
            _ => vec![Listed::Shown, Listed::History],
        },
        order: Order::OldestFirst,
        // They are masked where a row is shown; without them, its link would seem to be lost.
        with_secrets: true,
        ..Query::default()
    };
    if query.states.is_empty() {
        // `history --state running`: there is none, and an empty query has no condition.
        return Ok(());
    }
    let search = Search::parse(&filter.search);
    let unreadable = reader.rows(&query, |stored| {
        let row = RecordedRow::of(stored.record.clone());
        if row.fits(&search) {
            take(stored, &row)
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if unreadable > 0 {
        let rows = crate::format::count(unreadable, "row", "rows");
        eprintln!("jobdeck: {rows} of the list cannot be read.");
    }
    Ok(())
}
