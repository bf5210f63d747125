//! The URLs of arguments, files and pipes.

use std::io::Read;
use std::path::Path;

use super::arguments::InputArguments;
use super::{BadLine, UsageError};
use crate::programs::{Globs, InputLines, Link, parse_lines_with};
use crate::settings;

/// The longest list of URLs that is read from a file or a pipe, in bytes.
pub const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// The links of arguments, files and pipes, in that order; and the lines that are none, when
/// they are to be left out.
pub(super) fn links(input: &InputArguments) -> Result<(Vec<Link>, Vec<BadLine>), UsageError> {
    if input.urls.is_empty() && input.input.is_empty() {
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
        arguments.add(index + 1, url, globs);
    }
    taken.take(arguments, "the arguments", |number| format!("URL {number}"));
    for path in &input.input {
        let (place, lines) = read_lines(path, globs)?;
        taken.take(lines, &place, |number| format!("{place}, line {number}"));
    }
    if taken.bad.is_empty() || input.keep_going {
        Ok((taken.links, taken.bad))
    } else {
        Err(UsageError::BadLines(taken.bad))
    }
}

#[derive(Default)]
struct Taken {
    links: Vec<Link>,
    bad: Vec<BadLine>,
}

impl Taken {
    fn take(&mut self, read: InputLines, whole: &str, place: impl Fn(usize) -> String) {
        for line in read.lines {
            match line.link {
                Ok(link) => self.links.push(link),
                Err(error) => self.bad.push(BadLine {
                    place: place(line.number),
                    message: error.message,
                    hint: error.hint,
                }),
            }
        }
        if read.left_out > 0 {
            self.bad.push(BadLine {
                place: whole.to_owned(),
                message: format!("{} URLs are beyond the longest list", read.left_out),
                hint: format!("At most {} are taken at once.", settings::MAX_INPUT_LINES),
            });
        }
    }
}

fn read_lines(path: &Path, globs: Globs) -> Result<(String, InputLines), UsageError> {
    let is_standard_input = path == Path::new("-");
    let place = if is_standard_input {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if is_standard_input {
        read_at_most(std::io::stdin().lock(), &mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| read_at_most(file, &mut bytes))
    };
    match read {
        Ok(()) => Ok((
            place,
            parse_lines_with(&String::from_utf8_lossy(&bytes), globs),
        )),
        Err(source) => Err(UsageError::Input { place, source }),
    }
}

fn read_at_most(reader: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    reader.take(MAX_INPUT_BYTES + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        let error = format!(
            "it is larger than {}",
            crate::format::bytes(MAX_INPUT_BYTES)
        );
        return Err(std::io::Error::other(error));
    }
    Ok(())
}
