//! Batches, problems, files that are about to get their name, and old rows.

use std::ops::ControlFlow;

use super::*;
use crate::deck::StoredState;
use crate::deck::restore::{self, GoingOn};
use crate::fetch::{Note, NoteCode};

fn count(connection: &rusqlite::Connection, table: &str) -> u32 {
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Lets the database grow no more, or lets it grow again.
fn limit_pages(store: &Store, is_full: bool) {
    let limited = store.wait_for(move |desk| {
        let pages: i64 = desk
            .connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let most = if is_full { pages } else { 1_000_000 };
        let sql = format!("PRAGMA max_page_count = {most}");
        Ok(desk.connection.query_row(&sql, [], |_| Ok(()))?)
    });
    limited.unwrap();
}

#[test]
fn a_batch_is_seen_as_a_whole_or_not_at_all() {
    let folder = folder();
    let rows = rows_of((0..2_000).map(timed).collect());
    let store = open(folder.path());
    let reader = rusqlite::Connection::open(database(&folder)).unwrap();
    let mut last = 0;
    for batch in rows.chunks(40) {
        last = store.submit(row_changes(batch));
    }
    loop {
        let is_last = store.settled() >= last;
        assert_eq!(count(&reader, "rows") % 40, 0);
        if is_last {
            break;
        }
    }
    assert_eq!(count(&reader, "rows"), 2_000);
}

#[test]
fn ids_are_never_used_again_after_a_removal() {
    let folder = folder();
    let mut rows = rows_of((0..3).map(timed).collect());
    rows[2] = ended(&rows[2], 1, "done");
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    submit(&store, vec![Change::Removed(RowId(3))]);
    store.close();
    let store = open(folder.path());
    let read = restored(&store);
    assert_eq!(read.stored.ids, [1, 2].map(RowId));
    assert_eq!((read.stored.last_id, read.stored.last_end), (3, 1));
}

#[test]
fn a_full_disk_is_a_problem_that_passes() {
    let folder = folder();
    let rows = rows_of((0..2_000).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows[..10]));
    limit_pages(&store, true);
    // It is settled all the same: nothing waits for a disk.
    submit(&store, row_changes(&rows[10..]));
    let problem = store.problem().unwrap();
    assert!(problem.contains("the disk is full"), "{problem}");
    let finishing = store.finishing();
    assert!(record_file(&finishing, 1, "/p/a", 5));
    assert!(
        !record_file(&finishing, 2_000, "/p/a", 5),
        "its row is not there"
    );
    assert!(store.forget(Selection::Ids(vec![RowId(1)])).is_err());
    submit(&store, row_changes(&[ended(&rows[1], 1, "done")]));
    store.close();
    let store = open(folder.path());
    let read = restored(&store);
    assert_eq!(read.rows.len(), 10, "what did not fit is not there");
    assert_eq!(store.problem(), None);
}

#[test]
fn what_waits_for_room_is_written_when_there_is_some() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let rows = rows_of((0..2_000).map(timed).collect());
    let store = open(&disk.path());
    submit(&store, row_changes(&rows[..10]));
    let filler = disk.fill();
    submit(&store, row_changes(&rows[10..]));
    assert!(store.problem().unwrap().contains("the disk is full"));
    submit(&store, row_changes(&[ended(&rows[1], 1, "done")]));
    std::fs::remove_file(filler).unwrap();
    wait_until(|| store.problem().is_none());
    store.close();
    let store = open(&disk.path());
    let read = restored(&store);
    assert_eq!(read.rows.len(), 2_000);
    assert_eq!(read.rows.last().unwrap().record.id, RowId(2));
}

#[test]
fn a_full_disk_at_the_start_is_said() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    disk.fill();
    let error = open_as(&disk.path().join("new"), HostKind::Window).err();
    assert!(
        matches!(error, Some(OpenError::DiskFull { .. })),
        "{error:?}"
    );
}

