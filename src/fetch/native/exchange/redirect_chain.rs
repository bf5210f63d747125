//! One request and its answer, redirects and all.

use ureq::Body;
use ureq::http::{Response, header};

use super::cookies::ChainCookies;
use super::redirect;
use super::response_head::header_text;
use super::send::{self, Ask};
use super::transfer_coding;
use crate::fetch::client::connect::agent_pool::Network;
use crate::fetch::client::connect::fetch_context;
use crate::fetch::{AttemptStage, ErrorClass, FetchError, Phase, Request, TracedAnswer};

/// What answered in the end.
pub(crate) struct Exchange {
    /// The request that was answered: after redirects, another one than was made.
    pub(crate) request: Request,
    pub(crate) response: Response<Body>,
}

/// Sends a request, and follows where the server sends us on to.
///
/// # Errors
/// What kept an answer from coming, and redirects that cannot or will not be followed.
pub(crate) fn exchange(
    network: &Network,
    request: &Request,
    ask: &Ask,
) -> Result<Exchange, FetchError> {
    let mut request = request.clone();
    let mut cookies = ChainCookies::default();
    let mut asked: Vec<(Request, Option<String>)> = Vec::new();
    let mut redirects = Vec::new();
    loop {
        let sent_cookies = cookies.header_for(&request);
        let response = send::answer(network, &request, ask, sent_cookies.as_deref())?;
        tell_answer(&request, &response, &redirects);
        let Some(next) = redirect::next(&request, &response)? else {
            if response.status().is_success() {
                transfer_coding::check(&response)?;
            }
            return Ok(Exchange { request, response });
        };
        cookies.take_from(&response, request.url());
        // The next host may not answer; this one did.
        request.tell(|trace| trace.tell_stage(AttemptStage::Answered));
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
        asked.push((request, sent_cookies));
        let next_cookies = cookies.header_for(&next);
        // The same request would be answered by the same redirect again.
        if asked
            .iter()
            .any(|(url, sent)| *url == next && *sent == next_cookies)
        {
            return Err(failed(
                "The server redirects in a circle".to_owned(),
                "Look for another link; a login in a browser may be missing.",
            ));
        }
        if let Some((request, _)) = asked.last() {
            tell_dropped(request, &next);
        }
        redirects.push(next.shown_url());
        request = next;
    }
}

/// Says in the job's log what is not sent on to another origin.
fn tell_dropped(request: &Request, next: &Request) {
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
        fetch_context::log(format!(
            "{} {were} not sent on to {place}",
            dropped.join(", ")
        ));
    }
}

/// Tells whoever traces the request what the server said.
fn tell_answer(request: &Request, response: &Response<Body>, redirects: &[String]) {
    let text = |name| header_text(response, name).filter(|text| !text.is_empty());
    let http_status = response.status().as_u16();
    let takes_ranges = match text(header::ACCEPT_RANGES) {
        _ if http_status == 206 => Some(true),
        Some(units) if units.eq_ignore_ascii_case("bytes") => Some(true),
        Some(units) if units.eq_ignore_ascii_case("none") => Some(false),
        _ => None,
    };
    request.tell(|trace| {
        trace.set_answer(TracedAnswer {
            redirects: redirects.to_vec(),
            http_status,
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            content_type: text(header::CONTENT_TYPE),
            takes_ranges,
        });
    });
}
