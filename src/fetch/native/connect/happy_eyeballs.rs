//! Opening a connection to whichever address of a host answers first, without blocking.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::fetch_context::FetchContext;
use super::notifier::Interest;
use super::transport_error::TransportError;

/// The head start of one address on the next ("Happy Eyeballs", RFC 8305, section 5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// Connects to the first of these addresses that answers. Each has a head start on the next, which
/// begins at once when one fails.
///
/// # Errors
/// [`TransportError`] when the job was cancelled, when the phase is over its time, or when every
/// address failed.
pub(super) fn connect_to_any(
    context: &FetchContext,
    addresses: &[SocketAddr],
) -> Result<TcpStream, TransportError> {
    let mut left = addresses.iter();
    let mut pending: Vec<TcpStream> = Vec::new();
    let mut last_error = io::Error::other("the host has no address");
    let mut begin_next_at = Instant::now();
    loop {
        context.checkpoint()?;
        if pending.is_empty() || begin_next_at <= Instant::now() {
            match left.next() {
                Some(address) => {
                    match begin(*address) {
                        Ok(stream) => pending.push(stream),
                        Err(error) => last_error = error,
                    }
                    begin_next_at = Instant::now() + NEXT_ADDRESS_AFTER;
                }
                None if pending.is_empty() => return Err(TransportError::Connect(last_error)),
                None => {}
            }
        }
        let until_next = left
            .as_slice()
            .first()
            .map(|_| begin_next_at.saturating_duration_since(Instant::now()));
        if !pending.is_empty() {
            let sockets = pending.iter().map(|stream| (stream, Interest::Write));
            context.wait(sockets, until_next)?;
        }
        let mut index = 0;
        while index < pending.len() {
            match is_connected(&pending[index]) {
                Ok(true) => return Ok(pending.swap_remove(index)),
                Ok(false) => index += 1,
                Err(error) => {
                    last_error = error;
                    drop(pending.swap_remove(index));
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

/// Whether the connection is open; an error when it never will be.
fn is_connected(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
