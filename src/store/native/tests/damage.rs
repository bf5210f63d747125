//! A damaged list is set aside, and what can be read of it is taken over.

use super::*;

/// A folder with 200 rows, some with secrets, closed.
fn filled() -> (TempDir, Vec<RowRecord>) {
    let folder = folder();
    let spec = |number: usize| match number % 2 {
        0 => timed(number),
        _ => fetch(get(&format!("https://h.example/{number}?token={SECRET}"))),
    };
    let mut rows = rows_of((0..200).map(spec).collect());
    for row in &mut rows[..100] {
        *row = ended(row, row.id.0, "done");
    }
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    store.set_setting("theme", Some("dark".to_owned()));
    store.close();
    (folder, rows)
}

fn set_aside(folder: &TempDir) -> Vec<String> {
    let files = std::fs::read_dir(folder.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains("damaged")).collect();
    names.sort();
    names
}

/// Opens it, restores all, and checks that each restored row is exactly what was written. Returns
/// how many there are, and the notes.
fn recovered(folder: &TempDir, rows: &[RowRecord]) -> (usize, Vec<String>) {
    let store = open(folder.path());
    let read = restored(&store);
    for row in &read.rows {
        let written = rows.iter().find(|written| written.id == row.record.id);
        let written = written.unwrap();
        if matches!(&row.record.spec, Spec::Fetch(spec) if spec.needs_link) {
            assert_eq!(row.record.name, written.name, "its secrets were lost");
        } else {
            assert!(whole(&row.record) == whole(written));
        }
    }
    // It goes on as a list.
    let mut new = rows[0].clone();
    new.id = RowId(read.stored.last_id.max(200) + 1);
    submit(&store, row_changes(&[new]));
    assert_eq!(store.problem(), None);
    let notes = store.notes();
    store.close();
    let store = open(folder.path());
    assert_eq!(store.notes(), Vec::<String>::new(), "it is said once");
    assert_eq!(restored(&store).rows.len(), read.rows.len() + 1);
    (read.rows.len(), notes)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn garbage(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..))
        .take(length)
        .collect()
}

#[test]
fn an_empty_file_is_a_new_list() {
    let folder = folder();
    std::fs::write(database(&folder), "").unwrap();
    let store = open(folder.path());
    assert_eq!(store.notes(), Vec::<String>::new());
    assert!(restored(&store).rows.is_empty());
    assert!(set_aside(&folder).is_empty());
}

#[test]
fn what_is_no_database_is_set_aside() {
    for bytes in [vec![0; 100_000], garbage(50_000), b"hello".to_vec()] {
        let (folder, rows) = filled();
        std::fs::write(database(&folder), &bytes).unwrap();
        let (count, notes) = recovered(&folder, &rows);
        assert_eq!(count, 0);
        assert!(notes[0].contains("no job of it can be read"), "{notes:?}");
        let names = set_aside(&folder);
        assert_eq!(names.len(), 1);
        assert!(std::fs::read(folder.path().join(&names[0])).unwrap() == bytes);
        assert!(notes[0].contains(&names[0]), "{notes:?}");
    }
}

#[test]
fn an_older_damaged_list_is_never_overwritten() {
    let (folder, rows) = filled();
    for count in 1..=3 {
        std::fs::write(database(&folder), format!("garbage {count}")).unwrap();
        recovered(&folder, &rows);
        assert_eq!(set_aside(&folder).len(), count);
    }
}

#[test]
fn of_a_list_that_is_cut_off_the_rest_is_read() {
    let (folder, rows) = filled();
    let length = std::fs::metadata(database(&folder)).unwrap().len();
    for part in [3, 2] {
        let (copy, name) = (super::folder(), "jobs.sqlite");
        std::fs::copy(database(&folder), copy.path().join(name)).unwrap();
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(database(&copy))
            .unwrap();
        file.set_len(length * (part - 1) / part).unwrap();
        drop(file);
        let (count, notes) = recovered(&copy, &rows);
        assert!((20..200).contains(&count), "{count}");
        assert!(notes[0].contains("The list was damaged"), "{notes:?}");
        assert!(notes[0].contains(&format!("{count} ")), "{notes:?}");
    }
}

