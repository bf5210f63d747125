//! The history: what ended and is kept, also what is not on the list any more; and links that are
//! saved in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use egui::{Event, Key, Modifiers, OutputCommand, Role, Theme};
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::deck::{Change, Deck, EndTimes, Ended, HostKind, PollSums, RowRecord, StoredState};
use jobdeck::fetch::{ErrorClass, FetchError, Fetched, NameRule, Request, Save};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::runtime::{Clock, Moment, Outcome, ParkHost, Runtime, TICK_BUDGET};
use jobdeck::status::{Chip, RowId, RowSource as _};
use jobdeck::store::{Reader, Store};

use crate::support::{Window, checked_app, has, has_button, no_dialogs, press, press_key, window};

const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing of this age is pruned.
const AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Frames until it holds: the threads that read need real time.
#[track_caller]
fn until(window: &mut Window, what: &str, holds: impl Fn(&Window) -> bool) {
    let began = Instant::now();
    while !holds(window) {
        assert!(began.elapsed() < PATIENCE, "it never comes: {what}");
        window.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn options(folder: &Path) -> AppOptions {
    AppOptions {
        state_folder: Some(folder.to_owned()),
        dialogs: no_dialogs(),
        ..AppOptions::default()
    }
}

fn fetch(url: &str, folder: &str) -> Spec {
    let destination = Destination::Save(Save::in_folder(folder));
    Spec::Fetch(FetchSpec::new(Request::get(url).unwrap(), destination))
}

/// A record of a row as a deck writes it.
fn a_record() -> RowRecord {
    let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
    deck.journal.begin(HostKind::Window);
    deck.add(vec![fetch("https://h.example/a", "/downloads")], true);
    while deck.tick(TICK_BUDGET) {}
    let changes = deck.take_journal().into_iter();
    let mut records = changes.filter_map(|change| match change {
        Change::Row(record) => Some(*record),
        _ => None,
    });
    records.next().unwrap()
}

/// How a row ends whose number this is: two of seven do not end well.
fn ended(number: u64, url: &str) -> (StoredState, Ended) {
    let (state, outcome, received) = match number % 7 {
        3 => {
            let error = FetchError::new(ErrorClass::HttpStatus, "404 Not Found");
            (StoredState::Failed, Outcome::Failed(error.into()), 0)
        }
        5 => (StoredState::Cancelled, Outcome::Cancelled, 0),
        _ => (StoredState::Done, Outcome::Done, 1_000_000 + number * 997),
    };
    let fetched = (received > 0).then(|| {
        let mut fetched = Fetched::default();
        fetched.received = received;
        fetched.wire_bytes = received;
        fetched.total = Some(received);
        fetched.length_announced = true;
        fetched.path = Some(PathBuf::from(format!("/downloads/{number}")));
        fetched.http_status = 200;
        url.clone_into(&mut fetched.final_url);
        fetched
    });
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let began = now - AGE + Duration::from_secs(number * 20);
    let ended = Ended {
        outcome,
        is_interrupted: false,
        received,
        wire_bytes: received,
        total: (received > 0).then_some(received),
        times: EndTimes {
            began_at: Some(Moment::from_start(began)),
            elapsed: Duration::from_secs(3),
            ..EndTimes::default()
        },
        attempts: 1,
        part: None,
        set_aside: None,
        set_aside_bytes: None,
        is_kept: false,
        fetched,
        thread_abandoned: false,
        polls: PollSums::default(),
        mean_rate: None,
    };
    (state, ended)
}

/// Rows that ended and are in the history alone, the last one last.
fn fill(folder: &Path, names: impl Iterator<Item = String>) {
    let store = Store::open(folder, HostKind::Window, Arc::new(|| {})).unwrap();
    let record = a_record();
    let mut number = 0;
    let mut batch = 0;
    let mut changes = Vec::new();
    for name in names {
        number += 1;
        let url = format!("https://mirror-{}.example/pub/{name}", number % 5);
        let mut record = record.clone();
        record.id = RowId(number);
        record.end_number = number;
        record.spec = fetch(&url, "/downloads");
        record.name = name;
        let (state, ended) = ended(number, &url);
        record.state = state;
        record.ended = Some(Box::new(ended));
        changes.push(Change::Row(Box::new(record)));
        changes.push(Change::Retired(RowId(number)));
        if changes.len() > 4_000 {
            batch = store.submit(std::mem::take(&mut changes));
        }
    }
    batch = store.submit(changes).max(batch);
    while store.settled() < batch {
        std::thread::sleep(Duration::from_millis(1));
    }
    store.close();
}

fn names(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(|number| format!("file-{number:06}.iso"))
}

/// The entries that are shown, as they are spoken.
fn entries(window: &Window) -> Vec<String> {
    let is_entry = |node: &AccessKitNode<'_>| node.role() == Role::ListBoxOption;
    let nodes = window.query_all_by(is_entry);
    nodes
        .map(|node| node.accesskit_node().label().unwrap_or_default())
        .collect()
}

fn first_is(name: &'static str) -> impl Fn(&Window) -> bool {
    move |window| {
        let first = entries(window).into_iter().next();
        first.is_some_and(|entry| entry.starts_with(name))
    }
}

fn type_text(window: &mut Window, text: &str) {
    window.event(Event::Text(text.to_owned()));
    window.run_steps(1);
}

fn open_history(folder: &Path) -> Window {
    let mut window = window(options(folder));
    window.run_steps(2);
    press(&mut window, Modifiers::COMMAND, Key::H);
    window
}

#[test]
fn it_has_what_ended_with_the_latest_end_first_and_escape_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), names(40));
    let mut window = open_history(folder.path());
    until(&mut window, "the entries", first_is("file-000040.iso"));
    until(&mut window, "the count", |window| {
        window.query_by_label("40 jobs").is_some()
    });
    // None of it is on the list.
    assert_eq!(window.state().deck().len(), 0);
    let shown = entries(&window);
    assert!(shown.len() < 40, "{}", shown.len());
    assert!(
        shown[0].starts_with("file-000040.iso, mirror-0.example, Cancelled, 20"),
        "{}",
        shown[0]
    );
    assert!(shown[2].contains("Failed, 404 Not Found"), "{}", shown[2]);
    assert!(shown[1].contains("Done, 1.04 MB, 20"), "{}", shown[1]);
    press_key(&mut window, Key::Escape);
    window.run();
    assert!(entries(&window).is_empty());
}

