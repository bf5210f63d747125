//! The client: sending one request, and reading the header of its answer.

use std::sync::OnceLock;

use ureq::http::{Response, header};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body};

use super::{current, failure, resolve, transport};
use crate::fetch::{FetchError, Request};
use crate::settings;

/// The one client of the process: its connections are shared by all fetches.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            // A status is an answer, with headers that are wanted.
            .http_status_as_error(false)
            // Redirects are followed here, by stricter rules.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
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
            ().chain(transport::InterruptibleConnector)
                .chain(RustlsConnector::default())
                .chain(transport::WatchConnector);
        Agent::with_parts(config, connector, resolve::InterruptibleResolver)
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
}

/// Sends one request and reads the header of its answer.
pub(super) fn answer(request: &Request, ask: &Ask) -> Result<Response<Body>, FetchError> {
    current::begin_attempt(false);
    match send(request, ask) {
        Err(error) if was_stale(&error) => {
            // A server may close an idle connection in the moment that we use it again. It has
            // not seen this request, so it is sent once more, on a connection of its own.
            current::begin_attempt(true);
            send(request, ask)
        }
        result => result,
    }
    .map_err(failure::from_client)
}

fn send(request: &Request, ask: &Ask) -> Result<Response<Body>, ureq::Error> {
    let coding = match ask {
        Ask::Text => "gzip",
        // Otherwise the bytes on the wire would not be those of the file.
        Ask::Whole | Ask::From { .. } => "identity",
    };
    let mut builder = agent()
        .get(request.url().as_str())
        .header(header::ACCEPT_ENCODING, coding);
    if let Ask::From { first, if_range } = ask {
        builder = builder.header(header::RANGE, format!("bytes={first}-"));
        if let Some(validator) = if_range {
            builder = builder.header(header::IF_RANGE, validator);
        }
    }
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    if let Some(authorization) = request.authorization() {
        builder = builder.header(header::AUTHORIZATION, authorization);
    }
    builder.call()
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
