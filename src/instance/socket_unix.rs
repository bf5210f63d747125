//! The socket of a window, on systems that have sockets in folders.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::time::Duration;

use super::message::{HandedOver, Request, VERSION};

const NAME: &str = "window.sock";

/// Who hands over waits this long for the window, which may be busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A longer line is no request: a million links with their headers are shorter.
const MAX_LINE_BYTES: u64 = 1 << 30;

/// What other processes ask a window for.
#[derive(Debug)]
pub struct Inbox {
    requests: Receiver<Asked>,
    path: PathBuf,
}

/// A request of another process, which waits for the answer.
#[derive(Debug)]
pub struct Asked {
    /// What it asks for.
    pub request: Request,
    done: SyncSender<()>,
}

impl Asked {
    /// It is done, and whatever it added is stored.
    pub fn done(self) {
        // The other process may have gone.
        let _ = self.done.try_send(());
    }
}

impl Inbox {
    /// Listens in a folder whose lock this process holds, in a thread of its own. `wake` is called,
    /// on that thread, when there is a request.
    ///
    /// # Errors
    /// The socket cannot be made: the path is too long, for example.
    pub fn listen(folder: &Path, wake: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let path = folder.join(NAME);
        // Of a window that was killed: this process has the lock.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (sender, requests) = mpsc::channel();
        std::thread::Builder::new()
            .name("inbox".to_owned())
            .spawn(move || {
                for stream in listener.incoming() {
                    let answered = stream.and_then(|stream| answer(&stream, &sender, &*wake));
                    if let Err(error) = answered {
                        log::debug!("a request of another process was not taken: {error}");
                    }
                }
            })?;
        Ok(Self { requests, path })
    }

    /// The next request, if there is one.
    #[must_use]
    pub fn take(&self) -> Option<Asked> {
        self.requests.try_recv().ok()
    }
}

/// The socket goes with the window.
impl Drop for Inbox {
    fn drop(&mut self) {
        // Another window may have taken the folder only after this process let go of the lock.
        let _ = fs::remove_file(&self.path);
    }
}

fn answer(
    mut stream: &UnixStream,
    requests: &Sender<Asked>,
    wake: &(dyn Fn() + Send + Sync),
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = Vec::new();
    BufReader::new(stream.take(MAX_LINE_BYTES)).read_until(b'\n', &mut line)?;
    let reply = |added, error: Option<&str>| HandedOver {
        pid: std::process::id(),
        added,
        error: error.map(ToOwned::to_owned),
    };
    let reply = match serde_json::from_slice::<Request>(&line) {
        Ok(request) if request.version == VERSION => {
            let added = request.specs.len();
            let (done, is_done) = mpsc::sync_channel(1);
            // A window that is gone drops the other end, and one that is stuck does not answer.
            let sent = requests.send(Asked { request, done });
            wake();
            if sent.is_ok() && is_done.recv_timeout(PATIENCE).is_ok() {
                reply(added, None)
            } else {
                reply(0, Some("the window does not answer"))
            }
        }
        _ => reply(0, Some("the window is of another version of jobdeck")),
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Hands a request to the window that holds a folder; none if no window listens there.
///
/// # Errors
/// A window listens and does not answer.
pub fn hand_over(folder: &Path, request: &Request) -> io::Result<Option<HandedOver>> {
    // A path that is too long, a socket of a window that was killed, no socket: no window.
    let Ok(mut stream) = UnixStream::connect(folder.join(NAME)) else {
        return Ok(None);
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply)?;
    Ok(Some(serde_json::from_str(&reply)?))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::jobs::{Spec, TimedSpec};

    #[test]
    fn a_second_process_hands_over_and_only_its_user_can() {
        let folder = tempfile::tempdir().unwrap();
        let request = Request::new(vec![Spec::Timed(TimedSpec {
            name: "a".to_owned(),
            sleep: Duration::ZERO,
            work: Duration::from_secs(1),
        })]);
        assert_eq!(hand_over(folder.path(), &request).unwrap(), None);
        let wakes = Arc::new(AtomicUsize::new(0));
        let its_wakes = wakes.clone();
        let wake = Arc::new(move || {
            its_wakes.fetch_add(1, Ordering::SeqCst);
        });
        let inbox = Inbox::listen(folder.path(), wake).unwrap();
        let mode = fs::metadata(folder.path().join(NAME))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let ask = || {
            let (path, request) = (folder.path().to_owned(), request.clone());
            std::thread::spawn(move || hand_over(&path, &request))
        };
        let take = || loop {
            match inbox.take() {
                Some(asked) => break asked,
                None => std::thread::yield_now(),
            }
        };
        let second = ask();
        let asked = take();
        assert_eq!(asked.request, request);
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        asked.done();
        let reply = second.join().unwrap().unwrap().unwrap();
        assert_eq!((reply.added, reply.error), (1, None));
        assert!(inbox.take().is_none());
        // A window that ends in the middle of it took nothing.
        let second = ask();
        drop(take());
        let reply = second.join().unwrap().unwrap().unwrap();
        assert!(reply.added == 0 && reply.error.is_some());

        let newer = Request {
            version: VERSION + 1,
            ..request.clone()
        };
        let reply = hand_over(folder.path(), &newer).unwrap().unwrap();
        assert!(reply.error.is_some() && inbox.take().is_none());
        // Garbage ends nothing.
        let mut garbage = UnixStream::connect(folder.path().join(NAME)).unwrap();
        garbage.write_all(b"\0\xff{}\n").unwrap();
        let second = ask();
        take().done();
        assert!(second.join().unwrap().unwrap().is_some());

        drop(inbox);
        assert_eq!(hand_over(folder.path(), &request).unwrap(), None);
    }

    #[test]
    fn the_socket_of_a_killed_window_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        drop(UnixListener::bind(folder.path().join(NAME)).unwrap());
        let request = Request::new(Vec::new());
        assert_eq!(hand_over(folder.path(), &request).unwrap(), None);
        let inbox = Inbox::listen(folder.path(), Arc::new(|| {})).unwrap();
        drop(inbox);
        assert!(!folder.path().join(NAME).exists());
    }
}
