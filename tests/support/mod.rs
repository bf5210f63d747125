//! What several test binaries share: a runtime that is driven step by step, and servers.

pub(crate) mod fault;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jobdeck::fetch::FetchExt;
use jobdeck::fetch::{ClientPool, FetchError, Fetched, NameRule, Request};
use jobdeck::runtime::{JobContext, JobError, JobHandle, ParkHost, Runtime};

/// Longer than anything here takes on the slowest machine: a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

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

    /// Drives the runtime for this long, whatever happens.
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
        self.drive_until("the job's end", || job.is_finished());
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

    /// The end of a job that fetches.
    pub(crate) fn end_of(&self, job: JobHandle<Fetched>) -> Result<Fetched, FetchError> {
        self.drive_until("the job's end", || job.is_finished());
        job.into_value().map_err(|error| {
            error
                .downcast_ref::<FetchError>()
                .unwrap_or_else(|| panic!("not a fetch error: {error:#}"))
                .clone()
        })
    }
}

/// Where the tests keep what programs keep in the user's folder for data.
pub(crate) fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("data")
}

/// A request that is patient enough for a slow machine.
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

/// An address that answers no connection: nobody accepts, and its queue is full.
pub(crate) struct BlackHole {
    listener: socket2::Socket,
    /// What fills the queue.
    _waiting: Vec<socket2::Socket>,
}

impl BlackHole {
    pub(crate) fn new() -> Self {
        use socket2::{Domain, Socket, Type};
        let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let listener = socket();
        let address: std::net::SocketAddr = "127.0.0.2:0".parse().unwrap();
        listener.bind(&address.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let waiting = (0..8)
            .map(|_| {
                let filler = socket();
                filler.set_nonblocking(true).unwrap();
                // "In progress" is what it answers.
                let _ = filler.connect(&address);
                filler
            })
            .collect();
        Self {
            listener,
            _waiting: waiting,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let address = self.listener.local_addr().unwrap();
        address.as_socket().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address())
    }
}
