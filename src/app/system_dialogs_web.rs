//! The dialogs of the browser.

use super::file_dialogs::Dialogs;
use super::list_file::ListFile;

impl Default for Dialogs {
    /// That of the browser, which has none for folders.
    fn default() -> Self {
        let lists = || {
            let chosen = rfd::AsyncFileDialog::new()
                .set_title("Lists of links")
                .pick_files();
            async move {
                let files = chosen.await.unwrap_or_default();
                files.into_iter().map(ListFile::chosen).collect()
            }
        };
        Self::new(lists, |_| async { None })
    }
}
