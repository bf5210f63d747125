//! Secrets stand in a table of their own, and are gone once they are forgotten.

use super::*;
use crate::fetch::{FetchScript, ScriptedResponse};

/// All tables but those of the secrets, as text.
fn public_text(folder: &TempDir) -> String {
    let connection = rusqlite::Connection::open(database(folder)).unwrap();
    let mut text = String::new();
    for table in ["meta", "rows", "activity", "settings"] {
        let mut all = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                text.push_str(&format!("{:?} ", row.get_ref(column).unwrap()));
                if let Ok(value) = row.get_ref(column).unwrap().as_str() {
                    text.push_str(value);
                }
            }
        }
    }
    text
}

/// Whether a file of the folder has these bytes.
fn files_hold(folder: &TempDir, text: &str) -> bool {
    let mut files = std::fs::read_dir(folder.path()).unwrap();
    files.any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let mut windows = bytes.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    })
}

fn requests() -> Vec<Request> {
    let plain = get("https://h.example/x");
    vec![
        secret_request(),
        get(&format!(
            "https://h.example/f?x={SECRET}d41d8cd98f00b204e980"
        )),
        get(&format!("https://h.example/f?page=2&sig={SECRET}")),
        plain.clone().with_header("Cookie", SECRET).unwrap(),
        plain,
    ]
}

#[test]
fn secrets_stand_in_their_own_table_alone() {
    let folder = folder();
    let written = rows_of(requests().into_iter().map(fetch).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&written));
    let text = public_text(&folder);
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.contains("h.example"), "{text}");
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    let count = |table: &str| -> u32 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("secrets"), 4, "a row without secrets has none there");
    assert_eq!(count("secret_files"), 2);
    assert!(files_hold(&folder, SECRET));
}

#[test]
fn nothing_that_a_job_says_of_itself_holds_a_secret() {
    let folder = folder();
    let url = format!("https://u:{SECRET}@h.example/f.iso?page=2&token={SECRET}");
    let script = FetchScript::new()
        .respond(&url, ScriptedResponse::status(503))
        .respond(&url, ScriptedResponse::status(404));
    let mut deck = deck();
    deck.runtime().set_extension(std::rc::Rc::new(script));
    deck.add(vec![fetch(get(&url)), fetch(secret_request())], false);
    let store = open(folder.path());
    let mut last = None;
    for _ in 0..100 {
        deck.tick(TICK_BUDGET);
        let changes = changes(&mut deck);
        last = records(changes.clone()).pop().or(last);
        submit(&store, changes);
        deck.runtime().clock().advance(Duration::from_secs(10));
    }
    assert!(last.unwrap().ended.is_some());
    let text = public_text(&folder);
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.contains("404"), "{text}");
}

#[test]
fn a_file_of_cookies_is_written_once_for_all_rows() {
    let folder = folder();
    let cookies = CookieFile::parse("h\tTRUE\t/\tTRUE\t0\ta\tb\n").unwrap();
    let specs = (0..50)
        .map(|number| fetch(get(&format!("https://h/{number}")).with_cookies(cookies.clone())));
    let rows = rows_of(specs.collect());
    let store = open(folder.path());
    for part in rows.chunks(20) {
        submit(&store, row_changes(part));
    }
    store.close();
    let store = open(folder.path());
    let read = restored(&store);
    let all_are_whole = read.rows.iter().zip(&rows);
    assert!({ all_are_whole }.all(|(read, row)| whole(&read.record) == whole(row)));
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    let sql = "SELECT count(*) FROM secret_files";
    let count: u32 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn what_is_forgotten_is_in_no_file() {
    let folder = folder();
    let written = rows_of(requests().into_iter().map(fetch).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&written));
    let finishing = store.finishing();
    assert!(record_file(&finishing, 1, "/p/forgotten", 5));
    // What is said of all rows of a host is no single row's.
    let mut deck = deck();
    deck.activity.add_problem("host h.example does not answer");
    deck.activity
        .add_problem("host other.example does not answer");
    submit(&store, changes(&mut deck));
    let ids = (1..=4).map(RowId).collect();
    assert_eq!(store.forget(Selection::Ids(ids)).unwrap(), 4);
    assert!(!files_hold(&folder, "host h.example"));
    assert!(files_hold(&folder, "host other.example"));
    assert!(!files_hold(&folder, SECRET));
    assert!(!files_hold(&folder, "forgotten"));
    assert!(files_hold(&folder, "h.example"), "the fifth stays");
    assert_eq!(
        store.forget(Selection::Matching(Query::default())).unwrap(),
        1
    );
    assert!(!files_hold(&folder, "h.example"));
    assert!(!files_hold(&folder, "does not answer"), "no row is left");
    // Their ids are never used again.
    store.close();
    let store = open(folder.path());
    assert_eq!(restored(&store).stored.last_id, 5);
}

#[test]
fn a_row_whose_secrets_are_lost_needs_its_link() {
    let folder = folder();
    let written = rows_of(requests().into_iter().map(fetch).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&written));
    store.close();
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    connection.execute("DELETE FROM secret_files", []).unwrap();
    connection
        .execute("DELETE FROM secrets WHERE row = 3", [])
        .unwrap();
    drop(connection);
    let read = restored(&open(folder.path()));
    let needs_link = |row: &RestoredRow| match &row.record.spec {
        Spec::Fetch(spec) => spec.needs_link,
        Spec::Timed(_) => false,
    };
    let needs: Vec<_> = read.rows.iter().map(needs_link).collect();
    assert_eq!(needs, [true, false, true, false, false]);
}

#[test]
fn a_secret_that_a_row_no_longer_has_is_removed() {
    let folder = folder();
    let mut rows = rows_of(vec![fetch(requests().swap_remove(2))]);
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    rows[0].spec = fetch(get("https://h.example/plain"));
    submit(&store, row_changes(&rows));
    store.close();
    let store = open(folder.path());
    assert!(whole(&restored(&store).rows[0].record) == whole(&rows[0]));
    assert!(!files_hold(&folder, SECRET));
}
