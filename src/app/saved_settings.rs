//! The settings as they are saved. Each is saved under a name of its own, as the text one would
//! type: what is damaged, or from another version, stays as it is, and the rest is read all the
//! same. A default is not saved, so that it may change.
//!
//! Changed settings are saved at once, at most once a second ([`SETTINGS_SAVED_EVERY`]); everything
//! is saved again every half a minute and at the end. If the process is killed, what was changed in
//! the last second is lost. Natively a thread of eframe writes the file; in a browser it is the
//! page's local storage.
//!
//! A password is never saved: of a proxy only the address is.

use std::collections::HashMap;
use std::time::Duration;

use eframe::Storage;

use super::storage_text;
use crate::options::{Options, Setting, Settings};
use crate::runtime::Moment;

/// Changed settings are saved at most this often; what was changed since is lost if the process is
/// killed.
pub(super) const SETTINGS_SAVED_EVERY: Duration = Duration::from_secs(1);

const VERSION_NAME: &str = "version";
/// A larger one was written by a later version: its names mean the same, and it may have more of
/// them.
const VERSION: u32 = 2;

/// The settings without what only the command line says.
#[derive(Clone, Debug)]
pub(super) struct SavedSettings {
    options: Options,
    /// Settings whose saved text cannot be understood: it stays until the user changes them.
    not_understood: Vec<Setting>,
    version: u32,
    /// Whether something changed that is not saved yet.
    is_changed: bool,
    saved_at: Option<Moment>,
    /// Whether nothing is saved at all.
    keeps_nothing: bool,
}

/// The settings that are saved as these texts, by their names in a storage.
#[must_use]
pub fn settings_of(texts: &HashMap<String, String>) -> Settings {
    let mut saved = SavedSettings::new(true);
    saved.read(&ReadOnly(texts));
    Settings::default().with(saved.options())
}

/// A storage that is only read.
struct ReadOnly<'a>(&'a HashMap<String, String>);

impl Storage for ReadOnly<'_> {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, _: &str, _: String) {}

    fn remove_string(&mut self, _: &str) {}

    fn flush(&mut self) {}
}

impl SavedSettings {
    pub(super) fn new(keeps_nothing: bool) -> Self {
        Self {
            options: Options::default(),
            not_understood: Vec::new(),
            version: 0,
            is_changed: false,
            saved_at: None,
            keeps_nothing,
        }
    }

    /// The settings as they are saved.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Saves one setting of `settings` from now on.
    pub(super) fn change(&mut self, setting: Setting, settings: &Settings) {
        self.options.take(setting, settings);
        self.not_understood.retain(|other| *other != setting);
        self.is_changed = true;
    }

    /// Takes over what is in a storage.
    pub(super) fn read(&mut self, storage: &dyn Storage) {
        let Some(version) = storage_text::get(storage, VERSION_NAME) else {
            return;
        };
        self.version = version.parse().unwrap_or_default();
        for (setting, row) in Setting::rows() {
            let key = row.key;
            let Some(text) = storage_text::get(storage, key) else {
                continue;
            };
            if let Err(error) = self.options.set_field(setting, &text) {
                log::warn!("the setting {key} is saved as what it cannot be: {error}");
                self.not_understood.push(setting);
            }
        }
    }

    /// Whether a storage is written to at all.
    pub(super) fn is_saved(&self) -> bool {
        !self.keeps_nothing
    }

    /// After how long a change is to be saved; `None` if there is none.
    pub(super) fn due_in(&self, now: Moment) -> Option<Duration> {
        let since = self.saved_at.map(|before| now.since(before));
        let wait = since.map(|since| SETTINGS_SAVED_EVERY.saturating_sub(since));
        (self.is_changed && self.is_saved()).then(|| wait.unwrap_or_default())
    }

    /// Saves all of them.
    pub(super) fn write(&mut self, storage: &mut dyn Storage, now: Moment) {
        self.is_changed = false;
        self.saved_at = Some(now);
        let version = self.version.max(VERSION);
        storage_text::put(storage, VERSION_NAME, Some(version.to_string()));
        let defaults = Settings::default();
        let settings = defaults.clone().with(&self.options);
        for (setting, row) in Setting::rows() {
            if !self.not_understood.contains(&setting) {
                let is_default = settings.is_same(setting, &defaults);
                let text = (!is_default).then(|| settings.text(setting));
                storage_text::put(storage, row.key, text);
            }
        }
    }
}
