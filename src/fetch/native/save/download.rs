//! Saving a body: resuming what an earlier attempt left, where it is proved to be of the same file,
//! and starting over where it is not.

use std::path::PathBuf;
use std::sync::Arc;

use super::completion::{CompleteBody, Completion};
use super::disk::Disk;
use super::part::Part;
use super::save_target::SaveTarget;
use super::trace_part::{trace_part, trace_set_aside};
use super::transfer::Transfer;
use crate::fetch::client::exchange::{
    BodyDecoder, Exchange, InitialRange, LastRead, Preview, RequestKind, ResponseHead, Session,
    check_success, exchange, now_unix_secs, status_error,
};
use crate::fetch::client::resume::{
    AttemptProgress, FruitlessRequests, Overlap, Restart, ResumeDecision, ResumeState, Samples,
    Unverified, UserKey, not_the_file, nothing_follows, remove_unproved, resume_decision,
};
use crate::fetch::{ErrorClass, FetchError, Fetched, NameRule, Phase, Request, Save};
use crate::runtime::Step;

const REFUSES_RANGES: &str = "The server refuses to send a part of the file";
const IS_ANOTHER_FILE: &str = "The file on the server is another one now";
const DOES_NOT_CONTINUE: &str = "The server does not go on where the download stopped";
const IS_CHANGED_ON_DISK: &str = "The bytes on the disk are not those that came";

/// A file that is being saved.
pub(crate) struct Download<'a> {
    session: Session<'a>,
    save: &'a Save,
    target: SaveTarget<'a>,
    part: Option<Part>,
    /// How many verified bytes of an earlier attempt the part began with.
    resumed_at: Option<u64>,
    restart: Restart,
    resume: ResumeState,
    /// The server sent another part of the file when all of it was requested.
    requests_first_range: bool,
    transfer: Transfer,
}

/// What follows a response.
enum Next {
    Done(Box<CompleteBody>),
    Request,
}

impl<'a> Download<'a> {
    pub(crate) fn new(
        session: Session<'a>,
        key: &Arc<UserKey>,
        save: &'a Save,
        disk: &'static dyn Disk,
    ) -> Self {
        Self {
            session,
            save,
            target: SaveTarget::new(session, key, save, disk),
            part: None,
            resumed_at: None,
            restart: Restart::default(),
            resume: ResumeState::default(),
            requests_first_range: false,
            transfer: Transfer {
                wire_bytes: 0,
                progress: AttemptProgress::default(),
                last_read: LastRead::now(session.token()),
            },
        }
    }

    /// Saves the file.
    ///
    /// # Errors
    /// Those of the exchange, the resume decision and the disk. What came is kept in
    /// [`FetchError::part`].
    pub(crate) fn run(mut self) -> Result<Fetched, FetchError> {
        let result = self.fetch();
        let kept = match (&self.part, &result) {
            (Some(part), _) => part.kept_in(),
            (None, Err(error)) => error.part.clone(),
            (None, Ok(_)) => None,
        };
        let request = self.session.request;
        trace_part(request, kept.as_deref());
        trace_set_aside(request, self.part.as_ref().and_then(Part::set_aside_in));
        result.map_err(|error| FetchError {
            received: self.part.as_ref().map_or(error.received, Part::length),
            progressed: self.transfer.progress.has_progressed(),
            part: kept,
            ..error
        })
    }

    fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let token = self.session.token();
        if let Some(part) = &self.save.abandoned {
            remove_unproved(part);
        }
        let found = self.target.find_part()?;
        self.adopt(found)?;
        if self.part.as_ref().is_some_and(Part::is_finished) {
            token.log("an earlier try had finished the file: only its part's name was left");
            let url = self.session.request.url();
            let final_url = self.part.as_ref().map(|part| &*part.manifest().final_url);
            return self.finish(CompleteBody {
                head: ResponseHead::default(),
                last_url: final_url
                    .and_then(|url| url.parse().ok())
                    .unwrap_or_else(|| url.clone()),
                name: self.target.likely_name(),
                preview: None,
                skipped: None,
            });
        }
        if let NameRule::Named(name) = &self.save.name {
            self.target.expect_available(name, self.part.as_ref())?;
        }
        let mut fruitless = FruitlessRequests::default();
        loop {
            self.transfer.last_read = LastRead::now(token);
            let length_before = self.length();
            match self.request() {
                Ok(Next::Done(body)) => return self.finish(*body),
                Ok(Next::Request) => fruitless.count(self.length() > length_before)?,
                Err(error) if self.transfer.last_read.is_lost_in_pause(&error, token) => {
                    token.log("the connection was lost in the pause: another one goes on");
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn length(&self) -> u64 {
        self.part.as_ref().map_or(0, Part::length)
    }

    /// Verifies a part of an earlier attempt, and takes it.
    fn adopt(&mut self, found: Option<Unverified>) -> Result<(), FetchError> {
        let Some(found) = found else { return Ok(()) };
        let session = self.session;
        let token = session.token();
        token.step(Step::computing("Checking what is there"));
        self.resume.set_foreign(!found.is_ours());
        match self.target.verify(found)? {
            Some(part) => {
                self.resumed_at = Some(part.length()).filter(|length| *length > 0);
                trace_set_aside(session.request, part.set_aside_in());
                self.transfer.progress.start_from(part.manifest());
                token.progress().set_done(part.length());
                token.progress().set_total(part.manifest().total);
                self.part = Some(part);
            }
            None if self.save.continue_from.is_some() => {
                return Err(
                    FetchError::new(ErrorClass::NotResumable, IS_CHANGED_ON_DISK)
                        .with_hint("Something changed the file: begin the download anew.")
                        .in_phase(Phase::Save),
                );
            }
            None => {
                token.log(format!("begun again: {IS_CHANGED_ON_DISK}"));
                self.restart.set_reason(IS_CHANGED_ON_DISK);
            }
        }
        Ok(())
    }

    /// Sends one request, and receives its body.
    fn request(&mut self) -> Result<Next, FetchError> {
        let part = self.part.as_ref().filter(|part| part.length() > 0);
        let Some(part) = part.filter(|_| !self.restart.is_planned()) else {
            return self.request_whole();
        };
        let manifest = part.manifest();
        if manifest.refuses_ranges(now_unix_secs()) && self.save.continue_from.is_none() {
            self.restart.plan(self.save, REFUSES_RANGES)?;
            return self.request_whole();
        }
        let overlap_bytes = part.length().min(self.resume.overlap_bytes());
        let overlap = part.read_at(part.length() - overlap_bytes, overlap_bytes)?;
        let exchange = exchange(self.session, &self.resume.request(manifest))?;
        self.resume_with(exchange, &overlap)
    }

    fn request_whole(&mut self) -> Result<Next, FetchError> {
        let kind = if self.requests_first_range {
            RequestKind::From {
                first: 0,
                if_range: None,
            }
        } else {
            RequestKind::Whole
        };
        let exchange = exchange(self.session, &kind)?;
        self.begin_with(exchange)
    }

    // ---- resuming ----

    /// Handles the response to a request for the rest.
    fn resume_with(&mut self, exchange: Exchange, overlap: &[u8]) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        let head = ResponseHead::of(&response);
        match head.http_status {
            200 | 206 | 416 => {}
            // These do not refuse the range: the same request may succeed a little later.
            408 | 425 | 429 => return Err(status_error(self.session.context, &response)),
            400..=499 | 501 => return self.after_refusal(),
            _ => return Err(status_error(self.session.context, &response)),
        }
        let name = self.name(&head, &request)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.complete(head, &request, Some(path)));
        }
        let Some(part) = &self.part else {
            return Ok(Next::Request);
        };
        let first = part.length() - overlap.len() as u64;
        match resume_decision(part.manifest(), first, &head) {
            ResumeDecision::Complete => Ok(self.complete(head, &request, None)),
            ResumeDecision::NotTheFile(error) => Err(*error),
            ResumeDecision::RetryByDate if self.resume.try_date() => Ok(Next::Request),
            ResumeDecision::RetryByDate => {
                self.restart.plan(self.save, DOES_NOT_CONTINUE)?;
                self.begin_with(Exchange { request, response })
            }
            ResumeDecision::RequestAll(reason) => {
                self.restart.plan(self.save, reason)?;
                Ok(Next::Request)
            }
            ResumeDecision::StartOver(reason) => {
                self.restart.plan(self.save, reason)?;
                // A part with the status 200 does not begin with the first byte.
                if head.http_status == 200 && head.range.is_none() {
                    self.begin_with(Exchange { request, response })
                } else {
                    Ok(Next::Request)
                }
            }
            ResumeDecision::Continue { proof, .. }
                if first > 0 && self.resume.needs_samples(proof) =>
            {
                drop(response);
                self.compare()?;
                Ok(Next::Request)
            }
            ResumeDecision::Continue {
                body_bytes, total, ..
            } => self.continue_with(
                head,
                Exchange { request, response },
                overlap,
                body_bytes,
                total,
            ),
        }
    }

