//! A text of links, cut into what it says: a line each with the options below it, or a `curl`
//! command over several.

use std::borrow::Cow;

use super::curl::CurlCommand;
use super::list_line::{ListLine, Origin, options_length};
use super::{Globs, Link, curl};
use crate::fetch::{ErrorClass, FetchError};
use crate::links::limits::MAX_STATEMENT_BYTES;

/// Where a text says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The line it begins in, from 1.
    pub line: usize,
    /// The byte it begins with.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
}

/// A text whose lines all end with a line feed, as those that a [`Scan`] takes do: a carriage
/// return alone ends a line in lists of old systems. Every byte keeps its place.
pub(super) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    let mut returns = text.match_indices('\r').map(|(at, _)| at);
    let is_alone = |at: usize| !text[at + 1..].starts_with('\n');
    if !returns.any(is_alone) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line = character == '\r' && characters.peek() != Some(&'\n');
        plain.push(if ends_line { '\n' } else { character });
    }
    Cow::Owned(plain)
}

/// How far a text is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    offset: usize,
    line: usize,
    /// Whether what is left of the line stands behind a command.
    behind_command: bool,
}

/// What was found in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanResult {
    /// A line that says nothing: it is empty, or begins with `#`.
    Nothing,
    /// What can be read.
    Statement(Span),
    /// The text's end.
    End,
}

impl Scan {
    pub(super) fn of(text: &str) -> Self {
        Self {
            // Some editors begin a file with this mark; it is not a part of the first URL.
            offset: if text.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            },
            line: 1,
            behind_command: false,
        }
    }

    /// Takes one line with the options below it, or one command.
    pub(super) fn step(&mut self, text: &str) -> ScanResult {
        let rest = &text[self.offset..];
        if rest.is_empty() {
            return ScanResult::End;
        }
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let line = &rest[..line_end];
        let says = if self.behind_command {
            line.trim_start_matches([' ', '\t', '\r', ';', '&'])
        } else {
            line.trim_start()
        };
        let start = self.offset + line.len() - says.len();
        let says = says.trim_end();
        let is_command = curl::begins_command(says);
        let says_nothing = says.is_empty() || says.starts_with('#');
        let first_line = self.line;
        let length = if is_command {
            curl::length(&text[start..])
        } else {
            says.len()
        };
        let mut end = start + length;
        if is_command {
            self.line += text[start..end].matches('\n').count();
            self.offset = end;
            self.behind_command = true;
        } else {
            self.offset += line_end;
        }
        if text[self.offset..].starts_with('\n') {
            self.offset += 1;
            self.line += 1;
            self.behind_command = false;
        }
        if says_nothing {
            return ScanResult::Nothing;
        }
        let options = if is_command {
            0
        } else {
            options_length(&text[self.offset..])
        };
        if options > 0 {
            end = self.offset + options;
            self.line += text[self.offset..end].matches('\n').count();
            self.offset = end;
        }
        ScanResult::Statement(Span {
            line: first_line,
            start,
            end: start + text[start..end].trim_end().len(),
        })
    }
}

/// What a text with line feeds says, from its beginning.
pub(super) fn statements(text: &str) -> impl Iterator<Item = (Span, &str)> {
    let mut scan = Scan::of(text);
    std::iter::from_fn(move || {
        loop {
            match scan.step(text) {
                ScanResult::End => return None,
                ScanResult::Nothing => {}
                ScanResult::Statement(span) => return Some((span, &text[span.start..span.end])),
            }
        }
    })
}

/// What a line or a command says: the links it stands for, none of them made before it is asked
/// for, or why it cannot be understood. It may hold secrets, and so has no `Debug` form.
pub struct Statement<'text> {
    text: &'text str,
    says: Says<'text>,
}

enum Says<'text> {
    Links(ListLine<'text>),
    Command(Box<CurlCommand>),
    Nothing(FetchError),
}

impl<'text> Statement<'text> {
    /// Reads what stands in a [`Span`].
    #[must_use]
    pub fn of(text: &'text str, origin: Origin, globs: Globs) -> Self {
        let says = if text.len() > MAX_STATEMENT_BYTES {
            Says::Nothing(too_long(text.len()))
        } else if curl::begins_command(text) {
            match CurlCommand::parse(text, globs) {
                Ok(command) => Says::Command(Box::new(command)),
                Err(error) => Says::Nothing(error),
            }
        } else {
            ListLine::read(text, origin, globs).map_or_else(Says::Nothing, Says::Links)
        };
        Self { text, says }
    }

