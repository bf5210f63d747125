//! Where the commands write to.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::outcome::CommandError;

/// Writes to standard output what `write` writes. A reader that goes away ends that quietly.
///
/// # Errors
/// [`CommandError::Stdout`]: it cannot be written for another reason.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What is left in it has no reader.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CommandError::Stdout),
    }
}

/// Writes a file, or standard output without one. `is_private` makes it one that only its user can
/// read.
pub(super) fn write_to(
    path: Option<&Path>,
    is_private: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CommandError> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        return print(write);
    };
    let written = open(path, is_private).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|source| CommandError::File {
        path: path.to_owned(),
        source,
    })
}

fn open(path: &Path, is_private: bool) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(!is_private);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    if is_private && file.metadata()?.is_file() {
        // Others could read a file that was there before.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(private)?;
        file.set_len(0)?;
    }
    #[cfg(not(unix))]
    if is_private {
        file.set_len(0)?;
    }
    Ok(file)
}
