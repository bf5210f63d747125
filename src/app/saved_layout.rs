//! How the window looks, as it is saved: columns, sorting, and whether the inspector is open.

use eframe::Storage;
use egui::Context;

use super::storage_text;
use crate::deck::WindowDeck;
use crate::status::{Column, Direction, Sorting};
use crate::view::{ColumnLayout, MainState, TableLayout};

const INSPECTOR_NAME: &str = "inspector_open";
const COLUMNS_NAME: &str = "columns";
const SORTING_NAME: &str = "sorting";
/// See `store_window`.
pub(super) const WINDOW_NAME: &str = "window";

/// Between two parts of a text.
pub(super) const SEPARATOR: char = ',';
/// Before the name of a column that is not shown, or that is sorted by in descending order.
const MINUS: char = '-';
const BEFORE_WIDTH: char = '=';
const BEFORE_CHOSEN: char = '#';

/// Makes the window look as it was saved.
pub(super) fn restore(storage: &dyn Storage, main: &mut MainState, deck: &mut dyn WindowDeck) {
    main.is_inspector_open = storage_text::get(storage, INSPECTOR_NAME).as_deref() == Some("true");
    if let Some(columns) = storage_text::get(storage, COLUMNS_NAME) {
        main.table.layout = columns_from(&columns);
    }
    if let Some(sorting) = storage_text::get(storage, SORTING_NAME) {
        deck.set_sorting(sorting_from(&sorting));
    }
}

/// Saves how the window looks. What is usual is not saved.
pub(super) fn store(storage: &mut dyn Storage, main: &MainState, deck: &dyn WindowDeck) {
    let inspector = main.is_inspector_open.then(|| "true".to_owned());
    let layout = &main.table.layout;
    let columns = (*layout != TableLayout::default()).then(|| columns_text(layout));
    let sorting = Some(sorting_text(&deck.sorting())).filter(|text| !text.is_empty());
    storage_text::put(storage, INSPECTOR_NAME, inspector);
    storage_text::put(storage, COLUMNS_NAME, columns);
    storage_text::put(storage, SORTING_NAME, sorting);
}

/// Saves the place and the size of the window, in points without the scale of the settings.
pub(super) fn store_window(storage: &mut dyn Storage, ctx: &Context) {
    let zoom = ctx.zoom_factor();
    let text = ctx.input(|input| {
        let window = input.viewport();
        let (inner, outer) = (window.inner_rect?, window.outer_rect?);
        if window.minimized == Some(true) || inner.width() < 1.0 {
            return None;
        }
        let is_maximized = window.maximized == Some(true);
        let [x, y] = [outer.min.x, outer.min.y].map(|at| (at * zoom).round());
        let [width, height] = [inner.width(), inner.height()].map(|size| (size * zoom).round());
        Some(format!("{x},{y},{width},{height},{is_maximized}"))
    });
    if let Some(text) = text {
        let before = storage_text::get(storage, WINDOW_NAME);
        // The size of a maximised window is not the one to go back to.
        let kept = before
            .filter(|_| text.ends_with("true"))
            .and_then(|before| {
                let (rest, _) = before.rsplit_once(SEPARATOR)?;
                Some(format!("{rest},true"))
            });
        storage_text::put(storage, WINDOW_NAME, Some(kept.unwrap_or(text)));
    }
}

/// The columns in their order, those that are not shown with a minus, with the widths that the user
/// gave, and in which order they were chosen: `job,state,-eta,rate=90,polls#2`.
fn columns_text(layout: &TableLayout) -> String {
    let column = |column: &ColumnLayout| {
        let minus = if column.is_shown { "" } else { "-" };
        let width = column.width.map(|width| format!("{BEFORE_WIDTH}{width}"));
        let chosen = Some(column.chosen_at).filter(|chosen_at| *chosen_at > 0);
        let chosen = chosen.map(|chosen_at| format!("{BEFORE_CHOSEN}{chosen_at}"));
        let (width, chosen) = (width.unwrap_or_default(), chosen.unwrap_or_default());
        format!("{minus}{}{chosen}{width}", column.column.name())
    };
    let columns: Vec<String> = layout.columns().iter().map(column).collect();
    columns.join(&SEPARATOR.to_string())
}

/// What [`columns_text`] wrote; what cannot be understood of it gets its default.
fn columns_from(text: &str) -> TableLayout {
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
    TableLayout::new(text.split(SEPARATOR).filter_map(column))
}

/// The names of the columns that are sorted by, with a minus where the largest comes first:
/// `-rate,job`.
fn sorting_text(sorting: &Sorting) -> String {
    let keys = [sorting.first, sorting.second].into_iter().flatten();
    let names = keys.map(|(column, direction)| {
        let minus = match direction {
            Direction::Ascending => "",
            Direction::Descending => "-",
        };
        format!("{minus}{}", column.name())
    });
    names.collect::<Vec<_>>().join(&SEPARATOR.to_string())
}

/// What [`sorting_text`] wrote, as far as it can be understood.
fn sorting_from(text: &str) -> Sorting {
    let mut keys = text.split(SEPARATOR).filter_map(key_from);
    let first = keys.next();
    let second = keys.find(|(key, _)| first.is_none_or(|(first, _)| first != *key));
    Sorting { first, second }
}

fn key_from(text: &str) -> Option<(Column, Direction)> {
    let text = text.trim();
    let column = Column::from_name(text.trim_start_matches(MINUS))?;
    let direction = if text.starts_with(MINUS) {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    Some((column, direction))
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
        let rate = (Column::Rate, Direction::Descending);
        let job = (Column::Job, Direction::Ascending);
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
