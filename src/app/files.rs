//! The system's dialogs for files and folders, and files that settings name: in jobs, so that no frame waits for them.

use std::path::{Path, PathBuf};

use super::adding::NO_DIALOG_IN;
use crate::fetch::{ExtraCertificates, FetchError};
use crate::options::Setting;
use crate::runtime::{JobHandle, Runtime};

/// Whether there are files and folders that a user may name.
pub(super) const HAS_FILES: bool = true;

/// What files and dialogs came to.
#[derive(Debug)]
pub(super) enum FileEvent {
    /// Somebody chose this path.
    Chosen(Setting, PathBuf),
    /// No dialog came up.
    NoDialog,
    /// The file at this path was read.
    Read(PathBuf, Result<ExtraCertificates, FetchError>),
}

/// The dialog that is open, and the file that is being read.
#[derive(Default)]
pub(super) struct Files {
    dialog: Option<(Setting, JobHandle<Option<PathBuf>>)>,
    reading: Option<(PathBuf, JobHandle<Result<ExtraCertificates, FetchError>>)>,
}

impl Files {
    /// Asks for a path, beginning in a folder. One dialog at a time.
    pub(super) fn choose(&mut self, runtime: &Runtime, setting: Setting, folder: Option<&Path>) {
        if self.dialog.is_some() {
            return;
        }
        let mut dialog = rfd::AsyncFileDialog::new();
        if let Some(folder) = folder {
            dialog = dialog.set_directory(folder);
        }
        let job = runtime.spawn("choose a path", async move |cx| {
            let chosen = if setting == Setting::Folder {
                let dialog = dialog.set_title("Save downloads to").pick_folder();
                cx.wait_for("the folder's dialog", dialog).await?
            } else {
                let dialog = dialog
                    .set_title("Certificates to trust")
                    .add_filter("Certificates", &["pem", "crt", "cer"])
                    .add_filter("All files", &["*"])
                    .pick_file();
                cx.wait_for("the file's dialog", dialog).await?
            };
            Ok(chosen.map(|handle| handle.path().to_owned()))
        });
        self.dialog = Some((setting, job));
    }

    /// Reads certificates; what was being read before is not wanted any more.
    pub(super) fn read_certificates(&mut self, runtime: &Runtime, path: PathBuf) {
        self.forget_certificates();
        let from = path.clone();
        let job = runtime.spawn("read certificates", async move |cx| {
            let read = cx.blocking("reading certificates", move |_token| {
                Ok(ExtraCertificates::from_pem_file(from))
            });
            read.await
        });
        self.reading = Some((path, job));
    }

    /// Does not read certificates any more.
    pub(super) fn forget_certificates(&mut self) {
        if let Some((_, job)) = self.reading.take() {
            job.cancel();
        }
    }

    /// Whether certificates are being read.
    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// What came since the last call.
    pub(super) fn take_events(&mut self) -> Vec<FileEvent> {
        let mut events = Vec::new();
        if let Some((setting, job)) = self.dialog.take_if(|(_, job)| job.is_finished()) {
            let is_at_once = job.active() < NO_DIALOG_IN;
            match job.take_value().flatten() {
                Some(path) => events.push(FileEvent::Chosen(setting, path)),
                None if is_at_once => events.push(FileEvent::NoDialog),
                // Somebody changed their mind.
                None => {}
            }
        }
        if let Some((path, job)) = self.reading.take_if(|(_, job)| job.is_finished()) {
            let read = job.into_value().unwrap_or_else(|error| {
                let what = "The certificates could not be read";
                Err(FetchError::new(crate::fetch::ErrorClass::Tls, what)
                    .with_detail(error.to_string()))
            });
            events.push(FileEvent::Read(path, read));
        }
        events
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("has_dialog", &self.dialog.is_some())
            .field("is_reading", &self.is_reading())
            .finish()
    }
}