#[test]
fn typing_finds_names_and_links_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let others = ["Ünïcode.TXT", "debian-13.iso"].map(str::to_owned);
    fill(folder.path(), names(6_000).chain(others).chain(names(50)));
    let mut window = open_history(folder.path());
    until(&mut window, "the entries", first_is("file-000050.iso"));
    type_text(&mut window, "ÜNÏ");
    until(&mut window, "one is found", |window| {
        entries(window).len() == 1 && window.query_by_label("1 job").is_some()
    });
    assert!(first_is("Ünïcode.TXT")(&window));
    press(&mut window, Modifiers::COMMAND, Key::A);
    type_text(&mut window, "MIRROR-4.example");
    until(&mut window, "a link is found", first_is("file-000047.iso"));
    until(&mut window, "all are found", |window| {
        window.query_by_label_contains("1,210 jobs").is_some()
            || window.query_by_label_contains("1 210 jobs").is_some()
            || window.query_by_label_contains("1210 jobs").is_some()
    });
    press(&mut window, Modifiers::COMMAND, Key::A);
    type_text(&mut window, "nothing of the kind");
    until(&mut window, "the words for it", |window| {
        window.query_by_label("No matching jobs").is_some()
    });
}

#[test]
fn an_empty_history_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_history(folder.path());
    until(&mut window, "the words for it", |window| {
        window.query_by_label("Nothing has ended yet").is_some()
    });
}

#[test]
fn keys_go_through_the_list_and_enter_downloads_again() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), names(300));
    let mut window = open_history(folder.path());
    until(&mut window, "the entries", first_is("file-000300.iso"));
    press_key(&mut window, Key::End);
    until(&mut window, "the last entry", |window| {
        let last = entries(window).pop();
        last.is_some_and(|entry| entry.starts_with("file-000001.iso"))
    });
    press_key(&mut window, Key::ArrowUp);
    press_key(&mut window, Key::Enter);
    until(&mut window, "it is on the list", |window| {
        window.state().deck().counts().all() == 1
    });
    let deck = window.state().deck();
    let id = deck.rows.ids().next().unwrap();
    let spec = deck.detail(id).unwrap().spec().clone();
    assert_eq!(spec.url(), "https://mirror-2.example/pub/file-000002.iso");
    assert!(has(
        &window,
        Role::Status,
        "Added file-000002.iso once more"
    ));
    press_key(&mut window, Key::Home);
    until(&mut window, "the first entry", first_is("file-000300.iso"));
}

