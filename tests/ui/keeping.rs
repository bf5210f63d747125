//! The list outlives the window.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::deck::HostKind;
use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{Request, Save};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::options::{Setting, Settings};
use jobdeck::runtime::Clock;
use jobdeck::status::{Chip, RowSource as _};
use jobdeck::store::Store;
use jobdeck::view::AddDefaults;

use crate::support::{Window, row_says, timed, window};

const PATIENCE: Duration = Duration::from_secs(20);

fn options(folder: &Path) -> AppOptions {
    AppOptions {
        state_folder: Some(folder.to_owned()),
        ..AppOptions::default()
    }
}

/// Frames until it holds: the store's threads need real time.
#[track_caller]
fn until(window: &mut Window, what: &str, holds: impl Fn(&Window) -> bool) {
    let began = Instant::now();
    while !holds(window) {
        assert!(began.elapsed() < PATIENCE, "it never comes: {what}");
        window.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn says(window: &Window, text: &str) -> bool {
    window.query_by_label(text).is_some()
}

fn close(mut window: Window) {
    eframe::App::on_exit(window.state_mut(), None);
}

#[test]
fn the_next_window_has_the_rows_of_the_last_one_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::virtual_time();
    let mut first = window(AppOptions {
        specs: vec![
            timed("short", 0, 1),
            timed("long", 0, 3600),
            timed("slept", 3600, 1),
        ],
        clock: clock.clone(),
        ..options(folder.path())
    });
    until(&mut first, "three rows are shown", |window| {
        window.state().deck().len() == 3
    });
    clock.advance(Duration::from_secs(2));
    until(&mut first, "the short one ends", |window| {
        window.state().deck().counts().of(Chip::Done) == 1
    });
    close(first);

    let mut second = window(options(folder.path()));
    until(&mut second, "the rows come back", |window| {
        window.state().deck().len() == 3
    });
    until(&mut second, "the strip", |window| {
        says(window, "2 unfinished downloads · going on")
    });
    assert!(row_says(&second, "short").contains("Done"));
    assert!(row_says(&second, "slept").contains("Sleeping"));
    assert!(!row_says(&second, "long").contains("Paused"));

    second
        .get_by_role_and_label(Role::Button, "Pause all")
        .click();
    until(&mut second, "both are paused", |window| {
        window.state().deck().counts().of(Chip::Paused) == 2
    });
    until(&mut second, "the strip goes", |window| {
        !says(window, "2 unfinished downloads · going on")
    });
    close(second);

    // What its user paused stays so, without a word.
    let mut third = window(options(folder.path()));
    until(&mut third, "the rows come back", |window| {
        window.state().deck().counts().of(Chip::Paused) == 2
    });
    third.run_steps(5);
    assert!(third.query_by_label_contains("unfinished").is_none());
}

#[test]
fn the_strip_counts_what_is_still_unfinished_and_goes_with_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = window(AppOptions {
        specs: vec![timed("soon", 0, 100), timed("late", 0, 3600)],
        ..options(folder.path())
    });
    until(&mut first, "they run", |window| {
        window.state().deck().counts().of(Chip::Active) == 2
    });
    close(first);
    let clock = Clock::virtual_time();
    let mut second = window(AppOptions {
        clock: clock.clone(),
        ..options(folder.path())
    });
    until(&mut second, "the strip", |window| {
        says(window, "2 unfinished downloads · going on")
    });
    clock.advance(Duration::from_secs(200));
    until(&mut second, "the other one", |window| {
        says(window, "1 unfinished download · going on")
    });
    clock.advance(Duration::from_secs(3600));
    until(&mut second, "none", |window| {
        window.query_by_label_contains("unfinished").is_none()
    });
}

#[test]
fn a_window_that_is_killed_loses_nothing_it_showed() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = window(AppOptions {
        specs: (0..50)
            .map(|number| timed(&format!("job {number}"), 0, 3600))
            .collect(),
        ..options(folder.path())
    });
    until(&mut first, "a row is shown", |window| {
        window.state().deck().len() > 0
    });
    let shown = first.state().deck().len();
    // Nothing of it is told that its process ends.
    std::mem::forget(first);
    // Its lock goes with the process: this one is another folder's.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("jobs.sqlite")
        {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    let mut second = window(options(copy.path()));
    until(&mut second, "the rows come back", |window| {
        window.state().deck().len() >= shown
    });
}

