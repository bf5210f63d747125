//! What a window begins with.

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use super::file_dialogs::Dialogs;
use crate::jobs::Spec;
use crate::links::Link;
use crate::options::Options;
use crate::runtime::Clock;
use crate::view::AddDefaults;

/// What a window begins with.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Rows to begin with, whatever the settings say.
    pub specs: Vec<Spec>,
    /// Downloads to begin with, made as the settings say.
    pub links: Vec<Link>,
    /// What the command line says, also what no setting is about.
    pub add_defaults: AddDefaults,
    /// What the command line says: for this window it wins over the saved settings, and is not
    /// saved.
    pub cli_overrides: Options,
    /// Whether nothing is saved.
    pub keeps_nothing: bool,
    /// The folder in which the list and the settings are kept; without one, only what eframe keeps.
    pub state_folder: Option<PathBuf>,
    /// The time its jobs live in; tests give a virtual one.
    pub clock: Clock,
    /// The demo that the empty screen offers.
    pub demo: Option<Demo>,
    /// Where notifications are shown; where there is none, there is no setting for them.
    pub desktop: Option<Desktop>,
    /// The dialogs in which files and folders are chosen.
    pub dialogs: Dialogs,
}

/// Where the demo's jobs come from.
#[derive(Clone)]
pub struct Demo(Rc<dyn Fn() -> Result<Vec<Spec>, String>>);

impl Demo {
    /// A demo whose jobs `start` gives, or says why it cannot.
    pub fn new(start: impl Fn() -> Result<Vec<Spec>, String> + 'static) -> Self {
        Self(Rc::new(start))
    }

    pub(super) fn specs(&self) -> Result<Vec<Spec>, String> {
        (self.0)()
    }
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Demo(…)")
    }
}

/// How a notification is shown on the desktop.
#[derive(Clone)]
pub struct Desktop(Rc<dyn Fn(&str)>);

impl Desktop {
    /// A desktop that `notify` shows a line on. It must not block.
    pub fn new(notify: impl Fn(&str) + 'static) -> Self {
        Self(Rc::new(notify))
    }

    pub(super) fn notify(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Desktop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desktop(…)")
    }
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            specs: Vec::new(),
            links: Vec::new(),
            add_defaults: AddDefaults::default(),
            cli_overrides: Options::default(),
            keeps_nothing: false,
            state_folder: None,
            clock: Clock::real(),
            demo: None,
            desktop: None,
            dialogs: Dialogs::default(),
        }
    }
}
