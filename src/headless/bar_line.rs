//! A running job in one line of a terminal, however narrow that is.

use console::{measure_text_width, truncate_str};

use crate::format;
use crate::status::{RowView, Status};

/// The narrowest and the widest that a name is shown, in columns.
const NAME: (usize, usize) = (10, 28);
/// The same of a bar.
const BAR: (usize, usize) = (8, 20);
/// `100 %`
const PERCENT: usize = 5;
/// `99.9 / 99.9 GB`
const BYTES: usize = 14;
/// `1.25 MB/s`
const RATE: usize = 9;
/// `12:34:56`
const ETA: usize = 8;
/// `Downloading`
const LABEL: usize = 11;
/// The fewest columns of a terminal at which a transfer has its label too: name and bar have all
/// they take by then.
const LABEL_FROM: usize = 101;

/// The widths of the columns of a line, in the order in which they are shown; 0 is a column that
/// there is no room for. They depend on the width of the terminal alone, so that lines of all rows
/// agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    name: usize,
    percent: usize,
    bar: usize,
    bytes: usize,
    rate: usize,
    eta: usize,
    label: usize,
}

impl Layout {
    fn of(columns: usize) -> Self {
        let name = NAME.0.min(columns);
        let mut left = columns - name;
        let mut has_room = true;
        // Where one has no room, those that matter less do not take it.
        let mut take = |width: usize| {
            has_room &= width < left;
            if !has_room {
                return 0;
            }
            left -= width + 1;
            width
        };
        let mut layout = Self {
            name,
            percent: take(PERCENT),
            bar: take(BAR.0),
            bytes: take(BYTES),
            rate: take(RATE),
            eta: take(ETA),
            label: if columns < LABEL_FROM { 0 } else { take(LABEL) },
        };
        if layout.eta > 0 {
            let more = left.min(NAME.1 - NAME.0);
            layout.name += more;
            left -= more;
        }
        if layout.bar > 0 {
            layout.bar += left.min(BAR.1 - BAR.0);
        }
        layout
    }
}

/// The row in at most `columns` columns: its name and, as there is room, percent, a bar, bytes,
/// rate and time left. What a row does that transfers nothing takes the place of the bar and of
/// what follows it.
pub(super) fn bar_line(row: &RowView, columns: usize) -> String {
    let layout = Layout::of(columns);
    let mut line = left_aligned(&format::escaped(&row.name), layout.name);
    let percent = row.amount.percent().unwrap_or_default();
    push(&mut line, &right_aligned(&percent, layout.percent));
    if !matches!(row.status, Status::Transferring { .. }) {
        let words = match &row.note {
            Some(note) => format!("{} · {note}", row.status.line()),
            None => row.status.line().into_owned(),
        };
        line.push(' ');
        line.push_str(&format::escaped(&words));
        return cut(line.trim_end(), columns);
    }
    push(&mut line, &bar_text(row.amount.fraction(), layout.bar));
    let bytes = match (row.amount.done, row.amount.total) {
        (Some(_), None) => row.amount.final_text(),
        (None, _) => String::new(),
        _ => row.amount.text(),
    };
    push(&mut line, &right_aligned(&bytes, layout.bytes));
    let rate = row.rate.map(format::rate).unwrap_or_default();
    push(&mut line, &right_aligned(&rate, layout.rate));
    let eta = row.eta.map(format::eta_short).unwrap_or_default();
    push(&mut line, &right_aligned(&eta, layout.eta));
    let word = row.status.word();
    push(
        &mut line,
        &left_aligned(&format::escaped(&word), layout.label),
    );
    cut(line.trim_end(), columns)
}

/// A text in at most `columns` columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    truncate_str(text, columns, "…").into_owned()
}

/// Adds a cell, unless its column is left out.
fn push(line: &mut String, cell: &str) {
    if !cell.is_empty() {
        line.push(' ');
        line.push_str(cell);
    }
}

/// What of a text is shown in a column of this width.
fn cell(text: &str, columns: usize) -> String {
    // Cut to nothing, the sign of the cut would be left.
    if columns == 0 {
        return String::new();
    }
    cut(text, columns)
}

fn left_aligned(text: &str, columns: usize) -> String {
    let text = cell(text, columns);
    let missing = blanks(&text, columns);
    text + &missing
}

fn right_aligned(text: &str, columns: usize) -> String {
    let text = cell(text, columns);
    blanks(&text, columns) + &text
}

/// What a text has less than `columns` columns.
fn blanks(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(measure_text_width(text)))
}

