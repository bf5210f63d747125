//! One request and its response, with the redirects between them.

use ureq::Body;
use ureq::http::{Response, header};

use super::cookies::ChainCookies;
use super::redirect;
use super::response_head::header_text;
use super::send::{RequestKind, send};
use super::session::Session;
use super::transfer_coding;
use crate::fetch::{AttemptStage, ErrorClass, FetchError, Phase, Request, TracedResponse};

/// The last request of a chain of redirects, and its response.
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) response: Response<Body>,
}

/// Sends the session's request, and follows redirects.
///
/// # Errors
/// Those of [`send`], and class `redirect` for a redirect that cannot or must not be followed.
pub(crate) fn exchange(session: Session<'_>, kind: &RequestKind) -> Result<Exchange, FetchError> {
    let mut request = session.request.clone();
    let mut cookies = ChainCookies::default();
    let mut sent: Vec<(Request, Option<String>)> = Vec::new();
    let mut redirects = Vec::new();
    loop {
        let sent_cookies = cookies.header_for(&request);
        let response = send(session, &request, kind, sent_cookies.as_deref())?;
        trace_response(&request, &response, &redirects);
        let Some(next) = redirect::next(&request, &response)? else {
            if response.status().is_success() {
                transfer_coding::check(&response)?;
            }
            return Ok(Exchange { request, response });
        };
        cookies.take_from(&response, request.url());
        // The next host may not respond; this one did.
        request.update_trace(|trace| trace.set_stage(AttemptStage::Responded));
        let failed = |message: String, hint: &str| {
            FetchError::new(ErrorClass::Redirect, message)
                .with_hint(hint)
                .with_status(response.status().as_u16())
                .in_phase(Phase::FirstByte)
        };
        if redirects.len() >= request.max_redirects() as usize {
            return Err(failed(
                format!(
                    "The server redirects more than {} times",
                    request.max_redirects()
                ),
                "The URL may lead in circles; look for another link.",
            ));
        }
        sent.push((request, sent_cookies));
        let next_cookies = cookies.header_for(&next);
        // The same request with the same cookies would be redirected in the same way.
        if sent
            .iter()
            .any(|(request, cookies)| *request == next && *cookies == next_cookies)
        {
            return Err(failed(
                "The server redirects in a circle".to_owned(),
                "Look for another link; a login in a browser may be missing.",
            ));
        }
        if let Some((request, _)) = sent.last() {
            log_dropped(session, request, &next);
        }
        redirects.push(next.shown_url());
        request = next;
    }
}

/// Writes to the job's log which headers are not sent to another origin.
fn log_dropped(session: Session<'_>, request: &Request, next: &Request) {
    let mut dropped: Vec<&str> = Vec::new();
    for (name, _) in request.headers() {
        let is_sent_on = next.headers().iter().any(|(kept, _)| kept == name);
        if !is_sent_on && !dropped.contains(&name.as_str()) {
            dropped.push(name);
        }
    }
    if request.authorization().is_some() && request.authorization() != next.authorization() {
        dropped.push("the user name and password");
    }
    if !dropped.is_empty() {
        let were = if dropped.len() == 1 { "was" } else { "were" };
        let place = next.url().authority();
        session.token().log(format!(
            "{} {were} not sent on to {place}",
            dropped.join(", ")
        ));
    }
}

/// Gives a response to the request's trace.
fn trace_response(request: &Request, response: &Response<Body>, redirects: &[String]) {
    let text = |name| header_text(response, name).filter(|text| !text.is_empty());
    let http_status = response.status().as_u16();
    let takes_ranges = match text(header::ACCEPT_RANGES) {
        _ if http_status == 206 => Some(true),
        Some(units) if units.eq_ignore_ascii_case("bytes") => Some(true),
        Some(units) if units.eq_ignore_ascii_case("none") => Some(false),
        _ => None,
    };
    request.update_trace(|trace| {
        trace.set_response(TracedResponse {
            redirects: redirects.to_vec(),
            http_status,
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            content_type: text(header::CONTENT_TYPE),
            takes_ranges,
        });
    });
}
