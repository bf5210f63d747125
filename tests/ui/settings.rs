//! Settings are changed in their sheet, take effect at once, and are kept for the next window.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::{AppOptions, Desktop};
use jobdeck::options::{Setting, Settings, ThemeChoice};
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;
use jobdeck::view::AddDefaults;

use crate::support::{
    Window, checked_app, click, has_button, press_key, timed, wait_until, window,
};

fn options() -> AppOptions {
    AppOptions {
        clock: Clock::virtual_time(),
        desktop: Some(Desktop::new(|_| ())),
        add_defaults: AddDefaults {
            folder: Some("/home/ada/Downloads".into()),
            home: Some("/home/ada".into()),
            ..AddDefaults::default()
        },
        ..AppOptions::default()
    }
}

fn opened(options: AppOptions) -> Window {
    let mut window = window(options);
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    window.run_steps(3);
    window
}

/// The rate limit of all jobs that is in effect.
fn rate_limit(window: &Window) -> Option<u64> {
    let limits = window.state().deck().schedule.limits();
    limits.rate_limit_bytes_per_sec
}

fn is_open(window: &Window) -> bool {
    has_button(window, "Reset all")
}

fn field<'a>(window: &'a Window, label: &'a str) -> egui_kittest::Node<'a> {
    window.get_by_role_and_label(Role::TextInput, label)
}

/// Replaces the text of a field; the field keeps the focus.
#[track_caller]
fn type_into(window: &mut Window, label: &str, text: &str) {
    field(window, label).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    if text.is_empty() {
        window.key_press(Key::Backspace);
    } else {
        field(window, label).type_text(text);
    }
    window.run_steps(2);
}

fn says(window: &Window, text: &str) -> bool {
    window
        .query_all_by_role(Role::Label)
        .any(|node| node.value().is_some_and(|value| value.contains(text)))
}

/// Scrolls to a control and clicks it.
#[track_caller]
fn pick(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).focus();
    window.run_steps(3);
    window.get_by_role_and_label(role, name).click();
    window.run_steps(3);
}

#[test]
fn more_jobs_at_once_begin_at_once_and_fewer_pause_nothing() {
    let specs = (0..6)
        .map(|number| timed(&format!("job {number}"), 0, 100))
        .collect();
    let jobs = Settings {
        jobs_at_once: 3,
        ..Settings::default()
    };
    let mut options = options();
    options.specs = specs;
    options.add_defaults.options = jobs;
    let mut window = opened(options);
    let active = |window: &Window| window.state().deck().counts().of(Chip::Active);
    assert_eq!(active(&window), 3);
    assert_eq!(field(&window, "Jobs at once").value().as_deref(), Some("3"));
    type_into(&mut window, "Jobs at once", "4");
    assert_eq!(active(&window), 4, "while it is typed");
    type_into(&mut window, "Jobs at once", "1");
    assert_eq!(active(&window), 4);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 0);
    assert_eq!(window.state().deck().totals().running_limit, 1);
}

#[test]
fn a_text_that_cannot_be_understood_says_why_and_the_old_value_stays_in_effect() {
    let mut window = opened(options());
    type_into(&mut window, "Rate of all jobs", "2M");
    assert_eq!(rate_limit(&window), None, "not half typed");
    field(&window, "Jobs at once").focus();
    window.run_steps(2);
    assert_eq!(rate_limit(&window), Some(2_000_000));
    type_into(&mut window, "Rate of all jobs", "2Mx");
    assert!(says(&window, "“Mx” is not a unit of bytes"));
    assert_eq!(rate_limit(&window), Some(2_000_000));
    // Elsewhere, closed and open again: the text is still there, and still not in effect.
    field(&window, "Jobs at once").focus();
    window.run_steps(2);
    window.key_press(Key::Escape);
    window.run_steps(2);
    assert!(!is_open(&window));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    window.run_steps(3);
    let rate = field(&window, "Rate of all jobs");
    assert_eq!(rate.value().as_deref(), Some("2Mx"));
    let told = rate
        .accesskit_node()
        .data()
        .description()
        .map(str::to_owned);
    assert!(told.is_some_and(|told| told.contains("is not a unit")));
    assert_eq!(rate_limit(&window), Some(2_000_000));

    type_into(&mut window, "Rate of all jobs", "");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(rate_limit(&window), None);
    assert!(!says(&window, "is not a unit"));
}

