//! A line of a list: links, and what may follow one of them.
//!
//! ```text
//! URL
//! URL <tab> name
//! URL # comment
//! URL URL URL
//! URL
//!   out=name
//!   dir=folder
//! ```
//!
//! The indented lines are those of aria2's lists.

use std::path::{Component, Path};

use super::{Globs, Link, LinkOverrides, UrlGlob};
use crate::fetch::{ErrorClass, FetchError, NameRule};

/// Where a text of links comes from, which decides what it may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An argument: one link or command, its blanks included.
    Argument,
    /// A list in a file or a pipe, which may name folders.
    File,
    /// What is typed, pasted or opened in the window: folders are below the one that downloads are
    /// saved to.
    Window,
}

/// What a line and the indented lines below it say.
pub(super) struct ListLine<'text> {
    links: Vec<UrlGlob<'text>>,
    own: Option<Box<LinkOverrides>>,
    ignored: Vec<&'text str>,
}

impl<'text> ListLine<'text> {
    /// Reads a line with the option lines below it.
    ///
    /// # Errors
    /// Class `bad_url`: a range that cannot be understood, or something behind a link that is no
    /// comment, name or link.
    pub(super) fn read(text: &'text str, origin: Origin, globs: Globs) -> Result<Self, FetchError> {
        let mut line = Self {
            links: Vec::with_capacity(1),
            own: None,
            ignored: Vec::new(),
        };
        if origin == Origin::Argument {
            if text.trim().contains(['\n', '\r']) {
                return Err(wrong(
                    "A link has a line break in it",
                    "Give each link as an argument of its own, or a list of them with -i.",
                ));
            }
            line.links.push(globs.glob(text)?);
            return Ok(line);
        }
        let (first, below) = text.split_once('\n').unwrap_or((text, ""));
        let mut rest = first.trim();
        // Made where something is said: most lines say no more than their link.
        let mut own: Option<Box<LinkOverrides>> = None;
        loop {
            let end = match rest.find(char::is_whitespace) {
                Some(end) if looks_like_link(rest) => end,
                // What is no link is refused in whole.
                _ => rest.len(),
            };
            let (link, behind) = rest.split_at(end);
            line.links.push(globs.glob(link)?);
            let next = behind.trim_start();
            if next.is_empty() || next.starts_with('#') {
                break;
            }
            if looks_like_link(next) {
                rest = next;
                continue;
            }
            if !behind.trim_start_matches(' ').starts_with('\t') {
                return Err(wrong(
                    "A blank ends a link",
                    "Write %20, or a tab before a name.",
                ));
            }
            own.get_or_insert_default().options.file_name = Some(Some(next.to_owned()));
            break;
        }
        for (key, value) in below.lines().filter_map(option_of) {
            match key {
                "out" => {
                    own.get_or_insert_default().options.file_name = Some(Some(value.to_owned()));
                }
                "dir" => set_folder(own.get_or_insert_default(), value, origin)?,
                _ => line.ignored.push(key),
            }
        }
        let name = own.as_ref().and_then(|own| own.options.file_name.as_ref());
        if let Some(Some(name)) = name {
            if line.len() != 1 {
                return Err(wrong(
                    format!("A name is for one link, and here are {}", line.len()),
                    "Write each link in a line of its own.",
                ));
            }
            NameRule::Named(name.clone()).check()?;
        }
        line.own = own;
        Ok(line)
    }

    /// The number of its links.
    pub(super) fn len(&self) -> usize {
        let counts = self.links.iter().map(UrlGlob::len);
        counts.fold(0, usize::saturating_add)
    }

    /// The text of one of its links.
    pub(super) fn link_text(&self, mut index: usize) -> Option<String> {
        for link in &self.links {
            if index < link.len() {
                return link.get(index);
            }
            index -= link.len();
        }
        None
    }

    /// One of its links; none beyond the last.
    pub(super) fn link(&self, index: usize) -> Option<Result<Link, FetchError>> {
        let text = self.link_text(index)?;
        Some(Link::get(&text).map(|link| Link {
            own: self.own.clone(),
            ..link
        }))
    }

    /// The options of aria2 that have no effect here.
    pub(super) fn ignored(&self) -> &[&'text str] {
        &self.ignored
    }
}

fn looks_like_link(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    word.contains("://")
}

/// The bytes of `text`, which follows a link's line, that are option lines of that link, with the
/// comments and empty lines between them.
pub(super) fn options_length(text: &str) -> usize {
    let (mut end, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let says = line.trim();
        if option_of(line).is_some() {
            end = at;
        } else if !says.is_empty() && !says.starts_with('#') {
            break;
        }
    }
    end
}

/// The name and value of an option, as aria2 writes them: indented.
fn option_of(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(char::is_whitespace)?.split_once('=')?;
    let name = name.trim_start();
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_name.then(|| (name, value.trim()))
}

