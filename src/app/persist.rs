//! What outlives the window. Each value is kept by a name of its own, as the text one would type: what is damaged, or
//! what another version wrote, is left alone where it stands, and the rest is read all the same. What has its default
//! is not kept, so that a default may change.
//!
//! Changed settings are written down at once, at most once a second ([`SETTINGS_SAVED_EVERY`]); everything is again
//! every half a minute and at the end. Whoever kills the process loses what was changed in the last second. Natively
//! the file is written by a thread; in a browser it is the page's local storage.
//!
//! A password is never written: a proxy is kept by its address alone.

use std::time::Duration;

use eframe::Storage;
use serde::Deserialize;

use super::{App, layout};
use crate::options::{Options, Setting, Settings, ThemeChoice};
use crate::runtime::Moment;
use crate::status::RowSource as _;
use crate::view::TableLayout;

/// Changed settings are written down at most this often; what was changed since is lost when the process is killed.
const SETTINGS_SAVED_EVERY: Duration = Duration::from_secs(1);
/// Before each name: a browser shares its storage among all pages of a server.
const PREFIX: &str = "jobdeck.";
const VERSION_NAME: &str = "version";
/// A larger one was written by a later version: its names mean the same, and it may have more of them.
const VERSION: u32 = 2;
const INSPECTOR_NAME: &str = "inspector_open";
const COLUMNS_NAME: &str = "columns";
const SORTING_NAME: &str = "sorting";

/// Where version 1 kept the theme, as RON.
const KEY_OF_VERSION_1: &str = "jobdeck window";

#[derive(Deserialize)]
struct KeptByVersion1 {
    version: u32,
    theme: ThemeOfVersion1,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum ThemeOfVersion1 {
    System,
    Dark,
    Light,
}

/// The settings as they are kept: without what only this call of the program said.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) options: Options,
    /// What is kept and cannot be understood: it stays until somebody changes it.
    not_understood: Vec<Setting>,
    version: u32,
    /// Whether something changed that is not written yet.
    is_changed: bool,
    written_at: Option<Moment>,
}

impl Kept {
    /// Keeps one setting of `settings` from now on.
    pub(super) fn change(&mut self, setting: Setting, settings: &Settings) {
        self.options.take(setting, settings);
        self.not_understood.retain(|other| *other != setting);
        self.is_changed = true;
    }

    pub(super) fn read(storage: &dyn Storage) -> Self {
        let mut kept = Self::default();
        let version = text(storage, VERSION_NAME);
        if version.is_none() {
            kept.read_version_1(storage);
            return kept;
        }
        let version = version.and_then(|version| version.parse().ok());
        kept.version = version.unwrap_or_default();
        for (setting, row) in Setting::rows() {
            let Some(text) = text(storage, row.key) else {
                continue;
            };
            if let Err(error) = kept.options.set_field(setting, &text) {
                log::warn!(
                    "the setting {} is kept as what it cannot be: {error}",
                    row.key
                );
                kept.not_understood.push(setting);
            }
        }
        kept
    }

    fn read_version_1(&mut self, storage: &dyn Storage) {
        // A text that cannot be read gives nothing: the window then begins as new.
        let kept = eframe::get_value::<KeptByVersion1>(storage, KEY_OF_VERSION_1);
        let Some(kept) = kept.filter(|kept| kept.version == 1) else {
            return;
        };
        self.options.theme = Some(match kept.theme {
            ThemeOfVersion1::System => ThemeChoice::System,
            ThemeOfVersion1::Dark => ThemeChoice::Dark,
            ThemeOfVersion1::Light => ThemeChoice::Light,
        });
    }

    fn write(&self, storage: &mut dyn Storage) {
        let version = self.version.max(VERSION);
        put(storage, VERSION_NAME, &version.to_string());
        if storage.get_string(KEY_OF_VERSION_1).is_some() {
            storage.remove_string(KEY_OF_VERSION_1);
        }
        let defaults = Settings::default();
        let settings = defaults.clone().with(&self.options);
        for (setting, row) in Setting::rows() {
            if self.not_understood.contains(&setting) {
                continue;
            }
            if settings.is_same(setting, &defaults) {
                remove(storage, row.key);
            } else {
                put(storage, row.key, &settings.text(setting));
            }
        }
    }
}

