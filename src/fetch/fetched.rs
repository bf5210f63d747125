//! What a fetch is for, and what it yields.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::fetch::secrets::url_for_files;
use crate::fetch::{Checksum, Note, NoteCode, NoteKind, Save, Stream};

/// What becomes of the bytes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sink {
    /// They are counted and not kept.
    Count,
    /// They are kept in memory as text, up to this many.
    Text { limit_bytes: u64 },
    /// They are given on as they come.
    Stream(Stream),
    /// They are saved in this folder (in a browser: given to its own downloads).
    Save(Save),
}

/// A body that came completely: its length is what was announced, and a saved file has its final
/// name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fetched {
    /// Bytes of the body.
    pub received: u64,
    /// All bytes of bodies that were read for it, attempts that failed included.
    pub wire_bytes: u64,
    /// The length that the server announced, in bytes.
    pub total: Option<u64>,
    /// Whether a length was announced. Without one, nobody can say that nothing is missing.
    pub length_announced: bool,
    /// Where the body was saved.
    pub path: Option<PathBuf>,
    /// Whether a file of that name was there, and [`IfExists::Skip`](crate::fetch::IfExists::Skip) left it alone.
    pub skipped: bool,
    /// How many of the bytes were there before, from an earlier try, and were proved to be the same.
    pub resumed_at: Option<u64>,
    /// Why bytes of an earlier try that were there could not be gone on with, and came again.
    pub begun_again: Option<&'static str>,
    /// Remarks, such as that the server announced no length. One of the kind [`NoteKind::Doubt`] says that this
    /// may not be the file that was wanted.
    pub notes: Vec<Note>,
    /// The checksum, when the body was saved (unless [`Save::without_sha256`](crate::fetch::Save::without_sha256) says
    /// otherwise) or a checksum was asked for.
    pub sha256: Option<Checksum>,
    /// The beginning of a small body, when it is text.
    pub preview: Option<String>,
    /// The body as text, when that was asked for.
    pub text: Option<String>,
    /// The server's status: 200, for example. 0 if no server was asked, because an earlier try had finished the file.
    pub http_status: u16,
    /// The URL that answered, after all redirects, as it may be shown.
    pub final_url: String,
    /// What the server says the body is: `text/html`, for example.
    pub content_type: Option<String>,
}

impl Fetched {
    /// The URL that answered, as it may be written into files: without long values of its query that look random.
    #[must_use]
    pub fn final_url_for_files(&self) -> Cow<'_, str> {
        url_for_files(&self.final_url)
    }

    /// With the notes that follow from the other fields.
    pub(super) fn with_notes_of_fields(mut self) -> Self {
        let is_encoded = self.notes.iter().any(|note| note.code == NoteCode::Encoded);
        // The length of a body that was decoded is never announced.
        let length = (!self.length_announced && !is_encoded)
            .then(|| Note::new(NoteCode::LengthNotAnnounced, "length not announced"));
        let begun_again = self
            .begun_again
            .map(|reason| Note::new(NoteCode::BegunAgain, format!("began again: {reason}")));
        self.notes.extend(length.into_iter().chain(begun_again));
        self
    }

    /// The first note that says that this may not be the file that was wanted.
    #[must_use]
    pub fn doubt(&self) -> Option<&Note> {
        self.notes
            .iter()
            .find(|note| note.kind() == NoteKind::Doubt)
    }
}
