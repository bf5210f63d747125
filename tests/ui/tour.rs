//! A walk through every screen, for what must hold in each: names for screen readers, pictures, and
//! hostile texts.

use std::rc::Rc;
use std::time::Duration;

use egui::{Event, HoveredFile, Key, Modifiers, Role, Theme, Vec2, ViewportEvent};
use egui_kittest::kittest::{AccessKitNode, Queryable as _};
use jobdeck::app::{AppOptions, Demo, Desktop};
use jobdeck::command::Command;
use jobdeck::fetch::{FetchScript, Request, ScriptedResponse};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::runtime::Clock;
use jobdeck::status::Chip;
use jobdeck::view::AddDefaults;

use crate::support::{Window, has_button, no_dialogs, timed, window, window_of_any_text};

/// Size, scale and theme of a window.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) size: Vec2,
    pub(crate) theme: Theme,
    pub(crate) pixels_per_point: f32,
}

/// The texts in the list: names, and messages of servers.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) names: [String; 4],
    pub(crate) body: String,
    pub(crate) links: String,
    /// True if the list contains nothing random and no time of day.
    pub(crate) is_steady: bool,
    /// True if the fonts may lack letters of the texts.
    pub(crate) is_any_script: bool,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            names: [
                "measurements-2026-11.csv",
                "manual-en.pdf",
                "photos-backup-07.tar.zst",
                "nightly-build.tar.gz",
            ]
            .map(str::to_owned),
            body: "not what was asked for".to_owned(),
            links: "https://cdimage.example.org/debian-13.1-amd64-netinst.iso
https://tiles.example.org/2026/tile-[001-240].png
htps://typo.example.com/file.zip
https://cdimage.example.org/debian-13.1-amd64-netinst.iso"
                .to_owned(),
            is_steady: false,
            is_any_script: false,
        }
    }
}

const ISO: &str = "https://cdimage.example.org/debian-13.1-amd64-netinst.iso";
const REPORT: &str = "https://api.example.com/report.json";
const REPORT_NAME: &str = "report.json";
const NOTES: &str = "https://api.example.com/notes.txt";
const OLD: &str = "https://files.example.net/downloads/old-link.zip";

fn fetch(url: &str) -> Spec {
    let request = Request::get(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    Spec::Fetch(FetchSpec {
        sleep: Duration::from_secs(1),
        ..FetchSpec::new(request, Destination::Count)
    })
}

/// A window over jobs of each kind, and the time they live in.
fn filled(look: Look, texts: &Texts) -> (Window, Clock) {
    let clock = Clock::virtual_time();
    let [sleeps, is_done, is_paused, is_cancelled] = &texts.names;
    let mut specs = vec![
        timed(is_done, 0, 0),
        fetch(ISO),
        fetch(REPORT),
        fetch(OLD),
        fetch(NOTES),
        timed(sleeps, 100, 10),
        timed(is_cancelled, 100, 10),
        timed(is_paused, 100, 10),
        timed("waits for a slot", 1, 1),
    ];
    if texts.is_steady {
        specs.drain(7..9);
        specs.remove(4);
        specs.remove(2);
    }
    let mut window = dressed(look, texts, clock.clone(), specs);
    let slow = ScriptedResponse::body("x".repeat(3_800_000)).over(Duration::from_secs(100));
    let mut script = FetchScript::new()
        .respond(ISO, slow)
        .respond(NOTES, ScriptedResponse::body(texts.body.as_str()))
        .respond(OLD, ScriptedResponse::status(404));
    for _ in 0..20 {
        script = script.respond(REPORT, ScriptedResponse::status(503));
    }
    let runtime = window.state().deck().runtime().clone();
    runtime.set_extension(Rc::new(script));
    for _ in 0..15 {
        clock.advance(Duration::from_millis(100));
        window.run_steps(2);
    }
    let act = |window: &mut Window, name: &str, key: Key| {
        press(window, Modifiers::NONE, Key::Escape);
        select(window, name);
        press(window, Modifiers::NONE, key);
    };
    if !texts.is_steady {
        act(&mut window, is_paused, Key::P);
    }
    act(&mut window, is_cancelled, Key::C);
    press(&mut window, Modifiers::NONE, Key::Escape);
    for _ in 0..300 {
        clock.advance(Duration::from_millis(100));
        window.run_steps(1);
    }
    window.remove_cursor();
    window.run_steps(3);
    (window, clock)
}

fn dressed(look: Look, texts: &Texts, clock: Clock, specs: Vec<Spec>) -> Window {
    let options = AppOptions {
        specs,
        clock,
        demo: Some(Demo::new(|| Ok(vec![timed("of the demo", 1, 1)]))),
        desktop: Some(Desktop::new(|_| ())),
        dialogs: no_dialogs(),
        add_defaults: AddDefaults {
            folder: Some("/home/ada/Downloads".into()),
            home: Some("/home/ada".into()),
            ..AddDefaults::default()
        },
        ..AppOptions::default()
    };
    let mut window = if texts.is_any_script {
        window_of_any_text(options)
    } else {
        window(options)
    };
    window.set_pixels_per_point(look.pixels_per_point);
    window.set_size(look.size);
    window.run_steps(3);
    // After the frame in which another scale is taken over, with the theme of the system.
    window.ctx.set_theme(look.theme);
    window.run_steps(3);
    window
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(4);
}

/// Selects the row of this name, if it is in view.
fn select(window: &mut Window, name: &str) {
    let start = format!("{name}, ");
    let fits = |node: &AccessKitNode<'_>| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    };
    let row = window.query_all_by(fits).next();
    if let Some(row) = row {
        row.click_accesskit();
    }
    window.run_steps(4);
}

/// Runs a command by typing its name.
fn run(window: &mut Window, command: Command) {
    press(window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text(command.text().to_owned()));
    window.run_steps(2);
    press(window, Modifiers::NONE, Key::Enter);
}

fn click(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).click_accesskit();
    window.run_steps(4);
}

