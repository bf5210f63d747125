//! A server of many kinds of downloads, whose bodies are known by their paths.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What of a download is special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It goes on from any byte, and is known by its validator.
    Ranges,
    /// It always comes from the beginning.
    NoRanges,
    /// Its length is not announced.
    Chunked,
    /// The first request is refused for a moment.
    Busy,
    /// It is elsewhere.
    Redirected,
    /// It says that it is a web page: its end is doubtful.
    Page,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Ranges,
        Self::NoRanges,
        Self::Chunked,
        Self::Busy,
        Self::Redirected,
        Self::Page,
    ];

    fn letter(self) -> &'static str {
        match self {
            Self::Ranges => "r",
            Self::NoRanges => "n",
            Self::Chunked => "c",
            Self::Busy => "b",
            Self::Redirected => "d",
            Self::Page => "p",
        }
    }
}

/// The state in which a download ends.
pub(crate) fn end_state(url: &str) -> &'static str {
    if url.contains("/p/") { "check" } else { "done" }
}

/// The bytes of a file.
pub(crate) fn body(number: usize, length: usize) -> Vec<u8> {
    let byte = |at: usize| (at.wrapping_mul(31) ^ (at >> 8).wrapping_mul(7) ^ number) as u8;
    (0..length).map(byte).collect()
}

/// Serves until it is dropped.
pub(crate) struct MixedServer {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    is_over: AtomicBool,
    /// Body bytes that were sent.
    sent: AtomicU64,
    /// The paths that were refused once.
    refused: Mutex<HashSet<String>>,
    /// How long each block of 8 KiB takes, in microseconds.
    block_micros: AtomicU64,
}

impl MixedServer {
    pub(crate) fn start(block_time: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            is_over: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            refused: Mutex::default(),
            block_micros: AtomicU64::new(block_time.as_micros() as u64),
        });
        let its_shared = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if its_shared.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let shared = its_shared.clone();
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// The URL of a file called `NUMBER.bin`.
    pub(crate) fn url(&self, kind: Kind, number: usize, length: usize) -> String {
        let letter = kind.letter();
        format!("http://{}/{letter}/{length}/{number}.bin", self.address)
    }

    /// From now on, each block of 8 KiB takes this long.
    pub(crate) fn set_block_time(&self, time: Duration) {
        let micros = time.as_micros() as u64;
        self.shared.block_micros.store(micros, Ordering::Relaxed);
    }

    /// Body bytes that were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Drop for MixedServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

/// Answers requests until the peer is gone.
fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some((path, start)) = request(&mut reader) {
        if answer(stream, shared, &path, start).is_none() {
            return;
        }
    }
}

/// The path of the next request, and the first byte that is wanted.
fn request(reader: &mut impl BufRead) -> Option<(String, Option<usize>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut start = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Some((path, start));
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.split('-').next().and_then(|first| first.parse().ok());
        }
    }
}

fn answer(mut stream: &TcpStream, shared: &Shared, path: &str, start: Option<usize>) -> Option<()> {
    let mut parts = path.trim_start_matches('/').split('/');
    let kind = parts.next()?;
    let length: usize = parts.next()?.parse().ok()?;
    let number: usize = parts.next()?.strip_suffix(".bin")?.parse().ok()?;
    let refused = || {
        let mut refused = shared
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        refused.insert(path.to_owned())
    };
    if kind == "b" && refused() {
        let head = "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(head.as_bytes()).ok();
    }
    if kind == "d" {
        let head = format!(
            "HTTP/1.1 302 Found\r\nLocation: /r/{length}/{number}.bin\r\nContent-Length: 0\r\n\r\n"
        );
        return stream.write_all(head.as_bytes()).ok();
    }
    let has_ranges = matches!(kind, "r" | "b" | "p");
    let start = start.filter(|start| has_ranges && *start < length);
    let bytes = body(number, length);
    let bytes = &bytes[start.unwrap_or(0)..];
    let mut head = match start {
        Some(start) => format!(
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes {start}-{}/{length}\r\n",
            length - 1
        ),
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    if has_ranges {
        head += &format!("Accept-Ranges: bytes\r\nETag: \"{number}-{length}\"\r\n");
    }
    if kind == "p" {
        head += "Content-Type: text/html\r\n";
    }
    let is_chunked = kind == "c";
    head += &if is_chunked {
        "Transfer-Encoding: chunked\r\n\r\n".to_owned()
    } else {
        format!("Content-Length: {}\r\n\r\n", bytes.len())
    };
    stream.write_all(head.as_bytes()).ok()?;
    for block in bytes.chunks(8 * 1024) {
        if is_chunked {
            write!(stream, "{:x}\r\n", block.len()).ok()?;
        }
        stream.write_all(block).ok()?;
        if is_chunked {
            stream.write_all(b"\r\n").ok()?;
        }
        shared.sent.fetch_add(block.len() as u64, Ordering::Relaxed);
        let micros = shared.block_micros.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_micros(micros));
    }
    if is_chunked {
        stream.write_all(b"0\r\n\r\n").ok()?;
    }
    Some(())
}
