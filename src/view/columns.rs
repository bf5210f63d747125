//! The columns of the table: which there are, which are shown in which order, how wide, and what each sorts by.

use std::collections::BTreeMap;

use crate::status::{Direction, SortKey, Sorting};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The box that selects.
    Check,
    /// Name over host.
    Job,
    /// Where it stands.
    State,
    /// How much of it is there.
    Progress,
    /// Bytes received of those there will be.
    Received,
    /// Bytes per second.
    Rate,
    /// Time left.
    Eta,
    /// Time slept.
    Slept,
    /// Time since it began.
    Elapsed,
    /// Attempts made.
    Attempts,
    /// When it was added.
    Added,
    /// Where it comes from.
    Host,
    /// The server's answer.
    HttpStatus,
    /// Its priority.
    Priority,
    /// Where it was saved.
    SavedTo,
    /// Its checksum.
    Checksum,
    /// Polls of its future.
    Polls,
    /// Time its polls took.
    Busy,
    /// Time its longest poll took.
    LongestPoll,
    /// The buttons.
    Actions,
}

/// What a column is: its title, the name it is kept under, its width in points where there is room, the width of the
/// table from which it is shown, and what it sorts by.
struct About {
    title: &'static str,
    name: &'static str,
    width: f32,
    shown_from_width: f32,
    sorts_by: Option<SortKey>,
}

impl Column {
    /// Those between the box and the buttons, in their usual order.
    pub const CHOSEN: [Self; 18] = [
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
        let about = |title, name, width, shown_from_width, sorts_by| About {
            title,
            name,
            width,
            shown_from_width,
            sorts_by: Some(sorts_by),
        };
        match self {
            Self::Check => About {
                title: "",
                name: "check",
                width: 38.0,
                shown_from_width: 0.0,
                sorts_by: None,
            },
            Self::Actions => About {
                title: "",
                name: "actions",
                width: 100.0,
                shown_from_width: 0.0,
                sorts_by: None,
            },
            Self::Job => about("Job", "job", 200.0, 0.0, SortKey::Job),
            Self::State => about("State", "state", 168.0, 0.0, SortKey::State),
            Self::Progress => about("Progress", "progress", 126.0, 420.0, SortKey::Progress),
            Self::Received => about(
                "Received / total",
                "received",
                126.0,
                600.0,
                SortKey::Received,
            ),
            Self::Rate => about("Rate", "rate", 80.0, 810.0, SortKey::Rate),
            Self::Eta => about("ETA", "eta", 60.0, 860.0, SortKey::Eta),
            Self::Slept => about("Slept", "slept", 84.0, 930.0, SortKey::Slept),
            Self::Elapsed => about("Elapsed", "elapsed", 76.0, 930.0, SortKey::Elapsed),
            Self::Attempts => about("Attempts", "attempts", 76.0, 930.0, SortKey::Attempts),
            Self::Added => about("Added", "added", 64.0, 930.0, SortKey::Added),
            Self::Host => about("Host", "host", 140.0, 930.0, SortKey::Host),
            Self::HttpStatus => about("HTTP", "http status", 56.0, 930.0, SortKey::HttpStatus),
            Self::Priority => about("Priority", "priority", 70.0, 930.0, SortKey::Priority),
            Self::SavedTo => about("Saved to", "saved to", 180.0, 930.0, SortKey::SavedTo),
            Self::Checksum => about("SHA-256", "checksum", 140.0, 930.0, SortKey::Checksum),
            Self::Polls => about("Polls", "polls", 64.0, 930.0, SortKey::Polls),
            Self::Busy => about("Busy", "busy", 76.0, 930.0, SortKey::Busy),
            Self::LongestPoll => about(
                "Longest poll",
                "longest poll",
                100.0,
                930.0,
                SortKey::LongestPoll,
            ),
        }
    }