/// Visits every screen, and calls `seen` on each.
pub(crate) fn tour(look: Look, texts: &Texts, seen: &mut dyn FnMut(&mut Window, &str)) {
    through_rows(look, texts, seen);
    through_sheets(look, texts, seen);
    through_questions(look, texts, seen);
}

fn through_rows(look: Look, texts: &Texts, seen: &mut dyn FnMut(&mut Window, &str)) {
    let mut window = dressed(look, texts, Clock::virtual_time(), Vec::new());
    seen(&mut window, "empty");
    window.input_mut().hovered_files = vec![HoveredFile::default()];
    window.run_steps(2);
    seen(&mut window, "drop");

    let (mut window, clock) = filled(look, texts);
    seen(&mut window, "main");
    for command in [Command::Activity, Command::Columns] {
        run(&mut window, command);
        seen(&mut window, command.text());
        press(&mut window, Modifiers::NONE, Key::Escape);
    }
    if window
        .query_by_role_and_label(Role::Button, "Close the activity")
        .is_some()
    {
        run(&mut window, Command::Activity);
    }
    for name in ["All jobs", "More commands"] {
        click(&mut window, Role::Button, name);
        seen(&mut window, name);
        press(&mut window, Modifiers::NONE, Key::Escape);
    }
    press(&mut window, Modifiers::COMMAND, Key::F);
    window.event(Event::Text("nothing is called so".to_owned()));
    window.run_steps(3);
    seen(&mut window, "nothing found");
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, Modifiers::NONE, Key::Escape);
    run(&mut window, Command::Show(None));

    select(&mut window, "debian-13.1-amd64-netinst.iso");
    press(&mut window, Modifiers::SHIFT, Key::F10);
    seen(&mut window, "menu of a row");
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, Modifiers::NONE, Key::Enter);
    for tab in ["Attempts", "Log", "Runtime", "Overview"] {
        click(&mut window, Role::Tab, tab);
        seen(&mut window, &format!("inspector {tab}"));
    }
    for (name, tabs) in [
        ("old-link.zip", ["Overview", "Attempts"]),
        (REPORT_NAME, ["Overview", "Attempts"]),
        (texts.names[0].as_str(), ["Overview", "Log"]),
    ] {
        if texts.is_steady && name == REPORT_NAME {
            continue;
        }
        press(&mut window, Modifiers::NONE, Key::Escape);
        select(&mut window, name);
        for tab in tabs {
            if window.query_by_role_and_label(Role::Tab, tab).is_some() {
                click(&mut window, Role::Tab, tab);
            }
            seen(&mut window, &format!("inspector {tab} of {}", short(name)));
        }
    }
    press(&mut window, Modifiers::COMMAND, Key::A);
    clock.advance(Duration::from_millis(100));
    window.run_steps(2);
    seen(&mut window, "inspector of several");
}

