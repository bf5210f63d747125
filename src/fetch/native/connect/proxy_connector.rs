//! Connections to a server: direct, or through a proxy, which forwards http:// requests and opens
//! tunnels for https://. Connecting through a proxy is one phase, its TLS and its tunnel included.

use std::io;
use std::sync::Arc;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::dns_cache::DnsCache;
use super::fetch_context::{self, FetchContext};
use super::forward_proxy::{ForwardTransport, login_line};
use super::resolver::addresses;
use super::socks;
use super::tls::TlsClient;
use super::transport::{InterruptibleTransport, send};
use super::transport_error::{ProxyError, TransportError};
use crate::fetch::{Phase, Proxy};

/// How every request names this program, to servers and proxies.
pub(super) const USER_AGENT: &str = concat!("jobdeck/", env!("CARGO_PKG_VERSION"));

/// More headers than a proxy's response has.
const MAX_PROXY_HEADERS: usize = 100;

/// Opens connections, direct or through one proxy, up to the server's TLS.
#[derive(Debug)]
pub(super) struct ProxyConnector {
    pub(super) proxy: Option<Proxy>,
    pub(super) dns_cache: Arc<DnsCache>,
    /// For a proxy that is itself reached over TLS.
    pub(super) tls: Arc<TlsClient>,
}

impl<In: Transport> Connector<In> for ProxyConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let opened = fetch_context::with(|context| self.open(context, details));
        opened
            .unwrap_or(Err(ureq::Error::ConnectionFailed))
            .map(Some)
    }
}

impl ProxyConnector {
    fn open(
        &self,
        context: &FetchContext,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let opened = match &self.proxy {
            None => {
                let input_limit = details.config.input_buffer_size();
                InterruptibleTransport::connect(context, &details.addrs, input_limit)?.boxed()
            }
            Some(proxy) => {
                context.update_attempt(|attempt| attempt.is_at_proxy = true);
                let opened = self.open_through(context, proxy, details);
                let opened = opened.map_err(as_proxy_error)?;
                context.update_attempt(|attempt| attempt.is_at_proxy = false);
                opened
            }
        };
        context.begin(if details.needs_tls() {
            Phase::Tls
        } else {
            Phase::FirstByte
        });
        Ok(opened)
    }

    fn open_through(
        &self,
        context: &FetchContext,
        proxy: &Proxy,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        context.begin(Phase::Resolve);
        let addresses = addresses(context, &self.dns_cache, proxy.host(), proxy.port())?;
        let input_limit = details.config.input_buffer_size();
        let mut to_proxy =
            InterruptibleTransport::connect(context, &addresses, input_limit)?.boxed();
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

/// Asks the proxy for a tunnel (RFC 9110, section 9.3.6), and reads its response to the end of the
/// header.
fn open_tunnel(
    to_proxy: &mut dyn Transport,
    proxy: &Proxy,
    details: &ConnectionDetails,
) -> Result<(), ureq::Error> {
    let host = details.uri.host().unwrap_or_default();
    let port = details.uri.port_u16().unwrap_or(443);
    let login = login_line(proxy).unwrap_or_default();
    let request = format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT}\r\n{login}\r\n"
    );
    send(to_proxy, request.as_bytes(), details.timeout)?;
    loop {
        let came = to_proxy.maybe_await_input(details.timeout)?;
        let buffers = to_proxy.buffers();
        match ProxyResponse::read(buffers.input())? {
            Some(response) => {
                buffers.input_consume(response.header_bytes);
                match response.http_status {
                    100..=199 => {}
                    200..=299 => return Ok(()),
                    http_status => {
                        let challenges = response.challenges;
                        let refused = ProxyError::Refused {
                            http_status,
                            challenges,
                        };
                        return Err(TransportError::from(refused).into());
                    }
                }
            }
            None if came => buffers.input_consume(0),
            None => {
                let cut = "it ended in the middle of its answer".to_owned();
                return Err(TransportError::from(ProxyError::Closed(cut)).into());
            }
        }
    }
}

/// The header of a proxy's response.
struct ProxyResponse {
    header_bytes: usize,
    http_status: u16,
    /// Its `Proxy-Authenticate` headers.
    challenges: Vec<Vec<u8>>,
}

impl ProxyResponse {
    /// The response, once its header is complete.
    fn read(input: &[u8]) -> Result<Option<Self>, ureq::Error> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_PROXY_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response
            .parse(input)
            .map_err(|error| TransportError::from(ProxyError::Garbage(error.to_string())))?;
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
            challenges: challenges.map(|header| header.value.to_vec()).collect(),
        }))
    }
}

/// A tunnel through a proxy, which passes on bytes as they are.
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

    /// TLS that ends at the proxy does not protect the way to the server.
    fn is_tls(&self) -> bool {
        false
    }
}

/// An error on the way to the proxy, as one of the proxy.
fn as_proxy_error(error: ureq::Error) -> ureq::Error {
    let error = match error {
        ureq::Error::Other(inner) => match inner.downcast::<TransportError>() {
            Ok(error) => match *error {
                TransportError::Resolve(error) => ProxyError::Resolve(error),
                TransportError::Connect(error) => ProxyError::Connect(error),
                TransportError::Broken(error) => ProxyError::Closed(error.to_string()),
                error @ TransportError::TooLarge(_) => ProxyError::Garbage(error.to_string()),
                error @ (TransportError::Cancelled(_)
                | TransportError::TimedOut(_)
                | TransportError::Proxy(_)) => {
                    return error.into();
                }
            },
            Err(other) => return ureq::Error::Other(other),
        },
        ureq::Error::Io(error)
            if error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some() =>
        {
            ProxyError::Tls(error.to_string())
        }
        ureq::Error::Io(error) => ProxyError::Closed(error.to_string()),
        ureq::Error::Tls(_) => ProxyError::Tls(error.to_string()),
        // The client's other errors are about the response.
        error => ProxyError::Garbage(error.to_string()),
    };
    TransportError::Proxy(error).into()
}
