//! The way to a server: directly, or through a proxy, which forwards what is plain and opens tunnels for what is secure.
//! What goes through a proxy is a part of the phase in which a connection is opened.

use std::io;
use std::sync::Arc;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::current;
use super::forwarding::{ForwardTransport, login_line};
use super::lookups::Lookups;
use super::resolve;
use super::securing::TlsClient;
use super::socks;
use super::stop::{ProxyTrouble, Stop};
use super::transport::{InterruptibleTransport, send};
use crate::fetch::{Phase, Proxy};

/// More headers than a proxy's answer has.
const MAX_PROXY_HEADERS: usize = 100;

/// Opens the connections of one way, up to TLS.
#[derive(Debug)]
pub(super) struct WayConnector {
    pub(super) proxy: Option<Proxy>,
    pub(super) lookups: Arc<Lookups>,
    /// For a proxy that is itself spoken to over TLS.
    pub(super) tls: Arc<TlsClient>,
}

impl<In: Transport> Connector<In> for WayConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let opened = match &self.proxy {
            None => self.directly(details)?.boxed(),
            Some(proxy) => {
                current::note(|attempt| attempt.is_at_proxy = true);
                let opened = self.through(proxy, details).map_err(trouble)?;
                current::note(|attempt| attempt.is_at_proxy = false);
                opened
            }
        };
        current::begin(if details.needs_tls() {
            Phase::Tls
        } else {
            Phase::FirstByte
        });
        Ok(Some(opened))
    }
}

impl WayConnector {
    fn directly(&self, details: &ConnectionDetails) -> Result<InterruptibleTransport, ureq::Error> {
        InterruptibleTransport::connect(&details.addrs, details.config.input_buffer_size())
    }

    fn through(
        &self,
        proxy: &Proxy,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        current::begin(Phase::Resolve);
        let addresses = resolve::addresses(&self.lookups, proxy.host(), proxy.port())?;
        let input_limit = details.config.input_buffer_size();
        let mut to_proxy = InterruptibleTransport::connect(&addresses, input_limit)?.boxed();
        if proxy.is_secure() {
            to_proxy = self.tls.secure(to_proxy, proxy.host(), details)?.boxed();
        }
        if proxy.is_socks() {
            socks::open_tunnel(&mut *to_proxy, proxy, details)?;
            return Ok(TunnelTransport(to_proxy).boxed());
        }
        if !details.needs_tls() {
            let authority = details.uri.authority().map_or("", |part| part.as_str());
            return Ok(ForwardTransport::new(to_proxy, authority, proxy.clone()).boxed());
        }
        open_tunnel(&mut *to_proxy, proxy, details)?;
        Ok(TunnelTransport(to_proxy).boxed())
    }
}

/// Asks the proxy for a tunnel (RFC 9110, section 9.3.6), and reads its answer to the end of the header.
fn open_tunnel(
    to_proxy: &mut dyn Transport,
    proxy: &Proxy,
    details: &ConnectionDetails,
) -> Result<(), ureq::Error> {
    let host = details.uri.host().unwrap_or_default();
    let port = details.uri.port_u16().unwrap_or(443);
    let login = login_line(proxy).unwrap_or_default();
    let agent = super::USER_AGENT;
    let request = format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {agent}\r\n{login}\r\n"
    );
    send(to_proxy, request.as_bytes(), details.timeout)?;
    loop {
        let came = to_proxy.maybe_await_input(details.timeout)?;
        let buffers = to_proxy.buffers();
        match ProxyAnswer::read(buffers.input())? {
            Some(answer) => {
                buffers.input_consume(answer.header_bytes);
                match answer.http_status {
                    100..=199 => {}
                    200..=299 => return Ok(()),
                    http_status => {
                        let asks_for = answer.asks_for;
                        let refused = ProxyTrouble::Refused {
                            http_status,
                            asks_for,
                        };
                        return Err(Stop::from(refused).into());
                    }
                }
            }
            None if came => buffers.input_consume(0),
            None => {
                let cut = "it ended in the middle of its answer".to_owned();
                return Err(Stop::from(ProxyTrouble::Closed(cut)).into());
            }
        }
    }
}

/// The header of a proxy's answer.
struct ProxyAnswer {
    header_bytes: usize,
    http_status: u16,
    /// Its `Proxy-Authenticate` headers.
    asks_for: Vec<Vec<u8>>,
}

impl ProxyAnswer {
    /// The answer, once its header is complete.
    fn read(input: &[u8]) -> Result<Option<Self>, ureq::Error> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_PROXY_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response
            .parse(input)
            .map_err(|error| Stop::from(ProxyTrouble::Garbage(error.to_string())))?;
        let httparse::Status::Complete(header_bytes) = parsed else {
            return Ok(None);
        };
        let challenges = response
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case("proxy-authenticate"));
        Ok(Some(Self {
            header_bytes,
            http_status: response.code.unwrap_or_default(),
            asks_for: challenges.map(|header| header.value.to_vec()).collect(),
        }))
    }
}

/// What a proxy passes on as it is.
#[derive(Debug)]
struct TunnelTransport(Box<dyn Transport>);

impl Transport for TunnelTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, wait)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(wait)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    /// TLS that ends at the proxy is not that of the server.
    fn is_tls(&self) -> bool {
        false
    }
}

/// An error on the way to the proxy, as the trouble with the proxy that it is.
fn trouble(error: ureq::Error) -> ureq::Error {
    let trouble = match error {
        ureq::Error::Other(inner) => match inner.downcast::<Stop>() {
            Ok(stop) => match *stop {
                Stop::Resolve(error) => ProxyTrouble::Resolve(error),
                Stop::Connect(error) => ProxyTrouble::Connect(error),
                Stop::Broken(error) => ProxyTrouble::Closed(error.to_string()),
                stop @ Stop::TooLarge(_) => ProxyTrouble::Garbage(stop.to_string()),
                stop @ (Stop::Cancelled(_) | Stop::TimedOut(_) | Stop::Proxy(_)) => {
                    return stop.into();
                }
            },
            Err(other) => return ureq::Error::Other(other),
        },
        ureq::Error::Io(error)
            if error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some() =>
        {
            ProxyTrouble::Tls(error.to_string())
        }
        ureq::Error::Io(error) => ProxyTrouble::Closed(error.to_string()),
        ureq::Error::Tls(_) => ProxyTrouble::Tls(error.to_string()),
        // Whatever else the client says is about the answer.
        error => ProxyTrouble::Garbage(error.to_string()),
    };
    Stop::Proxy(trouble).into()
}
