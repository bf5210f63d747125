//! Fetching with threads: one worker thread per fetch runs ureq, over connections of our own.

mod agent;
mod answer;
mod arrived;
mod ask_limit;
mod attempt_progress;
mod begin_again;
mod beginning;
mod block_thread;
mod body;
mod body_decoder;
mod buffers;
mod connect;
mod cookies;
mod current;
mod disk;
#[cfg(test)]
mod disk_tests;
mod download;
mod durable;
mod earlier;
mod exchange;
mod failure;
mod forwarding;
mod framing;
mod hashing;
mod header_block;
mod logins;
mod lookups;
mod network;
mod outflow;
mod overlap;
mod own_earlier;
mod own_files;
mod pace;
mod part;
mod part_env;
mod part_hasher;
mod part_names_there;
#[cfg(test)]
mod part_tests;
mod place;
mod proxying;
mod range;
mod record;
mod redirect;
mod remarks;
mod removal;
mod resolve;
mod resume_decision;
mod room;
mod routes;
mod samples;
mod save_target;
mod securing;
mod socks;
mod stop;
mod stream;
mod streamed;
mod taken;
mod telling;
mod text;
mod transport;
mod unsaved;
mod user_key;
mod validators;
mod verifying;
mod wake;
mod wanted;
mod writer;

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, header};

use self::answer::header_text;
use self::body::LastBytes;
use self::disk::SystemDisk;
use self::download::Download;
use self::logins::Asker;
pub use self::network::{Network, Resolve};
pub use self::stream::Stream;
use self::unsaved::Purpose;
use crate::fetch::fetched::Sink;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase, Request};
use crate::runtime::{JobContext, JobError, Token};
use crate::settings::FETCH_STACK_BYTES;

/// What every request says of who sends it, to servers and proxies.
const USER_AGENT: &str = concat!("jobdeck/", env!("CARGO_PKG_VERSION"));

/// Starts a fetch; what is returned resolves when it has ended, and cancels it when dropped.
pub(super) fn start(
    cx: &JobContext,
    request: Request,
    sink: Sink,
) -> impl Future<Output = Result<Fetched, JobError>> + 'static {
    let network = match cx.extension::<Network>() {
        Some(network) => (*network).clone(),
        None => Network::of_the_process(),
    };
    let worker = cx.worker_with_stack("fetch", FETCH_STACK_BYTES, move |token| {
        Ok(run(token, &network, &request, sink))
    });
    async move { Ok(worker.await??) }
}

/// A whole fetch, in its worker thread.
fn run(
    token: &Token,
    network: &Network,
    request: &Request,
    sink: Sink,
) -> Result<Fetched, FetchError> {
    token.progress().set_done(0);
    token.progress().set_total(None);
    let _entered = current::enter(token, request).map_err(|error| {
        FetchError::new(ErrorClass::Internal, "The system refuses another download")
            .with_hint("Close what has many files open, or let fewer jobs run at once.")
            .with_detail(error.to_string())
    })?;
    let result = match sink {
        Sink::Count => unsaved::run(token, network, request, Purpose::Count),
        Sink::Text { limit_bytes } => {
            unsaved::run(token, network, request, Purpose::Text { limit_bytes })
        }
        Sink::Stream(stream) => streamed::run(token, network, request, &stream),
        Sink::Save(save) => Download::new(token, network, request, &save, &SystemDisk).run(),
    };
    result.map_err(failure::naming_proxy)
}

/// Whether a connection was lost while the job was paused: that is no failure of the download, which goes on with
/// another one at once.
fn is_lost_in_pause(error: &FetchError, last_bytes: LastBytes, token: &Token) -> bool {
    matches!(error.class, ErrorClass::Truncated | ErrorClass::Connect)
        && last_bytes.has_paused(token)
}

/// Refuses an answer that is no success, or that the server has no file for yet.
fn check_success(response: &Response<Body>) -> Result<(), FetchError> {
    let retry_after = retry_after(response);
    match (response.status().as_u16(), retry_after) {
        (202, Some(retry_after)) => Err(FetchError::not_ready(retry_after)),
        _ if response.status().is_success() => Ok(()),
        _ => Err(status_error(response)),
    }
}

/// The failure that a status stands for.
fn status_error(response: &Response<Body>) -> FetchError {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let error = FetchError::http_status(status.as_u16(), reason, retry_after(response));
    let asks_for = |name| {
        let headers = response.headers().get_all(name).iter();
        headers.map(|value| value.as_bytes())
    };
    match status.as_u16() {
        401 => {
            let has_login = current::attempt().has_login;
            let headers = asks_for(header::WWW_AUTHENTICATE);
            let (message, hint) = logins::asked_for(Asker::Server, headers, has_login);
            FetchError {
                message: format!("{message} (HTTP 401)"),
                ..error
            }
            .with_hint(hint)
        }
        // A proxy that forwards requests answers them itself.
        407 if current::proxy().is_some() => {
            failure::refused_by_proxy(asks_for(header::PROXY_AUTHENTICATE))
                .with_detail(error.detail)
                .with_status(407)
                .in_phase(Phase::FirstByte)
        }
        _ => error,
    }
}

/// How long the server asks to wait before the next request.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    // A date is one of the server's clock, which may be wrong.
    let now_there = header_text(response, header::DATE)
        .and_then(|date| httpdate::parse_http_date(&date).ok())
        .and_then(|date| date.duration_since(std::time::SystemTime::UNIX_EPOCH).ok());
    let now_unix_secs = now_there.map_or_else(now_unix_secs, |now| now.as_secs());
    header_text(response, header::RETRY_AFTER)
        .and_then(|value| parse_retry_after(&value, now_unix_secs))
}

/// The seconds since 1970, by the system's clock.
fn now_unix_secs() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