#[test]
fn every_setting_can_be_reset_and_a_reset_of_all_taken_back() {
    let mut window = opened(options());
    let reset = |window: &Window| {
        let is_reset = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.role() == Role::Button
                && node
                    .label()
                    .is_some_and(|label| label.starts_with("Reset "))
                && node.label().as_deref() != Some("Reset all")
        };
        window.query_all_by(is_reset).count()
    };
    assert_eq!(reset(&window), 0);
    type_into(&mut window, "Jobs at once", "2");
    type_into(&mut window, "Stalled", "1m30");
    field(&window, "Jobs at once").focus();
    window.run_steps(3);
    assert_eq!(
        field(&window, "Stalled").value().as_deref(),
        Some("1 m 30 s")
    );
    assert_eq!(reset(&window), 2);
    let idle = |window: &Window| window.state().settings().idle_timeout;
    assert_eq!(idle(&window), Duration::from_secs(90));
    click(&mut window, "Reset stalled");
    assert_eq!(
        (reset(&window), idle(&window)),
        (1, Duration::from_secs(30))
    );
    click(&mut window, "Reset all");
    assert_eq!(window.state().deck().totals().running_limit, 6);
    assert_eq!(reset(&window), 0);
    click(&mut window, "Undo the reset");
    assert_eq!(window.state().deck().totals().running_limit, 2);
    assert_eq!(field(&window, "Jobs at once").value().as_deref(), Some("2"));
}

#[test]
fn theme_and_scale_change_what_is_shown() {
    let mut window = opened(options());
    let chosen = |window: &Window, name: &str| {
        let radio = window.get_by_role_and_label(Role::RadioButton, name);
        radio.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    };
    assert!(chosen(&window, "System"));
    pick(&mut window, Role::RadioButton, "Light");
    assert_eq!(window.ctx.theme(), Theme::Light);
    assert!(chosen(&window, "Light") && !chosen(&window, "System"));
    pick(&mut window, Role::RadioButton, "System");
    assert_eq!(window.ctx.theme(), Theme::Dark, "as the system is");

    pick(&mut window, Role::Button, "Larger");
    assert!(says(&window, "110 %"));
    assert_eq!(window.ctx.zoom_factor(), 1.1);
    // The usual zoom keys do the same, and show in the settings.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    window.run_steps(4);
    assert!(says(&window, "120 %"));
    assert_eq!(window.state().settings().scale_percent, 120);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    window.run_steps(4);
    assert_eq!(window.state().settings().scale_percent, 100);
    for _ in 0..5 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Minus);
        window.run_steps(4);
    }
    assert_eq!(
        window.ctx.zoom_factor(),
        0.75,
        "no smaller than can be read"
    );

    // The button in the toolbar is the same setting.
    window.key_press(Key::Escape);
    window.run_steps(3);
    click(&mut window, "Light theme");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    window.run_steps(3);
    assert!(chosen(&window, "Light"));
}

#[test]
fn the_settings_are_opened_from_the_toolbar_and_closed_without_a_question() {
    let mut window = window(options());
    window.run();
    click(&mut window, "Settings");
    assert!(is_open(&window));
    type_into(&mut window, "Proxy", "h:3128");
    assert_eq!(window.state().settings().proxy, None, "not half typed");
    press_key(&mut window, Key::Escape);
    assert!(!is_open(&window));
    let proxy = window.state().settings().text(Setting::Proxy);
    assert_eq!(proxy, "http://h:3128", "what was typed is in effect");
    click(&mut window, "Settings");
    click(&mut window, "Close");
    assert!(!is_open(&window));
    // At rest, nothing asks for a frame: `run` would not return.
    window.run();
}

#[test]
fn the_keyboard_reaches_every_field_in_order() {
    let mut window = opened(options());
    let mut order = Vec::new();
    for _ in 0..60 {
        window.key_press(Key::Tab);
        // At the end the focus goes round to the beginning, which takes one more frame.
        window.run_steps(4);
        let focused = window.query_by(|node| node.is_focused() && node.role() != Role::Window);
        let Some(node) = focused else { continue };
        let label = node.accesskit_node().label().unwrap_or_default();
        // What has the focus is scrolled to.
        let rect = node.rect();
        assert!(
            rect.top() >= 0.0 && rect.bottom() <= 800.0,
            "{label}: {rect:?}"
        );
        if order.first() == Some(&label) {
            break;
        }
        order.push(label);
    }
    let place = |label: &str| order.iter().position(|other| other == label);
    let expected = [
        "Save to",
        "Choose…",
        "Keep both",
        "Replace",
        "Skip",
        "measure only, save nothing",
        "Sleep before",
        "Ended jobs kept",
        "Jobs at once",
        "Jobs per host",
        "Rate of all jobs",
        "Rate of each job",
        "Resolve",
        "Connect",
        "First byte",
        "Stalled",
        "Low speed",
        "Whole job",
        "Retries",
        "Proxy",
        "CA certificates",
        "Redirects",
        "System",
        "Light",
        "Dark",
        "Larger",
        "tell when all have ended, or one failed",
        "ask while jobs run",
        "Close",
    ];
    let places: Vec<_> = expected.iter().map(|label| (label, place(label))).collect();
    for pair in places.windows(2) {
        assert!(
            pair[0].1.is_some() && pair[0].1 < pair[1].1,
            "{pair:?} of {order:?}"
        );
    }
}

