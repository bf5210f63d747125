//! Files with lists of links.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use egui::DroppedFileHandle;

use crate::format;
use crate::links::limits::MAX_EXPANDED_BYTES;
use crate::links::{ListText, links_in_file};
use crate::runtime::JobContext;

/// A file that was chosen or dropped, not read yet.
#[derive(Clone, Debug)]
pub struct ListFile {
    name: String,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Dropped(DroppedFileHandle),
}

impl ListFile {
    /// The file at a path.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            name: name_of(&path),
            source: Source::Path(path),
        }
    }

    /// A file that was dropped on the window.
    pub(super) fn dropped(file: DroppedFileHandle) -> Self {
        Self {
            name: name_of(file.path()),
            source: Source::Dropped(file),
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its links as text, or why there are none. Read in a thread, so that no frame waits for the
    /// disk.
    pub(super) async fn links(self, cx: &JobContext) -> Result<ListText, String> {
        let read = cx.blocking("reading a list of links", move |_token| {
            let bytes = self.source.bytes();
            Ok(bytes.and_then(|bytes| {
                links_in_file(&self.name, bytes).map_err(|error| error.to_string())
            }))
        });
        read.await
            .unwrap_or_else(|error| Err(format!("could not be read: {error}")))
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

impl Source {
    fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Path(path) => bytes_at(path),
            Self::Dropped(file) => match std::fs::metadata(file.path()) {
                Ok(_) => bytes_at(file.path()),
                // Not of a file system: only the program that it was dragged from can read it.
                Err(_) => file
                    .bytes()
                    .map_err(|error| format!("cannot be read: {error}")),
            },
        }
    }
}

fn bytes_at(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "is not there any more".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "cannot be read: its permissions forbid it".to_owned()
        }
        _ => format!("cannot be read: {error}"),
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err("is a folder. Drop or open a list of links, one per line".to_owned());
    }
    if !about.is_file() {
        return Err("is no file. Drop or open a list of links, one per line".to_owned());
    }
    let bound = MAX_EXPANDED_BYTES as u64;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(bound + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > bound {
        let most = format::bytes(bound);
        return Err(format!(
            "is larger than {most}. Split it into several lists"
        ));
    }
    Ok(bytes)
}
