//! Where the columns stand in a table of a certain width.

use egui::Rangef;

use super::columns::{
    ACTIONS_WIDTH, ALL_FROM_WIDTH, CHECK_WIDTH, share, shown_from_width, usual_width,
};
use super::table_layout::{ColumnLayout, TableLayout};
use crate::status::Column;

/// The greatest width of a title with its sort icon, in points.
const MAX_TITLE_WIDTH: f32 = 90.0;
/// The gap between a column of numbers, aligned right, and one of text, aligned left, in points.
const INSET: f32 = 16.0;

/// A column in a table of a certain width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) column: Column,
    /// From the left edge of the rows.
    pub(super) left: f32,
    pub(super) width: f32,
    /// The margin at the left of its cells.
    pub(super) inset: f32,
}

impl Placed {
    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }
}

/// Where the columns stand in a table of a certain width.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placement {
    pub(super) columns: Vec<Placed>,
    /// Where the columns of the application are: behind all others.
    pub(super) own: Vec<Rangef>,
    /// Chosen columns without room.
    pub(super) without_room: Vec<Column>,
    /// Where the buttons of a row begin.
    pub(super) actions_left: f32,
    /// The width of a row: more than that of the table when columns were made wide.
    pub(super) width: f32,
}

impl Placement {
    /// Which of the chosen columns a table of this width shows, and where. `own` are the widths of
    /// the columns that the application adds; in a font that is wider by `factor` the others are
    /// as much wider.
    pub(super) fn new(
        layout: &TableLayout,
        is_offered: impl Fn(Column) -> bool,
        own: &[f32],
        factor: f32,
        table_width: f32,
    ) -> Self {
        let usual_width = |column| usual_width(column) * factor;
        let for_others = table_width - own.iter().sum::<f32>();
        let (shown, without_room) = with_room(layout, is_offered, for_others / factor);
        let mut widths: Vec<(Column, f32, bool)> = shown
            .iter()
            .map(|layout| {
                let width = layout.width.unwrap_or_else(|| usual_width(layout.column));
                (layout.column, width, layout.width.is_some())
            })
            .collect();
        let frame = CHECK_WIDTH + ACTIONS_WIDTH;
        let sum = |widths: &[(Column, f32, bool)]| -> f32 {
            widths.iter().map(|(_, width, _)| width).sum()
        };
        let spare = for_others - frame - sum(&widths);
        let share = |column: Column, is_chosen: bool| share(column).filter(|_| !is_chosen);
        let all_shares: f32 = widths
            .iter()
            .filter_map(|&(column, _, is_chosen)| share(column, is_chosen))
            .sum();
        for (column, width, is_chosen) in &mut widths {
            if let Some(share) = share(*column, *is_chosen) {
                let least = usual_width(*column) * 0.6;
                *width = (*width + spare * share / all_shares).max(least).floor();
            }
        }
        // The remainder of rounding, so that the rows reach the edge.
        let left_over = for_others - frame - sum(&widths);
        if let Some((_, width, _)) = widths
            .iter_mut()
            .find(|&&mut (column, _, is_chosen)| column == Column::Job && !is_chosen)
        {
            *width += left_over.max(0.0);
        }
        let mut left = CHECK_WIDTH;
        let mut after_number = false;
        let columns = widths
            .into_iter()
            .map(|(column, width, _)| {
                let is_number = column.is_number();
                let inset = if after_number && !is_number {
                    INSET
                } else {
                    0.0
                };
                let placed = Placed {
                    column,
                    left,
                    width,
                    inset,
                };
                left += width;
                after_number = is_number;
                placed
            })
            .collect();
        let own = own.iter().map(|width| {
            let inset = if after_number { INSET } else { 0.0 };
            let columns = Rangef::new(left + inset, left + width.max(inset));
            left += width;
            after_number = false;
            columns
        });
        let own = own.collect();
        let actions_left = left.max(table_width - ACTIONS_WIDTH);
        Self {
            columns,
            own,
            without_room,
            actions_left,
            width: actions_left + ACTIONS_WIDTH,
        }
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.iter().any(|placed| placed.column == column)
    }

