//! What outlives the window.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::Storage;
use egui::{Context, ThemePreference};

use crate::app::persistence::Persistence;
use crate::app::saved_settings::SETTINGS_SAVED_EVERY;
use crate::app::{App, AppOptions};
use crate::options::{Options, Setting, Settings};
use crate::runtime::Clock;
use crate::status::{Column, Direction, RowSource as _, Sorting};
use crate::view::AddDefaults;

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
    let host: Arc<dyn crate::runtime::Host> = crate::view::EguiHost::new(ctx);
    let persistence = Persistence::open(None, &host);
    App::over(ctx, Some(storage), options, host, persistence)
}

fn restored(storage: &FakeStorage) -> Settings {
    app(&Context::default(), storage, AppOptions::default())
        .settings()
        .clone()
}

fn change(app: &mut App, ctx: &Context, setting: Setting, text: &str) {
    let mut wanted = app.settings().clone();
    wanted.set_text(setting, text).unwrap();
    let (preferences, mut affected) = app.preferences(ctx);
    preferences.change(&mut affected, &[setting], &wanted);
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
    before.panels.main.is_inspector_open = true;
    before.panels.main.table.layout.show(Column::Eta, false);
    let by_rate = (Column::Rate, Direction::Descending);
    before.deck.set_sorting(Sorting {
        first: Some(by_rate),
        second: None,
    });
    before.store(&mut storage);
    let ctx = Context::default();
    let after = app(&ctx, &storage, AppOptions::default());
    assert_eq!(after.settings(), before.settings());
    assert!(after.panels.main.is_inspector_open);
    assert_eq!(
        after.panels.main.table.layout,
        before.panels.main.table.layout
    );
    assert_eq!(after.deck.sorting().first, Some(by_rate));
    assert_eq!(after.deck.totals().running_limit, 3);
    assert_eq!(
        after.deck.schedule.limits().rate_limit_bytes_per_sec,
        Some(2_000_000)
    );
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
    for version in ["3", "4000000000", "x", "-1"] {
        let mut storage = self::storage(&[("jobdeck.version", version), ("jobdeck.retries", "2")]);
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
        assert_eq!(app.settings().retries, 2);
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
