//! The entry of each row, by its id: in pages, so that it grows, and is dropped, a little at a
//! time.

use crate::status::RowId;

use super::entry::ListEntry;

/// How many ids share a page.
const PAGE: usize = 256;

/// Entries by id. Ids begin near zero and only grow.
#[derive(Default)]
pub(super) struct Entries {
    pages: Vec<EntryPage>,
    len: usize,
}

#[derive(Default)]
struct EntryPage {
    /// Empty where no id of the page has an entry.
    entries: Box<[Option<ListEntry>]>,
    len: usize,
}

fn at(id: RowId) -> Option<(usize, usize)> {
    let id = usize::try_from(id.0).ok()?;
    Some((id / PAGE, id % PAGE))
}

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, id: RowId) -> Option<&ListEntry> {
        let (page, within) = at(id)?;
        self.pages.get(page)?.entries.get(within)?.as_ref()
    }

    /// Keeps an entry in place of the one of the same row.
    pub(super) fn insert(&mut self, entry: ListEntry) {
        let Some((number, within)) = at(entry.id) else {
            return;
        };
        if self.pages.len() <= number {
            self.pages.resize_with(number + 1, EntryPage::default);
        }
        let page = &mut self.pages[number];
        if page.entries.is_empty() {
            page.entries = vec![None; PAGE].into_boxed_slice();
        }
        if page.entries[within].replace(entry).is_none() {
            page.len += 1;
            self.len += 1;
        }
    }

    pub(super) fn remove(&mut self, id: RowId) -> Option<ListEntry> {
        let (number, within) = at(id)?;
        let page = self.pages.get_mut(number)?;
        let entry = page.entries.get_mut(within)?.take()?;
        page.len -= 1;
        self.len -= 1;
        if page.len == 0 {
            page.entries = Box::default();
        }
        Some(entry)
    }

    /// Drops the last pages, this many at most.
    pub(super) fn drop_pages(&mut self, pages: usize) {
        self.pages.truncate(self.pages.len().saturating_sub(pages));
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.pages.is_empty()
    }
}
