//! The table of rows, on `egui_table`: only what is visible is asked for, laid out and painted.

use std::collections::BTreeMap;
use std::ops::Range;

use egui::{
    Align2, Color32, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};
use egui_table::{
    CellInfo, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate, TableState,
};

use super::Selection;
use super::table_cells::{self, CellContext};
use crate::command::{Command, Intent};
use crate::status::{RowId, RowSource, RowView};
use crate::theme::{self, Tokens};
use crate::widgets::{self, CheckState, OneLine};

/// What the table keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct JobsTableState {
    /// The selected rows.
    pub selection: Selection,
    /// Widths a user gave to columns, in points.
    widths: BTreeMap<Column, f32>,
    /// The row to bring into view when the table is next shown.
    scroll_to: Option<usize>,
}

/// The columns, in the order they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Column {
    Check,
    Job,
    State,
    Progress,
    Received,
    Rate,
    Eta,
    Slept,
    Actions,
}

impl Column {
    const ALL: [Self; 9] = [
        Self::Check,
        Self::Job,
        Self::State,
        Self::Progress,
        Self::Received,
        Self::Rate,
        Self::Eta,
        Self::Slept,
        Self::Actions,
    ];

    /// What each gets of the room that is left over.
    const SHARES: [(Self, f32); 3] = [(Self::Job, 0.6), (Self::State, 0.2), (Self::Progress, 0.2)];

    fn title(self) -> &'static str {
        match self {
            Self::Check | Self::Actions => "",
            Self::Job => "Job",
            Self::State => "State",
            Self::Progress => "Progress",
            Self::Received => "Received / total",
            Self::Rate => "Rate",
            Self::Eta => "ETA",
            Self::Slept => "Slept",
        }
    }

    /// Its width in points where there is room for everything; what is left over goes to the job, its state and its
    /// progress.
    fn width(self) -> f32 {
        match self {
            Self::Check => 38.0,
            Self::Job => 200.0,
            Self::State => 168.0,
            Self::Progress => 126.0,
            Self::Received => 126.0,
            Self::Rate => 80.0,
            Self::Eta => 60.0,
            Self::Slept => 84.0,
            Self::Actions => 72.0,
        }
    }

    /// The width of the table from which it is shown; what it says then stands in the tooltip of Received, or, without
    /// that, in the column Progress.
    fn shown_from_width(self) -> f32 {
        match self {
            Self::Slept => 930.0,
            Self::Eta => 860.0,
            Self::Rate => 810.0,
            Self::Received => 600.0,
            Self::Progress => 420.0,
            _ => 0.0,
        }
    }

    fn can_resize(self) -> bool {
        !matches!(self, Self::Check | Self::Actions)
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Received | Self::Rate | Self::Eta | Self::Slept)
    }

    fn id(self) -> Id {
        Id::unique(("jobs table column", self))
    }
}

/// The columns that are shown, and how wide they are in a table of this width.
fn column_widths(table_width: f32, chosen: &BTreeMap<Column, f32>) -> Vec<(Column, f32)> {
    let shown = Column::ALL
        .into_iter()
        .filter(|column| table_width >= column.shown_from_width());
    let mut widths: Vec<_> = shown
        .map(|column| {
            (
                column,
                chosen
                    .get(&column)
                    .copied()
                    .unwrap_or_else(|| column.width()),
            )
        })
        .collect();
    let spare = table_width - widths.iter().map(|(_, width)| width).sum::<f32>();
    let takes_spare = |column: Column| {
        let share = Column::SHARES
            .iter()
            .find(|(other, _)| *other == column)
            .map(|(_, share)| *share);
        share.filter(|_| !chosen.contains_key(&column))
    };
    let all_shares: f32 = widths
        .iter()
        .filter_map(|(column, _)| takes_spare(*column))
        .sum();
    for (column, width) in &mut widths {
        if let Some(share) = takes_spare(*column) {
            let least = column.width() * 0.6;
            *width = (*width + spare * share / all_shares).max(least).floor();
        }
    }
    // What rounding left over, so that the rows reach the edge.
    let left_over = table_width - widths.iter().map(|(_, width)| width).sum::<f32>();
    if let Some((_, width)) = widths.iter_mut().find(|(column, _)| {
        *column == Column::Job && left_over > 0.0 && !chosen.contains_key(column)
    }) {
        *width += left_over;
    }
    widths
}

