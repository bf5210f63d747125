//! The sheet that adds downloads.

mod fields;
mod footer;
mod form;
mod preview;
mod texts;
mod typing;

use std::path::{Path, PathBuf};

use egui::{Key, KeyboardShortcut, Margin, Modifiers, ScrollArea, Ui};

use crate::command::Intent;
use crate::fetch::Request;
use crate::links::DuplicatePolicy;
use crate::theme;
use crate::widgets;

use form::Form;
use texts::Texts;

pub use form::{AddDefaults, AddRequest};
pub use texts::{LINKS_READ_PER_FRAME, MAX_TYPED_BYTES};

/// What the sheet keeps: also while it is closed, so that nothing typed is lost.
#[derive(Clone, Debug)]
pub struct AddSheetState {
    form: Form,
    texts: Texts,
    /// The files that are being read.
    waiting: Vec<String>,
    /// What came of files that hold no links.
    problems: Vec<String>,
    skip: DuplicatePolicy,
    shows_only_bad: bool,
    is_open: bool,
    takes_focus: bool,
    /// Whether everything is added as soon as it is read, if nothing is wrong with it.
    adds_when_read: bool,
}

impl AddSheetState {
    /// A closed, empty sheet.
    #[must_use]
    pub fn new(defaults: &AddDefaults) -> Self {
        Self {
            form: Form::new(defaults),
            texts: Texts::new(),
            waiting: Vec::new(),
            problems: Vec::new(),
            skip: DuplicatePolicy {
                repeated: true,
                listed: false,
            },
            shows_only_bad: false,
            is_open: false,
            takes_focus: false,
            adds_when_read: false,
        }
    }

    /// Suggests something else from now on; what was typed stays.
    pub fn set_defaults(&mut self, defaults: &AddDefaults) {
        self.form.set_defaults(defaults);
    }

    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it, with these lines under what is typed already.
    pub fn open(&mut self, text: &str) {
        self.is_open = true;
        self.takes_focus = true;
        self.adds_when_read = false;
        self.texts.append("Pasted text", text);
        // Meanwhile the list may have become another.
        self.texts.read_again();
    }

    /// Adds these lines, and shows the sheet only if something is wrong with them, or with a field.
    pub fn add(&mut self, text: &str) {
        self.open(text);
        self.adds_when_read = true;
    }

    /// Shows it, and that these files are being read.
    pub fn wait_for_files(&mut self, names: impl IntoIterator<Item = String>) {
        self.open("");
        self.waiting.extend(names);
    }

    /// One of the files was read: its links, or why there are none, as a sentence that goes on behind its name.
    pub fn file_read(&mut self, name: &str, links: Result<&str, String>) {
        if let Some(place) = self.waiting.iter().position(|waiting| waiting == name) {
            self.waiting.remove(place);
        }
        match links {
            Ok(text) if text.trim().is_empty() => {
                self.problems.push(format!("{name} is empty"));
            }
            Ok(text) => self.texts.append(name, text),
            Err(problem) => self.problems.push(format!("{name} {problem}")),
        }
    }

    /// Where downloads are saved, as somebody chose.
    pub fn set_folder(&mut self, folder: &Path) {
        self.form.set_folder(folder);
    }

    /// Where downloads are saved, as it is typed.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.form.folder_now()
    }
}

const WIDTH: f32 = 760.0;
const GAP: f32 = 12.0;
/// At the right of what scrolls, for the bar.
const SCROLL_BAR: f32 = 12.0;
/// In a window lower than this, the field and the preview are lower too.
const LOW_WINDOW: f32 = 680.0;
/// In a window of this height, there is room for more of the preview.
const HIGH_WINDOW: f32 = 760.0;
const ADD_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// The sheet, over everything else, if it is open. `is_listed` says whether the list has a link already.
pub fn add_sheet_ui(
    ui: &Ui,
    is_listed: &dyn Fn(&Request) -> bool,
    state: &mut AddSheetState,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open {
        return;
    }
    let margin = Margin {
        right: 20 - SCROLL_BAR as i8,
        ..Margin::same(20)
    };
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "add sheet", margin);
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, WIDTH - 40.0);
        ui.set_width(width + SCROLL_BAR);
        // In a low window the sheet scrolls; its buttons stay where they are.
        let height = (room.y - 64.0 - theme::CONTROL_HEIGHT - 2.0 * GAP).max(80.0);
        // Before the field gets it: there it would be a new line.
        let add_pressed = ui.input_mut(|input| input.consume_shortcut(&ADD_KEYS));
        ui.spacing_mut().item_spacing.y = GAP;
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.set_width(width);
                typing::typing_ui(ui, state, intents);
                if !state.texts.advance(is_listed) {
                    ui.ctx().request_repaint();
                }
                preview::preview_ui(ui, state);
                fields::fields_ui(ui, state, intents);
            });
        ui.scope(|ui| {
            ui.set_width(width);
            footer::footer_ui(ui, state, add_pressed, intents);
        });
    });
    // A click beside the sheet is too easily made to close it.
    if response.is_top_modal
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        state.is_open = false;
    }
}
