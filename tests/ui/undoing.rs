//! Undo, notices, and the question on closing.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use egui::accesskit::Toggled;
use egui::{Key, Modifiers, Role, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::{AppOptions, Desktop};
use jobdeck::fetch::Request;
use jobdeck::jobs::{FetchSpec, Spec};
use jobdeck::options::Settings;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{
    Window, assert_rests, click, clocked_sleepers, has_button, next_frame, press, press_key,
    row_names, row_says, timed, wait_until, window,
};

const SECOND: Duration = Duration::from_secs(1);

/// The texts of the notices.
fn toasts(window: &Window) -> Vec<String> {
    window
        .query_all_by(|node| matches!(node.role(), Role::Alert | Role::Status))
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

#[test]
fn a_removal_can_be_taken_back_by_button_and_by_key() {
    let (mut window, clock) = clocked_sleepers();
    for by_key in [false, true] {
        press(&mut window, Modifiers::COMMAND, Key::A);
        press_key(&mut window, Key::Delete);
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
        for name in ["one", "two", "three"] {
            assert!(is_selected(&window, name), "{name}");
        }
        assert!(toasts(&window).is_empty());
        assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    }
    assert!(
        row_says(&window, "one").contains("slept 0 / 10 s"),
        "{}",
        row_says(&window, "one")
    );
}

fn is_selected(window: &Window, name: &str) -> bool {
    let start = format!("{name}, ");
    let row = window.get_by(|node| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    });
    row.accesskit_node().toggled() == Some(Toggled::True)
}

#[test]
fn rows_removed_by_state_come_back_with_the_old_selection() {
    let (mut window, clock) = clocked_sleepers();
    for _ in 0..16 {
        clock.advance(SECOND);
        window.run();
    }
    press_key(&mut window, Key::ArrowDown);
    click(&mut window, "Clear done");
    assert_eq!(row_names(&window), ["two", "three"]);
    assert!(is_selected(&window, "two"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(row_names(&window).len(), 3);
    assert!(is_selected(&window, "two") && !is_selected(&window, "one"));
}

#[test]
fn a_notice_and_its_undo_stay_while_the_pointer_is_over_it() {
    let (mut window, clock) = clocked_sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press_key(&mut window, Key::Delete);
    let undo = window.get_by_role_and_label(Role::Button, "Undo").rect();
    window.hover_at(undo.center());
    window.run();
    window.run();
    assert_rests(&window);
    clock.advance(SECOND * 60);
    window.run();
    assert_eq!(toasts(&window), ["Removed 3"]);
    window.remove_cursor();
    window.run();
    let delay = next_frame(&window);
    assert!(delay <= SECOND * 2 && delay > SECOND, "{delay:?}");
    clock.advance(SECOND);
    window.run();
    assert_eq!(toasts(&window), ["Removed 3"]);
    clock.advance(SECOND);
    window.run();
    assert!(toasts(&window).is_empty());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().deck().counts().all(), 0);
}

#[test]
fn a_cancel_of_a_part_is_one_message() {
    let (mut window, _clock) = clocked_sleepers();
    click(&mut window, "Cancel two");
    assert_eq!(toasts(&window), ["Cancelled 1"]);
    press(&mut window, Modifiers::COMMAND, Key::A);
    press_key(&mut window, Key::C);
    assert_eq!(toasts(&window), ["Cancelled 2 of 3"]);
    click(&mut window, "Undo");
    assert!(row_says(&window, "two").starts_with("two, Cancelled"));
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 2);
}

/// A download that is refused: nothing listens on port 9, the discard port.
fn refused(name: &str) -> Spec {
    let options = Settings {
        count_only: true,
        retries: 0,
        ..Settings::default()
    };
    let request = Request::get(&format!("http://127.0.0.1:9/{name}"));
    let request = request.unwrap_or_else(|error| panic!("{name}: {error}"));
    let random = &mut options.random();
    Spec::Fetch(FetchSpec::of_request(request, &options, None, random))
}

fn wait_for_failures(window: &mut Window, count: usize) {
    wait_until(window, "the failures", |window| {
        window.state().deck().counts().of(Chip::Failed) == count
    });
    window.run();
}

#[test]
fn failures_share_a_notice_and_are_counted_until_seen() {
    let (clock, failing) = (Clock::virtual_time(), ["a.bin", "b.bin", "c.bin"]);
    let mut window = window(AppOptions {
        specs: failing.map(refused).into(),
        clock: clock.clone(),
        ..AppOptions::default()
    });
    wait_for_failures(&mut window, 3);
    assert_eq!(toasts(&window), ["3 jobs failed"]);
    // Each has an entry with its cause, also after the notice is gone.
    clock.advance(SECOND * 8);
    window.remove_cursor();
    window.run();
    assert!(toasts(&window).is_empty());
    window.run();
    assert_rests(&window);
    click(&mut window, "Activity, 3 failed");
    let failures: Vec<_> = window
        .query_all_by_role(Role::ListItem)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("Failed, "))
        .collect();
    assert_eq!(failures.len(), 3);
    for failure in &failures {
        let detail = failure.split(", ").nth(2).unwrap_or_default();
        assert!(detail.len() > 5, "{failure}");
    }
    click(&mut window, "Activity");
    assert!(has_button(&window, "Activity"), "they were seen");
}

