//! Bodies that are written to a stream as they come: they go on only where the server proves that they are the same.

use super::notes;
use super::stream::{Given, Stream};
use super::stream_writer::Outflow;
use crate::fetch::checksum::Hasher;
use crate::fetch::client::check_success;
use crate::fetch::client::connect::agent_pool::Network;
use crate::fetch::client::exchange::body::{self, LastBytes, Place};
use crate::fetch::client::exchange::body_decoder::BodyDecoder;
use crate::fetch::client::exchange::content_range::ContentRange;
use crate::fetch::client::exchange::initial_range::Beginning;
use crate::fetch::client::exchange::redirect_chain::{Exchange, exchange};
use crate::fetch::client::exchange::response_head::Answer;
use crate::fetch::client::exchange::send::Ask;
use crate::fetch::client::is_lost_in_pause;
use crate::fetch::client::resume::overlap::Overlap;
use crate::fetch::client::resume::validators::is_strong;
use crate::fetch::client::status_error;
use crate::fetch::doubt;
use crate::fetch::limits::RETRY_ANEW_BYTES;
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase, Request};
use crate::runtime::Token;

/// A body that is being written to a stream.
struct Streamed<'a> {
    token: &'a Token,
    network: &'a Network,
    request: &'a Request,
    stream: &'a Stream,
    outflow: Outflow,
    wire_bytes: u64,
    resumed_at: Option<u64>,
}

