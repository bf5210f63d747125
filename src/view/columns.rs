//! How wide the columns of the table are, and which need room most.

use crate::status::{Column, Direction};

/// The width of the check boxes, before the first column, in points.
pub(super) const CHECK_WIDTH: f32 = 38.0;
/// The width of a row's buttons, behind the last column, in points.
pub(super) const ACTIONS_WIDTH: f32 = 100.0;
/// From this width of the table on there is room for all default columns, in points.
pub(super) const ALL_FROM_WIDTH: f32 = 930.0;

/// The width of a column in points where there is room for everything.
pub(super) fn usual_width(column: Column) -> f32 {
    match column {
        Column::Job | Column::SavedTo => 200.0,
        Column::State => 168.0,
        Column::Progress | Column::Received => 126.0,
        Column::Rate | Column::Priority => 80.0,
        Column::Eta => 60.0,
        Column::Slept | Column::Elapsed | Column::Attempts => 84.0,
        Column::Added => 140.0,
        Column::Host | Column::Checksum => 150.0,
        Column::HttpStatus => 100.0,
        Column::Polls => 76.0,
        Column::Busy => 92.0,
        Column::LongestPoll => 106.0,
    }
}

/// The share of the room that is left over, of the columns that grow with the window.
pub(super) fn share(column: Column) -> Option<f32> {
    match column {
        Column::Job => Some(0.6),
        Column::State | Column::Progress => Some(0.2),
        _ => None,
    }
}

/// The width of the table from which a default column is shown, in points. In a narrower one its
/// text is in a tooltip.
pub(super) fn shown_from_width(column: Column) -> f32 {
    match column {
        Column::Slept => ALL_FROM_WIDTH,
        Column::Eta => 860.0,
        Column::Rate => 810.0,
        Column::Received => 600.0,
        Column::Progress => 420.0,
        _ => 0.0,
    }
}

/// Whether a column shows what only [`RowSource::extras`](crate::status::RowSource::extras) knows.
pub(super) fn wants_extras(column: Column) -> bool {
    !column.is_default() && column != Column::Host
}

/// The direction of the first click on a column: numbers descending, text ascending.
pub(super) fn first_direction(column: Column) -> Direction {
    if column.is_number() || column == Column::Progress {
        Direction::Descending
    } else {
        Direction::Ascending
    }
}
