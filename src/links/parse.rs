//! What somebody typed, pasted or listed in a file: one URL per line, a line that stands for many,
//! or a `curl` command.

use std::collections::BTreeSet;

use super::statements::{statements, with_line_feeds};
use super::{Globs, Link, Origin, Statement};
use crate::fetch::{ErrorClass, FetchError};
use crate::links::limits::{MAX_EXPANDED_BYTES, MAX_INPUT_LINES};

/// A URL that a line says, or one of many that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct InputLine {
    /// The line's number in the text, from 1.
    pub number: usize,
    /// The URL as it is written there, without the space around it; of a line that stands for many,
    /// this one. It may hold secrets.
    pub text: String,
    /// What is to be fetched, or why that is not possible.
    pub link: Result<Link, FetchError>,
}

/// The lines of a text, and how many were beyond the longest list that is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputLines {
    /// The lines that say something.
    pub lines: Vec<InputLine>,
    /// How many more there were than [`MAX_INPUT_LINES`], or than fit into [`MAX_EXPANDED_BYTES`].
    pub left_out: usize,
    /// The options of aria2 that have no effect.
    pub ignored_options: BTreeSet<String>,
    /// The bytes of the texts of `lines`.
    bytes: usize,
}

impl InputLines {
    /// Reads one line or command, which says something; `number` is its place, from 1.
    pub fn add(&mut self, number: usize, text: &str, origin: Origin, globs: Globs) {
        let statement = Statement::of(text, origin, globs);
        let ignored = statement.ignored_options().iter();
        self.ignored_options
            .extend(ignored.map(ToString::to_string));
        let mut index = 0;
        while self.has_room()
            && let (Some(text), Some(link)) = (statement.link_text(index), statement.link(index))
        {
            index += 1;
            self.bytes += text.len();
            self.lines.push(InputLine { number, text, link });
        }
        self.left_out += statement.len() - index;
    }

    fn has_room(&self) -> bool {
        self.lines.len() < MAX_INPUT_LINES && self.bytes < MAX_EXPANDED_BYTES
    }
}

/// Reads a list of URLs, one per line, in which ranges and lists are expanded, and `curl` commands
/// are read as what they download. Empty lines, and lines that begin with `#`, say nothing. Behind
/// a URL may be a tab and a name for its file, a comment that begins with ` #`, or further URLs;
/// below it, the indented lines `out=` and `dir=` of aria2's lists.
///
/// ```
/// use jobdeck::links::parse_lines;
///
/// let read = parse_lines("# three files\nhttps://example.com/[1-2]\n\nexample.com/b\n");
/// assert_eq!(read.lines.len(), 3);
/// assert_eq!(read.lines[1].text, "https://example.com/2");
/// assert_eq!(read.lines[2].number, 4);
/// let error = read.lines[2].link.as_ref().unwrap_err();
/// assert_eq!(error.hint, "Write https://example.com/b instead.");
/// ```
#[must_use]
pub fn parse_lines(text: &str) -> InputLines {
    parse_lines_with(text, Origin::Window, Globs::Expanded)
}

/// As [`parse_lines`], for a text of this origin, with ranges and lists as told.
#[must_use]
pub fn parse_lines_with(text: &str, origin: Origin, globs: Globs) -> InputLines {
    let text = &*with_line_feeds(text);
    let mut read = InputLines::default();
    for (span, text) in statements(text) {
        read.add(span.line, text, origin, globs);
    }
    read
}

/// Reads a text that is one link: a URL, or a `curl` command. `None` if it says nothing.
///
/// # Errors
/// Those of [`Link::get`] and of a command, and class `bad_url` if it stands for more than one
/// link.
///
/// ```
/// use jobdeck::links::parse_link;
///
/// let link = parse_link(" https://example.com/a.iso\n").unwrap().unwrap();
/// assert_eq!(link.request.url().path(), "/a.iso");
/// assert!(parse_link("https://example.com/[1-2]").unwrap().is_err());
/// assert!(parse_link("\n").is_none());
/// ```
#[must_use]
pub fn parse_link(text: &str) -> Option<Result<Link, FetchError>> {
    let text = &*with_line_feeds(text);
    let mut all = statements(text);
    let (_, first) = all.next()?;
    let statement = Statement::of(first, Origin::Window, Globs::Expanded);
    if all.next().is_some() || statement.len() != 1 {
        return Some(Err(more_than_one()));
    }
    statement.link(0)
}

