//! What somebody typed, pasted or listed in a file: one URL per line.

use crate::{
    fetch::{FetchError, Request},
    settings::MAX_INPUT_LINES,
};

/// A line that says something.
#[derive(Clone, Debug, PartialEq)]
pub struct InputLine {
    /// Its number in the text, from 1.
    pub number: usize,
    /// What it says, without the space around it. It may hold secrets.
    pub text: String,
    /// What is to be fetched, or why that is not possible.
    pub request: Result<Request, FetchError>,
}

/// The lines of a text, and how many were beyond the longest list that is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputLines {
    /// The lines that say something.
    pub lines: Vec<InputLine>,
    /// How many more there were than [`MAX_INPUT_LINES`].
    pub left_out: usize,
}

/// Reads a list of URLs, one per line. Empty lines, and lines that begin with `#`, say nothing.
///
/// ```
/// use jobdeck::programs::parse_lines;
///
/// let read = parse_lines("# two files\nhttps://example.com/a\n\nexample.com/b\n");
/// assert_eq!(read.lines.len(), 2);
/// assert!(read.lines[0].request.is_ok());
/// assert_eq!(read.lines[1].number, 4);
/// let error = read.lines[1].request.as_ref().unwrap_err();
/// assert_eq!(error.hint, "Write https://example.com/b instead.");
/// ```
#[must_use]
pub fn parse_lines(text: &str) -> InputLines {
    // Some editors begin a file with this mark; it is not a part of the first URL.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut said = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        let says_something = !line.is_empty() && !line.starts_with('#');
        says_something.then_some((index + 1, line))
    });
    let lines = said
        .by_ref()
        .take(MAX_INPUT_LINES)
        .map(|(number, line)| InputLine {
            number,
            text: line.to_owned(),
            request: Request::get(line),
        })
        .collect();
    InputLines {
        lines,
        left_out: said.count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_say_nothing_but_are_counted() {
        let read =
            parse_lines("\u{feff}http://h/1\r\n\r\n  # http://h/2\n\t http://h/3 \nnot a url");
        let numbers: Vec<_> = read.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 4, 5]);
        let good = read.lines.iter().map(|line| line.request.is_ok());
        assert_eq!(good.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(read.lines[1].text, "http://h/3");
        assert_eq!(parse_lines(""), InputLines::default());
        assert_eq!(parse_lines("#only\n\n"), InputLines::default());
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let text = "x\n".repeat(MAX_INPUT_LINES + 3);
        let read = parse_lines(&text);
        assert_eq!((read.lines.len(), read.left_out), (MAX_INPUT_LINES, 3));
    }
}
