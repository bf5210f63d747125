//! Bodies that are counted, or kept in memory. They start over when they fail.

use super::body::{self, BodyOffset, LastRead};
use super::initial_range::InitialRange;
use super::redirect_chain::{Exchange, exchange};
use super::response_head::ResponseHead;
use super::send::RequestKind;
use super::session::Session;
use super::status::check_success;
use super::text::{self, Preview};
use crate::fetch::checksum::Hasher;
use crate::fetch::doubt;
use crate::fetch::fetched::FetchedBody;
use crate::fetch::{Checksum, FetchError, Fetched, Phase, Request};

/// What the bytes are for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Count,
    Memory { limit_bytes: u64 },
}

/// Fetches a body that is not saved.
///
/// # Errors
/// Those of [`exchange`] and of [`body::read`], and classes `too_large`, `protocol` and `checksum`.
pub(crate) fn fetch(session: Session<'_>, purpose: Purpose) -> Result<FetchedBody, FetchError> {
    let token = session.token();
    let mut wire_bytes = 0;
    loop {
        let mut last_read = LastRead::now(token);
        let mut received = 0;
        match attempt(session, purpose, &mut last_read, &mut received) {
            Err(error) if last_read.is_lost_in_pause(&error, token) => {
                token.log("the connection was lost in the pause: begun again");
                wire_bytes += received;
                token.progress().set_done(0);
                token.progress().set_total(None);
            }
            Err(error) => return Err(FetchError { received, ..error }),
            Ok(mut with_body) => {
                with_body.fetched.wire_bytes = wire_bytes + with_body.fetched.received;
                return Ok(with_body);
            }
        }
    }
}

fn attempt(
    session: Session<'_>,
    purpose: Purpose,
    last_read: &mut LastRead,
    received: &mut u64,
) -> Result<FetchedBody, FetchError> {
    let request = session.request;
    let kind = match purpose {
        Purpose::Count => RequestKind::Whole,
        Purpose::Memory { .. } => RequestKind::Compressed,
    };
    let Exchange {
        request: last_request,
        response,
    } = exchange(session, &kind)?;
    check_success(session.context, &response)?;
    let head = ResponseHead::of(&response);
    if !InitialRange::of(&head).is_some_and(|range| range.is_whole(&head)) {
        return Err(FetchError::unasked_part());
    }
    let failed = |error: FetchError| error.with_status(head.http_status);
    session.token().progress().set_total(head.length);
    let limit_bytes = match purpose {
        Purpose::Count => u64::MAX,
        Purpose::Memory { limit_bytes } => limit_bytes,
    };
    if head.length.is_some_and(|length| length > limit_bytes) {
        return Err(failed(text::too_large(limit_bytes)));
    }
    let mut kept = Vec::new();
    let mut preview = Preview::of(&head, true);
    let mut hasher = request.checksum.map(|_| Hasher::default());
    let read = body::read(
        session,
        response.into_body(),
        head.length,
        BodyOffset::default(),
        last_read,
        |block| {
            *received += block.len() as u64;
            if *received > limit_bytes {
                return Err(text::too_large(limit_bytes));
            }
            match purpose {
                Purpose::Count => preview.take(block),
                Purpose::Memory { .. } => kept.extend_from_slice(block),
            }
            if let Some(hasher) = &mut hasher {
                hasher.update(block);
            }
            Ok(())
        },
    );
    read.map_err(failed)?;
    let mut sha256 = hasher.map(|hasher| hasher.so_far());
    let (body, preview) = match purpose {
        Purpose::Count => (Vec::new(), preview.text(&head)),
        Purpose::Memory { limit_bytes } => {
            let body = text::decoded(kept, &head, limit_bytes).map_err(failed)?;
            // The checksum is that of the body, not of its coding.
            sha256 = request.checksum.map(|_| Checksum::of(&body));
            (body, None)
        }
    };
    check(request, sha256).map_err(failed)?;
    let fetched = Fetched {
        received: *received,
        total: head.length,
        length_announced: head.length.is_some(),
        preview,
        sha256,
        http_status: head.http_status,
        final_url: last_request.shown_url(),
        notes: doubt::not_ready(head.http_status).into_iter().collect(),
        content_type: head.content_type,
        ..Fetched::default()
    };
    Ok(FetchedBody { fetched, body })
}

fn check(request: &Request, sha256: Option<Checksum>) -> Result<(), FetchError> {
    match (request.checksum, sha256) {
        (Some(expected), Some(sha256)) if expected != sha256 => {
            Err(FetchError::wrong_checksum(expected, sha256).in_phase(Phase::Body))
        }
        _ => Ok(()),
    }
}