fn set_folder(own: &mut LinkOverrides, text: &str, origin: Origin) -> Result<(), FetchError> {
    let path = Path::new(text);
    if text.is_empty() {
        return Err(wrong(
            "The folder behind dir= is empty",
            "Write a folder, or leave the line out.",
        ));
    }
    if origin == Origin::File {
        own.options.folder = Some(Some(path.to_owned()));
        return Ok(());
    }
    let mut components = path.components();
    let is_below = components.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_below && !text.contains(['\\', '\0']) {
        own.folder_below = Some(path.to_owned());
        return Ok(());
    }
    Err(wrong(
        "The folder behind dir= is not below the one that downloads are saved to",
        "Write a path without .. and without a / at its beginning.",
    ))
}

fn wrong(message: impl Into<String>, hint: &str) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn read(text: &str, origin: Origin) -> Result<ListLine<'_>, FetchError> {
        ListLine::read(text, origin, Globs::Expanded)
    }

    fn paths(text: &str) -> Vec<String> {
        let line = read(text, Origin::File).unwrap();
        let links = (0..line.len()).map(|index| line.link(index).unwrap().unwrap());
        links
            .map(|link| {
                let name = link.file_name().map(|name| format!(" as {name}"));
                link.request.url().path().to_owned() + &name.unwrap_or_default()
            })
            .collect()
    }

    #[test]
    fn behind_a_link_stand_a_name_a_comment_or_other_links() {
        for (text, expected) in [
            ("http://h/a", &["/a"][..]),
            ("http://h/a\tb  c.txt", &["/a as b  c.txt"]),
            ("http://h/a \t.env", &["/a as .env"]),
            ("http://h/a # note", &["/a"]),
            ("http://h/a\t# note", &["/a"]),
            ("http://h/a#b", &["/a"]),
            (
                "http://h/a http://h/b  http://h/[1-2]",
                &["/a", "/b", "/1", "/2"],
            ),
            ("http://h/a\thttp://h/b # note", &["/a", "/b"]),
            ("http://h/a\u{a0}http://h/b\u{a0}# note", &["/a", "/b"]),
            ("\u{a0}http://h/a\u{a0}", &["/a"]),
            (
                "http://h/a\n out=x.bin\n\n # c\n\tsplit=4",
                &["/a as x.bin"],
            ),
        ] {
            assert_eq!(paths(text), expected, "{text:?}");
        }
    }

    #[test]
    fn anything_else_behind_a_link_is_refused() {
        for (text, says) in [
            ("http://h/a b.txt", "A blank ends a link"),
            ("http://h/a http://h/b c", "A blank ends a link"),
            ("http://h/a\u{a0}b", "A blank ends a link"),
            ("http://h/a\u{3000}b", "A blank ends a link"),
            ("http://h/a\u{2028}b", "A blank ends a link"),
            ("http://h/a\n dir=", "dir= is empty"),
            (
                "http://h/[1-2]\tname",
                "A name is for one link, and here are 2",
            ),
            ("http://h/a http://h/b\tname", "A name is for one link"),
            ("http://h/a\ta/b", "no /"),
            ("http://h/a\n out=..", "folders"),
            ("http://h/a\n out=", "empty"),
            ("http://h/[2-1]", "ends before it begins"),
        ] {
            let error = read(text, Origin::File).err().unwrap();
            assert!(error.message.contains(says), "{text:?}: {error}");
        }
        // An argument is one link.
        for text in ["http://h/a\nhttp://h/b", "http://h/a\rhttp://h/b"] {
            let error = read(text, Origin::Argument).err().unwrap();
            assert_eq!(error.message, "A link has a line break in it");
        }
        let line = read("http://h/a b", Origin::Argument).unwrap();
        let link = line.link(0).unwrap().unwrap();
        assert_eq!((link.request.url().path(), line.len()), ("/a%20b", 1));
    }

    #[test]
    fn a_folder_of_the_window_is_below_the_one_that_is_saved_to() {
        let folder = |value: &str, origin| {
            let text = format!("http://h/a\n  dir={value}");
            let link = read(&text, origin).ok()?.link(0)?.ok()?;
            let own = link.own?;
            Some((own.options.folder.flatten(), own.folder_below))
        };
        for value in ["a", "a/b", "./a"] {
            let path = PathBuf::from(value);
            let at = Some((Some(path.clone()), None));
            assert_eq!(folder(value, Origin::File), at);
            let below = Some((None, Some(path)));
            assert_eq!(folder(value, Origin::Window), below);
        }
        for value in ["/etc", "..", "a/../../b"] {
            let path = PathBuf::from(value);
            assert_eq!(folder(value, Origin::File), Some((Some(path), None)));
            assert_eq!(folder(value, Origin::Window), None, "{value}");
        }
        assert_eq!(folder("", Origin::File), None);
    }

    #[test]
    fn options_are_the_indented_lines_below() {
        let below = " out=a\n# c\n\n\tdir=b\n# d\nhttp://h/?a=b\n";
        assert_eq!(&below[..options_length(below)], " out=a\n# c\n\n\tdir=b\n");
        assert_eq!(options_length("# c\n"), 0);
        assert_eq!(options_length("  http://h/?a=b\n"), 0);
        assert_eq!(options_length("out=a\n"), 0);
        let line = read("http://h/a\n split=4\n out=x\n header=A: b", Origin::File).unwrap();
        assert_eq!(line.ignored(), ["split", "header"]);
    }
}
