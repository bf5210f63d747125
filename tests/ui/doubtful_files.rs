//! Retrying a row whose file is doubtful: the file stays until the wanted one replaces it.

use std::fs;
use std::path::Path;

use egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use jobdeck::app::AppOptions;
use jobdeck::fetch::{IfExists, Request, RetryPolicy, Save};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::status::Chip;

use crate::fault::{Act, FaultServer, answer};
use crate::support::{Window, press, press_key, remove_with_files, wait_until, window};

const PAGE: &str = "<html>sign in</html>";
const FILE: &str = "%PDF-1.7 the real one";

fn of_type(content_type: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

fn page() -> Vec<Act> {
    of_type("text/html", PAGE)
}

fn file() -> Vec<Act> {
    of_type("application/pdf", FILE)
}

fn refusal() -> Vec<Act> {
    answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
}

fn texts_in(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}"));
    let mut texts: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    texts.sort();
    texts
}

#[track_caller]
fn assert_texts(folder: &Path, expected: &[(&str, &str)]) {
    let texts = texts_in(folder);
    let texts: Vec<_> = texts
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    assert_eq!(texts, expected);
}

/// A window whose row ended with a doubt after one request and is selected.
fn doubtful(server: &FaultServer, folder: &Path, rule: IfExists) -> Window {
    doubtful_after(server, folder, rule, 1)
}

/// A window whose row ended with a doubt after this many requests and is selected.
fn doubtful_after(server: &FaultServer, folder: &Path, rule: IfExists, requests: usize) -> Window {
    let url = server.url("/real.pdf");
    let request = Request::get(&url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let save = Save::in_folder(folder).if_exists(rule);
    let mut window = window(AppOptions {
        specs: vec![Spec::Fetch(FetchSpec {
            retry: RetryPolicy { retries: 0 },
            ..FetchSpec::new(request, Destination::Save(save))
        })],
        ..AppOptions::default()
    });
    wait_for(&mut window, server, requests, Chip::Check);
    press_key(&mut window, Key::ArrowDown);
    window
}

/// Waits until the row has ended after this many requests.
fn wait_for(window: &mut Window, server: &FaultServer, requests: usize, chip: Chip) {
    wait_until(window, chip.name(), |window| {
        let is_asked = server.requests().len() >= requests;
        is_asked && window.state().deck().counts().of(chip) == 1
    });
    window.run_steps(3);
}

fn retry(window: &mut Window, server: &FaultServer, requests: usize, chip: Chip) {
    press(window, Modifiers::NONE, Key::R);
    wait_for(window, server, requests, chip);
}

#[test]
fn the_right_file_takes_the_place_of_the_web_page() {
    for rule in [IfExists::Rename, IfExists::Skip] {
        let server = FaultServer::start(vec![page(), page(), file()]);
        let folder = tempfile::tempdir().unwrap();
        let mut window = doubtful(&server, folder.path(), rule);
        assert_texts(folder.path(), &[("real.pdf", PAGE)]);
        // Another doubt: nothing is lost, and both files belong to the row.
        retry(&mut window, &server, 2, Chip::Check);
        let both = [("real (1).pdf", PAGE), ("real.pdf", PAGE)];
        assert_texts(folder.path(), &both);
        press(&mut window, Modifiers::SHIFT, Key::Delete);
        let question = "Delete 2 files from the disk too (40 B)";
        let asked = window.query_by_role_and_label(Role::CheckBox, question);
        assert!(asked.is_some());
        press_key(&mut window, Key::Escape);
        retry(&mut window, &server, 3, Chip::Done);
        assert_texts(folder.path(), &[("real.pdf", FILE)]);
        let deck = window.state().deck();
        let id = deck.rows.ids().next().unwrap();
        assert_eq!(
            deck.detail(id)
                .map_or_else(Vec::new, |row| row.files())
                .len(),
            1
        );
    }
}

#[test]
fn a_row_that_fails_then_still_knows_its_web_page() {
    let server = FaultServer::start(vec![page(), refusal()]);
    let folder = tempfile::tempdir().unwrap();
    let mut window = doubtful(&server, folder.path(), IfExists::Rename);
    retry(&mut window, &server, 2, Chip::Failed);
    assert_texts(folder.path(), &[("real.pdf", PAGE)]);
    remove_with_files(&mut window, "Delete 1 file from the disk too (20 B)");
    wait_until(&mut window, "it is deleted", |_| {
        texts_in(folder.path()).is_empty()
    });
}

#[test]
fn another_link_leads_to_the_file_in_the_place_of_the_web_page() {
    let server = FaultServer::start(vec![page(), file()]);
    let folder = tempfile::tempdir().unwrap();
    let mut window = doubtful(&server, folder.path(), IfExists::Rename);
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("change url".to_owned()));
    window.run_steps(2);
    press_key(&mut window, Key::Enter);
    window.event(Event::Text(server.url("/other/real.pdf")));
    window.run_steps(2);
    press_key(&mut window, Key::Enter);
    wait_for(&mut window, &server, 2, Chip::Done);
    assert_texts(folder.path(), &[("real.pdf", FILE)]);
}

#[test]
fn a_retry_leaves_a_doubtful_file_that_was_there_already() {
    let to_login = || answer("HTTP/1.1 303 x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
    let server = FaultServer::start(vec![to_login(), page(), to_login(), page(), file()]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("login"), "of its user").unwrap();
    let there = ("login", "of its user");
    let mut window = doubtful_after(&server, folder.path(), IfExists::Skip, 2);
    let files = |window: &Window| {
        let deck = window.state().deck();
        let id = deck.rows.ids().next().unwrap();
        deck.detail(id)
            .map_or_else(Vec::new, |row| row.files())
            .len()
    };
    // Not the row's own file: neither a retry nor a removal may take it.
    assert_eq!(files(&window), 0);
    retry(&mut window, &server, 4, Chip::Check);
    assert_texts(folder.path(), &[there]);
    assert_eq!(files(&window), 0);
    retry(&mut window, &server, 5, Chip::Done);
    assert_texts(folder.path(), &[there, ("real.pdf", FILE)]);
    assert_eq!(files(&window), 1);
}
