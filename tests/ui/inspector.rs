//! The inspector: each tab over real jobs, and over hostile texts.

use std::rc::Rc;
use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme, ViewportId};
use egui_kittest::kittest::{AccessKitNode, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::fetch::{FetchScript, Request, ScriptedResponse};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::runtime::{
    AwaitKind, AwaitView, Clock, JobStatistics, LOG_LINES_KEPT, PollHistogram, Warning,
};
use jobdeck::status::{RateCurve, Status, Timeline, TimelineLine, Tone};
use jobdeck::view::{
    AttemptView, ErrorView, Fact, InspectorTab, InspectorView, LogLines, Overview, RowInspection,
    RuntimeView, Several, TabView,
};

use crate::support::{
    Screen, Window, click, every_state, harness, press, press_key, row_says, sleepers, timed,
    window,
};

const URL: &str = "https://files.example.net/data/report.csv";

/// A download that sleeps two seconds, receives a 503, and then takes ten seconds.
fn download() -> (Spec, FetchScript) {
    let request = Request::get(URL).unwrap_or_else(|error| panic!("{error}"));
    let mut spec = FetchSpec::new(request, Destination::Count);
    spec.sleep = Duration::from_secs(2);
    let script = FetchScript::new()
        .respond(
            URL,
            ScriptedResponse::status(503).after(Duration::from_secs(1)),
        )
        .respond(
            URL,
            ScriptedResponse::body("x".repeat(4_000_000)).over(Duration::from_secs(10)),
        );
    (Spec::Fetch(spec), script)
}

fn select(window: &mut Window, name: &str) {
    let start = format!("{name}, ");
    let fits = |node: &AccessKitNode<'_>| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    };
    window.get_by(fits).click();
    window.run();
}

/// A window over the download, selected, with the inspector open, and the clock that its bytes
/// need.
fn inspecting() -> (Window, Clock) {
    let clock = Clock::virtual_time();
    let (spec, script) = download();
    let mut window = window(AppOptions {
        specs: vec![timed("other", 10, 1), spec],
        clock: clock.clone(),
        ..AppOptions::default()
    });
    // The download still sleeps, and sends its request later.
    let runtime = window.state().deck().runtime().clone();
    runtime.set_extension(Rc::new(script));
    window.run();
    select(&mut window, "report.csv");
    press_key(&mut window, Key::Enter);
    (window, clock)
}

/// Advances the clock in steps of the rate samples.
fn live(window: &mut Window, clock: &Clock, secs: u64) {
    for _ in 0..secs * 10 {
        clock.advance(Duration::from_millis(100));
        window.run();
    }
}

fn tab(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Tab, name).click();
    window.run();
}

/// True if a label contains this text.
fn says(window: &Window, start: &str) -> bool {
    let fits = |node: &AccessKitNode<'_>| {
        let label = node.label().or_else(|| node.value());
        label.is_some_and(|label| label.starts_with(start))
    };
    window.query_all_by(fits).next().is_some()
}

#[track_caller]
fn check_says(window: &Window, starts: &[&str]) {
    for start in starts {
        assert!(says(window, start), "nothing says {start}");
    }
}

#[test]
fn the_overview_follows_a_download_from_its_sleep_to_its_end() {
    let (mut window, clock) = inspecting();
    live(&mut window, &clock, 1);
    check_says(&window, &["Slept: 1.00 s so far", &format!("URL: {URL}")]);
    assert!(!says(&window, "Rate, up to"));
    // The server is asked, says 503, and is asked again half a second to a second later.
    live(&mut window, &clock, 2);
    check_says(&window, &["Error of the last attempt", "HTTP status: 503"]);
    live(&mut window, &clock, 6);
    check_says(
        &window,
        &[
            "Slept: 2.00 s",
            "503, waited: ",
            "Download 2: ",
            "Rate, up to ",
        ],
    );
    live(&mut window, &clock, 6);
    assert!(row_says(&window, "report.csv").contains("Done"));
    check_says(
        &window,
        &[
            "Received: 4.00 MB",
            "Attempts: 2",
            "HTTP status: 200",
            "Ended: ",
        ],
    );
    assert!(!says(&window, "Error"));
}

