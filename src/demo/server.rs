//! A small HTTP/1.1 server on 127.0.0.1 with bodies of any length at any rate, and a log of what it
//! sent. One thread per connection; everything is bounded.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::reply::{HttpRequest, MAX_REQUEST_BYTES, Pacer, Reply, fill_body, parse_request};

/// Connections served at the same time; further ones are closed immediately.
pub const MAX_CONNECTIONS: usize = 256;

/// Entries kept in the log; the oldest are dropped first.
pub const MAX_LOG_ENTRIES: usize = 20_000;

/// An idle connection is closed after this time.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// A waiting thread checks this often whether the server stops.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);

const BLOCK_BYTES: usize = 64 * 1024;

/// One reply in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The number of its connection, from 1.
    pub connection: u64,
    /// Path and query of the request.
    pub target: String,
    /// The status sent.
    pub http_status: u16,
    /// Bytes of the body that the system has taken so far.
    pub body_bytes: u64,
    /// Its end.
    pub end: End,
}

/// The end of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Not yet: it is still being sent.
    UnderWay,
    /// The whole reply was sent.
    Completed,
    /// The client closed the connection first.
    ClosedByPeer,
    /// The server stopped first.
    ServerStopped,
}

/// The demo's server. Dropping it stops it and waits for its threads.
///
/// ```
/// use jobdeck::demo::{DemoServer, Pace};
/// use std::io::{Read, Write};
///
/// let server = DemoServer::start(Pace::default())?;
/// assert!(server.url("/bytes/5").starts_with("http://127.0.0.1:"));
/// let mut stream = std::net::TcpStream::connect(server.address())?;
/// stream.write_all(b"GET /bytes/5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")?;
/// let mut answer = Vec::new();
/// stream.read_to_end(&mut answer)?;
/// assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DemoServer {
    address: SocketAddr,
    shared: Arc<ServerShared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct ServerShared {
    pace: Pace,
    stopping: AtomicBool,
    connections: AtomicU64,
    state: Mutex<ServerState>,
}

#[derive(Debug, Default)]
struct ServerState {
    log: VecDeque<Served>,
    /// Number of entries dropped from the log.
    forgotten: u64,
    open: HashMap<u64, (TcpStream, JoinHandle<()>)>,
}

