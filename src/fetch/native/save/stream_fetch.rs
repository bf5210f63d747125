//! Bodies that are written to a stream as they come. They are resumed only where the server proves
//! that the file is the same.

use super::notes;
use super::stream::{Stream, StreamState};
use super::stream_writer::StreamWriter;
use crate::fetch::checksum::Hasher;
use crate::fetch::client::exchange::{
    BodyDecoder, BodyOffset, ContentRange, Exchange, InitialRange, LastRead, RequestKind,
    ResponseHead, Session, check_success, exchange, read_body, status_error,
};
use crate::fetch::client::resume::{Overlap, is_strong};
use crate::fetch::doubt;
use crate::fetch::limits::RETRY_ANEW_BYTES;
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase};

/// A body that is being written to a stream.
struct StreamFetch<'a> {
    session: Session<'a>,
    stream: &'a Stream,
    writer: StreamWriter,
    wire_bytes: u64,
    resumed_at: Option<u64>,
}

/// Fetches a body into a stream.
///
/// # Errors
/// Those of the exchange and of the writer, and classes `changed`, `not_resumable` and `checksum`.
/// What was written before stays written.
pub(crate) fn fetch_into_stream(
    session: Session<'_>,
    stream: &Stream,
) -> Result<Fetched, FetchError> {
    let before = stream.state().length;
    let fetched = StreamFetch {
        session,
        stream,
        writer: StreamWriter::start(stream)?,
        wire_bytes: 0,
        resumed_at: None,
    }
    .fetch();
    fetched.map_err(|error| {
        let state = stream.state();
        let error = FetchError {
            received: state.length,
            progressed: state.length - before >= RETRY_ANEW_BYTES,
            ..error
        };
        // Another attempt could not resume.
        if error.is_retryable() && state.length > 0 && state.etag.is_none() {
            return FetchError {
                class: ErrorClass::NotResumable,
                hint: "The server proves nothing about the bytes that were written: save it to a file instead."
                    .to_owned(),
                ..error
            };
        }
        error
    })
}

