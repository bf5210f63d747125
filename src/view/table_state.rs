//! What the table keeps from frame to frame.

use egui::{Pos2, Ui};

use super::column_chooser::{ChooserState, column_chooser_ui};
use super::intent::Intent;
use super::offered_columns::OfferedColumns;
use super::order_hold::OrderHold;
use super::selection::Selection;
use super::table_header::HeaderState;
use super::table_layout::TableLayout;
use super::table_scroll::TableScroll;
use crate::command::CommandContext;
use crate::status::{Column, RowId, RowSource};

/// What a table keeps from frame to frame. Each table has one of its own.
#[derive(Clone, Debug, Default)]
pub struct JobsTableState {
    /// The selected rows.
    pub selection: Selection,
    /// The user's choice of columns; the caller may save it.
    pub layout: TableLayout,
    /// What the menu of the selected rows offers. Without it rows have no menu.
    #[doc(hidden)]
    pub menu_context: Option<CommandContext>,
    /// The columns that the table's owner named when they were last laid out.
    arranged_for: Option<Box<[Column]>>,
    pub(super) scroll: TableScroll,
    pub(super) header: HeaderState,
    pub(super) chooser: ChooserState,
    /// The row to bring into view when the table is next shown.
    pub(super) wanted: Option<usize>,
    /// The cursor row is marked because keys moved it there.
    pub(super) marks_cursor: bool,
    /// The row of the last click: clicks on two rows are no double click.
    pub(super) last_clicked: Option<RowId>,
    pub(super) is_aimed_at: bool,
    pub(super) hold: OrderHold,
    /// Where the menu of the selected rows is.
    pub(super) menu_at: Pos2,
    /// Where the pointer asked for that menu in this frame.
    pub(super) menu_asked_at: Option<Pos2>,
}

impl JobsTableState {
    /// Opens the popup that chooses the columns, or closes it, when the table is next shown.
    pub fn toggle_column_chooser(&mut self, ctx: &egui::Context) {
        self.chooser.toggle(ctx);
    }

    /// Toggles whether the cursor row is selected.
    pub fn toggle_cursor_row(&mut self, source: &dyn RowSource) {
        let Some(last) = source.len().checked_sub(1) else {
            return;
        };
        let at = self.cursor_place(source).unwrap_or(0).min(last);
        self.selection.toggle(source, at);
        self.marks_cursor = true;
        self.wanted = Some(at);
    }

    /// Brings a row into view when the table is next shown.
    pub fn scroll_to(&mut self, index: usize) {
        self.wanted = Some(index);
    }

    /// Whether the user aims at a row, to click it: the pointer moved over one in the last two
    /// seconds, or one has the focus. The order of the rows should then not change, or the click is
    /// for another row: a source that sorts by numbers which change by themselves keeps its order
    /// for so long, and says so by [`RowSource::order_waits`].
    #[must_use]
    pub fn is_aimed_at(&self) -> bool {
        self.is_aimed_at
    }

    /// Lays out the popup that chooses the columns, if it is open, where there are no rows and so
    /// no table.
    pub(super) fn chooser_ui(
        &mut self,
        ui: &Ui,
        source: &dyn RowSource,
        intents: &mut Vec<Intent>,
    ) {
        self.is_aimed_at = false;
        self.hold = OrderHold::default();
        let offered = OfferedColumns::new(source, self.arranged_for.as_deref());
        let (chooser, layout) = (&mut self.chooser, &mut self.layout);
        column_chooser_ui(ui, chooser, layout, offered, &[], intents);
    }

    /// Shows the columns that the table's owner names, unless the user has chosen others of the
    /// same ones.
    pub(super) fn arrange(&mut self, named: Option<&[Column]>) {
        if self.arranged_for.as_deref() == named {
            return;
        }
        let is_first = self.arranged_for.is_none();
        if !is_first || self.layout == TableLayout::default() {
            self.layout = named.map_or_else(TableLayout::default, TableLayout::showing);
        }
        self.arranged_for = named.map(Into::into);
    }

    /// The place of the cursor row, or its last known place.
    pub(super) fn cursor_place(&self, source: &dyn RowSource) -> Option<usize> {
        let cursor = self.selection.cursor(source);
        cursor.or_else(|| self.selection.cursor_was_at())
    }
}
