//! Who may write, and what cannot be opened.

use super::*;

#[test]
fn a_list_in_use_names_its_holder() {
    let folder = folder();
    let store = open_as(folder.path(), HostKind::Run).unwrap();
    let error = open_as(folder.path(), HostKind::Window).err().unwrap();
    let OpenError::Held { by: Some(by), .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((by.pid, by.kind), (std::process::id(), HostKind::Run));
    assert!(
        error.to_string().contains("a jobdeck run (process "),
        "{error}"
    );
    // Reading is free.
    assert!(Reader::open(folder.path()).is_ok());
    store.close();
    open(folder.path()).close();
}

#[test]
fn a_newer_list_is_refused_and_left_as_it_is() {
    for has_log in [false, true] {
        let folder = folder();
        let rows = rows_of((0..3).map(timed).collect());
        let store = open(folder.path());
        submit(&store, row_changes(&rows));
        store.close();
        let connection = rusqlite::Connection::open(database(&folder)).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        if has_log {
            // As a killed process leaves it: the version stands in the log alone.
            let copy = super::folder();
            for name in ["jobs.sqlite", "jobs.sqlite-wal"] {
                std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
            }
            drop(connection);
            refuse(&copy);
        } else {
            drop(connection);
            refuse(&folder);
        }
    }
}

fn refuse(folder: &TempDir) {
    let names = ["jobs.sqlite", "jobs.sqlite-wal"];
    let bytes = || names.map(|name| std::fs::read(folder.path().join(name)).ok());
    let before = bytes();
    let error = open_as(folder.path(), HostKind::Window).err().unwrap();
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 99,
                known: 1
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("newer jobdeck"), "{error}");
    let error = Reader::open(folder.path()).err().unwrap();
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");
    assert!(bytes() == before, "nothing is touched");
}

#[test]
fn what_is_no_list_of_ours_is_refused() {
    let folder = folder();
    let connection = rusqlite::Connection::open(database(&folder)).unwrap();
    connection.execute_batch("CREATE TABLE t (a)").unwrap();
    drop(connection);
    let before = std::fs::read(database(&folder)).unwrap();
    let error = open_as(folder.path(), HostKind::Window).err().unwrap();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert!(std::fs::read(database(&folder)).unwrap() == before);
}

#[test]
fn a_file_in_the_place_of_the_folder_is_refused() {
    let folder = folder();
    let path = folder.path().join("file");
    std::fs::write(&path, "x").unwrap();
    for path in [path.clone(), path.join("below")] {
        let error = open_as(&path, HostKind::Window).err().unwrap();
        assert!(matches!(error, OpenError::NotAFolder { .. }), "{error:?}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let outer = folder();
    let folder = outer.path().join("a/b");
    let store = open(&folder);
    submit(&store, row_changes(&rows_of(vec![timed(1)])));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
        count += 1;
    }
    assert_eq!(
        count, 5,
        "the lock, the database and its two files, and the one of names"
    );
}

#[test]
fn a_read_only_folder_is_refused_for_writing_and_can_be_read() {
    let folder = folder();
    let store = open(folder.path());
    submit(&store, row_changes(&rows_of(vec![timed(1)])));
    store.close();
    let Some(disk) = ReadOnlyView::of(folder.path()) else {
        return;
    };
    let error = open_as(disk.0.path(), HostKind::Window).err().unwrap();
    assert!(
        matches!(
            error,
            OpenError::ReadOnly { .. } | OpenError::Permission { .. }
        ),
        "{error:?}"
    );
    let reader = Reader::open(disk.0.path()).unwrap();
    let row = reader.row(RowId(1), false).unwrap().unwrap();
    assert_eq!(row.record.name, "job 1");
}

/// The same files where nothing can be written, where the tests may mount such a view.
struct ReadOnlyView(TempDir);

impl ReadOnlyView {
    fn of(path: &Path) -> Option<Self> {
        let view = Self(folder());
        let mount = |arguments: &[&str]| {
            let mut mount = std::process::Command::new("mount");
            let output = mount.args(arguments).arg(view.0.path()).output();
            output.is_ok_and(|output| output.status.success())
        };
        let is_mounted = mount(&["--bind", path.to_str()?]) && mount(&["-o", "remount,ro,bind"]);
        is_mounted.then_some(view)
    }
}

impl Drop for ReadOnlyView {
    fn drop(&mut self) {
        let mut umount = std::process::Command::new("umount");
        let _ = umount.arg("-l").arg(self.0.path()).output();
    }
}
