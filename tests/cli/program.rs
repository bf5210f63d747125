//! Runs the program and reads what it prints.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// How a run of the program ended.
pub(crate) struct End {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with these arguments, in a folder of the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobdeck"));
    // Proxies in the environment of the tests are not for their servers.
    for name in ["http", "https", "all", "no"] {
        command.env_remove(format!("{name}_proxy"));
        command.env_remove(format!("{name}_proxy").to_uppercase());
    }
    command.args(arguments);
    // The tests run at once, and one of them would hold the list of jobs.
    if arguments.first() == Some(&"run") && !arguments.contains(&"--state-dir") {
        command.arg("--no-store");
    }
    command
        // Its key for parts is kept in a folder of the tests.
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end, in a folder that goes with it.
pub(crate) fn run(arguments: &[&str]) -> End {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), arguments, "")
}

/// Runs the program to its end, with this on its standard input and this folder around it.
pub(crate) fn run_in(folder: &Path, arguments: &[&str], input: &str) -> End {
    let mut child = command(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads no input may already have ended.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    end_of(child)
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

pub(crate) fn end_of(child: Child) -> End {
    let output = child.wait_with_output().unwrap();
    End {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl End {
    /// Asserts the exit status, with the whole output in the message.
    #[track_caller]
    pub(crate) fn expect_status(&self, status: i32) -> &Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Asserts that standard error contains this text.
    #[track_caller]
    pub(crate) fn expect_stderr(&self, text: &str) {
        assert!(self.stderr.contains(text), "{}", self.stderr);
    }

    /// The objects on standard output, one per line, with `event` first in each.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| {
                assert!(line.starts_with("{\"event\":\""), "{line}");
                serde_json::from_str(line).unwrap()
            })
            .collect()
    }

    /// The events of this name.
    pub(crate) fn events_named(&self, name: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["event"] == name);
        events
    }

    /// The `finished` event of this URL.
    pub(crate) fn finished(&self, url: &str) -> Value {
        let mut events = self.events_named("finished");
        events.retain(|event| event["url"] == url);
        assert_eq!(events.len(), 1, "{url}:\n{}", self.stdout);
        events.remove(0)
    }
}