    /// For how many links it stands; one that cannot be understood counts as one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        match &self.says {
            Says::Links(line) => line.len(),
            Says::Command(command) => command.len(),
            Says::Nothing(_) => 1,
        }
    }

    /// One of its links; none beyond the last.
    #[must_use]
    pub fn link(&self, index: usize) -> Option<Result<Link, FetchError>> {
        match &self.says {
            Says::Links(line) => line.link(index),
            Says::Command(command) => command.link(index),
            Says::Nothing(error) => (index == 0).then(|| Err(error.clone())),
        }
    }

    /// The text of one of its links: of a command the URL, unless the command itself cannot be
    /// understood. It may hold secrets.
    #[must_use]
    pub fn link_text(&self, index: usize) -> Option<String> {
        match &self.says {
            Says::Links(line) => line.link_text(index),
            Says::Command(command) => command.url_text(index),
            Says::Nothing(_) => (index == 0).then(|| self.text.to_owned()),
        }
    }

    /// Whether it is a command.
    #[must_use]
    pub fn is_command(&self) -> bool {
        curl::begins_command(self.text)
    }

    /// The options of aria2 below its line that have no effect.
    #[must_use]
    pub fn ignored_options(&self) -> &[&'text str] {
        match &self.says {
            Says::Links(line) => line.ignored(),
            Says::Command(_) | Says::Nothing(_) => &[],
        }
    }

    /// How many headers its links bring.
    #[must_use]
    pub fn header_count(&self) -> usize {
        match &self.says {
            Says::Command(command) => command.header_count(),
            Says::Links(_) | Says::Nothing(_) => 0,
        }
    }
}

fn too_long(bytes: usize) -> FetchError {
    let message = format!("The line is too long: {bytes} bytes");
    FetchError::new(ErrorClass::BadUrl, message).with_hint(format!(
        "At most {MAX_STATEMENT_BYTES} are read as a link or a command."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<(usize, &str)> {
        let all = statements(text);
        all.map(|(span, text)| (span.line, text)).collect()
    }

    #[test]
    fn commands_stand_between_links() {
        let text = "\u{feff}# list\n http://h/1 \r\ncurl 'http://h/2' \\\n  -L\n\nhttp://h/3\n\
                    curl 'http://h/4' ;\ncurl 'http://h/5' && curl http://h/6\nhttp://h/7";
        assert_eq!(
            spans(text),
            [
                (2, "http://h/1"),
                (3, "curl 'http://h/2' \\\n  -L"),
                (6, "http://h/3"),
                (7, "curl 'http://h/4'"),
                (8, "curl 'http://h/5'"),
                (8, "curl http://h/6"),
                (9, "http://h/7"),
            ]
        );
        assert_eq!(spans(""), []);
        assert_eq!(spans("\n\r\n#x"), []);
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        for (text, plain) in [
            ("a\rb\r", "a\nb\n"),
            ("a\r\nb\r\r\nc", "a\r\nb\n\r\nc"),
            ("\r\r", "\n\n"),
            ("ü\rü", "ü\nü"),
        ] {
            assert_eq!(with_line_feeds(text), plain, "{text:?}");
        }
        assert!(matches!(with_line_feeds("a\r\nb\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn options_belong_to_the_link_above() {
        let text = "http://h/1\n out=a\n\n\tdir=b\n# c\nhttp://h/2\n  http://h/3\n  out=d";
        assert_eq!(
            spans(text),
            [
                (1, "http://h/1\n out=a\n\n\tdir=b"),
                (6, "http://h/2"),
                (7, "http://h/3\n  out=d"),
            ]
        );
        // Of nothing.
        assert_eq!(
            spans(" out=a\nhttp://h/1"),
            [(1, "out=a"), (2, "http://h/1")]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_one_line() {
        let text = "curl 'http://h/1\nhttp://h/2\nhttp://h/3";
        let found = spans(text);
        assert_eq!(found.len(), 3);
        let statement = Statement::of(found[0].1, Origin::Window, Globs::Expanded);
        assert!(statement.link(0).unwrap().is_err() && statement.link(1).is_none());
    }

    #[test]
    fn what_is_too_long_is_not_looked_at() {
        let text = "x{a,".repeat(MAX_STATEMENT_BYTES);
        let statement = Statement::of(&text, Origin::Window, Globs::Expanded);
        let error = statement.link(0).unwrap().unwrap_err();
        assert!(error.message.contains("too long"), "{error}");
    }

    #[test]
    fn any_text_is_cut_into_pieces_that_are_in_it() {
        let pieces = [
            "curl", " ", "\n", "\r", "\\", "'", "\"", "$", "^", ";", "&", "#", "ü", "x", "\t",
            "://", "out=", "dir=",
        ];
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..20_000 {
            let text: String = (0..random.usize(..24))
                .map(|_| pieces[random.usize(..pieces.len())])
                .collect();
            let mut last = 0;
            for (line, piece) in spans(&text) {
                assert!(line > 0 && !piece.is_empty(), "{text:?}");
                let place = piece.as_ptr() as usize - text.as_ptr() as usize;
                assert!(place >= last, "{text:?}");
                last = place + piece.len();
                let _ = Statement::of(piece, Origin::File, Globs::Expanded).link(0);
            }
        }
    }
}
