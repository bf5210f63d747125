//! What outlives the window: by name and with a version, so that what is damaged or from another time is left alone.

use egui::{Context, ThemePreference};
use serde::{Deserialize, Serialize};

use super::App;

const KEY: &str = "jobdeck window";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    theme: ThemeKept,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum ThemeKept {
    System,
    Dark,
    Light,
}

impl App {
    pub(super) fn restore(&mut self, ctx: &Context, storage: &dyn eframe::Storage) {
        // A text that cannot be read gives nothing: the window then begins as new.
        let Some(kept) = eframe::get_value::<Kept>(storage, KEY) else {
            return;
        };
        if kept.version != VERSION {
            return;
        }
        self.theme = match kept.theme {
            ThemeKept::System => ThemePreference::System,
            ThemeKept::Dark => ThemePreference::Dark,
            ThemeKept::Light => ThemePreference::Light,
        };
        ctx.set_theme(self.theme);
    }

    pub(super) fn store(&self, storage: &mut dyn eframe::Storage) {
        let theme = match self.theme {
            ThemePreference::System => ThemeKept::System,
            ThemePreference::Dark => ThemeKept::Dark,
            ThemePreference::Light => ThemeKept::Light,
        };
        eframe::set_value(
            storage,
            KEY,
            &Kept {
                version: VERSION,
                theme,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use eframe::Storage as _;

    use super::*;
    use crate::app::AppOptions;

    #[derive(Default)]
    struct FakeStorage(HashMap<String, String>);

    impl eframe::Storage for FakeStorage {
        fn get_string(&self, key: &str) -> Option<String> {
            self.0.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }

        fn remove_string(&mut self, key: &str) {
            self.0.remove(key);
        }

        fn flush(&mut self) {}
    }

    fn restored(storage: &FakeStorage) -> ThemePreference {
        let ctx = Context::default();
        let mut app = App::over(&ctx, AppOptions::default());
        app.restore(&ctx, storage);
        let preference = ctx.options(|options| options.theme_preference);
        assert_eq!(preference, app.theme);
        preference
    }

    #[test]
    fn the_theme_is_kept() {
        let mut storage = FakeStorage::default();
        assert_eq!(restored(&storage), ThemePreference::System);
        for theme in [
            ThemePreference::Light,
            ThemePreference::Dark,
            ThemePreference::System,
        ] {
            let ctx = Context::default();
            let mut app = App::over(&ctx, AppOptions::default());
            app.theme = theme;
            app.store(&mut storage);
            assert_eq!(restored(&storage), theme);
        }
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let mut storage = FakeStorage::default();
        for damaged in [
            "",
            "(version:1",
            "(version:1,theme:Purple)",
            "(version:2,theme:Light)",
        ] {
            storage.set_string(KEY, damaged.to_owned());
            assert_eq!(restored(&storage), ThemePreference::System, "{damaged}");
        }
    }
}