/// The table. `beat` counts up ten times a second, for bars of unknown length.
pub fn jobs_table_ui(
    ui: &mut Ui,
    source: &dyn RowSource,
    state: &mut JobsTableState,
    beat: u64,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    move_cursor(ui, source, state);

    let room = ui.available_rect_before_wrap();
    let columns = column_widths(room.width(), &state.widths);
    let header = Rect::from_min_size(room.min, vec2(room.width(), theme::HEADER_HEIGHT));
    ui.painter().rect_filled(header, 0.0, tokens.panel);
    ui.painter().hline(
        room.x_range(),
        header.bottom() - 0.5,
        Stroke::new(theme::HAIRLINE, tokens.line),
    );

    let mut table = Table::new()
        .id_salt("jobs table")
        .num_rows(source.len() as u64)
        .headers([HeaderRow::new(theme::HEADER_HEIGHT)])
        .columns(
            columns
                .iter()
                .map(|(column, width)| {
                    egui_table::Column::new(*width)
                        .id(column.id())
                        .range(egui::Rangef::new(
                            if column.can_resize() { 40.0 } else { *width },
                            f32::INFINITY,
                        ))
                        .resizable(column.can_resize())
                })
                .collect::<Vec<_>>(),
        );
    if let Some(index) = state.scroll_to.take() {
        table = table.scroll_to_row(index as u64, None);
    }

    let mut delegate = Delegate {
        source,
        state,
        columns: &columns,
        beat,
        intents,
        rows: Vec::new(),
        first: 0,
        tokens,
    };
    let after = ui.scope(|ui| {
        // Its lines between columns, which it paints where one can take hold of them.
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.noninteractive.bg_stroke = Stroke::NONE;
        widgets.hovered.bg_stroke = Stroke::new(theme::HAIRLINE, tokens.faint);
        widgets.active.bg_stroke = Stroke::new(theme::HAIRLINE, tokens.accent);
        // The widths are ours: without a stored state the table would measure all cells once, invisibly, and with one
        // it would keep widths from before the window changed.
        let id = table.get_id(ui);
        let col_widths = columns
            .iter()
            .map(|(column, width)| (column.id(), *width))
            .collect();
        TableState {
            col_widths,
            parent_width: Some(room.width()),
        }
        .store(ui.ctx(), id);
        table.show(ui, &mut delegate);
        let after = TableState::load(ui.ctx(), id).map(|state| state.col_widths);
        let was_double_clicked = columns.iter().any(|(column, _)| {
            let handle = id.with(column.id()).with("resize");
            ui.read_response(handle)
                .is_some_and(|response| response.double_clicked())
        });
        (after.unwrap_or_default(), was_double_clicked)
    });

    let (after, was_double_clicked) = after.inner;
    if was_double_clicked {
        // Back to the widths that fit the window.
        state.widths.clear();
        return;
    }
    let drawn = columns.iter().position(|(column, width)| {
        after
            .get(&column.id())
            .is_some_and(|after| (after - width).abs() > 0.5)
    });
    let Some(drawn) = drawn else { return };
    // Those before it keep their widths too: the edge stays under the pointer.
    for (column, width) in &columns[..drawn] {
        if Column::SHARES.iter().any(|(shares, _)| shares == column) {
            state.widths.insert(*column, *width);
        }
    }
    let (column, width) = columns[drawn];
    state
        .widths
        .insert(column, after.get(&column.id()).copied().unwrap_or(width));
}

/// Moves from row to row with the keys, unless something else has the keyboard.
fn move_cursor(ui: &Ui, source: &dyn RowSource, state: &mut JobsTableState) {
    let is_busy =
        ui.memory(|memory| memory.focused().is_some() || memory.top_modal_layer().is_some());
    if source.is_empty() || is_busy {
        return;
    }
    let last = source.len() - 1;
    let page =
        ((ui.available_height() - theme::HEADER_HEIGHT) / theme::ROW_HEIGHT).max(1.0) as usize;
    let cursor = state.selection.cursor(source);
    let from = |fallback: usize| cursor.unwrap_or(fallback);
    let next = cursor.map_or(0, |index| (index + 1).min(last));
    let previous = from(1).saturating_sub(1);
    let moves = [
        (Key::ArrowDown, next),
        (Key::J, next),
        (Key::ArrowUp, previous),
        (Key::K, previous),
        (Key::PageDown, from(0).saturating_add(page).min(last)),
        (Key::PageUp, from(0).saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    for (key, target) in moves {
        let extends = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, key));
        if !extends && !ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            continue;
        }
        if extends {
            state.selection.extend_to(source, target);
        } else {
            state.selection.select(source, target);
        }
        state.scroll_to = Some(target);
        return;
    }
}

