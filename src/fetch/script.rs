//! Scripted responses for tests, without a network and on the job's clock.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::{Future, pending};
use std::rc::Rc;
use std::time::Duration;

use crate::fetch::fetched::{FetchedBody, Sink};
use crate::fetch::{ErrorClass, FetchError, Fetched, Note, Request, TracedResponse};
use crate::runtime::{ErrorKind, JobContext, JobError, Step};

/// How many parts a scripted body arrives in.
const PARTS: u32 = 10;

/// Responses in place of the network: keep a script in a runtime with
/// [`Runtime::set_extension`](crate::runtime::Runtime::set_extension), and the fetches of all its
/// jobs use it. Delays run on the job's clock, so that a virtual one jumps over them.
///
/// The responses of a URL are used in order, and the last one again and again. A URL without a
/// response fails. A body is not written to disks or streams; a saved one has a path if its
/// response has a file name.
///
/// ```
/// use jobdeck::{
///     fetch::{FetchExt, FetchScript, Request, ScriptedResponse},
///     testing::TestRuntime,
/// };
/// use std::{rc::Rc, time::Duration};
///
/// let test = TestRuntime::new();
/// let script = Rc::new(
///     FetchScript::new()
///         .respond("http://example.com/a", ScriptedResponse::status(503))
///         .respond("http://example.com/a", ScriptedResponse::body("hello").after(Duration::from_secs(2))),
/// );
/// test.set_extension(script.clone());
/// let job = test.spawn("greet", async |cx| {
///     let url = Request::get("http://example.com/a")?;
///     if cx.fetch(url.clone()).count().await.is_err() {
///         cx.sleep(Duration::from_secs(60)).await?;
///     }
///     Ok(cx.fetch(url).text(1000).await?.text)
/// });
/// test.run_until_idle();
/// assert_eq!(job.take_value().flatten().as_deref(), Some("hello"));
/// assert_eq!(test.now().since_start(), Duration::from_secs(62));
/// assert_eq!(script.asked(), ["http://example.com/a"; 2]);
/// ```
#[derive(Default)]
pub struct FetchScript {
    responses: RefCell<HashMap<String, VecDeque<ScriptedResponse>>>,
    asked: RefCell<Vec<String>>,
}

/// One response of a [`FetchScript`].
#[derive(Clone, Debug)]
pub struct ScriptedResponse {
    delay: Duration,
    transfer: Duration,
    file_name: Option<String>,
    notes: Vec<Note>,
    result: Result<Vec<u8>, FetchError>,
}

impl ScriptedResponse {
    /// A whole body, at once.
    #[must_use]
    pub fn body(bytes: impl Into<Vec<u8>>) -> Self {
        Self::with(Ok(bytes.into()))
    }

    /// A status that is no success, such as 404 or 503.
    #[must_use]
    pub fn status(http_status: u16) -> Self {
        Self::with(Err(FetchError::http_status(http_status, "", None)))
    }

    /// Any other failure.
    #[must_use]
    pub fn failure(error: FetchError) -> Self {
        Self::with(Err(error))
    }

    fn with(result: Result<Vec<u8>, FetchError>) -> Self {
        Self {
            delay: Duration::ZERO,
            transfer: Duration::ZERO,
            file_name: None,
            notes: Vec::new(),
            result,
        }
    }

    /// The response, this long after its request.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With a name for the file, if the body is saved.
    #[must_use]
    pub fn named(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = Some(file_name.into());
        self
    }

    /// With a note about the file.
    #[must_use]
    pub fn noted(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// With a body that takes this long to arrive, in ten parts.
    #[must_use]
    pub fn over(mut self, transfer: Duration) -> Self {
        self.transfer = transfer;
        self
    }
}

impl FetchScript {
    /// A script that knows no URL.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response for a URL, after those it has.
    #[must_use]
    pub fn respond(self, url: &str, response: ScriptedResponse) -> Self {
        // In the form of a request's URL, if it is one.
        let url = Request::get(url).map_or_else(|_| url.to_owned(), |request| shown(&request));
        let mut responses = self.responses.borrow_mut();
        responses.entry(url).or_default().push_back(response);
        drop(responses);
        self
    }

