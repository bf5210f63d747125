//! The columns that an application adds to a table.

use std::borrow::Cow;

use egui::{
    Align, Align2, Layout, Pos2, Rangef, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2,
};

use crate::status::RowView;
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

/// The margin at the right of a cell.
const GAP: f32 = 12.0;

/// Lays out the cell of a row.
type CellUi<'a> = Box<dyn FnMut(&mut Ui, &RowView) + 'a>;

/// A column of an application: a title, a width, and what lays out its cells.
pub(super) struct OwnColumn<'a> {
    title: Cow<'a, str>,
    pub(super) width: f32,
    cell_ui: CellUi<'a>,
}

impl<'a> OwnColumn<'a> {
    pub(super) fn new(title: Cow<'a, str>, width: f32, cell_ui: CellUi<'a>) -> Self {
        Self {
            title,
            width,
            cell_ui,
        }
    }

    /// The title, in a header from `top` on whose column is at `columns`.
    pub(super) fn title_ui(&self, ui: &Ui, header: Rect, columns: Rangef, tokens: &Tokens) {
        let cell = Rect::from_x_y_ranges(columns, header.y_range());
        let id = ui.make_persistent_id(("own column", &*self.title));
        let response = ui.interact(cell, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &*self.title));
        let font = theme::regular(theme::TEXT_SMALL);
        let title = OneLine::new(ui, &self.title, font, tokens.muted, cell.width() - GAP);
        title.paint(ui, Align2::LEFT_CENTER, cell.left_center());
        if title.is_cut() {
            response.on_hover_text(&*self.title);
        }
    }

    /// The cell of a row whose upper left corner is here. What it lays out is cut at its edges.
    pub(super) fn cell_ui(&mut self, ui: &mut Ui, corner: Pos2, columns: Rangef, row: &RowView) {
        let rect = Rect::from_min_max(
            pos2(columns.min, corner.y),
            pos2(columns.max - GAP, corner.y + theme::ROW_HEIGHT),
        );
        if !ui.clip_rect().intersects(rect) {
            return;
        }
        let builder = UiBuilder::new()
            .id_salt((row.id, &*self.title))
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center));
        let mut cell = ui.new_child(builder);
        cell.shrink_clip_rect(rect);
        (self.cell_ui)(&mut cell, row);
    }
}
