//! The connections under the client: each of their waits can be cancelled, paused and timed.
//!
//! Two layers: [`InterruptibleTransport`] is below TLS and owns the socket; [`WatchConnector`] is
//! above it, sees the plain bytes, records what the client does not report, and cleans response
//! headers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::buffers::GrowingBuffers;
use super::fetch_context::{self, FetchContext};
use super::happy_eyeballs::connect_to_any;
use super::header_block::HeaderBlock;
use super::notifier::{Interest, Notifier};
use super::transport_error::TransportError;
use crate::fetch::Phase;

/// How long a connection waits whose fetch has ended, when it is being closed.
const WAIT_AFTER_FETCH: Duration = Duration::from_millis(50);

/// A TCP connection whose every wait ends when the job is paused or cancelled. The socket never
/// blocks.
#[derive(Debug)]
pub(super) struct InterruptibleTransport {
    stream: TcpStream,
    buffers: GrowingBuffers,
    /// A request was just sent: no response can be there yet.
    has_just_sent: bool,
}

impl InterruptibleTransport {
    /// Connects to the first of these addresses that answers. At most `input_limit` bytes are read
    /// ahead.
    ///
    /// # Errors
    /// [`TransportError`], and those of the system.
    pub(super) fn connect(
        context: &FetchContext,
        addresses: &[SocketAddr],
        input_limit: usize,
    ) -> Result<Self, ureq::Error> {
        context.begin(Phase::Connect);
        let stream = connect_to_any(context, addresses)?;
        // A small request must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        context.set_connected();
        Ok(Self {
            stream,
            buffers: GrowingBuffers::new(input_limit),
            has_just_sent: false,
        })
    }

    fn wait(&self, interest: Interest) -> Result<(), TransportError> {
        let socket = [(&self.stream, interest)];
        match fetch_context::with(|context| context.wait(socket, None)) {
            Some(result) => result,
            None => Notifier::new()
                .and_then(|notifier| notifier.wait(socket, Some(WAIT_AFTER_FETCH)))
                .map_err(TransportError::Broken),
        }
    }
}

impl Transport for InterruptibleTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        expect_output(&mut self.buffers);
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.has_just_sent = true;
        let mut sent = 0;
        while sent < amount {
            // Also when the socket takes bytes at once: a fast peer must not outrun a pause.
            fetch_context::with(FetchContext::checkpoint).transpose()?;
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(count) => sent += count,
                Err(error) if is_not_ready(&error) => self.wait(Interest::Write)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        if std::mem::take(&mut self.has_just_sent) {
            self.wait(Interest::Read)?;
        }
        loop {
            // Bytes of a body that are there already count, however late they are read: only the
            // wait checks the time.
            fetch_context::with(FetchContext::checkpoint_before_read).transpose()?;
            let space = self.buffers.input_append_buf();
            if space.is_empty() {
                // Reading nothing would look like the end of the connection.
                return Err(TransportError::TooLarge(self.buffers.input().len()).into());
            }
            match self.stream.read(space) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    fetch_context::with(|context| context.received(count)).transpose()?;
                    return Ok(count > 0);
                }
                Err(error) if is_not_ready(&error) => self.wait(Interest::Read)?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // A byte that no response announced: the connection must not serve another request.
        matches!(self.stream.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Makes space for the current request: a pooled connection serves requests of different lengths.
pub(super) fn expect_output(buffers: &mut GrowingBuffers) {
    let bytes = fetch_context::with(|context| context.attempt().request_bytes);
    buffers.expect_output(bytes.unwrap_or(0));
}

fn is_not_ready(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Sends bytes over a connection, in pieces that fit its buffer.
///
/// # Errors
/// Those of the connection.
pub(super) fn send(
    transport: &mut dyn Transport,
    bytes: &[u8],
    wait: NextTimeout,
) -> Result<(), ureq::Error> {
    let mut left = bytes;
    while !left.is_empty() {
        let output = transport.buffers().output();
        let (piece, rest) = left.split_at(left.len().min(output.len()));
        output[..piece.len()].copy_from_slice(piece);
        transport.transmit_output(piece.len(), wait)?;
        left = rest;
    }
    Ok(())
}

/// Wraps the connections of the connectors below, with TLS or without.
#[derive(Debug)]
pub(super) struct WatchConnector;

impl<In: Transport> Connector<In> for WatchConnector {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        // The connection is open: the request follows.
        fetch_context::with(|context| context.begin(Phase::FirstByte));
        Ok(chained.map(|inner| Watched {
            inner,
            header: HeaderBlock::new(),
            expected: Expected::Nothing,
        }))
    }
}

/// A connection whose plain bytes are watched.
#[derive(Debug)]
pub(super) struct Watched<T: Transport> {
    inner: T,
    header: HeaderBlock,
    expected: Expected,
}

/// What the next bytes of a connection belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// No request was sent.
    Nothing,
    Header,
    Body,
}

impl<T: Transport> Watched<T> {
    /// Moves bytes of a header to where the client reads them.
    fn await_header(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        // An informational response may have come together with the next one.
        if self.inner.buffers().input().is_empty() {
            let is_tls = self.inner.is_tls();
            let came = self.inner.await_input(wait).map_err(cut_is_no_end)?;
            let input = self.inner.buffers().input();
            fetch_context::with(|context| {
                context.update_attempt(|attempt| {
                    attempt.speaks_tls |= !attempt.responded && !is_tls && begins_as_tls(input);
                    attempt.responded |= came;
                });
            });
            if !came {
                return Ok(false);
            }
        }
        let below = self.inner.buffers();
        let taken = self.header.take(below.input())?;
        below.input_consume(taken);
        Ok(taken > 0)
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        if self.expected == Expected::Header {
            if !self.header.is_over() {
                return &mut self.header;
            }
            self.expected = Expected::Body;
            // An idle connection needs no header buffer.
            self.header = HeaderBlock::new();
        }
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        fetch_context::with(|context| context.show(Phase::FirstByte));
        self.expected = Expected::Nothing;
        self.inner
            .transmit_output(amount, wait)
            .map_err(cut_is_no_end)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        if self.expected == Expected::Nothing {
            self.expected = Expected::Header;
            self.header = HeaderBlock::new();
        }
        match self.expected {
            Expected::Nothing | Expected::Header => self.await_header(wait),
            Expected::Body => self.inner.await_input(wait).map_err(cut_is_no_end),
        }
    }

    fn is_open(&mut self) -> bool {
        let attempt = fetch_context::with(FetchContext::attempt).unwrap_or_default();
        let may_be_idle = !attempt.fresh_only || attempt.connected;
        may_be_idle && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Whether the first bytes of a response are an alert or a handshake of TLS (RFC 8446, section
/// 5.1).
fn begins_as_tls(input: &[u8]) -> bool {
    matches!(input, [21 | 22, 3, ..])
}

/// A broken connection as an error that the client passes on: it would take some of these for the
/// proper end of a body, TLS that ends without its closing message among them.
fn cut_is_no_end(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            ) =>
        {
            TransportError::Broken(error).into()
        }
        error => error,
    }
}
