//! The columns of the table: which there are, which are shown, in what order, and how wide.

use egui::Rangef;

use crate::status::{Direction, SortKey};

/// The width of the boxes to tick, before the first column, in points.
pub(super) const CHECK_WIDTH: f32 = 38.0;
/// No title with its sign is wider, in points.
const TITLE_AT_MOST: f32 = 90.0;
/// The width of a row's buttons, behind the last column, in points.
pub(super) const ACTIONS_WIDTH: f32 = 100.0;
/// Between a column of numbers, which stand at its right, and one of texts, which stand at its left.
const INSET: f32 = 16.0;
/// How narrow and how wide a user can make a column, in points.
const WIDTH_BOUNDS: std::ops::RangeInclusive<f32> = 40.0..=2000.0;
/// From this width of the table on there is room for all columns that are there by default.
const ALL_FROM_WIDTH: f32 = 930.0;

/// A column that can be chosen, moved, resized and sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Its name, over where it comes from.
    Job,
    /// What it does.
    State,
    /// The bar.
    Progress,
    /// Bytes received, and how many there will be.
    Received,
    /// Bytes per second.
    Rate,
    /// Time left.
    Eta,
    /// Time slept.
    Slept,
    /// Time since it began.
    Elapsed,
    /// Attempts it made.
    Attempts,
    /// When it was added.
    Added,
    /// Where it comes from, on its own.
    Host,
    /// The server's answer.
    HttpStatus,
    /// Its priority.
    Priority,
    /// The file.
    SavedTo,
    /// The checksum of the file.
    Checksum,
    /// How often its future was polled.
    Polls,
    /// How long these polls took together.
    Busy,
    /// How long the longest of them took.
    LongestPoll,
}

/// What there is to know of a column.
struct About {
    name: &'static str,
    title: &'static str,
    width: f32,
    key: SortKey,
}

impl Column {
    /// All of them, in the usual order.
    pub const ALL: [Self; 18] = [
        Self::Job,
        Self::State,
        Self::Progress,
        Self::Received,
        Self::Rate,
        Self::Eta,
        Self::Slept,
        Self::Elapsed,
        Self::Attempts,
        Self::Added,
        Self::Host,
        Self::HttpStatus,
        Self::Priority,
        Self::SavedTo,
        Self::Checksum,
        Self::Polls,
        Self::Busy,
        Self::LongestPoll,
    ];

    fn about(self) -> About {
        let about = |name, title, width, key| About {
            name,
            title,
            width,
            key,
        };
        match self {
            Self::Job => about("job", "Job", 200.0, SortKey::Job),
            Self::State => about("state", "State", 168.0, SortKey::State),
            Self::Progress => about("progress", "Progress", 126.0, SortKey::Progress),
            Self::Received => about("received", "Received / total", 126.0, SortKey::Received),
            Self::Rate => about("rate", "Rate", 80.0, SortKey::Rate),
            Self::Eta => about("eta", "ETA", 60.0, SortKey::Eta),
            Self::Slept => about("slept", "Slept", 84.0, SortKey::Slept),
            Self::Elapsed => about("elapsed", "Elapsed", 84.0, SortKey::Elapsed),
            Self::Attempts => about("attempts", "Attempts", 84.0, SortKey::Attempts),
            Self::Added => about("added", "Added", 72.0, SortKey::Added),
            Self::Host => about("host", "Host", 150.0, SortKey::Host),
            Self::HttpStatus => about("http status", "HTTP status", 100.0, SortKey::HttpStatus),
            Self::Priority => about("priority", "Priority", 80.0, SortKey::Priority),
            Self::SavedTo => about("saved to", "Saved to", 200.0, SortKey::SavedTo),
            Self::Checksum => about("checksum", "Checksum", 150.0, SortKey::Checksum),
            Self::Polls => about("polls", "Polls", 76.0, SortKey::Polls),
            Self::Busy => about("busy time", "Busy time", 92.0, SortKey::Busy),
            Self::LongestPoll => about("longest poll", "Longest poll", 106.0, SortKey::LongestPoll),
        }
    }

    /// The name it is kept under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// The column that is kept under a name; `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// What stands above it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// What rows are sorted by with it.
    #[must_use]
    pub fn sort_key(self) -> SortKey {
        self.about().key
    }

