//! Notes about a saved file.

use std::path::Path;

use crate::fetch::{Note, NoteCode};

/// That the body came in a coding that was not requested; none if the coding is the file's own.
pub(super) fn encoded(coding: Option<&str>, was_decoded: bool) -> Option<Note> {
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

/// That the name may not be durable.
pub(super) fn not_durable(error: &str) -> Note {
    let text = format!("the name may be lost if the system crashes now: {error}");
    Note::new(NoteCode::NameNotDurable, text)
}

/// That the file has another name than the intended one.
pub(super) fn renamed(wanted: &str, path: &Path) -> Option<Note> {
    let has_other_name = path.file_name().is_some_and(|saved| saved != wanted);
    has_other_name.then(|| {
        let text = format!("renamed: there is another file called {wanted}");
        Note::new(NoteCode::Renamed, text)
    })
}
