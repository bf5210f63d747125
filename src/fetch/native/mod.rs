//! Fetching with threads: one worker thread per fetch runs ureq, over connections of our own.

mod agent;
mod body;
mod connect;
mod current;
mod failure;
mod redirect;
mod resolve;
mod save;
mod transport;
mod wake;

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, header};

use crate::fetch::fetched::Sink;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase, Request};
use crate::runtime::{JobContext, JobError, Token};

/// Starts a fetch; what is returned resolves when it has ended, and cancels it when dropped.
pub(super) fn start(
    cx: &JobContext,
    request: Request,
    sink: Sink,
) -> impl Future<Output = Result<Fetched, JobError>> + 'static {
    let worker = cx.worker("fetch", move |token| Ok(run(token, request, sink)));
    async move { Ok(worker.await??) }
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
        let response = agent::answer(&request)?;
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