fn through_sheets(look: Look, texts: &Texts, seen: &mut dyn FnMut(&mut Window, &str)) {
    let (mut window, _clock) = filled(look, texts);
    press(&mut window, Modifiers::COMMAND, Key::N);
    seen(&mut window, "add");
    window.event(Event::Paste(texts.links.clone()));
    window.run_steps(6);
    seen(&mut window, "add links");
    click(&mut window, Role::Button, "More options");
    window.run_steps(3);
    seen(&mut window, "add more");
    press(&mut window, Modifiers::NONE, Key::Escape);

    press(&mut window, Modifiers::COMMAND, Key::K);
    seen(&mut window, "palette");
    window.event(Event::Text("zzz".to_owned()));
    window.run_steps(3);
    seen(&mut window, "palette without a match");
    press(&mut window, Modifiers::NONE, Key::Escape);

    run(&mut window, Command::Help);
    seen(&mut window, "help");
    press(&mut window, Modifiers::NONE, Key::Escape);

    press(&mut window, Modifiers::COMMAND, Key::Comma);
    seen(&mut window, "settings");
    let tabs: Vec<String> = window
        .query_all_by_role(Role::Tab)
        .filter_map(|tab| egui_kittest::kittest::NodeT::accesskit_node(&tab).label())
        .collect();
    for tab in tabs {
        click(&mut window, Role::Tab, &tab);
        seen(&mut window, &format!("settings {tab}"));
    }
    window.hover_at(egui::pos2(look.size.x / 2.0, look.size.y / 2.0));
    for _ in 0..20 {
        window.event(Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Trackpad,
            delta: egui::vec2(0.0, -400.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        window.run_steps(2);
    }
    seen(&mut window, "settings below");
}

fn through_questions(look: Look, texts: &Texts, seen: &mut dyn FnMut(&mut Window, &str)) {
    let (mut window, clock) = filled(look, texts);
    select(&mut window, "old-link.zip");
    run(&mut window, Command::ChangeUrl);
    seen(&mut window, "change URL");
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, Modifiers::COMMAND, Key::A);
    run(&mut window, Command::DeleteFiles);
    seen(&mut window, "remove with files");
    press(&mut window, Modifiers::NONE, Key::Escape);

    let viewports = &mut window.input_mut().viewports;
    if let Some(viewport) = viewports.get_mut(&egui::ViewportId::ROOT) {
        viewport.events.push(ViewportEvent::Close);
    }
    window.run_steps(1);
    let viewports = &mut window.input_mut().viewports;
    if let Some(viewport) = viewports.get_mut(&egui::ViewportId::ROOT) {
        viewport.events.clear();
    }
    window.run_steps(2);
    seen(&mut window, "closing");
    press(&mut window, Modifiers::NONE, Key::Escape);

    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::NONE, Key::R);
    clock.advance(Duration::from_millis(1100));
    window.run_steps(3);
    press(&mut window, Modifiers::NONE, Key::C);
    window.run_steps(3);
    seen(&mut window, "messages");
    assert!(window.state().deck().counts().of(Chip::Cancelled) > 2);

    let paste = |window: &mut Window, text: &str| {
        window.event(Event::Paste(text.to_owned()));
        window.run_steps(4);
    };
    paste(&mut window, "https://many.example/[1-9000]");
    // A slow machine reads fewer in a frame.
    for _ in 0..1_000 {
        if has_button(&window, "Add 9,000") {
            break;
        }
        window.step();
    }
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_steps(3);
    seen(&mut window, "adding");
}

fn short(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect()
}
