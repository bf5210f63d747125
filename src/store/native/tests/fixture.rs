//! Lists that earlier versions wrote are read completely.

use super::*;

/// A list of version 1, as [`write_it`] made it: never written again.
const VERSION_1: &[u8] = include_bytes!("../fixtures/v1.sqlite");

#[test]
fn a_list_of_version_1_is_read_completely() {
    let folder = folder();
    std::fs::write(database(&folder), VERSION_1).unwrap();
    let store = open(folder.path());
    let read = restored_of(&store.restore(Which::Listed, |_| true));
    assert_eq!(store.notes(), Vec::<String>::new());
    let rows: Vec<_> = read
        .rows
        .iter()
        .map(|row| (row.record.id.0, row.record.state.name(), row.listed))
        .collect();
    assert_eq!(
        rows,
        [
            (1, "paused", Listed::Shown),
            (2, "paused", Listed::Removed),
            (5, "failed", Listed::Shown),
            (3, "done", Listed::Shown),
        ]
    );
    assert_eq!((read.stored.last_id, read.stored.last_end), (6, 3));
    let Spec::Fetch(spec) = &read.rows[0].record.spec else {
        panic!("{:?}", read.rows[0]);
    };
    assert_eq!(spec.request, secret_request());
    assert!(!spec.needs_link);
    let file = read.rows[0].finished.as_ref().unwrap();
    assert_eq!((file.length, file.hash.as_str()), (5, "hash"));
    assert_eq!(file.path, Path::new("/downloads/f.iso"));
    let error = read.rows[2].record.ended.as_ref().unwrap();
    assert_eq!(error.fetch_error().unwrap().message, "no proxy");
    assert_eq!(read.activity.len(), 2);
    assert_eq!(store.settings()["theme"], "dark");
    let reader = Reader::open(folder.path()).unwrap();
    let retired = reader.row(RowId(4), true).unwrap().unwrap();
    assert_eq!(retired.listed, Listed::History);
}

/// Writes a fixture of the present version, where the variable names a file for it.
#[test]
fn write_it() {
    let Some(path) = std::env::var_os("JOBDECK_WRITE_FIXTURE") else {
        return;
    };
    let folder = folder();
    let mut rows = rows_of(vec![
        fetch(secret_request()),
        fetch(get("https://h.example/b?page=2")),
        timed(3),
        fetch(get(&format!("https://h.example/d?token={SECRET}"))),
        fetch(get("https://h.example/e")),
        timed(6),
    ]);
    for (end, (index, state)) in [(3, "done"), (2, "done"), (4, "failed")].iter().enumerate() {
        rows[*index] = ended(&rows[*index], end as u64 + 1, state);
    }
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let mut deck = deck();
    deck.activity.add_problem("one");
    deck.activity.add_problem("two");
    let mut more = changes(&mut deck);
    more.push(Change::Retired(RowId(4)));
    more.push(Change::Hidden(RowId(2)));
    more.push(Change::Removed(RowId(6)));
    submit(&store, more);
    assert!(record_file(&store.finishing(), 1, "/downloads/f.iso", 5));
    store.set_setting("theme", Some("dark".to_owned()));
    store.close();
    std::fs::copy(database(&folder), path).unwrap();
}