impl App {
    /// Takes over how the window looked. The settings are read by [`Kept::read`].
    pub(super) fn restore(&mut self, storage: &dyn Storage) {
        self.main.is_inspector_open = text(storage, INSPECTOR_NAME).as_deref() == Some("true");
        if let Some(columns) = text(storage, COLUMNS_NAME) {
            self.main.table.layout = layout::columns_from(&columns);
        }
        if let Some(sorting) = text(storage, SORTING_NAME) {
            self.deck.set_sorting(layout::sorting_from(&sorting));
        }
    }

    /// Writes everything down.
    pub(super) fn store(&mut self, storage: &mut dyn Storage) {
        if self.keeps_nothing {
            return;
        }
        self.kept.write(storage);
        self.kept.is_changed = false;
        self.kept.written_at = Some(self.deck.runtime().now());
        let table = &self.main.table.layout;
        let columns = (*table != TableLayout::default()).then(|| layout::columns_text(table));
        for (name, text) in [
            (
                INSPECTOR_NAME,
                self.main.is_inspector_open.then(|| "true".to_owned()),
            ),
            (COLUMNS_NAME, columns),
            (
                SORTING_NAME,
                Some(layout::sorting_text(&self.deck.sorting())).filter(|text| !text.is_empty()),
            ),
        ] {
            match text {
                Some(text) => put(storage, name, &text),
                None => remove(storage, name),
            }
        }
    }

    /// Writes everything down if a setting changed, unless that was just done: then in the next second.
    pub(super) fn store_changes(&mut self, ctx: &egui::Context, storage: &mut dyn Storage) {
        if !self.kept.is_changed || self.keeps_nothing {
            return;
        }
        let now = self.deck.runtime().now();
        let since = self.kept.written_at.map(|before| now.since(before));
        let wait = since.map(|since| SETTINGS_SAVED_EVERY.saturating_sub(since));
        match wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => ctx.request_repaint_after(wait),
            None => {
                self.store(storage);
                storage.flush();
            }
        }
    }
}

/// What is kept under a name.
fn text(storage: &dyn Storage, name: &str) -> Option<String> {
    storage.get_string(&format!("{PREFIX}{name}"))
}

/// Keeps a text under a name.
fn put(storage: &mut dyn Storage, name: &str, text: &str) {
    storage.set_string(&format!("{PREFIX}{name}"), text.to_owned());
}

