//! The client: sending one request, and reading the header of its answer.

use std::sync::Arc;

use ureq::http::{Response, header};
use ureq::unversioned::transport::Connector as _;
use ureq::{Agent, Body};

use super::current::KnownProxy;
use super::lookups::Lookups;
use super::network::{Network, Way};
use super::securing::TlsClient;
use super::{USER_AGENT, current, failure, proxying, resolve, securing, stop, transport};
use crate::fetch::{FetchError, Proxy, Request};
use crate::settings;

/// How often a request is sent again at once because its idle connection was closed meanwhile. The last one has a
/// connection of its own.
const STALE_RETRIES: u32 = 2;

/// A client that connects in one way, with its own idle connections.
///
/// # Errors
/// Class `tls` when a certificate cannot be used.
pub(super) fn build(way: &Way, lookups: Arc<Lookups>) -> Result<Agent, FetchError> {
    let tls = Arc::new(TlsClient::new(way.certificates.clone())?);
    let config = Agent::config_builder()
        // A status is an answer, with headers that are wanted.
        .http_status_as_error(false)
        // Redirects are followed here, by stricter rules.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // The connector below knows the proxy, and the client must not ask the environment for another one.
        .proxy(None)
        .user_agent(USER_AGENT)
        .max_response_header_size(settings::MAX_HEADER_BYTES)
        // Room for the largest header and the first bytes after it.
        .input_buffer_size(settings::MAX_HEADER_BYTES + 4 * 1024)
        // A request with the longest URL and some headers.
        .output_buffer_size(settings::MAX_URL_BYTES + 8 * 1024)
        .max_idle_connections(settings::MAX_IDLE_CONNECTIONS)
        .max_idle_connections_per_host(settings::MAX_IDLE_CONNECTIONS_PER_HOST)
        .build();
    let resolver = resolve::InterruptibleResolver {
        lookups: lookups.clone(),
        is_behind_proxy: way.proxy.as_ref().is_some_and(Proxy::looks_names_up),
    };
    let opener = proxying::WayConnector {
        proxy: way.proxy.clone(),
        lookups,
        tls: tls.clone(),
    };
    let connector =
        ().chain(opener)
            .chain(securing::TlsConnector(tls))
            .chain(transport::WatchConnector);
    Ok(Agent::with_parts(config, connector, resolver))
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

/// Sends one request and reads the header of its answer. `cookies` takes the place of the request's own `Cookie` header,
/// if there is one.
pub(super) fn answer(
    network: &Network,
    request: &Request,
    ask: &Ask,
    cookies: Option<&str>,
) -> Result<Response<Body>, FetchError> {
    let proxy = request.proxy_for_url()?;
    current::go_through(proxy.map(|proxy| KnownProxy {
        address: format!("{}:{}", proxy.host(), proxy.port()),
        has_login: proxy.credentials().is_some(),
    }));
    let client = network.client(request, proxy)?;
    let mut retries_left = STALE_RETRIES;
    loop {
        current::begin_attempt(retries_left == 0);
        match send(&client, request, ask, cookies) {
            // A server may close an idle connection in the moment that we use it again. It has not seen this request.
            Err(error) if retries_left > 0 && was_stale(&error) => retries_left -= 1,
            result => return result.map_err(failure::from_client),
        }
    }
}

fn send(
    client: &Agent,
    request: &Request,
    ask: &Ask,
    cookies: Option<&str>,
) -> Result<Response<Body>, ureq::Error> {
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
    let own_headers = request.headers().iter();
    for (name, value) in
        own_headers.filter(|(name, _)| cookies.is_none() || !name.eq_ignore_ascii_case("cookie"))
    {
        builder = builder.header(name, value);
    }
    if let Some(cookies) = cookies {
        builder = builder.header(header::COOKIE, cookies);
    }
    let mut has_login = false;
    if let Some(own) = own_header(request, "authorization") {
        has_login = own.trim_start().to_ascii_lowercase().starts_with("basic");
    } else if let Some(authorization) = request.authorization() {
        has_login = true;
        builder = builder.header(header::AUTHORIZATION, authorization);
    }
    current::note(|attempt| attempt.has_login = has_login);
    current::expect_request(request_bytes(request, ask) + cookies.map_or(0, str::len));
    builder.call()
}

fn own_header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers().iter();
    let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(value)
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
    // The host is named twice.
    2 * request.url().as_str().len()
        + lines.sum::<usize>()
        + request.authorization().map_or(0, |text| text.len())
        + validator
}

/// Whether a request failed because the idle connection it was sent on was closed meanwhile.
fn was_stale(error: &ureq::Error) -> bool {
    let attempt = current::attempt();
    let is_cut = match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        ureq::Error::Other(inner) => matches!(inner.downcast_ref(), Some(stop::Stop::Broken(_))),
        _ => false,
    };
    is_cut && !attempt.connected && !attempt.answered
}