impl StreamFetch<'_> {
    fn fetch(mut self) -> Result<Fetched, FetchError> {
        let result = loop {
            let mut last_read = LastRead::now(self.session.token());
            match self.request(&mut last_read) {
                Ok(Some(fetched)) => break Ok(fetched),
                // A server may send less than was requested.
                Ok(None) => {}
                Err(error)
                    if last_read.is_lost_in_pause(&error, self.session.token())
                        && self.stream.state().can_resume() =>
                {
                    self.session
                        .token()
                        .log("the connection was lost in the pause: another one goes on");
                }
                Err(error) => break Err(error),
            }
        };
        // After a failure, the bytes before it are still written.
        let written = self.writer.finish(self.session);
        let fetched = result?;
        written?;
        if let (Some(expected), Some(got)) = (self.session.request.checksum, fetched.sha256)
            && expected != got
        {
            return Err(FetchError::wrong_checksum(expected, got)
                .with_hint("What was written is not the file: do not use it.")
                .with_status(fetched.http_status)
                .in_phase(Phase::Body));
        }
        Ok(fetched)
    }

    /// Sends one request, and writes its body to the stream; `None` if there is more to request.
    fn request(&mut self, last_read: &mut LastRead) -> Result<Option<Fetched>, FetchError> {
        let Session {
            context, request, ..
        } = self.session;
        let known = self.stream.state().clone();
        let first = known.length - known.tail.len() as u64;
        let kind = match (known.length, &known.etag) {
            (0, _) => RequestKind::Whole,
            (_, Some(etag)) => RequestKind::From {
                first,
                if_range: Some(etag.clone()),
            },
            (_, None) => return Err(changed("The server sent no strong entity tag")),
        };
        let Exchange {
            request: last_request,
            response,
        } = exchange(self.session, &kind)?;
        let head = ResponseHead::of(&response);
        let mut decoder = None;
        let expected = if known.length == 0 {
            check_success(context, &response)?;
            if !InitialRange::of(&head).is_some_and(|range| range.is_whole(&head)) {
                return Err(FetchError::unasked_part());
            }
            let name = request.name_from_url().unwrap_or_default();
            decoder = BodyDecoder::of(&head, &name);
            let mut state = self.stream.state();
            if decoder.is_none() {
                state.etag = head.etag.clone().filter(|etag| is_strong(etag));
                state.total = head.length;
            }
            state.hasher = request.checksum.map(|_| Hasher::default());
            head.length
        } else {
            if !matches!(head.http_status, 200 | 206 | 416) {
                return Err(status_error(context, &response));
            }
            let (last, total) = same_file(&known, first, &head)?;
            self.stream.state().total = Some(total);
            self.resumed_at.get_or_insert(known.length);
            self.session
                .token()
                .log(format!("goes on at {} bytes of the output", known.length));
            Some(last - first + 1)
        };
        self.session
            .token()
            .progress()
            .set_total(self.stream.state().total);
        let mut overlap = Overlap::of(&known.tail);
        let offset = BodyOffset {
            first,
            received_before: known.length,
        };
        let (session, writer) = (self.session, &self.writer);
        let mut wire_bytes = 0;
        let read = read_body(
            session,
            response.into_body(),
            expected,
            offset,
            last_read,
            |block| {
                wire_bytes += block.len() as u64;
                let new = overlap.behind(block)?;
                match &mut decoder {
                    Some(decoder) => decoder.decode(new, |bytes| writer.push(session, bytes)),
                    None => writer.push(session, new),
                }
            },
        );
        self.wire_bytes += wire_bytes;
        let was_decoded = decoder.is_some();
        let read = read.and_then(|_| match decoder {
            Some(decoder) => writer.push(session, &decoder.finish()?),
            None => Ok(()),
        });
        if let Err(error) = read {
            return Err(if overlap.has_differed() {
                changed("The last bytes that were written differ")
            } else {
                error.with_status(head.http_status)
            });
        }
        let state = self.stream.state();
        if state.total.is_some_and(|total| state.length < total) {
            if state.length > known.length {
                return Ok(None);
            }
            return Err(changed("The server sends nothing behind what was written"));
        }
        let name = request.name_from_url().unwrap_or_default();
        let content_type = head.content_type.as_deref();
        let page = doubt::web_page(request.url(), &name, content_type, last_request.url());
        let coding = head.content_encoding.as_deref();
        let encoded = notes::encoded(coding, was_decoded);
        let notes = [doubt::not_ready(head.http_status), page, encoded];
        Ok(Some(Fetched {
            notes: notes.into_iter().flatten().collect(),
            received: state.length,
            wire_bytes: self.wire_bytes,
            total: state.total,
            length_announced: state.total.is_some(),
            resumed_at: self.resumed_at,
            sha256: state.hasher.as_ref().map(Hasher::so_far),
            http_status: head.http_status,
            final_url: last_request.shown_url(),
            content_type: head.content_type,
            ..Fetched::default()
        }))
    }
}

/// The last byte of the range of a response, and the length of the file, if that is still the same.
fn same_file(
    known: &StreamState,
    first: u64,
    head: &ResponseHead,
) -> Result<(u64, u64), FetchError> {
    if head.etag != known.etag {
        return Err(changed("The entity tag is another one"));
    }
    match head.range {
        Some(ContentRange::Part {
            first: from,
            last,
            total: Some(total),
        }) if head.http_status == 206
            && from == first
            && known.total.is_none_or(|known| known == total) =>
        {
            Ok((last, total))
        }
        _ => Err(changed("The server does not send the rest of it")),
    }
}

fn changed(detail: &str) -> FetchError {
    FetchError::new(
        ErrorClass::Changed,
        "The download broke off and cannot go on",
    )
    .with_hint("What was written cannot be taken back: begin it again, or save it to a file.")
    .with_detail(detail)
    .in_phase(Phase::FirstByte)
}
