//! The connections under the client: every wait of theirs can be cancelled, paused and timed.
//!
//! Two layers: [`InterruptibleConnector`] is below TLS and owns the socket; [`WatchConnector`] is
//! above it, sees the plain bytes, and notes what the client does not tell.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use super::current::{self, Stop};
use super::resolve::in_helper;
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
        let stream = connect(details).map_err(ureq::Error::from)?;
        // Small requests must not wait for an acknowledgement.
        stream.set_nodelay(true)?;
        current::note(|attempt| attempt.connected = true);
        current::begin(if details.needs_tls() {
            Phase::Tls
        } else {
            Phase::FirstByte
        });
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(InterruptibleTransport {
            stream,
            buffers,
            read_wait: None,
            write_wait: None,
        })))
    }
}

/// Tries the addresses of the host one after the other, each in a helper thread.
fn connect(details: &ConnectionDetails) -> Result<TcpStream, Stop> {
    let mut last = io::Error::other("the host has no address");
    // One address that swallows everything must leave time for the others.
    let share =
        current::timeouts().connect / u32::try_from(details.addrs.len().max(1)).unwrap_or(1);
    let at_most = share.max(Duration::from_millis(1));
    for address in details.addrs.iter() {
        let address = *address;
        match in_helper("connect", move || {
            TcpStream::connect_timeout(&address, at_most)
        })? {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(Stop::Connect(last))
}

/// A TCP connection that waits in short slices, and asks between them whether it may go on.
#[derive(Debug)]
pub(super) struct InterruptibleTransport {
    stream: TcpStream,
    buffers: LazyBuffers,
    /// The time-outs that the socket has, so that the system is called only to change them.
    read_wait: Option<Duration>,
    write_wait: Option<Duration>,
}

impl Transport for InterruptibleTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let mut sent = 0;
        while sent < amount {
            let wait = current::gate()?;
            if self.write_wait != Some(wait) {
                self.stream.set_write_timeout(Some(wait))?;
                self.write_wait = Some(wait);
            }
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(count) => sent += count,
                Err(error) if is_only_a_pause(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        loop {
            let wait = current::gate()?;
            if self.read_wait != Some(wait) {
                self.stream.set_read_timeout(Some(wait))?;
                self.read_wait = Some(wait);
            }
            let room = self.buffers.input_append_buf();
            if room.is_empty() {
                // Reading nothing would look like the end of the connection.
                return Err(Stop::TooLarge(self.buffers.input().len()).into());
            }
            match self.stream.read(room) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    current::progressed();
                    return Ok(count > 0);
                }
                Err(error) if is_only_a_pause(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        if self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let mut byte = [0];
        let is_silent = match self.stream.read(&mut byte) {
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            Ok(0) => false,
            Ok(_) => {
                current::note(|attempt| attempt.surplus |= attempt.answered);
                false
            }
        };
        is_silent && self.stream.set_nonblocking(false).is_ok()
    }
}

/// Whether an error of a read or write only says that its slice of time is over.
fn is_only_a_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
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
        // The connection stands: what comes next is the request.
        current::begin(Phase::FirstByte);
        Ok(chained.map(|inner| Watched { inner }))
    }
}

/// A connection whose plain bytes are watched.
#[derive(Debug)]
pub(super) struct Watched<T: Transport> {
    inner: T,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        current::show(Phase::FirstByte);
        self.inner
            .transmit_output(amount, wait)
            .map_err(cut_is_no_end)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        let came = self.inner.await_input(wait).map_err(cut_is_no_end)?;
        current::note(|attempt| attempt.answered |= came);
        Ok(came)
    }

    fn is_open(&mut self) -> bool {
        if current::attempt().fresh_only && !current::attempt().connected {
            return false;
        }
        let before = current::attempt().surplus;
        let is_open = self.inner.is_open();
        if self.inner.is_tls() {
            // Below TLS, a byte after the body may be its closing message.
            current::note(|attempt| attempt.surplus = before);
        }
        is_open
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: Transport> Drop for Watched<T> {
    fn drop(&mut self) {
        if !self.inner.buffers().input().is_empty() {
            current::note(|attempt| attempt.surplus |= attempt.answered);
        }
    }
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
