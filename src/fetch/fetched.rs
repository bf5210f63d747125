//! What a fetch is for, and its result.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::fetch::secrets::url_for_files;
use crate::fetch::{Checksum, Note, NoteCode, NoteKind, Save, Stream};

/// What the bytes of a body are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sink {
    /// They are counted.
    Count,
    /// They are kept in memory, up to this many.
    Memory { limit_bytes: u64 },
    /// They are written to a stream as they come.
    Stream(Stream),
    /// They are saved in this folder (in a browser: given to its own downloads).
    Save(Save),
}

/// A complete body: its length is the announced one, and a saved file has its final name.
///
/// Its serde form is for files: it leaves out the text of the body, and long query values of URLs
/// that look random.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Fetched {
    /// Bytes of the body.
    pub received: u64,
    /// All bytes of bodies that were read for it, those that were received twice included.
    pub wire_bytes: u64,
    /// The length that the server announced, in bytes.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub total: Option<u64>,
    /// Whether a length was announced. Without one, nothing proves that the body is whole.
    pub length_announced: bool,
    /// Where the body was saved.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub path: Option<PathBuf>,
    /// Whether nothing was fetched because the file exists; see
    /// [`IfExists::Skip`](crate::fetch::IfExists::Skip).
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub skipped: bool,
    /// How many bytes of an earlier attempt the file was resumed with.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub resumed_at: Option<u64>,
    /// Why bytes of an earlier attempt could not be used, and were received again.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub restart_reason: Option<Cow<'static, str>>,
    /// Notes, such as that the server announced no length. One of the kind [`NoteKind::Doubt`] says
    /// that this may not be the requested file.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub notes: Vec<Note>,
    /// The checksum of a saved body, unless
    /// [`Save::without_sha256`](crate::fetch::Save::without_sha256) was called; of others, if the
    /// request has a checksum.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub sha256: Option<Checksum>,
    /// The text of a small body, if it is text.
    #[serde(skip)]
    pub preview: Option<String>,
    /// The body as text, by [`Fetch::text`](crate::fetch::Fetch::text): always there after it,
    /// empty for an empty body. None after every other purpose, and after the serde form.
    #[serde(skip)]
    pub text: Option<String>,
    /// The server's status: 200, for example. 0 if no request was sent, because an earlier attempt
    /// had completed the file.
    pub http_status: u16,
    /// The URL after redirects, without secrets.
    #[serde(serialize_with = "crate::fetch::stored::url_for_files")]
    pub final_url: String,
    /// The media type of the body, by the server: `text/html`, for example.
    #[serde(skip_serializing_if = "crate::fetch::stored::is_default")]
    pub content_type: Option<String>,
}

/// A result with the body that [`Sink::Memory`] keeps; empty for every other sink.
#[derive(Debug)]
pub(crate) struct FetchedBody {
    pub(crate) fetched: Fetched,
    pub(crate) body: Vec<u8>,
}

impl From<Fetched> for FetchedBody {
    fn from(fetched: Fetched) -> Self {
        Self {
            fetched,
            body: Vec::new(),
        }
    }
}

impl Fetched {
    /// The URL after redirects as it may be written to files: also without long query values that
    /// look random.
    #[must_use]
    pub fn final_url_for_files(&self) -> Cow<'_, str> {
        url_for_files(&self.final_url)
    }

    /// With the notes that follow from the other fields.
    pub(crate) fn with_notes_of_fields(mut self) -> Self {
        let is_encoded = self.notes.iter().any(|note| note.code == NoteCode::Encoded);
        // The length of a body that was decoded is never announced.
        let length = (!self.length_announced && !is_encoded)
            .then(|| Note::new(NoteCode::LengthNotAnnounced, "length not announced"));
        let restarted = self
            .restart_reason
            .as_ref()
            .map(|reason| Note::new(NoteCode::Restarted, format!("began again: {reason}")));
        self.notes.extend(length.into_iter().chain(restarted));
        self
    }

    /// The first note that says that this may not be the requested file.
    #[must_use]
    pub fn doubt(&self) -> Option<&Note> {
        self.notes
            .iter()
            .find(|note| note.kind() == NoteKind::Doubt)
    }
}
