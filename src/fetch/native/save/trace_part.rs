//! The paths of a download's files, in the trace of its request.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::fetch::Request;

/// Sets the part of the download.
pub(super) fn trace_part(request: &Request, path: Option<&Path>) {
    request.update_trace(|trace| {
        let mut part = trace.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        *part = path.map(Path::to_owned);
    });
}

/// Sets the part that is set aside until a fresh file is complete.
pub(super) fn trace_set_aside(request: &Request, path: Option<PathBuf>) {
    request.update_trace(|trace| {
        let mut aside = trace.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
        *aside = path.map(|path| {
            let bytes = path.metadata().map_or(0, |file| file.len());
            (path, bytes)
        });
    });
}
