//! A server that follows a script for each connection: bytes, waits and cuts, for every way in
//! which a real server fails.

use std::fmt;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// One step of a script.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Reads a request to the end of its header.
    ReadRequest,
    /// Sends these bytes in one write.
    Send(Vec<u8>),
    /// Sends these bytes one by one.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes again and again, with a wait before each time, until the peer closes the
    /// connection or the server ends.
    Endless(Vec<u8>, Duration),
    /// Replies to every request of the connection, until the peer closes it.
    Serve(Answers),
    /// Replies to every request, until a response ends with a cut.
    ServeUntilCut(CutAnswers),
    /// Waits.
    Wait(Duration),
    /// Waits until this server has read this many requests on all its connections together.
    AwaitRequests(usize),
    /// Sends nothing until the peer closes the connection or the server ends.
    StaySilent,
    /// Closes the connection with a reset.
    Reset,
    /// Closes the connection; with TLS, without a closing message.
    Cut,
    /// Passes bytes on to this address and back, until one side closes.
    PassOn(SocketAddr),
}

/// A connection as a script sees it: the bytes as they are, or those inside TLS.
pub(crate) trait Talk: Read + Write {
    /// Sends the closing message of the protocol, if it has one.
    fn say_goodbye(&mut self) {}
}

impl Talk for TcpStream {}

/// Secures a connection for scripts; `None` if the handshake fails.
pub(crate) type Securing = Arc<dyn Fn(TcpStream) -> Option<Box<dyn Talk>> + Send + Sync>;

/// The response of a server to the header of a request.
#[derive(Clone)]
pub(crate) struct Answers(Arc<AnswerTo>);

type AnswerTo = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// The response of a server to the header of a request, and whether it then cuts the connection.
#[derive(Clone)]
pub(crate) struct CutAnswers(Arc<CutAnswerTo>);

type CutAnswerTo = dyn Fn(&str) -> (Vec<u8>, bool) + Send + Sync;

impl fmt::Debug for CutAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CutAnswers")
    }
}

/// Replies to every request of a connection with `answer` of its header, and cuts if that says so.
pub(crate) fn serve_until_cut(
    answer: impl Fn(&str) -> (Vec<u8>, bool) + Send + Sync + 'static,
) -> Act {
    Act::ServeUntilCut(CutAnswers(Arc::new(answer)))
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")
    }
}

/// Replies to every request of a connection with `answer` of its header.
pub(crate) fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Act {
    Act::Serve(Answers(Arc::new(answer)))
}

/// Sends text without end, as fast as it is taken.
pub(crate) fn endless(text: impl AsRef<[u8]>) -> Act {
    let text = text.as_ref();
    // In large blocks: a flood, not a drip.
    let times = (64 * 1024_usize).div_ceil(text.len());
    Act::Endless(text.repeat(times), Duration::ZERO)
}

