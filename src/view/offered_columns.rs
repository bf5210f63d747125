//! Which columns a table offers.

use super::table_layout::TableLayout;
use crate::status::{Column, RowSource};

/// The columns that a table shows or lets the user choose: those that its rows have something for,
/// and of these the ones that its owner named.
#[derive(Clone, Copy)]
pub(super) struct OfferedColumns<'a> {
    source: &'a dyn RowSource,
    named: Option<&'a [Column]>,
}

impl<'a> OfferedColumns<'a> {
    pub(super) fn new(source: &'a dyn RowSource, named: Option<&'a [Column]>) -> Self {
        Self { source, named }
    }

    /// Rows always have their name.
    pub(super) fn contains(&self, column: Column) -> bool {
        let is_named = self.named.is_none_or(|named| named.contains(&column));
        column == Column::Job || is_named && self.source.offers_column(column)
    }

    pub(super) fn title(&self, column: Column) -> &'static str {
        self.source.column_title(column)
    }

    /// What is shown until the user chooses otherwise.
    pub(super) fn layout(&self) -> TableLayout {
        self.named
            .map_or_else(TableLayout::default, TableLayout::showing)
    }
}