#[test]
fn a_file_is_recorded_until_the_end_of_its_row_is() {
    let folder = folder();
    let rows = rows_of((0..3).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let finishing = store.finishing();
    let threads: Vec<_> = (1..=3)
        .map(|id| {
            let finishing = finishing.clone();
            std::thread::spawn(move || record_file(&finishing, id, &format!("/p/{id}"), 5))
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap());
    }
    assert_eq!(recorded_lines(&folder), 3);
    // A checkpoint of a running row keeps it, an end does not.
    submit(&store, row_changes(&rows));
    submit(&store, row_changes(&[ended(&rows[2], 1, "done")]));
    store.close();
    let store = open(folder.path());
    let restoring = store.restore(Which::Listed, |file| file.path == Path::new("/p/2"));
    let finished: Vec<_> = restored_of(&restoring)
        .rows
        .into_iter()
        .map(|row| row.finished.map(|file| (file.row, file.length, file.hash)))
        .collect();
    let second = Some((RowId(2), 5, "hash".to_owned()));
    assert_eq!(finished, [None, second, None]);
    let finishing = store.finishing();
    store.close();
    assert!(
        !record_file(&finishing, 1, "/p/b", 1),
        "a closed store leaves nobody waiting"
    );
}

#[test]
fn a_doubt_about_a_file_outlives_a_kill_after_its_name() {
    let folder = folder();
    let rows = rows_of(vec![fetch(get("http://h.example/a.pdf"))]);
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let note = Note::new(NoteCode::WebPage, "a web page came instead of a.pdf");
    let fetched = Fetched {
        path: Some("/p/a.pdf".into()),
        received: 5,
        http_status: 200,
        notes: vec![note],
        ..Fetched::default()
    };
    let file = CompletePart {
        part: Path::new("/p/a.pdf.part"),
        path: Path::new("/p/a.pdf"),
        length: 5,
        hash: "hash",
        fetched: &fetched,
    };
    assert!(store.finishing().record(RowId(1), &file));
    store.close();
    let store = open(folder.path());
    let read = restored_of(&store.restore(Which::Listed, |_| true));
    let row = read.rows.into_iter().next().unwrap();
    let mut record = row.record;
    record.complete(row.finished.unwrap().into_fetched());
    let mut next = deck();
    restore::restore(&mut next, [record], |_| GoingOn::Resume);
    let stored = records(changes(&mut next));
    assert_eq!(stored[0].state, StoredState::Check);
    let ended = stored[0].ended.as_ref().unwrap();
    assert_eq!(ended.fetched.as_ref().unwrap().http_status, 200);
}

#[test]
fn a_line_of_an_earlier_version_is_enough_to_find_a_file() {
    let folder = folder();
    let store = open(folder.path());
    submit(&store, row_changes(&rows_of(vec![timed(1)])));
    store.close();
    let line =
        r#"{"row":1,"part":"/p/a.part","path":"/p/a","length":5,"hash":"sha256:00"}"#.to_owned();
    std::fs::write(Folder::at(folder.path()).finishing(), line + "\n").unwrap();
    let store = open(folder.path());
    let read = restored_of(&store.restore(Which::Listed, |_| true));
    let file = read.rows.into_iter().next().unwrap().finished.unwrap();
    let fetched = file.into_fetched();
    assert_eq!(fetched.path.as_deref(), Some(Path::new("/p/a")));
    assert_eq!((fetched.received, fetched.total), (5, Some(5)));
}

fn recorded_lines(folder: &TempDir) -> usize {
    let path = Folder::at(folder.path()).finishing();
    std::fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn a_file_is_recorded_once_its_row_is_stored() {
    let folder = folder();
    let rows = rows_of(vec![timed(1)]);
    let store = open(folder.path());
    let finishing = store.finishing();
    let thread = std::thread::spawn(move || record_file(&finishing, 1, "/p/1", 5));
    // Its line comes first, and it waits for the row.
    wait_until(|| recorded_lines(&folder) == 1);
    assert!(!thread.is_finished());
    submit(&store, row_changes(&rows));
    assert!(thread.join().unwrap());
}

#[test]
fn what_a_crash_left_of_recorded_files_is_read() {
    let folder = folder();
    let rows = rows_of((0..3).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let finishing = store.finishing();
    for id in [1, 2] {
        assert!(record_file(&finishing, id, &format!("/p/{id}"), 5));
    }
    store.close();
    // A line that is cut off, bytes that are no text, and a new file that never got its name.
    let path = Folder::at(folder.path()).finishing();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"\xff\0\n{\"row\":3,\"part\":\"/p/3");
    std::fs::write(&path, bytes).unwrap();
    let replacement = Folder::at(folder.path()).finishing_replacement();
    std::fs::write(&replacement, "half").unwrap();

    let store = open(folder.path());
    let finishing = store.finishing();
    assert!(record_file(&finishing, 3, "/p/c", 7));
    store.close();
    assert!(!replacement.exists());
    let store = open(folder.path());
    let files: Vec<_> = restored_of(&store.restore(Which::Listed, |_| true))
        .rows
        .into_iter()
        .filter_map(|row| row.finished)
        .map(|file| (file.row.0, file.path.display().to_string(), file.length))
        .collect();
    let expected = [(1, "/p/1", 5), (2, "/p/2", 5), (3, "/p/c", 7)];
    assert_eq!(
        files,
        expected.map(|(row, path, length)| (row, path.to_owned(), length))
    );
}

#[test]
fn recorded_files_take_no_more_room_with_time() {
    let folder = folder();
    let rows = rows_of((0..3_000).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let finishing = store.finishing();
    let long = format!("/p/{}", "n".repeat(200));
    let is_small = || {
        let path = Folder::at(folder.path()).finishing();
        std::fs::metadata(path).unwrap().len() < 400_000
    };
    // The first one is never ended.
    for (at, row) in rows.iter().enumerate() {
        assert!(record_file(&finishing, row.id.0, &long, 5));
        if at > 0 {
            let number = store.submit(row_changes(&[ended(row, at as u64, "done")]));
            if at % 200 == 0 {
                wait_until(|| store.settled() >= number);
                assert!(is_small());
            }
        }
    }
    store.close();
    assert_eq!(recorded_lines(&folder), 1);
}

/// Rows that have ended, the first of which are in the history alone.
fn store_of_ended(folder: &TempDir, rows: usize, retired: u64) -> Store {
    let rows = rows_of((0..rows).map(timed).collect());
    let rows: Vec<_> = rows
        .iter()
        .map(|row| ended(row, row.id.0, "done"))
        .collect();
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let retired = (1..=retired).map(|id| Change::Retired(RowId(id)));
    submit(&store, retired.collect());
    store
}

#[test]
fn old_rows_of_the_history_are_removed_in_slices() {
    let folder = folder();
    let store = store_of_ended(&folder, 1_600, 1_500);
    let removed = store.prune(300, 90);
    assert_eq!(removed.recv().unwrap(), 1_300);
    let kept = |store: &Store| {
        let reader = Reader::open(store.folder().path()).unwrap();
        let mut ids = Vec::new();
        let query = Query {
            order: Order::OldestFirst,
            ..Query::default()
        };
        let unreadable = reader.lines(&query, |line| {
            ids.push(line.id.0);
            std::ops::ControlFlow::Continue(())
        });
        assert_eq!(unreadable.unwrap(), 0);
        ids
    };
    assert_eq!(kept(&store), (1_301..=1_600).collect::<Vec<_>>());
    // All of them ended just now: by age none goes, and what is on the list never does.
    assert_eq!(store.prune(300, 90).recv().unwrap(), 0);
    assert_eq!(store.prune(0, 90).recv().unwrap(), 200);
    assert_eq!(kept(&store), (1_501..=1_600).collect::<Vec<_>>());
}

#[test]
fn rows_that_ended_long_ago_are_removed() {
    let folder = folder();
    let store = store_of_ended(&folder, 4, 3);
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    let sql = "UPDATE rows SET ended_ms = 1 WHERE id IN (1, 2, 4)";
    connection.execute(sql, []).unwrap();
    drop(connection);
    assert_eq!(store.prune(KEEP_ROWS, KEEP_DAYS).recv().unwrap(), 2);
}

#[test]
fn settings_are_read_at_the_next_start() {
    let folder = folder();
    let store = open(folder.path());
    store.set_setting("theme", Some("dark".to_owned()));
    store.set_setting("size", Some("1".to_owned()));
    store.set_setting("size", None);
    store.close();
    let store = open(folder.path());
    let settings: Vec<_> = store.settings().iter().collect();
    assert_eq!(settings, [(&"theme".to_owned(), &"dark".to_owned())]);
}

#[test]
fn rows_are_taken_in_at_the_end_of_the_list() {
    let folder = folder();
    let rows = rows_of((0..3).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    store.close();
    let store = open(folder.path());
    let more = [rows[0].clone(), ended(&rows[1], 7, "failed")];
    let more = more.map(|row| (row, Listed::Shown)).into();
    assert_eq!(store.import(more).unwrap(), [4, 5].map(RowId));
    let read = restored(&store);
    assert_eq!((read.stored.last_id, read.stored.last_end), (5, 1));
    let ids: Vec<_> = read.rows.iter().map(|row| row.record.id.0).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

#[test]
fn rows_keep_their_numbers_in_a_list_that_never_had_one() {
    let folder = folder();
    let rows = rows_of((0..3).map(timed).collect());
    let taken = |rows: &[RowRecord]| -> Vec<_> {
        let first = (rows[0].clone(), Listed::Shown);
        let last = (ended(&rows[2], 7, "done"), Listed::History);
        vec![first, last]
    };
    let store = open(folder.path());
    assert_eq!(store.import(taken(&rows)).unwrap(), [1, 3].map(RowId));
    assert_eq!(store.import(taken(&rows)).unwrap(), [4, 5].map(RowId));
    store.close();
    let mut read = Vec::new();
    let reader = Reader::open(folder.path()).unwrap();
    let query = Query {
        order: Order::OldestFirst,
        ..Query::default()
    };
    let take = |row: StoredRow| {
        read.push((row.record.id.0, row.record.end_number, row.listed));
        ControlFlow::Continue(())
    };
    assert_eq!(reader.rows(&query, take).unwrap(), 0);
    let (shown, history) = (Listed::Shown, Listed::History);
    assert_eq!(
        read,
        [
            (1, 0, shown),
            (3, 7, history),
            (4, 0, shown),
            (5, 8, history)
        ]
    );
}

#[test]
fn the_activity_comes_back_and_is_bounded() {
    let folder = folder();
    let store = open(folder.path());
    let mut deck = deck();
    for number in 1..=1_100 {
        deck.activity.add_problem(&format!("problem {number}"));
        if number % 500 == 0 || number == 1_100 {
            submit(&store, changes(&mut deck));
        }
    }
    store.close();
    let store = open(folder.path());
    let activity = restored(&store).activity;
    assert_eq!(activity.len(), 1_000);
    assert_eq!(&*activity[999].subject, "problem 1100");
    submit(&store, vec![Change::ActivityCleared]);
    assert!(restored(&store).activity.is_empty());
}

#[test]
fn a_run_finds_what_runs_left() {
    let folder = folder();
    let mut rows = rows_of((0..5).map(timed).collect());
    for row in &mut rows[..4] {
        row.host = HostKind::Run;
    }
    rows[0] = ended(&rows[0], 1, "interrupted");
    rows[1] = ended(&rows[1], 2, "failed");
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    store.close();
    let store = open(folder.path());
    let left = restored_of(&store.restore(Which::LeftByRuns, |_| false));
    let ids: Vec<_> = left.rows.iter().map(|row| row.record.id.0).collect();
    assert_eq!(ids, [1, 3, 4]);
    assert_eq!(left.stored.ids, [1, 3, 4].map(RowId));
}

#[test]
fn a_reading_that_is_dropped_ends() {
    let folder = folder();
    let rows = rows_of((0..3_000).map(timed).collect());
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    store.close();
    let store = open(folder.path());
    let restoring = store.restore(Which::Listed, |_| false);
    assert!(restoring.wait_next().is_some());
    drop(restoring);
    store.close();
}

#[test]
fn a_row_that_has_no_stored_form_is_noted() {
    let folder = folder();
    let mut rows = rows_of(vec![timed(1), fetch(get("http://h/stream"))]);
    if let Spec::Fetch(spec) = &mut rows[1].spec {
        spec.destination = Destination::Stream(crate::fetch::Stream::new(std::io::sink()));
    }
    let store = open(folder.path());
    submit(&store, row_changes(&rows));
    let note = &store.notes()[0];
    assert!(note.contains("stream"), "{note}");
    store.close();
    assert_eq!(restored(&open(folder.path())).rows.len(), 1);
}

/// A disk of a few megabytes, where the tests may mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let at = folder();
        let mut mount = std::process::Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(at.path());
        let output = mount.output().ok()?;
        output.status.success().then_some(Self(at))
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().to_owned()
    }

    /// Leaves no room.
    fn fill(&self) -> std::path::PathBuf {
        use std::io::Write as _;
        let path = self.0.path().join("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut umount = std::process::Command::new("umount");
        let _ = umount.arg("-l").arg(self.0.path()).output();
    }
}
