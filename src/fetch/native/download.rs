//! Saving a body: going on with what an earlier try left, proving it, and beginning anew where it cannot be proved.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::Response;

use super::agent::Ask;
use super::answer::Answer;
use super::body::{self, LastBytes, Place, go_on};
use super::disk::Disk;
use super::earlier::Unproved;
use super::exchange::{Exchange, exchange};
use super::judge::{Verdict, if_range, judge};
use super::network::Network;
use super::part::{Part, Wanted};
use super::save_target::SaveTarget;
use super::text::Preview;
use super::{check_success, current, is_lost_in_pause, status_error};
use crate::fetch::{ErrorClass, FetchError, Fetched, Phase, Request, Save};
use crate::runtime::{Step, Token};
use crate::settings::{RETRY_ANEW_AFTER, RETRY_ANEW_BYTES};

/// A file that is being saved.
pub(super) struct Download<'a> {
    token: &'a Token,
    network: &'a Network,
    request: &'a Request,
    save: &'a Save,
    target: SaveTarget<'a>,
    /// What is there, while it is ours.
    part: Option<Part>,
    /// How many of its bytes were there before, and were proved.
    resumed_at: Option<u64>,
    /// Why bytes that were there had to come again.
    begun_again: Option<&'static str>,
    wire_bytes: u64,
    /// How far it has come, and how far it had before; and how long bytes came.
    farthest: u64,
    farthest_before: u64,
    receiving: Duration,
    last_bytes: LastBytes,
}

/// What one answer led to.
enum Next {
    /// The body is complete.
    Done(Box<Arrived>),
    /// There is more to ask for.
    Ask,
}

/// A body that is complete, and what its last answer said.
struct Arrived {
    answer: Answer,
    answered: Request,
    name: String,
    preview: Option<String>,
    /// The file that is there already, and is left alone.
    skipped: Option<PathBuf>,
}

impl<'a> Download<'a> {
    pub(super) fn new(
        token: &'a Token,
        network: &'a Network,
        request: &'a Request,
        save: &'a Save,
        disk: &'static dyn Disk,
    ) -> Self {
        Self {
            token,
            network,
            request,
            save,
            target: SaveTarget::new(token, network, request, save, disk),
            part: None,
            resumed_at: None,
            begun_again: None,
            wire_bytes: 0,
            farthest: 0,
            farthest_before: 0,
            receiving: Duration::ZERO,
            last_bytes: LastBytes::now(token),
        }
    }

    /// Saves the file.
    ///
    /// # Errors
    /// Whatever kept it from being complete; what came is kept, and [`FetchError::part`] says where.
    pub(super) fn run(mut self) -> Result<Fetched, FetchError> {
        let result = self.fetch();
        let kept = match (&self.part, &result) {
            (Some(part), _) => part.kept_in(),
            (None, Err(error)) => error.part.clone(),
            (None, Ok(_)) => None,
        };
        tell_part(self.request, kept.as_deref());
        let aside = self.part.as_ref().and_then(Part::set_aside_in);
        self.request.tell(|trace| trace.tell_set_aside(aside));
        result.map_err(|error| FetchError {
            received: self.part.as_ref().map_or(error.received, Part::length),
            progressed: self.has_progressed(),
            part: kept,
            ..error
        })
    }

    /// Whether this try got so much farther than those before it that they do not count any more. The same bytes once
    /// more are no progress.
    fn has_progressed(&self) -> bool {
        let new_bytes = self.farthest.saturating_sub(self.farthest_before);
        new_bytes >= RETRY_ANEW_BYTES || (new_bytes > 0 && self.receiving >= RETRY_ANEW_AFTER)
    }

    fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let found = self.target.find_part()?;
        self.adopt(found)?;
        if self.part.as_ref().is_some_and(Part::is_finished) {
            return self.finish_earlier();
        }
        let arrived = loop {
            self.last_bytes = LastBytes::now(self.token);
            match self.ask() {
                Ok(Next::Done(arrived)) => break arrived,
                Ok(Next::Ask) => {}
                Err(error) if is_lost_in_pause(&error, self.last_bytes, self.token) => {
                    self.token
                        .log("the connection was lost in the pause: another one goes on");
                }
                Err(error) => return Err(error),
            }
        };
        self.finish(*arrived)
    }

    // ---- what is there ----

    /// Takes a part that was found, once its bytes are proved to be those that were written.
    fn adopt(&mut self, found: Option<Unproved>) -> Result<(), FetchError> {
        let Some(found) = found else { return Ok(()) };
        self.token.step(Step::computing("Checking what is there"));
        let token = self.token;
        match found.prove(|| go_on(token))? {
            Some(part) => {
                self.resumed_at = Some(part.length()).filter(|length| *length > 0);
                self.farthest_before = self.farthest_before.max(part.record().farthest());
                self.farthest = self.farthest.max(self.farthest_before);
                self.token.progress().set_done(part.length());
                self.token.progress().set_total(part.record().total);
                self.part = Some(part);
            }
            None if self.save.continue_from.is_some() => {
                return Err(FetchError::new(
                    ErrorClass::NotResumable,
                    "The bytes on the disk are not those that came",
                )
                .with_hint("Something changed the file: begin the download anew.")
                .in_phase(Phase::Save));
            }
            None => {
                let reason = "The bytes on the disk are not those that came";
                self.token.log(format!("begun again: {reason}"));
                self.begun_again = Some(reason);
            }
        }
        Ok(())
    }

    // ---- asking ----

    /// Sends one request, and takes what comes.
    fn ask(&mut self) -> Result<Next, FetchError> {
        match self.part.take() {
            Some(mut part) if part.length() > 0 => {
                let overlap = part.overlap();
                // First of all it is kept: whatever fails from here on must not lose it.
                let part = self.part.insert(part);
                let overlap = overlap?;
                let ask = Ask::From {
                    first: part.length() - overlap.len() as u64,
                    if_range: if_range(part.record()),
                };
                let answer = exchange(self.network, self.request, &ask)?;
                self.go_on_with(answer, &overlap)
            }
            part => {
                self.part = part;
                let answer = exchange(self.network, self.request, &Ask::Whole)?;
                self.begin_with(answer)
            }
        }
    }

    /// An answer to "the bytes from here on".
    fn go_on_with(&mut self, exchange: Exchange, overlap: &[u8]) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        let answer = Answer::of(&response);
        if !matches!(answer.http_status, 200 | 206 | 416) {
            return Err(status_error(&response));
        }
        let name = self.target.name(&answer, &request);
        self.request.tell(|trace| trace.tell_file_name(&name));
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        let Some(part) = &mut self.part else {
            return Ok(Next::Ask);
        };
        let first = part.length() - overlap.len() as u64;
        match judge(part.record(), first, &answer) {
            Verdict::Complete => Ok(self.arrived(answer, request, None)),
            Verdict::NotTheFile(error) => Err(*error),
            Verdict::Anew(reason) => {
                self.begin_anew(reason)?;
                if answer.http_status == 200 {
                    self.begin_with(Exchange { request, response })
                } else {
                    Ok(Next::Ask)
                }
            }
            Verdict::GoesOn { body_bytes, total } => {
                part.set_record(|record| {
                    record.total = total;
                    record.final_url = request.shown_url();
                });
                if let Some(total) = total {
                    part.check_room(total.saturating_sub(part.length()))?;
                }
                self.token.progress().set_total(total);
                let mut left = overlap;
                let mut differs = false;
                let read = self.read(response, Some(body_bytes), first, |part, block| {
                    let (again, new) = block.split_at(block.len().min(left.len()));
                    let (expected, rest) = left.split_at(again.len());
                    if again != expected {
                        differs = true;
                        return Err(differs_error());
                    }
                    left = rest;
                    part.write(new)
                });
                if differs {
                    self.begin_anew("The file on the server is another one now")?;
                    return Ok(Next::Ask);
                }
                read?;
                let length = self.part.as_ref().map_or(0, Part::length);
                match total {
                    // A server may send less than it was asked for: the rest is asked for then.
                    Some(total) if length < total && body_bytes > overlap.len() as u64 => {
                        Ok(Next::Ask)
                    }
                    Some(total) if length < total => Err(FetchError::new(
                        ErrorClass::NotResumable,
                        "The server sends nothing beyond what is there",
                    )
                    .with_hint("Try again later; what came is kept.")
                    .in_phase(Phase::Body)),
                    // Where nobody says how long the file is, it ends where nothing follows.
                    None if body_bytes > overlap.len() as u64 => Ok(Next::Ask),
                    _ => Ok(self.arrived(answer, request, None)),
                }
            }
        }
    }

    /// What is there cannot go on: it stays aside until a fresh file is complete.
    fn begin_anew(&mut self, reason: &'static str) -> Result<(), FetchError> {
        if self.save.continue_from.is_some() {
            // Whoever gives a new link for these bytes does not want another file.
            return Err(FetchError::new(
                ErrorClass::Changed,
                "This link does not lead to the same file",
            )
            .with_hint("Give another link, or begin the download anew; what came is kept.")
            .with_detail(reason)
            .in_phase(Phase::FirstByte));
        }
        self.token.log(format!("begun again: {reason}"));
        self.resumed_at = None;
        self.target.forget_name();
        self.token.progress().set_done(0);
        if let Some(part) = self.part.take() {
            if part.length() > 0 {
                self.begun_again = Some(reason);
            }
            self.part = Some(part.set_aside()?);
        }
        Ok(())
    }

    /// An answer to "the whole file".
    fn begin_with(&mut self, exchange: Exchange) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        check_success(&response)?;
        let answer = Answer::of(&response);
        let name = self.target.name(&answer, &request);
        self.request.tell(|trace| trace.tell_file_name(&name));
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        // The server has another name for it than the URL: an earlier try may have left something under that.
        if self.part.is_none()
            && self.save.continue_from.is_none()
            && name != self.target.likely_name()
        {
            let found = self.target.find_part_named(name.clone());
            self.adopt(found)?;
            if self.part.as_ref().is_some_and(|part| part.length() > 0) {
                return Ok(Next::Ask);
            }
        }
        let mut record = self.target.new_record();
        record.name = name.clone();
        record.final_url = request.shown_url();
        record.etag = answer.etag.clone();
        record.last_modified = answer.last_modified.clone();
        record.total = answer.length;
        record.content_type = answer.content_type.clone();
        record.content_encoding = answer.content_encoding.clone();
        record.earlier_bytes = self.farthest;
        match &mut self.part {
            Some(part) => part.set_record(|known| {
                record.inherit(known);
                *known = record;
            }),
            None => {
                let part = self.target.create_part(&name, record)?;
                self.part = Some(part);
            }
        }
        if let (Some(total), Some(part)) = (answer.length, &self.part) {
            part.check_room(total)?;
        }
        self.token.progress().set_total(answer.length);
        let mut preview = Preview::of(&answer);
        self.read(response, answer.length, 0, |part, block| {
            preview.take(block);
            part.write(block)
        })?;
        let preview = preview.text(&answer);
        Ok(match self.arrived(answer, request, None) {
            Next::Done(mut arrived) => {
                arrived.preview = preview;
                Next::Done(arrived)
            }
            next @ Next::Ask => next,
        })
    }

    /// Reads a body whose first byte is the file's byte `first`.
    fn read(
        &mut self,
        response: Response<Body>,
        expected: Option<u64>,
        first: u64,
        mut take: impl FnMut(&mut Part, &[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        let Some(part) = &mut self.part else {
            return Ok(());
        };
        tell_part(self.request, Some(part.path()));
        let before = part.state();
        let place = Place {
            first,
            there: before.length(),
        };
        let began = Instant::now();
        let paused_before = self.token.paused_time();
        let mut wire_bytes = 0;
        let http_status = response.status().as_u16();
        let result = body::read(
            self.token,
            self.request,
            response.into_body(),
            expected,
            place,
            &mut self.last_bytes,
            |block| {
                wire_bytes += block.len() as u64;
                take(part, block)
            },
        );
        self.wire_bytes += wire_bytes;
        self.farthest = self.farthest.max(part.length());
        let paused = self.token.paused_time().saturating_sub(paused_before);
        // A silence at the end is no receiving.
        let until_last_byte = self.last_bytes.came_at.saturating_duration_since(began);
        self.receiving += until_last_byte.saturating_sub(paused);
        let Err(error) = result else { return Ok(()) };
        let received = part.length();
        if error.class == ErrorClass::Protocol && current::attempt().surplus {
            // Either its length is wrong, or its end is no part of it. What was proved before is not in doubt.
            if before.length() > 0 {
                part.rewind(before)?;
            } else if let Some(part) = self.part.take() {
                part.discard();
            }
        }
        Err(FetchError { received, ..error }.with_status(http_status))
    }

    fn arrived(&self, answer: Answer, answered: Request, skipped: Option<PathBuf>) -> Next {
        Next::Done(Box::new(Arrived {
            name: self.target.name(&answer, &answered),
            answer,
            answered,
            preview: None,
            skipped,
        }))
    }

    // ---- the end ----

    fn finish(&mut self, arrived: Arrived) -> Result<Fetched, FetchError> {
        let Arrived {
            answer,
            answered,
            name,
            preview,
            skipped,
        } = arrived;
        let http_status = answer.http_status;
        let mut fetched = Fetched {
            wire_bytes: self.wire_bytes,
            preview,
            http_status,
            final_url: answered.shown_url(),
            content_type: answer.content_type,
            resumed_at: self.resumed_at,
            begun_again: self.begun_again,
            notes: self.target.take_note().into_iter().collect(),
            ..Fetched::default()
        };
        if let Some(path) = skipped {
            if let Some(expected) = self.request.checksum {
                fetched.sha256 = Some(self.target.check_skipped(&path, expected)?);
            }
            self.token
                .log("a file of that name is there already: skipped");
            self.token.progress().set_total(None);
            fetched.skipped = true;
            fetched.path = Some(path);
            fetched.length_announced = true;
            return Ok(fetched);
        }
        let Some(part) = self.part.take() else {
            return Ok(fetched);
        };
        current::begin(Phase::Save);
        fetched.received = part.length();
        fetched.total = part.record().total;
        fetched.length_announced = fetched.total.is_some();
        let token = self.token;
        let wanted = Wanted {
            folder: &self.save.folder,
            name: &name,
            if_exists: self.save.if_exists,
            checksum: self.request.checksum,
        };
        let finished = part.finish(wanted, || go_on(token));
        let (path, sha256) = finished.map_err(|error| error.with_status(http_status))?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            self.request.tell(|trace| trace.tell_file_name(name));
        }
        fetched.path = Some(path);
        fetched.sha256 = sha256;
        Ok(fetched)
    }

    /// The end of a download that an earlier try had finished but for the name of its part.
    fn finish_earlier(&mut self) -> Result<Fetched, FetchError> {
        self.token
            .log("an earlier try had finished the file: only its part's name was left");
        self.finish(Arrived {
            name: self.target.likely_name(),
            answer: Answer::default(),
            answered: self.request.clone(),
            preview: None,
            skipped: None,
        })
    }
}

/// Tells whoever traces the request where its bytes are.
fn tell_part(request: &Request, path: Option<&Path>) {
    request.tell(|trace| {
        let mut part = trace.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        *part = path.map(Path::to_owned);
    });
}

/// Ends the reading of a body that is another file's; nobody sees it.
fn differs_error() -> FetchError {
    FetchError::new(
        ErrorClass::Changed,
        "The file on the server is another one now",
    )
}