    /// The column that shows what rows are sorted by.
    #[must_use]
    pub fn of_key(key: SortKey) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|column| column.sort_key() == key)
    }

    /// Whether it is shown until somebody chooses otherwise.
    #[must_use]
    pub fn is_default(self) -> bool {
        self <= Self::Slept
    }

    /// Whether its cells are numbers, which stand at the right.
    pub(super) fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Job
                | Self::State
                | Self::Progress
                | Self::Host
                | Self::Priority
                | Self::SavedTo
                | Self::Checksum
        )
    }

    /// Whether it shows what only [`RowSource::extras`](crate::status::RowSource::extras) knows.
    pub(super) fn wants_extras(self) -> bool {
        !self.is_default() && self != Self::Host
    }

    /// Which way it is sorted at first: what is much comes first, and words are in the order of the alphabet.
    pub(super) fn first_direction(self) -> Direction {
        if self.is_number() || self == Self::Progress {
            Direction::Descending
        } else {
            Direction::Ascending
        }
    }

    /// Its width in points where there is room for everything.
    fn width(self) -> f32 {
        self.about().width
    }

    /// What it gets of the room that is left over.
    fn share(self) -> Option<f32> {
        match self {
            Self::Job => Some(0.6),
            Self::State | Self::Progress => Some(0.2),
            _ => None,
        }
    }

    /// Of the columns that are there by default, the width of the table from which it is shown. What it says then stands
    /// in a tooltip.
    fn shown_from_width(self) -> f32 {
        match self {
            Self::Slept => ALL_FROM_WIDTH,
            Self::Eta => 860.0,
            Self::Rate => 810.0,
            Self::Received => 600.0,
            Self::Progress => 420.0,
            _ => 0.0,
        }
    }
}

/// What was chosen for one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnLayout {
    /// Which one.
    pub column: Column,
    /// Whether it is shown where there is room for it.
    pub is_shown: bool,
    /// The width a user gave it, in points; none while it takes what fits the window.
    pub width: Option<f32>,
    /// Counts up with each column that is chosen: where there is no room for all, the last goes first.
    pub chosen_at: u32,
}

/// How the table is laid out, all of it the user's choice: to be kept by whoever has a place for it.
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
    /// A layout of these columns, in this order. What is there twice counts once, what is missing takes its usual place,
    /// and widths nobody can have chosen are none: this may come from another version.
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

    /// Every column, in order, whether it is shown or not.
    #[must_use]
    pub fn columns(&self) -> &[ColumnLayout] {
        &self.columns
    }

    /// Whether a column is shown where there is room for it.
    #[must_use]
    pub fn is_shown(&self, column: Column) -> bool {
        let layout = self.columns.iter().find(|layout| layout.column == column);
        layout.is_some_and(|layout| layout.is_shown)
    }

    /// Shows a column, or no longer. The job is always shown.
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

    /// Lets a column that takes what is left over keep the width it has.
    pub(super) fn fix_width(&mut self, column: Column, width: f32) {
        if let Some(layout) = self.of(column)
            && column.share().is_some()
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

/// A column in a table of a certain width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) column: Column,
    /// From the left edge of the rows.
    pub(super) left: f32,
    pub(super) width: f32,
    /// What its cells keep free at their left.
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
    /// What was chosen, but has no room.
    pub(super) without_room: Vec<Column>,
    /// Where the buttons of a row begin.
    pub(super) actions_left: f32,
    /// The width of a row: more than that of the table when columns were made wide.
    pub(super) width: f32,
}

impl Placement {
    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.iter().any(|placed| placed.column == column)
    }

    /// Where the header has room beside the titles, from left to right in a table of this width: after the last title,
    /// and in columns that are much wider than theirs.
    pub(super) fn free_in_header(&self, table_width: f32) -> Vec<Rangef> {
        let title_end = |placed: &Placed| {
            let is_at_left = !placed.column.is_number();
            let width = if is_at_left {
                TITLE_AT_MOST
            } else {
                placed.width
            };
            placed.left + width.min(placed.width)
        };
        let within = self.columns.iter();
        let mut free: Vec<_> = within
            .map(|placed| Rangef::new(title_end(placed), placed.right()))
            .collect();
        let last = self.columns.last().map_or(0.0, title_end);
        free.push(Rangef::new(last, table_width));
        free
    }
}

