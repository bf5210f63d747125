//! From links to rows: lists that are opened and dropped, and long lists that become rows a piece at a time.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use egui::{Context, CursorIcon, Event, Ui};

use super::App;
use super::lists::{ListFile, system_dialogs};
use crate::command::Intent;
use crate::jobs::{FetchSpec, Spec};
use crate::links::ListText;
use crate::view::MAX_TYPED_BYTES;
use crate::view::{AddRequest, ToastKind};

/// Nobody closes a dialog sooner: where nothing was chosen by then, none came up.
pub(super) const NO_DIALOG_IN: Duration = Duration::from_millis(300);

type Choice<T> = Pin<Box<dyn Future<Output = T>>>;

/// The dialogs in which somebody chooses files and folders. They stay open as long as they like: no frame waits for them.
#[derive(Clone)]
pub struct Dialogs {
    lists: Rc<dyn Fn() -> Choice<Vec<ListFile>>>,
    folder: Rc<dyn Fn(PathBuf) -> Choice<Option<PathBuf>>>,
}

impl Dialogs {
    /// `lists` gives the files that somebody chose, none if nothing; `folder`, which begins in a folder, the same for
    /// one folder.
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
        }
    }
}

impl Default for Dialogs {
    /// Those of the system.
    fn default() -> Self {
        system_dialogs()
    }
}

impl fmt::Debug for Dialogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialogs(…)")
    }
}

/// What is on its way into the sheet.
#[derive(Debug, Default)]
pub(super) struct Adding {
    dialogs: Dialogs,
    arrived: Rc<RefCell<Vec<Arrived>>>,
    /// One dialog at a time.
    is_choosing: Rc<Cell<bool>>,
}

/// What jobs bring.
#[derive(Debug)]
enum Arrived {
    Chosen(Vec<ListFile>),
    Read {
        name: String,
        links: Result<ListText, String>,
    },
    Folder(PathBuf),
    /// No dialog came up, and what one can do instead.
    NoDialog(&'static str),
}

impl Adding {
    pub(super) fn new(dialogs: Dialogs) -> Self {
        Self {
            dialogs,
            ..Self::default()
        }
    }
}

impl App {
    /// Takes over what files and dialogs brought.
    pub(super) fn adding_phase(&mut self, ctx: &Context) {
        for arrived in self.adding.arrived.take() {
            match arrived {
                Arrived::Chosen(files) => self.read_lists(files),
                Arrived::Read { name, links } => {
                    let note = links.as_ref().ok().and_then(ListText::note);
                    if let Some(note) = note {
                        self.say(ToastKind::Note, format!("{name} {note}"));
                    }
                    let text = links.as_ref().map(|list| list.text.as_str());
                    self.add_sheet.file_read(&name, text.map_err(Clone::clone));
                }
                Arrived::Folder(folder) => self.add_sheet.set_folder(&folder),
                Arrived::NoDialog(instead) => {
                    self.say_problem(format!("No file dialog here: {instead}"));
                }
            }
            ctx.request_repaint();
        }
    }

    /// Adds what was asked for.
    pub(super) fn add(&mut self, request: AddRequest) {
        let AddRequest {
            links,
            options,
            paused,
            ..
        } = request;
        let mut random = options.random();
        let spec = move |link| Spec::Fetch(FetchSpec::of_link(link, &options, None, &mut random));
        self.deck.add_from(links.map(spec), paused);
    }

    /// What is not a row yet will not become one.
    pub(super) fn stop_adding(&mut self) {
        if let Some((done, all)) = self.deck.stop_adding() {
            self.say_part("Added", done, all);
        }
    }

    /// Asks for files with lists of links.
    pub(super) fn open_lists(&mut self) {
        if self.adding.is_choosing.replace(true) {
            return;
        }
        let chosen = (self.adding.dialogs.lists)();
        let arrived = Rc::clone(&self.adding.arrived);
        let is_choosing = Rc::clone(&self.adding.is_choosing);
        self.deck.runtime().spawn("choose lists", async move |cx| {
            let begun = cx.now();
            let files = cx.wait_for("the dialog for files", chosen).await;
            is_choosing.set(false);
            let files = files?;
            let is_missing = files.is_empty() && cx.now() - begun < NO_DIALOG_IN;
            arrived.borrow_mut().push(if is_missing {
                Arrived::NoDialog("drop or paste the list")
            } else {
                Arrived::Chosen(files)
            });
            Ok(())
        });
    }

    /// Asks for the folder that the sheet saves to.
    pub(super) fn choose_folder(&mut self) {
        if self.adding.is_choosing.replace(true) {
            return;
        }
        let chosen = (self.adding.dialogs.folder)(self.add_sheet.folder());
        let arrived = Rc::clone(&self.adding.arrived);
        let is_choosing = Rc::clone(&self.adding.is_choosing);
        self.deck
            .runtime()
            .spawn("choose a folder", async move |cx| {
                let begun = cx.now();
                let folder = cx.wait_for("the dialog for a folder", chosen).await;
                is_choosing.set(false);
                let chosen = match folder? {
                    None if cx.now() - begun < NO_DIALOG_IN => {
                        Some(Arrived::NoDialog("type where to save to"))
                    }
                    folder => folder.map(Arrived::Folder),
                };
                arrived.borrow_mut().extend(chosen);
                Ok(())
            });
    }

    /// Takes the files that were dropped on the window.
    pub(super) fn take_drops(&mut self, ui: &Ui) {
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        self.read_lists(dropped.into_iter().map(ListFile::dropped).collect());
    }

    /// Reads lists, one after the other, into the sheet.
    fn read_lists(&mut self, files: Vec<ListFile>) {
        if files.is_empty() {
            return;
        }
        let names = files.iter().map(|file| file.name().to_owned());
        self.add_sheet.wait_for_files(names);
        let arrived = Rc::clone(&self.adding.arrived);
        self.deck.runtime().spawn("read lists", async move |cx| {
            for file in files {
                let name = file.name().to_owned();
                let links = file.links(&cx).await;
                arrived.borrow_mut().push(Arrived::Read { name, links });
            }
            Ok(())
        });
    }

    /// What is pasted while nothing is typed into opens the sheet. So does a text that is too long for the field it is
    /// pasted into: a field lays all of it out.
    pub(super) fn take_pastes(&mut self, ui: &Ui) {
        let in_text = ui.ctx().text_edit_focused();
        let is_ours = |text: &str| !in_text || text.len() > MAX_TYPED_BYTES;
        let mut pasted = None;
        ui.input_mut(|input| {
            input.events.retain(|event| match event {
                Event::Paste(text) if is_ours(text) => {
                    pasted = Some(text.clone());
                    false
                }
                _ => true,
            });
        });
        let pasted = pasted.filter(|text| !text.trim().is_empty());
        self.intents.extend(pasted.map(Intent::AddText));
    }

    /// The middle button pastes what is selected elsewhere: into the field under the pointer, and where there is none,
    /// into the sheet. Asked after the layout, which has set the pointer of a field.
    pub(super) fn take_middle_click(&mut self, ui: &Ui) {
        let over_text = ui.output(|output| output.cursor_icon == CursorIcon::Text);
        if over_text {
            return;
        }
        let pasted = ui.input(|input| {
            let mut texts = input.events.iter().filter_map(|event| match event {
                Event::MiddleClickPaste { text, .. } => Some(text.clone()),
                _ => None,
            });
            texts.next_back()
        });
        let pasted = pasted.filter(|text| !text.trim().is_empty());
        self.intents.extend(pasted.map(Intent::AddText));
    }
}