#[test]
fn a_row_that_is_forgotten_leaves_the_history_the_list_and_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), names(3));
    let spec = crate::support::timed("short", 0, 1);
    let clock = Clock::virtual_time();
    let mut window = window(AppOptions {
        specs: vec![spec],
        clock: clock.clone(),
        ..options(folder.path())
    });
    until(&mut window, "a row", |window| {
        window.state().deck().len() == 1
    });
    clock.advance(Duration::from_secs(2));
    until(&mut window, "it ends", |window| {
        window.state().deck().counts().of(Chip::Done) == 1
    });
    // Its end is stored a moment later.
    let is_stored = || {
        let reader = Reader::open(folder.path()).unwrap();
        let mut first = None;
        let _next = reader.ended(None, 10, |line| {
            first.get_or_insert(line.name);
        });
        first.as_deref() == Some("short")
    };
    until(&mut window, "its end is stored", |_| is_stored());
    press(&mut window, Modifiers::COMMAND, Key::H);
    until(&mut window, "the entries", first_is("short"));
    for name in ["short", "file-000003.iso"] {
        let button = format!("Forget {name}");
        if !has_button(&window, &button) {
            window.hover_at(
                window
                    .get_by_label_contains(&format!("{name}, "))
                    .rect()
                    .center(),
            );
            window.run_steps(2);
        }
        window.get_by_role_and_label(Role::Button, &button).click();
        window.run_steps(2);
        let title = format!("Forget {name}?");
        assert!(window.query_by_label(&title).is_some());
        window.get_by_role_and_label(Role::Button, "Forget").click();
        until(&mut window, "it is gone", |window| {
            has(window, Role::Status, "Forgotten")
        });
        press_key(&mut window, Key::Home);
    }
    until(&mut window, "two are left", |window| {
        entries(window).len() == 2
    });
    assert_eq!(window.state().deck().counts().all(), 0);
    let database = std::fs::read(folder.path().join("jobs.sqlite")).unwrap();
    let holds = |text: &[u8]| database.windows(text.len()).any(|bytes| bytes == text);
    assert!(!holds(b"file-000003.iso") && holds(b"file-000002.iso"));
}

#[test]
fn without_a_list_that_is_kept_there_is_no_history() {
    let mut window = window(AppOptions::default());
    press(&mut window, Modifiers::COMMAND, Key::H);
    window.run();
    assert!(window.query_by_label("Search the history").is_none());
}

/// A download that does not begin.
fn asleep(mut spec: Spec) -> Spec {
    if let Spec::Fetch(spec) = &mut spec {
        spec.sleep = Duration::from_secs(3600);
    }
    spec
}

/// A window whose dialog saves at a path.
fn saving_window(folder: &Path, specs: Vec<Spec>) -> (Window, PathBuf) {
    let path = folder.join("links.txt");
    let chosen = path.clone();
    let dialogs = no_dialogs().with_save(move |from| {
        assert!(from.ends_with("links.txt"));
        let chosen = chosen.clone();
        async move { Some(chosen) }
    });
    let mut window = window(AppOptions {
        specs: specs.into_iter().map(asleep).collect(),
        dialogs,
        ..AppOptions::default()
    });
    window.run_steps(3);
    (window, path)
}

#[test]
fn links_are_saved_in_the_order_of_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let named = Destination::Save(
        Save::in_folder("/else/where").named(NameRule::Named("b.iso".to_owned())),
    );
    let named = FetchSpec::new(Request::get("https://h.example/b").unwrap(), named);
    let specs = vec![
        fetch("https://h.example/c", "/downloads"),
        Spec::Fetch(named),
        fetch("https://h.example/a", "/downloads"),
    ];
    let (mut window, path) = saving_window(folder.path(), specs);
    press(&mut window, Modifiers::COMMAND, Key::S);
    until(&mut window, "it is saved", |window| {
        has(window, Role::Status, "Saved 3 links in links.txt")
    });
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "https://h.example/c\n  dir=/downloads\nhttps://h.example/b\n  out=b.iso\n  \
         dir=/else/where\nhttps://h.example/a\n  dir=/downloads\n"
    );
}

