//! The server of the benchmarks, the same for all peers. A process of its own, so that its time and
//! memory do not count.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The argument that makes this program the server.
pub(crate) const ARGUMENT: &str = "--serve";

const BLOCK_BYTES: usize = 1024 * 1024;
/// Bytes of a body before it stalls.
const BEFORE_STALL_BYTES: usize = 100;

/// A running server; dropping it ends the server.
pub(crate) struct BenchServer {
    process: Child,
    port: u16,
    /// The server ends when this closes, even if this process is killed.
    input: Option<ChildStdin>,
}

impl BenchServer {
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

    /// The URL of a body of `length` bytes; `name` distinguishes it from others.
    pub(crate) fn bytes(&self, length: u64, name: &str) -> String {
        format!("http://127.0.0.1:{}/bytes/{length}/{name}", self.port)
    }

    /// The URL of a body that stalls after its first bytes.
    pub(crate) fn stalled(&self) -> String {
        format!("http://127.0.0.1:{}/stalled/1", self.port)
    }

    /// Number of connections opened so far.
    pub(crate) fn connections(&self) -> usize {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .write_all(b"GET /connections/1 HTTP/1.0\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, count) = answer.rsplit_once('\n').unwrap();
        // Without this connection.
        count.parse::<usize>().unwrap() - 1
    }
}

impl Drop for BenchServer {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

/// The server's own `main`.
pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    // Random bytes, like most large files: text could be recognised or compressed.
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
                    // The connection that asks for the count does not count.
                    if converse(stream, &body, before + 1).is_some() {
                        opened.fetch_sub(1, Ordering::SeqCst);
                    }
                })
                .unwrap();
        }
    });
    // Until the benchmark closes the pipe.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// A request for the number of connections, which ends its connection.
struct CountRequest;

/// Answers requests until the client closes the connection or asks for the count.
fn converse(mut stream: TcpStream, body: &[u8], opened: usize) -> Option<CountRequest> {
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
                // A small response is one packet.
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
                return Some(CountRequest);
            }
        }
    }
}
