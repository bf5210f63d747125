//! Commands through palette, menus, keys and help.

use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::command::Command;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{Window, click, row_names, row_says, timed, window};

fn sleepers() -> Window {
    let specs = vec![
        timed("one", 10, 5),
        timed("two", 20, 5),
        timed("three", 30, 5),
    ];
    let clock = Clock::virtual_time();
    let mut window = window(AppOptions {
        specs,
        clock,
        ..AppOptions::default()
    });
    window.run();
    window
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run();
}

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

fn has(window: &Window, role: Role, label: &str) -> bool {
    window.query_by_role_and_label(role, label).is_some()
}

#[test]
fn the_palette_finds_and_runs_a_command() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::K);
    type_text(&mut window, "pause all");
    assert!(has(&window, Role::ListBoxOption, "Pause all"));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 3);
    assert!(
        !has(&window, Role::ListBoxOption, "Pause all"),
        "it is closed"
    );
}

#[test]
fn while_the_palette_is_open_no_key_acts_on_what_is_beneath() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::COMMAND, Key::K);
    press(&mut window, Modifiers::NONE, Key::C);
    press(&mut window, Modifiers::SHIFT, Key::P);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    assert_eq!(window.state().deck().counts().all(), 3);
}

#[test]
fn the_palette_goes_down_with_the_arrows() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::K);
    type_text(&mut window, " all");
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::ArrowUp);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, Role::ListBoxOption, "Pause all"));
}

#[test]
fn help_lists_every_key() {
    let mut window = sleepers();
    press(&mut window, Modifiers::NONE, Key::Questionmark);
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
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!has(&window, Role::Button, "Close the help"));
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

#[test]
fn nothing_of_the_toolbar_lies_outside_the_window() {
    for width in [1280.0, 1000.0, 800.0, 600.0, 480.0] {
        let mut window = sleepers();
        window.set_size(egui::vec2(width, 600.0));
        window.run();
        window.run();
        let buttons = window.get_all_by_role(Role::Button);
        for node in buttons.filter(|node| node.rect().center().y < 48.0) {
            let rect = node.rect();
            let name = node.accesskit_node().label();
            assert!(
                rect.left() >= 0.0 && rect.right() <= width,
                "{width}: {name:?} {rect:?}"
            );
        }
        assert!(has(&window, Role::Button, "More commands"));
    }
}

#[test]
fn space_ticks_the_row_under_the_keyboard() {
    let mut window = sleepers();
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::Space);
    press(&mut window, Modifiers::NONE, Key::P);
    assert_eq!(
        window.state().deck().counts().of(Chip::Paused),
        0,
        "nothing is selected"
    );
    press(&mut window, Modifiers::NONE, Key::Space);
    press(&mut window, Modifiers::NONE, Key::P);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
}

/// Whatever is asked for, in a window with nothing in it and in one with rows: nothing breaks.
#[test]
fn every_command_can_be_asked_for_in_any_window() {
    for rows in [0, 3] {
        let specs = (0..rows)
            .map(|row| timed(&format!("row {row}"), 1000, 5))
            .collect();
        let mut window = window(AppOptions {
            specs,
            clock: Clock::virtual_time(),
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
                press(&mut window, Modifiers::NONE, Key::Escape);
            }
            press(&mut window, Modifiers::NONE, Key::Escape);
            press(&mut window, Modifiers::COMMAND, Key::K);
            type_text(&mut window, command.text());
            press(&mut window, Modifiers::NONE, Key::Enter);
            press(&mut window, Modifiers::NONE, Key::Escape);
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
    click(&mut window, "Remove from the list");
    assert_eq!(window.state().deck().counts().all(), 2);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().deck().counts().all(), 3);
    // All three have begun: there is nothing to move, and it is said.
    menu_of(&mut window, "two");
    window
        .get_by_role_and_label(Role::MenuItem, "Move up")
        .click();
    window.run();
    assert!(has(&window, Role::Alert, "Moved 0 of 1"));
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
fn what_is_dropped_is_read_or_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [
        ("links.txt", &b"http://127.0.0.1:9/a\n"[..]),
        ("picture", b"\xff\xd8"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let mut window = sleepers();
        let files = &mut window.input_mut().dropped_files;
        files.push(std::sync::Arc::new(Dropped(path)));
        window.step();
        window.input_mut().dropped_files.clear();
        crate::support::wait_until(&mut window, "the file", |window| {
            has(window, Role::Button, "Add 1") || window.query_by_role(Role::Alert).is_some()
        });
        let is_list = name == "links.txt";
        assert_eq!(has(&window, Role::Button, "Add 1"), is_list, "{name}");
        assert_eq!(
            window.query_by_role(Role::Alert).is_some(),
            !is_list,
            "{name}"
        );
    }
}
