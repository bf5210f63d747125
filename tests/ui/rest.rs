//! Nothing is painted again unless something moved.

use std::time::Duration;

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use jobdeck::app::AppOptions;
use jobdeck::runtime::Clock;

use crate::support::{click, next_frame, timed, window};

#[test]
fn a_running_job_wants_ten_frames_a_second_and_no_more() {
    let clock = Clock::virtual_time();
    let specs = vec![timed("worker", 0, 10)];
    let mut window = window(AppOptions {
        specs,
        clock: clock.clone(),
        ..AppOptions::default()
    });
    // Settling at all proves that no frame is wanted at once.
    window.run();
    let delay = next_frame(&window);
    assert!(
        delay > Duration::from_millis(90) && delay <= Duration::from_millis(100),
        "{delay:?}"
    );
    assert!(
        window
            .query_by_role_and_label(Role::Image, "Heartbeat: jobs are running")
            .is_some()
    );
    clock.advance(Duration::from_millis(30));
    window.run();
    assert!(next_frame(&window) <= Duration::from_millis(70));
}

#[test]
fn nothing_is_painted_while_everything_rests() {
    let clock = Clock::virtual_time();
    let specs = vec![timed("sleeper", 10, 1)];
    let mut window = window(AppOptions {
        specs,
        clock: clock.clone(),
        ..AppOptions::default()
    });
    window.run();
    click(&mut window, "Pause sleeper");
    window.remove_cursor();
    window.run();
    assert_eq!(
        next_frame(&window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
    assert!(
        window
            .query_by_role_and_label(Role::Image, "Heartbeat: at rest")
            .is_some()
    );
    click(&mut window, "Resume sleeper");
    clock.advance(Duration::from_secs(10));
    window.run();
    clock.advance(Duration::from_secs(1));
    window.remove_cursor();
    window.run();
    assert_eq!(
        next_frame(&window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
}

#[test]
fn an_empty_window_rests() {
    let mut window = window(AppOptions::default());
    window.run();
    assert_eq!(
        next_frame(&window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
}