/// A bar of this width; blank where nothing is known of the whole.
fn bar_text(fraction: Option<f32>, width: usize) -> String {
    let Some(fraction) = fraction else {
        return " ".repeat(width);
    };
    let filled = ((f64::from(fraction) * width as f64) as usize).min(width);
    "█".repeat(filled) + &"░".repeat(width - filled)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::status::{Amount, RowId};

    const NAMES: [&str; 4] = [
        "a",
        "a-rather-long-name-of-a-file-2024-01-01.tar.gz",
        "größe 你好 你好 你好 你好 你好 😀😀😀😀.pdf",
        "two\nlines\u{9b}2J",
    ];

    fn row(name: &str, status: Status) -> RowView {
        RowView {
            host: "h".into(),
            amount: Amount::bytes(Some(126_000), Some(300_000)),
            rate: Some(1_250_000.0),
            eta: Some(Duration::from_secs(65)),
            ..RowView::new(RowId(1), name, status)
        }
    }

    fn transferring() -> Status {
        Status::Transferring {
            label: "Downloading".into(),
            size_known: true,
        }
    }

    /// Rows of one terminal: long and short names, much and little of a file, and all that a row
    /// can do meanwhile.
    fn rows() -> Vec<RowView> {
        let waiting = || Status::Waiting {
            waits_for: Some("a slot of the host files.example.com".into()),
        };
        let retrying = Status::Retrying {
            attempt: 1,
            of: 5,
            left: Duration::from_secs(9),
            server_asked_for: None,
        };
        let working = || Status::Working {
            label: "Connecting".into(),
        };
        let mut rows = Vec::new();
        for name in NAMES {
            rows.push(row(name, transferring()));
            rows.push(RowView {
                amount: Amount::bytes(Some(99_900_000_000), Some(99_900_000_000)),
                eta: Some(Duration::from_secs(90_000)),
                rate: Some(999.0),
                ..row(name, transferring())
            });
            rows.push(RowView {
                amount: Amount::bytes(Some(126_000), None),
                rate: None,
                eta: None,
                ..row(name, transferring())
            });
            for status in [waiting(), retrying.clone(), working()] {
                rows.push(row(name, status.clone()));
                rows.push(RowView {
                    amount: Amount::default(),
                    rate: None,
                    eta: None,
                    ..row(name, status)
                });
            }
        }
        rows
    }

    /// The columns of a terminal that `part` takes in a line.
    fn columns_of(line: &str, part: &str) -> Option<(usize, usize)> {
        let at = line.find(part)?;
        let begin = measure_text_width(&line[..at]);
        Some((begin, begin + measure_text_width(part)))
    }

    #[test]
    fn no_line_is_wider_than_its_terminal() {
        for row in rows() {
            for columns in 1..=200 {
                let line = bar_line(&row, columns);
                let width = measure_text_width(&line);
                assert!(width <= columns, "{width} > {columns}: {line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn a_wider_terminal_never_shows_less() {
        let shown = |columns| {
            let layout = Layout::of(columns);
            let Layout {
                name,
                percent,
                bar,
                bytes,
                rate,
                eta,
                label,
            } = layout;
            let parts = [percent, bar, bytes, rate, eta, label].map(|width| width > 0);
            (name, parts.map(usize::from).iter().sum::<usize>(), parts)
        };
        let mut before = shown(20);
        for columns in 20..=200 {
            let now = shown(columns);
            assert!(now.0 >= before.0 && now.1 >= before.1, "{columns}");
            // A part only leaves room to those that matter more.
            assert!(now.2.is_sorted_by(|one, next| one >= next), "{columns}");
            let line = bar_line(&row("a", transferring()), columns);
            let texts = [
                "42 %",
                "█",
                "126 / 300 kB",
                "1.25 MB/s",
                "1:05",
                "Downloading",
            ];
            assert_eq!(texts.map(|text| line.contains(text)), now.2, "{line}");
            before = now;
        }
        assert_eq!((before.0, before.1), (NAME.1, 6));
    }

    #[test]
    fn all_rows_share_their_columns() {
        for columns in 20..=200 {
            let layout = Layout::of(columns);
            let percent_end = layout.name + 1 + layout.percent;
            let bar = (percent_end + 1, percent_end + 1 + layout.bar);
            let rate_end = bar.1 + 1 + layout.bytes + 1 + layout.rate;
            for row in rows() {
                let line = bar_line(&row, columns);
                if let Some((_, end)) = columns_of(&line, " %") {
                    assert_eq!(end, percent_end, "{line}");
                }
                if layout.rate > 0
                    && let Some((_, end)) = columns_of(&line, "B/s")
                {
                    assert_eq!(end, rate_end, "{line}");
                }
                let shown: String = line.chars().filter(|c| matches!(c, '█' | '░')).collect();
                if let Some(columns) = columns_of(&line, &shown).filter(|_| !shown.is_empty()) {
                    assert_eq!(columns, bar, "{line}");
                }
                for words in ["Wait", "Retr", "Conn"] {
                    if let Some((begin, _)) = columns_of(&line, words) {
                        assert_eq!(begin, bar.0, "{line}");
                    }
                }
            }
        }
    }

    #[test]
    fn usual_widths_have_what_matters() {
        let line = |columns| bar_line(&row("debian-13-amd64.iso", transferring()), columns);
        assert_eq!(line(20), "debian-13…  42 %");
        assert_eq!(line(40), "debian-13…  42 % ███░░░░░   126 / 300 kB");
        assert_eq!(
            line(60),
            "debian-13-…  42 % ███░░░░░   126 / 300 kB 1.25 MB/s     1:05"
        );
        assert_eq!(
            line(80),
            "debian-13-amd64.iso           42 % ████░░░░░░░   126 / 300 kB 1.25 MB/s     1:05"
        );
        let retrying = Status::Retrying {
            attempt: 1,
            of: 5,
            left: Duration::from_secs(9),
            server_asked_for: None,
        };
        let line = bar_line(&row("debian-13-amd64.iso", retrying), 40);
        assert_eq!(line, "debian-13…  42 % Retry 1 of 5 in 9 s");
    }
}
