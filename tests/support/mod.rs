//! Shared by the fetch tests: a runtime that is driven step by step, and servers.

mod black_hole;
pub(crate) mod fault;
pub(crate) mod tls;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{
    ClientPool, FetchError, FetchExt as _, Fetched, IfExists, NameRule, Request, Save,
};
use jobdeck::runtime::{Job, JobContext, JobError, JobHandle, Lifecycle, ParkHost, Runtime};

pub(crate) use black_hole::BlackHole;
use fault::{Act, FaultServer};

/// Longer than any step takes on the slowest machine: a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Limit of a cancel on a busy machine. On a quiet one it takes less than 10 ms, as
/// `benches/fetch.rs` shows.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A runtime and what drives it.
pub(crate) struct Rig {
    pub(crate) host: Arc<ParkHost>,
    pub(crate) runtime: Runtime,
}

impl Rig {
    /// With a network of its own.
    pub(crate) fn with_network(network: ClientPool) -> Self {
        let host = ParkHost::new();
        let runtime = Runtime::new(host.clone());
        runtime.set_extension(Rc::new(network.with_data_folder(data_folder())));
        Self { host, runtime }
    }

    /// With a key for parts that is kept in this folder.
    pub(crate) fn with_data_folder(folder: &Path) -> Self {
        let rig = Self::new();
        let network = ClientPool::new().with_data_folder(folder);
        rig.runtime.set_extension(Rc::new(network));
        rig
    }

    /// With the network that the tests share.
    pub(crate) fn new() -> Self {
        static NETWORK: LazyLock<ClientPool> = LazyLock::new(ClientPool::new);
        Self::with_network(NETWORK.clone())
    }

    /// Drives the runtime until `done`; `what` is what the test waits for.
    pub(crate) fn drive_until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        loop {
            self.runtime.tick(Duration::from_millis(4));
            if done() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "waited too long for: {what}");
            self.host.park(Some(Duration::from_millis(2)));
        }
    }

    /// Drives the runtime for this time.
    pub(crate) fn drive_for(&self, duration: Duration) {
        let began = Instant::now();
        while began.elapsed() < duration {
            self.runtime.tick(Duration::from_millis(4));
            self.host.park(Some(Duration::from_millis(2)));
        }
    }

    /// Runs a job to its end.
    pub(crate) fn run<T: 'static, F>(&self, code: F) -> Result<T, JobError>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        let job = self.runtime.spawn("test", code);
        self.finish(&job);
        job.into_value()
    }

    /// A job that counts a body.
    pub(crate) fn count(&self, request: Request) -> JobHandle<Fetched> {
        self.runtime
            .spawn("count", async move |cx| cx.fetch(request).count().await)
    }

    /// A job that saves a body.
    pub(crate) fn save(&self, request: Request, folder: &std::path::Path) -> JobHandle<Fetched> {
        let folder = folder.to_owned();
        self.runtime.spawn("save", async move |cx| {
            cx.fetch(request).save(folder, NameRule::FromServer).await
        })
    }

    /// A job that saves a body by these rules.
    pub(crate) fn save_as(&self, request: Request, save: Save) -> JobHandle<Fetched> {
        self.runtime.spawn("save", async move |cx| {
            cx.fetch(request).save_as(save).await
        })
    }

    /// Drives the runtime until a job is finished.
    pub(crate) fn finish(&self, job: &Job) {
        self.drive_until("the job's end", || job.is_finished());
    }

    /// Pauses a job, and drives the runtime until its worker thread has stopped.
    pub(crate) fn pause(&self, job: &Job) {
        assert!(job.pause());
        self.drive_until("the pause", || {
            matches!(job.lifecycle(), Lifecycle::Paused { .. })
        });
    }

    /// Asserts that a job still runs after a while, and that a cancel soon ends it and its thread.
    #[track_caller]
    pub(crate) fn cancel_waiting(&self, job: &Job) {
        self.drive_for(Duration::from_millis(100));
        assert!(!job.is_finished());
        let began = Instant::now();
        assert!(job.cancel());
        self.finish(job);
        assert!(began.elapsed() < SOON);
        assert_eq!(self.runtime.abandoned_workers(), 0);
    }

    /// The end of a job that fetches.
    pub(crate) fn end_of(&self, job: JobHandle<Fetched>) -> Result<Fetched, FetchError> {
        self.finish(&job);
        job.into_value().map_err(|error| {
            error
                .downcast_ref::<FetchError>()
                .unwrap_or_else(|| panic!("not a fetch error: {error:#}"))
                .clone()
        })
    }
}

/// A server, a runtime, and the folder that is saved to.
pub(crate) struct Place {
    pub(crate) server: FaultServer,
    pub(crate) rig: Rig,
    pub(crate) root: tempfile::TempDir,
    pub(crate) folder: PathBuf,
}

impl Place {
    pub(crate) fn new(scripts: Vec<Vec<Act>>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("here");
        std::fs::create_dir(&folder).unwrap();
        Self {
            server: FaultServer::start(scripts),
            rig: Rig::new(),
            root,
            folder,
        }
    }

    pub(crate) fn request(&self) -> Request {
        get(&self.server.url("/x.bin"))
    }

    pub(crate) fn rules(&self, rule: IfExists) -> Save {
        Save::in_folder(&self.folder).if_exists(rule)
    }

    pub(crate) fn start(&self, save: Save) -> JobHandle<Fetched> {
        self.rig.save_as(self.request(), save)
    }

    pub(crate) fn save(&self, rule: IfExists) -> Result<Fetched, FetchError> {
        self.save_as(self.request(), self.rules(rule))
    }

    pub(crate) fn save_as(&self, request: Request, save: Save) -> Result<Fetched, FetchError> {
        self.rig.end_of(self.rig.save_as(request, save))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        names_in(&self.folder)
    }
}

/// The demo's server at this rate.
pub(crate) fn paced_server(bytes_per_sec: u64) -> DemoServer {
    DemoServer::start(Pace {
        bytes_per_second: Some(bytes_per_sec),
        ..Pace::default()
    })
    .unwrap()
}

/// Runs a test in a process of its own: the tests beside it have threads, sockets and files, too.
pub(crate) fn in_a_process_of_its_own(test: &str, run: impl FnOnce()) {
    const CHILD: &str = "JOBDECK_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return run();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
    println!("{text}");
}

/// The tests' replacement for the user's data folder.
pub(crate) fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("data")
}

/// A request for this URL.
pub(crate) fn get(url: &str) -> Request {
    Request::get(url).unwrap()
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The bytes that the demo's server sends for a body of this length.
pub(crate) fn body(bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    jobdeck::demo::fill_body(0, &mut body);
    body
}