#[test]
fn an_ended_row_is_not_painted_again() {
    let (mut window, clock) = inspecting();
    live(&mut window, &clock, 16);
    for name in ["Overview", "Attempts", "Log", "Runtime"] {
        tab(&mut window, name);
        window.remove_cursor();
        window.run();
        assert_eq!(
            window.output().viewport_output[&ViewportId::ROOT].repaint_delay,
            Duration::MAX,
            "{name}: {:?}",
            window.ctx.repaint_causes()
        );
    }
}

#[test]
fn attempts_say_how_they_ended_and_what_followed() {
    let (mut window, clock) = inspecting();
    tab(&mut window, "Attempts");
    check_says(&window, &["No attempt has begun yet"]);
    live(&mut window, &clock, 6);
    check_says(
        &window,
        &["Attempt 1, ", "Waited ", "Attempt 2, ", "Under way"],
    );
    click(&mut window, "Cancel this job");
    check_says(&window, &["Cancelled"]);
    click(&mut window, "Retry this job");
    live(&mut window, &clock, 3);
    // The tab stays.
    check_says(&window, &["Attempt 3, ", "Attempt 1, "]);
}

#[test]
fn the_log_has_its_lines_and_can_be_copied() {
    let (mut window, clock) = inspecting();
    tab(&mut window, "Log");
    check_says(&window, &["Nothing was logged"]);
    live(&mut window, &clock, 4);
    check_says(&window, &["slept 2.000 s", "attempt 1 failed: "]);
    // A click that settles the window would lose the output.
    window
        .get_by_role_and_label(Role::Button, "Copy all")
        .click();
    window.step();
    let copied = window.output().platform_output.commands.iter().any(|command| {
        matches!(command, egui::OutputCommand::CopyText(text) if text.contains("\tslept 2.000 s\n"))
    });
    assert!(copied, "{:?}", window.output().platform_output.commands);
}

#[test]
fn the_runtime_tab_shows_what_is_awaited_live() {
    let (mut window, clock) = inspecting();
    tab(&mut window, "Runtime");
    live(&mut window, &clock, 1);
    check_says(&window, &["Polls: ", "Sleeping, since 1.00 s · 1.0 s left"]);
    clock.advance(Duration::from_millis(100));
    window.run();
    check_says(&window, &["Sleeping, since 1.10 s · 0.9 s left"]);
    live(&mut window, &clock, 15);
    check_says(&window, &["Nothing: it has ended", "Longest poll: "]);
}

#[test]
fn tabs_and_buttons_follow_the_keyboard_and_the_state() {
    let (mut window, clock) = inspecting();
    window.get_by_role_and_label(Role::Tab, "Overview").focus();
    window.run();
    press_key(&mut window, Key::ArrowRight);
    press_key(&mut window, Key::ArrowRight);
    let tab = window.state().deck();
    assert!(tab.counts().all() > 0);
    check_says(&window, &["Nothing was logged"]);
    click(&mut window, "Pause this job");
    assert!(row_says(&window, "report.csv").contains("Paused"));
    click(&mut window, "Resume this job");
    click(&mut window, "Skip this wait");
    live(&mut window, &clock, 1);
    assert!(!row_says(&window, "report.csv").contains("Sleeping"));
}

#[test]
fn several_are_summed() {
    let (mut window, clock) = inspecting();
    live(&mut window, &clock, 6);
    press(&mut window, Modifiers::COMMAND, Key::A);
    check_says(
        &window,
        &["2 jobs selected", "Active: 1", "Waiting: 1", "Received: "],
    );
    click(&mut window, "Cancel the selected jobs");
    check_says(&window, &["Cancelled: 2"]);
    press_key(&mut window, Key::Escape);
    check_says(&window, &["Nothing selected"]);
}

