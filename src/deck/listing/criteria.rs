//! Which rows are shown, and in which order.

use crate::deck::rows::row::{Row, RowState};
use crate::runtime::Moment;
use crate::status::{Column, Filter, Sorting};

use super::entry::ListEntry;
use super::search::{Search, Searched};

/// A filter, with its search read, and a sorting.
#[derive(Default)]
pub(super) struct Criteria {
    filter: Filter,
    search: Search,
    sorting: Sorting,
}

impl Criteria {
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn sorting(&self) -> Sorting {
        self.sorting
    }

    /// False if it is the filter already.
    pub(super) fn set_filter(&mut self, filter: Filter) -> bool {
        if filter == self.filter {
            return false;
        }
        self.search = Search::parse(&filter.search);
        self.filter = filter;
        true
    }

    /// False if it is the sorting already.
    pub(super) fn set_sorting(&mut self, sorting: Sorting) -> bool {
        std::mem::replace(&mut self.sorting, sorting) != sorting
    }

    pub(super) fn has_search(&self) -> bool {
        !self.search.is_empty()
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.sorting.first.is_some()
    }

    pub(super) fn is_sorted_by(&self, which: impl Fn(Column) -> bool) -> bool {
        let keys = [self.sorting.first, self.sorting.second];
        keys.iter().flatten().any(|(key, _)| which(*key))
    }

    /// Whether a row is shown.
    pub(super) fn fits(&self, row: &Row) -> bool {
        self.filter.chip.is_none_or(|chip| chip == row.listed.chip)
            && (self.search.is_empty() || found(row, &self.search))
    }

    /// The place of a row that is shown.
    pub(super) fn entry(&self, row: &Row, now: Moment) -> ListEntry {
        ListEntry::of(row, self.sorting, now)
    }
}

fn found(row: &Row, search: &Search) -> bool {
    let texts = row.name.searched(&row.spec);
    search.fits(&Searched {
        name: &texts.name,
        host: &row.host,
        url: &texts.url,
        error: &|| match &row.state {
            RowState::Ended(ended) => {
                let doubt = || ended.doubt().map(|note| note.text.to_string());
                ended.error().map(ToString::to_string).or_else(doubt)
            }
            _ => {
                let facts = row.facts.borrow();
                facts.last_error.as_ref().map(|error| error.message.clone())
            }
        },
        status: &|| row.status(None),
    })
}
