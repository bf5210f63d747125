//! What the Add sheet keeps from frame to frame, and what its parts have in common.

use std::path::{Path, PathBuf};

use egui::{Key, KeyboardShortcut, Modifiers};

use super::form::{AddDefaults, Form};
use super::texts::Texts;
use crate::fetch::Request;
use crate::links::DuplicatePolicy;
use crate::runtime::Clock;

/// Between two parts of the sheet, in points.
pub(super) const GAP: f32 = 12.0;
/// In a window lower than this, the field and the preview are lower too.
pub(super) const LOW_WINDOW: f32 = 680.0;
/// In a window of this height, there is room for more of the preview.
pub(super) const HIGH_WINDOW: f32 = 760.0;
pub(super) const ADD_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// What the sheet keeps: also while it is closed, so that nothing typed is lost.
#[derive(Clone, Debug)]
pub struct AddSheetState {
    pub(super) clock: Clock,
    pub(super) form: Form,
    pub(super) texts: Texts,
    /// The files that are being read.
    pub(super) waiting: Vec<String>,
    /// What came of files that hold no links.
    pub(super) problems: Vec<String>,
    pub(super) skip: DuplicatePolicy,
    pub(super) shows_only_bad: bool,
    pub(super) is_open: bool,
    pub(super) takes_focus: bool,
    /// Whether everything is added as soon as it is read, if nothing is wrong with it.
    pub(super) adds_when_read: bool,
}

impl AddSheetState {
    /// A closed, empty sheet. It reads a long list in slices of this clock's time.
    #[must_use]
    pub fn new(defaults: &AddDefaults, clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
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

    /// Whether it is shown, and has links that are still to be read.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.is_open && !self.texts.is_read()
    }

    /// Reads on for a slice of time, and says whether all is read. `is_listed` says whether the
    /// list has a link already.
    pub fn read_on(&mut self, is_listed: &dyn Fn(&Request) -> bool) -> bool {
        self.texts.advance(is_listed, &self.clock)
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

    /// One of the files was read: its links, or why there are none, as a sentence that goes on
    /// behind its name.
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
