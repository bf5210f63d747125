//! Pictures of the main screen, compared with those that were looked at.

use egui::Theme;
use jobdeck::view::{ErrorView, Fact, InspectorView, Overview, RowInspection, TabView};

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
    let mut screen = Screen::default();
    screen.state.empty.offers_demo = true;
    picture("empty_light", [1280.0, 800.0], Theme::Light, screen);
}

#[test]
fn inspector() {
    let mut screen = every_state();
    screen.state.is_inspector_open = true;
    let fact = |name, text: &str| Fact {
        name,
        text: text.to_owned(),
        is_copyable: true,
    };
    let overview = Overview {
        error: Some(ErrorView {
            message: "A web page came instead of the file".to_owned(),
            hint: "Open the link in a browser and copy the address of the file itself".to_owned(),
            detail: "HTTP/1.1 200 OK, content-type: text/html".to_owned(),
        }),
        facts: vec![fact(
            "URL",
            "https://files.example.net/downloads/2026/old-link.zip?token=…",
        )],
        ..Overview::default()
    };
    let view = InspectorView::Row(Box::new(RowInspection {
        row: screen.rows.0[4].clone(),
        added: Some("14:02".to_owned()),
        has_link: true,
        has_file: false,
        tab: TabView::Overview(Box::new(overview)),
    }));
    screen.inspected = Some(view);
    picture("inspector_dark", [1280.0, 800.0], Theme::Dark, screen);
}

const LINKS: &str = "https://cdimage.example.org/debian-13.1-amd64-netinst.iso
https://tiles.example.org/2026/tile-0417.png
htps://typo.example.com/file.zip
https://api.example.com/report.json";

#[test]
fn add_sheet() {
    let mut screen = every_state();
    screen.add_sheet.open(LINKS);
    picture("add_dark", [1280.0, 800.0], Theme::Dark, screen);
}

#[test]
fn add_sheet_in_a_small_window() {
    let mut screen = every_state();
    screen.add_sheet.open(LINKS);
    picture("add_small_light", [480.0, 560.0], Theme::Light, screen);
}
