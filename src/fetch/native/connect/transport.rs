//! The connections under the client: every wait of theirs can be cancelled, paused and timed.
//!
//! Two layers: [`InterruptibleTransport`] is below TLS and owns the socket; [`WatchConnector`] is
//! above it, sees the plain bytes, notes what the client does not tell, and cleans response headers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::buffers::GrowingBuffers;
use super::fetch_context;
use super::happy_eyeballs;
use super::header_block::HeaderBlock;
use super::notifier::Interest;
use super::transport_error::Stop;
use crate::fetch::Phase;

/// A TCP connection whose every wait ends when the job is paused or cancelled. The socket never blocks.
#[derive(Debug)]
pub(crate) struct InterruptibleTransport {
    stream: TcpStream,
    buffers: GrowingBuffers,
    /// A request was just sent: no answer can be there yet.
    has_just_sent: bool,
}

impl InterruptibleTransport {
    /// Connects to the first of these addresses that answers. At most `input_limit` bytes are read ahead.
    ///
    /// # Errors
    /// [`Stop`], and what the system says.
    pub(crate) fn connect(
        addresses: &[SocketAddr],
        input_limit: usize,
    ) -> Result<Self, ureq::Error> {
        fetch_context::begin(Phase::Connect);
        let stream = happy_eyeballs::to_any(addresses)?;
        // Small requests must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        fetch_context::connected();
        let buffers = GrowingBuffers::new(input_limit);
        Ok(Self {
            stream,
            buffers,
            has_just_sent: false,
        })
    }
}

impl Transport for InterruptibleTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        // A pooled connection serves requests of different lengths.
        self.buffers.expect_output(fetch_context::request_bytes());
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.has_just_sent = true;
        let mut sent = 0;
        while sent < amount {
            // Also when there is room at once: a fast peer must not outrun a pause.
            fetch_context::gate()?;
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(count) => sent += count,
                Err(error) if is_not_ready(&error) => {
                    fetch_context::wait([(&self.stream, Interest::Write)], None)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        if std::mem::take(&mut self.has_just_sent) {
            fetch_context::wait([(&self.stream, Interest::Read)], None)?;
        }
        loop {
            // Of a body, what has come already counts, however late we look: the clock is asked by the wait.
            fetch_context::gate_before_read()?;
            let room = self.buffers.input_append_buf();
            if room.is_empty() {
                // Reading nothing would look like the end of the connection.
                return Err(Stop::TooLarge(self.buffers.input().len()).into());
            }
            match self.stream.read(room) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    fetch_context::progressed(count)?;
                    return Ok(count > 0);
                }
                Err(error) if is_not_ready(&error) => {
                    fetch_context::wait([(&self.stream, Interest::Read)], None)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // A byte that no answer announced belongs to none: the connection must not serve another request.
        matches!(self.stream.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Whether an error of a read or write only says that there is nothing to do yet.
fn is_not_ready(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Sends bytes over a connection, in pieces that its buffer has room for.
///
/// # Errors
/// Those of the connection.
pub(crate) fn send(
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

/// Wraps what the connectors below made, TLS or not.
#[derive(Debug)]
pub(crate) struct WatchConnector;

impl<In: Transport> Connector<In> for WatchConnector {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        // The connection is open: the request comes next.
        fetch_context::begin(Phase::FirstByte);
        Ok(chained.map(|inner| Watched {
            inner,
            header: HeaderBlock::new(),
            reading: Reading::Nothing,
        }))
    }
}

/// A connection whose plain bytes are watched.
#[derive(Debug)]
pub(crate) struct Watched<T: Transport> {
    inner: T,
    header: HeaderBlock,
    reading: Reading,
}

/// What the next bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// None are expected before a request is sent.
    Nothing,
    Header,
    Body,
}

impl<T: Transport> Watched<T> {
    /// Moves bytes of a header to where the client reads it from.
    fn await_header(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        // More may have come with an informational response.
        if self.inner.buffers().input().is_empty() {
            let is_tls = self.inner.is_tls();
            let came = self.inner.await_input(wait).map_err(cut_is_no_end)?;
            let input = self.inner.buffers().input();
            fetch_context::note(|attempt| {
                attempt.speaks_tls |= !attempt.answered && !is_tls && begins_as_tls(input);
                attempt.answered |= came;
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
        if self.reading == Reading::Header {
            if !self.header.is_over() {
                return &mut self.header;
            }
            self.reading = Reading::Body;
            // An idle connection need not keep it.
            self.header = HeaderBlock::new();
        }
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        fetch_context::show(Phase::FirstByte);
        self.reading = Reading::Nothing;
        self.inner
            .transmit_output(amount, wait)
            .map_err(cut_is_no_end)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        if self.reading == Reading::Nothing {
            self.reading = Reading::Header;
            self.header = HeaderBlock::new();
        }
        match self.reading {
            Reading::Nothing | Reading::Header => self.await_header(wait),
            Reading::Body => self.inner.await_input(wait).map_err(cut_is_no_end),
        }
    }

    fn is_open(&mut self) -> bool {
        if fetch_context::attempt().fresh_only && !fetch_context::attempt().connected {
            return false;
        }
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Whether the first bytes of an answer are an alert or a greeting of TLS (RFC 8446, section 5.1).
fn begins_as_tls(input: &[u8]) -> bool {
    matches!(input, [21 | 22, 3, ..])
}

/// A connection that broke, as what it is: the client takes some of these errors for the proper
/// end of a body. TLS that ends without its closing message is one of them.
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
            Stop::Broken(error).into()
        }
        error => error,
    }
}