// ---- pictures, and texts of any kind ----

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn lines() -> Vec<TimelineLine> {
    let line = |label: &'static str, tone, from: f64, took: f64| TimelineLine {
        label: label.into(),
        tone,
        pieces: vec![(secs(from), secs(from + took))],
        is_open: false,
    };
    let mut lines = vec![
        line("Slept", Tone::Waiting, 0.0, 1.42),
        line("Connect", Tone::Off, 1.42, 0.038),
        line("First byte", Tone::Off, 1.46, 0.096),
        line("Download 1", Tone::Accent, 1.55, 24.0),
        line("Reset, waited", Tone::Waiting, 25.6, 2.0),
        line("Download 2", Tone::Accent, 27.6, 42.3),
        line("Paused", Tone::Off, 40.0, 8.0),
    ];
    lines[5].pieces = vec![(secs(27.6), secs(40.0)), (secs(48.0), secs(78.0))];
    lines[5].is_open = true;
    lines
}

fn overview(text: &str) -> Overview {
    let wave = |at: f64| 4.1e7 * (1.0 - (-at / 6.0).exp()) + 3e6 * (at / 3.0).sin();
    let points = (0..80).map(|at| [f64::from(at), wave(f64::from(at)).max(0.0)]);
    let fact = |name, text: &str, is_copyable| Fact {
        name,
        text: text.to_owned(),
        is_copyable,
    };
    Overview {
        notes: Vec::new(),
        error: Some(ErrorView {
            message: text.to_owned(),
            hint: "Try again later; it is not your URL.".to_owned(),
            detail: text.to_owned(),
        }),
        curve: RateCurve {
            points: points.collect(),
            length_secs: 79.0,
        },
        timeline: Timeline {
            length: secs(78.0),
            lines: lines(),
            forgotten: 0,
        },
        facts: vec![
            fact(
                "URL",
                "https://cdimage.example.org/debian-13.1-amd64-netinst.iso",
                true,
            ),
            fact("Saved to", text, true),
            fact("HTTP status", "200", false),
            fact("Validator", "ETag \"6613-61f\" · resumable", false),
            fact("Received", "2.70 GB", false),
            fact(
                "SHA-256",
                "658b28e209b578fe788ec5867deebae57b6aac5fce3692bbb116bab9c65568b3",
                true,
            ),
        ],
        preview: Some(text.to_owned()),
    }
}

fn attempts(text: &str) -> Vec<AttemptView> {
    let error = ErrorView {
        message: text.to_owned(),
        hint: "Try again later; what came is kept.".to_owned(),
        detail: text.to_owned(),
    };
    let attempt = |number, end: &str, tone, error, followed: &str| AttemptView {
        number,
        reason: if number == 3 {
            "begun again by hand"
        } else {
            ""
        },
        began: Some("14:02".to_owned()),
        took: secs(24.0),
        bytes: 1_100_000_000,
        end: end.to_owned(),
        tone,
        error,
        followed: followed.to_owned(),
    };
    vec![
        attempt(
            2,
            text,
            Tone::Failed,
            Some(error),
            "Waited 8.00 s; the server asked for 8.00 s",
        ),
        attempt(3, "Under way", Tone::Accent, None, ""),
    ]
}

