//! Pictures of the main screen, compared with approved ones.

use egui::{Rect, Role, Theme, vec2};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::{SnapshotResults, try_image_snapshot};
use jobdeck::view::{
    ErrorView, Fact, InspectorTab, InspectorView, Overview, RowInspection, TabView,
};

use crate::support::{Screen, Window, every_state, harness};
use crate::tour::{Look, Texts, tour};

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
fn inspector_dark() {
    inspector("inspector_dark", Theme::Dark);
}

#[test]
fn inspector_light() {
    inspector("inspector_light", Theme::Light);
}

fn inspector(name: &str, theme: Theme) {
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
        offers_retry: true,
        tabs: &InspectorTab::ALL,
        tab: TabView::Overview(Box::new(overview)),
    }));
    screen.inspected = Some(view);
    picture(name, [1280.0, 800.0], theme, screen);
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

/// The other screens, small, without times and measurements.
const SMALL: [&str; 13] = [
    "Activity",
    "Columns",
    "More commands",
    "menu of a row",
    "inspector of several",
    "add more",
    "palette",
    "help",
    "settings",
    "change URL",
    "remove with files",
    "closing",
    "messages",
];

fn small_pictures(theme: Theme, word: &str) {
    let look = Look {
        size: vec2(640.0, 480.0),
        theme,
        pixels_per_point: 1.0,
    };
    let texts = Texts {
        is_steady: true,
        ..Texts::default()
    };
    let mut results = SnapshotResults::new();
    tour(look, &texts, &mut |window, screen| {
        if !SMALL.contains(&screen) {
            return;
        }
        let mut image = window
            .render()
            .unwrap_or_else(|error| panic!("{screen}: {error}"));
        for rect in changing(window) {
            let (from, to) = (rect.min.floor(), rect.max.ceil());
            for x in from.x as u32..(to.x as u32).min(image.width()) {
                for y in from.y as u32..(to.y as u32).min(image.height()) {
                    image.put_pixel(x, y, [0, 0, 0, 255].into());
                }
            }
        }
        let name = format!("{}_{word}", screen.to_lowercase().replace(' ', "_"));
        results.add(try_image_snapshot(&image, name));
    });
}

/// The places of texts that change between runs: times of day and frame times.
fn changing(window: &Window) -> Vec<Rect> {
    let mut rects = Vec::new();
    for node in window.root().children_recursive() {
        let data = node.accesskit_node();
        let text = data.label().or_else(|| data.value()).unwrap_or_default();
        if text.starts_with("frame ") && data.role() == Role::Label {
            // As wide as the longest of them.
            rects.push(
                node.rect()
                    .with_min_x(node.rect().right() - 100.0)
                    .expand(1.0),
            );
        } else if data.role() == Role::ListItem && ends_in_a_time(&text) {
            let rect = node.rect();
            rects.push(Rect::from_min_max(
                rect.right_top() - vec2(50.0, 0.0),
                rect.right_center(),
            ));
        }
    }
    rects
}

/// True if a text ends in a time of day.
fn ends_in_a_time(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    last.len() == 5 && last.as_bytes()[2] == b':'
}

#[test]
fn other_screens_dark() {
    small_pictures(Theme::Dark, "dark");
}

#[test]
fn other_screens_light() {
    small_pictures(Theme::Light, "light");
}

/// Pictures of every screen to be looked at, written where `JOBDECK_PICTURES` says.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("JOBDECK_PICTURES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, pixels_per_point, at) in [
            (vec2(1280.0, 800.0), 1.0, "1280"),
            (vec2(800.0, 600.0), 1.0, "800"),
            (vec2(1280.0, 800.0), 2.0, "2x"),
        ] {
            let look = Look {
                size,
                theme,
                pixels_per_point,
            };
            tour(look, &Texts::default(), &mut |window, screen| {
                let image = window.render().unwrap();
                let name = screen.replace(' ', "_");
                let path = folder.join(format!("{at}_{word}_{name}.png"));
                image.save(path).unwrap();
            });
        }
    }
}
