//! What all fetches of a runtime share, as a public handle.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use super::connect::{AgentPool, Resolve, SystemResolver};
use super::resume::{UnfinishedPart, UserKey, remove_part, unfinished_in, was_completed};
use crate::fetch::CompletePart;

/// What the fetches of a runtime share: idle connections, the DNS cache, and the key of incomplete
/// downloads. Keep one in a runtime with
/// [`Runtime::set_extension`](crate::runtime::Runtime::set_extension); the runtimes that have none
/// share one.
///
/// A connection serves only requests with the same proxy and the same extra certificates. The
/// addresses of a name are cached for 30 seconds; concurrent fetches of one host share one lookup.
///
/// A clone is the same pool.
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
/// use jobdeck::fetch::{FetchExt, ClientPool, Request, Resolve};
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
/// runtime.set_extension(Rc::new(ClientPool::new().with_resolver(Staging)));
/// let url = format!("http://files.staging:{port}/greeting");
/// let job = runtime.spawn("greet", async move |cx| {
///     Ok(cx.fetch(Request::get(&url)?).text(100).await?.text)
/// });
/// assert_eq!(host.block_on(&runtime, job)?.as_deref(), Some("hello"));
/// # server.join().unwrap();
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[derive(Clone)]
pub struct ClientPool {
    agents: Arc<AgentPool>,
    key: Arc<UserKey>,
}

impl ClientPool {
    /// A pool without connections yet, whose names are resolved by the system.
    #[must_use]
    pub fn new() -> Self {
        Self {
            agents: Arc::new(AgentPool::new(Arc::new(SystemResolver))),
            key: Arc::new(UserKey::of_the_user()),
        }
    }

    /// A pool without connections yet, whose names are resolved by `resolver`. Addresses that are
    /// written as numbers need no lookup, and a proxy resolves the names of the hosts behind it by
    /// itself.
    #[must_use]
    pub fn with_resolver(self, resolver: impl Resolve + 'static) -> Self {
        Self {
            agents: Arc::new(AgentPool::new(Arc::new(resolver))),
            key: self.key,
        }
    }

    /// The same pool for a program that keeps its data in a folder of its own, which is made when
    /// it is needed. There, the file `part-key` has the key that marks manifests of parts as
    /// written by this user. Without this it is in `jobdeck` in the platform's folder for data.
    ///
    /// A folder or file that other users may write to or read is not used: then only this process
    /// resumes its parts by itself.
    #[must_use]
    pub fn with_data_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            key: Arc::new(UserKey::kept_in(Some(folder.into()))),
            ..self
        }
    }

    /// Deletes an incomplete download: the `.part` file, its manifest, and the part of another
    /// version that the manifest says is set aside. What is not there counts as deleted.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for what is no part, or no regular file of this user,
    /// [`io::ErrorKind::ResourceBusy`] while a download uses it, and those of the system.
    pub fn remove_part(&self, part: &Path) -> io::Result<()> {
        remove_part(part, &self.key)
    }

    /// The incomplete downloads of this user in a folder: parts with a manifest that was written
    /// with the user's key. Reads the folder, and the manifests.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn unfinished_in(&self, folder: &Path) -> io::Result<Vec<UnfinishedPart>> {
        unfinished_in(folder, &self.key)
    }

    /// Whether a download completed of which no more is known than its
    /// [`RenameNotice`](crate::fetch::RenameNotice), because its process was killed: the part is
    /// gone, and the file is there with its length and hash, which is read. Removes the manifest
    /// that such a process may leave.
    #[doc(hidden)]
    #[must_use]
    pub fn was_completed(&self, part: &CompletePart<'_>) -> bool {
        let is_complete = was_completed(part);
        if is_complete && let Err(error) = self.remove_part(part.part) {
            log::debug!("the manifest of a complete download was not removed: {error}");
        }
        is_complete
    }

    /// The pool of all runtimes that have none of their own.
    pub(super) fn of_the_process() -> Self {
        static POOL: OnceLock<ClientPool> = OnceLock::new();
        POOL.get_or_init(Self::new).clone()
    }

    pub(super) fn agents(&self) -> &AgentPool {
        &self.agents
    }

    /// The key that marks the manifests of parts.
    pub(super) fn key(&self) -> &Arc<UserKey> {
        &self.key
    }
}

impl Default for ClientPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ClientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientPool")
    }
}
