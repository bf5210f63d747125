//! Fetching with threads: one worker thread per fetch runs ureq, over connections of our own.

mod body;
mod connect;
mod current;
mod failure;
mod redirect;
mod resolve;
mod save;
mod transport;
mod wake;

use std::sync::OnceLock;
use std::time::Duration;

use ureq::http::{Response, header};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body};

use crate::fetch::fetched::Sink;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase, Request};
use crate::runtime::{JobContext, JobError, Token};
use crate::settings;

/// Starts a fetch; what is returned resolves when it has ended, and cancels it when dropped.
pub(super) fn start(
    cx: &JobContext,
    request: Request,
    sink: Sink,
) -> impl Future<Output = Result<Fetched, JobError>> + 'static {
    let worker = cx.worker("fetch", move |token| Ok(run(token, request, sink)));
    async move { Ok(worker.await??) }
}

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

/// A whole fetch, in its worker thread.
fn run(token: &Token, mut request: Request, sink: Sink) -> Result<Fetched, FetchError> {
    token.progress().set_done(0);
    token.progress().set_total(None);
    let _entered = current::enter(token, request.timeouts()).map_err(|error| {
        FetchError::new(ErrorClass::Internal, "The system refuses another download")
            .with_hint("Close what has many files open, or let fewer jobs run at once.")
            .with_detail(error.to_string())
    })?;
    let mut redirects_left = request.max_redirects();
    let response = loop {
        let response = answer(&request)?;
        match redirect::target(&request, &response)? {
            Some(_) if redirects_left == 0 => {
                return Err(FetchError::new(
                    ErrorClass::Redirect,
                    format!(
                        "The server redirects more than {} times",
                        request.max_redirects()
                    ),
                )
                .with_hint("The URL may lead in circles; look for another link.")
                .with_status(response.status().as_u16())
                .in_phase(Phase::FirstByte));
            }
            Some(target) => {
                redirects_left -= 1;
                request = redirect::following(&request, target)?;
            }
            None => break response,
        }
    };
    check_status(&response)?;
    let http_status = response.status().as_u16();
    let total = announced_length(&response);
    let content_type = header_text(&response, header::CONTENT_TYPE);
    let (received, kept) = body::read(token, &request, response, total, sink)
        .map_err(|error| error.with_status(http_status))?;
    Ok(Fetched {
        received,
        wire_bytes: received,
        total,
        length_announced: total.is_some(),
        path: kept.path,
        text: kept.text,
        http_status,
        final_url: request.shown_url(),
        content_type,
        ..Fetched::default()
    })
}

/// Sends one request and reads the header of its answer.
fn answer(request: &Request) -> Result<Response<Body>, FetchError> {
    current::begin_attempt(false);
    match send(request) {
        Err(error) if was_stale(&error) => {
            // A server may close an idle connection in the moment that we use it again. It has
            // not seen this request, so it is sent once more, on a connection of its own.
            current::begin_attempt(true);
            send(request)
        }
        result => result,
    }
    .map_err(failure::from_client)
}

fn send(request: &Request) -> Result<Response<Body>, ureq::Error> {
    let mut builder = agent()
        .get(request.url().as_str())
        // Otherwise the bytes on the wire would not be those of the file.
        .header(header::ACCEPT_ENCODING, "identity");
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

/// Refuses whatever is not the whole file.
fn check_status(response: &Response<Body>) -> Result<(), FetchError> {
    let status = response.status();
    if status.as_u16() == 206 {
        return Err(FetchError::unasked_part());
    }
    if status.is_success() {
        return Ok(());
    }
    let now_unix_secs = std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let retry_after: Option<Duration> = header_text(response, header::RETRY_AFTER)
        .and_then(|value| parse_retry_after(&value, now_unix_secs));
    let reason = status.canonical_reason().unwrap_or_default();
    Err(FetchError::http_status(
        status.as_u16(),
        reason,
        retry_after,
    ))
}

/// The length of a body, where the answer announces one that counts.
fn announced_length(response: &Response<Body>) -> Option<u64> {
    response.body().content_length().or_else(|| {
        // For the client a body of no bytes is none.
        header_text(response, header::CONTENT_LENGTH)
            .is_some_and(|length| length == "0")
            .then_some(0)
    })
}

fn header_text(response: &Response<Body>, name: header::HeaderName) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}
