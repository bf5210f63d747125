//! What a stored list costs the window: the time to its first frame and to its first rows with none
//! and with very many stored jobs, and adding one job to a short and to a very long list.
//!
//! `cargo bench --bench opening` prints medians for 100,000 stored jobs, and for lists of 10 and of
//! 1,000,000 rows. The goals: the first frame within 1.3 times that of an empty list, and an added
//! job within 1.2 times.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on says why")]

#[expect(dead_code, reason = "the other benches use all of it")]
mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::App as _;
use jobdeck::app::{App, AppOptions};
use jobdeck::deck::{Deck, HostKind, Limits};
use jobdeck::jobs::{Spec, TimedSpec};
use jobdeck::options::{Options, Settings};
use jobdeck::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};
use jobdeck::status::RowSource as _;
use jobdeck::store::Store;

use support::{Stage, median};

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let (stored, turns) = if is_real { (100_000, 15) } else { (100, 1) };
    opening(stored, turns);
    let sizes = if is_real { [10, 1_000_000] } else { [10, 100] };
    adding(sizes, if is_real { 300 } else { 3 });
}

/// Jobs that take no time, or hours.
fn specs(count: usize, work: Duration) -> Vec<Spec> {
    let spec = |number| {
        Spec::Timed(TimedSpec {
            name: format!("file-{number:07}.parquet"),
            sleep: Duration::ZERO,
            work,
        })
    };
    (0..count).map(spec).collect()
}

/// Stores jobs that have ended, but for some at the end.
fn fill(folder: &Path, count: usize) {
    let store = open(folder);
    let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
    deck.journal.begin(HostKind::Window);
    deck.set_limits(Limits {
        jobs_at_once: 100,
        ..deck.schedule.limits()
    });
    deck.add(specs(count, Duration::ZERO), false);
    while !deck.all_ended() {
        deck.tick(TICK_BUDGET);
    }
    deck.add(specs(count / 100, Duration::from_secs(3600)), true);
    loop {
        deck.tick(TICK_BUDGET);
        let changes = deck.take_journal();
        if changes.is_empty() {
            break;
        }
        store.submit(changes);
    }
    store.close();
}

fn open(folder: &Path) -> Store {
    Store::open(folder, HostKind::Window, Arc::new(|| ())).expect("a store")
}

/// From the start of the app to its first frame, to its first rows, and to the last of them.
fn opening(stored: usize, turns: usize) {
    let [empty, full] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    fill(full.path(), stored);
    let mut times: [[Vec<Duration>; 3]; 2] = Default::default();
    for _ in 0..turns {
        for (folder, times) in [&empty, &full].into_iter().zip(&mut times) {
            let expected = if std::ptr::eq(folder, &full) {
                stored + stored / 100
            } else {
                0
            };
            for (time, times) in open_window(folder.path(), expected).into_iter().zip(times) {
                times.push(time);
            }
        }
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let [empty, full] = times.map(|times| times.map(|times| ms(median(times))));
    println!(
        "first frame: {:.1} ms without stored jobs, {:.1} ms with {stored} = {:.2} ×",
        empty[0],
        full[0],
        full[0] / empty[0]
    );
    println!(
        "first rows after {:.1} ms, all after {:.0} ms",
        full[1], full[2]
    );
}

fn open_window(folder: &Path, expected: usize) -> [Duration; 3] {
    let mut stage = Stage::new();
    let creation = eframe::CreationContext::_new_kittest(stage.ctx.clone());
    let everything = Settings {
        history_rows: 1_000_000,
        goes_on_at_start: false,
        ..Settings::default()
    };
    let begun = Instant::now();
    let mut app = App::new(
        &creation,
        AppOptions {
            state_folder: Some(folder.to_owned()),
            cli_overrides: Options {
                history_rows: Some(everything.history_rows),
                goes_on_at_start: Some(false),
                ..Options::default()
            },
            ..AppOptions::default()
        },
    );
    let mut frame = eframe::Frame::_new_kittest();
    let mut next_frame = |app: &mut App| {
        stage.frame(Vec::new(), |ui| {
            app.logic(ui.ctx(), &mut frame);
            app.ui(ui, &mut frame);
        })
    };
    next_frame(&mut app);
    let first_frame = begun.elapsed();
    let mut first_rows = first_frame;
    while expected > 0 && app.deck().len() == 0 {
        next_frame(&mut app);
        first_rows = begun.elapsed();
    }
    while app.deck().len() < expected {
        next_frame(&mut app);
    }
    [first_frame, first_rows, begun.elapsed()]
}

/// One job more: its cost on the thread of the window, and the time until it is stored.
fn adding(sizes: [usize; 2], turns: usize) {
    let mut lists = sizes.map(|rows| {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(folder.path());
        let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
        deck.journal.begin(HostKind::Run);
        deck.add(specs(rows, Duration::from_secs(3600)), true);
        while deck.counts().all() < rows {
            deck.tick(TICK_BUDGET);
            store.submit(deck.take_journal());
        }
        let last = settle(&mut deck, &store);
        while store.settled() < last {
            std::thread::sleep(Duration::from_millis(1));
        }
        (folder, store, deck)
    });
    let mut times: [[Vec<Duration>; 2]; 2] = Default::default();
    for _ in 0..turns {
        for ((_, store, deck), times) in lists.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            deck.add(specs(1, Duration::from_secs(3600)), true);
            deck.tick(TICK_BUDGET);
            let batch = settle(deck, store);
            times[0].push(begun.elapsed());
            while store.settled() < batch {
                std::hint::spin_loop();
            }
            times[1].push(begun.elapsed());
        }
    }
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let [short, long] = times.map(|times| times.map(|times| us(median(times))));
    for (what, index) in [("on its thread", 0), ("until it is stored", 1)] {
        println!(
            "one job more, {what}: {:.1} µs at {}, {:.1} µs at {} = {:.2} ×",
            short[index],
            sizes[0],
            long[index],
            sizes[1],
            long[index] / short[index]
        );
    }
}

/// Hands over all that changed, and returns the last batch.
fn settle(deck: &mut Deck, store: &Store) -> u64 {
    let mut batch = 0;
    loop {
        let changes = deck.take_journal();
        if changes.is_empty() {
            return batch;
        }
        batch = store.submit(changes);
    }
}