fn runtime(text: &str) -> RuntimeView {
    let mut counts = [0; 16];
    counts[3..10].copy_from_slice(&[4, 19, 60, 88, 31, 9, 3]);
    let view = |label: &str, children| AwaitView {
        label: label.to_owned().into(),
        kind: AwaitKind::Group,
        elapsed: secs(12.3),
        remaining: None,
        queue_position: None,
        children,
    };
    RuntimeView {
        statistics: JobStatistics {
            polls: 214,
            wakes: 214,
            self_wakes: 3,
            busy: secs(0.0031),
            scheduled: secs(0.0004),
            idle: secs(78.0),
            longest_poll: secs(0.0182),
            longest_poll_label: Some("Downloading".into()),
            histogram: PollHistogram { counts },
        },
        warnings: vec![Warning::BlockedUi {
            took: secs(0.0182),
            label: Some(text.to_owned().into()),
        }],
        awaits: vec![view(
            "Attempt 2",
            vec![view("fetch", vec![view(text, vec![])])],
        )],
        children: vec![("cleanup".to_owned(), "Sleeping".to_owned())],
        is_over: false,
    }
}

fn screen_of(tab: InspectorTab, row: usize, text: &str) -> Screen {
    let mut screen = every_state();
    screen.state.is_inspector_open = true;
    screen.state.inspector.tab = tab;
    let log = |line: u64| {
        (
            Duration::from_millis(line * 640),
            format!("{line}: {text}").into(),
        )
    };
    screen.inspected = Some(InspectorView::Row(Box::new(RowInspection {
        row: screen.rows.0[row].clone(),
        added: Some("14:02".to_owned()),
        has_link: true,
        has_file: true,
        offers_retry: true,
        tabs: &InspectorTab::ALL,
        tab: match tab {
            InspectorTab::Overview => TabView::Overview(Box::new(overview(text))),
            InspectorTab::Attempts => TabView::Attempts(attempts(text)),
            InspectorTab::Log => TabView::Log(LogLines {
                lines: (0..LOG_LINES_KEPT as u64).map(log).collect(),
                forgotten: 0,
            }),
            _ => TabView::Runtime(Some(Box::new(runtime(text)))),
        },
    })));
    screen.state.table.selection.select(&screen.rows, row);
    screen
}

const HOSTILE: [&str; 4] = [
    "line\nbreaks\r\nand\ttabs",
    "\u{202e}right to left\u{202c} عربى עברית",
    "\u{0}\u{1b}[31mcontrol \u{feff}\u{200b}",
    "a\u{301}\u{302}\u{303}\u{304}👩‍👩‍👧‍👦 漢字",
];

#[test]
fn texts_of_any_kind_stay_inside() {
    let endless = "x".repeat(1 << 20);
    for text in HOSTILE.into_iter().chain([endless.as_str(), ""]) {
        for tab in InspectorTab::ALL {
            let mut screen = screen_of(tab, 4, text);
            if let Some(InspectorView::Row(view)) = &mut screen.inspected {
                view.row.name = text.into();
                view.row.host = text.into();
                view.row.status = Status::Waiting {
                    waits_for: Some(text.into()),
                };
            }
            let mut harness = egui_kittest::Harness::builder()
                .with_size([1280.0, 800.0])
                .allow_missing_glyphs()
                .with_context_setup(jobdeck::theme::install)
                .build_eframe(|_| screen);
            harness.run();
            let close = harness.get_by_label("Close the inspector").rect();
            assert!(
                close.right() <= 1280.0 && close.top() < 140.0,
                "{tab:?} {close:?}"
            );
            for name in ["Overview", "Runtime"] {
                let tab = harness.get_by_role_and_label(Role::Tab, name).rect();
                assert!(tab.right() < close.right(), "{tab:?} {close:?}");
            }
            let hidden = harness.query_by(|node| {
                let turns = |label: String| label.contains('\u{202e}');
                node.role() == Role::Label && node.label().is_some_and(turns)
            });
            assert!(hidden.is_none(), "{tab:?}");
        }
    }
}