    /// Receives a body that continues the part, once its first bytes equal the overlap.
    fn continue_with(
        &mut self,
        head: ResponseHead,
        exchange: Exchange,
        overlap: &[u8],
        body_bytes: u64,
        total: Option<u64>,
    ) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        let Some(part) = &mut self.part else {
            return Ok(Next::Request);
        };
        part.update_manifest(|manifest| {
            manifest.total = total;
            manifest.final_url = request.shown_url();
        });
        if let Some(total) = total {
            part.check_free_space(total.saturating_sub(part.length()))?;
        }
        self.session.token().progress().set_total(total);
        let overlap_bytes = overlap.len() as u64;
        let first = part.length() - overlap_bytes;
        let mut overlap = Overlap::of(overlap);
        let received = self.transfer.receive(
            self.session,
            part,
            response,
            Some(body_bytes),
            first,
            |part, block| part.write(overlap.behind(block)?),
        );
        let length = part.length();
        if overlap.has_differed() {
            self.restart.plan(self.save, IS_ANOTHER_FILE)?;
            return Ok(Next::Request);
        }
        match received {
            // The last byte of the file was received: a failure after it does not matter.
            Err(error) if error.class == ErrorClass::Truncated && total == Some(length) => {}
            received => received?,
        }
        let is_first = self.resume.shorten_overlap();
        match total {
            Some(total) if length >= total => Ok(self.complete(head, &request, None)),
            // A server may send less than was requested, and even less than the overlap.
            _ if is_first || body_bytes > overlap_bytes => Ok(Next::Request),
            // A file of unknown length ends where nothing follows.
            None if body_bytes == overlap_bytes => Ok(self.complete(head, &request, None)),
            _ => Err(nothing_follows()),
        }
    }

    /// The server refuses the range. Only a plain request shows whether it refuses the file too;
    /// and some servers refuse a range once and then accept it.
    fn after_refusal(&mut self) -> Result<Next, FetchError> {
        if self.resume.is_refused_again() {
            self.restart.plan(self.save, REFUSES_RANGES)?;
            if let Some(part) = &mut self.part {
                part.update_manifest(|manifest| manifest.ranges_refused_at = Some(now_unix_secs()));
            }
            return Ok(Next::Request);
        }
        let Exchange { response, .. } = exchange(self.session, &RequestKind::Whole)?;
        check_success(self.session.context, &response)?;
        let head = ResponseHead::of(&response);
        let part = self.part.as_ref();
        match part.and_then(|part| not_the_file(part.manifest(), &head)) {
            Some(error) => Err(error),
            None => Ok(Next::Request),
        }
    }

    /// Compares samples of the part with the server's.
    fn compare(&mut self) -> Result<(), FetchError> {
        let Some(part) = &self.part else {
            return Ok(());
        };
        let mut samples = Samples {
            session: self.session,
            manifest: part.manifest(),
            read_part: |first, length| part.read_at(first, length),
            last_read: &mut self.transfer.last_read,
            wire_bytes: 0,
        };
        let compared = samples.compare(self.resume.overlap_bytes());
        self.transfer.wire_bytes += samples.wire_bytes;
        let compared = compared?;
        self.resume.set_compared(compared);
        if compared.is_none() {
            self.restart.plan(self.save, IS_ANOTHER_FILE)?;
        }
        Ok(())
    }

    // ---- beginning ----

    /// Handles the response to a request for the whole file.
    fn begin_with(&mut self, exchange: Exchange) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        let context = self.session.context;
        check_success(context, &response)?;
        let head = ResponseHead::of(&response);
        if matches!(head.http_status, 204 | 205) {
            return Err(status_error(context, &response));
        }
        let Some(InitialRange { body_bytes, total }) = InitialRange::of(&head) else {
            if self.requests_first_range {
                return Err(FetchError::unasked_part());
            }
            self.requests_first_range = true;
            return Ok(Next::Request);
        };
        let part = self.part.as_ref().filter(|part| part.length() > 0);
        if let Some(error) = part.and_then(|part| not_the_file(part.manifest(), &head)) {
            return Err(error);
        }
        let name = self.name(&head, &request)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.complete(head, &request, Some(path)));
        }
        let is_first = !self.restart.is_planned();
        self.set_aside()?;
        // The server's name for the file is not that of the URL: an earlier attempt may have left a
        // part under it.
        if is_first
            && self.part.is_none()
            && self.save.continue_from.is_none()
            && name != self.target.likely_name()
        {
            let found = self.target.find_part_named(name.clone());
            self.adopt(found)?;
            if self.length() > 0 {
                return Ok(Next::Request);
            }
        }
        let decoder = match head.range {
            None => BodyDecoder::of(&head, &name),
            Some(_) => None,
        };
        let total = total.filter(|_| decoder.is_none());
        let mut manifest = self.target.manifest_for(&head, &request);
        manifest.name.clone_from(&name);
        manifest.total = total;
        if let Some(decoder) = &decoder {
            manifest.set_decoded_from(decoder.coding());
        }
        manifest.earlier_high_water_mark = self.transfer.progress.high_water_mark();
        let part = match self.part.take() {
            Some(mut part) => {
                part.update_manifest(|known| {
                    manifest.inherit(known);
                    *known = manifest;
                });
                part
            }
            None => self.target.create_part(&name, manifest)?,
        };
        let part = self.part.insert(part);
        if let Some(total) = total {
            part.check_free_space(total)?;
        }
        self.session.token().progress().set_total(total);
        let is_decoded = decoder.is_some();
        let preview = Preview::of(&head, self.save.keeps_preview);
        let received =
            (self.transfer).receive_all(self.session, part, response, body_bytes, decoder, preview);
        // A part of decoded bytes cannot be resumed.
        if is_decoded
            && received.is_err()
            && let Some(part) = self.part.take()
        {
            part.discard();
        }
        let preview = received?;
        let is_whole = match total {
            Some(total) => self.length() >= total,
            None => head.range.is_none(),
        };
        if !is_whole {
            self.resume.shorten_overlap();
            return Ok(Next::Request);
        }
        let preview = preview.text(&head);
        Ok(match self.complete(head, &request, None) {
            Next::Done(mut body) => {
                body.preview = preview;
                Next::Done(body)
            }
            next @ Next::Request => next,
        })
    }

    /// Sets a part aside that cannot be resumed, until a fresh file is complete.
    fn set_aside(&mut self) -> Result<(), FetchError> {
        let Some(reason) = self.restart.take_planned() else {
            return Ok(());
        };
        self.session.token().log(format!("begun again: {reason}"));
        self.resumed_at = None;
        self.resume.start_over();
        self.target.forget_name();
        self.session.token().progress().set_done(0);
        if let Some(part) = self.part.take() {
            if part.length() > 0 {
                self.restart.set_reason(reason);
            }
            let part = part.set_aside()?;
            trace_set_aside(self.session.request, part.set_aside_in());
            self.part = Some(part);
        }
        Ok(())
    }

    // ---- the end ----

    /// The name of the file, now that there is a response.
    fn name(&self, head: &ResponseHead, last_request: &Request) -> Result<String, FetchError> {
        let name = self.target.name(head, last_request);
        (self.session.request).update_trace(|trace| trace.set_file_name(&name));
        self.target.expect_free(&name)?;
        Ok(name)
    }

    fn complete(
        &self,
        head: ResponseHead,
        last_request: &Request,
        skipped: Option<PathBuf>,
    ) -> Next {
        Next::Done(Box::new(CompleteBody {
            name: self.target.name(&head, last_request),
            head,
            last_url: last_request.url().clone(),
            preview: None,
            skipped,
        }))
    }

    fn finish(&mut self, body: CompleteBody) -> Result<Fetched, FetchError> {
        let fetched = Fetched {
            wire_bytes: self.transfer.wire_bytes,
            resumed_at: self.resumed_at,
            restart_reason: self.restart.reason().map(Into::into),
            notes: self.target.take_note().into_iter().collect(),
            ..Fetched::default()
        };
        body.finish(Completion {
            session: self.session,
            save: self.save,
            target: &self.target,
            part: self.part.take(),
            compared: self.resume.compared_note(),
            fetched,
        })
    }
}
