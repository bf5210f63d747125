//! Saving a body: going on with what an earlier try left, proving it, and beginning anew where it cannot be proved.

use std::path::PathBuf;
use std::time::Instant;

use ureq::Body;
use ureq::http::Response;

use super::completion::{Arrived, Ending};
use super::disk::Disk;
use super::part::Part;
use super::save_target::SaveTarget;
use super::trace_part::{tell_part, tell_set_aside};
use crate::fetch::client::check_success;
use crate::fetch::client::connect::agent_pool::Network;
use crate::fetch::client::exchange::body::{self, LastBytes, Place, go_on};
use crate::fetch::client::exchange::body_decoder::BodyDecoder;
use crate::fetch::client::exchange::initial_range::Beginning;
use crate::fetch::client::exchange::redirect_chain::{Exchange, exchange};
use crate::fetch::client::exchange::response_head::Answer;
use crate::fetch::client::exchange::send::Ask;
use crate::fetch::client::exchange::text::Preview;
use crate::fetch::client::is_lost_in_pause;
use crate::fetch::client::now_unix_secs;
use crate::fetch::client::resume::attempt_progress::AttemptProgress;
use crate::fetch::client::resume::fruitless_requests::{AskLimit, nothing_follows};
use crate::fetch::client::resume::overlap::Overlap;
use crate::fetch::client::resume::restart::BeginAgain;
use crate::fetch::client::resume::resume_decision::{
    Proof, ResumeDecision, date_validator, if_range, not_the_file, resume_decision,
};
use crate::fetch::client::resume::samples::Samples;
use crate::fetch::client::resume::unverified::Unproved;
use crate::fetch::client::status_error;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;
use crate::fetch::{
    ErrorClass, FetchError, Fetched, NameRule, Note, NoteCode, Phase, Request, Save,
};
use crate::runtime::{Step, Token};

/// How many bytes are asked for again behind those that came a moment ago. Fewer than any server sends at a time.
const CONTINUED_OVERLAP_BYTES: u64 = 256;

const REFUSES_RANGES: &str = "The server refuses to send a part of the file";
const IS_ANOTHER_FILE: &str = "The file on the server is another one now";

/// A file that is being saved.
pub(crate) struct Download<'a> {
    token: &'a Token,
    network: &'a Network,
    request: &'a Request,
    save: &'a Save,
    target: SaveTarget<'a>,
    /// What is there, while it is ours.
    part: Option<Part>,
    /// How many of its bytes were there before, and were proved.
    resumed_at: Option<u64>,
    begin_again: BeginAgain,
    /// The condition of the next request for the rest.
    condition: Condition,
    /// How many of the last bytes are asked for again.
    overlap_bytes: u64,
    /// Whether the validators that are known may be anybody's: the part was not begun by this user.
    is_foreign: bool,
    /// What was compared, where no validator proves that the bytes are of the same file.
    compared: Option<&'static str>,
    /// How often a range was refused where a plain request was not.
    range_refusals: u32,
    /// Whether the server sent another part of the file when all of it was asked for.
    asks_from_first_byte: bool,
    wire_bytes: u64,
    progress: AttemptProgress,
    last_bytes: LastBytes,
}

/// What makes a server send the rest only if the file is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// The best validator there is.
    Validator,
    /// The date of the last change, though there is an entity tag.
    Date,
    /// None: the bytes are compared.
    None,
}

/// What one answer led to.
enum Next {
    /// The body is complete.
    Done(Box<Arrived>),
    /// There is more to ask for.
    Ask,
}

