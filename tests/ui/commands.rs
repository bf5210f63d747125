//! Commands through palette, menus, keys and help.

use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::command::Command;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{
    Window, click, has, no_dialogs, press, press_key, row_names, row_says, sleepers, timed, window,
};

fn type_text(window: &mut Window, text: &str) {
    window.event(Event::Text(text.to_owned()));
    window.run();
}

/// Clicks with the second button on the row of this name.
fn menu_of(window: &mut Window, name: &str) {
    let start = format!("{name}, ");
    let row = window.get_by(|node| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    });
    let center = row.rect().left_center() + egui::vec2(120.0, 0.0);
    window.hover_at(center);
    window.run();
    for pressed in [true, false] {
        window.event(Event::PointerButton {
            pos: center,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.run();
    }
}

#[test]
fn the_palette_finds_and_runs_a_command() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::K);
    type_text(&mut window, "pause all");
    assert!(has(&window, Role::ListBoxOption, "Pause all"));
    press_key(&mut window, Key::Enter);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 3);
    assert!(
        !has(&window, Role::ListBoxOption, "Pause all"),
        "it is closed"
    );
}

#[test]
fn while_the_palette_is_open_no_key_acts_on_the_rows() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::COMMAND, Key::K);
    press_key(&mut window, Key::C);
    press(&mut window, Modifiers::SHIFT, Key::P);
    press_key(&mut window, Key::Escape);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    assert_eq!(window.state().deck().counts().all(), 3);
}

#[test]
fn help_lists_every_key() {
    let mut window = sleepers();
    press_key(&mut window, Key::Questionmark);
    for command in Command::ALL {
        for keys in command.shortcuts() {
            let keys = jobdeck::command::keys_text(&window.ctx, keys);
            let found = window.query_all_by(|node| {
                node.value()
                    .is_some_and(|text| text.starts_with(command.text()) && text.contains(&keys))
            });
            assert!(found.count() > 0, "{command:?}: {keys}");
        }
    }
    let lists = |text: &str, key: &str| {
        let found = window.query_by(|node| {
            node.value()
                .is_some_and(|value| value.starts_with(text) && value.contains(key))
        });
        found.is_some()
    };
    for (text, key) in [
        ("Go to the row below", "Down or j"),
        ("Go to the row above", "Up or k"),
        ("Go a page down", "Page down"),
        ("Go to the last row", "End"),
        ("What can be done with the row", "Shift+F10"),
    ] {
        assert!(lists(text, key), "{text}: {key}");
    }
    press_key(&mut window, Key::Escape);
    assert!(!has(&window, Role::Button, "Close the help"));
}

#[test]
fn help_has_a_column_less_in_a_narrower_window_and_scrolls_in_a_low_one() {
    for (size, columns) in [
        ([1280.0, 800.0], 2),
        ([800.0, 600.0], 1),
        ([480.0, 320.0], 1),
    ] {
        let mut window = sleepers();
        window.set_size(egui::Vec2::from(size));
        window.run();
        press_key(&mut window, Key::Questionmark);
        let lines = window.query_all_by(|node| {
            node.value()
                .is_some_and(|text| text.contains(": Ctrl+") || text.contains(": Shift+"))
        });
        let mut lefts: Vec<_> = lines.map(|node| node.rect().left().round()).collect();
        lefts.sort_by(f32::total_cmp);
        lefts.dedup();
        assert_eq!(lefts.len(), columns, "{size:?}");
        let close = window.get_by_role_and_label(Role::Button, "Close the help");
        let rect = close.rect();
        assert!(
            rect.right() <= size[0] && rect.bottom() <= size[1],
            "{size:?}: {rect:?}"
        );
    }
}

#[test]
fn the_menu_of_a_row_selects_it_and_acts_on_it() {
    let mut window = sleepers();
    menu_of(&mut window, "two");
    window
        .get_by_role_and_label(Role::MenuItem, "Pause")
        .click();
    window.run();
    assert!(row_says(&window, "two").contains("Paused"));
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
    assert!(!has(&window, Role::MenuItem, "Pause"), "it is closed");
    menu_of(&mut window, "two");
    window
        .get_by_role_and_label(Role::MenuItem, "Duplicate")
        .click();
    window.run();
    assert_eq!(
        row_names(&window)
            .iter()
            .filter(|name| *name == "two")
            .count(),
        2
    );
}

#[test]
fn the_menu_of_a_selected_row_acts_on_all_that_are_selected() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    menu_of(&mut window, "one");
    window
        .get_by_role_and_label(Role::MenuItem, "Skip the wait")
        .click();
    window.run();
    assert_eq!(window.state().deck().counts().of(Chip::Active), 3);
}

#[test]
fn a_waiting_row_can_be_sent_on() {
    let mut window = sleepers();
    assert!(!has(&window, Role::Button, "Skip the wait of one"));
    let row = window.get_by(|node| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with("one, "))
    });
    let center = row.rect().center();
    window.hover_at(center);
    window.run();
    click(&mut window, "Skip the wait of one");
    assert!(
        row_says(&window, "one").contains("Working"),
        "{}",
        row_says(&window, "one")
    );
}

