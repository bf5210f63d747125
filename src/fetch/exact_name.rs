//! Names that are used exactly as given, or refused.

use crate::fetch::limits::MAX_FILE_NAME_BYTES;
use crate::fetch::part_names::is_part_name;
use crate::fetch::platform::Platform;

/// Why a name cannot be that of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadFileName {
    /// It is empty.
    #[error("The name is empty")]
    Empty,
    /// It is `.` or `..`.
    #[error("“.” and “..” are folders")]
    Folder,
    /// It has a `/` or a `\`.
    #[error("A name has no / and no \\")]
    Separator,
    /// It has a NUL.
    #[error("A name has no NUL character")]
    Nul,
    /// It has more bytes than a file system supports.
    #[error("The name has {bytes} bytes, and at most {MAX_FILE_NAME_BYTES} are possible")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is reserved for incomplete files.
    #[error("Names that end in .part, .part.json or .part.old are those of incomplete files")]
    Part,
    /// Windows does not allow this character in names.
    #[error("Windows has no names with “{}”", .character.escape_debug())]
    Character {
        /// The first such character.
        character: char,
    },
    /// Windows drops a dot or a space at the end.
    #[error("On Windows a name does not end in a dot or a space")]
    End,
    /// It is the name of a device on Windows.
    #[error("Windows keeps this name for a device")]
    Device,
}

impl BadFileName {
    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Empty | Self::Folder => "Write the name of a file.",
            Self::Separator => "Write the name alone; its folder is chosen on its own.",
            Self::TooLong { .. } => "Write a shorter one.",
            Self::Nul | Self::Part | Self::Character { .. } | Self::End | Self::Device => {
                "Write another one."
            }
        }
    }
}

/// Checks that a file can have exactly this name.
pub(crate) fn check_exact(name: &str, platform: Platform) -> Result<(), BadFileName> {
    let forbidden = name.chars().find(|c| !platform.supports(*c));
    if name.is_empty() {
        Err(BadFileName::Empty)
    } else if matches!(name, "." | "..") {
        Err(BadFileName::Folder)
    } else if name.contains(['/', '\\']) {
        Err(BadFileName::Separator)
    } else if name.contains('\0') {
        Err(BadFileName::Nul)
    } else if name.len() > MAX_FILE_NAME_BYTES {
        Err(BadFileName::TooLong { bytes: name.len() })
    } else if is_part_name(name) {
        Err(BadFileName::Part)
    } else if let Some(character) = forbidden {
        Err(BadFileName::Character { character })
    } else if name.ends_with(|c| platform.drops_at_end(c)) {
        Err(BadFileName::End)
    } else if platform.reserves(name) {
        Err(BadFileName::Device)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_takes_what_it_can_hold() {
        for name in [
            ".env",
            "backup 10:30.sql",
            "a  b.txt",
            " a ",
            "con",
            "a?.b*",
            "…",
            "-",
            "a.",
            "a\u{200c}b",
        ] {
            assert_eq!(check_exact(name, Platform::Unix), Ok(()), "{name}");
        }
        assert_eq!(check_exact(&"ü".repeat(127), Platform::Unix), Ok(()));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_everywhere() {
        for (name, why) in [
            ("", BadFileName::Empty),
            (".", BadFileName::Folder),
            ("..", BadFileName::Folder),
            ("a/b", BadFileName::Separator),
            ("a\\b", BadFileName::Separator),
            ("a\0", BadFileName::Nul),
            ("a.part", BadFileName::Part),
            ("a.part.json", BadFileName::Part),
            ("a.part.old2", BadFileName::Part),
            (&"ü".repeat(128), BadFileName::TooLong { bytes: 256 }),
        ] {
            for platform in [Platform::Unix, Platform::Windows] {
                assert_eq!(check_exact(name, platform), Err(why), "{name:?}");
            }
        }
    }

    #[test]
    fn windows_refuses_what_it_would_change() {
        let character = |character| BadFileName::Character { character };
        for (name, why) in [
            ("10:30.sql", character(':')),
            ("a?", character('?')),
            ("a\nb", character('\n')),
            ("a.", BadFileName::End),
            ("a ", BadFileName::End),
            ("con", BadFileName::Device),
            ("Com1.tar.gz", BadFileName::Device),
        ] {
            assert_eq!(check_exact(name, Platform::Windows), Err(why), "{name:?}");
        }
        assert_eq!(check_exact(".env", Platform::Windows), Ok(()));
    }
}
