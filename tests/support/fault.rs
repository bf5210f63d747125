//! A server that does what a script says, per connection: bytes, waits, cuts. For every way in
//! which a real server goes wrong.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// One act of a script.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Reads a request to the end of its header.
    ReadRequest,
    /// Sends these bytes in one write.
    Send(Vec<u8>),
    /// Sends these bytes one by one.
    Drip(Vec<u8>, Duration),
    /// Waits.
    Wait(Duration),
    /// Says nothing until the peer closes the connection, or the server ends.
    StaySilent,
    /// Closes the connection with a reset.
    Reset,
}

/// Sends text, as most answers are.
pub(crate) fn send(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

/// Reads a request and sends this answer, then closes.
pub(crate) fn answer(text: impl AsRef<[u8]>) -> Vec<Act> {
    vec![Act::ReadRequest, send(text)]
}

/// A scripted server; the connections beyond the last script get the last one again.
pub(crate) struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    requests: Mutex<Vec<String>>,
    /// A handle of each connection that is not over yet.
    connections: Mutex<Vec<Option<TcpStream>>>,
    closed_by_peer: Mutex<Vec<Instant>>,
}

impl FaultServer {
    pub(crate) fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
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
                    let script = scripts[number.min(scripts.len() - 1)].clone();
                    let shared = shared.clone();
                    threads.push(thread::spawn(move || {
                        perform(&stream, script, &shared);
                        // With this, and the thread's own, the connection closes.
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
        format!("http://{}{path}", self.address)
    }

    /// The headers of the requests so far, of all connections.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.lock().unwrap().len()
    }

    /// Ends all connections that there are at this moment.
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

fn perform(stream: &TcpStream, script: Vec<Act>, shared: &Shared) {
    let mut writer = stream;
    for act in script {
        let went_well = match act {
            Act::ReadRequest => read_request(stream, shared),
            Act::Send(bytes) => writer.write_all(&bytes).is_ok(),
            Act::Drip(bytes, every) => bytes.iter().all(|byte| {
                thread::sleep(every);
                writer.write_all(&[*byte]).is_ok() && !shared.stopping.load(Ordering::SeqCst)
            }),
            Act::Wait(duration) => {
                thread::sleep(duration);
                true
            }
            Act::StaySilent => {
                let mut reader = stream;
                // Whatever the peer says: this ends when it closes the connection, or we do.
                while reader.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
                shared.closed_by_peer.lock().unwrap().push(Instant::now());
                true
            }
            Act::Reset => {
                // Closing without lingering throws the rest away and tells the peer so.
                let socket = socket2::SockRef::from(stream);
                socket.set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
        };
        if !went_well {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn read_request(stream: &TcpStream, shared: &Shared) -> bool {
    let mut reader = stream;
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") {
        match reader.read(&mut byte) {
            Ok(1) => header.push(byte[0]),
            _ => return false,
        }
    }
    let header = String::from_utf8(header).unwrap();
    shared.requests.lock().unwrap().push(header);
    true
}
