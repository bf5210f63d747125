//! Saving a body: going on with what an earlier try left, proving it, and beginning anew where it cannot be proved.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::Response;
use url::Url;

use super::agent::Ask;
use super::answer::{Answer, is_web_page, media_type};
use super::body::{self, LastBytes, Place, go_on};
use super::body_decoder::BodyDecoder;
use super::disk::Disk;
use super::earlier::Unproved;
use super::exchange::{Exchange, exchange};
use super::network::Network;
use super::part::{Part, Wanted};
use super::range::ContentRange;
use super::record::Record;
use super::resume_decision::{
    Proof, ResumeDecision, date_validator, if_range, is_sample_of, not_the_file, resume_decision,
};
use super::save_target::SaveTarget;
use super::taken::expect_free;
use super::text::Preview;
use super::{check_success, current, is_lost_in_pause, now_unix_secs, status_error};
use crate::fetch::{
    ErrorClass, FetchError, Fetched, NameRule, Note, NoteCode, Phase, Request, Save,
};
use crate::runtime::{Step, Token};
use crate::settings::{RESUME_OVERLAP_BYTES, RETRY_ANEW_AFTER, RETRY_ANEW_BYTES};

/// How often one attempt begins again at most: a server that sends another file each time would keep it busy for ever.
const BEGINS_PER_ATTEMPT: u32 = 3;
/// How many requests in a row may bring no new byte.
const ASKS_WITHOUT_A_BYTE: u32 = 8;
/// How many samples are compared beside the overlap, each as long as that.
const SAMPLES: usize = 3;
const SAMPLE_STEP: usize = RESUME_OVERLAP_BYTES as usize;
/// Prefixes of up to this length are compared whole, in bytes.
const COMPARE_ALL_BYTES: u64 = 256 * 1024;
/// For how long a server is known to refuse ranges.
const RANGES_REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);

const REFUSES_RANGES: &str = "The server refuses to send a part of the file";
const IS_ANOTHER_FILE: &str = "The file on the server is another one now";

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
    /// Why the next answer with the whole file takes the place of the bytes that are there.
    begin_again: Option<&'static str>,
    /// How often that may still happen.
    begins_left: u32,
    /// Why bytes that were there had to come again.
    begun_again: Option<&'static str>,
    /// The condition of the next request for the rest.
    condition: Condition,
    /// What was compared, where no validator proves that the bytes are of the same file.
    compared: Option<Cow<'static, str>>,
    /// How often a range was refused where a plain request was not.
    range_refusals: u32,
    /// Whether the server sent another part of the file when all of it was asked for.
    asks_from_first_byte: bool,
    wire_bytes: u64,
    /// How far it has come, and how far it had before; and how long bytes came.
    farthest: u64,
    farthest_before: u64,
    receiving: Duration,
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

/// What a server says about the beginning of a file that it sends.
struct Beginning {
    /// The length of its body.
    body_bytes: Option<u64>,
    /// The length of the file.
    total: Option<u64>,
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
            begin_again: None,
            begins_left: BEGINS_PER_ATTEMPT,
            begun_again: None,
            condition: Condition::Validator,
            compared: None,
            range_refusals: 0,
            asks_from_first_byte: false,
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
        if let NameRule::Named(name) = &self.save.name {
            expect_free(self.save, name)?;
        }
        let mut asks_left = ASKS_WITHOUT_A_BYTE;
        let arrived = loop {
            self.last_bytes = LastBytes::now(self.token);
            let length_before = self.part.as_ref().map_or(0, Part::length);
            match self.ask() {
                Ok(Next::Done(arrived)) => break arrived,
                Ok(Next::Ask) => {
                    let length = self.part.as_ref().map_or(0, Part::length);
                    asks_left = if length > length_before {
                        ASKS_WITHOUT_A_BYTE
                    } else {
                        asks_left - 1
                    };
                    if asks_left == 0 {
                        return Err(leads_nowhere());
                    }
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
        let Some(part) = self.part.as_mut().filter(|part| part.length() > 0) else {
            return self.ask_for_all();
        };
        if self.begin_again.is_some() {
            return self.ask_for_all();
        }
        let is_refused = part.record().ranges_refused_at.is_some_and(is_recent);
        if is_refused && self.save.continue_from.is_none() {
            self.plan_to_begin_again(REFUSES_RANGES)?;
            return self.ask_for_all();
        }
        let length = part.length();
        let overlap_bytes = length.min(RESUME_OVERLAP_BYTES);
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
        expect_free(self.save, &name)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        let Some(part) = &mut self.part else {
            return Ok(Next::Ask);
        };
        let first = part.length() - overlap.len() as u64;
        match resume_decision(part.record(), first, &answer) {
            ResumeDecision::Complete => Ok(self.arrived(answer, request, None)),
            ResumeDecision::NotTheFile(error) => Err(*error),
            ResumeDecision::AskByDate if self.condition == Condition::Validator => {
                self.condition = Condition::Date;
                Ok(Next::Ask)
            }
            ResumeDecision::AskByDate => {
                self.plan_to_begin_again("The server does not go on where the download stopped")?;
                self.begin_with(Exchange { request, response })
            }
            ResumeDecision::AskForAll(reason) => {
                self.plan_to_begin_again(reason)?;
                Ok(Next::Ask)
            }
            ResumeDecision::BeginAgain(reason) => {
                self.plan_to_begin_again(reason)?;
                // A part with the status of the whole is no beginning.
                if answer.http_status == 200 && answer.range.is_none() {
                    self.begin_with(Exchange { request, response })
                } else {
                    Ok(Next::Ask)
                }
            }
            ResumeDecision::GoOn {
                proof: Proof::Samples,
                ..
            } if first > 0 && self.compared.is_none() => {
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
                    self.plan_to_begin_again(IS_ANOTHER_FILE)?;
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
                    .with_hint("Try again later; the bytes that came are kept.")
                    .in_phase(Phase::Body)),
                    // Without a known length, the file ends where nothing follows.
                    None if body_bytes > overlap.len() as u64 => Ok(Next::Ask),
                    _ => Ok(self.arrived(answer, request, None)),
                }
            }
        }
    }