struct Delegate<'a> {
    source: &'a dyn RowSource,
    state: &'a mut JobsTableState,
    columns: &'a [(Column, f32)],
    beat: u64,
    intents: &'a mut Vec<Intent>,
    /// The visible rows, fetched once a frame, and the place of the first of them.
    rows: Vec<RowView>,
    first: usize,
    tokens: &'static Tokens,
}

impl Delegate<'_> {
    /// A visible row; borrows nothing else, so that the rest can be changed meanwhile.
    fn row(rows: &[RowView], first: usize, row_nr: u64) -> Option<&RowView> {
        rows.get(usize::try_from(row_nr).ok()?.checked_sub(first)?)
    }

    fn select(&mut self, index: usize, modifiers: Modifiers, adds: bool) {
        let selection = &mut self.state.selection;
        if modifiers.shift {
            selection.extend_to(self.source, index);
        } else if modifiers.command || adds {
            selection.toggle(self.source, index);
        } else {
            selection.select(self.source, index);
        }
    }

    fn name_row(&self, response: &Response, row: &RowView, is_selected: bool) {
        response.widget_info(|| {
            WidgetInfo::selected(Role::Row, true, is_selected, table_cells::spoken(row))
        });
    }
}

impl TableDelegate for Delegate<'_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        let Range { start, end } = info.visible_rows;
        self.first = usize::try_from(start).unwrap_or(0);
        let end = usize::try_from(end).unwrap_or(0);
        self.rows.clear();
        self.rows
            .extend((self.first..end).filter_map(|index| self.source.row(index)));
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let Some(&(column, _)) = self.columns.get(cell.col_range.start) else {
            return;
        };
        let rect = ui.max_rect();
        if column == Column::Check {
            let square =
                Rect::from_center_size(pos2(rect.left() + 17.0, rect.center().y), vec2(20.0, 20.0));
            let id = Id::unique("select all rows");
            let state = self.state.selection.check_state(self.source);
            if widgets::checkbox_at(ui, square, id, state, "Select all").clicked() {
                if state == CheckState::On {
                    self.state.selection.clear();
                } else {
                    self.state.selection.select_all(self.source);
                }
            }
            return;
        }
        if !column.title().is_empty() {
            let header = ui.interact(
                rect,
                Id::unique(("jobs table header", column)),
                Sense::hover(),
            );
            header.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, column.title()));
        }
        let font = theme::regular(theme::TEXT_SMALL);
        let title = OneLine::new(ui, column.title(), font, self.tokens.muted, rect.width());
        if column.is_number() {
            title.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
        } else {
            title.paint(ui, Align2::LEFT_CENTER, rect.left_center());
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row_nr: u64) {
        if !ui.clip_rect().is_positive() {
            // The table also asks for the rows of its sticky columns, of which there are none.
            return;
        }
        let (Some(row), Ok(index)) = (
            Self::row(&self.rows, self.first, row_nr).cloned(),
            usize::try_from(row_nr),
        ) else {
            return;
        };
        let rect = ui.max_rect();
        let is_selected = self.state.selection.contains(row.id);
        let response = ui.interact(rect, row_id(row.id, "row"), Sense::click());
        self.name_row(&response, &row, is_selected);
        if response.double_clicked() {
            self.intents.push(Intent::Run(Command::Inspector));
        } else if response.clicked() {
            // With the keyboard, the row that has the focus is ticked or not; the pointer selects it alone.
            let adds = !response.contains_pointer();
            let modifiers = ui.input(|input| input.modifiers);
            self.select(index, modifiers, adds);
        }

        let fill = match (is_selected, ui.rect_contains_pointer(rect)) {
            (true, _) => self.tokens.selection,
            (false, true) => self.tokens.hover,
            (false, false) => Color32::TRANSPARENT,
        };
        let painter = ui.painter();
        painter.rect_filled(rect, 0.0, fill);
        painter.hline(
            rect.x_range(),
            rect.bottom() - 0.5,
            Stroke::new(theme::HAIRLINE, self.tokens.line),
        );
        if response.has_focus() {
            let stroke = Stroke::new(theme::ICON_STROKE, self.tokens.accent);
            painter.rect_stroke(
                rect.shrink(1.0),
                f32::from(theme::RADIUS_SMALL),
                stroke,
                egui::StrokeKind::Inside,
            );
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(&(column, _)) = self.columns.get(cell.col_nr) else {
            return;
        };
        let (Some(row), Ok(index)) = (
            Self::row(&self.rows, self.first, cell.row_nr),
            usize::try_from(cell.row_nr),
        ) else {
            return;
        };
        let rect = ui.max_rect();
        if column == Column::Check {
            let square =
                Rect::from_center_size(pos2(rect.left() + 17.0, rect.center().y), vec2(28.0, 28.0));
            let state = CheckState::from(self.state.selection.contains(row.id));
            let name = format!("Select {}", row.name);
            if widgets::checkbox_at(ui, square, row_id(row.id, "select"), state, &name).clicked() {
                let modifiers = ui.input(|input| input.modifiers);
                self.select(index, modifiers, true);
            }
            return;
        }
        // The text of a failure runs on over the columns after it.
        let after = |column: Column| {
            self.columns
                .iter()
                .find(|(other, _)| *other == column)
                .map_or(0.0, |&(_, width)| width)
        };
        let right = self.columns.last().map_or(0.0, |&(_, width)| width);
        let context = CellContext {
            tokens: self.tokens,
            beat: self.beat,
            progress_width: after(Column::Progress),
            has_rate: after(Column::Rate) > 0.0,
            has_eta: after(Column::Eta) > 0.0,
            has_slept: after(Column::Slept) > 0.0,
            has_received: after(Column::Received) > 0.0,
            actions_width: right,
            offers_retry: self.source.offers_retry(),
            is_lit: self.state.selection.contains(row.id)
                || ui.rect_contains_pointer(row_rect(ui, rect)),
        };
        match column {
            Column::Check => {}
            Column::Job => table_cells::job_ui(ui, rect, row, &context),
            Column::State => table_cells::state_ui(ui, rect, row, &context),
            Column::Progress => table_cells::progress_ui(ui, rect, row, &context),
            Column::Received => table_cells::received_ui(ui, rect, row, &context),
            Column::Rate => table_cells::rate_ui(ui, rect, row, &context),
            Column::Eta => table_cells::eta_ui(ui, rect, row, &context),
            Column::Slept => table_cells::slept_ui(ui, rect, row, &context),
            Column::Actions => table_cells::actions_ui(ui, rect, row, &context, self.intents),
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::ROW_HEIGHT
    }
}

/// The whole row that a cell lies in, as far as it can be seen.
fn row_rect(ui: &Ui, cell: Rect) -> Rect {
    Rect::from_x_y_ranges(ui.clip_rect().x_range(), cell.y_range())
}

/// The identity of a widget in a row: follows the row, not its place, so that neither focus nor a half-finished click
/// ends up on another job when the order changes.
pub(super) fn row_id(id: RowId, part: &str) -> Id {
    Id::unique(("jobs table", part, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_table_and_give_way_in_order() {
        let shown = |width: f32| {
            let widths = column_widths(width, &BTreeMap::new());
            let sum: f32 = widths.iter().map(|(_, width)| width).sum();
            assert!((sum - width).abs() < 0.01, "{width}: {sum}");
            widths.iter().map(|(column, _)| *column).collect::<Vec<_>>()
        };
        assert_eq!(shown(1280.0).len(), 9);
        assert_eq!(shown(940.0).len(), 9);
        assert!(!shown(900.0).contains(&Column::Slept) && shown(900.0).contains(&Column::Eta));
        assert!(!shown(850.0).contains(&Column::Eta) && shown(850.0).contains(&Column::Rate));
        let narrow = shown(800.0);
        assert!(!narrow.contains(&Column::Rate) && narrow.contains(&Column::Received));
        assert!(
            !shown(500.0).contains(&Column::Received) && shown(500.0).contains(&Column::Progress)
        );
    }

    #[test]
    fn a_chosen_width_stays() {
        let chosen = BTreeMap::from([(Column::State, 300.0)]);
        for width in [940.0, 1280.0] {
            let widths = column_widths(width, &chosen);
            assert!(widths.contains(&(Column::State, 300.0)));
        }
    }
}
