//! The connections under the client: every wait of theirs can be cancelled, paused and timed.
//!
//! Two layers: [`InterruptibleConnector`] is below TLS and owns the socket; [`WatchConnector`] is
//! above it, sees the plain bytes, and notes what the client does not tell.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport,
};

use super::buffers::GrowingBuffers;
use super::connect;
use super::current::{self, Stop};
use super::wake::Interest;
use crate::fetch::Phase;

/// Opens a TCP connection.
#[derive(Debug)]
pub(super) struct InterruptibleConnector;

impl<In: Transport> Connector<In> for InterruptibleConnector {
    type Out = Either<In, InterruptibleTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(transport) = chained {
            return Ok(Some(Either::A(transport)));
        }
        current::begin(Phase::Connect);
        let stream = connect::to_any(&details.addrs).map_err(ureq::Error::from)?;
        // Small requests must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        current::note(|attempt| attempt.connected = true);
        if !current::attempt().is_at_proxy {
            current::begin(if details.needs_tls() {
                Phase::Tls
            } else {
                Phase::FirstByte
            });
        }
        let buffers = GrowingBuffers::new(details.config.input_buffer_size());
        Ok(Some(Either::B(InterruptibleTransport { stream, buffers })))
    }
}

/// A TCP connection whose every wait ends when the job is paused or cancelled. The socket never blocks.
#[derive(Debug)]
pub(super) struct InterruptibleTransport {
    stream: TcpStream,
    buffers: GrowingBuffers,
}

impl Transport for InterruptibleTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        // A pooled connection serves requests of different lengths.
        self.buffers.expect_output(current::request_bytes());
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let mut sent = 0;
        while sent < amount {
            // Also when there is room at once: a fast peer must not outrun a pause.
            current::gate()?;
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(count) => sent += count,
                Err(error) if is_not_ready(&error) => {
                    current::wait([(&self.stream, Interest::Write)], None)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        loop {
            // Of a body, what has come already counts, however late we look: the clock is asked by the wait.
            current::gate_before_read()?;
            let room = self.buffers.input_append_buf();
            if room.is_empty() {
                // Reading nothing would look like the end of the connection.
                return Err(Stop::TooLarge(self.buffers.input().len()).into());
            }
            match self.stream.read(room) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    current::progressed(count)?;
                    return Ok(count > 0);
                }
                Err(error) if is_not_ready(&error) => {
                    current::wait([(&self.stream, Interest::Read)], None)?;
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

/// Wraps what the connectors below made, TLS or not.
#[derive(Debug)]
pub(super) struct WatchConnector;

impl<In: Transport> Connector<In> for WatchConnector {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let is_to_proxy = current::attempt().is_at_proxy;
        if !is_to_proxy {
            // The connection stands: what comes next is the request.
            current::begin(Phase::FirstByte);
        }
        Ok(chained.map(|inner| Watched { inner, is_to_proxy }))
    }
}

/// A connection whose plain bytes are watched.
#[derive(Debug)]
pub(super) struct Watched<T: Transport> {
    inner: T,
    /// A tunnel's lower end: its bytes are the proxy's, or those of the TLS above it, and say nothing of an answer.
    is_to_proxy: bool,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        if !self.is_to_proxy {
            current::show(Phase::FirstByte);
        }
        self.inner
            .transmit_output(amount, wait)
            .map_err(cut_is_no_end)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        let came = self.inner.await_input(wait).map_err(cut_is_no_end)?;
        if !self.is_to_proxy {
            let is_tls = self.inner.is_tls();
            let input = self.inner.buffers().input();
            current::note(|attempt| {
                attempt.speaks_tls |= !attempt.answered && !is_tls && begins_as_tls(input);
                attempt.answered |= came;
            });
        }
        Ok(came)
    }

    fn is_open(&mut self) -> bool {
        if current::attempt().fresh_only && !current::attempt().connected {
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
