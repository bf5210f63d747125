//! Bodies that are counted, or kept in memory as text: they begin anew when they fail.

use super::body::{self, LastBytes, Place};
use super::initial_range::Beginning;
use super::redirect_chain::{Exchange, exchange};
use super::response_head::Answer;
use super::send::Ask;
use super::text::{self, Preview};
use crate::fetch::checksum::Hasher;
use crate::fetch::client::check_success;
use crate::fetch::client::connect::agent_pool::Network;
use crate::fetch::client::is_lost_in_pause;
use crate::fetch::doubt;
use crate::fetch::{Checksum, FetchError, Fetched, Phase, Request};
use crate::runtime::Token;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Count,
    Text { limit_bytes: u64 },
}

/// Fetches a body that is not saved.
pub(crate) fn run(
    token: &Token,
    network: &Network,
    request: &Request,
    purpose: Purpose,
) -> Result<Fetched, FetchError> {
    let mut wire_bytes = 0;
    loop {
        let mut last_bytes = LastBytes::now(token);
        let mut received = 0;
        match attempt(
            token,
            network,
            request,
            purpose,
            &mut last_bytes,
            &mut received,
        ) {
            Err(error) if is_lost_in_pause(&error, last_bytes, token) => {
                token.log("the connection was lost in the pause: begun again");
                wire_bytes += received;
                token.progress().set_done(0);
                token.progress().set_total(None);
            }
            Err(error) => return Err(FetchError { received, ..error }),
            Ok(fetched) => {
                return Ok(Fetched {
                    wire_bytes: wire_bytes + fetched.received,
                    ..fetched
                });
            }
        }
    }
}

fn attempt(
    token: &Token,
    network: &Network,
    request: &Request,
    purpose: Purpose,
    last_bytes: &mut LastBytes,
    received: &mut u64,
) -> Result<Fetched, FetchError> {
    let ask = match purpose {
        Purpose::Count => Ask::Whole,
        Purpose::Text { .. } => Ask::Text,
    };
    let Exchange {
        request: answered,
        response,
    } = exchange(network, request, &ask)?;
    check_success(&response)?;
    let answer = Answer::of(&response);
    if !Beginning::of(&answer).is_some_and(|beginning| beginning.is_whole(&answer)) {
        return Err(FetchError::unasked_part());
    }
    let failed = |error: FetchError| error.with_status(answer.http_status);
    token.progress().set_total(answer.length);
    let limit_bytes = match purpose {
        Purpose::Count => u64::MAX,
        Purpose::Text { limit_bytes } => limit_bytes,
    };
    if answer.length.is_some_and(|length| length > limit_bytes) {
        return Err(failed(text::too_large(limit_bytes)));
    }
    let mut kept = Vec::new();
    let mut preview = Preview::of(&answer, true);
    let mut hasher = request.checksum.map(|_| Hasher::default());
    let taken = body::read(
        token,
        request,
        response.into_body(),
        answer.length,
        Place::default(),
        last_bytes,
        |block| {
            *received += block.len() as u64;
            if *received > limit_bytes {
                return Err(text::too_large(limit_bytes));
            }
            match purpose {
                Purpose::Count => preview.take(block),
                Purpose::Text { .. } => kept.extend_from_slice(block),
            }
            if let Some(hasher) = &mut hasher {
                hasher.update(block);
            }
            Ok(())
        },
    );
    taken.map_err(failed)?;
    let mut sha256 = hasher.map(|hasher| hasher.so_far());
    let (text, preview) = match purpose {
        Purpose::Count => (None, preview.text(&answer)),
        Purpose::Text { limit_bytes } => {
            let text = text::decoded(kept, &answer, limit_bytes).map_err(failed)?;
            // It is the text that is asked for, and not its coding.
            sha256 = request.checksum.map(|_| Checksum::of(&text));
            (Some(String::from_utf8_lossy(&text).into_owned()), None)
        }
    };
    check(request, sha256).map_err(failed)?;
    Ok(Fetched {
        received: *received,
        total: answer.length,
        length_announced: answer.length.is_some(),
        text,
        preview,
        sha256,
        http_status: answer.http_status,
        final_url: answered.shown_url(),
        notes: doubt::not_ready(answer.http_status).into_iter().collect(),
        content_type: answer.content_type,
        ..Fetched::default()
    })
}

fn check(request: &Request, sha256: Option<Checksum>) -> Result<(), FetchError> {
    match (request.checksum, sha256) {
        (Some(expected), Some(sha256)) if expected != sha256 => {
            Err(FetchError::wrong_checksum(expected, sha256).in_phase(Phase::Body))
        }
        _ => Ok(()),
    }
}
