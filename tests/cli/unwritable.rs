//! A list that cannot be written: the run goes on and says so.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::list_folder::{Killed, Printed, states, wait_for};
use crate::mixed_server::{Kind, MixedServer, body};
use crate::program::{command, end_of, names_in};

const LENGTH: usize = 20_000;

/// A folder that something is mounted on, while this lives.
struct Mount(PathBuf);

impl Mount {
    /// None where mounting is refused: then there is nothing to test.
    fn new(path: &Path, arguments: &[&str]) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(arguments)
            .arg(path)
            .output()
            .ok()?;
        if !mounted.status.success() {
            println!("skipped: {}", String::from_utf8_lossy(&mounted.stderr));
            return None;
        }
        Some(Self(path.to_owned()))
    }

    fn small(path: &Path) -> Option<Self> {
        Self::new(path, &["-t", "tmpfs", "-o", "size=300k,mode=700", "tmpfs"])
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Takes all room that is left.
fn fill(folder: &Path) {
    let mut file = File::create(folder.join("filler")).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A run into `folder/out` that keeps its list here: it works, and says this alone.
#[track_caller]
fn check_unrecorded(folder: &Path, state: &Path, reason: &str) {
    let server = MixedServer::start(Duration::ZERO);
    let urls = [1, 2, 3].map(|number| server.url(Kind::Ranges, number, LENGTH));
    let out = tempfile::tempdir_in(folder).unwrap();
    let [state, out_text] = [state, out.path()].map(text);
    let own = ["--state-dir", &state, "-d", &out_text];
    let mut arguments = vec!["run", "--json"];
    arguments.extend(own);
    arguments.extend(urls.iter().map(String::as_str));
    let end = end_of(command(&arguments).spawn().unwrap());
    end.expect_status(0);
    let advice = if reason.ends_with("full.") {
        "Make room, or use another --state-dir."
    } else {
        "Use another --state-dir."
    };
    assert_eq!(
        end.stderr,
        format!("jobdeck: this run is not recorded: {reason} {advice}\n")
    );
    for number in [1, 2, 3] {
        let got = std::fs::read(out.path().join(format!("{number}.bin"))).unwrap();
        assert!(got == body(number, LENGTH));
    }
    assert_eq!(names_in(out.path()).len(), 3);
    let mut arguments = vec!["run", "--resume"];
    arguments.extend(own);
    let end = end_of(command(&arguments).spawn().unwrap());
    end.expect_status(2);
    end.expect_stderr(&format!("jobdeck: --resume: {reason}"));
}

#[test]
fn with_a_file_in_the_place_of_its_folder_a_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let reason = format!("{} is not a folder.", file.display());
    check_unrecorded(folder.path(), &file, &reason);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}

#[test]
fn with_a_read_only_folder_a_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Some(_mount) = Mount::new(&state, &["-t", "tmpfs", "-o", "ro", "tmpfs"]) else {
        return;
    };
    let reason = |path: &Path| format!("{} cannot be written: it is read-only.", path.display());
    check_unrecorded(folder.path(), &state, &reason(&state));
    let inner = state.join("inner");
    check_unrecorded(folder.path(), &inner, &reason(&inner));
}

#[test]
fn without_room_for_a_list_a_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Some(_mount) = Mount::small(&state) else {
        return;
    };
    fill(&state);
    let database = state.join("jobs.sqlite");
    let reason = format!(
        "There is no room for the list in {}: the disk is full.",
        database.display()
    );
    check_unrecorded(folder.path(), &state, &reason);
    // What it left is no obstacle.
    std::fs::remove_file(state.join("filler")).unwrap();
    let [state_text, out] = [&state, &folder.path().join("out")].map(|path| text(path));
    let server = MixedServer::start(Duration::ZERO);
    let url = server.url(Kind::Ranges, 1, LENGTH);
    let arguments = ["run", "--state-dir", &state_text, "-d", &out, &url];
    let end = end_of(command(&arguments).spawn().unwrap());
    end.expect_status(0);
    assert_eq!(end.stderr, "");
    assert_eq!(states(&state).unwrap().len(), 1);
}