/// Sends text.
pub(crate) fn send(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

/// Reads a request and sends this answer, then closes.
pub(crate) fn answer(text: impl AsRef<[u8]>) -> Vec<Act> {
    vec![Act::ReadRequest, send(text)]
}

/// A scripted server. Connections beyond the last script repeat it.
pub(crate) struct FaultServer {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    requests: Mutex<Vec<String>>,
    /// A handle of each open connection.
    connections: Mutex<Vec<Option<TcpStream>>>,
    closed_by_peer: Mutex<Vec<Instant>>,
}

impl FaultServer {
    pub(crate) fn start(scripts: Vec<Vec<Act>>) -> Self {
        Self::listening(TcpListener::bind("127.0.0.1:0").unwrap(), scripts)
    }

    /// A server with a given listener.
    pub(crate) fn listening(listener: TcpListener, scripts: Vec<Vec<Act>>) -> Self {
        let plain: Securing = Arc::new(|stream| Some(Box::new(stream)));
        Self::talking("http", listener, scripts, plain)
    }

    /// A server whose connections are secured before their scripts begin.
    pub(crate) fn secured(scripts: Vec<Vec<Act>>, securing: Securing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::talking("https", listener, scripts, securing)
    }

    fn talking(
        scheme: &'static str,
        listener: TcpListener,
        scripts: Vec<Vec<Act>>,
        securing: Securing,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || {
                let mut threads = Vec::new();
                for (number, stream) in listener.incoming().enumerate() {
                    if shared.stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    let stream = stream.unwrap();
                    let handle = stream.try_clone().unwrap();
                    shared.connections.lock().unwrap().push(Some(handle));
                    // The end of the server cuts only the connections known at that moment.
                    if shared.stopping.load(Ordering::SeqCst) {
                        let _ = stream.shutdown(Shutdown::Both);
                        break;
                    }
                    let script = scripts[number.min(scripts.len() - 1)].clone();
                    let (shared, securing) = (shared.clone(), securing.clone());
                    threads.push(thread::spawn(move || {
                        let inner = stream.try_clone().unwrap();
                        match securing(inner) {
                            Some(mut talk) => perform(&stream, &mut *talk, script, &shared),
                            None => {
                                let _ = stream.shutdown(Shutdown::Both);
                            }
                        }
                        // The last handles are dropped, which closes the connection.
                        shared.connections.lock().unwrap()[number] = None;
                    }));
                }
                for thread in threads {
                    thread.join().unwrap();
                }
            }
        });
        Self {
            address,
            scheme,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// A server that gives every connection this one script.
    pub(crate) fn always(script: Vec<Act>) -> Self {
        Self::start(vec![script])
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The headers of the requests so far, of all connections.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The `Range` values of the requests so far; `None` for a whole file.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        let range_of = |header: &String| {
            let mut lines = header.lines().filter_map(|line| line.split_once(':'));
            let (_, range) = lines.find(|(name, _)| name.eq_ignore_ascii_case("range"))?;
            Some(range.trim().to_owned())
        };
        self.requests().iter().map(range_of).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.lock().unwrap().len()
    }

    /// Number of open connections.
    pub(crate) fn open_connections(&self) -> usize {
        self.shared
            .connections
            .lock()
            .unwrap()
            .iter()
            .flatten()
            .count()
    }

    /// Cuts all open connections.
    pub(crate) fn cut_connections(&self) {
        for stream in self.shared.connections.lock().unwrap().iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// When silent connections were closed by their peers.
    pub(crate) fn closed_by_peer(&self) -> Vec<Instant> {
        self.shared.closed_by_peer.lock().unwrap().clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.cut_connections();
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let result = acceptor.join();
            if !thread::panicking() {
                result.unwrap();
            }
        }
    }
}

fn perform(stream: &TcpStream, talk: &mut dyn Talk, script: Vec<Act>, shared: &Shared) {
    for act in script {
        let went_well = match act {
            Act::ReadRequest => read_request(talk, shared).is_some(),
            Act::Send(bytes) => talk.write_all(&bytes).and_then(|()| talk.flush()).is_ok(),
            Act::Drip(bytes, every) => bytes.iter().all(|byte| {
                thread::sleep(every);
                let sent = talk.write_all(&[*byte]).and_then(|()| talk.flush());
                sent.is_ok() && !shared.stopping.load(Ordering::SeqCst)
            }),
            Act::Endless(bytes, every) => loop {
                thread::sleep(every);
                // The end of the server closes the connection too, and counts the same.
                if talk.write_all(&bytes).and_then(|()| talk.flush()).is_err() {
                    shared.closed_by_peer.lock().unwrap().push(Instant::now());
                    break false;
                }
            },
            Act::Serve(answers) => loop {
                let Some(header) = read_request(talk, shared) else {
                    break true;
                };
                if talk
                    .write_all(&(answers.0)(&header))
                    .and_then(|()| talk.flush())
                    .is_err()
                {
                    break false;
                }
            },
            Act::ServeUntilCut(answers) => loop {
                let Some(header) = read_request(talk, shared) else {
                    break true;
                };
                let (answer, is_cut) = (answers.0)(&header);
                let sent = talk.write_all(&answer).and_then(|()| talk.flush());
                if sent.is_err() || is_cut {
                    break false;
                }
            },
            Act::Wait(duration) => {
                thread::sleep(duration);
                true
            }
            Act::AwaitRequests(count) => {
                let is_enough = || shared.requests.lock().unwrap().len() >= count;
                while !is_enough() && !shared.stopping.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
                is_enough()
            }
            Act::StaySilent => {
                // Ends only when a side closes the connection.
                while talk.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
                shared.closed_by_peer.lock().unwrap().push(Instant::now());
                true
            }
            Act::Reset => {
                // Closing without lingering drops unsent data and sends a reset.
                let socket = socket2::SockRef::from(stream);
                socket.set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
            Act::Cut => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            Act::PassOn(target) => {
                pass_on(stream, target);
                return;
            }
        };
        if !went_well {
            break;
        }
    }
    talk.say_goodbye();
    let _ = stream.shutdown(Shutdown::Both);
}

/// Passes bytes on to another server and back. Only for connections without TLS of their own.
fn pass_on(stream: &TcpStream, target: SocketAddr) {
    let Ok(other) = TcpStream::connect(target) else {
        return;
    };
    let copy = |mut from: &TcpStream, mut to: &TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    };
    thread::scope(|scope| {
        scope.spawn(|| copy(&other, stream));
        copy(stream, &other);
    });
}

/// Reads and records the header of the next request.
fn read_request(talk: &mut dyn Talk, shared: &Shared) -> Option<String> {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") {
        match talk.read(&mut byte) {
            Ok(1) => header.push(byte[0]),
            _ => return None,
        }
    }
    let header = String::from_utf8(header).unwrap();
    shared.requests.lock().unwrap().push(header.clone());
    Some(header)
}
