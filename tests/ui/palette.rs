//! The palette finds commands, and runs what the rest of the window runs.

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::command::Command;
use jobdeck::status::Chip;

use crate::support::{Window, click, has, has_button, press, press_key, row_says, sleepers};

fn open(window: &mut Window, text: &str) {
    press(window, Modifiers::COMMAND, Key::K);
    if !text.is_empty() {
        window.event(Event::Text(text.to_owned()));
        window.run();
    }
}

/// Runs a command by typing its name.
fn run(window: &mut Window, command: Command) {
    open(window, command.text());
    let first = options(window).into_iter().next();
    assert_eq!(first.as_deref(), Some(command.text()), "{command:?}");
    press(window, Modifiers::NONE, Key::Enter);
}

/// The commands it lists, from top to bottom.
fn options(window: &Window) -> Vec<String> {
    let mut options: Vec<_> = window
        .query_all_by_role(Role::ListBoxOption)
        .map(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            (node.rect().top(), label)
        })
        .collect();
    options.sort_by(|one, other| one.0.total_cmp(&other.0));
    options.into_iter().map(|(_, label)| label).collect()
}

/// The command that Enter would run.
fn chosen(window: &Window) -> Option<String> {
    let is_chosen = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    };
    let mut options = window.query_all_by_role(Role::ListBoxOption);
    options.find(is_chosen)?.accesskit_node().label()
}

fn is_open(window: &Window) -> bool {
    !options(window).is_empty()
}

#[test]
fn keys_and_the_pointer_choose_and_typing_begins_at_the_best() {
    let mut window = sleepers();
    open(&mut window, " all");
    let all = options(&window);
    assert_eq!(chosen(&window).as_ref(), all.first());
    press_key(&mut window, Key::ArrowDown);
    press_key(&mut window, Key::ArrowDown);
    assert_eq!(chosen(&window).as_ref(), all.get(2));
    press_key(&mut window, Key::PageUp);
    assert_eq!(chosen(&window).as_ref(), all.first());
    press_key(&mut window, Key::ArrowUp);
    assert_eq!(chosen(&window).as_ref(), all.last(), "it goes around");
    press_key(&mut window, Key::Backspace);
    assert_eq!(chosen(&window).as_ref(), options(&window).first());

    let third = options(&window)[2].clone();
    let center = window
        .get_by_role_and_label(Role::ListBoxOption, &third)
        .rect()
        .center();
    window.hover_at(center);
    window.run();
    assert_eq!(chosen(&window), Some(third));
    // A resting pointer does not choose again.
    press_key(&mut window, Key::ArrowUp);
    assert_eq!(chosen(&window).as_ref(), options(&window).get(1));
}

#[test]
fn a_click_runs_a_command_and_recent_commands_come_first() {
    let mut window = sleepers();
    open(&mut window, "");
    let cancel_all = window.get_by_role_and_label(Role::ListBoxOption, "Cancel all");
    cancel_all.click();
    window.run();
    assert_eq!(window.state().deck().counts().of(Chip::Cancelled), 3);
    assert!(!is_open(&window));
    run(&mut window, Command::SelectAll);
    open(&mut window, "");
    assert_eq!(options(&window)[0], "Select all");
}

#[test]
fn a_disabled_command_comes_last_and_is_not_run() {
    let mut window = sleepers();
    open(&mut window, "retry");
    let options = options(&window);
    assert_eq!(options[..2], ["Retry", "Retry failed"]);
    let node = window.get_by_role_and_label(Role::ListBoxOption, "Retry");
    assert!(node.accesskit_node().is_disabled());
    press_key(&mut window, Key::Enter);
    assert!(is_open(&window), "there is nothing to run");
    press_key(&mut window, Key::Escape);
    assert!(!is_open(&window));
}

#[test]
fn it_is_a_list_of_options_for_screen_readers() {
    let mut window = sleepers();
    open(&mut window, "");
    assert!(has(&window, Role::ListBox, "Commands"));
    assert!(chosen(&window).is_some());
}

/// On the desktop the system sends the text a frame after the request.
#[test]
fn a_paste_after_the_palette_is_not_lost_in_its_field() {
    let mut window = sleepers();
    run(&mut window, Command::Paste);
    window.event(Event::Paste("https://a.example/1".to_owned()));
    window.run();
    assert!(has_button(&window, "Add 1"));
}

#[test]
fn a_command_that_was_clicked_leaves_the_keys_to_the_table() {
    let mut window = sleepers();
    run(&mut window, Command::SelectAll);
    press_key(&mut window, Key::P);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 3);
    click(&mut window, "Resume two");
    assert!(row_says(&window, "two").contains("Sleeping"));
}