impl DemoServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If the system provides no port or no thread.
    pub fn start(pace: Pace) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(ServerShared {
            pace,
            ..ServerShared::default()
        });
        let acceptor = thread::Builder::new()
            .name("demo-accept".to_owned())
            .spawn({
                let shared = shared.clone();
                move || accept(&listener, &shared)
            })?;
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path on this server.
    pub fn url(&self, path_and_query: &str) -> String {
        format!("http://{}{path_and_query}", self.address)
    }

    /// The replies so far, in the order of the requests.
    pub fn log(&self) -> Vec<Served> {
        self.shared.lock().log.iter().cloned().collect()
    }

    /// Number of connections opened so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Number of open connections.
    pub fn open_connections(&self) -> usize {
        self.shared.lock().open.len()
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        let open = std::mem::take(&mut self.shared.lock().open);
        for (stream, thread) in open.into_values() {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

impl ServerShared {
    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn begin_reply(&self, connection: u64, request: &HttpRequest, http_status: u16) -> u64 {
        let mut state = self.lock();
        if state.log.len() == MAX_LOG_ENTRIES {
            state.log.pop_front();
            state.forgotten += 1;
        }
        state.log.push_back(Served {
            connection,
            target: request.target.clone(),
            http_status,
            body_bytes: 0,
            end: End::UnderWay,
        });
        state.forgotten + state.log.len() as u64 - 1
    }

    fn update(&self, number: u64, change: impl FnOnce(&mut Served)) {
        let mut state = self.lock();
        let place = number.checked_sub(state.forgotten);
        if let Some(entry) = place
            .and_then(|place| usize::try_from(place).ok())
            .and_then(|place| state.log.get_mut(place))
        {
            change(entry);
        }
    }

    /// Waits; an error if the server stops first.
    fn wait(&self, duration: Duration) -> Result<(), End> {
        let until = Instant::now() + duration;
        loop {
            if self.is_stopping() {
                return Err(End::ServerStopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(STOP_CHECK_INTERVAL));
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<ServerShared>) {
    for stream in listener.incoming() {
        if shared.is_stopping() {
            return;
        }
        let Ok(stream) = stream else {
            // Most likely out of file descriptors: some will be free again.
            thread::sleep(STOP_CHECK_INTERVAL);
            continue;
        };
        let connection = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
        // Locked until the thread is in the list: at its end it removes itself, and must not be
        // earlier.
        let mut state = shared.lock();
        if state.open.len() >= MAX_CONNECTIONS {
            continue;
        }
        let Ok(handle) = stream.try_clone() else {
            continue;
        };
        let thread = thread::Builder::new().name("demo-serve".to_owned()).spawn({
            let shared = shared.clone();
            move || {
                serve(&stream, connection, &shared);
                let _ = stream.shutdown(Shutdown::Both);
                shared.lock().open.remove(&connection);
            }
        });
        if let Ok(thread) = thread {
            state.open.insert(connection, (handle, thread));
        }
    }
}

/// Serves one connection until it is closed or idle for too long, or the server stops.
fn serve(stream: &TcpStream, connection: u64, shared: &ServerShared) {
    let ready = stream
        .set_read_timeout(Some(STOP_CHECK_INTERVAL))
        .and_then(|()| stream.set_write_timeout(Some(STOP_CHECK_INTERVAL)))
        .and_then(|()| stream.set_nodelay(true));
    if ready.is_err() {
        return;
    }
    let mut received = Vec::new();
    while let Some(request) = next_request(stream, &mut received, shared) {
        let reply = Reply::to(&request, shared.pace);
        let number = shared.begin_reply(connection, &request, reply.http_status);
        let end = match send_reply(stream, &reply, number, shared) {
            Ok(()) => End::Completed,
            Err(end) => end,
        };
        shared.update(number, |entry| entry.end = end);
        if end != End::Completed || request.wants_close {
            return;
        }
    }
}

/// The next request on a connection; `None` if there is none, or it is malformed.
fn next_request(
    stream: &TcpStream,
    received: &mut Vec<u8>,
    shared: &ServerShared,
) -> Option<HttpRequest> {
    let mut stream = stream;
    let idle_since = Instant::now();
    let mut block = [0; 4096];
    loop {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let header = received.drain(..end + 4).collect();
            return parse_request(&String::from_utf8(header).ok()?);
        }
        let is_over = shared.is_stopping()
            || received.len() > MAX_REQUEST_BYTES
            || idle_since.elapsed() > IDLE_LIMIT;
        if is_over {
            return None;
        }
        match stream.read(&mut block) {
            Ok(0) => return None,
            Ok(count) => received.extend_from_slice(&block[..count]),
            Err(error) if is_only_a_pause(&error) => {}
            Err(_) => return None,
        }
    }
}

fn send_reply(
    stream: &TcpStream,
    reply: &Reply,
    number: u64,
    shared: &ServerShared,
) -> Result<(), End> {
    shared.wait(reply.delay)?;
    send(stream, reply.header().as_bytes(), shared, |_| {})?;
    if !reply.has_body {
        return Ok(());
    }
    let mut pacer = Pacer::new(reply.rate_bytes_per_second, Instant::now());
    let mut block = vec![0; pacer.block_bytes(BLOCK_BYTES)];
    let mut sent = 0;
    while sent < reply.body_bytes {
        shared.wait(pacer.wait(Instant::now()))?;
        let left = usize::try_from(reply.body_bytes - sent).unwrap_or(usize::MAX);
        let count = left.min(block.len());
        fill_body(sent, &mut block[..count]);
        send(stream, &block[..count], shared, |taken| {
            shared.update(number, |entry| entry.body_bytes += taken as u64);
        })?;
        pacer.sent(count);
        sent += count as u64;
    }
    Ok(())
}

/// Sends all of `bytes`; `took` learns after each write how many the system has taken.
fn send(
    stream: &TcpStream,
    bytes: &[u8],
    shared: &ServerShared,
    mut took: impl FnMut(usize),
) -> Result<(), End> {
    let mut stream = stream;
    let mut sent = 0;
    while sent < bytes.len() {
        if shared.is_stopping() {
            return Err(End::ServerStopped);
        }
        match stream.write(&bytes[sent..]) {
            Ok(0) => return Err(End::ClosedByPeer),
            Ok(count) => {
                sent += count;
                took(count);
            }
            Err(error) if is_only_a_pause(&error) => {}
            Err(_) => return Err(End::ClosedByPeer),
        }
    }
    Ok(())
}

fn is_only_a_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &DemoServer, requests: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(requests.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn body_of(answer: &[u8]) -> &[u8] {
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        &answer[end + 4..]
    }

    #[test]
    fn it_sends_what_it_says_and_logs_what_it_sent() {
        let server = DemoServer::start(Pace::default()).unwrap();
        let answer = ask(
            &server,
            "GET /bytes/100000/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        );
        let mut expected = vec![0; 100_000];
        fill_body(0, &mut expected);
        assert_eq!(body_of(&answer), expected);
        let log = server.log();
        assert_eq!(
            log,
            [Served {
                connection: 1,
                target: "/bytes/100000/x".to_owned(),
                http_status: 200,
                body_bytes: 100_000,
                end: End::Completed,
            }]
        );
    }

    #[test]
    fn one_connection_serves_many_requests() {
        let server = DemoServer::start(Pace::default()).unwrap();
        let answer = ask(
            &server,
            "GET /bytes/3 HTTP/1.1\r\n\r\nHEAD /bytes/3 HTTP/1.1\r\n\r\n\
             OPTIONS /bytes/3 HTTP/1.1\r\n\r\nGET /no HTTP/1.1\r\nConnection: close\r\n\r\n",
        );
        let text = String::from_utf8_lossy(&answer);
        let statuses: Vec<_> = text
            .match_indices("HTTP/1.1 ")
            .map(|(at, found)| &text[at + found.len()..][..3])
            .collect();
        assert_eq!(statuses, ["200", "200", "204", "404"]);
        assert_eq!(text.matches("Access-Control-Allow-Origin: *").count(), 4);
        assert_eq!(server.connections(), 1);
    }

    #[test]
    fn dropping_it_ends_it_at_once_also_in_the_middle_of_a_body() {
        let server = DemoServer::start(Pace {
            bytes_per_second: Some(1000),
            delay: Duration::ZERO,
        })
        .unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream
            .write_all(b"GET /bytes/1000000000 HTTP/1.1\r\n\r\n")
            .unwrap();
        let mut idle = TcpStream::connect(server.address()).unwrap();
        stream.read_exact(&mut [0; 400]).unwrap();
        let began = Instant::now();
        let shared = server.shared.clone();
        drop(server);
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(shared.lock().log[0].end, End::ServerStopped);
        assert_eq!(idle.read(&mut [0]).unwrap(), 0);
        // A thread that had ended by itself may still be on its last line.
        while Arc::strong_count(&shared) > 1 {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "a thread of it is left"
            );
            thread::yield_now();
        }
    }
}
