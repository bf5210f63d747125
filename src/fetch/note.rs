//! Notes about a download that is done.

use std::borrow::Cow;

use crate::fetch::secrets::text_for_files;

/// How much a [`Note`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// The file is right.
    Info,
    /// The file may not be the requested one: a user should look at it.
    Doubt,
}

impl NoteKind {
    /// The word for it in exports: `info` or `doubt`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Doubt => "doubt",
        }
    }
}

/// What a [`Note`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoteCode {
    /// The server announced no length: nothing proves that nothing is missing.
    LengthNotAnnounced,
    /// The body came in a coding that was not requested. Gzip and deflate were decoded.
    Encoded,
    /// Bytes of an earlier attempt could not be used, and were received again.
    #[serde(rename = "begun_again")]
    Restarted,
    /// Bytes of an earlier attempt were kept because samples of them equal the server's.
    Compared,
    /// The file has another name than intended, because that was taken.
    Renamed,
    /// A part of this URL was not resumed: it is of an earlier version of the program, or of
    /// another user.
    PartLeftAlone,
    /// The file is complete, but the disk failed to make its name durable: a crash of the system
    /// may undo the rename.
    NameNotDurable,
    /// A web page came where another type of file was expected.
    WebPage,
    /// The server said that the file is not ready yet, and not when it will be.
    NotReady,
}

impl NoteCode {
    /// All codes.
    pub const ALL: [Self; 9] = [
        Self::LengthNotAnnounced,
        Self::Encoded,
        Self::Restarted,
        Self::Compared,
        Self::Renamed,
        Self::PartLeftAlone,
        Self::NameNotDurable,
        Self::WebPage,
        Self::NotReady,
    ];

    /// The word for it in exports, in snake case. It never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LengthNotAnnounced => "length_not_announced",
            Self::Encoded => "encoded",
            Self::Restarted => "begun_again",
            Self::Compared => "compared",
            Self::Renamed => "renamed",
            Self::PartLeftAlone => "part_left_alone",
            Self::NameNotDurable => "name_not_durable",
            Self::WebPage => "web_page",
            Self::NotReady => "not_ready",
        }
    }

    /// How much notes of this code matter.
    #[must_use]
    pub fn kind(self) -> NoteKind {
        match self {
            Self::LengthNotAnnounced
            | Self::Encoded
            | Self::Restarted
            | Self::Compared
            | Self::Renamed
            | Self::PartLeftAlone
            | Self::NameNotDurable => NoteKind::Info,
            Self::WebPage | Self::NotReady => NoteKind::Doubt,
        }
    }
}

/// A note about a download that is done.
///
/// ```
/// use jobdeck::fetch::{Note, NoteCode, NoteKind};
///
/// let note = Note::new(NoteCode::Encoded, "encoded: gzip");
/// assert_eq!(note.kind(), NoteKind::Info);
/// assert_eq!(note.code.name(), "encoded");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Note {
    /// What it is about.
    pub code: NoteCode,
    /// The note, as a line without a full stop. Parts of it may come from a server.
    #[serde(serialize_with = "crate::fetch::stored::text_for_files")]
    pub text: Cow<'static, str>,
}

impl Note {
    /// A note.
    #[must_use]
    pub fn new(code: NoteCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn kind(&self) -> NoteKind {
        self.code.kind()
    }

    /// The text as it may be written to files: without long query values of URLs that look random.
    #[must_use]
    pub fn text_for_files(&self) -> Cow<'_, str> {
        text_for_files(&self.text)
    }
}
