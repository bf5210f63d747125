//! Names that must be free.

use std::path::Path;

use crate::fetch::{ErrorClass, FetchError, IfExists, Phase, Save};

/// Fails if the name is taken, and may not be.
pub(super) fn expect_free(save: &Save, name: &str) -> Result<(), FetchError> {
    let path = save.folder.join(name);
    if save.if_exists == IfExists::Fail && path.symlink_metadata().is_ok() {
        return Err(name_is_taken(&path));
    }
    Ok(())
}

/// The failure of a file whose name is taken.
pub(super) fn name_is_taken(path: &Path) -> FetchError {
    FetchError::new(
        ErrorClass::FileExists,
        "A file of that name is there already",
    )
    .with_hint("Give another name or another folder, or say with --if-exists what to do.")
    .with_detail(path.display().to_string())
    .in_phase(Phase::Save)
}
