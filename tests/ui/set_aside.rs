//! A part set aside while a fresh file is fetched is listed, counted and deleted.

use std::fs;

use egui::{Key, Modifiers, Role};
use jobdeck::app::AppOptions;
use jobdeck::fetch::{Request, RetryPolicy, Save};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::status::Chip;

use crate::fault::{FaultServer, answer};
use crate::support::{Window, has, names_in, remove_with_files, wait_until, window};

/// A response with this version of the file, cut after `bytes` bytes.
fn cut_after(bytes: usize, version: &str, total: usize) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nETag: \"{version}\"\r\nAccept-Ranges: bytes\r\nContent-Length: {total}\r\n\r\n{}",
        version.repeat(bytes)
    )
}

fn wait_for_failures(window: &mut Window, attempts: u32) {
    wait_until(window, "it failed", |window| {
        let deck = window.state().deck();
        let made = deck
            .rows
            .ids()
            .next()
            .map(|id| deck.detail(id).map_or(0, |row| row.attempts()));
        deck.counts().of(Chip::Failed) == 1 && made == Some(attempts)
    });
    window.run_steps(3);
}

#[test]
fn a_part_that_is_set_aside_is_listed_with_its_size_and_goes_with_the_files() {
    let server = FaultServer::start(vec![
        answer(cut_after(400, "a", 1000)),
        // The file has become another one.
        answer(cut_after(300, "b", 800)),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let request = Request::get(&server.url("/x.bin")).unwrap();
    let save = Destination::Save(Save::in_folder(folder.path()));
    let mut window = window(AppOptions {
        specs: vec![Spec::Fetch(FetchSpec {
            retry: RetryPolicy { retries: 0 },
            ..FetchSpec::new(request, save)
        })],
        ..AppOptions::default()
    });
    wait_for_failures(&mut window, 1);
    let press = |window: &mut Window, modifiers, key| {
        window.key_press_modifiers(modifiers, key);
        window.run_steps(3);
    };
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::R);
    wait_until(&mut window, "it was tried again", |_| {
        server.requests().len() >= 2
    });
    wait_for_failures(&mut window, 1);
    let aside = folder.path().join("x.bin.part.old");
    assert_eq!(fs::read(&aside).unwrap(), "a".repeat(400).into_bytes());

    press(&mut window, Modifiers::NONE, Key::Enter);
    let listed = format!("Set aside: {}", aside.display());
    assert!(has(&window, Role::Label, &listed));
    assert!(has(&window, Role::Label, "Size set aside: 400 B"));
    remove_with_files(&mut window, "Delete 2 files from the disk too (700 B)");
    wait_until(&mut window, "all is deleted", |_| {
        names_in(folder.path()).is_empty()
    });
}