/// A run of 8 short downloads and a long one, whose list loses its room after the first is done.
struct Starved {
    server: MixedServer,
    _folder: tempfile::TempDir,
    state: PathBuf,
    out: PathBuf,
    child: Killed,
    stdout: Printed,
    stderr: Printed,
    _mount: Mount,
}

const SHORT: usize = 8;
/// Ten times as long as all short ones together.
const LONG: usize = 1_600_000;
const PROBLEM: &str = "jobdeck: The list cannot be saved: the disk is full. Make room; it is tried again every few seconds. The run goes on.";

impl Starved {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let [state, out] = ["state", "out"].map(|name| folder.path().join(name));
        let mount = Mount::small(&state)?;
        let server = MixedServer::start(Duration::from_millis(200));
        let mut urls = vec![server.url(Kind::Ranges, 0, LONG)];
        urls.extend((1..=SHORT).map(|number| server.url(Kind::Ranges, number, LENGTH)));
        let [state_text, out_text] = [&state, &out].map(|path| text(path));
        let mut arguments = vec!["run", "--json", "-j", "2", "--state-dir", &state_text];
        arguments.extend(["-d", &out_text]);
        arguments.extend(urls.iter().map(String::as_str));
        let mut child = Killed(command(&arguments).spawn().unwrap());
        let stdout = Printed::of(child.0.stdout.take().unwrap());
        let stderr = Printed::of(child.0.stderr.take().unwrap());
        stdout.wait_for("\"finished\"", 1);
        fill(&state);
        stderr.wait_for(PROBLEM, 1);
        Some(Self {
            server,
            _folder: folder,
            state,
            out,
            child,
            stdout,
            stderr,
            _mount: mount,
        })
    }

    fn check_files(&self) {
        let length = |number| if number == 0 { LONG } else { LENGTH };
        for number in 0..=SHORT {
            let got = std::fs::read(self.out.join(format!("{number}.bin"))).unwrap();
            assert!(got == body(number, length(number)), "{number}");
        }
        assert_eq!(names_in(&self.out).len(), SHORT + 1);
    }
}

#[test]
fn when_room_comes_back_a_run_records_again() {
    let Some(mut run) = Starved::start() else {
        return;
    };
    run.stdout.wait_for("\"finished\"", SHORT);
    // The long one does not end before it is killed.
    run.server.set_block_time(Duration::from_secs(2));
    std::fs::remove_file(run.state.join("filler")).unwrap();
    wait_for("the ends in the list", || {
        let states = states(&run.state)?;
        let done = states.values().filter(|state| *state == "done").count();
        (done == SHORT).then_some(())
    });
    assert_eq!(run.stderr.with("").len(), 1, "it is said once");
    run.child.0.kill().unwrap();
    run.child.0.wait().unwrap();
    run.server.set_block_time(Duration::ZERO);
    let state = text(&run.state);
    let arguments = ["run", "--json", "--resume", "--state-dir", &state];
    let end = end_of(command(&arguments).spawn().unwrap());
    end.expect_status(0);
    assert_eq!(end.events_named("finished").len(), 1, "{}", end.stdout);
    assert_eq!(end.stderr, "");
    run.check_files();
}

#[test]
fn a_run_whose_list_lacks_room_to_its_end_says_what_that_means() {
    let Some(mut run) = Starved::start() else {
        return;
    };
    run.server.set_block_time(Duration::ZERO);
    let status = run.child.0.wait().unwrap();
    assert!(status.success(), "{status}");
    run.stderr.wait_for("The list lacks the end of this run", 1);
    assert_eq!(run.stderr.with("").len(), 2);
    run.check_files();
    // What was recorded before can be read, and is true.
    let states = states(&run.state).unwrap();
    assert!(states.len() <= SHORT + 1, "{states:?}");
}

#[test]
fn a_message_that_cannot_be_written_ends_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let server = MixedServer::start(Duration::ZERO);
    let url = server.url(Kind::Ranges, 1, LENGTH);
    let [state, out] = [file, folder.path().join("out")].map(|path| text(&path));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let child = command(&["run", "--state-dir", &state, "-d", &out, &url])
        .stderr(Stdio::from(full))
        .spawn()
        .unwrap();
    end_of(child).expect_status(0);
    assert_eq!(names_in(&folder.path().join("out")), ["1.bin"]);
}