    /// What stands above it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// What it is kept under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// The column that is kept under a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::CHOSEN
            .into_iter()
            .find(|column| column.name() == name)
    }

    /// What it sorts by.
    #[must_use]
    pub fn sorts_by(self) -> Option<SortKey> {
        self.about().sorts_by
    }

    pub(super) fn width(self) -> f32 {
        self.about().width
    }

    /// What each gets of the room that is left over.
    fn share(self) -> Option<f32> {
        match self {
            Self::Job => Some(0.6),
            Self::State | Self::Progress => Some(0.2),
            _ => None,
        }
    }

    pub(super) fn can_resize(self) -> bool {
        !matches!(self, Self::Check | Self::Actions)
    }

    pub(super) fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Check
                | Self::Job
                | Self::State
                | Self::Progress
                | Self::Host
                | Self::Priority
                | Self::SavedTo
                | Self::Checksum
                | Self::Actions
        )
    }

    /// Shown unless somebody chose otherwise.
    pub(super) fn is_usual(self) -> bool {
        Self::CHOSEN[..7].contains(&self)
    }

    /// Whether the row itself does not say it: its extras are asked for.
    pub(super) fn is_extra(self) -> bool {
        !self.is_usual() && !matches!(self, Self::Host | Self::Check | Self::Actions)
    }
}

/// Which columns are shown, in which order, and how wide; without the box and the buttons, which are always there.
#[derive(Clone, Debug, PartialEq)]
pub struct TableLayout {
    /// All columns in their order, and whether each is shown.
    columns: Vec<(Column, bool)>,
    /// Widths a user gave to columns, in points.
    widths: BTreeMap<Column, f32>,
}

impl Default for TableLayout {
    fn default() -> Self {
        let columns = Column::CHOSEN.into_iter();
        Self {
            columns: columns.map(|column| (column, column.is_usual())).collect(),
            widths: BTreeMap::new(),
        }
    }
}

impl TableLayout {
    /// A layout of these columns, each shown or not, with these widths in points; whatever is missing, twice there or
    /// out of bounds becomes as it usually is.
    #[must_use]
    pub fn new(columns: &[(Column, bool)], widths: &[(Column, f32)]) -> Self {
        let mut layout = Self {
            columns: Vec::new(),
            widths: BTreeMap::new(),
        };
        let usual = Self::default();
        for (column, is_shown) in columns.iter().chain(&usual.columns) {
            let is_known = layout.columns.iter().any(|(known, _)| known == column);
            if Column::CHOSEN.contains(column) && !is_known {
                layout
                    .columns
                    .push((*column, *is_shown || *column == Column::Job));
            }
        }
        for (column, width) in widths {
            if column.can_resize() && width.is_finite() {
                layout
                    .widths
                    .insert(*column, width.clamp(LEAST_WIDTH, 4_000.0));
            }
        }
        layout
    }

    /// All columns in their order, and whether each is shown.
    #[must_use]
    pub fn columns(&self) -> &[(Column, bool)] {
        &self.columns
    }

