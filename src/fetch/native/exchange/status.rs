//! What the status of a response means for a fetch.

use std::time::{Duration, SystemTime};

use ureq::Body;
use ureq::http::{Response, header};

use super::auth_challenge::{Challenger, login_error};
use super::client_error::refused_by_proxy;
use super::response_head::header_text;
use crate::fetch::client::connect::FetchContext;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::{FetchError, Phase};

/// Refuses a response that is no success, or says that the file is not ready yet.
///
/// # Errors
/// Those of [`status_error`], and [`FetchError::not_ready`].
pub(crate) fn check_success(
    context: &FetchContext,
    response: &Response<Body>,
) -> Result<(), FetchError> {
    match (response.status().as_u16(), retry_after(response)) {
        (202, Some(retry_after)) => Err(FetchError::not_ready(retry_after)),
        _ if response.status().is_success() => Ok(()),
        _ => Err(status_error(context, response)),
    }
}

/// The error of a response with an error status.
pub(crate) fn status_error(context: &FetchContext, response: &Response<Body>) -> FetchError {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let error = FetchError::http_status(status.as_u16(), reason, retry_after(response));
    let challenges = |name| {
        let headers = response.headers().get_all(name).iter();
        headers.map(|value| value.as_bytes())
    };
    match status.as_u16() {
        401 => {
            let has_login = context.attempt().has_login;
            let challenges = challenges(header::WWW_AUTHENTICATE);
            let (message, hint) = login_error(Challenger::Server, challenges, has_login);
            FetchError {
                message: format!("{message} (HTTP 401)"),
                ..error
            }
            .with_hint(hint)
        }
        // A proxy that forwards requests responds by itself.
        407 if context.proxy().is_some() => {
            refused_by_proxy(context, challenges(header::PROXY_AUTHENTICATE))
                .with_detail(error.detail)
                .with_status(407)
                .in_phase(Phase::FirstByte)
        }
        _ => error,
    }
}

/// How long the server asks to wait before the next request.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    // A date is by the server's clock, which may be wrong.
    let server_now = header_text(response, header::DATE)
        .and_then(|date| httpdate::parse_http_date(&date).ok())
        .and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
    let now_unix_secs = server_now.map_or_else(now_unix_secs, |now| now.as_secs());
    header_text(response, header::RETRY_AFTER)
        .and_then(|value| parse_retry_after(&value, now_unix_secs))
}

/// The seconds since 1970, by the system's clock.
pub(crate) fn now_unix_secs() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
