//! A fetch as a task of a job.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::de::DeserializeOwned;

use crate::fetch::fetched::{FetchedBody, Sink};
use crate::fetch::script::FetchScript;
use crate::fetch::{Fetched, NameRule, Request, Save, Stream, client, json};
use crate::runtime::{JobContext, JobError, ProgressUnit};

/// Adds [`fetch`](FetchExt::fetch) to the context of a job: `use jobdeck::fetch::FetchExt`.
pub trait FetchExt {
    /// A fetch of this job. It starts when its purpose is named; see [`Fetch`].
    ///
    /// One attempt: nothing is retried unless the fetch is inside
    /// `cx.retry(RetryPolicy::default(), …)`; see [`RetryPolicy`](crate::fetch::RetryPolicy).
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

/// A fetch whose purpose is not known yet: one of its methods names it, starts the fetch, and
/// returns a future of the result.
///
/// It is one attempt: nothing is retried unless the fetch is inside
/// `cx.retry(RetryPolicy::default(), …)`; see [`RetryPolicy`](crate::fetch::RetryPolicy).
#[must_use = "a fetch starts with `count`, `text`, `bytes`, `json`, `save` or `write_to`"]
#[derive(Debug)]
pub struct Fetch {
    cx: JobContext,
    request: Request,
}

/// A fetch that runs, until its body is complete.
type Running = Pin<Box<dyn Future<Output = Result<FetchedBody, JobError>>>>;

impl Fetch {
    /// Starts it, and only counts the bytes of the body.
    pub fn count(self) -> FetchTask {
        self.start(Sink::Count, async |with_body| Ok(with_body.fetched))
    }

    /// Starts it, and keeps the body as text: UTF-8, with U+FFFD for invalid bytes. A body of more
    /// than `limit_bytes` bytes is an error of class `too_large`.
    pub fn text(self, limit_bytes: u64) -> FetchTask {
        self.start(Sink::Memory { limit_bytes }, async |with_body| {
            Ok(Fetched {
                text: Some(text(with_body.body)),
                ..with_body.fetched
            })
        })
    }

    /// Starts it, and keeps the body. A body of more than `limit_bytes` bytes is an error of class
    /// `too_large`: at once if the server announces its length, else as soon as it is longer. A
    /// body that comes compressed is decoded, within the same limit.
    ///
    /// The media type and the rest of the header are in the [`Trace`](crate::fetch::Trace) of the
    /// request, if it has one.
    ///
    /// ```
    /// use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, FetchScript, Request, ScriptedResponse};
    /// use jobdeck::testing::TestRuntime;
    /// use std::rc::Rc;
    ///
    /// let test = TestRuntime::new();
    /// let url = "http://example.com/icon";
    /// let script = FetchScript::new().respond(url, ScriptedResponse::body([137, 80, 78, 71]));
    /// test.set_extension(Rc::new(script));
    /// let fetch = |limit_bytes| {
    ///     let job = test.spawn("icon", async move |cx| {
    ///         cx.fetch(Request::get(url)?).bytes(limit_bytes).await
    ///     });
    ///     test.run_until_idle();
    ///     job.into_value()
    /// };
    /// assert_eq!(fetch(4)?, [137, 80, 78, 71]);
    /// let error = fetch(3).unwrap_err();
    /// assert_eq!(error.downcast_ref::<FetchError>().unwrap().class, ErrorClass::TooLarge);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn bytes(self, limit_bytes: u64) -> FetchTask<Vec<u8>> {
        self.start(Sink::Memory { limit_bytes }, async |with_body| {
            Ok(with_body.body)
        })
    }

