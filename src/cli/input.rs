//! The URLs of arguments, files and pipes.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use super::arguments::InputArguments;
use super::{BadLine, UsageError};
use crate::links::{Globs, InputLines, Link, LinkKey, Origin, links_in_file, parse_lines_with};

/// The longest list of URLs that is read from a file or a pipe, in bytes.
pub const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// The longest file that is imported, in bytes: an export says much of each row.
pub const MAX_IMPORT_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// What there is to download.
pub(super) struct Links {
    /// The links of arguments, files and pipes, in that order.
    pub(super) links: Vec<Link>,
    /// The lines that are none, when they are to be left out.
    pub(super) bad: Vec<BadLine>,
    /// What there is to say about lists that were read.
    pub(super) notes: Vec<String>,
}

/// Reads the arguments, and the lists that they name.
pub(super) fn links(input: &InputArguments) -> Result<Links, UsageError> {
    if input.urls.is_empty() && input.lists.is_empty() {
        for (given, option) in [
            (input.no_glob, "--no-glob"),
            (input.keep_going, "--keep-going"),
        ] {
            if given {
                return Err(UsageError::option(
                    option,
                    "there are no URLs that it could concern",
                    "Give one or more, or -i FILE, or leave it out.",
                ));
            }
        }
    }
    let globs = if input.no_glob {
        Globs::Literal
    } else {
        Globs::Expanded
    };
    let mut taken = Taken::default();
    let mut arguments = InputLines::default();
    for (index, url) in input.urls.iter().enumerate() {
        arguments.add(index + 1, url, Origin::Argument, globs);
    }
    taken.take_arguments(arguments);
    for path in &input.lists {
        taken.take_list(path, globs)?;
    }
    if taken.bad.is_empty() || input.keep_going {
        Ok(Links {
            links: taken.links,
            bad: taken.bad,
            notes: taken.notes,
        })
    } else {
        Err(UsageError::BadLines(taken.bad))
    }
}

#[derive(Default)]
struct Taken {
    links: Vec<Link>,
    bad: Vec<BadLine>,
    notes: Vec<String>,
    /// The links of all lists: each is downloaded once.
    listed: HashSet<LinkKey>,
}

impl Taken {
    fn take_arguments(&mut self, read: InputLines) {
        for line in read.lines {
            match line.link {
                Ok(link) => self.links.push(link),
                Err(error) => self.bad.push(BadLine {
                    place: format!("URL {}", line.number),
                    message: error.message,
                    hint: error.hint,
                }),
            }
        }
        self.left_out(read.left_out, "the arguments");
    }

    fn take_list(&mut self, path: &Path, globs: Globs) -> Result<(), UsageError> {
        let (place, bytes) = read_input(path, MAX_INPUT_BYTES)?;
        let list = links_in_file(&place, bytes).map_err(|error| UsageError::NoText {
            place: place.clone(),
            source: error,
        })?;
        self.notes
            .extend(list.note().map(|note| format!("{place} {note}")));
        let read = parse_lines_with(&list.text, Origin::File, globs);
        let mut repeated = Vec::new();
        for line in read.lines {
            match line.link {
                Ok(link) if self.listed.insert(LinkKey::of_file(&link)) => self.links.push(link),
                Ok(_) => repeated.push(line.number),
                Err(error) => self.bad.push(BadLine {
                    place: format!("{place}, line {}", line.number),
                    message: error.message,
                    hint: error.hint,
                }),
            }
        }
        self.left_out(read.left_out, &place);
        self.notes.extend(repeated_note(&place, &repeated));
        if !read.ignored_options.is_empty() {
            let options: Vec<_> = read.ignored_options.into_iter().collect();
            let options = options.join(", ");
            self.notes.push(format!(
                "{place}: of the options below links only out and dir are used, not {options}"
            ));
        }
        Ok(())
    }

    fn left_out(&mut self, count: usize, place: &str) {
        if count > 0 {
            self.bad.push(BadLine {
                place: place.to_owned(),
                message: format!("{count} URLs are beyond the longest list"),
                hint: format!(
                    "At most {} are taken at once.",
                    crate::links::limits::MAX_INPUT_LINES
                ),
            });
        }
    }
}

/// What is said about lines whose links are in the lists already.
fn repeated_note(place: &str, lines: &[usize]) -> Option<String> {
    const SHOWN: usize = 5;
    let shown: Vec<String> = lines.iter().take(SHOWN).map(ToString::to_string).collect();
    let noun = match lines.len() {
        0 => return None,
        1 => "1 link is there already and is downloaded once: line",
        _ => "links are there already and are downloaded once: lines",
    };
    let count = match lines.len() {
        1 => String::new(),
        count => format!("{count} "),
    };
    let more = match lines.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("{place}: {count}{noun} {}{more}", shown.join(", ")))
}

/// The bytes of a file, or of standard input for `-`, and what it is called in messages.
///
/// # Errors
/// [`UsageError::Input`]: it cannot be read, or is longer than `max_bytes`.
pub fn read_input(path: &Path, max_bytes: u64) -> Result<(String, Vec<u8>), UsageError> {
    let is_standard_input = path == Path::new("-");
    let place = if is_standard_input {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if is_standard_input {
        read_at_most(std::io::stdin().lock(), &mut bytes, max_bytes)
    } else {
        std::fs::File::open(path).and_then(|file| read_at_most(file, &mut bytes, max_bytes))
    };
    match read {
        Ok(()) => Ok((place, bytes)),
        Err(source) => Err(UsageError::Input { place, source }),
    }
}

fn read_at_most(reader: impl Read, bytes: &mut Vec<u8>, max_bytes: u64) -> std::io::Result<()> {
    reader.take(max_bytes + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > max_bytes {
        let error = format!("it is larger than {}", crate::format::bytes(max_bytes));
        return Err(std::io::Error::other(error));
    }
    Ok(())
}
