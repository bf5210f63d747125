//! Many rows: actions on them are spread over frames, and report when they are complete.

use std::time::Duration;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::options::JOBS_AT_ONCE;
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;

use crate::support::{Window, timed, window};

fn filled(rows: usize, sleep_secs: u64, work_secs: u64) -> (Window, Clock) {
    let clock = Clock::virtual_time();
    let window = window(AppOptions {
        specs: (0..rows)
            .map(|number| timed(&format!("job {number}"), sleep_secs, work_secs))
            .collect(),
        clock: clock.clone(),
        ..AppOptions::default()
    });
    (window, clock)
}

/// Frames until this holds.
#[track_caller]
fn frames_until(window: &mut Window, what: &str, holds: impl Fn(&Window) -> bool) {
    for _ in 0..100 {
        if holds(window) {
            return;
        }
        window.step();
    }
    let said = window.query_all_by_role(Role::Status);
    let said: Vec<_> = said.map(|toast| toast.accesskit_node().label()).collect();
    panic!("{what} never comes: {said:?}");
}

fn has_toast(window: &Window, text: &str) -> bool {
    window
        .query_all_by_role(Role::Status)
        .any(|toast| toast.accesskit_node().label().as_deref() == Some(text))
}

#[test]
fn thousands_of_rows_are_cancelled_and_come_back_as_one() {
    const ROWS: usize = 3_000;
    let (mut window, _clock) = filled(ROWS, 10, 5);
    let count = |window: &Window, chip| window.state().deck().counts().of(chip);
    frames_until(&mut window, "the last row", |window| {
        count(window, Chip::Waiting) == ROWS
    });
    window.run_steps(5);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.step();
    window.key_press(Key::C);
    window.step();
    let cancelled = count(&window, Chip::Cancelled);
    assert!(cancelled > 0 && cancelled < ROWS, "{cancelled}");
    frames_until(&mut window, "the last cancel", |window| {
        count(window, Chip::Cancelled) == ROWS
    });
    frames_until(&mut window, "the message", |window| {
        has_toast(window, "Cancelled 3,000")
    });
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.step();
    frames_until(&mut window, "the last to begin again", |window| {
        count(window, Chip::Waiting) == ROWS
    });
}

#[test]
fn the_status_bar_says_how_long_the_queue_takes() {
    let slots = usize::try_from(JOBS_AT_ONCE.default).unwrap_or(0);
    let (mut window, clock) = filled(slots * 10, 0, 15);
    window.run();
    let says = |window: &Window, text: &str| window.query_by_label(text).is_some();
    assert!(says(&window, "54 waiting"), "nobody knows yet");
    for _ in 0..2 {
        clock.advance(Duration::from_secs(10));
        window.run();
        clock.advance(Duration::from_secs(5));
        window.run();
        if says(&window, "48 waiting · queue about 2 min") {
            return;
        }
    }
    panic!("no estimate is shown");
}
