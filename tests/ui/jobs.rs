//! Jobs through the real widgets: pause, resume, cancel and retry by button and by key, on a
//! virtual clock.

use std::time::Duration;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{
    Window, click, clocked_sleepers, has_button, press, press_key, row_names, row_says,
};

fn advance(window: &mut Window, clock: &Clock, by: Duration) {
    clock.advance(by);
    window.run();
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_pause_stops_the_sleep_and_a_resume_goes_on_with_what_is_left() {
    let (mut window, clock) = clocked_sleepers();
    assert_eq!(row_names(&window), ["one", "two", "three"]);
    advance(&mut window, &clock, SECOND * 2);
    assert_eq!(
        row_says(&window, "one"),
        "one, Sleeping, 8.0 s left, slept 2 / 10 s"
    );

    click(&mut window, "Pause one");
    assert!(row_says(&window, "one").starts_with("one, Paused, since "));
    assert!(!has_button(&window, "Pause one"));
    advance(&mut window, &clock, SECOND * 5);
    assert!(row_says(&window, "one").ends_with("slept 2 / 10 s"));
    assert_eq!(
        row_says(&window, "two"),
        "two, Sleeping, 13 s left, slept 7 / 20 s"
    );

    click(&mut window, "Resume one");
    assert_eq!(
        row_says(&window, "one"),
        "one, Sleeping, 8.0 s left, slept 2 / 10 s"
    );
    advance(&mut window, &clock, SECOND * 8);
    advance(&mut window, &clock, SECOND * 5);
    assert_eq!(row_says(&window, "one"), "one, Done, in 20 s, slept 10 s");
    assert_eq!(window.state().deck().counts().of(Chip::Done), 1);
}

#[test]
fn a_cancel_acts_at_once_and_can_be_retried() {
    let (mut window, clock) = clocked_sleepers();
    click(&mut window, "Cancel two");
    assert!(row_says(&window, "two").starts_with("two, Cancelled"));
    assert!(!has_button(&window, "Cancel two"));
    click(&mut window, "Retry two");
    advance(&mut window, &clock, SECOND);
    assert_eq!(
        row_says(&window, "two"),
        "two, Sleeping, 19 s left, slept 1 / 20 s"
    );
}

#[test]
fn toolbar_buttons_act_on_the_selection_and_rest_without_one() {
    let (mut window, clock) = clocked_sleepers();
    let is_enabled = |window: &Window, name: &str| {
        use egui_kittest::kittest::NodeT as _;
        !window
            .get_by_role_and_label(Role::Button, name)
            .accesskit_node()
            .is_disabled()
    };
    for name in ["Pause", "Resume", "Cancel", "Retry failed", "Clear done"] {
        assert!(!is_enabled(&window, name), "{name}");
    }
    window
        .get_by_role_and_label(Role::CheckBox, "Select one")
        .click();
    window.run();
    window
        .get_by_role_and_label(Role::CheckBox, "Select three")
        .click();
    window.run();
    assert!(is_enabled(&window, "Pause") && !is_enabled(&window, "Resume"));
    click(&mut window, "Pause");
    assert!(
        row_says(&window, "one").contains("Paused")
            && row_says(&window, "three").contains("Paused")
    );
    assert!(row_says(&window, "two").contains("Sleeping"));
    assert!(!is_enabled(&window, "Pause") && is_enabled(&window, "Resume"));
    click(&mut window, "Cancel");
    assert!(row_says(&window, "one").contains("Cancelled"));

    advance(&mut window, &clock, SECOND * 20);
    advance(&mut window, &clock, SECOND * 5);
    assert!(row_says(&window, "two").contains("Done"));
    click(&mut window, "Clear done");
    assert_eq!(row_names(&window), ["three", "one"]);
}

#[test]
fn keys_move_select_and_act() {
    let (mut window, _clock) = clocked_sleepers();
    press_key(&mut window, Key::ArrowDown);
    press_key(&mut window, Key::J);
    press_key(&mut window, Key::P);
    assert!(
        row_says(&window, "two").contains("Paused")
            && row_says(&window, "three").contains("Sleeping")
    );
    // The paused row is now last.
    assert_eq!(row_names(&window), ["one", "three", "two"]);
    press(&mut window, Modifiers::SHIFT, Key::ArrowUp);
    press_key(&mut window, Key::C);
    assert!(
        row_says(&window, "three").contains("Cancelled")
            && row_says(&window, "two").contains("Cancelled")
    );
    press_key(&mut window, Key::R);
    assert!(
        row_says(&window, "three").contains("Sleeping")
            && row_says(&window, "two").contains("Sleeping")
    );
    press(&mut window, Modifiers::SHIFT, Key::P);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 3);
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    assert_eq!(window.state().deck().counts().of(Chip::Waiting), 3);
    press_key(&mut window, Key::Escape);
    press_key(&mut window, Key::C);
    assert_eq!(
        window.state().deck().counts().of(Chip::Waiting),
        3,
        "nothing is selected"
    );
}

#[test]
fn chips_and_search_show_other_rows_and_nothing_hidden_is_acted_on() {
    let (mut window, clock) = clocked_sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    click(&mut window, "Cancel two");
    click(&mut window, "Waiting 2");
    assert_eq!(row_names(&window), ["one", "three"]);

    press_key(&mut window, Key::Slash);
    window.get_by_role(Role::TextInput).type_text("ThR");
    window.run();
    assert_eq!(row_names(&window), ["three"]);
    // "p" and "c" went into the field, not to the jobs.
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 0);
    click(&mut window, "Pause");
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
    // The pointer was over the rows just now.
    advance(&mut window, &clock, SECOND * 2);
    assert!(
        row_names(&window).is_empty(),
        "it is not under this chip any more"
    );
    click(&mut window, "Show all");
    assert_eq!(row_names(&window).len(), 3);
    assert!(row_says(&window, "one").contains("Sleeping"));
}

#[test]
fn the_theme_switches() {
    let (mut window, _clock) = clocked_sleepers();
    click(&mut window, "Light theme");
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
    click(&mut window, "Dark theme");
    assert_eq!(window.ctx.theme(), egui::Theme::Dark);
}
