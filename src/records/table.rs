//! Rows in columns: of the width of a terminal, or as wide as they are.

use std::io::{self, Write};

use console::{Color, Style, measure_text_width, pad_str, truncate_str};

use super::cells::{COLUMNS, Cells, TITLES};
use crate::status::Tone;

const STATE: usize = 1;
const NAME: usize = 2;
const SIZE: usize = 3;
const WHEN: usize = 4;
const DETAILS: usize = 5;

/// The blanks between two columns.
const GAP: usize = 2;

/// The fewest columns of a terminal that a name and details are shown in, beside others and alone.
const AT_LEAST: usize = 16;
const AT_LEAST_ALONE: usize = 9;

/// Writes a table, as wide as it is without a `width`.
pub(super) fn write_table(
    out: &mut dyn Write,
    rows: &[Cells],
    width: Option<usize>,
    has_colors: bool,
) -> io::Result<()> {
    let mut widths = TITLES.map(str::len);
    for row in rows {
        for (width, text) in widths.iter_mut().zip(&row.texts) {
            *width = (*width).max(measure_text_width(text));
        }
    }
    if let Some(width) = width {
        widths = fitted(widths, width);
    }
    let last = (0..COLUMNS).rev().find(|at| widths[*at] > 0);
    let mut write_line = |texts: [&str; COLUMNS], style: &Style, tone: Option<&Style>| {
        for at in (0..COLUMNS).filter(|at| widths[*at] > 0) {
            let text = truncate_str(texts[at], widths[at], "…");
            let is_last = Some(at) == last;
            let padded = match at {
                _ if is_last && at != SIZE => text.into_owned(),
                0 | SIZE => {
                    let width = widths[at];
                    pad_str(&text, width, console::Alignment::Right, None).into_owned()
                }
                _ => pad_str(&text, widths[at], console::Alignment::Left, None).into_owned(),
            };
            let style = tone.filter(|_| at == STATE).unwrap_or(style);
            write!(out, "{}", style.apply_to(padded))?;
            if !is_last {
                write!(out, "{:GAP$}", "")?;
            }
        }
        writeln!(out)
    };
    let plain = Style::new().force_styling(has_colors);
    write_line(TITLES, &plain.clone().dim(), None)?;
    for row in rows {
        let texts = row.texts.each_ref().map(String::as_str);
        write_line(texts, &plain, Some(&toned(&plain, row.tone)))?;
    }
    Ok(())
}

fn toned(plain: &Style, tone: Tone) -> Style {
    let style = plain.clone();
    match tone {
        Tone::Off => style.dim(),
        Tone::Waiting | Tone::Text => style,
        Tone::Accent => style.fg(Color::Blue),
        Tone::Good => style.fg(Color::Green),
        Tone::Doubt => style.fg(Color::Yellow),
        Tone::Failed => style.fg(Color::Red),
    }
}

/// The widths of columns that fit together into a width; 0 is one that has no room. What matters
/// least goes first, and why a job failed goes last: then names are cut.
fn fitted(natural: [usize; COLUMNS], width: usize) -> [usize; COLUMNS] {
    let mut widths = natural;
    let sum = |widths: &[usize; COLUMNS]| {
        let shown = widths.iter().filter(|width| **width > 0);
        shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
    };
    if sum(&widths) <= width {
        return widths;
    }
    let steps = [
        (None, AT_LEAST),
        (Some(WHEN), AT_LEAST),
        (Some(SIZE), AT_LEAST),
        (None, AT_LEAST_ALONE),
        (Some(DETAILS), AT_LEAST_ALONE),
    ];
    for (dropped, at_least) in steps {
        if let Some(column) = dropped {
            widths[column] = 0;
        }
        widths[NAME] = natural[NAME].min(at_least);
        if widths[DETAILS] > 0 {
            widths[DETAILS] = natural[DETAILS].min(at_least);
        }
        if sum(&widths) <= width {
            break;
        }
    }
    let mut left = width.saturating_sub(sum(&widths));
    // What is left is shared by both, and what one does not need is the other's.
    for (column, share) in [(NAME, left / 2), (DETAILS, left), (NAME, left)] {
        if widths[column] > 0 {
            let more = (natural[column] - widths[column]).min(share).min(left);
            widths[column] += more;
            left -= more;
        }
    }
    if sum(&widths) > width {
        // Less than a word: of names, what there is room for.
        widths[NAME] = widths[NAME].saturating_sub(sum(&widths) - width).max(1);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_every_width_and_the_least_goes_first() {
        let natural = [3, 11, 40, 14, 16, 60];
        let sum = |widths: [usize; COLUMNS]| {
            let shown = widths.iter().filter(|width| **width > 0).count();
            widths.iter().sum::<usize>() + GAP * (shown - 1)
        };
        for width in 24..200 {
            let widths = fitted(natural, width);
            assert!(sum(widths) <= width, "{width}: {widths:?}");
        }
        assert_eq!(fitted(natural, 154), natural);
        assert_eq!(fitted(natural, 36), [3, 11, 18, 0, 0, 0]);
        assert_eq!(fitted(natural, 40), [3, 11, 10, 0, 0, 10]);
        assert_eq!(fitted(natural, 60), [3, 11, 20, 0, 0, 20]);
        assert_eq!(fitted(natural, 80), [3, 11, 22, 14, 0, 22]);
        assert_eq!(fitted(natural, 100), [3, 11, 23, 14, 16, 23]);
        let short = [1, 4, 5, 6, 5, 90];
        assert_eq!(fitted(short, 60), [1, 4, 5, 6, 5, 29]);
    }
}