    /// The server refuses the range. Whether it refuses the file as well is known only after a plain request; and some
    /// servers refuse a range once, for reasons of their own.
    fn after_refusal(&mut self) -> Result<Next, FetchError> {
        self.range_refusals += 1;
        if self.range_refusals > 1 {
            self.plan_to_begin_again(REFUSES_RANGES)?;
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

    /// Compares samples of the earlier bytes with the server's, where no validator proves that they are of the same
    /// file. Three samples are evidence and no proof, which the note says; a short prefix is compared whole.
    fn compare(&mut self) -> Result<(), FetchError> {
        let Some(part) = &self.part else {
            return Ok(());
        };
        // The overlap behind the samples is compared with what follows.
        let prefix_bytes = part.length() - RESUME_OVERLAP_BYTES;
        let is_short = part.length() <= COMPARE_ALL_BYTES;
        let samples: Vec<u64> = if is_short {
            (0..prefix_bytes).step_by(SAMPLE_STEP).collect()
        } else {
            let mut random = fastrand::Rng::new();
            let last = prefix_bytes - RESUME_OVERLAP_BYTES;
            (0..SAMPLES).map(|_| random.u64(..=last)).collect()
        };
        for first in samples {
            let sample_bytes = RESUME_OVERLAP_BYTES.min(prefix_bytes - first);
            if !self.is_same(first, sample_bytes)? {
                return self.plan_to_begin_again(IS_ANOTHER_FILE);
            }
        }
        self.compared = Some(
            if is_short {
                "compared from the first byte on: no ETag or date proves that it is the same file"
            } else {
                "compared at four places only: no ETag or date proves that the rest is of the same file"
            }
            .into(),
        );
        Ok(())
    }

    /// Whether the server has the same bytes at this place.
    fn is_same(&mut self, first: u64, sample_bytes: u64) -> Result<bool, FetchError> {
        let Some(part) = &mut self.part else {
            return Ok(false);
        };
        let length = part.length();
        let expected = part.read_at(first, sample_bytes)?;
        let ask = Ask::Range {
            first,
            last: first + sample_bytes - 1,
        };
        let Exchange { response, .. } = exchange(self.network, self.request, &ask)?;
        let answer = Answer::of(&response);
        if answer.http_status >= 400 {
            return Err(status_error(&response));
        }
        if !is_sample_of(part.record(), (first, sample_bytes), &answer) {
            return Ok(false);
        }
        let mut got = Vec::new();
        let place = Place {
            first,
            there: length,
        };
        body::read(
            self.token,
            self.request,
            response.into_body(),
            Some(sample_bytes),
            place,
            &mut self.last_bytes,
            |block| {
                got.extend_from_slice(block);
                Ok(())
            },
        )?;
        self.wire_bytes += got.len() as u64;
        Ok(got == expected)
    }

    /// The bytes that are there cannot be used: the next request asks for all. They are set aside once it is answered
    /// with the file.
    fn plan_to_begin_again(&mut self, reason: &'static str) -> Result<(), FetchError> {
        if self.save.continue_from.is_some() {
            // A new link for these bytes is not meant for another file.
            return Err(FetchError::new(
                ErrorClass::Changed,
                "This link does not lead to the same file",
            )
            .with_hint(
                "Give another link, or begin the download again; the bytes that came are kept.",
            )
            .with_detail(reason)
            .in_phase(Phase::FirstByte));
        }
        if self.begins_left == 0 {
            return Err(FetchError::new(
                ErrorClass::Changed,
                "The server sends another file each time it is asked",
            )
            .with_hint("Try again later, or look for another link.")
            .with_detail(reason)
            .in_phase(Phase::FirstByte));
        }
        self.begins_left -= 1;
        self.begin_again = Some(reason);
        Ok(())
    }

    /// Sets the bytes aside that cannot be used, until a fresh file is complete.
    fn set_aside(&mut self) -> Result<(), FetchError> {
        let Some(reason) = self.begin_again.take() else {
            return Ok(());
        };
        self.token.log(format!("begun again: {reason}"));
        self.resumed_at = None;
        self.compared = None;
        self.condition = Condition::Validator;
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
        let Some(beginning) = beginning_of(&answer) else {
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
        expect_free(self.save, &name)?;
        if let Some(path) = self.target.skips(&name) {
            return Ok(self.arrived(answer, request, Some(path)));
        }
        let is_first = self.begin_again.is_none();
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
        let mut record = self.target.new_record();
        record.name = name.clone();
        record.final_url = request.shown_url();
        record.etag = answer.etag.clone();
        record.last_modified = answer.last_modified.clone();
        record.total = total;
        record.content_type = answer.content_type.clone();
        record.content_encoding = match &decoder {
            // No range of the server's matches decoded bytes: such a part never goes on.
            Some(decoder) => Some(format!("{}, decoded", decoder.coding())),
            None => answer.content_encoding.clone(),
        };
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
        if let (Some(total), Some(part)) = (total, &self.part) {
            part.check_room(total)?;
        }
        self.token.progress().set_total(total);
        let mut preview = Preview::of(&answer);
        let read = self.read(response, body_bytes, 0, |part, block| {
            preview.take(block);
            match &mut decoder {
                Some(decoder) => decoder.decode(block, part),
                None => part.write(block),
            }
        });
        if let Some(decoder) = decoder {
            let ended = match &mut self.part {
                Some(part) => read.and_then(|()| decoder.finish(part)),
                None => read,
            };
            if let Err(error) = ended {
                // The next attempt cannot go on with them.
                if let Some(part) = self.part.take() {
                    part.discard();
                }
                return Err(error);
            }
            let length = self.part.as_ref().map_or(0, Part::length);
            self.token.progress().set_done(length);
        } else {
            read?;
        }
        let length = self.part.as_ref().map_or(0, Part::length);
        let is_whole = match total {
            Some(total) => length >= total,
            None => answer.range.is_none(),
        };
        if !is_whole {
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
        self.wire_bytes += wire_bytes;
        self.farthest = self.farthest.max(part.length());
        let paused = self.token.paused_time().saturating_sub(paused_before);
        // A silence at the end is no receiving.
        let until_last_byte = self.last_bytes.came_at.saturating_duration_since(began);
        self.receiving += until_last_byte.saturating_sub(paused);
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
        let doubt = self.web_page_doubt(&answer, &answered);
        let mut fetched = Fetched {
            wire_bytes: self.wire_bytes,
            preview,
            http_status,
            final_url: answered.shown_url(),
            content_type: answer.content_type.clone(),
            resumed_at: self.resumed_at,
            begun_again: self.begun_again,
            notes: answer
                .notes()
                .into_iter()
                .chain(self.target.take_note())
                .collect(),
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
        let encoded = encoded_words(answer.content_encoding.as_deref(), part.record());
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
        fetched.notes.extend(doubt);
        fetched
            .notes
            .extend(self.notes(&fetched, encoded, &name, &path));
        fetched.path = Some(path);
        fetched.sha256 = sha256;
        Ok(fetched)
    }

    /// The remarks about a file that is right.
    fn notes(
        &self,
        fetched: &Fetched,
        encoded: Option<String>,
        name: &str,
        path: &Path,
    ) -> Vec<Note> {
        let length = (!fetched.length_announced && encoded.is_none()).then(|| {
            let text = "length not announced: the server's end of the file is the only proof of it";
            Note::new(NoteCode::LengthNotAnnounced, text)
        });
        let encoded = encoded.map(|text| Note::new(NoteCode::Encoded, text));
        let begun_again = self.begun_again.map(|reason| {
            let text = format!("began again: {reason}");
            Note::new(NoteCode::BegunAgain, text)
        });
        let compared = (self.compared.clone()).map(|text| Note::new(NoteCode::Compared, text));
        let has_other_name = path.file_name().is_some_and(|saved| saved != name);
        let renamed = has_other_name.then(|| {
            let text = format!("renamed: there is another file called {name}");
            Note::new(NoteCode::Renamed, text)
        });
        let all = [length, encoded, begun_again, compared, renamed];
        all.into_iter().flatten().collect()
    }

    /// The doubt about a web page that came where another type of file was expected: by the name of that, or because the
    /// link led to a page elsewhere, as expired links lead to a login.
    fn web_page_doubt(&self, answer: &Answer, answered: &Request) -> Option<Note> {
        let content_type = answer.content_type.as_deref()?;
        if !is_web_page(&media_type(content_type)) {
            return None;
        }
        let asked = self.target.likely_name();
        let was_led_on = last_segment(self.request.url()) != last_segment(answered.url());
        let is_expected = match asked.rsplit_once('.') {
            Some((_, extension)) => is_page_extension(extension),
            // Most pages have no extension; where a link led to another one, it may be a login.
            None => !was_led_on || self.request.name_from_url().is_none(),
        };
        (!is_expected).then(|| {
            let text = if was_led_on {
                format!(
                    "a web page came instead of {asked}: the link leads to {}",
                    answered.shown_url()
                )
            } else {
                format!("a web page came instead of {asked}")
            };
            Note::new(NoteCode::WebPage, text)
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

/// Tells whoever traces the request where its bytes are.
fn tell_part(request: &Request, path: Option<&Path>) {
    request.tell(|trace| {
        let mut part = trace.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        *part = path.map(Path::to_owned);
    });
}

/// Ends the reading of a body that is another file's. It never leaves this file.
fn differs_error() -> FetchError {
    FetchError::new(ErrorClass::Changed, IS_ANOTHER_FILE)
}

/// The failure of a server whose answers contradict each other.
fn leads_nowhere() -> FetchError {
    FetchError::new(
        ErrorClass::NotResumable,
        "The server's answers about parts of the file contradict each other",
    )
    .with_hint("Try again later, or look for another link; the bytes that came are kept.")
    .in_phase(Phase::FirstByte)
}

/// What an answer to a plain request begins with: all of the file, or its first part (RFC 9110, section 14.4, and servers
/// that send one with the status 200). None when it begins elsewhere.
fn beginning_of(answer: &Answer) -> Option<Beginning> {
    match (answer.http_status, answer.range) {
        // The body is as long as the file: the range is wrong, or of no use.
        (200, Some(ContentRange::Part { total, .. }))
            if total.is_some() && answer.length == total =>
        {
            Some(Beginning {
                body_bytes: total,
                total,
            })
        }
        (200 | 206, Some(ContentRange::Part { first, last, total })) => {
            let body_bytes = last - first + 1;
            let is_consistent = answer.length.is_none_or(|length| length == body_bytes);
            (first == 0 && is_consistent).then_some(Beginning {
                body_bytes: Some(body_bytes),
                total,
            })
        }
        (206, _) => None,
        _ => Some(Beginning {
            body_bytes: answer.length,
            total: answer.length,
        }),
    }
}

/// What is said of a body that came in a coding that was not asked for; nothing where the coding is the file's own.
fn encoded_words(coding: Option<&str>, known: &Record) -> Option<String> {
    let coding = coding?;
    if known.content_encoding.as_deref() != Some(coding) {
        return Some(format!("encoded: {coding}"));
    }
    let can_be_decoded = matches!(coding, "gzip" | "x-gzip" | "deflate");
    (!can_be_decoded).then(|| format!("encoded: {coding}, kept as it came"))
}

/// The last part of a URL's path that is not empty: `docs` and `docs/` are the same.
fn last_segment(url: &Url) -> Option<&str> {
    url.path_segments()?.rfind(|segment| !segment.is_empty())
}

/// Whether a file with this extension may well be a web page.
fn is_page_extension(extension: &str) -> bool {
    let pages = [
        "html", "htm", "xhtml", "xht", "shtml", "mhtml", "php", "php3", "phtml", "asp", "aspx",
        "ashx", "jsp", "jspx", "jsf", "do", "action", "cgi", "pl", "cfm", "com", "org", "net",
    ];
    // A host's name or a version number is no extension: `example.com`, `release-1.2`.
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit());
    is_number || pages.contains(&extension.to_ascii_lowercase().as_str())
}

/// Whether a refusal of ranges still counts.
fn is_recent(refused_at_unix_secs: u64) -> bool {
    let age_secs = now_unix_secs().saturating_sub(refused_at_unix_secs);
    age_secs < RANGES_REFUSED_FOR.as_secs()
}
