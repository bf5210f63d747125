//! Another program as a job: a pause stops its process and what that has started, a cancel kills
//! them, and its output is the job's log.
//!
//! `cargo run --example process` needs a Unix, for its signals and its `sh`.

#[cfg(unix)]
mod process {
    use std::io::{self, BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, ExitStatus, Stdio};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use jobdeck::runtime::{JobError, Token};
    use rustix::process::{Pid, Signal, kill_process_group};

    /// A process that leads a group of its own. What it starts is in the group too, unless it leaves
    /// it.
    struct Process {
        child: Child,
        group: Arc<Group>,
    }

    /// The group's number; none once its leader was waited for, since the system may give the number
    /// to other processes then. The lock is never held during a wait.
    struct Group(Mutex<Option<Pid>>);

    impl Group {
        fn signal(&self, signal: Signal) {
            if let Some(group) = *self.lock() {
                // It fails if all of them have ended.
                let _is_sent = kill_process_group(group, signal);
            }
        }

        fn lock(&self) -> MutexGuard<'_, Option<Pid>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Process {
        fn start(command: &mut Command) -> io::Result<Self> {
            let child = command.process_group(0).spawn()?;
            let group = Arc::new(Group(Mutex::new(Some(Pid::from_child(&child)))));
            Ok(Self { child, group })
        }

        fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
            let mut group = self.group.lock();
            let status = self.child.try_wait()?;
            if status.is_some() {
                *group = None;
            }
            Ok(status)
        }
    }

    /// On every way out: no process is left running, and the system does not keep the entry that it
    /// has of an ended process until somebody waits for it.
    impl Drop for Process {
        fn drop(&mut self) {
            self.group.signal(Signal::KILL);
            *self.group.lock() = None;
            let _status = self.child.wait();
        }
    }

    /// Runs in a worker thread, until the process has ended.
    pub(crate) fn run(token: &Token, script: &str) -> Result<usize, JobError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        // Before the hook and the watcher, so that it is dropped after them.
        let mut process = Process::start(&mut command)?;
        let group = process.group.clone();
        // What only the shell's own end would not end is the wait for a line: whatever the shell has
        // started has the pipe too.
        let _hook = token.on_cancel(move || group.signal(Signal::KILL));
        let (group, shared) = (process.group.clone(), token.clone());
        let _watcher = token.on_change(move || {
            let is_paused = shared.is_paused();
            group.signal(if is_paused {
                Signal::STOP
            } else {
                Signal::CONT
            });
        });

        let output = process.child.stdout.take();
        let output = output.ok_or_else(|| JobError::new("no output"))?;
        let mut lines = BufReader::new(output).lines();
        let mut number = 0;
        // A stopped process writes nothing: this wait stands still by itself.
        while let Some(line) = token.standing_still(|| lines.next())? {
            number += 1;
            token.log(line?);
        }
        // It may go on for a while without its output.
        let status = loop {
            match process.try_wait()? {
                Some(status) => break status,
                None => token.sleep(Duration::from_millis(10))?,
            }
        };
        match status.success() {
            true => Ok(number),
            false => Err(JobError::new(format!("the program ended with {status}"))),
        }
    }
}

#[cfg(not(unix))]
fn main() {
    println!("this example needs the signals of Unix");
}

#[cfg(unix)]
fn main() -> Result<(), jobdeck::runtime::JobError> {
    use jobdeck::runtime::{Lifecycle, ParkHost, Runtime};
    use std::time::Duration;

    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let spawn = |name: &'static str, script: &'static str| {
        runtime.spawn(name, async move |cx| {
            cx.blocking("running", move |token| process::run(token, script))
                .await
        })
    };
    let counter = spawn(
        "counter",
        "for i in $(seq 30); do echo line $i; sleep 0.03; done",
    );
    // A line of a log wakes nothing: it is looked for now and then, as in each frame of a window.
    while counter.log_lines().len() < 3 {
        host.run_for(&runtime, Duration::from_millis(5));
    }
    counter.pause();
    host.run_until(&runtime, || {
        matches!(counter.lifecycle(), Lifecycle::Paused { .. })
    });
    println!("paused at line {}", counter.log_lines().len());
    host.run_for(&runtime, Duration::from_secs(2));
    println!("2 s later at line {}", counter.log_lines().len());
    counter.resume();
    // A process that had not been stopped would have written all of them by now.
    host.run_for(&runtime, Duration::from_millis(50));
    println!("all lines at once: {}", counter.is_finished());
    println!("{} lines", host.block_on(&runtime, counter)?);

    // Two processes: the second one has the pipe too, and would keep it open for an hour.
    let sleeper = spawn("sleeper", "sleep 3600 & echo asleep; wait");
    while sleeper.log_lines().is_empty() {
        host.run_for(&runtime, Duration::from_millis(5));
    }
    sleeper.cancel();
    host.run_until(&runtime, || sleeper.is_finished());
    println!(
        "{:?}, busy threads: {}, given up: {}",
        sleeper.lifecycle(),
        runtime.busy_workers(),
        sleeper.abandoned_workers()
    );
    Ok(())
}
