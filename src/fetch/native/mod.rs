//! Fetching with threads: one worker thread per fetch runs ureq, over connections of our own.

mod agent;
mod answer;
mod body;
mod buffers;
mod connect;
mod current;
mod disk;
#[cfg(test)]
mod disk_tests;
mod download;
mod earlier;
mod exchange;
mod failure;
mod framing;
mod hashing;
mod judge;
mod lookups;
mod network;
mod own_files;
mod pace;
mod part;
mod part_env;
mod part_hasher;
#[cfg(test)]
mod part_tests;
mod place;
mod proxying;
mod range;
mod record;
mod redirect;
mod removal;
mod resolve;
mod save_target;
mod text;
mod transport;
mod unsaved;
mod user_key;
mod wake;

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, header};

use self::answer::header_text;
use self::body::LastBytes;
use self::disk::SystemDisk;
use self::download::Download;
pub use self::network::{Network, Resolve};
use self::unsaved::Purpose;
use crate::fetch::fetched::Sink;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::{ErrorClass, FetchError, Fetched, Request};
use crate::runtime::{JobContext, JobError, Token};
use crate::settings::FETCH_STACK_BYTES;

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
    let _entered = current::enter(token, request.timeouts()).map_err(|error| {
        FetchError::new(ErrorClass::Internal, "The system refuses another download")
            .with_hint("Close what has many files open, or let fewer jobs run at once.")
            .with_detail(error.to_string())
    })?;
    match sink {
        Sink::Count => unsaved::run(token, network, request, Purpose::Count),
        Sink::Text { limit_bytes } => {
            unsaved::run(token, network, request, Purpose::Text { limit_bytes })
        }
        Sink::Save(save) => Download::new(token, network, request, &save, &SystemDisk).run(),
    }
}

/// Whether a connection was lost while the job was paused: that is no failure of the download, which goes on with
/// another one at once.
fn is_lost_in_pause(error: &FetchError, last_bytes: LastBytes, token: &Token) -> bool {
    matches!(error.class, ErrorClass::Truncated | ErrorClass::Connect)
        && last_bytes.has_paused(token)
}

/// Refuses whatever is not the whole file.
fn check_success(response: &Response<Body>) -> Result<(), FetchError> {
    if response.status().as_u16() == 206 {
        return Err(FetchError::unasked_part());
    }
    if response.status().is_success() {
        return Ok(());
    }
    Err(status_error(response))
}

/// The failure that a status stands for.
fn status_error(response: &Response<Body>) -> FetchError {
    let status = response.status();
    let now_unix_secs = std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let retry_after: Option<Duration> = header_text(response, header::RETRY_AFTER)
        .and_then(|value| parse_retry_after(&value, now_unix_secs));
    let reason = status.canonical_reason().unwrap_or_default();
    FetchError::http_status(status.as_u16(), reason, retry_after)
}