#[test]
fn the_message_of_one_failure_says_why_and_leads_to_it() {
    let mut window = window(AppOptions {
        specs: vec![timed("one", 100, 5), refused("gone.bin")],
        clock: Clock::virtual_time(),
        ..AppOptions::default()
    });
    wait_for_failures(&mut window, 1);
    let said = toasts(&window);
    assert!(
        said.len() == 1 && said[0].starts_with("gone.bin: ") && said[0].len() > 15,
        "{said:?}"
    );
    click(&mut window, "Show");
    assert!(is_selected(&window, "gone.bin"));
    assert!(toasts(&window).is_empty());
}

#[test]
fn desktop_notifications_of_failures_are_limited_while_jobs_run() {
    let told: Rc<RefCell<Vec<String>>> = Rc::default();
    let hears = Rc::clone(&told);
    let clock = Clock::virtual_time();
    let mut window = window(AppOptions {
        specs: vec![timed("one", 20, 5), refused("a.bin")],
        clock: clock.clone(),
        desktop: Some(Desktop::new(move |text| {
            hears.borrow_mut().push(text.to_owned());
        })),
        ..AppOptions::default()
    });
    wait_for_failures(&mut window, 1);
    assert!(told.borrow().is_empty(), "it was seen");
    window.input_mut().focused = false;
    let viewport = window.input_mut().viewports.entry(ViewportId::ROOT);
    viewport.or_default().focused = Some(false);
    click(&mut window, "Retry failed");
    wait_for_failures(&mut window, 1);
    assert!(
        told.borrow().len() == 1 && told.borrow()[0].starts_with("a.bin failed: "),
        "{told:?}"
    );
    // It fails again and again, which is notified once, after a while.
    for _ in 0..3 {
        click(&mut window, "Retry failed");
        wait_for_failures(&mut window, 1);
        clock.advance(SECOND);
    }
    window.run();
    assert_eq!(told.borrow().len(), 1, "{told:?}");
    clock.advance(SECOND * 7);
    window.run();
    assert_eq!(told.borrow()[1..], ["3 jobs failed"]);
    for _ in 0..30 {
        clock.advance(SECOND);
        window.run();
    }
    assert_eq!(
        told.borrow()[2..],
        ["All jobs have ended: 1 done, 1 failed"]
    );
}

#[test]
fn a_message_goes_when_its_time_is_over_and_the_window_rests() {
    let (mut window, clock) = clocked_sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press_key(&mut window, Key::Delete);
    window.remove_cursor();
    window.run();
    let delay = next_frame(&window);
    assert!(delay <= SECOND * 10 && delay > SECOND * 8, "{delay:?}");
    clock.advance(SECOND * 10);
    window.run();
    assert!(toasts(&window).is_empty());
    window.run();
    assert_rests(&window);
}

#[test]
fn a_message_that_was_closed_leaves_the_window_at_rest() {
    let (mut window, clock) = clocked_sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    press_key(&mut window, Key::C);
    assert_eq!(toasts(&window), ["Cancelled 3"]);
    click(&mut window, "Close the message");
    assert!(toasts(&window).is_empty());
    // It can still be undone by its key, as long as before.
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    // The pointer would hold the next notice at its place.
    window.remove_cursor();
    press_key(&mut window, Key::C);
    clock.advance(SECOND * 11);
    window.run();
    window.run();
    assert_rests(&window);
}

#[test]
fn a_notice_says_how_many_of_the_selected_rows_changed() {
    let (mut window, _clock) = clocked_sleepers();
    click(&mut window, "Pause two");
    press(&mut window, Modifiers::COMMAND, Key::A);
    click(&mut window, "Pause");
    assert_eq!(toasts(&window), ["Paused 2 of 3"]);
}

#[test]
fn activity_is_listed_and_leads_to_its_row() {
    let (mut window, clock) = clocked_sleepers();
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
    press_key(&mut window, Key::Delete);
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
    let (mut window, clock) = clocked_sleepers();
    assert!(!ask_to_close(&mut window), "it must ask");
    click(&mut window, "Keep running");
    assert!(!has_button(&window, "Keep running"));
    assert!(!ask_to_close(&mut window), "it asks again the next time");
    assert!(!ask_to_close(&mut window), "a double click asks once");
    clock.advance(SECOND);
    assert!(ask_to_close(&mut window), "who asks twice is let out");
}

#[test]
fn the_question_goes_when_there_is_nothing_to_ask_any_more() {
    let (mut window, clock) = clocked_sleepers();
    assert!(!ask_to_close(&mut window));
    for _ in 0..40 {
        clock.advance(SECOND);
        window.run();
    }
    assert!(!has_button(&window, "Close anyway"));
    assert!(ask_to_close(&mut window), "nothing runs");
}

#[test]
fn closing_does_not_ask_where_nothing_runs_or_where_it_was_told_not_to() {
    let mut empty = window(AppOptions::default());
    empty.run();
    assert!(ask_to_close(&mut empty));
    let (mut window, _clock) = clocked_sleepers();
    assert!(!ask_to_close(&mut window));
    window
        .get_by_role_and_label(Role::CheckBox, "Do not ask again")
        .click();
    window.run();
    click(&mut window, "Keep running");
    assert!(ask_to_close(&mut window));
}