#[test]
fn the_add_sheet_suggests_what_is_set() {
    let mut window = opened(options());
    type_into(&mut window, "Retries", "2");
    type_into(&mut window, "Save to", "~/new");
    window.key_press(Key::Escape);
    window.run_steps(2);
    window.key_press(Key::A);
    window.run_steps(3);
    assert_eq!(field(&window, "Retries").value().as_deref(), Some("2"));
    assert_eq!(field(&window, "Save to").value().as_deref(), Some("~/new"));
}

#[test]
fn certificates_are_in_effect_when_they_are_read_and_only_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.pem");
    let bad = folder.path().join("bad.pem");
    let pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    std::fs::write(&good, pem).expect("a file");
    std::fs::write(&bad, "nothing").expect("a file");
    let mut window = opened(options());
    type_into(&mut window, "CA certificates", &good.display().to_string());
    assert_eq!(window.state().settings().certificates_file, None);
    window.key_press(Key::Enter);
    wait_until(&mut window, "the certificates", |window| {
        window.state().settings().certificates_file.as_ref() == Some(&good)
    });
    type_into(&mut window, "CA certificates", &bad.display().to_string());
    window.key_press(Key::Enter);
    wait_until(&mut window, "the refusal", |window| {
        says(window, "There is no certificate in it")
    });
    assert_eq!(
        window.state().settings().certificates_file.as_ref(),
        Some(&good)
    );
    let typed = field(&window, "CA certificates").value();
    assert_eq!(
        typed,
        Some(bad.display().to_string()),
        "the text is not lost"
    );
}

#[test]
fn old_ended_rows_leave_the_list() {
    let mut options = options();
    options.specs = (0..15)
        .map(|number| timed(&format!("job {number}"), 0, 0))
        .collect();
    let clock = options.clock.clone();
    let mut window = opened(options);
    for _ in 0..10 {
        clock.advance(Duration::from_secs(1));
        window.run_steps(2);
    }
    let done = |window: &Window| window.state().deck().counts().of(Chip::Done);
    assert_eq!(done(&window), 15);
    type_into(&mut window, "Ended jobs kept", "12");
    assert_eq!(done(&window), 15, "not while it is typed");
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(done(&window), 12);
}

#[test]
fn the_desktop_is_notified_when_all_jobs_have_ended_unseen() {
    for (looks, wants, expected) in [
        (false, true, vec!["All jobs have ended: 2 done"]),
        (true, true, vec![]),
        (false, false, vec![]),
    ] {
        let told: Rc<RefCell<Vec<String>>> = Rc::default();
        let hears = Rc::clone(&told);
        let mut options = options();
        options.desktop = Some(Desktop::new(move |text| {
            hears.borrow_mut().push(text.to_owned());
        }));
        options.specs = vec![timed("job 1", 0, 1), timed("job 2", 0, 3)];
        let clock = options.clock.clone();
        let mut window = opened(options);
        if !wants {
            pick(
                &mut window,
                Role::CheckBox,
                "tell when all have ended, or one failed",
            );
        }
        window.input_mut().focused = looks;
        let viewport = window.input_mut().viewports.entry(egui::ViewportId::ROOT);
        viewport.or_default().focused = Some(looks);
        for _ in 0..5 {
            clock.advance(Duration::from_secs(1));
            window.run_steps(2);
        }
        assert_eq!(window.state().deck().counts().of(Chip::Done), 2);
        assert_eq!(*told.borrow(), expected, "looks: {looks}, wants: {wants}");
    }
}

/// The storage of a window, kept by the test.
#[derive(Clone, Default)]
struct FakeStorage(Rc<RefCell<BTreeMap<String, String>>>);

impl eframe::Storage for FakeStorage {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.borrow_mut().insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    fn flush(&mut self) {}
}

fn window_over(storage: &'static FakeStorage) -> Window {
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_theme(Theme::Dark)
        .build_eframe(|creation| {
            creation.storage = Some(storage);
            checked_app(creation, options())
        })
}

#[test]
fn the_next_window_shows_what_was_set_in_the_last_one() {
    let storage: &'static FakeStorage = Box::leak(Box::default());
    let mut first = window_over(storage);
    first.run();
    first.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    first.run_steps(3);
    type_into(&mut first, "Jobs at once", "4");
    type_into(&mut first, "Stalled", "45");
    pick(&mut first, Role::RadioButton, "Light");
    pick(&mut first, Role::Button, "Larger");
    let mut writes_to = storage.clone();
    eframe::App::save(first.state_mut(), &mut writes_to);

    let mut second = window_over(storage);
    second.run();
    assert_eq!(second.ctx.zoom_factor(), 1.1);
    assert_eq!(second.state().deck().totals().running_limit, 4);
    second.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    second.run_steps(3);
    assert_eq!(field(&second, "Jobs at once").value().as_deref(), Some("4"));
    assert_eq!(field(&second, "Stalled").value().as_deref(), Some("45 s"));
    assert!(says(&second, "110 %"));
    // The harness then sets its own; what the window asked for is tested where it asks.
    assert_eq!(second.state().settings().theme, ThemeChoice::Light);
    assert_eq!(second.state().settings(), first.state().settings());
}
