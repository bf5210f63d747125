//! The notes of a row: its name, facts about its file, and a doubt with its actions.

use std::rc::Rc;
use std::time::Duration;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use jobdeck::app::AppOptions;
use jobdeck::fetch::{FetchScript, Note, NoteCode, Request, Save, ScriptedResponse};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::runtime::Clock;
use jobdeck::status::{Chip, Counts};

use crate::support::{Window, click, has, press, press_key, row_names, row_says, window};

const DOUBT: &str = "a web page came instead of report.pdf";

fn download(url: &str) -> Spec {
    let request = Request::get(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let save = Destination::Save(Save::in_folder("/d"));
    Spec::Fetch(FetchSpec {
        sleep: Duration::from_secs(1),
        ..FetchSpec::new(request, save)
    })
}

/// A window over downloads with a doubt, with a note, with a name other than its link's, and a
/// plain one.
fn noted() -> Window {
    let body = |name: &str| ScriptedResponse::body("a body").named(name);
    let script = FetchScript::new()
        .respond(
            "http://h/report.pdf",
            body("signin").noted(Note::new(NoteCode::WebPage, DOUBT)),
        )
        .respond(
            "http://h/d.json",
            body("d.json").noted(Note::new(NoteCode::Compared, "compared at four places")),
        )
        .respond("http://h/download", body("manual.pdf"))
        .respond("http://h/a.bin", body("a.bin"));
    let urls = [
        "http://h/report.pdf",
        "http://h/d.json",
        "http://h/download",
        "http://h/a.bin",
    ];
    let mut window = window(AppOptions {
        specs: urls.map(download).into(),
        clock: Clock::virtual_time(),
        ..AppOptions::default()
    });
    // They sleep until time passes.
    window
        .state()
        .deck()
        .runtime()
        .set_extension(Rc::new(script));
    for _ in 0..6 {
        window.run_steps(2);
        let clock = window.state().deck().runtime().clock().clone();
        clock.advance(Duration::from_secs(1));
    }
    window.run_steps(4);
    window
}

fn count(window: &Window, chip: Chip) -> usize {
    window.state().deck().counts().of(chip)
}

#[test]
fn a_row_says_its_name_its_links_name_and_its_notes() {
    let window = noted();
    let mut names = row_names(&window);
    names.sort();
    assert_eq!(names, ["a.bin", "d.json", "manual.pdf", "signin"]);
    let done = row_says(&window, "d.json");
    assert!(done.contains("h, Done, in "), "{done}");
    assert!(done.contains(", compared at four places"), "{done}");
    assert!(row_says(&window, "manual.pdf").contains("h, download, Done, in "));
    let doubtful = row_says(&window, "signin");
    assert!(
        doubtful.contains(&format!("h, report.pdf, Check, {DOUBT}")),
        "{doubtful}"
    );
    assert_eq!(
        (count(&window, Chip::Done), count(&window, Chip::Check)),
        (3, 1)
    );
}

#[test]
fn a_doubt_is_told_once_and_has_a_chip() {
    let mut window = noted();
    assert!(has(&window, Role::Alert, &format!("signin: {DOUBT}")));
    window
        .get_by_role_and_label(Role::Button, "Check 1")
        .click();
    window.run();
    assert_eq!(row_names(&window), ["signin"]);
    // Its button keeps it.
    click(&mut window, "Keep signin");
    assert_eq!(
        (count(&window, Chip::Done), count(&window, Chip::Check)),
        (4, 0)
    );
    assert!(has(&window, Role::Status, "Kept 1"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(count(&window, Chip::Check), 1);
}

#[test]
fn the_inspector_offers_the_actions_for_a_doubt() {
    let mut window = noted();
    let rows = row_names(&window);
    let place = rows.iter().position(|name| name == "signin").unwrap();
    for _ in 0..=place {
        press_key(&mut window, Key::ArrowDown);
    }
    press_key(&mut window, Key::Enter);
    for name in ["Keep this file", "Retry this job", "Change this URL…"] {
        assert!(has(&window, Role::Button, name), "{name}");
    }
    assert!(has(&window, Role::Label, DOUBT));
    assert!(has(&window, Role::Label, "Name in the link: report.pdf"));
    click(&mut window, "Keep this file");
    assert_eq!(count(&window, Chip::Done), 4);
    assert!(!has(&window, Role::Button, "Keep this file"));
    assert!(has(&window, Role::Label, DOUBT), "it can still be read");
}

#[test]
fn every_row_is_under_one_chip_and_a_doubt_is_no_failure() {
    let mut window = noted();
    let counts: Counts = window.state().deck().counts();
    let sum: usize = Chip::ALL.iter().map(|chip| counts.of(*chip)).sum();
    assert_eq!((sum, counts.all(), counts.of(Chip::Failed)), (4, 4, 0));
    // What is done is cleared; a doubt stays.
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.event(egui::Event::Text("Clear done".to_owned()));
    window.run();
    press_key(&mut window, Key::Enter);
    assert_eq!(row_names(&window), ["signin"]);
}

#[test]
fn the_selected_doubts_are_kept_by_the_palette_and_by_the_menu_of_rows() {
    for by_palette in [true, false] {
        let mut window = noted();
        press(&mut window, Modifiers::COMMAND, Key::A);
        if by_palette {
            press(&mut window, Modifiers::COMMAND, Key::K);
            window.event(egui::Event::Text("Keep".to_owned()));
            window.run();
            press_key(&mut window, Key::Enter);
        } else {
            press(&mut window, Modifiers::SHIFT, Key::F10);
            let item = window.get_by_role_and_label(Role::MenuItem, "Keep");
            item.click();
            window.run();
        }
        assert_eq!(count(&window, Chip::Check), 0, "{by_palette}");
        // Of four rows one had a doubt.
        assert!(has(&window, Role::Status, "Kept 1 of 4"), "{by_palette}");
    }
}