    /// The widths somebody gave, in points.
    pub fn widths(&self) -> impl Iterator<Item = (Column, f32)> + '_ {
        self.widths.iter().map(|(column, width)| (*column, *width))
    }

    /// Shows a column, or not. The job is always shown.
    pub fn show(&mut self, column: Column, is_shown: bool) {
        for (other, shows) in &mut self.columns {
            if *other == column {
                *shows = is_shown || column == Column::Job;
            }
        }
    }

    /// Moves a column before another one, or to the end.
    pub fn move_before(&mut self, column: Column, before: Option<Column>) {
        let Some(from) = self.columns.iter().position(|(other, _)| *other == column) else {
            return;
        };
        if before == Some(column) {
            return;
        }
        let moved = self.columns.remove(from);
        let to = before
            .and_then(|before| self.columns.iter().position(|(other, _)| *other == before))
            .unwrap_or(self.columns.len());
        self.columns.insert(to, moved);
    }

    pub(super) fn set_width(&mut self, column: Column, width: f32) {
        self.widths.insert(column, width);
    }

    pub(super) fn forget_widths(&mut self) {
        self.widths.clear();
    }

    /// The columns that are shown, and how wide they are in a table of this width.
    pub(super) fn in_width(&self, table_width: f32) -> Vec<(Column, f32)> {
        let chosen = self.columns.iter().filter(|(_, is_shown)| *is_shown);
        let chosen = chosen.map(|(column, _)| *column);
        let all = [Column::Check]
            .into_iter()
            .chain(chosen)
            .chain([Column::Actions]);
        let shown = all.filter(|column| table_width >= column.about().shown_from_width);
        let mut widths: Vec<_> = shown
            .map(|column| {
                let width = self.widths.get(&column).copied();
                (column, width.unwrap_or_else(|| column.width()))
            })
            .collect();
        self.drop_extra(&mut widths, table_width);
        self.give_spare(&mut widths, table_width);
        widths
    }

    /// What nobody sees without being asked for goes first where the room ends, the last one chosen before the others.
    fn drop_extra(&self, widths: &mut Vec<(Column, f32)>, table_width: f32) {
        while widths.iter().map(|(_, width)| width).sum::<f32>() > table_width {
            let Some(last) = widths.iter().rposition(|(column, _)| {
                !column.is_usual() && !matches!(column, Column::Check | Column::Actions)
            }) else {
                break;
            };
            widths.remove(last);
        }
    }

    fn give_spare(&self, widths: &mut [(Column, f32)], table_width: f32) {
        let spare = table_width - widths.iter().map(|(_, width)| width).sum::<f32>();
        let takes_spare = |column: Column| {
            column
                .share()
                .filter(|_| !self.widths.contains_key(&column))
        };
        let all_shares: f32 = widths
            .iter()
            .filter_map(|(column, _)| takes_spare(*column))
            .sum();
        for (column, width) in widths.iter_mut() {
            if let Some(share) = takes_spare(*column) {
                let least = column.width() * LEAST_SHARE;
                *width = (*width + spare * share / all_shares).max(least).floor();
            }
        }
        // What rounding left over, so that the rows reach the edge.
        let left_over = table_width - widths.iter().map(|(_, width)| width).sum::<f32>();
        if let Some((_, width)) = widths.iter_mut().find(|(column, _)| {
            *column == Column::Job && left_over > 0.0 && !self.widths.contains_key(column)
        }) {
            *width += left_over;
        }
    }
}

/// How narrow a column can be made, in points.
pub(super) const LEAST_WIDTH: f32 = 40.0;

/// How much of its width a column that takes what is left over keeps where too little is left.
const LEAST_SHARE: f32 = 0.6;