/// Fetches a body into a stream.
///
/// # Errors
/// Whatever kept it from being complete. What was written before stays written.
pub(crate) fn run(
    token: &Token,
    network: &Network,
    request: &Request,
    stream: &Stream,
) -> Result<Fetched, FetchError> {
    let before = stream.given().length;
    let fetched = Streamed {
        token,
        network,
        request,
        stream,
        outflow: Outflow::start(stream)?,
        wire_bytes: 0,
        resumed_at: None,
    }
    .fetch();
    fetched.map_err(|error| {
        let given = stream.given();
        let error = FetchError {
            received: given.length,
            progressed: given.length - before >= RETRY_ANEW_BYTES,
            ..error
        };
        // Another attempt could only fail.
        if error.is_retryable() && given.length > 0 && given.etag.is_none() {
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

impl Streamed<'_> {
    fn fetch(mut self) -> Result<Fetched, FetchError> {
        let result = loop {
            let mut last_bytes = LastBytes::now(self.token);
            match self.ask(&mut last_bytes) {
                Ok(Some(fetched)) => break Ok(fetched),
                // A server may send less than it was asked for.
                Ok(None) => {}
                Err(error)
                    if is_lost_in_pause(&error, last_bytes, self.token)
                        && self.stream.given().can_go_on() =>
                {
                    self.token
                        .log("the connection was lost in the pause: another one goes on");
                }
                Err(error) => break Err(error),
            }
        };
        // After a failure, the bytes before it are still written.
        let written = self.outflow.finish(self.token);
        let fetched = result?;
        written?;
        if let (Some(expected), Some(got)) = (self.request.checksum, fetched.sha256)
            && expected != got
        {
            return Err(FetchError::wrong_checksum(expected, got)
                .with_hint("What was written is not the file: do not use it.")
                .with_status(fetched.http_status)
                .in_phase(Phase::Body));
        }
        Ok(fetched)
    }

    /// Sends one request, and gives the stream what comes; `None` if there is more to ask for.
    fn ask(&mut self, last_bytes: &mut LastBytes) -> Result<Option<Fetched>, FetchError> {
        let known = self.stream.given().clone();
        let first = known.length - known.tail.len() as u64;
        let ask = match (known.length, &known.etag) {
            (0, _) => Ask::Whole,
            (_, Some(etag)) => Ask::From {
                first,
                if_range: Some(etag.clone()),
            },
            (_, None) => return Err(changed("The server sent no strong entity tag")),
        };
        let Exchange {
            request: answered,
            response,
        } = exchange(self.network, self.request, &ask)?;
        let answer = Answer::of(&response);
        let mut decoder = None;
        let expected = if known.length == 0 {
            check_success(&response)?;
            if !Beginning::of(&answer).is_some_and(|beginning| beginning.is_whole(&answer)) {
                return Err(FetchError::unasked_part());
            }
            let name = self.request.name_from_url().unwrap_or_default();
            decoder = BodyDecoder::of(&answer, &name);
            let mut given = self.stream.given();
            if decoder.is_none() {
                given.etag = answer.etag.clone().filter(|etag| is_strong(etag));
                given.total = answer.length;
            }
            given.hasher = self.request.checksum.map(|_| Hasher::default());
            answer.length
        } else {
            if !matches!(answer.http_status, 200 | 206 | 416) {
                return Err(status_error(&response));
            }
            let (last, total) = same_file(&known, first, &answer)?;
            self.stream.given().total = Some(total);
            self.resumed_at.get_or_insert(known.length);
            self.token
                .log(format!("goes on at {} bytes of the output", known.length));
            Some(last - first + 1)
        };
        self.token.progress().set_total(self.stream.given().total);
        let mut overlap = Overlap::of(&known.tail);
        let place = Place {
            first,
            there: known.length,
        };
        let (token, outflow) = (self.token, &self.outflow);
        let mut wire_bytes = 0;
        let read = body::read(
            token,
            self.request,
            response.into_body(),
            expected,
            place,
            last_bytes,
            |block| {
                wire_bytes += block.len() as u64;
                let new = overlap.behind(block)?;
                match &mut decoder {
                    Some(decoder) => decoder.decode(new, |bytes| outflow.push(token, bytes)),
                    None => outflow.push(token, new),
                }
            },
        );
        self.wire_bytes += wire_bytes;
        let was_decoded = decoder.is_some();
        let read = read.and_then(|_| match decoder {
            Some(decoder) => outflow.push(token, &decoder.finish()?),
            None => Ok(()),
        });
        if let Err(error) = read {
            return Err(if overlap.has_differed() {
                changed("The last bytes that were written differ")
            } else {
                error.with_status(answer.http_status)
            });
        }
        let given = self.stream.given();
        if given.total.is_some_and(|total| given.length < total) {
            if given.length > known.length {
                return Ok(None);
            }
            return Err(changed("The server sends nothing behind what was written"));
        }
        let name = self.request.name_from_url().unwrap_or_default();
        let content_type = answer.content_type.as_deref();
        let page = doubt::web_page(self.request.url(), &name, content_type, answered.url());
        let coding = answer.content_encoding.as_deref();
        let encoded = notes::encoded(coding, was_decoded);
        let notes = [doubt::not_ready(answer.http_status), page, encoded];
        Ok(Some(Fetched {
            notes: notes.into_iter().flatten().collect(),
            received: given.length,
            wire_bytes: self.wire_bytes,
            total: given.total,
            length_announced: given.total.is_some(),
            resumed_at: self.resumed_at,
            sha256: given.hasher.as_ref().map(Hasher::so_far),
            http_status: answer.http_status,
            final_url: answered.shown_url(),
            content_type: answer.content_type,
            ..Fetched::default()
        }))
    }
}

impl Given {
    /// Whether another request may bring the rest.
    fn can_go_on(&self) -> bool {
        self.length == 0 || self.etag.is_some()
    }
}

/// The last byte that an answer to a range brings, and the length of the whole file, if it is still the same.
fn same_file(known: &Given, first: u64, answer: &Answer) -> Result<(u64, u64), FetchError> {
    if answer.etag != known.etag {
        return Err(changed("The entity tag is another one"));
    }
    match answer.range {
        Some(ContentRange::Part {
            first: from,
            last,
            total: Some(total),
        }) if answer.http_status == 206
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
