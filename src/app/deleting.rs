//! Deletes files of rows, in a thread: a large file on a slow disk takes a while.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use egui::Context;

/// What could not be deleted, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Deleting {
    errors: Arc<Mutex<Vec<String>>>,
}

impl Deleting {
    /// Deletes these files, and what is written down about a part beside it.
    pub(super) fn delete(&self, ctx: &Context, paths: Vec<PathBuf>) {
        let errors = Arc::clone(&self.errors);
        let ctx = ctx.clone();
        let thread = std::thread::Builder::new().name("delete files".to_owned());
        let started = thread.spawn(move || {
            let mut failed = Vec::new();
            for path in paths {
                if path
                    .extension()
                    .is_some_and(|extension| extension == "part")
                {
                    let mut record = path.clone().into_os_string();
                    record.push(".json");
                    // It may be gone already: the part is what counts.
                    let _gone = std::fs::remove_file(record);
                }
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        failed.push(format!("{} cannot be deleted: {error}", path.display()));
                    }
                    _ => {}
                }
            }
            errors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(failed);
            ctx.request_repaint();
        });
        if let Err(error) = started {
            let text = format!("No file was deleted: {error}");
            self.errors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(text);
        }
    }

    /// What could not be deleted since the last call.
    pub(super) fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