impl TableLayout {
    /// Which columns a table of this width shows, and where.
    pub(super) fn place(&self, table_width: f32) -> Placement {
        let (shown, without_room) = self.with_room(table_width);
        let mut widths: Vec<(Column, f32, bool)> = shown
            .iter()
            .map(|layout| {
                let width = layout.width.unwrap_or_else(|| layout.column.width());
                (layout.column, width, layout.width.is_some())
            })
            .collect();
        let frame = CHECK_WIDTH + ACTIONS_WIDTH;
        let sum = |widths: &[(Column, f32, bool)]| -> f32 {
            widths.iter().map(|(_, width, _)| width).sum()
        };
        let spare = table_width - frame - sum(&widths);
        let share = |column: Column, is_chosen: bool| column.share().filter(|_| !is_chosen);
        let all_shares: f32 = widths
            .iter()
            .filter_map(|&(column, _, is_chosen)| share(column, is_chosen))
            .sum();
        for (column, width, is_chosen) in &mut widths {
            if let Some(share) = share(*column, *is_chosen) {
                let least = column.width() * 0.6;
                *width = (*width + spare * share / all_shares).max(least).floor();
            }
        }
        // What rounding left over, so that the rows reach the edge.
        let left_over = table_width - frame - sum(&widths);
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
        let actions_left = left.max(table_width - ACTIONS_WIDTH);
        Placement {
            columns,
            without_room,
            actions_left,
            width: actions_left + ACTIONS_WIDTH,
        }
    }

    /// The columns there is room for, and those there is none for: first go those that are not there by default, the
    /// last chosen before the others, and then the least important.
    fn with_room(&self, table_width: f32) -> (Vec<ColumnLayout>, Vec<Column>) {
        let mut room = table_width;
        let mut optional = Vec::new();
        for layout in &self.columns {
            match (layout.column.is_default(), layout.is_shown) {
                (true, false) => room += layout.column.width(),
                (false, true) => {
                    room -= layout.column.width();
                    optional.push(layout);
                }
                _ => {}
            }
        }
        optional.sort_by_key(|layout| layout.chosen_at);
        let mut without_room = Vec::new();
        while room < ALL_FROM_WIDTH
            && let Some(last) = optional.pop()
        {
            room += last.column.width();
            without_room.push(last.column);
        }
        let mut shown = Vec::new();
        for layout in self.columns.iter().filter(|layout| layout.is_shown) {
            if without_room.contains(&layout.column) {
                continue;
            }
            if room < layout.column.shown_from_width() {
                without_room.push(layout.column);
            } else {
                shown.push(*layout);
            }
        }
        (shown, without_room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(layout: &TableLayout, width: f32) -> Vec<Column> {
        let placement = layout.place(width);
        placement.columns.iter().map(|it| it.column).collect()
    }

    #[test]
    fn columns_fill_the_table_and_give_way_in_order() {
        let layout = TableLayout::default();
        let shown = |width: f32| {
            let placement = layout.place(width);
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
        assert_eq!(layout.place(1040.0).without_room, [Column::Elapsed]);
        assert!(shown(&layout, 1040.0).contains(&Column::Polls));
        let none_left = layout.place(940.0);
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
            let placement = layout.place(width);
            let state = placement
                .columns
                .iter()
                .find(|it| it.column == Column::State);
            assert_eq!(state.unwrap().width, 300.0);
        }
        // Wider than the table: the rest is reached by scrolling.
        layout.set_width(Column::Job, 1500.0);
        assert!(layout.place(940.0).width > 1500.0);
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
        let placement = layout.place(1280.0);
        let host = placement.columns.last().unwrap();
        assert_eq!((host.column, host.inset), (Column::Host, INSET));
        assert!(placement.columns[..7].iter().all(|it| it.inset == 0.0));
    }

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

    #[test]
    fn every_column_has_a_name_and_a_key_of_its_own() {
        for column in Column::ALL {
            assert_eq!(Column::from_name(column.name()), Some(column));
            assert_eq!(Column::of_key(column.sort_key()), Some(column));
            assert!(!column.title().is_empty());
        }
        assert_eq!(Column::from_name("no such column"), None);
    }
}
