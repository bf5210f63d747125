//! What the store costs: a row that is added and ends, the start with many rows, and reading them.
//!
//! `cargo bench --bench store` prints it for 100,000 rows, `cargo bench --bench store -- 1000000`
//! for another number. The goals: 20 µs for a row that is added and ends, and a start within
//! milliseconds, however many rows there are.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on says why")]

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jobdeck::deck::{Change, Deck, HostKind, RowRecord};
use jobdeck::fetch::{FetchScript, Fetched, Request, Save, ScriptedResponse};
use jobdeck::jobs::{Destination, FetchSpec, Spec};
use jobdeck::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};
use jobdeck::status::RowId;
use jobdeck::store::{FinishingFile, RestoringItem, Store, Which};

/// How many rows change together.
const BATCH: u64 = 1_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    // `cargo test --benches` only checks that it runs.
    let is_real = arguments.any(|argument| argument == "--bench");
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let rows = asked.unwrap_or(if is_real { 100_000 } else { 2_000 });
    let folder = tempfile::tempdir().expect("a folder");
    let (added, ended) = sample();

    let store = open(folder.path());
    let add = write(&store, rows, |id| row(&added, id, 0));
    let end = write(&store, rows, |id| row(&ended, id, id));
    let each = |time: Duration| time.as_secs_f64() * 1e6 / rows as f64;
    println!(
        "{rows} rows: added {:.1} µs, ended {:.1} µs each",
        each(add),
        each(end)
    );
    store.close();
    let bytes = std::fs::metadata(folder.path().join("jobs.sqlite")).map_or(0, |file| file.len());
    println!("{} bytes each on the disk", bytes / rows);

    let began = Instant::now();
    let store = open(folder.path());
    println!("opened in {:?}", began.elapsed());
    let began = Instant::now();
    let restoring = store.restore(Which::Listed, |_| false);
    let mut first = None;
    let mut count = 0;
    while let Some(item) = restoring.wait_next() {
        if let RestoringItem::Rows(rows) = item {
            first.get_or_insert_with(|| began.elapsed());
            count += rows.len();
        }
    }
    println!(
        "{count} rows restored in {:?}, the first after {:?}",
        began.elapsed(),
        first.unwrap_or_default()
    );

    let finishing = store.finishing();
    let began = Instant::now();
    let files = 1_000;
    for id in 1..=files {
        let file = FinishingFile {
            row: RowId(id),
            part: "/p/a.part".into(),
            path: "/p/a".into(),
            length: 1,
            hash: "hash".to_owned(),
            fetched: Fetched::default(),
        };
        finishing.record(file.row, &file.complete_part());
    }
    let each = began.elapsed() / u32::try_from(files).unwrap_or(1);
    println!("a file recorded by one thread: {each:?}");
}

fn open(folder: &Path) -> Store {
    Store::open(folder, HostKind::Window, Arc::new(|| ())).expect("a store")
}

/// The time from the first submit until all rows are on the disk, without that of making them.
fn write(store: &Store, rows: u64, row: impl Fn(u64) -> RowRecord) -> Duration {
    let mut spent = Duration::ZERO;
    let mut id = 0;
    while id < rows {
        let last = rows.min(id + 10 * BATCH);
        let mut batches = Vec::new();
        while id < last {
            let end = last.min(id + BATCH);
            let changes = (id + 1..=end).map(|id| Change::Row(Box::new(row(id))));
            batches.push(changes.collect());
            id = end;
        }
        let began = Instant::now();
        let mut number = 0;
        for batch in batches {
            number = store.submit(batch);
        }
        while store.settled() < number {
            std::thread::sleep(Duration::from_micros(100));
        }
        spent += began.elapsed();
    }
    spent
}

fn row(sample: &RowRecord, id: u64, end_number: u64) -> RowRecord {
    let mut record = sample.clone();
    record.id = RowId(id);
    record.rank = 65_536 + id;
    record.end_number = end_number;
    record.name = format!("file-{id}.iso");
    record.spec = spec(id);
    record
}

fn spec(id: u64) -> Spec {
    let url = format!("https://mirror.example.com/pub/images/2026/file-{id}.iso");
    let request = Request::get(&url).expect("a URL");
    Spec::Fetch(FetchSpec::new(
        request,
        Destination::Save(Save::in_folder("/home/user/Downloads")),
    ))
}

/// A row as a deck hands it over when it is added, and when it has ended.
fn sample() -> (RowRecord, RowRecord) {
    let runtime = Runtime::with_clock(ParkHost::new(), Clock::virtual_time());
    let url = "https://mirror.example.com/pub/images/2026/file-1.iso";
    let script = FetchScript::new().respond(
        url,
        ScriptedResponse::body("x".repeat(10_000)).after(Duration::from_secs(2)),
    );
    runtime.set_extension(Rc::new(script));
    let mut deck = Deck::new(runtime.clone());
    deck.journal.begin(HostKind::Window);
    deck.add(vec![spec(1)], false);
    let mut records = Vec::new();
    for _ in 0..1_000 {
        deck.tick(TICK_BUDGET);
        for change in deck.take_journal() {
            if let Change::Row(record) = change {
                records.push(*record);
            }
        }
        if records.last().is_some_and(|record| record.ended.is_some()) {
            break;
        }
        runtime.clock().advance(Duration::from_millis(100));
    }
    let added = records.first().expect("a row").clone();
    let ended = records.pop().expect("a row that ended");
    assert!(ended.ended.is_some(), "{ended:?}");
    (added, ended)
}
