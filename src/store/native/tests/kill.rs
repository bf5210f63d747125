//! A process that is killed loses nothing that was acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::*;

const FOLDER: &str = "JOBDECK_TEST_STORE_TO_KILL";

/// Runs in a process of its own: stores rows until it is killed, and says which are settled.
#[test]
fn a_process_that_stores_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let store = open(Path::new(&folder));
    let rows = rows_of((0..5_000).map(timed).collect());
    let mut out = std::io::stderr();
    for (index, row) in rows.iter().enumerate() {
        let changes = row_changes(&[row.clone(), ended(row, index as u64 + 1, "done")]);
        submit(&store, changes);
        writeln!(out, "settled {}", row.id.0).unwrap();
    }
}

#[test]
fn a_killed_process_loses_nothing_that_was_settled() {
    for lines in [1, 40, 700] {
        let folder = folder();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("store::native::tests::kill::a_process_that_stores_until_it_is_killed")
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut settled = 0;
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        for line in said.by_ref().map_while(Result::ok) {
            if let Some(id) = line.strip_prefix("settled ") {
                settled = id.parse().unwrap();
            }
            if settled == lines {
                child.kill().unwrap();
                break;
            }
        }
        // What it said before it was killed.
        for line in said.map_while(Result::ok) {
            let id = line.strip_prefix("settled ");
            settled = id.and_then(|id| id.parse().ok()).unwrap_or(settled);
        }
        child.wait().unwrap();
        assert!(settled >= lines);
        let store = open(folder.path());
        let read = restored(&store);
        assert_eq!(store.notes(), Vec::<String>::new());
        assert!(read.stored.last_id >= settled);
        assert_eq!(read.rows.len() as u64, read.stored.last_id);
        let all_ended = read.rows.iter().all(|row| row.record.end_number > 0);
        assert!(all_ended, "a batch is whole");
    }
}
