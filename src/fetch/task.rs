//! A fetch as a task of a job.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::fetch::fetched::Sink;
use crate::fetch::script::FetchScript;
use crate::fetch::{Fetched, NameRule, Request, Save, Stream, client};
use crate::runtime::{JobContext, JobError, ProgressUnit};

/// Adds [`fetch`](FetchExt::fetch) to the context of a job.
pub trait FetchExt {
    /// A fetch of this job. It starts when its purpose is named; see [`Fetch`].
    fn fetch(&self, request: Request) -> Fetch;
}

impl FetchExt for JobContext {
    fn fetch(&self, request: Request) -> Fetch {
        Fetch {
            cx: self.clone(),
            request,
        }
    }
}

/// A fetch whose purpose is not known yet.
#[must_use = "a fetch starts with `count`, `text`, `save` or `write_to`"]
#[derive(Debug)]
pub struct Fetch {
    cx: JobContext,
    request: Request,
}

impl Fetch {
    /// Starts it, and only counts the bytes of the body.
    pub fn count(self) -> FetchTask {
        self.start(Sink::Count)
    }

    /// Starts it, and keeps the body as text: UTF-8, with U+FFFD for invalid bytes. A body of more
    /// than `limit_bytes` bytes is an error of class `too_large`.
    pub fn text(self, limit_bytes: u64) -> FetchTask {
        self.start(Sink::Text { limit_bytes })
    }

    /// Starts it, and saves the body in `folder`, which is created if it is missing, under the name
    /// of `rule`. An existing file is never replaced. A name that [`NameRule::check`] refuses is an
    /// error of class `bad_url`, before a request is sent.
    ///
    /// In a browser the page's own downloads replace the folder.
    pub fn save(self, folder: impl Into<PathBuf>, rule: NameRule) -> FetchTask {
        self.save_as(Save::in_folder(folder).named(rule))
    }

    /// Starts it, and saves the body as `save` says.
    pub fn save_as(self, save: Save) -> FetchTask {
        self.start(Sink::Save(save))
    }

    /// Starts it, and writes the body to `stream` as it comes, at the pace of the stream.
    ///
    /// A page in a browser has no [`Stream`].
    pub fn write_to(self, stream: Stream) -> FetchTask {
        self.start(Sink::Stream(stream))
    }

    fn start(self, sink: Sink) -> FetchTask {
        if let Sink::Save(save) = &sink
            && let Err(error) = save.name.checked()
        {
            return FetchTask(Box::pin(std::future::ready(Err(error.into()))));
        }
        self.cx.progress().set_unit(ProgressUnit::Bytes);
        match self.cx.extension::<FetchScript>() {
            Some(script) => FetchTask(Box::pin(script.start(&self.cx, &self.request, sink))),
            None => FetchTask(Box::pin(client::start(&self.cx, self.request, sink))),
        }
    }
}

/// A running fetch, as a future of its result. Dropping it cancels it.
///
/// A failure of the fetch is a [`FetchError`](crate::fetch::FetchError) inside the job's error:
/// `error.downcast_ref::<FetchError>()`. A cancel of the job, or an error that was thrown at it, is
/// passed on unchanged.
#[must_use = "dropping this cancels the fetch"]
pub struct FetchTask(Pin<Box<dyn Future<Output = Result<Fetched, JobError>>>>);

impl Future for FetchTask {
    type Output = Result<Fetched, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let fetched = self.0.as_mut().poll(cx);
        fetched.map_ok(Fetched::with_notes_of_fields)
    }
}

impl fmt::Debug for FetchTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchTask")
    }
}
