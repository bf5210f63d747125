//! The window is painted again only if something changed.

use std::time::Duration;

use egui::Role;
use jobdeck::app::AppOptions;

use crate::support::{assert_rests, click, clocked_window, has, next_frame, timed, window};

#[test]
fn a_running_job_wants_ten_frames_a_second_and_no_more() {
    // That the window settles proves that no frame is requested at once.
    let (mut window, clock) = clocked_window(vec![timed("worker", 0, 10)]);
    let delay = next_frame(&window);
    assert!(
        delay > Duration::from_millis(90) && delay <= Duration::from_millis(100),
        "{delay:?}"
    );
    assert!(has(&window, Role::Image, "Heartbeat: jobs are running"));
    clock.advance(Duration::from_millis(30));
    window.run();
    assert!(next_frame(&window) <= Duration::from_millis(70));
}

#[test]
fn nothing_is_painted_while_everything_rests() {
    let (mut window, clock) = clocked_window(vec![timed("sleeper", 10, 1)]);
    click(&mut window, "Pause sleeper");
    window.remove_cursor();
    window.run();
    assert_rests(&window);
    assert!(has(&window, Role::Image, "Heartbeat: at rest"));
    click(&mut window, "Resume sleeper");
    clock.advance(Duration::from_secs(10));
    window.run();
    clock.advance(Duration::from_secs(1));
    window.remove_cursor();
    window.run();
    assert_rests(&window);
}

#[test]
fn an_empty_window_rests() {
    let mut window = window(AppOptions::default());
    window.run();
    assert_rests(&window);
}
