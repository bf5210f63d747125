//! Sending one request, and reading the header of its response.

use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::client_error;
use super::session::Session;
use crate::fetch::client::connect::{FetchContext, ProxyInfo, TransportError};
use crate::fetch::{FetchError, Request};

/// How often a request is sent again at once because its idle connection was closed in the
/// meantime. The last try opens a new connection.
const STALE_RETRIES: u32 = 2;

/// Which representation of a file a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// All bytes of the file.
    Whole,
    /// All bytes of the file, compressed or not.
    Compressed,
    /// The bytes from `first` on, if the validator still matches.
    From {
        first: u64,
        if_range: Option<String>,
    },
    /// These bytes, both included, of whichever version of the file.
    Range { first: u64, last: u64 },
}

/// Sends a request and reads the header of its response. `cookies` replaces the request's own
/// `Cookie` header.
///
/// # Errors
/// Those of [`client_error`], and class `tls` or `proxy` when the request cannot be sent at all.
pub(crate) fn send(
    session: Session<'_>,
    request: &Request,
    kind: &RequestKind,
    cookies: Option<&str>,
) -> Result<Response<Body>, FetchError> {
    let context = session.context;
    let proxy = request.proxy_for_url()?;
    context.set_proxy(proxy.map(|proxy| ProxyInfo {
        address: format!("{}:{}", proxy.host(), proxy.port()),
        has_login: proxy.credentials().is_some(),
    }));
    let agent = session.agents.agent(request, proxy)?;
    let mut retries_left = STALE_RETRIES;
    loop {
        context.begin_attempt(retries_left == 0);
        match try_send(context, &agent, request, kind, cookies) {
            // A server may close an idle connection just when it is used again. It has not seen
            // this request.
            Err(error) if retries_left > 0 && was_stale(context, &error) => retries_left -= 1,
            result => return result.map_err(|error| client_error::from_client(context, error)),
        }
    }
}

fn try_send(
    context: &FetchContext,
    agent: &Agent,
    request: &Request,
    kind: &RequestKind,
    cookies: Option<&str>,
) -> Result<Response<Body>, ureq::Error> {
    let coding = match kind {
        RequestKind::Compressed => "gzip",
        // The bytes on the wire have to be those of the file.
        RequestKind::Whole | RequestKind::From { .. } | RequestKind::Range { .. } => "identity",
    };
    let mut builder = agent
        .get(request.url().as_str())
        .header(header::ACCEPT_ENCODING, coding);
    match kind {
        RequestKind::From { first, if_range } => {
            builder = builder.header(header::RANGE, format!("bytes={first}-"));
            if let Some(validator) = if_range {
                builder = builder.header(header::IF_RANGE, validator);
            }
        }
        RequestKind::Range { first, last } => {
            builder = builder.header(header::RANGE, format!("bytes={first}-{last}"));
        }
        RequestKind::Whole | RequestKind::Compressed => {}
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
    context.update_attempt(|attempt| {
        attempt.has_login = has_login;
        attempt.request_bytes = header_bytes(request, kind) + cookies.map_or(0, str::len);
    });
    builder.call()
}

fn own_header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers().iter();
    let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// Upper bound of the size of a request's header, without the few fields that every request has.
fn header_bytes(request: &Request, kind: &RequestKind) -> usize {
    // Each field has a colon, a space and a line end.
    let headers = request.headers().iter();
    let lines = headers.map(|(name, value)| name.len() + value.len() + 4);
    let validator = match kind {
        RequestKind::From { if_range, .. } => if_range.as_ref().map_or(0, String::len),
        RequestKind::Whole | RequestKind::Compressed | RequestKind::Range { .. } => 0,
    };
    // The host is named twice.
    2 * request.url().as_str().len()
        + lines.sum::<usize>()
        + request.authorization().map_or(0, |text| text.len())
        + validator
}

/// Whether a request failed because its idle connection had been closed.
fn was_stale(context: &FetchContext, error: &ureq::Error) -> bool {
    let attempt = context.attempt();
    let is_cut = match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        ureq::Error::Other(inner) => {
            matches!(inner.downcast_ref(), Some(TransportError::Broken(_)))
        }
        _ => false,
    };
    is_cut && !attempt.connected && !attempt.responded
}