#[test]
fn secrets_are_saved_only_if_their_user_says_so() {
    for (button, saved) in [("Save whole", 2), ("Leave out", 1), ("Close", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let specs = vec![
            fetch("https://h.example/a?token=abc", "/downloads"),
            fetch("https://h.example/b", "/downloads"),
        ];
        let (mut window, path) = saving_window(folder.path(), specs);
        press(&mut window, Modifiers::COMMAND, Key::S);
        until(&mut window, "the question", |window| {
            window.query_by_label("1 link holds a secret").is_some()
        });
        window.get_by_role_and_label(Role::Button, button).click();
        window.run_steps(3);
        if saved == 0 {
            assert!(!path.exists());
            continue;
        }
        until(&mut window, "it is saved", |_| path.exists());
        until(&mut window, "it says so", |window| {
            window.query_by_label_contains("Saved ").is_some()
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.contains("token=abc"), saved == 2, "{text}");
        assert_eq!(text.contains("# https://h.example/a?token=…"), saved == 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777 == 0o600, saved == 2, "{mode:o}");
        }
    }
}

#[test]
fn the_history_saves_the_links_that_are_found() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), names(700));
    let path = folder.path().join("links.txt");
    let chosen = path.clone();
    let mut window = window(AppOptions {
        dialogs: no_dialogs().with_save(move |_| {
            let chosen = chosen.clone();
            async move { Some(chosen) }
        }),
        ..options(folder.path())
    });
    window.run_steps(2);
    press(&mut window, Modifiers::COMMAND, Key::H);
    until(&mut window, "the entries", first_is("file-000700.iso"));
    until(&mut window, "all", |window| {
        window.query_by_label("700 jobs").is_some()
    });
    window
        .get_by_role_and_label(Role::Button, "Save links…")
        .click();
    until(&mut window, "it is saved", |window| {
        has(window, Role::Status, "Saved 700 links in links.txt")
    });
    let text = std::fs::read_to_string(&path).unwrap();
    let links: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("http"))
        .collect();
    assert_eq!(links.len(), 700);
    assert_eq!(links[0], "https://mirror-0.example/pub/file-000700.iso");
}

#[test]
fn a_link_is_copied_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), ["a.iso?token=abcdef".to_owned()].into_iter());
    let mut window = open_history(folder.path());
    until(&mut window, "the entry", |window| {
        !entries(window).is_empty()
    });
    window
        .get_by_role_and_label(Role::Button, "Copy the link of a.iso?token=abcdef")
        .click();
    window.step();
    let copied =
        window
            .output()
            .platform_output
            .commands
            .iter()
            .find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
    assert_eq!(
        copied.as_deref(),
        Some("https://mirror-1.example/pub/a.iso?token=…")
    );
}

/// Pictures to be looked at, written where `JOBDECK_PICTURES` says.
#[test]
fn pictures_to_look_at() {
    let Some(pictures) = std::env::var_os("JOBDECK_PICTURES").map(PathBuf::from) else {
        return;
    };
    for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, at) in [([1280.0, 800.0], "1280"), ([480.0, 560.0], "480")] {
            let folder = tempfile::tempdir().unwrap();
            let long = "a name that is so long that it fits nowhere, whatever is tried".repeat(3);
            fill(folder.path(), names(60).chain([long]).chain(names(20)));
            let options = options(folder.path());
            let mut window: Window = egui_kittest::Harness::builder()
                .with_size(size)
                .with_theme(theme)
                .with_max_steps(32)
                .build_eframe(|creation| checked_app(creation, options));
            let save = |window: &mut Window, what: &str| {
                let image = window.render().unwrap();
                let name = format!("history_{what}_{word}_{at}.png");
                image.save(pictures.join(name)).unwrap();
            };
            window.run_steps(2);
            press(&mut window, Modifiers::COMMAND, Key::H);
            until(&mut window, "the entries", |window| {
                window.query_by_label("81 jobs").is_some() && !entries(window).is_empty()
            });
            for _ in 0..3 {
                press_key(&mut window, Key::ArrowDown);
            }
            window.run_steps(3);
            save(&mut window, "list");
            let forget = window.query_all_by_role(Role::Button).find(|node| {
                let label = node.accesskit_node().label().unwrap_or_default();
                label.starts_with("Forget ")
            });
            forget.unwrap().click();
            window.run_steps(3);
            save(&mut window, "forget");
            press_key(&mut window, Key::Escape);
            type_text(&mut window, "nothing of the kind");
            until(&mut window, "the words for it", |window| {
                window.query_by_label("No matching jobs").is_some()
            });
            save(&mut window, "nothing");
            press_key(&mut window, Key::Escape);
            window.run_steps(2);
            save(&mut window, "closed");
        }
    }
}
