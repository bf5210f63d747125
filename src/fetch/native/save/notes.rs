//! What there is to say about a saved file beside its bytes.

use std::path::Path;

use crate::fetch::{Note, NoteCode};

/// That a body came in a coding which was not asked for; none where the coding is the file's own.
pub(crate) fn encoded(coding: Option<&str>, was_decoded: bool) -> Option<Note> {
    let coding = coding?;
    if was_decoded {
        return Some(Note::new(NoteCode::Encoded, format!("encoded: {coding}")));
    }
    let can_be_decoded = matches!(coding, "gzip" | "x-gzip" | "deflate");
    (!can_be_decoded).then(|| {
        let text = format!("encoded: {coding}, kept as it came");
        Note::new(NoteCode::Encoded, text)
    })
}

/// That the disk did not make the name durable.
pub(crate) fn not_durable(error: &str) -> Note {
    let text = format!("the name may be lost if the system crashes now: {error}");
    Note::new(NoteCode::NameNotDurable, text)
}

/// That the file has another name than was wanted.
pub(crate) fn renamed(wanted: &str, path: &Path) -> Option<Note> {
    let has_other_name = path.file_name().is_some_and(|saved| saved != wanted);
    has_other_name.then(|| {
        let text = format!("renamed: there is another file called {wanted}");
        Note::new(NoteCode::Renamed, text)
    })
}
