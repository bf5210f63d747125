//! Opening a connection to whichever address of a host answers first, without ever blocking.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::fetch_context;
use super::notifier::Interest;
use super::transport_error::Stop;

/// How long one address has before the next is tried beside it ("Happy Eyeballs", RFC 8305, section 5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Connects to the first of these addresses that answers. Each has a head start on the next; one that refuses at once
/// gives way at once.
///
/// # Errors
/// [`Stop`] when the job was cancelled, when the phase is over its time, or when every address failed.
pub(crate) fn to_any(addresses: &[SocketAddr]) -> Result<TcpStream, Stop> {
    let mut left = addresses.iter();
    let mut under_way: Vec<TcpStream> = Vec::new();
    let mut last_error = io::Error::other("the host has no address");
    let mut begin_next_at = Instant::now();
    loop {
        fetch_context::gate()?;
        if under_way.is_empty() || begin_next_at <= Instant::now() {
            match left.next() {
                Some(address) => {
                    match begin(*address) {
                        Ok(stream) => under_way.push(stream),
                        Err(error) => last_error = error,
                    }
                    begin_next_at = Instant::now() + NEXT_ADDRESS_AFTER;
                }
                None if under_way.is_empty() => return Err(Stop::Connect(last_error)),
                None => {}
            }
        }
        let until_next = left
            .as_slice()
            .first()
            .map(|_| begin_next_at.saturating_duration_since(Instant::now()));
        let waiting = under_way.iter().map(|stream| (stream, Interest::Write));
        if !under_way.is_empty() {
            fetch_context::wait(waiting, until_next)?;
        }
        let mut place = 0;
        while place < under_way.len() {
            match state(&under_way[place]) {
                Ok(true) => return Ok(under_way.swap_remove(place)),
                Ok(false) => place += 1,
                Err(error) => {
                    last_error = error;
                    drop(under_way.swap_remove(place));
                    begin_next_at = Instant::now();
                }
            }
        }
    }
}

/// Begins to connect.
fn begin(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if is_in_progress(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(socket.into())
}

fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::WouldBlock
    }
}

/// Whether it stands; an error when it never will.
fn state(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
