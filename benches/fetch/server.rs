//! The server of the benchmarks, the same for all peers, in a process of its own: it must not take time or memory from
//! the one that is measured.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The argument that makes this program the server.
pub(crate) const ARGUMENT: &str = "--serve";

/// What is sent at once of a large body.
const BLOCK_BYTES: usize = 1024 * 1024;
/// What comes of a body that then stalls.
const BEFORE_STALL_BYTES: usize = 100;

/// A server under way; it ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    /// It ends when this closes, whatever becomes of us.
    input: Option<ChildStdin>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        Self {
            port: line.trim().parse().unwrap(),
            input: process.stdin.take(),
            process,
        }
    }

    /// The URL of a body of so many bytes; `name` tells it from others.
    pub(crate) fn bytes(&self, length: u64, name: &str) -> String {
        format!("http://127.0.0.1:{}/bytes/{length}/{name}", self.port)
    }

    /// The URL of a body that begins, and then stalls.
    pub(crate) fn stalled(&self) -> String {
        format!("http://127.0.0.1:{}/stalled/1", self.port)
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .write_all(b"GET /connections/1 HTTP/1.0\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, count) = answer.rsplit_once('\n').unwrap();
        // This one does not count.
        count.parse::<usize>().unwrap() - 1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

/// The server's own `main`.
pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    // As real files are: a text would flatter whoever looks at it as one.
    let mut random = fastrand::Rng::with_seed(7);
    let body: Arc<[u8]> = (0..BLOCK_BYTES).map(|_| random.u8(..)).collect();
    let opened = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let (body, opened) = (body.clone(), opened.clone());
            let before = opened.fetch_add(1, Ordering::SeqCst);
            let connection = thread::Builder::new().stack_size(64 * 1024);
            connection
                .spawn(move || {
                    // Whoever asks for the count is not to be one of those counted.
                    if converse(stream, &body, before + 1) == Some(Asked::Count) {
                        opened.fetch_sub(1, Ordering::SeqCst);
                    }
                })
                .unwrap();
        }
    });
    // Until the other side closes it.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// The last request of a connection, where it matters.
#[derive(PartialEq, Eq)]
enum Asked {
    Count,
}

/// Answers requests until the peer closes the connection.
fn converse(mut stream: TcpStream, body: &[u8], opened: usize) -> Option<Asked> {
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut answer = Vec::new();
    loop {
        while !request.ends_with(b"\r\n\r\n") {
            let mut some = [0; 2048];
            match stream.read(&mut some) {
                Ok(0) | Err(_) => return None,
                Ok(count) => request.extend_from_slice(&some[..count]),
            }
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        request.clear();
        let mut path = text.split(' ').nth(1)?.split('/').skip(1);
        let (what, length) = (path.next()?, path.next()?.parse::<usize>().ok()?);
        answer.clear();
        answer.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n");
        match what {
            "bytes" => {
                write!(answer, "Content-Length: {length}\r\n\r\n").ok()?;
                // One small answer is one packet.
                let first = length.min(64 * 1024);
                answer.extend_from_slice(&body[..first]);
                stream.write_all(&answer).ok()?;
                let mut left = length - first;
                while left > 0 {
                    let count = left.min(body.len());
                    stream.write_all(&body[..count]).ok()?;
                    left -= count;
                }
            }
            "stalled" => {
                write!(answer, "Content-Length: 1000000\r\n\r\n").ok()?;
                answer.extend_from_slice(&body[..BEFORE_STALL_BYTES]);
                stream.write_all(&answer).ok()?;
            }
            _ => {
                write!(answer, "\r\n{opened}").ok()?;
                stream.write_all(&answer).ok()?;
                return Some(Asked::Count);
            }
        }
    }
}
