//! Runs an example and reads what it prints.

use std::env::consts::EXE_SUFFIX;
use std::env::current_exe;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fmt, thread};

/// An example that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// How a run of an example ended.
pub(crate) struct End {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs an example to its end, or kills it and fails.
#[track_caller]
pub(crate) fn run(example: &str, arguments: &[&str]) -> End {
    let mut child = Command::new(path(example))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // It would add lines to what is told of an error.
        .env("RUST_BACKTRACE", "0")
        .spawn()
        .unwrap();
    // Read meanwhile: a full pipe would stop it.
    let stdout = read(child.stdout.take().unwrap());
    let stderr = read(child.stderr.take().unwrap());
    let began = Instant::now();
    let (status, in_time) = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break (status, true);
        }
        if began.elapsed() > LONGEST {
            child.kill().unwrap();
            break (child.wait().unwrap(), false);
        }
        thread::sleep(Duration::from_millis(10));
    };
    let end = End {
        status,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    };
    assert!(in_time, "{example} was killed after {LONGEST:?}\n{end}");
    end
}

/// Where cargo puts an example: beside the folder of the tests' own executables.
#[track_caller]
fn path(example: &str) -> PathBuf {
    let this = current_exe().unwrap();
    let profile = this.parent().and_then(|deps| deps.parent()).unwrap();
    let path = profile
        .join("examples")
        .join(format!("{example}{EXE_SUFFIX}"));
    assert!(
        path.is_file(),
        "the example {} is missing: run `cargo build --examples` with this test's profile and features",
        path.display()
    );
    path
}

fn read(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text)
            .expect("an example prints UTF-8");
        text
    })
}

impl End {
    /// Asserts the exit status, with the whole output in the message.
    #[track_caller]
    pub(crate) fn expect_status(&self, status: i32) {
        assert_eq!(self.status.code(), Some(status), "{self}");
    }

    /// Fails with everything that was printed, unless standard output has these parts in this
    /// order.
    #[track_caller]
    pub(crate) fn expect_in_order(&self, parts: &[&str]) {
        let mut rest = self.stdout.as_str();
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else {
                panic!("{part:?} is missing, or comes too early\n{self}");
            };
            rest = after;
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nstdout:\n{}\nstderr:\n{}",
            self.status, self.stdout, self.stderr
        )
    }
}
