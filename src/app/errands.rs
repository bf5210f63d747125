//! What is done with files for the rows, in threads: a large file on a slow disk takes a while, and so does the desktop.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use egui::Context;

use crate::deck::RowFile;
use crate::fetch::ClientPool;
use crate::runtime::Runtime;

/// What was asked for, and what could not be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Errands {
    errors: Arc<Mutex<Vec<String>>>,
}

impl Errands {
    /// Shows a file in its folder, or a folder, in the desktop's own file manager.
    pub(super) fn show(&self, ctx: &Context, path: PathBuf) {
        self.start(ctx, "show folder", move || {
            show(&path).err().into_iter().collect()
        });
    }

    /// Deletes these files of the jobs of a runtime; with a part what is known of it, and the part that it set aside.
    pub(super) fn delete(&self, ctx: &Context, runtime: &Runtime, files: Vec<RowFile>) {
        if !files.is_empty() {
            let network = runtime.extension::<ClientPool>();
            let network = network.map_or_else(ClientPool::new, |network| (*network).clone());
            self.start(ctx, "delete files", move || {
                let failed = files.iter().map(|file| delete(file, &network));
                failed.filter_map(Result::err).collect()
            });
        }
    }

    /// What could not be done since the last call.
    pub(super) fn take_errors(&self) -> Vec<String> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(
        &self,
        ctx: &Context,
        name: &str,
        work: impl FnOnce() -> Vec<String> + Send + 'static,
    ) {
        let tell = |errors: &Mutex<Vec<String>>, failed: Vec<String>| {
            let mut errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
            errors.extend(failed);
        };
        let errors = Arc::clone(&self.errors);
        let ctx = ctx.clone();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let started = thread.spawn(move || {
            let failed = work();
            if !failed.is_empty() {
                tell(&errors, failed);
                ctx.request_repaint();
            }
        });
        if let Err(error) = started {
            let text = format!("There is no thread to {name} in: {error}");
            tell(&self.errors, vec![text]);
        }
    }
}

/// Shows a file, or its folder where it is not there any more.
fn show(path: &Path) -> Result<(), String> {
    let failed = |error| format!("{} cannot be shown: {error}", path.display());
    if path.is_dir() {
        return opener::open(path).map_err(failed);
    }
    if path.exists() {
        return opener::reveal(path).map_err(failed);
    }
    match path.parent().filter(|folder| folder.is_dir()) {
        Some(folder) => opener::open(folder).map_err(failed),
        None => Err(format!("{} is not there any more", path.display())),
    }
}

fn delete(file: &RowFile, network: &ClientPool) -> Result<(), String> {
    let path = file.path();
    let deleted = match file {
        RowFile::Saved(path) | RowFile::Earlier(path) => std::fs::remove_file(path),
        RowFile::Part(path) | RowFile::SetAside(path) => network.remove_part(path),
    };
    match deleted {
        Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => Err(format!(
            "{} is not deleted: a download has it",
            path.display()
        )),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be deleted: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_lies_beside_a_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let network = ClientPool::new().with_data_folder(folder.path().join("data"));
        let at = |name: &str| folder.path().join(name);
        for name in [
            "a",
            "a.json",
            "b.part",
            "b.part.json",
            "c.part",
            "c.part.json",
        ] {
            fs::write(at(name), "x").unwrap();
        }
        delete(&RowFile::Saved(at("a")), &network).unwrap();
        // No manifest of ours says that the other file belongs to it.
        delete(&RowFile::Part(at("b.part")), &network).unwrap();
        // A complete file that is called so: what lies beside it is somebody else's.
        delete(&RowFile::Saved(at("c.part")), &network).unwrap();
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.retain(|name| name != "data");
        assert_eq!(names, ["a.json", "b.part.json", "c.part.json"]);
    }

    #[test]
    fn what_is_gone_is_deleted_and_a_folder_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let network = ClientPool::new().with_data_folder(folder.path());
        let gone = RowFile::Saved(folder.path().join("gone"));
        assert_eq!(delete(&gone, &network), Ok(()));
        let error = delete(&RowFile::Saved(folder.path().to_owned()), &network).unwrap_err();
        assert!(error.contains("cannot be deleted"), "{error}");
        assert!(folder.path().is_dir());
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = show(&folder.path().join("gone/file")).unwrap_err();
        assert!(error.ends_with("is not there any more"), "{error}");
    }
}
