//! A running job in one line of a terminal, however narrow that is.

use console::{measure_text_width, truncate_str};

use crate::{
    format,
    status::{RowView, Status},
};

/// The narrowest and the widest that a name is shown, in columns.
const NAME: (usize, usize) = (8, 28);
/// The same of a bar.
const BAR: (usize, usize) = (8, 20);
const GAP: &str = "  ";

/// The row in at most `columns` columns: its name, and as much of percent, bytes, rate, time left and a bar as there is
/// room for.
pub(super) fn bar_line(row: &RowView, columns: usize) -> String {
    let numbers = numbers(row);
    let mut left = columns.saturating_sub(NAME.0);
    let mut shown = Vec::new();
    for number in &numbers {
        let width = GAP.len() + measure_text_width(number);
        if width > left {
            break;
        }
        left -= width;
        shown.push(number.as_str());
    }
    if shown.is_empty() {
        // What cannot be shown in whole is cut.
        shown.extend(numbers.first().map(String::as_str));
    }
    let bar = bar_width(row, &mut left);
    let name_width = (NAME.0 + left).min(NAME.1);
    let mut line = fitted(&row.name, name_width.min(columns));
    let bar = bar.map(|width| bar_text(row, width));
    for part in bar.as_deref().into_iter().chain(shown) {
        line.push_str(GAP);
        line.push_str(part);
    }
    cut(&line, columns)
}

/// A text in at most `columns` columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    truncate_str(text, columns, "…").into_owned()
}

/// A text in exactly `columns` columns.
fn fitted(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let missing = columns.saturating_sub(measure_text_width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// What is said of the row, the most important first.
fn numbers(row: &RowView) -> Vec<String> {
    let mut parts = Vec::new();
    let is_transferring = matches!(row.status, Status::Transferring { .. });
    let status = match row.status.detail() {
        Some(detail) => format!("{} {detail}", row.status.word()),
        None => row.status.word().into_owned(),
    };
    if !is_transferring {
        parts.push(status.clone());
    }
    if let (Some(received), Some(total)) = (row.received_bytes, row.total_bytes) {
        parts.push(format!("{:>5}", format::percent(received, total)));
    }
    if let Some(received) = row.received_bytes {
        parts.push(match row.total_bytes {
            Some(_) => format::bytes_pair(row.received_bytes, row.total_bytes),
            None => format::bytes(received),
        });
    }
    parts.extend(row.rate.map(format::rate));
    parts.extend(row.eta.map(format::eta_short));
    if is_transferring {
        parts.push(status);
    }
    parts
}

/// The width of the bar, if there is room for one, taken from `left`.
fn bar_width(row: &RowView, left: &mut usize) -> Option<usize> {
    let room = left.checked_sub(GAP.len())?;
    if room < BAR.0 || !row.shows_bar() || row.fraction().is_none() {
        return None;
    }
    // Half of the room is for more of the name.
    let width = (room / 2).clamp(BAR.0, BAR.1);
    *left = room - width;
    Some(width)
}

fn bar_text(row: &RowView, width: usize) -> String {
    let fraction = f64::from(row.fraction().unwrap_or(0.0));
    let filled = ((fraction * width as f64) as usize).min(width);
    "█".repeat(filled) + &"░".repeat(width - filled)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::status::RowId;

    fn row(name: &str, status: Status) -> RowView {
        RowView {
            id: RowId(1),
            name: name.into(),
            link_name: None,
            host: "h".into(),
            note: None,
            status,
            received_bytes: Some(126_000),
            total_bytes: Some(300_000),
            rate: Some(1_250_000.0),
            eta: Some(Duration::from_secs(65)),
            slept: None,
            sleep_total: None,
            remedy: None,
        }
    }

    fn transferring() -> Status {
        Status::Transferring {
            label: "Downloading".into(),
            size_known: true,
        }
    }

    #[test]
    fn a_line_fits_every_width_and_never_has_less_where_there_is_more_room() {
        let names = [
            "a",
            "a-rather-long-name-of-a-file-2024-01-01.tar.gz",
            "größe 你好 你好 你好 你好 你好 😀😀😀😀.pdf",
        ];
        for name in names {
            for status in [transferring(), Status::Waiting { waits_for: None }] {
                let mut parts_before = 0;
                for columns in 1..=200 {
                    let line = bar_line(&row(name, status.clone()), columns);
                    let width = measure_text_width(&line);
                    assert!(width <= columns, "{width} > {columns}: {line}");
                    assert!(!line.contains('\n'), "{line}");
                    let parts = ["42 %", "126 / 300 kB", "1.25 MB/s", "1:05"];
                    let parts = parts.iter().filter(|part| line.contains(**part)).count();
                    assert!(parts >= parts_before, "{columns}: {line}");
                    parts_before = parts;
                }
                assert_eq!(parts_before, 4);
            }
        }
    }

    #[test]
    fn forty_columns_have_numbers() {
        let line = |columns| bar_line(&row("debian-13-amd64.iso", transferring()), columns);
        assert_eq!(line(20), "debian-13-am…   42 %");
        assert_eq!(line(40), "debian-…   42 %  126 / 300 kB  1.25 MB/s");
        assert!(line(80).contains('█'), "{}", line(80));
    }
}