#[test]
fn damage_that_a_reader_meets_is_set_aside_by_the_next_process_that_writes() {
    let (folder, _) = filled();
    let length = std::fs::metadata(database(&folder)).unwrap().len();
    for page in 2..length / 4096 {
        let copy = super::folder();
        std::fs::copy(database(&folder), database(&copy)).unwrap();
        overwrite(&database(&copy), page * 4096, &garbage(4096));
        let Ok(reader) = Reader::open(copy.path()) else {
            continue;
        };
        let read = reader.rows(&Query::default(), |_| std::ops::ControlFlow::Continue(()));
        drop(reader);
        let Err(error) = read else { continue };
        assert!(error.to_string().contains("sets it aside"), "{error}");
        // Nothing is restored here, and so nothing read.
        let store = open(copy.path());
        assert!(store.notes()[0].contains("damaged"), "{:?}", store.notes());
        store.close();
        let reader = Reader::open(copy.path()).unwrap();
        let read = reader.rows(&Query::default(), |_| std::ops::ControlFlow::Continue(()));
        assert!(read.is_ok(), "{read:?}");
        let mut names = set_aside(&copy);
        names.retain(|name| name.ends_with(".sqlite"));
        assert_eq!(names.len(), 1, "once");
        assert!(!Folder::at(copy.path()).damage_mark().exists());
        return;
    }
    panic!("no page of the rows was found");
}

#[test]
fn damage_in_the_middle_is_found_while_it_is_read() {
    let (folder, rows) = filled();
    let length = std::fs::metadata(database(&folder)).unwrap().len();
    let mut random = fastrand::Rng::with_seed(3);
    let mut lost = 0;
    for _ in 0..12 {
        let copy = super::folder();
        std::fs::copy(database(&folder), database(&copy)).unwrap();
        // Two pages, the first page not among them.
        for _ in 0..2 {
            let page = random.u64(1..length / 4096);
            overwrite(&database(&copy), page * 4096, &garbage(4096));
        }
        let (count, notes) = recovered(&copy, &rows);
        // A table's root may be among them, and everything with it.
        assert!(count == 200 || !notes.is_empty(), "{count}");
        lost += usize::from(count < 200);
        assert!(
            count > 150 || notes[0].contains("damaged"),
            "{count} {notes:?}"
        );
    }
    assert!(lost > 0, "some rows stood in those pages");
}

#[test]
fn a_zeroed_first_page_loses_no_row() {
    let (folder, rows) = filled();
    for length in [100, 4096] {
        let copy = super::folder();
        std::fs::copy(database(&folder), database(&copy)).unwrap();
        overwrite(&database(&copy), 0, &vec![0; length]);
        let (count, notes) = recovered(&copy, &rows);
        assert_eq!(count, 200, "{notes:?}");
    }
}