/// Pictures to be looked at, written where `JOBDECK_PICTURES` says.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("JOBDECK_PICTURES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let text =
        "HTTP 503 Service Unavailable, and a longer explanation of what it means\nserver: nginx";
    for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for size in [[1280.0, 800.0], [800.0, 600.0]] {
            for tab in InspectorTab::ALL {
                let row = if tab == InspectorTab::Attempts { 4 } else { 0 };
                let mut screen = screen_of(tab, row, text);
                if let (Some(InspectorView::Row(view)), 0) = (&mut screen.inspected, row)
                    && let TabView::Overview(overview) = &mut view.tab
                {
                    overview.error = None;
                }
                let mut harness = self::harness(size, theme, screen);
                harness.run();
                let image = harness.render().unwrap();
                let name = format!("{}_{theme_name}_{}.png", tab.name(), size[0]);
                image.save(folder.join(name)).unwrap();
            }
            let mut screen = every_state();
            screen.state.is_inspector_open = true;
            let mut sum = Several {
                received_bytes: 9_200_000_000,
                total_bytes: 28_000_000_000,
                without_total: 2,
                rate: 43.1e6,
                slept: secs(7.3),
                errors: vec![
                    (text.to_owned(), 3),
                    ("The connection was cut".to_owned(), 1),
                ],
                ..Several::default()
            };
            for row in &screen.rows.0 {
                sum.counts.add(row.status.chip());
            }
            screen.inspected = Some(InspectorView::Several(Box::new(sum)));
            screen.state.table.selection.select_all(&screen.rows);
            let mut harness = self::harness(size, theme, screen);
            harness.run();
            let image = harness.render().unwrap();
            let name = format!("Several_{theme_name}_{}.png", size[0]);
            image.save(folder.join(name)).unwrap();
            // A failed one, with its three parts.
            let mut harness =
                self::harness(size, theme, screen_of(InspectorTab::Overview, 4, text));
            harness.run();
            let image = harness.render().unwrap();
            let name = format!("Failed_{theme_name}_{}.png", size[0]);
            image.save(folder.join(name)).unwrap();
        }
    }
}

/// Where a control is; none if it is not there.
fn rect_of(window: &Window, label: &str) -> Option<egui::Rect> {
    let button = window.query_by_role_and_label(Role::Button, label);
    button.map(|button| button.rect())
}

#[test]
fn panels_below_the_table_leave_some_of_it() {
    let mut window = sleepers();
    press(&mut window, Modifiers::COMMAND, Key::A);
    click(&mut window, "Activity");
    press_key(&mut window, Key::Enter);
    for size in [[700.0, 900.0], [999.0, 520.0], [640.0, 480.0]] {
        window.set_size(size.into());
        // Panels take their new height in the frame after.
        window.run_steps(3);
        let inspector = rect_of(&window, "Close the inspector");
        let activity = rect_of(&window, "Close the activity").expect("it was there first");
        let top = inspector.map_or(activity.top(), |inspector| inspector.top());
        for name in ["one, ", "two, "] {
            let is_row = |node: &AccessKitNode<'_>| {
                let label = node.label();
                label.is_some_and(|label| label.starts_with(name))
            };
            let row = window.get_by(is_row).rect();
            assert!(row.bottom() <= top, "{name}{size:?}");
        }
        assert!(activity.bottom() + 60.0 <= size[1], "{size:?}");
        if let Some(inspector) = inspector {
            assert!(inspector.bottom() + 60.0 <= activity.top(), "{size:?}");
        }
        assert_eq!(inspector.is_some(), size[1] > 500.0, "{size:?}");
    }
    // What is opened takes the place of the other one.
    press_key(&mut window, Key::Enter);
    window.run_steps(3);
    assert!(rect_of(&window, "Close the activity").is_none());
    let inspector = rect_of(&window, "Close the inspector").expect("it was asked for");
    assert!(inspector.bottom() + 100.0 <= 480.0);
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.event(egui::Event::Text("Show activity".to_owned()));
    window.run_steps(3);
    press_key(&mut window, Key::Enter);
    window.run_steps(3);
    assert!(rect_of(&window, "Close the inspector").is_none());
    assert!(rect_of(&window, "Close the activity").is_some());
}