    /// The URLs that were requested so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    fn next(&self, request: &Request) -> ScriptedResponse {
        let url = shown(request);
        self.asked.borrow_mut().push(url.clone());
        let mut responses = self.responses.borrow_mut();
        let left = responses.get_mut(&url);
        let next = left.and_then(|left| {
            if left.len() > 1 {
                left.pop_front()
            } else {
                left.front().cloned()
            }
        });
        next.unwrap_or_else(|| {
            ScriptedResponse::failure(
                FetchError::new(
                    ErrorClass::Internal,
                    format!("No answer is scripted for {url}"),
                )
                .with_hint("Add one with `FetchScript::respond`."),
            )
        })
    }

    /// Plays the next response of this URL.
    pub(super) fn start(
        self: Rc<Self>,
        cx: &JobContext,
        request: &Request,
        sink: Sink,
    ) -> impl Future<Output = Result<FetchedBody, JobError>> + 'static {
        let mut response = self.next(request);
        let notes = std::mem::take(&mut response.notes);
        let path = match (&sink, &response.file_name) {
            (Sink::Save(save), Some(name)) => Some(save.folder.join(name)),
            _ => None,
        };
        let final_url = request.shown_url();
        let request = request.clone();
        let cx = cx.clone();
        cx.progress().set_done(0);
        cx.progress().set_total(None);
        cx.step(Step::computing("Connecting"));
        // The fetch begins now, even before it is awaited.
        let began = cx.active();
        async move {
            let played = play(&cx, response, began, &request, path.is_some());
            let body = cx.labelled("fetch", played).await?;
            let received = body.len() as u64;
            let body = match sink {
                Sink::Memory { limit_bytes } if received > limit_bytes => {
                    return Err(FetchError::new(
                        ErrorClass::TooLarge,
                        format!("The body has more than {limit_bytes} bytes"),
                    )
                    .with_hint("Save it to a file instead, or raise the limit.")
                    .into());
                }
                Sink::Memory { .. } => body,
                Sink::Count | Sink::Save(_) | Sink::Stream(_) => Vec::new(),
            };
            let fetched = Fetched {
                received,
                wire_bytes: received,
                total: Some(received),
                length_announced: true,
                path,
                notes,
                http_status: 200,
                final_url,
                ..Fetched::default()
            };
            Ok(FetchedBody { fetched, body })
        }
    }
}

async fn play(
    cx: &JobContext,
    response: ScriptedResponse,
    began: Duration,
    request: &Request,
    is_saved: bool,
) -> Result<Vec<u8>, JobError> {
    let timeouts = request.timeouts();
    request.update_trace(|trace| trace.set_wait(Some(timeouts.first_byte)));
    let over = cx.active().saturating_sub(began);
    pass(cx, response.delay.saturating_sub(over)).await?;
    let http_status = match &response.result {
        Ok(_) => Some(200),
        Err(error) => error.http_status,
    };
    if let Some(http_status) = http_status {
        request.update_trace(|trace| {
            trace.set_response(TracedResponse {
                http_status,
                ..TracedResponse::default()
            });
        });
    }
    let body = response.result?;
    if let Some(name) = response.file_name.filter(|_| is_saved) {
        request.update_trace(|trace| trace.set_file_name(&name));
    }
    let length = body.len() as u64;
    cx.progress().set_total(Some(length));
    cx.step(Step::transferring("Downloading"));
    let began = cx.active();
    for part in 1..=PARTS {
        request.update_trace(|trace| trace.set_wait(Some(timeouts.idle)));
        // Relative to the beginning: if a clock jumps, several parts arrive at once.
        let over = cx.active().saturating_sub(began);
        pass(cx, (response.transfer * part / PARTS).saturating_sub(over)).await?;
        let before = cx.progress().done();
        let done = length * u64::from(part) / u64::from(PARTS);
        request.update_trace(|trace| trace.add_wire_bytes(done - before));
        cx.progress().set_done(done);
    }
    Ok(body)
}

/// Lets time pass, which no skip of the job cuts short.
async fn pass(cx: &JobContext, time: Duration) -> Result<(), JobError> {
    if time.is_zero() {
        return Ok(());
    }
    match cx.timeout(time, pending::<Result<(), JobError>>()).await {
        Err(error) if matches!(error.kind(), ErrorKind::TimedOut) => Ok(()),
        other => other,
    }
}

fn shown(request: &Request) -> String {
    request.url().as_str().to_owned()
}

impl fmt::Debug for FetchScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchScript")
            .field("urls", &self.responses.borrow().len())
            .field("asked", &self.asked.borrow().len())
            .finish()
    }
}
