//! Texts by name in the storage of the window.

use eframe::Storage;

/// Before each name: a browser shares its storage among all pages of a server.
const PREFIX: &str = "jobdeck.";

/// The text under a name.
pub(super) fn get(storage: &dyn Storage, name: &str) -> Option<String> {
    storage.get_string(&format!("{PREFIX}{name}"))
}

/// Puts a text under a name, or removes what is there. Only what is there is removed: every removal
/// would have the file written again.
pub(super) fn put(storage: &mut dyn Storage, name: &str, text: Option<String>) {
    let name = format!("{PREFIX}{name}");
    match text {
        Some(text) => storage.set_string(&name, text),
        None if storage.get_string(&name).is_some() => storage.remove_string(&name),
        None => {}
    }
}
