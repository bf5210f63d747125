//! Files with lists of links in a page, which a browser hands over without their paths.

use std::path::Path;

use egui::DroppedFileHandle;

use super::adding::Dialogs;
use crate::format;
use crate::links::MAX_EXPANDED_BYTES;
use crate::links::{ListText, links_in_file};
use crate::runtime::JobContext;

/// A file that somebody chose or dropped, not read yet.
#[derive(Clone, Debug)]
pub struct ListFile {
    name: String,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Chosen(std::rc::Rc<rfd::FileHandle>),
    Dropped(DroppedFileHandle),
}

impl ListFile {
    /// A file that was dropped on the window.
    pub(super) fn dropped(file: DroppedFileHandle) -> Self {
        Self {
            name: name_of(file.path()),
            source: Source::Dropped(file),
        }
    }

    fn chosen(file: rfd::FileHandle) -> Self {
        Self {
            name: file.file_name(),
            source: Source::Chosen(std::rc::Rc::new(file)),
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its links as text, or why there are none.
    pub(super) async fn links(self, cx: &JobContext) -> Result<ListText, String> {
        let size = match &self.source {
            Source::Chosen(file) => file.as_ref().inner().size(),
            Source::Dropped(file) => file.web_file().map_or(0.0, |file| file.size()),
        };
        if size > MAX_EXPANDED_BYTES as f64 {
            let most = format::bytes(MAX_EXPANDED_BYTES as u64);
            return Err(format!(
                "is larger than {most}. Split it into several lists"
            ));
        }
        let source = self.source.clone();
        let bytes = async move {
            match source {
                Source::Chosen(file) => Ok(file.read().await),
                Source::Dropped(file) => file.bytes_async().await,
            }
        };
        let read = cx.wait_for("reading a list of links", bytes).await;
        let bytes = read
            .map_err(|error| format!("could not be read: {error}"))?
            .map_err(|error| format!("cannot be read: {error}"))?;
        links_in_file(&self.name, bytes).map_err(|error| error.to_string())
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The dialog of the browser; it has none for folders.
pub(super) fn system_dialogs() -> Dialogs {
    Dialogs::new(
        || {
            let chosen = rfd::AsyncFileDialog::new()
                .set_title("Lists of links")
                .pick_files();
            async move {
                let files = chosen.await.unwrap_or_default();
                files.into_iter().map(ListFile::chosen).collect()
            }
        },
        |_| async { None },
    )
}
