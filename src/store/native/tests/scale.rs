//! Very many rows.

use super::*;

#[test]
fn a_hundred_thousand_rows_are_written_and_restored_in_order() {
    let count = if cfg!(debug_assertions) {
        20_000
    } else {
        100_000
    };
    let folder = folder();
    let rows = rows_of(
        (0..count)
            .map(|number| fetch(get(&format!("https://h.example/files/{number}.iso"))))
            .collect(),
    );
    let store = open(folder.path());
    let began = Instant::now();
    let mut last = 0;
    for batch in rows.chunks(1_000) {
        last = store.submit(row_changes(batch));
    }
    wait_until(|| store.settled() >= last);
    let written = began.elapsed();
    store.close();
    let bytes = std::fs::metadata(database(&folder)).unwrap().len();
    let began = Instant::now();
    let store = open(folder.path());
    let opened = began.elapsed();
    let began = Instant::now();
    let read = restored(&store);
    let restored = began.elapsed();
    let ids: Vec<_> = read.rows.iter().map(|row| row.record.id.0).collect();
    assert_eq!(ids, (1..=count as u64).collect::<Vec<_>>());
    println!(
        "{count} rows: written in {written:?}, opened in {opened:?}, restored in {restored:?}, \
         {} bytes each",
        bytes / count as u64
    );
}
