//! The user's choice of columns.

use super::columns::share;
use crate::status::Column;

/// How narrow and how wide a user can make a column, in points.
const WIDTH_BOUNDS: std::ops::RangeInclusive<f32> = 40.0..=2000.0;

/// What was chosen for one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnLayout {
    /// Which one.
    pub column: Column,
    /// Whether it is shown if there is room for it.
    pub is_shown: bool,
    /// The width that the user gave it, in points; `None` while it follows the window.
    pub width: Option<f32>,
    /// Counts up with each column that is chosen: if there is no room for all, the last chosen is
    /// left out first.
    pub chosen_at: u32,
}

/// The user's choice of columns, their order and widths.
#[derive(Clone, Debug, PartialEq)]
pub struct TableLayout {
    columns: Vec<ColumnLayout>,
}

impl Default for TableLayout {
    fn default() -> Self {
        Self::new([])
    }
}

impl TableLayout {
    /// A layout of these columns, in this order. Of a column that is there twice the first counts,
    /// a missing one takes its default place, and widths out of bounds are none: this may come from
    /// another version.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = ColumnLayout>) -> Self {
        let mut kept: Vec<ColumnLayout> = Vec::with_capacity(Column::ALL.len());
        for mut layout in columns {
            if kept.iter().any(|other| other.column == layout.column) {
                continue;
            }
            layout.is_shown |= layout.column == Column::Job;
            layout.width = layout.width.filter(|width| WIDTH_BOUNDS.contains(width));
            kept.push(layout);
        }
        for (place, column) in Column::ALL.into_iter().enumerate() {
            if kept.iter().any(|other| other.column == column) {
                continue;
            }
            let before = place.checked_sub(1).map(|place| Column::ALL[place]);
            let after = kept.iter().position(|other| Some(other.column) == before);
            let missing = ColumnLayout {
                column,
                is_shown: column.is_default(),
                width: None,
                chosen_at: 0,
            };
            kept.insert(after.map_or(0, |place| place + 1), missing);
        }
        Self { columns: kept }
    }

    /// A layout that shows these columns and no others, in this order.
    ///
    /// ```
    /// use jobdeck::view::{Column, TableLayout};
    ///
    /// let layout = TableLayout::showing(&[Column::Job, Column::State, Column::Elapsed]);
    /// assert!(layout.is_shown(Column::Elapsed) && !layout.is_shown(Column::Rate));
    /// ```
    #[must_use]
    pub fn showing(columns: &[Column]) -> Self {
        let shown = (0..).zip(columns).map(|(chosen_at, column)| ColumnLayout {
            column: *column,
            is_shown: true,
            width: None,
            chosen_at,
        });
        let mut layout = Self::new(shown);
        for other in &mut layout.columns {
            other.is_shown = other.column == Column::Job || columns.contains(&other.column);
        }
        layout
    }

    /// Every column, in order, whether it is shown or not.
    #[must_use]
    pub fn columns(&self) -> &[ColumnLayout] {
        &self.columns
    }

    /// Whether a column is shown if there is room for it.
    #[must_use]
    pub fn is_shown(&self, column: Column) -> bool {
        let layout = self.columns.iter().find(|layout| layout.column == column);
        layout.is_some_and(|layout| layout.is_shown)
    }

    /// Shows or hides a column. The job is always shown.
    pub fn show(&mut self, column: Column, is_shown: bool) {
        let chosen = self.columns.iter().map(|layout| layout.chosen_at).max();
        if let Some(layout) = self.of(column)
            && column != Column::Job
        {
            if is_shown && !layout.is_shown {
                layout.chosen_at = chosen.unwrap_or(0).saturating_add(1);
            }
            layout.is_shown = is_shown;
        }
    }

    /// Moves a column before another one, or to the end of those that are shown.
    pub fn move_before(&mut self, column: Column, before: Option<Column>) {
        if before == Some(column) {
            return;
        }
        let Some(from) = self.place_of(column) else {
            return;
        };
        let layout = self.columns.remove(from);
        let to = match before {
            Some(before) => self.place_of(before),
            None => {
                let last_shown = self.columns.iter().rposition(|layout| layout.is_shown);
                last_shown.map(|place| place + 1)
            }
        };
        self.columns.insert(to.unwrap_or(from), layout);
    }

    /// Moves a column to a place among all of them.
    pub fn move_to(&mut self, column: Column, place: usize) {
        if let Some(from) = self.place_of(column) {
            let layout = self.columns.remove(from);
            self.columns.insert(place.min(self.columns.len()), layout);
        }
    }

    /// Gives a column a width, in points.
    pub fn set_width(&mut self, column: Column, width: f32) {
        if let Some(layout) = self.of(column) {
            layout.width = Some(width.clamp(*WIDTH_BOUNDS.start(), *WIDTH_BOUNDS.end()));
        }
    }

    /// Fixes the width of a column that grows with the window.
    pub(super) fn fix_width(&mut self, column: Column, width: f32) {
        if let Some(layout) = self.of(column)
            && share(column).is_some()
            && layout.width.is_none()
        {
            layout.width = Some(width);
        }
    }

    /// Gives all columns the widths that fit the window.
    pub fn clear_widths(&mut self) {
        for layout in &mut self.columns {
            layout.width = None;
        }
    }

    fn of(&mut self, column: Column) -> Option<&mut ColumnLayout> {
        let mut columns = self.columns.iter_mut();
        columns.find(|layout| layout.column == column)
    }

    fn place_of(&self, column: Column) -> Option<usize> {
        self.columns
            .iter()
            .position(|layout| layout.column == column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_of_another_version_becomes_one_of_this() {
        let of = |column, is_shown, width| ColumnLayout {
            column,
            is_shown,
            width,
            chosen_at: 0,
        };
        let kept = [
            of(Column::Rate, true, Some(f32::NAN)),
            of(Column::Job, false, Some(-3.0)),
            of(Column::Rate, false, Some(80.0)),
            of(Column::Slept, false, Some(90.0)),
        ];
        let layout = TableLayout::new(kept);
        assert_eq!(layout.columns().len(), Column::ALL.len());
        assert_eq!(layout.columns()[0], of(Column::Rate, true, None));
        // The ETA follows the rate, as it always does; the state follows the job.
        assert_eq!(layout.columns()[1].column, Column::Eta);
        assert_eq!(layout.columns()[2], of(Column::Job, true, None));
        assert_eq!(layout.columns()[3].column, Column::State);
        assert!(!layout.is_shown(Column::Slept) && !layout.is_shown(Column::Polls));
    }
}
