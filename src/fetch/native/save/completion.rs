//! The end of a download: a complete body becomes a file under its final name.

use std::path::PathBuf;

use url::Url;

use super::durable;
use super::final_name::{FinalName, SavedFile};
use super::notes;
use super::part::Part;
use super::save_target::SaveTarget;
use crate::fetch::client::exchange::{ResponseHead, Session};
use crate::fetch::doubt;
use crate::fetch::secrets::shown_url;
use crate::fetch::{FetchError, Fetched, Note, Save};

/// A complete body, and the response that completed it.
pub(super) struct CompleteBody {
    pub(super) head: ResponseHead,
    /// The URL of the response, after redirects.
    pub(super) last_url: Url,
    pub(super) name: String,
    pub(super) preview: Option<String>,
    /// The existing file for which nothing was fetched.
    pub(super) skipped: Option<PathBuf>,
}

/// The state of the download that completed.
pub(super) struct Completion<'a> {
    pub(super) session: Session<'a>,
    pub(super) save: &'a Save,
    pub(super) target: &'a SaveTarget<'a>,
    /// None where nothing was fetched.
    pub(super) part: Option<Part>,
    /// That samples stand in for a validator.
    pub(super) compared: Option<Note>,
    /// What the download knows of the result.
    pub(super) fetched: Fetched,
}

impl CompleteBody {
    /// Gives the file its final name.
    ///
    /// # Errors
    /// Those of the disk, class `checksum`, and class `cancelled`.
    pub(super) fn finish(self, completion: Completion<'_>) -> Result<Fetched, FetchError> {
        let http_status = self.head.http_status;
        let Completion {
            session,
            save,
            target,
            part,
            compared,
            mut fetched,
        } = completion;
        let Session {
            context, request, ..
        } = session;
        let likely_name = target.likely_name();
        // A 416 describes its own body, and there may be no response at all: the manifest has what
        // the response said that the part began with.
        let (content_type, coding) = match &part {
            Some(part) if !self.head.is_success() => part.manifest().type_and_coding(),
            _ => (
                self.head.content_type.as_deref(),
                self.head.content_encoding.as_deref(),
            ),
        };
        let content_type = content_type.map(str::to_owned);
        let coding = coding.map(str::to_owned);
        let (requested, last) = (request.url(), &self.last_url);
        let page = doubt::web_page(requested, &likely_name, content_type.as_deref(), last)
            .or_else(|| doubt::web_page(requested, &self.name, content_type.as_deref(), last));
        fetched.preview = self.preview;
        fetched.http_status = http_status;
        fetched.final_url = shown_url(last);
        fetched.notes.extend(doubt::not_ready(http_status));
        if let Some(path) = self.skipped {
            if let Some(expected) = request.checksum {
                fetched.sha256 = Some(target.check_skipped(&path, expected)?);
            }
            context
                .token()
                .log("a file of that name is there already: skipped");
            context.token().progress().set_total(None);
            fetched.skipped = true;
            // The file that is there may be this page only if the page gave it the name, and the
            // name suits a page. Otherwise it is of an earlier download: the page says nothing
            // about it. A checksum has proved the file.
            let may_be_page = self.name != likely_name
                && doubt::web_page(last, &self.name, content_type.as_deref(), last).is_none()
                && fetched.sha256.is_none();
            fetched.notes.extend(page.filter(|_| may_be_page));
            fetched.path = Some(path);
            fetched.length_announced = true;
            fetched.content_type = content_type;
            return Ok(fetched);
        }
        let Some(part) = part else {
            return Ok(fetched);
        };
        let permit = durable::begin_saving(|| session.checkpoint())?;
        context.begin_saving(durable::is_slow(part.length()));
        fetched.received = part.length();
        fetched.total = part.manifest().total;
        fetched.length_announced = fetched.total.is_some();
        let was_decoded = part.manifest().content_encoding != coding;
        let encoded = notes::encoded(coding.as_deref(), was_decoded);
        let known_notes = [page, encoded, compared];
        fetched.notes.extend(known_notes.into_iter().flatten());
        fetched.content_type = content_type;
        let name = FinalName {
            folder: &save.folder,
            name: &self.name,
            has_remote_time: save.has_remote_time,
            if_exists: save.if_exists,
            checksum: request.checksum,
            previous_files: target.previous_files(),
            is_doubtful: fetched.doubt().is_some(),
            replaces_before: target.replaces_before(),
            fetched: &fetched,
            notice: request.rename_notice.as_ref(),
        };
        let saved = part.finish(name, move || {
            // A job that is paused here must not hold a permit that others need.
            drop(permit);
            session.checkpoint()
        });
        let SavedFile {
            path,
            checksum,
            not_durable,
        } = saved.map_err(|error| error.with_status(http_status))?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            request.update_trace(|trace| trace.set_file_name(name));
        }
        let renamed = notes::renamed(&self.name, &path);
        let not_durable = not_durable.as_deref().map(notes::not_durable);
        fetched.notes.extend(renamed.into_iter().chain(not_durable));
        fetched.path = Some(path);
        fetched.sha256 = checksum;
        Ok(fetched)
    }
}
