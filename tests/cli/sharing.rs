//! Several processes on one folder: one of them records, and each other one says who does.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::list_folder::{Killed, states, wait_for, wait_until_held};
use crate::mixed_server::{Kind, MixedServer, body};
use crate::program::{End, command, end_of, names_in};

const LONG: usize = 400_000;
const SHORT: usize = 20_000;

/// A download that is not over before it is let go, and a folder for it all.
struct Scene {
    server: MixedServer,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        Self {
            server: MixedServer::start(Duration::from_secs(3)),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    fn arguments(&self, command: &str, more: &[&str]) -> Vec<String> {
        let own = ["--state-dir", &self.path("state"), "-d", &self.path("out")];
        let command = (!command.is_empty()).then_some(command);
        let all = command.into_iter().chain(own).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    }

    fn run(&self, more: &[&str]) -> Command {
        let arguments = self.arguments("run", more);
        command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn end_of_run(&self, more: &[&str]) -> End {
        end_of(self.run(more).spawn().unwrap())
    }

    #[track_caller]
    fn check_file(&self, number: usize, length: usize) {
        let path = self.folder.path().join(format!("out/{number}.bin"));
        assert!(std::fs::read(path).unwrap() == body(number, length));
    }

    /// Two more runs while this process holds the folder.
    fn check_others(&self, holder: &str, first_number: usize) {
        let other = |number| self.server.url(Kind::Ranges, number, 100);
        let (first, second) = (other(first_number), other(first_number + 1));
        let unrecorded = self.end_of_run(&["--json", &first]);
        unrecorded.expect_status(0);
        let state = self.path("state");
        let reason = format!(
            "The list in {state} is in use by {holder}. Close that first, or use another --state-dir."
        );
        let said = format!("jobdeck: this run is not recorded: {reason}\n");
        assert_eq!(unrecorded.stderr, said);
        for event in unrecorded.events() {
            assert!(event.get("row").is_none_or(|row| row.is_null()), "{event}");
        }
        self.check_file(first_number, 100);
        for more in [&["--resume"][..], &["--resume", &second]] {
            let refused = self.end_of_run(more);
            refused.expect_status(2);
            assert_eq!(refused.stderr, format!("jobdeck: --resume: {reason}\n"));
            assert_eq!(refused.stdout, "");
        }
        let names = names_in(&self.folder.path().join("out"));
        let not_run = format!("{}.bin", first_number + 1);
        assert!(!names.contains(&not_run), "{names:?}");
        let rows = states(&self.state()).unwrap();
        assert_eq!(rows.len(), 1, "only the holder records: {rows:?}");
    }
}

#[test]
fn a_run_on_the_folder_of_another_run_says_so_once_and_goes_on_unrecorded() {
    let scene = Scene::new();
    let url = scene.server.url(Kind::Ranges, 1, LONG);
    let holder = Killed(scene.run(&[&url]).spawn().unwrap());
    wait_until_held(&scene.state(), &holder.0);
    wait_for("the row", || {
        (states(&scene.state())?.len() == 1).then_some(())
    });
    scene.check_others(&format!("a jobdeck run (process {})", holder.0.id()), 2);

    // Once it is killed, nothing holds the folder.
    drop(holder);
    scene.server.set_block_time(Duration::ZERO);
    let resumed = scene.end_of_run(&["--resume", "--json"]);
    resumed.expect_status(0);
    assert_eq!(resumed.stderr, "");
    assert_eq!(resumed.finished(&url)["row"], 1);
    scene.check_file(1, LONG);
    let nothing = scene.end_of_run(&["--resume"]);
    nothing.expect_status(0);
    assert_eq!(nothing.stderr, "jobdeck: Nothing to go on with\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_holds_its_folder_and_takes_the_links_of_a_second_one() {
    use crate::screen::{Screen, program_on, start};

    let scene = Scene::new();
    let screen = Screen::start();
    let url = scene.server.url(Kind::Ranges, 1, LONG);
    let window = |more: &[&str]| {
        let mut command = program_on(&screen, scene.folder.path());
        command.args(scene.arguments("", more));
        command
    };
    let first = Killed(start(&mut window(&[&url])));
    wait_until_held(&scene.state(), &first.0);
    wait_for("the row", || {
        (states(&scene.state())?.len() == 1).then_some(())
    });
    scene.check_others(&format!("a jobdeck window (process {})", first.0.id()), 2);

    wait_for("the socket", || {
        Path::new(&scene.path("state/window.sock"))
            .exists()
            .then_some(())
    });
    let links = [4, 5].map(|number| scene.server.url(Kind::Ranges, number, SHORT));
    scene.server.set_block_time(Duration::ZERO);
    let second = window(&[&links[0], &links[1]]).output().unwrap();
    assert!(second.status.success(), "{second:?}");
    let printed = String::from_utf8_lossy(&second.stdout);
    assert_eq!(printed, "2 links added to the window that is open\n");
    assert!(second.stderr.is_empty(), "{second:?}");
    // Handed over means stored.
    assert_eq!(states(&scene.state()).unwrap().len(), 3);
    let third = window(&[]).output().unwrap();
    assert!(third.status.success(), "{third:?}");
    assert_eq!(
        String::from_utf8_lossy(&third.stdout),
        "jobdeck is open already\n"
    );
    wait_for("the ends of all", || {
        let states = states(&scene.state())?;
        states.values().all(|state| state == "done").then_some(())
    });
    scene.check_file(1, LONG);
    scene.check_file(4, SHORT);
    scene.check_file(5, SHORT);
}

#[test]
fn what_is_shown_of_a_row_tells_whether_a_process_runs_it() {
    let scene = Scene::new();
    let [long, page] = [Kind::Ranges, Kind::Page].map(|kind| scene.server.url(kind, 1, LONG));
    let state = scene.path("state");
    let shown = |arguments: &[&str]| {
        let all = [arguments, &["--state-dir", &state]].concat();
        let end = end_of(command(&all).spawn().unwrap());
        end.expect_status(0);
        end
    };
    let under_way = |wanted: bool| {
        for arguments in [
            &["list", "--json", "--state", "running"][..],
            &["show", "1", "--json"],
        ] {
            let row: serde_json::Value = serde_json::from_str(&shown(arguments).stdout).unwrap();
            assert_eq!(row["state"], "running", "{arguments:?}");
            assert_eq!(row["under_way"], wanted, "{arguments:?}");
        }
    };
    let holder = Killed(scene.run(&[&long]).spawn().unwrap());
    wait_until_held(&scene.state(), &holder.0);
    wait_for("the row runs", || {
        (states(&scene.state())?.get(&long)? == "running").then_some(())
    });
    under_way(true);
    drop(holder);
    under_way(false);
    let text = shown(&["show", "1"]).stdout;
    assert!(
        text.contains("not under way: its process has ended"),
        "{text}"
    );

    scene.server.set_block_time(Duration::ZERO);
    scene.end_of_run(&[&page]).expect_status(0);
    let text = shown(&["show", "2"]).stdout;
    assert!(text.contains("What to do    Look at the file"), "{text}");
}
