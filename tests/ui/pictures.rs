//! Pictures of the main screen, compared with those that were looked at.

use egui::Theme;

use crate::support::{Screen, every_state, harness};

fn picture(name: &str, size: [f32; 2], theme: Theme, mut screen: Screen) {
    if !screen.rows.0.is_empty() {
        screen.state.table.selection.select(&screen.rows, 0);
    }
    let mut harness = harness(size, theme, screen);
    harness.run();
    harness.snapshot(name);
}

#[test]
fn every_state_dark() {
    picture("main_dark", [1280.0, 800.0], Theme::Dark, every_state());
}

#[test]
fn every_state_light() {
    picture("main_light", [1280.0, 800.0], Theme::Light, every_state());
}

#[test]
fn small_window() {
    picture("small_dark", [800.0, 600.0], Theme::Dark, every_state());
}

#[test]
fn nothing_yet() {
    picture(
        "empty_light",
        [1280.0, 800.0],
        Theme::Light,
        Screen::default(),
    );
}