impl<'a> Download<'a> {
    pub(crate) fn new(
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
            begin_again: BeginAgain::default(),
            condition: Condition::Validator,
            overlap_bytes: RESUME_OVERLAP_BYTES,
            is_foreign: false,
            compared: None,
            range_refusals: 0,
            asks_from_first_byte: false,
            wire_bytes: 0,
            progress: AttemptProgress::default(),
            last_bytes: LastBytes::now(token),
        }
    }

    /// Saves the file.
    ///
    /// # Errors
    /// Whatever kept it from being complete; what came is kept, and [`FetchError::part`] says where.
    pub(crate) fn run(mut self) -> Result<Fetched, FetchError> {
        let result = self.fetch();
        let kept = match (&self.part, &result) {
            (Some(part), _) => part.kept_in(),
            (None, Err(error)) => error.part.clone(),
            (None, Ok(_)) => None,
        };
        tell_part(self.request, kept.as_deref());
        let aside = self.part.as_ref().and_then(Part::set_aside_in);
        tell_set_aside(self.request, aside);
        result.map_err(|error| FetchError {
            received: self.part.as_ref().map_or(error.received, Part::length),
            progressed: self.progress.has_progressed(),
            part: kept,
            ..error
        })
    }

    fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let found = self.target.find_part()?;
        self.adopt(found)?;
        if self.part.as_ref().is_some_and(Part::is_finished) {
            return self.finish_earlier();
        }
        if let NameRule::Named(name) = &self.save.name {
            self.target.expect_available(name, self.part.as_ref())?;
        }
        let mut limit = AskLimit::default();
        let arrived = loop {
            self.last_bytes = LastBytes::now(self.token);
            let length_before = self.part.as_ref().map_or(0, Part::length);
            match self.ask() {
                Ok(Next::Done(arrived)) => break arrived,
                Ok(Next::Ask) => {
                    let length = self.part.as_ref().map_or(0, Part::length);
                    limit.count(length > length_before)?;
                }
                Err(error) if is_lost_in_pause(&error, self.last_bytes, self.token) => {
                    self.token
                        .log("the connection was lost in the pause: another one goes on");
                }
                Err(error) => return Err(error),
            }
        };
        self.finish(*arrived)
    }

    /// Takes a part that was found, once its bytes are proved to be those that were written.
    fn adopt(&mut self, found: Option<Unproved>) -> Result<(), FetchError> {
        let Some(found) = found else { return Ok(()) };
        self.token.step(Step::computing("Checking what is there"));
        let token = self.token;
        self.is_foreign = !found.is_ours();
        match found.prove(|| go_on(token))? {
            Some(part) => {
                self.resumed_at = Some(part.length()).filter(|length| *length > 0);
                tell_set_aside(self.request, part.set_aside_in());
                self.progress.start_from(part.record());
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
                self.begin_again.set_reason(reason);
            }
        }
        Ok(())
    }

    /// Sends one request, and takes what comes.
    fn ask(&mut self) -> Result<Next, FetchError> {
        let Some(part) = self.part.as_mut().filter(|part| part.length() > 0) else {
            return self.ask_for_all();
        };
        if self.begin_again.is_planned() {
            return self.ask_for_all();
        }
        let is_refused = part.record().refuses_ranges(now_unix_secs());
        if is_refused && self.save.continue_from.is_none() {
            self.begin_again.plan(self.save, REFUSES_RANGES)?;
            return self.ask_for_all();
        }
        let length = part.length();
        let overlap_bytes = length.min(self.overlap_bytes);
        let first = length - overlap_bytes;
        let overlap = part.read_at(first, overlap_bytes)?;
        let if_range = match self.condition {
            Condition::Validator => if_range(part.record()),
            Condition::Date => date_validator(part.record()),
            Condition::None => None,
        };
        let ask = Ask::From { first, if_range };
        let answer = exchange(self.network, self.request, &ask)?;
        self.go_on_with(answer, &overlap)
    }

    fn ask_for_all(&mut self) -> Result<Next, FetchError> {
        let ask = if self.asks_from_first_byte {
            Ask::From {
                first: 0,
                if_range: None,
            }
        } else {
            Ask::Whole
        };
        let answer = exchange(self.network, self.request, &ask)?;
        self.begin_with(answer)
    }

    /// An answer to "the bytes from here on".
    fn go_on_with(&mut self, exchange: Exchange, overlap: &[u8]) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        let answer = Answer::of(&response);
        match answer.http_status {
            200 | 206 | 416 => {}
            // These say nothing about ranges: the same request may succeed a little later.
            408 | 425 | 429 => return Err(status_error(&response)),
            400..=499 | 501 => return self.after_refusal(),
            _ => return Err(status_error(&response)),
        }
        let name = self.target.name(&answer, &request);
        self.request.tell(|trace| trace.tell_file_name(&name));
        self.target.expect_free(&name)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        let Some(part) = &mut self.part else {
            return Ok(Next::Ask);
        };
        let overlap_bytes = overlap.len() as u64;
        let first = part.length() - overlap_bytes;
        match resume_decision(part.record(), first, &answer) {
            ResumeDecision::Complete => Ok(self.arrived(answer, request, None)),
            ResumeDecision::NotTheFile(error) => Err(*error),
            ResumeDecision::AskByDate if self.condition == Condition::Validator => {
                self.condition = Condition::Date;
                Ok(Next::Ask)
            }
            ResumeDecision::AskByDate => {
                self.begin_again.plan(
                    self.save,
                    "The server does not go on where the download stopped",
                )?;
                self.begin_with(Exchange { request, response })
            }
            ResumeDecision::AskForAll(reason) => {
                self.begin_again.plan(self.save, reason)?;
                Ok(Next::Ask)
            }
            ResumeDecision::BeginAgain(reason) => {
                self.begin_again.plan(self.save, reason)?;
                // A part with the status of the whole is no beginning.
                if answer.http_status == 200 && answer.range.is_none() {
                    self.begin_with(Exchange { request, response })
                } else {
                    Ok(Next::Ask)
                }
            }
            ResumeDecision::GoOn { proof, .. }
                if (proof == Proof::Samples || self.is_foreign)
                    && first > 0
                    && self.compared.is_none() =>
            {
                // Other servers behind the same name would refuse a condition, too.
                self.condition = Condition::None;
                drop(response);
                self.compare()?;
                Ok(Next::Ask)
            }
            ResumeDecision::GoOn {
                body_bytes, total, ..
            } => {
                part.set_record(|record| {
                    record.total = total;
                    record.final_url = request.shown_url();
                });
                if let Some(total) = total {
                    part.check_room(total.saturating_sub(part.length()))?;
                }
                self.token.progress().set_total(total);
                let mut overlap = Overlap::of(overlap);
                let read = self.read(response, Some(body_bytes), first, |part, block| {
                    part.write(overlap.behind(block)?)
                });
                if overlap.has_differed() {
                    self.begin_again.plan(self.save, IS_ANOTHER_FILE)?;
                    return Ok(Next::Ask);
                }
                let length = self.part.as_ref().map_or(0, Part::length);
                match read {
                    // The last byte of the file is there: whatever was to follow is none of its.
                    Err(error) if error.class == ErrorClass::Truncated && total == Some(length) => {
                    }
                    read => read?,
                }
                let is_first = self.overlap_bytes == RESUME_OVERLAP_BYTES;
                self.overlap_bytes = CONTINUED_OVERLAP_BYTES;
                match total {
                    Some(total) if length >= total => Ok(self.arrived(answer, request, None)),
                    // A server may send less than it was asked for, and even less than the overlap.
                    _ if is_first || body_bytes > overlap_bytes => Ok(Next::Ask),
                    // Without a known length, the file ends where nothing follows.
                    None if body_bytes == overlap_bytes => Ok(self.arrived(answer, request, None)),
                    _ => Err(nothing_follows()),
                }
            }
        }
    }

    /// The server refuses the range. Whether it refuses the file as well is known only after a plain request; and some
    /// servers refuse a range once, for reasons of their own.
    fn after_refusal(&mut self) -> Result<Next, FetchError> {
        self.range_refusals += 1;
        if self.range_refusals > 1 {
            self.begin_again.plan(self.save, REFUSES_RANGES)?;
            if let Some(part) = &mut self.part {
                part.set_record(|record| record.ranges_refused_at = Some(now_unix_secs()));
            }
            return Ok(Next::Ask);
        }
        let Exchange { response, .. } = exchange(self.network, self.request, &Ask::Whole)?;
        check_success(&response)?;
        let answer = Answer::of(&response);
        let part = self.part.as_ref();
        if let Some(error) = part.and_then(|part| not_the_file(part.record(), &answer)) {
            return Err(error);
        }
        Ok(Next::Ask)
    }

    /// Compares samples of the bytes that are there.
    fn compare(&mut self) -> Result<(), FetchError> {
        let Some(part) = &mut self.part else {
            return Ok(());
        };
        let mut samples = Samples {
            token: self.token,
            network: self.network,
            request: self.request,
            last_bytes: &mut self.last_bytes,
            wire_bytes: 0,
        };
        let compared = samples.compare(part, self.overlap_bytes);
        self.wire_bytes += samples.wire_bytes;
        self.compared = compared?;
        if self.compared.is_none() {
            self.begin_again.plan(self.save, IS_ANOTHER_FILE)?;
        }
        Ok(())
    }

    /// Sets the bytes aside that cannot be used, until a fresh file is complete.
    fn set_aside(&mut self) -> Result<(), FetchError> {
        let Some(reason) = self.begin_again.take_planned() else {
            return Ok(());
        };
        self.token.log(format!("begun again: {reason}"));
        self.resumed_at = None;
        self.compared = None;
        self.condition = Condition::Validator;
        self.is_foreign = false;
        self.target.forget_name();
        self.token.progress().set_done(0);
        if let Some(part) = self.part.take() {
            if part.length() > 0 {
                self.begin_again.set_reason(reason);
            }
            let part = part.set_aside()?;
            tell_set_aside(self.request, part.set_aside_in());
            self.part = Some(part);
        }
        Ok(())
    }

    /// An answer to "the whole file".
    fn begin_with(&mut self, exchange: Exchange) -> Result<Next, FetchError> {
        let Exchange { request, response } = exchange;
        check_success(&response)?;
        let answer = Answer::of(&response);
        if matches!(answer.http_status, 204 | 205) {
            return Err(status_error(&response));
        }
        let Some(beginning) = Beginning::of(&answer) else {
            if self.asks_from_first_byte {
                return Err(FetchError::unasked_part());
            }
            self.asks_from_first_byte = true;
            return Ok(Next::Ask);
        };
        let part = self.part.as_ref().filter(|part| part.length() > 0);
        if let Some(error) = part.and_then(|part| not_the_file(part.record(), &answer)) {
            return Err(error);
        }
        let name = self.target.name(&answer, &request);
        self.request.tell(|trace| trace.tell_file_name(&name));
        self.target.expect_free(&name)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        let is_first = !self.begin_again.is_planned();
        self.set_aside()?;
        // The server has another name for it than the URL: an earlier try may have left something under that.
        if is_first
            && self.part.is_none()
            && self.save.continue_from.is_none()
            && name != self.target.likely_name()
        {
            let found = self.target.find_part_named(name.clone());
            self.adopt(found)?;
            if self.part.as_ref().is_some_and(|part| part.length() > 0) {
                return Ok(Next::Ask);
            }
        }
        let Beginning { body_bytes, total } = beginning;
        let mut decoder = if answer.range.is_none() {
            BodyDecoder::of(&answer, &name)
        } else {
            None
        };
        let total = total.filter(|_| decoder.is_none());
        let mut record = self.target.record_of(&answer, &request);
        record.name.clone_from(&name);
        record.total = total;
        if let Some(decoder) = &decoder {
            // No range of the server's matches decoded bytes: such a part never goes on.
            record.content_encoding = Some(format!("{}, decoded", decoder.coding()));
        }
        record.earlier_bytes = self.progress.high_water_mark();
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
        if let (Some(total), Some(part)) = (total, &self.part) {
            part.check_room(total)?;
        }
        self.token.progress().set_total(total);
        let mut preview = Preview::of(&answer, self.save.keeps_preview);
        let read = self.read(response, body_bytes, 0, |part, block| {
            preview.take(block);
            match &mut decoder {
                Some(decoder) => decoder.decode(block, |bytes| part.write_unannounced(bytes)),
                None => part.write(block),
            }
        });
        match decoder {
            Some(decoder) => {
                let length = decoder.finish_into(&mut self.part, read)?;
                self.token.progress().set_done(length);
            }
            None => read?,
        }
        let length = self.part.as_ref().map_or(0, Part::length);
        let is_whole = match total {
            Some(total) => length >= total,
            None => answer.range.is_none(),
        };
        if !is_whole {
            self.overlap_bytes = CONTINUED_OVERLAP_BYTES;
            return Ok(Next::Ask);
        }
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
        let place = Place {
            first,
            there: part.length(),
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
        let result = part.settle().and(result);
        self.wire_bytes += wire_bytes;
        let paused = self.token.paused_time().saturating_sub(paused_before);
        // A silence at the end is no receiving.
        let until_last_byte = self.last_bytes.came_at.saturating_duration_since(began);
        let receiving = until_last_byte.saturating_sub(paused);
        self.progress.add(part.length(), receiving);
        let Err(error) = result else { return Ok(()) };
        let received = part.length();
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

    fn finish(&mut self, arrived: Arrived) -> Result<Fetched, FetchError> {
        let fetched = Fetched {
            wire_bytes: self.wire_bytes,
            resumed_at: self.resumed_at,
            begun_again: self.begin_again.reason(),
            notes: self.target.take_note().into_iter().collect(),
            ..Fetched::default()
        };
        let compared = self
            .compared
            .map(|text| Note::new(NoteCode::Compared, text));
        arrived.finish(Ending {
            token: self.token,
            request: self.request,
            save: self.save,
            target: &self.target,
            part: self.part.take(),
            compared,
            fetched,
        })
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
