//! The dialogs in which a user chooses files and folders: jobs, so that no frame waits for them.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use super::background::BackgroundJobs;
use super::list_file::ListFile;
use crate::options::Setting;
use crate::runtime::Runtime;

/// No person closes a dialog sooner than this: an earlier end means that no dialog was shown.
const NO_DIALOG_IN: Duration = Duration::from_millis(300);

type PendingChoice<T> = Pin<Box<dyn Future<Output = T>>>;
type PathDialog = Rc<dyn Fn(PathBuf) -> PendingChoice<Option<PathBuf>>>;

/// The dialogs that a window opens. They stay open as long as the user likes.
#[derive(Clone)]
pub struct Dialogs {
    lists: Rc<dyn Fn() -> PendingChoice<Vec<ListFile>>>,
    folder: PathDialog,
    certificates: PathDialog,
    save: PathDialog,
}

impl Dialogs {
    /// `lists` gives the files that were chosen, none if nothing was; `folder`, which begins in a
    /// folder, the same for one folder. There is none for certificates, and none to save a file.
    pub fn new<L, F>(
        lists: impl Fn() -> L + 'static,
        folder: impl Fn(PathBuf) -> F + 'static,
    ) -> Self
    where
        L: Future<Output = Vec<ListFile>> + 'static,
        F: Future<Output = Option<PathBuf>> + 'static,
    {
        Self {
            lists: Rc::new(move || Box::pin(lists())),
            folder: Rc::new(move |from| Box::pin(folder(from))),
            certificates: Rc::new(|_| Box::pin(async { None })),
            save: Rc::new(|_| Box::pin(async { None })),
        }
    }

    /// The same, and `certificates`, which begins in a folder, gives the certificates' file that
    /// was chosen.
    #[must_use]
    pub fn with_certificates<F>(self, certificates: impl Fn(PathBuf) -> F + 'static) -> Self
    where
        F: Future<Output = Option<PathBuf>> + 'static,
    {
        Self {
            certificates: Rc::new(move |from| Box::pin(certificates(from))),
            ..self
        }
    }

    /// The same, and `save`, which begins with a path, gives the one that a text is to be saved at.
    #[must_use]
    pub fn with_save<F>(self, save: impl Fn(PathBuf) -> F + 'static) -> Self
    where
        F: Future<Output = Option<PathBuf>> + 'static,
    {
        Self {
            save: Rc::new(move |from| Box::pin(save(from))),
            ..self
        }
    }
}

impl fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialogs(…)")
    }
}

/// What a path is chosen for.
#[derive(Clone, Copy, Debug)]
pub(super) enum PathFor {
    AddSheet,
    Setting(Setting),
    /// A file for links.
    Links,
}

/// How a dialog ended.
#[derive(Debug)]
pub(super) enum DialogEvent {
    Lists(Vec<ListFile>),
    Path(PathFor, PathBuf),
    /// No dialog came up, and what the user can do instead.
    NoDialog(&'static str),
}

/// Opens the dialogs, one at a time.
#[derive(Debug)]
pub(super) struct FileDialogs {
    dialogs: Dialogs,
    /// The dialog that is open. It has no event if the user chose nothing.
    open: BackgroundJobs<Option<DialogEvent>>,
}

impl FileDialogs {
    pub(super) fn new(dialogs: Dialogs, runtime: &Runtime) -> Self {
        Self {
            dialogs,
            open: BackgroundJobs::new(runtime),
        }
    }

    /// Asks for files with lists of links.
    pub(super) fn choose_lists(&mut self) {
        if self.open.is_idle() {
            let lists = |files: Vec<ListFile>| Some(files).filter(|files| !files.is_empty());
            let event = move |files| lists(files).map(DialogEvent::Lists);
            let chosen = (self.dialogs.lists)();
            self.open(chosen, event, "drop or paste the list");
        }
    }

    /// Asks for a path, beginning in a folder or with a file.
    pub(super) fn choose_path(&mut self, purpose: PathFor, from: Option<&Path>) {
        if !self.open.is_idle() {
            return;
        }
        let (dialog, instead) = match purpose {
            PathFor::AddSheet => (&self.dialogs.folder, "type where to save to"),
            PathFor::Setting(Setting::Folder) => (&self.dialogs.folder, "type the path"),
            PathFor::Setting(_) => (&self.dialogs.certificates, "type the path"),
            PathFor::Links => (&self.dialogs.save, "copy the links instead"),
        };
        let chosen = dialog(from.map(Path::to_owned).unwrap_or_default());
        let event = move |path: Option<PathBuf>| Some(DialogEvent::Path(purpose, path?));
        self.open(chosen, event, instead);
    }

    /// How the dialog that was open ended, once.
    pub(super) fn take_event(&mut self) -> Option<DialogEvent> {
        let mut ended = self.open.take_finished().into_iter();
        ended.find_map(|event| event.ok().flatten())
    }

    fn open<T: 'static>(
        &mut self,
        chosen: PendingChoice<T>,
        event: impl FnOnce(T) -> Option<DialogEvent> + 'static,
        instead: &'static str,
    ) {
        self.open.spawn("choose files", async move |cx| {
            let begun = cx.now();
            let event = event(cx.wait_for("a file dialog", chosen).await?);
            let is_missing = event.is_none() && cx.now() - begun < NO_DIALOG_IN;
            Ok(event.or(is_missing.then_some(DialogEvent::NoDialog(instead))))
        });
    }
}
