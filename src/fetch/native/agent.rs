//! The client: sending one request, and reading the header of its answer.

use std::sync::Arc;

use ureq::http::{Response, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body, ProxyProtocol};

use super::lookups::Lookups;
use super::network::{Network, Way};
use super::{current, failure, proxying, resolve, transport};
use crate::fetch::{ErrorClass, ExtraCertificates, FetchError, Phase, Proxy, Request};
use crate::settings;

/// How often a request is sent again at once because its idle connection was closed meanwhile. The last one has a
/// connection of its own.
const STALE_RETRIES: u32 = 2;

/// A client that connects in one way, with its own idle connections.
///
/// # Errors
/// Class `tls` when a certificate cannot be used.
pub(super) fn build(way: &Way, lookups: Arc<Lookups>) -> Result<Agent, FetchError> {
    let roots = match &way.certificates {
        Some(certificates) => roots_with(certificates)?,
        None => RootCerts::PlatformVerifier,
    };
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        // A status is an answer, with headers that are wanted.
        .http_status_as_error(false)
        // Redirects are followed here, by stricter rules.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(way.proxy.as_ref().map(for_client).transpose()?)
        .user_agent(concat!("jobdeck/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(settings::MAX_HEADER_BYTES)
        // Room for the largest header and the first bytes after it.
        .input_buffer_size(settings::MAX_HEADER_BYTES + 4 * 1024)
        // A request with the longest URL and some headers.
        .output_buffer_size(settings::MAX_URL_BYTES + 8 * 1024)
        .max_idle_connections(settings::MAX_IDLE_CONNECTIONS)
        .max_idle_connections_per_host(settings::MAX_IDLE_CONNECTIONS_PER_HOST)
        .build();
    let connector =
        ().chain(proxying::TunnelConnector::default())
            .chain(transport::InterruptibleConnector)
            .chain(RustlsConnector::default())
            .chain(transport::WatchConnector);
    let resolver = resolve::InterruptibleResolver(lookups);
    Ok(Agent::with_parts(config, connector, resolver))
}

/// The system's roots, and these.
fn roots_with(extra: &ExtraCertificates) -> Result<RootCerts, FetchError> {
    let mut checked = rustls::RootCertStore::empty();
    for der in extra.as_der() {
        // The client would leave out what it cannot use.
        checked.add(der.to_vec().into()).map_err(|error| {
            FetchError::new(ErrorClass::Tls, "An extra certificate cannot be used")
                .with_hint("Give the certificate of an authority, in PEM form.")
                .with_detail(error.to_string())
                .in_phase(Phase::Tls)
        })?;
    }
    // Where the system has none, the extra ones are still good for their hosts.
    let system = rustls_native_certs::load_native_certs();
    let system = system.certs.iter().map(|certificate| certificate.as_ref());
    Ok(extra
        .as_der()
        .chain(system)
        .map(|der| Certificate::from_der(der).to_owned())
        .into())
}

fn for_client(proxy: &Proxy) -> Result<ureq::Proxy, FetchError> {
    let protocol = if proxy.is_secure() {
        ProxyProtocol::Https
    } else {
        ProxyProtocol::Http
    };
    let mut builder = ureq::Proxy::builder(protocol)
        .host(proxy.host())
        .port(proxy.port());
    if let Some((user, password)) = proxy.credentials() {
        builder = builder.username(user).password(password);
    }
    // The client's own words may repeat the password.
    builder.build().map_err(|_| {
        FetchError::new(
            ErrorClass::Proxy,
            "The HTTP client does not take this proxy's address",
        )
        .with_hint("Check how it is written.")
    })
}

/// What is asked of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The bytes of the file, all of them.
    Whole,
    /// A text to be read, compressed or not.
    Text,
    /// The bytes from here on, if the file is still the one of this validator.
    From {
        first: u64,
        if_range: Option<String>,
    },
    /// These bytes, both included, whatever version of the file they are of.
    Range { first: u64, last: u64 },
}

/// Sends one request and reads the header of its answer.
pub(super) fn answer(
    network: &Network,
    request: &Request,
    ask: &Ask,
) -> Result<Response<Body>, FetchError> {
    let client = network.client(request)?;
    let mut retries_left = STALE_RETRIES;
    loop {
        current::begin_attempt(retries_left == 0);
        match send(&client, request, ask) {
            // A server may close an idle connection in the moment that we use it again. It has not seen this request.
            Err(error) if retries_left > 0 && was_stale(&error) => retries_left -= 1,
            result => return result.map_err(failure::from_client),
        }
    }
}

fn send(client: &Agent, request: &Request, ask: &Ask) -> Result<Response<Body>, ureq::Error> {
    let coding = match ask {
        Ask::Text => "gzip",
        // Otherwise the bytes on the wire would not be those of the file.
        Ask::Whole | Ask::From { .. } | Ask::Range { .. } => "identity",
    };
    let mut builder = client
        .get(request.url().as_str())
        .header(header::ACCEPT_ENCODING, coding);
    match ask {
        Ask::From { first, if_range } => {
            builder = builder.header(header::RANGE, format!("bytes={first}-"));
            if let Some(validator) = if_range {
                builder = builder.header(header::IF_RANGE, validator);
            }
        }
        Ask::Range { first, last } => {
            builder = builder.header(header::RANGE, format!("bytes={first}-{last}"));
        }
        Ask::Whole | Ask::Text => {}
    }
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    let names_its_own = request
        .headers()
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if let Some(authorization) = request.authorization()
        && !names_its_own
    {
        builder = builder.header(header::AUTHORIZATION, authorization);
    }
    current::expect_request(request_bytes(request, ask));
    if request.proxy().is_some() {
        // The proxy looks the name up. Its own is looked up when a connection to it has to be opened.
        current::begin(Phase::FirstByte);
    }
    builder.call()
}

/// What the header of a request takes at most, without the few lines that every request has.
fn request_bytes(request: &Request, ask: &Ask) -> usize {
    // A line has a colon, a space and its end.
    let headers = request.headers().iter();
    let lines = headers.map(|(name, value)| name.len() + value.len() + 4);
    let validator = match ask {
        Ask::From { if_range, .. } => if_range.as_ref().map_or(0, String::len),
        Ask::Whole | Ask::Text | Ask::Range { .. } => 0,
    };
    // The host is named twice; and credentials grow by a third where they are written down.
    let proxy = request.proxy().and_then(Proxy::credentials);
    let proxy = proxy.map_or(0, |(user, password)| 2 * (user.len() + password.len()));
    2 * request.url().as_str().len()
        + lines.sum::<usize>()
        + request.authorization().map_or(0, |text| text.len())
        + validator
        + proxy
}

/// Whether a request failed because the idle connection it was sent on was closed meanwhile.
fn was_stale(error: &ureq::Error) -> bool {
    let attempt = current::attempt();
    let is_cut = match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        ureq::Error::Other(inner) => matches!(inner.downcast_ref(), Some(current::Stop::Broken(_))),
        _ => false,
    };
    is_cut && !attempt.connected && !attempt.answered
}