#[test]
fn the_toolbars_menu_acts_on_all() {
    let mut window = sleepers();
    click(&mut window, "All jobs");
    window
        .get_by_role_and_label(Role::MenuItem, "Cancel all")
        .click();
    window.run();
    assert_eq!(window.state().deck().counts().of(Chip::Cancelled), 3);
}

/// A row's menu is opened, walked and used without a pointer; the rows below do not move.
#[test]
fn the_menu_of_the_selection_opens_by_its_keys() {
    for keys in [(Modifiers::NONE, Key::Menu), (Modifiers::SHIFT, Key::F10)] {
        let mut window = sleepers();
        press(&mut window, keys.0, keys.1);
        assert!(
            !has(&window, Role::MenuItem, "Pause"),
            "nothing is selected"
        );
        press_key(&mut window, Key::ArrowDown);
        press_key(&mut window, Key::ArrowDown);
        press(&mut window, keys.0, keys.1);
        let focused = |window: &Window| {
            let mut items = window.query_all_by_role(Role::MenuItem);
            items
                .find(|item| item.accesskit_node().is_focused())
                .and_then(|item| item.accesskit_node().label())
        };
        assert_eq!(
            focused(&window).as_deref(),
            Some("Pause"),
            "the first that can be run"
        );
        press_key(&mut window, Key::ArrowDown);
        assert_eq!(focused(&window).as_deref(), Some("Cancel"));
        // Keys of commands do nothing meanwhile.
        press_key(&mut window, Key::C);
        assert_eq!(window.state().deck().counts().of(Chip::Cancelled), 0);
        press_key(&mut window, Key::Enter);
        assert!(!has(&window, Role::MenuItem, "Cancel"), "it is closed");
        assert!(row_says(&window, "two").contains("Cancelled"));
        assert_eq!(window.state().deck().counts().of(Chip::Cancelled), 1);
        press(&mut window, keys.0, keys.1);
        assert!(has(&window, Role::MenuItem, "Cancel"));
        press_key(&mut window, Key::Escape);
        assert!(!has(&window, Role::MenuItem, "Cancel"));
        press_key(&mut window, Key::R);
        assert_eq!(
            window.state().deck().counts().of(Chip::Cancelled),
            0,
            "it is still selected"
        );
    }
}

#[test]
fn a_menu_opened_by_the_pointer_has_the_arrow_keys() {
    let mut window = sleepers();
    menu_of(&mut window, "three");
    press_key(&mut window, Key::ArrowDown);
    press_key(&mut window, Key::Enter);
    assert!(row_says(&window, "three").contains("Paused"));
    assert!(row_says(&window, "two").contains("Sleeping"));
}

#[test]
fn all_of_a_menu_can_be_reached_in_a_low_window() {
    let mut window = sleepers();
    let size = egui::vec2(480.0, 320.0);
    window.set_size(size);
    window.run();
    press_key(&mut window, Key::ArrowDown);
    press(&mut window, Modifiers::SHIFT, Key::F10);
    press_key(&mut window, Key::ArrowUp);
    window.run();
    let last = window.get_by_role_and_label(Role::MenuItem, "Remove with files…");
    assert!(last.accesskit_node().is_focused());
    let rect = last.rect();
    assert!(
        egui::Rect::from_min_size(egui::Pos2::ZERO, size).contains_rect(rect),
        "{rect:?}"
    );
}

#[test]
fn nothing_of_the_toolbar_lies_outside_the_window_or_on_something_else() {
    for width in [1280.0, 1000.0, 880.0, 800.0, 600.0, 480.0] {
        let mut window = sleepers();
        window.set_size(egui::vec2(width, 600.0));
        window.run();
        window.run();
        let controls =
            window.query_all_by(|node| matches!(node.role(), Role::Button | Role::TextInput));
        let mut rects: Vec<_> = controls
            .map(|node| (node.rect(), node.accesskit_node().label()))
            .filter(|(rect, _)| rect.center().y < 48.0)
            .collect();
        rects.sort_by(|one, other| one.0.left().total_cmp(&other.0.left()));
        let mut end = 0.0;
        for (rect, name) in &rects {
            assert!(
                rect.left() >= end && rect.right() <= width,
                "{width}: {name:?} {rect:?}"
            );
            end = rect.right();
        }
        for name in ["Add…", "Resume", "Pause", "Cancel", "Help", "More commands"] {
            assert!(has(&window, Role::Button, name), "{width}: {name}");
        }
        let shows_panels = has(&window, Role::Button, "Settings");
        assert_eq!(shows_panels, width >= 800.0, "{width}");
        click(&mut window, "More commands");
        for name in [
            "Open a list…",
            "Paste links…",
            "Settings",
            "Columns",
            "Clear done",
            "Quit",
        ] {
            assert!(has(&window, Role::MenuItem, name), "{width}: {name}");
        }
    }
}