    /// Starts it, and parses the body as JSON, whatever the server calls it. The limit is that of
    /// [`bytes`](Self::bytes).
    ///
    /// Natively a large body is parsed in a worker thread, so that no frame waits for it.
    ///
    /// ```
    /// use jobdeck::fetch::{FetchExt, FetchScript, Request, ScriptedResponse};
    /// use jobdeck::testing::TestRuntime;
    /// use std::{collections::BTreeMap, rc::Rc};
    ///
    /// let test = TestRuntime::new();
    /// let url = "http://example.com/ages";
    /// let script = FetchScript::new().respond(url, ScriptedResponse::body(r#"{"Ada": 36}"#));
    /// test.set_extension(Rc::new(script));
    /// let job = test.spawn("ages", async move |cx| {
    ///     cx.fetch(Request::get(url)?).json::<BTreeMap<String, u32>>(1 << 20).await
    /// });
    /// test.run_until_idle();
    /// assert_eq!(job.into_value()?["Ada"], 36);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    ///
    /// The error is that of any fetch, or a [`JsonError`](crate::fetch::JsonError), which names the
    /// place.
    pub fn json<T: DeserializeOwned + Send + 'static>(self, limit_bytes: u64) -> FetchTask<T> {
        let cx = self.cx.clone();
        self.start(Sink::Memory { limit_bytes }, async move |with_body| {
            json::parsed(&cx, with_body).await
        })
    }

    /// Starts it, and saves the body in `folder`, which is created if it is missing, under the name
    /// of `rule`. An existing file is never replaced. A name that [`NameRule::check`] refuses is an
    /// error of class `bad_url`, before a request is sent.
    ///
    /// In a browser the page's own downloads replace the folder.
    ///
    /// ```
    /// use jobdeck::fetch::{FetchExt, FetchScript, NameRule, Request, ScriptedResponse};
    /// use jobdeck::testing::TestRuntime;
    /// use std::{path::PathBuf, rc::Rc};
    ///
    /// let test = TestRuntime::new();
    /// let url = "http://example.com/a.iso";
    /// // Of a script no file is written; the path is what a server's name would make it.
    /// let response = ScriptedResponse::body("all of it").named("a.iso");
    /// test.set_extension(Rc::new(FetchScript::new().respond(url, response)));
    /// let job = test.spawn("a.iso", async move |cx| {
    ///     cx.fetch(Request::get(url)?).save("downloads", NameRule::default()).await
    /// });
    /// test.run_until_idle();
    /// let saved = job.into_value()?;
    /// assert_eq!(saved.path, Some(PathBuf::from("downloads/a.iso")));
    /// if let Some(note) = saved.doubt() {
    ///     println!("it may be another file: {}", note.text); // a login page, for example
    /// }
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn save(self, folder: impl Into<PathBuf>, rule: NameRule) -> FetchTask {
        self.save_as(Save::in_folder(folder).named(rule))
    }

    /// Starts it, and saves the body as `save` says.
    ///
    /// ```
    /// use jobdeck::fetch::{
    ///     FetchExt, FetchScript, IfExists, NameRule, Request, RetryPolicy, Save, ScriptedResponse,
    /// };
    /// use jobdeck::testing::TestRuntime;
    /// use std::rc::Rc;
    ///
    /// let test = TestRuntime::new();
    /// let url = "http://example.com/nightly";
    /// let script = FetchScript::new()
    ///     .respond(url, ScriptedResponse::status(503))
    ///     .respond(url, ScriptedResponse::body("all of it").named("nightly.zip"));
    /// test.set_extension(Rc::new(script));
    /// let job = test.spawn("nightly", async move |cx| {
    ///     let request = Request::get(url)?;
    ///     let save = Save::in_folder("builds")
    ///         .named(NameRule::Named("nightly.zip".to_owned()))
    ///         .if_exists(IfExists::Overwrite);
    ///     // Each attempt goes on from the bytes that are there.
    ///     cx.retry(RetryPolicy::default(), async |_attempt| {
    ///         cx.fetch(request.clone()).save_as(save.clone()).await
    ///     })
    ///     .await
    /// });
    /// test.run_until_idle();
    /// assert_eq!(job.into_value()?.received, 9);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn save_as(self, save: Save) -> FetchTask {
        if let Err(error) = save.name.checked() {
            return FetchTask(Box::pin(std::future::ready(Err(error.into()))));
        }
        self.start(Sink::Save(save), async |with_body| Ok(with_body.fetched))
    }

    /// Starts it, and writes the body to `stream` as it comes, at the pace of the stream.
    ///
    /// A page in a browser has no [`Stream`]; neither has a
    /// [`FetchScript`](crate::fetch::FetchScript), which writes nothing to it.
    ///
    /// ```
    /// # // A server that knows one page.
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let url = format!("http://{}/", listener.local_addr()?);
    /// # let server = std::thread::spawn(move || {
    /// #     use std::io::{Read, Write};
    /// #     let (mut stream, _) = listener.accept().unwrap();
    /// #     let _ = stream.read(&mut [0; 1024]).unwrap();
    /// #     stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\none two three").unwrap();
    /// # });
    /// use jobdeck::fetch::{FetchExt, Request, Stream};
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("cat", async move |cx| {
    ///     let out = Stream::new(std::io::stdout());
    ///     Ok(cx.fetch(Request::get(&url)?).write_to(out).await?.received)
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 13);
    /// # server.join().unwrap();
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn write_to(self, stream: Stream) -> FetchTask {
        let sink = Sink::Stream(stream);
        self.start(sink, async |with_body| Ok(with_body.fetched))
    }

    /// Starts it now, and calls `finish` with its result.
    fn start<T>(
        self,
        sink: Sink,
        finish: impl AsyncFnOnce(FetchedBody) -> Result<T, JobError> + 'static,
    ) -> FetchTask<T> {
        self.cx.progress().set_unit(ProgressUnit::Bytes);
        let running: Running = match self.cx.extension::<FetchScript>() {
            Some(script) => Box::pin(script.start(&self.cx, &self.request, sink)),
            None => Box::pin(client::start(&self.cx, self.request, sink)),
        };
        FetchTask(Box::pin(async move {
            let mut with_body = running.await?;
            with_body.fetched = with_body.fetched.with_notes_of_fields();
            finish(with_body).await
        }))
    }
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// A running fetch, as a future of its result. Dropping it cancels it.
///
/// A failure of the fetch is a [`FetchError`](crate::fetch::FetchError) inside the job's error:
/// `error.downcast_ref::<FetchError>()`. A cancel of the job, or an error that was thrown at it, is
/// passed on unchanged.
#[must_use = "dropping this cancels the fetch"]
pub struct FetchTask<T = Fetched>(Pin<Box<dyn Future<Output = Result<T, JobError>>>>);

impl<T> Future for FetchTask<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for FetchTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchTask")
    }
}
