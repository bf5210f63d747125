//! What all fetches of a runtime share: idle connections, addresses that were looked up, and who looks them up.

use std::collections::VecDeque;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{fmt, io};

use ureq::Agent;

use super::dns_cache::Lookups;
use crate::fetch::client::exchange::send;
use crate::fetch::client::resume::remove_part::remove_part;
use crate::fetch::client::resume::user_key::UserKey;
use crate::fetch::limits;
use crate::fetch::{ExtraCertificates, FetchError, Proxy, Request};

/// Finds the addresses of a host. It is called in a helper thread and may block: no fetch is held by it.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, in the order in which they are to be tried. `port` is that of one of the URLs that wait
    /// for it; of what is returned only the addresses count, since they are kept for all ports of the host.
    ///
    /// # Errors
    /// Whatever keeps it from an answer; its text becomes the detail of a failure of class `dns`. No address at all is
    /// such a failure, too, and so is a panic.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's own lookup.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        (host, port).to_socket_addrs().map(Iterator::collect)
    }
}

/// What the fetches of a runtime share: the idle connections, and the lookups of names. Keep one in a runtime with
/// [`Runtime::set_extension`](crate::runtime::Runtime::set_extension); the runtimes that have none share one.
///
/// Connections are kept apart by proxy and by extra certificates, so that none is used where it was not meant for. The
/// addresses of a name are kept for 30 seconds; many fetches that want one name at once ask for it once.
///
/// A clone is the same network.
///
/// ```
/// # // A server that knows one page.
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = listener.local_addr()?.port();
/// # let server = std::thread::spawn(move || {
/// #     use std::io::{Read, Write};
/// #     let (mut stream, _) = listener.accept().unwrap();
/// #     let _ = stream.read(&mut [0; 1024]).unwrap();
/// #     stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
/// # });
/// use jobdeck::fetch::{FetchExt, Network, Request, Resolve};
/// use jobdeck::runtime::{ParkHost, Runtime};
/// use std::{io, net::SocketAddr, rc::Rc};
///
/// /// Knows one name.
/// struct Staging;
///
/// impl Resolve for Staging {
///     fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
///         match host {
///             "files.staging" => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
///             _ => Err(io::Error::other("no such host in staging")),
///         }
///     }
/// }
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// runtime.set_extension(Rc::new(Network::new().with_resolver(Staging)));
/// let url = format!("http://files.staging:{port}/greeting");
/// let job = runtime.spawn("greet", async move |cx| {
///     Ok(cx.fetch(Request::get(&url)?).text(100).await?.text)
/// });
/// assert_eq!(host.block_on(&runtime, job)?.as_deref(), Some("hello"));
/// # server.join().unwrap();
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[derive(Clone)]
pub struct Network {
    shared: Arc<Shared>,
    key: Arc<UserKey>,
}

struct Shared {
    lookups: Arc<Lookups>,
    /// The clients, each with its own idle connections; the one used last is at the end.
    clients: Mutex<VecDeque<(Way, Agent)>>,
}

/// How a connection is made. Connections that were made in different ways never stand in for each other.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) proxy: Option<Proxy>,
    pub(crate) certificates: Option<ExtraCertificates>,
}

impl Network {
    /// A network without connections yet, whose names are looked up by the system.
    #[must_use]
    pub fn new() -> Self {
        Self::looked_up_by(Arc::new(SystemResolver), Arc::new(UserKey::of_the_user()))
    }

    /// A network without connections yet, whose names are looked up by `resolver`. Addresses that are written as numbers
    /// need no lookup, and a proxy looks up the names of the hosts behind it by itself.
    #[must_use]
    pub fn with_resolver(self, resolver: impl Resolve + 'static) -> Self {
        Self::looked_up_by(Arc::new(resolver), self.key)
    }

    /// The same network for a program that keeps its data in a folder of its own, which is made when it is needed. There,
    /// the file `part-key` has the key that marks manifests of parts as written by this user. Without this it is in
    /// `jobdeck` in the platform's folder for data.
    ///
    /// A folder or file that other users may write to or read is not used: then only this process goes on with its parts
    /// by itself.
    #[must_use]
    pub fn with_data_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            key: Arc::new(UserKey::kept_in(Some(folder.into()))),
            ..self
        }
    }

    /// Deletes an incomplete download: the `.part` file, its manifest, and the part of another version that the manifest
    /// says is set aside. What is not there counts as deleted.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for what is no part, or no regular file of this user,
    /// [`io::ErrorKind::ResourceBusy`] while a download has it, and what the disk says.
    pub fn remove_part(&self, part: &Path) -> io::Result<()> {
        remove_part(part, &self.key)
    }

    /// The key that marks the manifests of parts.
    pub(crate) fn key(&self) -> &Arc<UserKey> {
        &self.key
    }

    fn looked_up_by(resolver: Arc<dyn Resolve>, key: Arc<UserKey>) -> Self {
        Self {
            shared: Arc::new(Shared {
                lookups: Arc::new(Lookups::new(resolver)),
                clients: Mutex::default(),
            }),
            key,
        }
    }

    /// The one of all runtimes that have none of their own.
    pub(crate) fn of_the_process() -> Self {
        static NETWORK: OnceLock<Network> = OnceLock::new();
        NETWORK.get_or_init(Self::new).clone()
    }

    /// The client for the way that a request goes: through this proxy, or directly.
    ///
    /// # Errors
    /// Class `tls` when a certificate cannot be used.
    pub(crate) fn client(
        &self,
        request: &Request,
        proxy: Option<&Proxy>,
    ) -> Result<Agent, FetchError> {
        let way = Way {
            proxy: proxy.cloned(),
            certificates: request.extra_certificates().cloned(),
        };
        // Building one reads the system's certificates, and whoever does the same meanwhile waits for it.
        let mut clients = self
            .shared
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = clients.iter().position(|(known, _)| *known == way);
        let client = match known.and_then(|place| clients.remove(place)) {
            Some((_, client)) => client,
            None => send::build(&way, self.shared.lookups.clone())?,
        };
        let is_full = clients.len() >= limits::MAX_CLIENTS;
        let given_up = is_full.then(|| clients.pop_front());
        clients.push_back((way, client.clone()));
        // Its connections are closed when nobody else waits.
        drop(clients);
        drop(given_up);
        Ok(client)
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}
