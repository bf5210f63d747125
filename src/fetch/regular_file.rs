//! Files that the user names, read whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The largest file that is read: a hundred times what a system's own list of certificates takes.
pub(super) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The bytes of a file; none if it is no regular file or too large. Such a one is refused before
/// anything of it is read: a device may have no end, and a pipe no writer.
pub(super) fn read_regular_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Opening a pipe without a writer must not wait for one.
        let no_wait = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(no_wait.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Ok(None);
    }
    let mut text = Vec::new();
    // It may grow while it is read.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)?;
    Ok((text.len() as u64 <= MAX_FILE_BYTES).then_some(text))
}