fn more_than_one() -> FetchError {
    FetchError::new(ErrorClass::BadUrl, "This is more than one link")
        .with_hint("Give the one that leads to the same file.")
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
        let good = read.lines.iter().map(|line| line.link.is_ok());
        assert_eq!(good.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(read.lines[1].text, "http://h/3");
        assert_eq!(parse_lines(""), InputLines::default());
        assert_eq!(parse_lines("#only\n\n"), InputLines::default());
    }

    #[test]
    fn every_kind_of_line_end_is_one() {
        let read =
            parse_lines("http://h/1\rhttp://h/2\r\rhttp://h/3\n# c\rhttp://h/4\r\nhttp://h/5\r");
        let told = read
            .lines
            .iter()
            .map(|line| (line.number, line.text.as_str()));
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [
                (1, "http://h/1"),
                (2, "http://h/2"),
                (4, "http://h/3"),
                (6, "http://h/4"),
                (7, "http://h/5"),
            ]
        );
        assert!(read.lines.iter().all(|line| line.link.is_ok()));
        let read = parse_lines("http://h/1\r out=x\rhttp://h/2");
        let names = read
            .lines
            .iter()
            .map(|line| line.link.as_ref().unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), [Some("x"), None]);
        // Within the quotes of a command.
        let read = parse_lines("curl 'http://h/a\nhttp://h/b'");
        let error = read.lines[0].link.as_ref().unwrap_err();
        assert_eq!(error.message, "A link has a line break in it");
    }

    #[test]
    fn commands_are_read_between_links() {
        let read = parse_lines(
            "http://h/1\ncurl -H 'A: b' \\\n 'http://h/[2-3]'\ncurl -X POST http://h/4",
        );
        let told: Vec<_> = read
            .lines
            .iter()
            .map(|line| {
                (
                    line.number,
                    line.link
                        .as_ref()
                        .ok()
                        .map(|link| link.request.headers().len()),
                )
            })
            .collect();
        assert_eq!(told, [(1, Some(0)), (2, Some(1)), (2, Some(1)), (4, None)]);
        assert_eq!(read.lines[2].text, "http://h/3");
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let text = "x\n".repeat(MAX_INPUT_LINES + 3);
        let read = parse_lines(&text);
        assert_eq!((read.lines.len(), read.left_out), (MAX_INPUT_LINES, 3));
    }

    #[test]
    fn a_line_that_stands_for_many_gives_each_with_its_own_text() {
        let read = parse_lines("http://h/0\nhttp://h/{a,b}?n=[09-10]\nhttp://{h,h:99999}/\n[9-1]");
        let texts: Vec<_> = read.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "http://h/0",
                "http://h/a?n=09",
                "http://h/a?n=10",
                "http://h/b?n=09",
                "http://h/b?n=10",
                "http://h/",
                "http://h:99999/",
                "[9-1]"
            ]
        );
        let numbers: Vec<_> = read.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 2, 2, 2, 2, 3, 3, 4]);
        let good = read.lines.iter().filter(|line| line.link.is_ok());
        assert_eq!(good.count(), 6);
        let literal = parse_lines_with("http://h/{a,b}[1-3]", Origin::File, Globs::Literal);
        assert_eq!(literal.lines.len(), 1);
        assert!(literal.lines[0].link.is_ok());
    }

    #[test]
    fn what_lines_stand_for_is_bounded_together() {
        let read = parse_lines("x[1-600000]\nx[1-600000]\n[9-1]\nx");
        assert_eq!(
            (read.lines.len(), read.left_out),
            (MAX_INPUT_LINES, 200_002)
        );
        // Few, but long: each is longer than any URL.
        let long = format!("{}[1-99999]", "x".repeat(40_000));
        let read = parse_lines(&long);
        assert!(read.bytes < MAX_EXPANDED_BYTES + long.len());
        assert_eq!(read.lines.len() + read.left_out, 99_999);
        assert!(read.left_out > 80_000);
    }

    #[test]
    fn one_link_is_read_and_more_are_refused() {
        let message = |text: &str| parse_link(text).unwrap().unwrap_err().message;
        assert_eq!(message("http://h/{a,b}"), "This is more than one link");
        assert_eq!(
            message("http://h/a\nhttp://h/b"),
            "This is more than one link"
        );
        assert!(message("htps://h/a").contains("htps"));
        assert!(parse_link(" # nothing\n\n").is_none());
        let link = parse_link("curl 'https://h/a?x=1' -H 'Cookie: a=b'");
        let request = link.unwrap().unwrap().request;
        assert_eq!(request.url().as_str(), "https://h/a?x=1");
        assert_eq!(request.headers(), [("Cookie".to_owned(), "a=b".to_owned())]);
    }
}
