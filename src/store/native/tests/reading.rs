//! Reading beside a writer, with filters.

use std::ops::ControlFlow;

use super::*;
use crate::deck::StoredState;

fn ids(reader: &Reader, query: &Query) -> Vec<u64> {
    let mut ids = Vec::new();
    let unreadable = reader.rows(query, |row| {
        ids.push(row.record.id.0);
        ControlFlow::Continue(())
    });
    assert_eq!(unreadable.unwrap(), 0);
    let mut lines = Vec::new();
    let unreadable = reader.lines(query, |line| {
        lines.push(line.id.0);
        ControlFlow::Continue(())
    });
    assert_eq!(unreadable.unwrap(), 0);
    assert_eq!(ids, lines);
    ids
}

#[test]
fn a_missing_list_is_empty() {
    let folder = folder();
    let reader = Reader::open(&folder.path().join("missing")).unwrap();
    assert!(ids(&reader, &Query::default()).is_empty());
    assert!(reader.row(RowId(1), true).unwrap().is_none());
    assert!(reader.activity().unwrap().is_empty());
}

#[test]
fn rows_are_found_by_state_time_place_and_host() {
    let folder = folder();
    let mut rows = rows_of((0..6).map(timed).collect());
    rows[1] = ended(&rows[1], 1, "done");
    rows[2] = ended(&rows[2], 2, "failed");
    rows[3].host = HostKind::Run;
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    submit(
        &store,
        vec![Change::Retired(RowId(2)), Change::Hidden(RowId(6))],
    );
    // The store is still open: it is read beside it.
    let reader = Reader::open(folder.path()).unwrap();
    let all = Query::default();
    assert_eq!(ids(&reader, &all), [6, 5, 4, 3, 2, 1]);
    let oldest = Query {
        order: Order::OldestFirst,
        ..all.clone()
    };
    assert_eq!(ids(&reader, &oldest), [1, 2, 3, 4, 5, 6]);
    let of_states = Query {
        states: vec![StoredState::Done, StoredState::Failed],
        ..all.clone()
    };
    assert_eq!(ids(&reader, &of_states), [3, 2]);
    let listed = Query {
        listed: vec![Listed::Shown],
        ..all.clone()
    };
    assert_eq!(ids(&reader, &listed), [5, 4, 3, 1]);
    let of_runs = Query {
        host: Some(HostKind::Run),
        ..all.clone()
    };
    assert_eq!(ids(&reader, &of_runs), [4]);
    let later = rows[0].added() + Duration::from_secs(1_000);
    let since = Query {
        since: Some(later),
        ..all
    };
    assert_eq!(ids(&reader, &since), [0; 0]);
}

#[test]
fn secrets_are_read_only_where_they_are_wanted() {
    let folder = folder();
    let rows = rows_of(vec![fetch(secret_request()), timed(1)]);
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let reader = Reader::open(folder.path()).unwrap();
    let row = reader.row(RowId(1), false).unwrap().unwrap();
    let text = serde_json::to_string(&row.record).unwrap() + &row.url;
    assert!(!text.contains(SECRET) && row.has_secrets, "{text}");
    assert_eq!(row.url, "https://h.example/f.iso?page=2&token=…");
    assert!(matches!(&row.record.spec, Spec::Fetch(spec) if spec.needs_link));
    let row = reader.row(RowId(1), true).unwrap().unwrap();
    assert!(whole(&row.record) == whole(&rows[0]));
}

#[test]
fn a_record_of_another_kind_is_counted_and_kept() {
    let folder = folder();
    let store = open(folder.path());
    submit(&store, row_changes(&rows_of((0..3).map(timed).collect())));
    store.close();
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    let sql = "UPDATE rows SET record = '{}' WHERE id = 2";
    connection.execute(sql, []).unwrap();
    drop(connection);
    let store = open(folder.path());
    let read = restored(&store);
    assert_eq!(read.rows.len(), 2);
    let note = &store.notes()[0];
    assert!(
        note.starts_with("1 job of the list cannot be read"),
        "{note}"
    );
    let reader = Reader::open(folder.path()).unwrap();
    let mut count = 0;
    let unreadable = reader.rows(&Query::default(), |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((unreadable.unwrap(), count), (1, 2));
    let mut lines = 0;
    let unreadable = reader.lines(&Query::default(), |_| {
        lines += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(
        (unreadable.unwrap(), lines),
        (0, 3),
        "the row is still there"
    );
}

#[test]
fn a_damaged_list_is_said_and_left_to_a_writer() {
    let folder = folder();
    std::fs::write(database(&folder), [7; 9_000]).unwrap();
    let error = Reader::open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("it is damaged"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
