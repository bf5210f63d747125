//! What the window does with files: in worker threads, because disks and desktops can be slow.

use std::path::{Path, PathBuf};

use super::background::BackgroundJobs;
use crate::deck::RowFile;
use crate::fetch::{ClientPool, ErrorClass, ExtraCertificates, FetchError};
use crate::runtime::{JobContext, JobError, Runtime};

/// Whether there are files and folders that a user may name.
pub(super) const HAS_FILES: bool = true;

type Certificates = Result<ExtraCertificates, FetchError>;

/// Files that are being shown, deleted and read.
#[derive(Debug)]
pub(super) struct FileOps {
    /// Each gives what went wrong.
    changing: BackgroundJobs<Vec<String>>,
    reading: BackgroundJobs<Certificates>,
    /// The file that is being read.
    certificates_file: Option<PathBuf>,
}

impl FileOps {
    pub(super) fn new(runtime: &Runtime) -> Self {
        Self {
            changing: BackgroundJobs::new(runtime),
            reading: BackgroundJobs::new(runtime),
            certificates_file: None,
        }
    }

    /// Shows a file in its folder, or a folder, in the desktop's own file manager.
    pub(super) fn show(&mut self, path: PathBuf) {
        self.start("show folder", move || {
            show(&path).err().into_iter().collect()
        });
    }

    /// Deletes files of rows. A part goes with its manifest and with the part that was set aside.
    pub(super) fn delete(&mut self, files: Vec<RowFile>) {
        if !files.is_empty() {
            let network = self.changing.runtime.extension::<ClientPool>();
            let network = network.map_or_else(ClientPool::new, |network| (*network).clone());
            self.start("delete files", move || {
                let failed = files.iter().map(|file| delete(file, &network));
                failed.filter_map(Result::err).collect()
            });
        }
    }

    /// Reads certificates; those that are being read are not wanted any more.
    pub(super) fn read_certificates(&mut self, path: PathBuf) {
        self.forget_certificates();
        self.certificates_file = Some(path.clone());
        self.reading.spawn("read certificates", async move |cx| {
            let read = cx.blocking("reading certificates", move |_token| {
                Ok(ExtraCertificates::from_pem_file(path))
            });
            read.await
        });
    }

    /// Stops reading certificates.
    pub(super) fn forget_certificates(&mut self) {
        // A job that is still running goes on, and its value is dropped.
        self.reading = BackgroundJobs::new(&self.reading.runtime);
        self.certificates_file = None;
    }

    /// Whether certificates are being read.
    pub(super) fn is_reading(&self) -> bool {
        self.certificates_file.is_some()
    }

    /// The certificates that have been read, once, with their file.
    pub(super) fn take_certificates(&mut self) -> Option<(PathBuf, Certificates)> {
        let read = self.reading.take_finished().pop()?;
        let read = read.unwrap_or_else(|error| {
            let what = "The certificates could not be read";
            Err(FetchError::new(ErrorClass::Tls, what).with_detail(error.to_string()))
        });
        Some((self.certificates_file.take()?, read))
    }

    /// What went wrong since the last call.
    pub(super) fn take_errors(&mut self) -> Vec<String> {
        let ended = self.changing.take_finished().into_iter();
        let errors = ended.map(|ended| ended.unwrap_or_else(|error| vec![error.to_string()]));
        errors.flatten().collect()
    }

    /// Whether files are being shown or deleted, or errors wait to be taken.
    pub(super) fn is_changing(&self) -> bool {
        !self.changing.is_idle()
    }

    fn start(&mut self, name: &'static str, work: impl FnOnce() -> Vec<String> + Send + 'static) {
        self.changing.spawn(name, async move |cx| {
            cx.blocking(name, move |_token| Ok(work())).await
        });
    }
}

/// Whether a file is there.
pub(super) fn is_there(path: &Path) -> bool {
    path.is_file()
}

/// Writes a list of links in a worker thread. Gives back where, or why it cannot be saved.
pub(super) async fn save_list(
    cx: &JobContext,
    path: PathBuf,
    text: String,
    is_private: bool,
) -> Result<Result<PathBuf, String>, JobError> {
    let written = cx.blocking("saving links", move |_token| {
        Ok(write_list(&path, &text, is_private).map(|()| path))
    });
    written.await
}

/// Writes a list of links, in place of what is there. A private one is readable by its user only,
/// before the first byte of it is written; on Windows the access list of its folder decides that.
fn write_list(path: &Path, text: &str, is_private: bool) -> Result<(), String> {
    use std::io::Write as _;

    let failed = |error: std::io::Error| format!("{} cannot be saved: {error}", path.display());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    #[cfg(unix)]
    if is_private {
        // A file that was there keeps its mode when it is opened.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(mode).map_err(failed)?;
    }
    #[cfg(not(unix))]
    let _access_list_of_the_folder_decides = is_private;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Shows a file, or its folder if the file no longer exists.
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
        // A complete file of this name: the file beside it is not its manifest.
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
    #[cfg(unix)]
    fn a_private_list_is_for_its_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.txt");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write_list(&path, "https://h/a long one\n", false).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_list(&path, "https://h/a\n", false).unwrap();
        assert_eq!(mode(), 0o644);
        write_list(&path, "https://h/b\n", true).unwrap();
        assert_eq!(mode(), 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "https://h/b\n");
        let error = write_list(folder.path(), "", true).unwrap_err();
        assert!(error.contains("cannot be saved"), "{error}");
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = show(&folder.path().join("gone/file")).unwrap_err();
        assert!(error.ends_with("is not there any more"), "{error}");
    }
}