#[test]
fn rows_that_do_not_go_on_by_themselves_are_paused_and_offered() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = window(AppOptions {
        specs: vec![timed("one", 0, 3600)],
        ..options(folder.path())
    });
    until(&mut first, "it is shown", |window| {
        window.state().deck().len() == 1
    });
    close(first);
    let keep_paused = Settings {
        goes_on_at_start: false,
        ..Settings::default()
    };
    let mut cli_overrides = jobdeck::options::Options::default();
    cli_overrides.take(Setting::GoesOnAtStart, &keep_paused);
    let mut second = window(AppOptions {
        cli_overrides,
        add_defaults: AddDefaults {
            options: keep_paused,
            ..AddDefaults::default()
        },
        ..options(folder.path())
    });
    until(&mut second, "the strip", |window| {
        says(window, "1 unfinished download · paused")
    });
    second
        .get_by_role_and_label(Role::Button, "Resume all")
        .click();
    until(&mut second, "it goes on", |window| {
        window.state().deck().counts().of(Chip::Active) == 1
    });
}

#[test]
fn a_folder_that_is_in_use_is_named_and_the_window_goes_on_without() {
    let folder = tempfile::tempdir().unwrap();
    let wake = std::sync::Arc::new(|| {});
    let _holder = Store::open(folder.path(), HostKind::Run, wake).unwrap();
    let mut window = window(AppOptions {
        specs: vec![timed("one", 0, 3600)],
        ..options(folder.path())
    });
    window.run_steps(5);
    let strip = window.get_by_label_contains("The list is not kept: ");
    let text = strip.accesskit_node().label().unwrap_or_default();
    assert!(text.contains("a jobdeck run (process "), "{text}");
    assert_eq!(window.state().deck().len(), 1);
}

#[test]
fn what_was_removed_just_before_the_end_can_still_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = window(AppOptions {
        specs: vec![timed("one", 0, 3600), timed("two", 0, 3600)],
        ..options(folder.path())
    });
    until(&mut first, "they are shown", |window| {
        window.state().deck().len() == 2
    });
    first.get_by_label("Select one").click();
    first.run_steps(2);
    first.key_press(egui::Key::Delete);
    until(&mut first, "it is off the list", |window| {
        window.state().deck().len() == 1
    });
    close(first);
    let mut second = window(options(folder.path()));
    until(&mut second, "the offer", |window| {
        window.query_by_label("Undo").is_some()
    });
    assert_eq!(second.state().deck().len(), 1);
    second.get_by_role_and_label(Role::Button, "Undo").click();
    until(&mut second, "it is back", |window| {
        window.state().deck().len() == 2
    });
}

#[test]
fn what_is_unfinished_in_the_folder_of_downloads_is_offered() {
    let [state, downloads] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/30000000/big.bin?rate=3000000");
    let request = Request::get(&url).unwrap();
    let save = Save::in_folder(downloads.path());
    let spec = FetchSpec::new(request, Destination::Save(save));
    let part = downloads.path().join("big.bin.part");
    // A window that keeps no list.
    let mut first = window(AppOptions {
        specs: vec![Spec::Fetch(spec)],
        ..AppOptions::default()
    });
    until(&mut first, "bytes are there", |_| {
        std::fs::metadata(&part).is_ok_and(|part| part.len() > 500_000)
    });
    close(first);
    assert!(part.exists());

    let with_folder = || AppOptions {
        add_defaults: AddDefaults {
            folder: Some(downloads.path().to_owned()),
            ..AddDefaults::default()
        },
        ..options(state.path())
    };
    let mut second = window(with_folder());
    until(&mut second, "the offer", |window| {
        window
            .query_by_label_contains("1 unfinished download in ")
            .is_some()
    });
    assert_eq!(second.state().deck().len(), 0);
    second
        .get_by_role_and_label(Role::Button, "Add to the list")
        .click();
    until(&mut second, "it goes on", |window| {
        window.state().deck().counts().of(Chip::Active) == 1
    });
    until(&mut second, "its row is shown", |window| {
        window.query_by_label_contains("big.bin, ").is_some()
    });
    close(second);

    // A row is about it now.
    let mut third = window(with_folder());
    until(&mut third, "the row", |window| {
        window.state().deck().len() == 1
    });
    for _ in 0..20 {
        third.run_steps(1);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(
        third
            .query_by_label_contains("unfinished download in ")
            .is_none()
    );
}

#[test]
fn a_row_without_its_whole_link_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = DemoServer::start(Pace::default()).unwrap();
    let request = Request::get(&server.url("/nothing?token=%E2%80%A6")).unwrap();
    let spec = FetchSpec {
        needs_link: true,
        ..FetchSpec::new(request, Destination::Count)
    };
    let wake = std::sync::Arc::new(|| {});
    let store = Store::open(folder.path(), HostKind::Run, wake).unwrap();
    drop(store);
    let mut window = window(AppOptions {
        specs: vec![Spec::Fetch(spec)],
        ..options(folder.path())
    });
    until(&mut window, "it is shown", |window| {
        window.state().deck().len() == 1
    });
    window.run_steps(3);
    assert_eq!(window.state().deck().counts().of(Chip::Paused), 1);
    assert!(row_says(&window, "nothing").contains("needs its link"));
    assert_eq!(
        server.log().len(),
        0,
        "it never begins with a link that is not whole"
    );
}
