//! The store over real files.

mod basics;
mod damage;
mod fixture;
mod kill;
mod locking;
mod reading;
mod scale;
mod secrets;
mod writing;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::deck::{Change, Deck, HostKind, RowRecord};
use crate::fetch::{
    CompletePart, CookieFile, ErrorClass, FetchError, Fetched, Netrc, Proxy, ProxyRules, Request,
    Save,
};
use crate::jobs::{Destination, FetchSpec, Spec, TimedSpec};
use crate::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};
use crate::status::RowId;
use crate::store::Listed;

/// What must stand nowhere but in the secrets.
const SECRET: &str = "hunter2hunter2";

/// Long enough for a slow disk; a wait that takes it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn open(folder: &Path) -> Store {
    open_as(folder, HostKind::Window).unwrap()
}

fn open_as(folder: &Path, host: HostKind) -> Result<Store, OpenError> {
    Store::open(folder, host, Arc::new(|| ()))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn database(folder: &TempDir) -> std::path::PathBuf {
    Folder::at(folder.path()).database()
}

fn wait_until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it does not come");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Submits changes and waits until they are settled.
fn submit(store: &Store, changes: Vec<Change>) {
    let number = store.submit(changes);
    wait_until(|| store.settled() >= number);
}

/// Records that a row's file is about to get this name.
fn record_file(finishing: &Finishing, row: u64, path: &str, length: u64) -> bool {
    let (part, fetched) = (format!("{path}.part"), Fetched::default());
    let file = CompletePart {
        part: part.as_ref(),
        path: path.as_ref(),
        length,
        hash: "hash",
        fetched: &fetched,
    };
    finishing.record(RowId(row), &file)
}

fn deck() -> Deck {
    let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
    deck.journal.begin(HostKind::Window);
    deck
}

fn changes(deck: &mut Deck) -> Vec<Change> {
    let mut all = Vec::new();
    loop {
        let part = deck.take_journal();
        if part.is_empty() {
            return all;
        }
        all.extend(part);
    }
}

/// The rows of a deck that was given these specs.
fn rows_of(specs: Vec<Spec>) -> Vec<RowRecord> {
    let mut deck = deck();
    deck.add(specs, true);
    while deck.tick(TICK_BUDGET) {}
    records(changes(&mut deck))
}

fn records(changes: Vec<Change>) -> Vec<RowRecord> {
    let rows = changes.into_iter().filter_map(|change| match change {
        Change::Row(record) => Some(*record),
        _ => None,
    });
    rows.collect()
}

fn row_changes(records: &[RowRecord]) -> Vec<Change> {
    let change = |record: &RowRecord| Change::Row(Box::new(record.clone()));
    records.iter().map(change).collect()
}

fn timed(number: usize) -> Spec {
    Spec::Timed(TimedSpec {
        name: format!("job {number}"),
        sleep: Duration::ZERO,
        work: Duration::from_secs(1),
    })
}

fn fetch(request: Request) -> Spec {
    let destination = Destination::Save(Save::in_folder("/downloads"));
    Spec::Fetch(FetchSpec::new(request, destination))
}

fn get(url: &str) -> Request {
    Request::get(url).unwrap()
}

/// A request with a secret in every place that has room for one.
fn secret_request() -> Request {
    let rules = ProxyRules::from_env(|name| {
        (name == "http_proxy").then(|| format!("http://u:{SECRET}@proxy.example:3128"))
    });
    get(&format!(
        "https://u:{SECRET}@h.example/f.iso?page=2&token={SECRET}"
    ))
    .with_header("Authorization", format!("Bearer {SECRET}"))
    .unwrap()
    .with_header("X-Plain", "1")
    .unwrap()
    .with_proxy(Proxy::parse(&format!("socks5://u:{SECRET}@p.example")).unwrap())
    .with_proxy_rules(rules)
    .with_cookies(
        CookieFile::parse(&format!("h.example\tTRUE\t/\tTRUE\t0\ta\t{SECRET}\n")).unwrap(),
    )
    .with_netrc(Netrc::parse(&format!("machine h login a password {SECRET}")).unwrap())
}

/// All that a record says, its secrets included.
fn whole(record: &RowRecord) -> (String, Spec) {
    (serde_json::to_string(record).unwrap(), record.spec.clone())
}

/// Everything that is restored.
#[derive(Default)]
struct Restored {
    stored: crate::deck::restore::StoredRows,
    rows: Vec<RestoredRow>,
    activity: Vec<crate::deck::ActivityEntry>,
    has_ended: bool,
}

fn restored(store: &Store) -> Restored {
    restored_of(&store.restore(Which::Listed, |_| false))
}

fn restored_of(restoring: &Restoring) -> Restored {
    let mut all = Restored::default();
    while let Some(item) = restoring.wait_next() {
        match item {
            RestoringItem::Stored(stored) => all.stored = stored,
            RestoringItem::Rows(rows) => {
                assert!(rows.len() <= 200);
                all.rows.extend(rows);
            }
            RestoringItem::Activity(activity) => all.activity = activity,
            RestoringItem::End => all.has_ended = true,
        }
    }
    assert!(all.has_ended);
    all
}

/// The same row as one that has ended.
fn ended(record: &RowRecord, end_number: u64, state: &str) -> RowRecord {
    let mut json = serde_json::to_value(record).unwrap();
    json["end_number"] = end_number.into();
    json["state"] = state.into();
    json["ended"] = ended_json(state);
    let mut ended: RowRecord = serde_json::from_value(json).unwrap();
    ended.spec = record.spec.clone();
    ended
}

fn ended_json(state: &str) -> serde_json::Value {
    // As a deck writes a row that is cancelled before it began.
    static SAMPLE: std::sync::OnceLock<serde_json::Value> = std::sync::OnceLock::new();
    let sample = SAMPLE.get_or_init(|| {
        let mut deck = deck();
        deck.add(vec![timed(1)], true);
        let ids: Vec<RowId> = deck.rows.ids().collect();
        deck.apply(crate::deck::Action {
            verb: crate::status::Verb::Cancel,
            rows: ids,
        });
        while deck.tick(TICK_BUDGET) {}
        let record = records(changes(&mut deck)).pop().unwrap();
        serde_json::to_value(record).unwrap()["ended"].clone()
    });
    let mut json = sample.clone();
    json["outcome"] = match state {
        "done" => "done".into(),
        "failed" => {
            let error = FetchError::new(ErrorClass::Proxy, "no proxy");
            serde_json::json!({ "failed_fetch": error })
        }
        _ => "cancelled".into(),
    };
    json
}