/// A folder as a killed process leaves it: with a log.
fn killed(rows: &[RowRecord]) -> TempDir {
    let folder = folder();
    let store = open(folder.path());
    for batch in rows.chunks(10) {
        submit(&store, row_changes(batch));
    }
    let copy = super::folder();
    for name in ["jobs.sqlite", "jobs.sqlite-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    copy
}

#[test]
fn a_log_is_read_at_the_next_start() {
    let rows = rows_of((0..100).map(timed).collect());
    let folder = killed(&rows);
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!((count, notes.len()), (100, 0), "{notes:?}");
}

#[test]
fn a_log_that_is_cut_off_is_no_damage() {
    let rows = rows_of((0..100).map(timed).collect());
    let folder = killed(&rows);
    let log = folder.path().join("jobs.sqlite-wal");
    let length = std::fs::metadata(&log).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
    file.set_len(length - 5_000).unwrap();
    drop(file);
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!((count, notes.len()), (90, 0), "the last batch: {notes:?}");
}

#[test]
fn garbage_in_the_log_is_said_and_what_was_before_it_is_read() {
    let rows = rows_of((0..100).map(timed).collect());
    let length = |folder: &TempDir| {
        let log = folder.path().join("jobs.sqlite-wal");
        std::fs::metadata(log).unwrap().len()
    };
    for (at, least, is_zero) in [
        (0, 0, false),
        (0, 0, true),
        (1_000, 0, false),
        (2, 40, false),
        (2, 40, true),
    ] {
        let folder = killed(&rows);
        let at = if at == 2 { length(&folder) / 2 } else { at };
        let log = folder.path().join("jobs.sqlite-wal");
        let bytes = if is_zero {
            vec![0; 5_000]
        } else {
            garbage(3_000)
        };
        overwrite(&log, at, &bytes);
        let (count, notes) = recovered(&folder, &rows);
        assert!((least..100).contains(&count), "{count}");
        assert!(notes[0].contains("The list was damaged"), "{notes:?}");
        let names = set_aside(&folder);
        assert!(names[1].ends_with(".sqlite-wal"), "{names:?}");
    }
}

#[test]
fn of_a_database_that_is_lost_its_log_is_read() {
    let rows = rows_of((0..100).map(timed).collect());
    let folder = killed(&rows);
    std::fs::write(database(&folder), "").unwrap();
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!(count, 100, "all was in the log: {notes:?}");
    assert_eq!(set_aside(&folder).len(), 2, "the log is kept: {notes:?}");

    let folder = killed(&rows);
    std::fs::remove_file(database(&folder)).unwrap();
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!(count, 100, "{notes:?}");
    assert_eq!(set_aside(&folder).len(), 1, "the log is kept: {notes:?}");
}

#[test]
fn damage_that_the_writer_meets_loses_nothing_of_a_batch() {
    let (folder, _) = filled();
    let store = open(folder.path());
    // Every page but the first: also what SQLite has in memory is forgotten.
    let length = std::fs::metadata(database(&folder)).unwrap().len() as usize;
    overwrite(&database(&folder), 4096, &garbage(length - 4096));
    let forgotten = store.wait_for(|desk| {
        desk.connection.flush_prepared_statement_cache();
        Ok(desk.connection.release_memory()?)
    });
    forgotten.unwrap();
    let mut more = rows_of((0..3).map(timed).collect());
    for (index, row) in more.iter_mut().enumerate() {
        row.id = RowId(1_000 + index as u64);
    }
    submit(&store, row_changes(&more));
    assert_eq!(store.problem(), None);
    assert!(store.notes()[0].contains("damaged"), "{:?}", store.notes());
    store.close();
    let read = restored(&open(folder.path()));
    let ids: Vec<_> = read.rows.iter().map(|row| row.record.id.0).collect();
    assert_eq!(ids, [1_000, 1_001, 1_002]);
    assert_eq!((read.stored.last_id, read.stored.last_end), (1_002, 100));
}

#[test]
fn an_interrupted_replacement_is_completed() {
    let (folder, rows) = filled();
    // As if it was killed while the new database was made: the old one is whole.
    let replacement = folder.path().join("jobs.replacement.sqlite");
    std::fs::write(&replacement, "half").unwrap();
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!((count, notes.len()), (200, 0));
    assert!(!replacement.exists());

    // As if it was killed between the renames.
    let (folder, rows) = filled();
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    let sql = "PRAGMA journal_mode = DELETE; INSERT INTO meta VALUES ('set_aside', 'jobs.damaged-x.sqlite'), ('note', 'words')";
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let replacement = folder.path().join("jobs.replacement.sqlite");
    std::fs::rename(database(&folder), &replacement).unwrap();
    std::fs::write(folder.path().join("jobs.damaged-x.sqlite"), "old").unwrap();
    std::fs::write(folder.path().join("jobs.sqlite-wal"), "old log").unwrap();
    let (count, notes) = recovered(&folder, &rows);
    assert_eq!((count, notes), (200, vec!["words".to_owned()]));
    let log = folder.path().join("jobs.damaged-x.sqlite-wal");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "old log");
}

/// A number as SQLite writes it, from this position on; and where the next one begins.
fn varint(page: &[u8], mut at: usize) -> (u64, usize) {
    let mut value = 0;
    loop {
        let byte = page[at];
        value = value << 7 | u64::from(byte & 0x7f);
        at += 1;
        if byte < 0x80 {
            return (value, at);
        }
    }
}

/// The number of the first row in a page of a table; none for other pages.
fn first_row(page: &[u8]) -> Option<u64> {
    const TABLE_LEAF: u8 = 0x0d;
    let cell = usize::from(u16::from_be_bytes([page[8], page[9]]));
    (page[0] == TABLE_LEAF && cell > 0).then(|| varint(page, varint(page, cell).1).0)
}

#[test]
fn pages_that_stand_in_each_others_place_are_read_once() {
    const PAGE_BYTES: usize = 4096;
    let (folder, rows) = filled();
    let path = database(&folder);
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.chunks(PAGE_BYTES).enumerate().skip(1);
    let mut leaves: Vec<_> = pages
        // Those of the rows, and not of their secrets.
        .filter(|(_, page)| page.windows(9).any(|text| text == b"\"history\""))
        .filter_map(|(number, page)| Some((first_row(page)?, number * PAGE_BYTES)))
        .collect();
    leaves.sort_unstable();
    let [(1, one), _, (_, three), (_, four), ..] = leaves[..] else {
        panic!("{leaves:?}");
    };
    bytes.copy_within(one..one + PAGE_BYTES, three);
    bytes[four..four + PAGE_BYTES].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let (count, notes) = recovered(&folder, &rows);
    assert!((100..200).contains(&count), "{count} {leaves:?}");
    assert!(notes[0].contains("damaged"), "{notes:?}");
}
