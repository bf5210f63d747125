//! The dialogs of the system.

use std::path::PathBuf;

use super::file_dialogs::Dialogs;
use super::list_file::ListFile;

impl Default for Dialogs {
    /// Those of the system.
    fn default() -> Self {
        let lists = || {
            let dialog = rfd::AsyncFileDialog::new()
                .set_title("Lists of links")
                .add_filter(
                    "Lists of links",
                    &["txt", "url", "desktop", "webloc", "list", "lst"],
                )
                .add_filter("All files", &["*"]);
            let chosen = dialog.pick_files();
            async move {
                let files = chosen.await.unwrap_or_default();
                files.iter().map(|file| ListFile::at(file.path())).collect()
            }
        };
        let folder = |from: PathBuf| {
            let dialog = rfd::AsyncFileDialog::new().set_title("Save downloads to");
            let chosen = dialog.set_directory(from).pick_folder();
            async move { chosen.await.map(|folder| folder.path().to_owned()) }
        };
        let certificates = |from: PathBuf| {
            let dialog = rfd::AsyncFileDialog::new()
                .set_title("Certificates to trust")
                .add_filter("Certificates", &["pem", "crt", "cer"])
                .add_filter("All files", &["*"]);
            let chosen = dialog.set_directory(from).pick_file();
            async move { chosen.await.map(|file| file.path().to_owned()) }
        };
        let save = |from: PathBuf| {
            let mut dialog = rfd::AsyncFileDialog::new()
                .set_title("Save links")
                .add_filter("Lists of links", &["txt"])
                .add_filter("All files", &["*"]);
            if let Some(folder) = from
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                dialog = dialog.set_directory(folder);
            }
            if let Some(name) = from.file_name() {
                dialog = dialog.set_file_name(name.to_string_lossy());
            }
            let chosen = dialog.save_file();
            async move { chosen.await.map(|file| file.path().to_owned()) }
        };
        Self::new(lists, folder)
            .with_certificates(certificates)
            .with_save(save)
    }
}
