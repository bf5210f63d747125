//! Says where the bytes of a download are to the trace of its request, where there is one.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::fetch::Request;

/// Says which part has what came.
pub(crate) fn tell_part(request: &Request, path: Option<&Path>) {
    request.tell(|trace| {
        let mut part = trace.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        *part = path.map(Path::to_owned);
    });
}

/// Says which part is set aside until a fresh file is complete.
pub(crate) fn tell_set_aside(request: &Request, path: Option<PathBuf>) {
    request.tell(|trace| {
        let mut aside = trace.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
        // It does not change any more.
        *aside = path.map(|path| {
            let bytes = path.metadata().map_or(0, |file| file.len());
            (path, bytes)
        });
    });
}
