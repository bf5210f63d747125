//! The rows in the order they were added: one of very many is taken out, or put back, without
//! moving all others.

use std::ops::{Index, IndexMut};

use crate::status::RowId;

use super::row::Row;

/// Rows, ascending by id. An index stays the same until [`RowList::tidy`], whatever is added or
/// removed.
#[derive(Default)]
pub(in crate::deck) struct RowList {
    cells: Vec<RowCell>,
    len: usize,
    /// Whether empty cells wait for their rows.
    is_expecting: bool,
}

struct RowCell {
    id: RowId,
    /// None where a row was taken out.
    row: Option<Box<Row>>,
}

/// How many empty cells are always fine.
const EMPTY_AT_LEAST: usize = 1_024;

impl RowList {
    /// The index of a row.
    pub(in crate::deck) fn find(&self, id: RowId) -> Option<usize> {
        let index = self.cell_of(id).ok()?;
        self.cells[index].row.as_ref().map(|_| index)
    }

    fn cell_of(&self, id: RowId) -> Result<usize, usize> {
        self.cells.binary_search_by_key(&id, |cell| cell.id)
    }

    pub(in crate::deck) fn get(&self, id: RowId) -> Option<&Row> {
        self.cells[self.cell_of(id).ok()?].row.as_deref()
    }

    /// Makes empty cells for rows that come later, in any order, and are ascending by id; without
    /// any, no more rows are expected.
    pub(in crate::deck) fn expect(&mut self, ids: Option<&[RowId]>) {
        self.is_expecting = ids.is_some();
        let ids = ids.unwrap_or_default();
        let new = ids.iter().map(|id| RowCell { id: *id, row: None });
        self.cells.extend(new);
        // Already sorted, but for rows that were added before.
        self.cells.sort_by_key(|cell| cell.id);
        self.cells.dedup_by_key(|cell| cell.id);
    }

    /// A row that was not there before.
    pub(in crate::deck) fn put(&mut self, row: Box<Row>) {
        let id = row.id;
        let cell = RowCell { id, row: Some(row) };
        if self.cells.last().is_none_or(|last| last.id < id) {
            self.cells.push(cell);
        } else {
            match self.cell_of(id) {
                Ok(index) => self.cells[index] = cell,
                Err(index) => self.cells.insert(index, cell),
            }
        }
        self.len += 1;
    }

    /// Takes a row out.
    pub(in crate::deck) fn take(&mut self, id: RowId) -> Option<Box<Row>> {
        let index = self.cell_of(id).ok()?;
        let row = self.cells[index].row.take()?;
        self.len -= 1;
        Some(row)
    }

    /// Drops empty cells when they are most of all: rows then have other indices.
    pub(in crate::deck) fn tidy(&mut self) {
        if !self.is_expecting && self.cells.len() > self.len * 2 + EMPTY_AT_LEAST {
            self.cells.retain(|cell| cell.row.is_some());
        }
    }

    /// All rows, oldest first.
    pub(in crate::deck) fn iter(&self) -> Iter<'_> {
        Iter {
            cells: self.cells.iter(),
            left: self.len,
        }
    }

    /// The indices of all rows, oldest first.
    pub(in crate::deck) fn indices(&self) -> Vec<usize> {
        (0..self.cells.len())
            .filter(|index| self.cells[*index].row.is_some())
            .collect()
    }

    /// The rows that came after this one, oldest first; all without one.
    pub(in crate::deck) fn after(&self, id: Option<RowId>) -> impl Iterator<Item = &Row> {
        let start = id.map_or(0, |id| self.cells.partition_point(|cell| cell.id <= id));
        let cells = self.cells[start..].iter();
        cells.filter_map(|cell| cell.row.as_deref())
    }
}

impl Index<usize> for RowList {
    type Output = Row;

    fn index(&self, index: usize) -> &Row {
        match &self.cells[index].row {
            Some(row) => row,
            None => unreachable!("the row at {index} was taken out"),
        }
    }
}

impl IndexMut<usize> for RowList {
    fn index_mut(&mut self, index: usize) -> &mut Row {
        match &mut self.cells[index].row {
            Some(row) => row,
            None => unreachable!("the row at {index} was taken out"),
        }
    }
}

/// Rows, oldest first.
pub(in crate::deck) struct Iter<'a> {
    cells: std::slice::Iter<'a, RowCell>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Row;

    fn next(&mut self) -> Option<&'a Row> {
        let row = self.cells.find_map(|cell| cell.row.as_deref())?;
        self.left -= 1;
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}
