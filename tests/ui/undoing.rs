//! What was done is taken back, what happened is told, and closing asks.

use std::time::Duration;

use egui::{Key, Modifiers, Role, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{Window, click, row_names, row_says, timed, window};

const SECOND: Duration = Duration::from_secs(1);

fn sleepers() -> (Window, Clock) {
    let specs = vec![
        timed("one", 10, 5),
        timed("two", 20, 5),
        timed("three", 30, 5),
    ];
    let clock = Clock::virtual_time();
    let mut window = window(AppOptions {
        specs,
        clock: clock.clone(),
        ..AppOptions::default()
    });
    window.run();
    (window, clock)
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run();
}

/// What the messages say.
fn toasts(window: &Window) -> Vec<String> {
    window
        .query_all_by_role(Role::Alert)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

fn next_frame(window: &Window) -> Duration {
    window.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

#[test]
fn a_removal_can_be_taken_back_by_button_and_by_key() {
    let (mut window, clock) = sleepers();
    for by_key in [false, true] {
        press(&mut window, Modifiers::COMMAND, Key::A);
        press(&mut window, Modifiers::NONE, Key::Delete);
        assert_eq!(window.state().deck().counts().all(), 0);
        assert_eq!(toasts(&window), ["Removed 3"]);
        clock.advance(SECOND * 5);
        window.run();
        if by_key {
            press(&mut window, Modifiers::COMMAND, Key::Z);
        } else {
            click(&mut window, "Undo");
        }
        assert_eq!(row_names(&window).len(), 3);
        assert!(toasts(&window).is_empty());
        assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    }
    assert!(
        row_says(&window, "one").contains("slept 0 / 10 s"),
        "{}",
        row_says(&window, "one")
    );
}

#[test]
fn a_message_goes_when_its_time_is_over_and_the_window_rests() {
    let (mut window, clock) = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::NONE, Key::Delete);
    window.remove_cursor();
    window.run();
    let delay = next_frame(&window);
    assert!(delay <= SECOND * 10 && delay > SECOND * 8, "{delay:?}");
    clock.advance(SECOND * 10);
    window.run();
    assert!(toasts(&window).is_empty());
    window.run();
    assert_eq!(
        next_frame(&window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
}

#[test]
fn a_message_that_was_closed_leaves_the_window_at_rest() {
    let (mut window, clock) = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::NONE, Key::C);
    assert_eq!(toasts(&window), ["Cancelled 3"]);
    click(&mut window, "Close the message");
    assert!(toasts(&window).is_empty());
    // It can still be taken back by its key, for as long as it could.
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    press(&mut window, Modifiers::NONE, Key::C);
    clock.advance(SECOND * 11);
    window.remove_cursor();
    window.run();
    window.run();
    assert_eq!(
        next_frame(&window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
}

#[test]
fn what_only_a_part_of_the_selection_did_is_said() {
    let (mut window, _clock) = sleepers();
    click(&mut window, "Pause two");
    press(&mut window, Modifiers::COMMAND, Key::A);
    click(&mut window, "Pause");
    assert_eq!(toasts(&window), ["Paused 2 of 3"]);
}

#[test]
fn what_happened_is_listed_and_leads_to_its_row() {
    let (mut window, clock) = sleepers();
    for _ in 0..16 {
        clock.advance(SECOND);
        window.run();
    }
    click(&mut window, "Activity");
    let done = |window: &Window| {
        let entries = window.query_all_by_role(Role::ListItem);
        let labels = entries.filter_map(|node| node.accesskit_node().label());
        labels
            .filter(|label| label.starts_with("Done, one"))
            .count()
    };
    assert_eq!(done(&window), 1);
    let entry = window.get_by(|node| {
        node.role() == Role::ListItem
            && node
                .label()
                .is_some_and(|label| label.starts_with("Done, one"))
    });
    entry.click();
    window.run();
    press(&mut window, Modifiers::NONE, Key::Delete);
    assert!(!row_names(&window).contains(&"one".to_owned()));
    click(&mut window, "Clear");
    assert_eq!(done(&window), 0);
    click(&mut window, "Close the activity");
}

fn ask_to_close(window: &mut Window) -> bool {
    let viewports = &mut window.input_mut().viewports;
    if let Some(viewport) = viewports.get_mut(&ViewportId::ROOT) {
        viewport.events.push(ViewportEvent::Close);
    }
    window.step();
    let commands = &window.output().viewport_output[&ViewportId::ROOT].commands;
    let is_held = commands
        .iter()
        .any(|command| matches!(command, egui::ViewportCommand::CancelClose));
    let viewports = &mut window.input_mut().viewports;
    if let Some(viewport) = viewports.get_mut(&ViewportId::ROOT) {
        viewport.events.clear();
    }
    window.run();
    !is_held
}

#[test]
fn closing_asks_once_while_jobs_run() {
    let (mut window, _clock) = sleepers();
    assert!(!ask_to_close(&mut window), "it must ask");
    click(&mut window, "Keep running");
    assert!(
        window
            .query_by_role_and_label(Role::Button, "Keep running")
            .is_none()
    );
    assert!(!ask_to_close(&mut window), "it asks again the next time");
    assert!(ask_to_close(&mut window), "who asks twice is let out");
}

#[test]
fn closing_does_not_ask_where_nothing_runs_or_where_it_was_told_not_to() {
    let mut empty = window(AppOptions::default());
    empty.run();
    assert!(ask_to_close(&mut empty));
    let (mut window, _clock) = sleepers();
    assert!(!ask_to_close(&mut window));
    window
        .get_by_role_and_label(Role::CheckBox, "Do not ask again")
        .click();
    window.run();
    click(&mut window, "Keep running");
    assert!(ask_to_close(&mut window));
}