/// What a click on a column's header asks for: sorted its better way first, then the other way, then as usual; with
/// `adds`, the same for the second key.
pub(super) fn next_sorting(sorting: Sorting, column: Column, adds: bool) -> Sorting {
    let Some(key) = column.sorts_by() else {
        return sorting;
    };
    let better = if column.is_number() || column == Column::Progress {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    let other = match better {
        Direction::Ascending => Direction::Descending,
        Direction::Descending => Direction::Ascending,
    };
    let next = |now: Option<(SortKey, Direction)>| match now {
        Some((sorted, direction)) if sorted == key && direction == better => Some((key, other)),
        Some((sorted, _)) if sorted == key => None,
        _ => Some((key, better)),
    };
    let is_first = sorting.first.is_none_or(|(first, _)| first == key);
    if adds && !is_first {
        return Sorting {
            second: next(sorting.second),
            ..sorting
        };
    }
    let first = next(sorting.first);
    Sorting {
        first: first.or(sorting.second.filter(|_| adds)),
        second: sorting.second.filter(|_| adds && first.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(layout: &TableLayout, width: f32) -> Vec<Column> {
        let widths = layout.in_width(width);
        let sum: f32 = widths.iter().map(|(_, width)| width).sum();
        assert!((sum - width).abs() < 0.01, "{width}: {sum}");
        widths.iter().map(|(column, _)| *column).collect()
    }

    #[test]
    fn columns_fill_the_table_and_give_way_in_order() {
        let layout = TableLayout::default();
        let shown = |width| shown(&layout, width);
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
        let layout = TableLayout::new(&[], &[(Column::State, 300.0)]);
        for width in [1000.0, 1280.0] {
            assert!(layout.in_width(width).contains(&(Column::State, 300.0)));
        }
    }

    #[test]
    fn further_columns_give_way_before_the_usual_ones() {
        let mut layout = TableLayout::default();
        for column in Column::CHOSEN {
            layout.show(column, true);
        }
        let columns = shown(&layout, 1280.0);
        assert!(columns.contains(&Column::Slept) && columns.contains(&Column::Elapsed));
        assert!(!columns.contains(&Column::LongestPoll));
        assert_eq!(shown(&layout, 2600.0).len(), 20);
    }

    #[test]
    fn what_was_kept_is_mended() {
        let kept = [
            (Column::Rate, true),
            (Column::Job, false),
            (Column::Rate, false),
            (Column::Polls, true),
            (Column::Check, true),
        ];
        let widths = [
            (Column::Rate, f32::NAN),
            (Column::Eta, -5.0),
            (Column::Check, 100.0),
        ];
        let layout = TableLayout::new(&kept, &widths);
        assert_eq!(layout.columns().len(), Column::CHOSEN.len());
        assert_eq!(
            layout.columns()[..3],
            [
                (Column::Rate, true),
                (Column::Job, true),
                (Column::Polls, true)
            ]
        );
        assert_eq!(
            layout.widths().collect::<Vec<_>>(),
            [(Column::Eta, LEAST_WIDTH)]
        );
        for column in Column::CHOSEN {
            assert_eq!(Column::from_name(column.name()), Some(column));
        }
    }

    #[test]
    fn columns_change_places() {
        let mut layout = TableLayout::default();
        layout.move_before(Column::Slept, Some(Column::Job));
        layout.move_before(Column::State, None);
        layout.move_before(Column::Rate, Some(Column::Rate));
        let columns: Vec<_> = layout.columns().iter().map(|(column, _)| *column).collect();
        assert_eq!(columns[..3], [Column::Slept, Column::Job, Column::Progress]);
        assert_eq!(columns.last(), Some(&Column::State));
        assert_eq!(columns.len(), Column::CHOSEN.len());
    }

    #[test]
    fn a_header_sorts_one_way_the_other_and_not_at_all() {
        use Direction::{Ascending, Descending};
        let click = |sorting, column| next_sorting(sorting, column, false);
        let add = |sorting, column| next_sorting(sorting, column, true);
        let rate = click(Sorting::default(), Column::Rate);
        assert_eq!(rate.first, Some((SortKey::Rate, Descending)));
        assert_eq!(
            click(rate, Column::Rate).first,
            Some((SortKey::Rate, Ascending))
        );
        assert_eq!(
            click(click(rate, Column::Rate), Column::Rate),
            Sorting::default()
        );
        let both = add(rate, Column::Job);
        assert_eq!(both.second, Some((SortKey::Job, Ascending)));
        assert_eq!(both.first, rate.first);
        assert_eq!(
            add(both, Column::Job).second,
            Some((SortKey::Job, Descending))
        );
        assert_eq!(add(add(both, Column::Job), Column::Job), rate);
        // The first key goes: the second takes its place.
        assert_eq!(
            add(add(both, Column::Rate), Column::Rate).first,
            Some((SortKey::Job, Ascending))
        );
        assert_eq!(click(both, Column::State).second, None);
    }
}
