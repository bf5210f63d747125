//! Columns and sorting as texts, to be kept.

use crate::status::{Direction, SortKey, Sorting};
use crate::view::{Column, ColumnLayout, TableLayout};

const BETWEEN: char = ',';
/// Before the name of a column that is not shown, and of one that is sorted by, the largest first.
const MINUS: char = '-';
const BEFORE_WIDTH: char = '=';
const BEFORE_CHOSEN: char = '#';

/// The columns in their order, those that are not shown with a minus, with the widths somebody gave, and when they were
/// chosen: `job,state,-eta,rate=90,polls#2`.
pub(super) fn columns_text(layout: &TableLayout) -> String {
    let column = |column: &ColumnLayout| {
        let minus = if column.is_shown { "" } else { "-" };
        let width = column.width.map(|width| format!("{BEFORE_WIDTH}{width}"));
        let chosen = Some(column.chosen_at).filter(|chosen_at| *chosen_at > 0);
        let chosen = chosen.map(|chosen_at| format!("{BEFORE_CHOSEN}{chosen_at}"));
        let (width, chosen) = (width.unwrap_or_default(), chosen.unwrap_or_default());
        format!("{minus}{}{chosen}{width}", column.column.name())
    };
    let columns: Vec<String> = layout.columns().iter().map(column).collect();
    columns.join(&BETWEEN.to_string())
}

/// What [`columns_text`] wrote; what cannot be understood of it becomes as it usually is.
pub(super) fn columns_from(text: &str) -> TableLayout {
    let column = |part: &str| {
        let (part, width) = part.split_once(BEFORE_WIDTH).unwrap_or((part, ""));
        let (name, chosen_at) = part.split_once(BEFORE_CHOSEN).unwrap_or((part, ""));
        Some(ColumnLayout {
            column: Column::from_name(name.trim().trim_start_matches(MINUS))?,
            is_shown: !name.trim().starts_with(MINUS),
            width: width.trim().parse().ok(),
            chosen_at: chosen_at.trim().parse().unwrap_or(0),
        })
    };
    TableLayout::new(text.split(BETWEEN).filter_map(column))
}

/// The names of the columns that are sorted by, with a minus where the largest comes first: `-rate,job`.
pub(super) fn sorting_text(sorting: &Sorting) -> String {
    let keys = [sorting.first, sorting.second].into_iter().flatten();
    let names = keys.filter_map(|(key, direction)| {
        let column = Column::of_key(key)?;
        let minus = match direction {
            Direction::Ascending => "",
            Direction::Descending => "-",
        };
        Some(format!("{minus}{}", column.name()))
    });
    names.collect::<Vec<_>>().join(&BETWEEN.to_string())
}

/// What [`sorting_text`] wrote, as far as it can be understood.
pub(super) fn sorting_from(text: &str) -> Sorting {
    let mut keys = text.split(BETWEEN).filter_map(key_from);
    let first = keys.next();
    let second = keys.find(|(key, _)| first.is_none_or(|(first, _)| first != *key));
    Sorting { first, second }
}

fn key_from(text: &str) -> Option<(SortKey, Direction)> {
    let text = text.trim();
    let key = Column::from_name(text.trim_start_matches(MINUS))?.sort_key();
    let direction = if text.starts_with(MINUS) {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    Some((key, direction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_were_written() {
        let mut layout = TableLayout::default();
        assert_eq!(columns_from(&columns_text(&layout)), layout);
        layout.show(Column::Eta, false);
        layout.show(Column::Polls, true);
        layout.move_before(Column::Rate, Some(Column::Job));
        layout.set_width(Column::Rate, 90.5);
        let text = columns_text(&layout);
        assert!(text.starts_with("rate=90.5,job,"), "{text}");
        assert!(
            text.contains(",-eta,") && text.contains(",polls#1,"),
            "{text}"
        );
        assert_eq!(columns_from(&text), layout);
    }

    #[test]
    fn what_is_damaged_of_columns_becomes_as_usual() {
        for damaged in ["", ",,=,-,--", "\u{0}", "of_a_later_version", "job=wide"] {
            assert_eq!(columns_from(damaged), TableLayout::default(), "{damaged}");
        }
        let layout = columns_from("of_a_later_version=3, rate = 90 ,-job,job=50");
        let [rate, eta] = [0, 1].map(|place| layout.columns()[place]);
        assert_eq!((rate.column, rate.width), (Column::Rate, Some(90.0)));
        assert_eq!(eta.column, Column::Eta, "after the rate, as usual");
        assert!(layout.is_shown(Column::Job), "always");
    }

    #[test]
    fn sorting_is_read_as_it_was_written() {
        let rate = (SortKey::Rate, Direction::Descending);
        let job = (SortKey::Job, Direction::Ascending);
        for (sorting, text) in [
            (Sorting::default(), ""),
            (
                Sorting {
                    first: Some(rate),
                    second: None,
                },
                "-rate",
            ),
            (
                Sorting {
                    first: Some(rate),
                    second: Some(job),
                },
                "-rate,job",
            ),
        ] {
            assert_eq!(sorting_text(&sorting), text);
            assert_eq!(sorting_from(text), sorting);
        }
        assert_eq!(sorting_from("x,-rate,rate,job").second, Some(job));
        assert_eq!(sorting_from(",-,check"), Sorting::default());
    }
}
