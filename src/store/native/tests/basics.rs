//! What is written is read again, exactly.

use super::*;

#[test]
fn rows_come_back_exactly_with_all_their_secrets() {
    let folder = folder();
    let written = rows_of(vec![
        fetch(secret_request()),
        timed(1),
        fetch(get("https://h.example/plain.iso?page=2")),
    ]);
    let store = open(folder.path());
    submit(&store, row_changes(&written));
    store.close();
    let store = open(folder.path());
    let read = restored(&store);
    assert_eq!(store.notes(), Vec::<String>::new());
    assert_eq!(read.stored.ids, [1, 2, 3].map(RowId));
    assert_eq!((read.stored.last_id, read.stored.last_end), (3, 0));
    let read: Vec<_> = read.rows.iter().map(|row| whole(&row.record)).collect();
    let written: Vec<_> = written.iter().map(whole).collect();
    assert!(read == written, "{read:#?}\n{written:#?}");
}

#[test]
fn rows_come_in_the_order_of_the_list() {
    let folder = folder();
    let mut rows = rows_of((0..500).map(timed).collect());
    for row in &mut rows {
        row.rank = 1_000 - row.id.0;
    }
    for (end, index) in [(1, 10), (3, 20), (2, 499)] {
        rows[index] = ended(&rows[index], end, "done");
    }
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let retired = vec![Change::Retired(RowId(21)), Change::Hidden(RowId(100))];
    submit(&store, retired);
    store.close();
    let store = open(folder.path());
    let read = restored(&store);
    assert_eq!(read.stored.ids.len(), 499);
    assert_eq!((read.stored.last_id, read.stored.last_end), (500, 3));
    let ids: Vec<u64> = read.rows.iter().map(|row| row.record.id.0).collect();
    let mut expected: Vec<u64> = (1..500).rev().filter(|id| ![11, 21].contains(id)).collect();
    expected.extend([500, 11]);
    assert_eq!(ids, expected);
    let hidden = read.rows.iter().find(|row| row.record.id == RowId(100));
    assert_eq!(hidden.unwrap().listed, Listed::Removed);
}