    /// The gaps in the header beside the titles, from left to right in a table of this width: after
    /// the last title, and in columns that are much wider than their titles.
    pub(super) fn free_in_header(&self, table_width: f32) -> Vec<Rangef> {
        let title_end = |placed: &Placed| {
            let is_at_left = !placed.column.is_number();
            let width = if is_at_left {
                MAX_TITLE_WIDTH
            } else {
                placed.width
            };
            placed.left + width.min(placed.width)
        };
        let within = self.columns.iter();
        let mut free: Vec<_> = within
            .map(|placed| Rangef::new(title_end(placed), placed.right()))
            .collect();
        let last_own = self.own.last().map(|columns| columns.max);
        let last = last_own.or(self.columns.last().map(title_end));
        let last = last.unwrap_or_default();
        free.push(Rangef::new(last, table_width));
        free
    }
}

/// The columns with room, and those without. Columns that are not default are left out first, the
/// last chosen first of all; then the least important.
fn with_room(
    layout: &TableLayout,
    is_offered: impl Fn(Column) -> bool,
    table_width: f32,
) -> (Vec<ColumnLayout>, Vec<Column>) {
    let is_shown = |chosen: &ColumnLayout| chosen.is_shown && is_offered(chosen.column);
    let mut room = table_width;
    let mut optional = Vec::new();
    for chosen in layout.columns() {
        match (chosen.column.is_default(), is_shown(chosen)) {
            (true, false) => room += usual_width(chosen.column),
            (false, true) => {
                room -= usual_width(chosen.column);
                optional.push(chosen);
            }
            _ => {}
        }
    }
    optional.sort_by_key(|chosen| chosen.chosen_at);
    let mut without_room = Vec::new();
    while room < ALL_FROM_WIDTH
        && let Some(last) = optional.pop()
    {
        room += usual_width(last.column);
        without_room.push(last.column);
    }
    let mut shown = Vec::new();
    for chosen in layout.columns().iter().filter(|chosen| is_shown(chosen)) {
        if without_room.contains(&chosen.column) {
            continue;
        }
        if room < shown_from_width(chosen.column) {
            without_room.push(chosen.column);
        } else {
            shown.push(*chosen);
        }
    }
    (shown, without_room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(layout: &TableLayout, width: f32) -> Placement {
        Placement::new(layout, |_| true, &[], 1.0, width)
    }

    fn shown(layout: &TableLayout, width: f32) -> Vec<Column> {
        let placement = placement(layout, width);
        placement.columns.iter().map(|it| it.column).collect()
    }

    #[test]
    fn columns_fill_the_table_and_give_way_in_order() {
        let layout = TableLayout::default();
        let shown = |width: f32| {
            let placement = placement(&layout, width);
            assert!((placement.width - width).abs() < 0.01, "{placement:?}");
            let last = placement.columns.last().map_or(0.0, Placed::right);
            assert!(
                (last - placement.actions_left).abs() < 0.01,
                "{placement:?}"
            );
            shown(&layout, width)
        };
        assert_eq!(shown(1280.0).len(), 7);
        assert_eq!(shown(940.0).len(), 7);
        assert!(!shown(900.0).contains(&Column::Slept) && shown(900.0).contains(&Column::Eta));
        assert!(!shown(850.0).contains(&Column::Eta) && shown(850.0).contains(&Column::Rate));
        let narrow = shown(800.0);
        assert!(!narrow.contains(&Column::Rate) && narrow.contains(&Column::Received));
        assert!(
            !shown(500.0).contains(&Column::Received) && shown(500.0).contains(&Column::Progress)
        );
    }

    #[test]
    fn what_was_chosen_last_goes_first() {
        let mut layout = TableLayout::default();
        layout.show(Column::Polls, true);
        layout.show(Column::Elapsed, true);
        let all = shown(&layout, 1280.0);
        assert!(all.contains(&Column::Polls) && all.contains(&Column::Elapsed));
        assert_eq!(placement(&layout, 1040.0).without_room, [Column::Elapsed]);
        assert!(shown(&layout, 1040.0).contains(&Column::Polls));
        let none_left = placement(&layout, 940.0);
        assert_eq!(none_left.without_room, [Column::Elapsed, Column::Polls]);
        assert_eq!(none_left.columns.len(), 7);
        // Who hides others makes room.
        layout.show(Column::Received, false);
        assert!(shown(&layout, 940.0).contains(&Column::Polls));
    }

    #[test]
    fn a_chosen_width_stays() {
        let mut layout = TableLayout::default();
        layout.set_width(Column::State, 300.0);
        for width in [940.0, 1280.0] {
            let placement = placement(&layout, width);
            let state = placement
                .columns
                .iter()
                .find(|it| it.column == Column::State);
            assert_eq!(state.unwrap().width, 300.0);
        }
        // Wider than the table: the rest is reached by scrolling.
        layout.set_width(Column::Job, 1500.0);
        assert!(placement(&layout, 940.0).width > 1500.0);
        layout.clear_widths();
        assert_eq!(layout, TableLayout::default());
    }

    #[test]
    fn columns_are_moved_among_those_that_are_shown() {
        let mut layout = TableLayout::default();
        layout.move_before(Column::Rate, Some(Column::State));
        assert_eq!(
            shown(&layout, 1280.0)[..3],
            [Column::Job, Column::Rate, Column::State]
        );
        layout.move_before(Column::Job, None);
        assert_eq!(shown(&layout, 1280.0).last(), Some(&Column::Job));
        layout.move_before(Column::Job, Some(Column::Job));
        layout.move_to(Column::Job, 0);
        layout.move_to(Column::Rate, 4);
        assert_eq!(layout, TableLayout::default());
        layout.show(Column::Job, false);
        assert!(
            layout.is_shown(Column::Job),
            "a table without names is none"
        );
    }

    #[test]
    fn texts_keep_their_distance_from_numbers() {
        let mut layout = TableLayout::default();
        layout.show(Column::Host, true);
        let placement = placement(&layout, 1280.0);
        let host = placement.columns.last().unwrap();
        assert_eq!((host.column, host.inset), (Column::Host, INSET));
        assert!(placement.columns[..7].iter().all(|it| it.inset == 0.0));
    }

    #[test]
    fn a_wide_font_has_wide_columns_and_fewer_of_them() {
        let layout = TableLayout::default();
        let wide = |width| Placement::new(&layout, |_| true, &[], 1.25, width);
        assert_eq!(wide(1280.0).columns.len(), 7);
        assert!(!wide(1000.0).has(Column::Slept));
        assert_eq!(shown(&layout, 1000.0).len(), 7);
        let slept = wide(1280.0).columns[6];
        assert_eq!((slept.column, slept.width), (Column::Slept, 105.0));
    }

    #[test]
    fn columns_of_the_application_take_their_room_from_the_others() {
        let layout = TableLayout::showing(&[Column::State, Column::Rate, Column::Polls]);
        let is_offered = |column| column != Column::Polls;
        let placement = Placement::new(&layout, is_offered, &[120.0, 60.0], 1.0, 900.0);
        let shown: Vec<_> = placement.columns.iter().map(|it| it.column).collect();
        assert_eq!(shown, [Column::Job, Column::State, Column::Rate]);
        assert!((placement.width - 900.0).abs() < 0.01, "{placement:?}");
        let last = placement.columns.last().unwrap().right();
        let first = Rangef::new(last + INSET, last + 120.0);
        assert_eq!(
            placement.own,
            [first, Rangef::new(first.max, first.max + 60.0)]
        );
        assert!((placement.own[1].max - placement.actions_left).abs() < 0.01);
    }
}
