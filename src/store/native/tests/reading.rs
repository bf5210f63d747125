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

#[test]
fn what_ended_is_read_in_parts_with_the_latest_end_first() {
    let folder = folder();
    let mut rows = rows_of((0..8).map(timed).collect());
    // In another order than they were added; rows 1 and 8 have not ended.
    for (row, end_number) in [(1, 6), (2, 1), (3, 5), (4, 2), (5, 4), (6, 3)] {
        rows[row] = ended(&rows[row], end_number, "done");
    }
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let changes = vec![
        Change::Retired(RowId(3)),
        Change::Retired(RowId(6)),
        // What may come back is not of the past yet.
        Change::Hidden(RowId(5)),
    ];
    submit(&store, changes);
    let reader = Reader::open(folder.path()).unwrap();
    for limit in [1, 2, 3, 5, 6] {
        let (mut ids, mut from, mut parts) = (Vec::new(), None, 0);
        loop {
            from = reader
                .ended(from, limit, |line| ids.push(line.id.0))
                .unwrap();
            parts += 1;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(ids, [2, 4, 6, 7, 3], "{limit}");
        assert_eq!(parts, 5 / limit as usize + 1, "{limit}");
    }
    let forgotten = store.forgetting().forget(Selection::Ids(vec![RowId(4)]));
    assert_eq!(forgotten.unwrap(), 1);
    let mut ids = Vec::new();
    assert_eq!(
        reader.ended(None, 9, |line| ids.push(line.id.0)).unwrap(),
        None
    );
    assert_eq!(ids, [2, 6, 7, 3]);
    store.close();
}

#[test]
fn what_ended_is_read_by_its_index() {
    let folder = folder();
    let store = open(folder.path());
    let reader = Reader::open(folder.path()).unwrap();
    let plan = reader.plan_of_ended().unwrap();
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    assert_eq!(
        plan.matches("SEARCH rows USING INDEX rows_ended").count(),
        2,
        "{plan}"
    );
    store.close();
}