#[test]
fn numbers_show_one_kind_of_rows() {
    for modifiers in [Modifiers::COMMAND, Modifiers::NONE] {
        let mut window = sleepers();
        click(&mut window, "Pause one");
        click(&mut window, "Cancel two");
        for (key, names) in [
            (Key::Num3, ["three"].as_slice()),
            (Key::Num4, &["one"]),
            (Key::Num2, &[]),
            (Key::Num1, &["three", "one", "two"]),
        ] {
            press(&mut window, modifiers, key);
            assert_eq!(row_names(&window), names, "{key:?}");
        }
    }
}

/// While columns are chosen, a letter is not a command.
#[test]
fn no_key_acts_on_rows_while_the_columns_are_chosen() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    click(&mut window, "Columns");
    press_key(&mut window, Key::C);
    press_key(&mut window, Key::Delete);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    press_key(&mut window, Key::Escape);
    press_key(&mut window, Key::C);
    assert_eq!(
        window.state().deck().counts().of(Chip::Cancelled),
        3,
        "the selection is still there"
    );
}

#[test]
fn space_ticks_the_row_under_the_keyboard() {
    let mut window = sleepers();
    press_key(&mut window, Key::ArrowDown);
    press_key(&mut window, Key::Space);
    press_key(&mut window, Key::P);
    assert_eq!(
        window.state().deck().counts().of(Chip::Paused),
        0,
        "nothing is selected"
    );
    press_key(&mut window, Key::Space);
    press_key(&mut window, Key::P);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
}

/// Every command runs without a panic in an empty window and in one with rows.
#[test]
fn every_command_can_be_asked_for_in_any_window() {
    for rows in [0, 3] {
        let specs = (0..rows)
            .map(|row| timed(&format!("row {row}"), 1000, 5))
            .collect();
        let mut window = window(AppOptions {
            specs,
            clock: Clock::virtual_time(),
            dialogs: no_dialogs(),
            ..AppOptions::default()
        });
        window.run();
        for command in Command::ALL
            .into_iter()
            .filter(|command| *command != Command::Quit)
        {
            press(&mut window, Modifiers::COMMAND, Key::A);
            for keys in command.shortcuts() {
                press(&mut window, keys.modifiers, keys.logical_key);
                press_key(&mut window, Key::Escape);
            }
            press_key(&mut window, Key::Escape);
            press(&mut window, Modifiers::COMMAND, Key::K);
            type_text(&mut window, command.text());
            press_key(&mut window, Key::Enter);
            press_key(&mut window, Key::Escape);
            window
                .state()
                .deck()
                .runtime()
                .clock()
                .advance(Duration::from_millis(300));
            window.run();
        }
    }
}

#[test]
fn waiting_rows_are_moved_and_rows_removed_for_good_only_after_a_question() {
    let mut window = sleepers();
    menu_of(&mut window, "one");
    window
        .get_by_role_and_label(Role::MenuItem, "Remove with files…")
        .click();
    window.run();
    assert_eq!(window.state().deck().counts().all(), 3, "it asks first");
    window
        .render()
        .unwrap()
        .save("/tmp/commands_q.png")
        .unwrap();
    click(&mut window, "Remove from the list");
    assert_eq!(window.state().deck().counts().all(), 2);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().deck().counts().all(), 3);
    // All three have begun: there is nothing to move.
    menu_of(&mut window, "two");
    let item = window.get_by_role_and_label(Role::MenuItem, "Move up");
    assert!(item.accesskit_node().is_disabled());
}

/// A file as the window system gives it.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_dropped_file_is_read_or_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [
        ("links.txt", &b"http://127.0.0.1:9/a\n"[..]),
        ("picture", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let mut window = sleepers();
        let files = &mut window.input_mut().dropped_files;
        files.push(std::sync::Arc::new(Dropped(path)));
        window.step();
        window.input_mut().dropped_files.clear();
        crate::support::wait_until(&mut window, "the file", |window| {
            has(window, Role::Button, "Add 1") || has(window, Role::Button, "Dismiss")
        });
        let is_list = name == "links.txt";
        assert_eq!(has(&window, Role::Button, "Add 1"), is_list, "{name}");
        assert_eq!(has(&window, Role::Button, "Dismiss"), !is_list, "{name}");
    }
}

/// On most keyboards `?` is Shift and another key, and often Shift is released first.
#[test]
fn help_opens_each_time_though_shift_is_released_before_its_key() {
    let key = |key, pressed, modifiers| egui::Event::Key {
        key,
        physical_key: Some(Key::Slash),
        pressed,
        repeat: false,
        modifiers,
    };
    let mut window = sleepers();
    for time in 1..=3 {
        window.event(key(Key::Questionmark, true, Modifiers::SHIFT));
        window.run();
        window.event(key(Key::Slash, false, Modifiers::NONE));
        window.run();
        assert!(has(&window, Role::Button, "Close the help"), "time {time}");
        press_key(&mut window, Key::Escape);
        assert!(!has(&window, Role::Button, "Close the help"), "time {time}");
    }
}
