//! The end of a download: what came becomes a file under its final name.

use std::path::PathBuf;

use super::answer::Answer;
use super::body::go_on;
use super::part::Part;
use super::save_target::SaveTarget;
use super::wanted::{Finished, Wanted};
use super::{current, durable, remarks};
use crate::fetch::doubt;
use crate::fetch::{FetchError, Fetched, Note, Request, Save};
use crate::runtime::Token;

/// A body that is complete, and what its last answer said.
pub(super) struct Arrived {
    pub(super) answer: Answer,
    pub(super) answered: Request,
    pub(super) name: String,
    pub(super) preview: Option<String>,
    /// The file that is there already, and is left alone.
    pub(super) skipped: Option<PathBuf>,
}

/// What the end of a download takes from its course.
pub(super) struct Ending<'a> {
    pub(super) token: &'a Token,
    pub(super) request: &'a Request,
    pub(super) save: &'a Save,
    pub(super) target: &'a SaveTarget<'a>,
    /// None where nothing was fetched.
    pub(super) part: Option<Part>,
    /// That samples stand in for a validator.
    pub(super) compared: Option<Note>,
    /// What is known of the course.
    pub(super) fetched: Fetched,
}

impl Arrived {
    /// Gives the file its final name.
    ///
    /// # Errors
    /// What the disk says, a cancel, and a checksum that is wrong.
    pub(super) fn finish(self, ending: Ending<'_>) -> Result<Fetched, FetchError> {
        let http_status = self.answer.http_status;
        let Ending {
            token,
            request,
            save,
            target,
            part,
            compared,
            mut fetched,
        } = ending;
        let asked_name = target.likely_name();
        let content_type = self.answer.content_type.as_deref();
        let (asked, answered) = (request.url(), self.answered.url());
        let page = doubt::web_page(asked, &asked_name, content_type, answered)
            .or_else(|| doubt::web_page(asked, &self.name, content_type, answered));
        fetched.preview = self.preview;
        fetched.http_status = http_status;
        fetched.final_url = self.answered.shown_url();
        fetched.notes.extend(doubt::not_ready(http_status));
        if let Some(path) = self.skipped {
            if let Some(expected) = request.checksum {
                fetched.sha256 = Some(target.check_skipped(&path, expected)?);
            }
            token.log("a file of that name is there already: skipped");
            token.progress().set_total(None);
            fetched.skipped = true;
            fetched.path = Some(path);
            fetched.length_announced = true;
            fetched.content_type = self.answer.content_type;
            return Ok(fetched);
        }
        let Some(part) = part else {
            return Ok(fetched);
        };
        let saving = durable::begin_saving(|| go_on(token))?;
        current::begin_saving(durable::is_slow(part.length()));
        fetched.received = part.length();
        fetched.total = part.record().total;
        fetched.length_announced = fetched.total.is_some();
        let coding = self.answer.content_encoding.as_deref();
        let was_decoded = part.record().content_encoding.as_deref() != coding;
        let encoded = remarks::encoded(coding, was_decoded);
        let is_doubtful = page.is_some() || fetched.doubt().is_some();
        let wanted = Wanted {
            folder: &save.folder,
            name: &self.name,
            if_exists: save.if_exists,
            checksum: request.checksum,
            own_earlier: target.own_earlier(),
            is_doubtful,
            replaces_before: target.replaces_before(),
            has_remote_time: save.has_remote_time,
        };
        let finished = part.finish(wanted, move || {
            // A job that is paused here must not keep others from being saved.
            drop(saving);
            go_on(token)
        });
        let Finished {
            path,
            checksum,
            not_durable,
        } = finished.map_err(|error| error.with_status(http_status))?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            request.tell(|trace| trace.tell_file_name(name));
        }
        let renamed = remarks::renamed(&self.name, &path);
        let not_durable = not_durable.as_deref().map(remarks::not_durable);
        let notes = [page, encoded, compared, renamed, not_durable];
        fetched.notes.extend(notes.into_iter().flatten());
        fetched.content_type = self.answer.content_type;
        fetched.path = Some(path);
        fetched.sha256 = checksum;
        Ok(fetched)
    }
}
