//! A page has no folders to show: the browser lists its downloads itself.

use std::path::PathBuf;

/// Does nothing.
pub(super) fn show(_path: PathBuf) {}