/// Keeps nothing under a name any more. Only what is there is removed: every removal would have the file written anew.
fn remove(storage: &mut dyn Storage, name: &str) {
    let name = format!("{PREFIX}{name}");
    if storage.get_string(&name).is_some() {
        storage.remove_string(&name);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use egui::{Context, ThemePreference};

    use super::*;
    use crate::app::AppOptions;
    use crate::runtime::Clock;
    use crate::status::{Direction, SortKey, Sorting};
    use crate::view::{AddDefaults, Column};

    #[derive(Default)]
    struct FakeStorage {
        texts: BTreeMap<String, String>,
        flushes: usize,
    }

    impl Storage for FakeStorage {
        fn get_string(&self, key: &str) -> Option<String> {
            self.texts.get(key).cloned()
        }

        fn set_string(&mut self, key: &str, value: String) {
            self.texts.insert(key.to_owned(), value);
        }

        fn remove_string(&mut self, key: &str) {
            self.texts.remove(key);
        }

        fn flush(&mut self) {
            self.flushes += 1;
        }
    }

    fn storage(texts: &[(&str, &str)]) -> FakeStorage {
        let texts = texts.iter();
        FakeStorage {
            texts: texts
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            flushes: 0,
        }
    }

    fn app(ctx: &Context, storage: &FakeStorage, options: AppOptions) -> App {
        App::over(ctx, Some(storage), options, crate::view::EguiHost::new(ctx))
    }

    fn restored(storage: &FakeStorage) -> Settings {
        app(&Context::default(), storage, AppOptions::default()).settings
    }

    fn change(app: &mut App, ctx: &Context, setting: Setting, text: &str) {
        let mut wanted = app.settings.clone();
        wanted.set_text(setting, text).unwrap();
        app.change_settings(ctx, &[setting], &wanted);
    }

    #[test]
    fn what_was_set_is_there_again() {
        let mut storage = FakeStorage::default();
        let ctx = Context::default();
        let mut before = app(&ctx, &storage, AppOptions::default());
        for (setting, text) in [
            (Setting::JobsAtOnce, "3"),
            (Setting::RateLimit, "2M"),
            (Setting::IdleTimeout, "1m30"),
            (Setting::Folder, "/data/a b"),
            (Setting::IfExists, "skip"),
            (Setting::Theme, "light"),
            (Setting::Scale, "125"),
            (Setting::Notifications, "off"),
        ] {
            change(&mut before, &ctx, setting, text);
        }
        before.main.is_inspector_open = true;
        before.main.table.layout.show(Column::Eta, false);
        let by_rate = (SortKey::Rate, Direction::Descending);
        before.deck.set_sorting(Sorting {
            first: Some(by_rate),
            second: None,
        });
        before.store(&mut storage);
        let ctx = Context::default();
        let after = app(&ctx, &storage, AppOptions::default());
        assert_eq!(after.settings, before.settings);
        assert!(after.main.is_inspector_open);
        assert_eq!(after.main.table.layout, before.main.table.layout);
        assert_eq!(after.deck.sorting().first, Some(by_rate));
        assert_eq!(after.deck.totals().running_limit, 3);
        assert_eq!(after.deck.rate_limit(), Some(2_000_000));
        let preference = ctx.options(|options| options.theme_preference);
        assert_eq!(preference, ThemePreference::Light);
    }

    #[test]
    fn what_has_its_default_is_not_kept() {
        let mut storage = FakeStorage::default();
        let ctx = Context::default();
        let mut app = app(&ctx, &storage, AppOptions::default());
        change(&mut app, &ctx, Setting::Retries, "9");
        app.store(&mut storage);
        assert_eq!(storage.texts["jobdeck.retries"], "9");
        change(&mut app, &ctx, Setting::Retries, "5");
        app.store(&mut storage);
        let names: Vec<_> = storage.texts.keys().map(String::as_str).collect();
        assert_eq!(names, ["jobdeck.version"]);
    }

    #[test]
    fn no_password_is_written() {
        let mut storage = FakeStorage::default();
        let ctx = Context::default();
        let mut app = app(&ctx, &storage, AppOptions::default());
        change(&mut app, &ctx, Setting::Proxy, "http://me:secret@h:3128");
        app.store(&mut storage);
        assert_eq!(storage.texts["jobdeck.proxy"], "http://h:3128");
        let all = format!("{:?}", storage.texts);
        assert!(!all.contains("secret") && !all.contains("me:"), "{all}");
        assert_eq!(restored(&storage).text(Setting::Proxy), "http://h:3128");
    }

    #[test]
    fn what_is_damaged_is_left_alone_and_the_rest_is_read() {
        let mut storage = storage(&[
            ("jobdeck.version", "2"),
            ("jobdeck.jobs_at_once", "0"),
            ("jobdeck.jobs_per_host", "99999999999999999999"),
            ("jobdeck.rate_limit", "rate\0\u{fffd}"),
            ("jobdeck.theme", "(purple"),
            ("jobdeck.scale", ""),
            ("jobdeck.retries", "2"),
            ("jobdeck.of_a_later_version", "something"),
            ("of another page", "its own"),
        ]);
        let expected = Settings {
            retries: 2,
            ..Settings::default()
        };
        assert_eq!(restored(&storage), expected);

        let ctx = Context::default();
        let mut app = app(&ctx, &storage, AppOptions::default());
        let before = storage.texts.clone();
        app.store(&mut storage);
        assert_eq!(storage.texts, before, "a look changes nothing");

        change(&mut app, &ctx, Setting::JobsAtOnce, "3");
        app.store(&mut storage);
        assert_eq!(storage.texts["jobdeck.jobs_at_once"], "3");
        assert_eq!(storage.texts["jobdeck.theme"], "(purple");
        change(&mut app, &ctx, Setting::Theme, "system");
        app.store(&mut storage);
        assert_eq!(storage.get_string("jobdeck.theme"), None);
    }

    #[test]
    fn other_versions_are_read_as_far_as_they_are_understood() {
        let old = |theme| storage(&[("jobdeck window", theme)]);
        for (kept, theme) in [
            ("(version:1,theme:Light)", ThemeChoice::Light),
            ("(version:1,theme:Dark)", ThemeChoice::Dark),
            ("(version:1,theme:System)", ThemeChoice::System),
            ("(version:1,theme:Purple)", ThemeChoice::System),
            ("(version:1", ThemeChoice::System),
            ("", ThemeChoice::System),
            ("(version:7,theme:Light)", ThemeChoice::System),
        ] {
            assert_eq!(restored(&old(kept)).theme, theme, "{kept}");
        }
        // What is set since counts, also when it is the default.
        let mut storage = old("(version:1,theme:Light)");
        let ctx = Context::default();
        let mut app = app(&ctx, &storage, AppOptions::default());
        app.store(&mut storage);
        assert_eq!(restored(&storage).theme, ThemeChoice::Light);
        change(&mut app, &ctx, Setting::Theme, "system");
        app.store(&mut storage);
        assert_eq!(restored(&storage).theme, ThemeChoice::System);

        for version in ["3", "4000000000", "x", "-1"] {
            let mut storage =
                self::storage(&[("jobdeck.version", version), ("jobdeck.retries", "2")]);
            assert_eq!(restored(&storage).retries, 2);
            let mut app = self::app(&Context::default(), &storage, AppOptions::default());
            app.store(&mut storage);
            let kept: u32 = storage.texts["jobdeck.version"].parse().unwrap();
            assert!(kept >= 2 && (kept == 2 || kept.to_string() == version));
        }
    }

    #[test]
    fn what_the_call_said_wins_and_is_not_kept() {
        let mut storage = storage(&[
            ("jobdeck.version", "2"),
            ("jobdeck.jobs_at_once", "3"),
            ("jobdeck.retries", "2"),
        ]);
        let call = |jobs_at_once| AppOptions {
            add_defaults: AddDefaults {
                options: Settings {
                    jobs_at_once,
                    ..Settings::default()
                },
                ..AddDefaults::default()
            },
            cli_overrides: Options {
                jobs_at_once: Some(jobs_at_once),
                ..Options::default()
            },
            ..AppOptions::default()
        };
        let ctx = Context::default();
        // The second says what is the default.
        for jobs_at_once in [9, 6] {
            let mut app = app(&ctx, &storage, call(jobs_at_once));
            assert_eq!(app.deck.totals().running_limit, jobs_at_once as usize);
            assert_eq!(app.settings.retries, 2);
            change(&mut app, &ctx, Setting::MaxRedirects, "4");
            app.store(&mut storage);
            assert_eq!(storage.texts["jobdeck.jobs_at_once"], "3");
        }
        let mut app = app(&ctx, &storage, call(9));
        change(&mut app, &ctx, Setting::JobsAtOnce, "7");
        app.store(&mut storage);
        assert_eq!(restored(&storage).jobs_at_once, 7);
        assert_eq!(restored(&storage).max_redirects, 4);
    }

    #[test]
    fn a_change_is_written_at_once_and_the_next_a_second_later() {
        let mut storage = FakeStorage::default();
        let ctx = Context::default();
        let clock = Clock::virtual_time();
        let options = AppOptions {
            clock: clock.clone(),
            ..AppOptions::default()
        };
        let mut app = app(&ctx, &storage, options);
        app.store_changes(&ctx, &mut storage);
        assert_eq!(storage.flushes, 0, "nothing changed");
        change(&mut app, &ctx, Setting::Retries, "1");
        app.store_changes(&ctx, &mut storage);
        assert_eq!(
            (storage.flushes, storage.texts["jobdeck.retries"].as_str()),
            (1, "1")
        );
        change(&mut app, &ctx, Setting::Retries, "12");
        app.store_changes(&ctx, &mut storage);
        assert_eq!(storage.flushes, 1);
        clock.advance(SETTINGS_SAVED_EVERY);
        app.store_changes(&ctx, &mut storage);
        app.store_changes(&ctx, &mut storage);
        assert_eq!(
            (storage.flushes, storage.texts["jobdeck.retries"].as_str()),
            (2, "12")
        );
    }

    #[test]
    fn who_wants_nothing_kept_has_nothing_kept() {
        let mut storage = FakeStorage::default();
        let ctx = Context::default();
        let options = AppOptions {
            keeps_nothing: true,
            ..AppOptions::default()
        };
        let mut app = app(&ctx, &storage, options);
        change(&mut app, &ctx, Setting::Retries, "1");
        app.store_changes(&ctx, &mut storage);
        app.store(&mut storage);
        assert!(storage.texts.is_empty() && storage.flushes == 0);
    }
}
