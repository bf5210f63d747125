//! Answers without a network: what a fetch is told in a test, on the job's own clock.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    fmt,
    future::{Future, pending},
    rc::Rc,
    time::Duration,
};

use crate::{
    fetch::{ErrorClass, FetchError, Fetched, Note, Request, TracedResponse, fetched::Sink},
    runtime::{ErrorKind, JobContext, JobError, Step},
};

/// In how many parts a scripted body arrives.
const PARTS: u32 = 10;

/// What fetches are answered instead of by the network: keep one in a runtime with
/// [`Runtime::set_extension`](crate::runtime::Runtime::set_extension), and all its jobs' fetches ask it. Delays run on
/// the job's clock, so that a virtual one jumps over them.
///
/// A URL's answers are given in their order, the last one again and again. A URL without an answer fails. A body that is
/// to be saved or given on is written nowhere; a saved one has a path in its folder where its answer names it.
///
/// ```
/// use jobdeck::{
///     fetch::{FetchExt, FetchScript, Request, ScriptedAnswer},
///     testing::TestRuntime,
/// };
/// use std::{rc::Rc, time::Duration};
///
/// let test = TestRuntime::new();
/// let script = Rc::new(
///     FetchScript::new()
///         .answer("http://example.com/a", ScriptedAnswer::status(503))
///         .answer("http://example.com/a", ScriptedAnswer::body("hello").after(Duration::from_secs(2))),
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
    answers: RefCell<HashMap<String, VecDeque<ScriptedAnswer>>>,
    asked: RefCell<Vec<String>>,
}

/// One answer of a [`FetchScript`].
#[derive(Clone, Debug)]
pub struct ScriptedAnswer {
    delay: Duration,
    transfer: Duration,
    file_name: Option<String>,
    notes: Vec<Note>,
    result: Result<String, FetchError>,
}

impl ScriptedAnswer {
    /// A body that comes whole, at once.
    pub fn body(text: impl Into<String>) -> Self {
        Self::with(Ok(text.into()))
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

    fn with(result: Result<String, FetchError>) -> Self {
        Self {
            delay: Duration::ZERO,
            transfer: Duration::ZERO,
            file_name: None,
            notes: Vec::new(),
            result,
        }
    }

    /// This long after it was asked for.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With a name for the file, where the body is saved.
    #[must_use]
    pub fn named(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = Some(file_name.into());
        self
    }

    /// With a remark about the file.
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

    /// Adds an answer to a URL, after those it has.
    #[must_use]
    pub fn answer(self, url: &str, answer: ScriptedAnswer) -> Self {
        // As a request writes it, where it is one.
        let url = Request::get(url).map_or_else(|_| url.to_owned(), |request| shown(&request));
        let mut answers = self.answers.borrow_mut();
        answers.entry(url).or_default().push_back(answer);
        drop(answers);
        self
    }

    /// The URLs that were asked for so far, in their order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    fn next(&self, request: &Request) -> ScriptedAnswer {
        let url = shown(request);
        self.asked.borrow_mut().push(url.clone());
        let mut answers = self.answers.borrow_mut();
        let left = answers.get_mut(&url);
        let next = left.and_then(|left| {
            if left.len() > 1 {
                left.pop_front()
            } else {
                left.front().cloned()
            }
        });
        next.unwrap_or_else(|| {
            ScriptedAnswer::failure(
                FetchError::new(
                    ErrorClass::Internal,
                    format!("No answer is scripted for {url}"),
                )
                .with_hint("Add one with `FetchScript::answer`."),
            )
        })
    }

    /// Plays the next answer of this URL.
    pub(super) fn start(
        self: Rc<Self>,
        cx: &JobContext,
        request: &Request,
        sink: Sink,
    ) -> impl Future<Output = Result<Fetched, JobError>> + 'static {
        let mut answer = self.next(request);
        let notes = std::mem::take(&mut answer.notes);
        let path = match (&sink, &answer.file_name) {
            (Sink::Save(save), Some(name)) => Some(save.folder.join(name)),
            _ => None,
        };
        let final_url = request.shown_url();
        let request = request.clone();
        let cx = cx.clone();
        cx.progress().set_done(0);
        cx.progress().set_total(None);
        cx.step(Step::computing("Connecting"));
        // It begins now, whether or not it is awaited yet.
        let began = cx.active();
        async move {
            let played = play(&cx, answer, began, &request, path.is_some());
            let text = cx.labelled("fetch", played).await?;
            let received = text.len() as u64;
            let kept = match sink {
                Sink::Text { limit_bytes } if received > limit_bytes => {
                    return Err(FetchError::new(
                        ErrorClass::TooLarge,
                        format!("The body has more than {limit_bytes} bytes"),
                    )
                    .into());
                }
                Sink::Text { .. } => Some(text),
                Sink::Count | Sink::Save(_) | Sink::Stream(_) => None,
            };
            Ok(Fetched {
                received,
                wire_bytes: received,
                total: Some(received),
                length_announced: true,
                path,
                notes,
                text: kept,
                http_status: 200,
                final_url,
                ..Fetched::default()
            })
        }
    }
}

async fn play(
    cx: &JobContext,
    answer: ScriptedAnswer,
    began: Duration,
    request: &Request,
    is_saved: bool,
) -> Result<String, JobError> {
    let timeouts = request.timeouts();
    request.tell(|trace| trace.set_wait(Some(timeouts.first_byte)));
    let over = cx.active().saturating_sub(began);
    pass(cx, answer.delay.saturating_sub(over)).await?;
    let http_status = match &answer.result {
        Ok(_) => Some(200),
        Err(error) => error.http_status,
    };
    if let Some(http_status) = http_status {
        request.tell(|trace| {
            trace.set_response(TracedResponse {
                http_status,
                ..TracedResponse::default()
            });
        });
    }
    let text = answer.result?;
    if let Some(name) = answer.file_name.filter(|_| is_saved) {
        request.tell(|trace| trace.set_file_name(&name));
    }
    let length = text.len() as u64;
    cx.progress().set_total(Some(length));
    cx.step(Step::transferring("Downloading"));
    let began = cx.active();
    for part in 1..=PARTS {
        request.tell(|trace| trace.set_wait(Some(timeouts.idle)));
        // By the time that is over: where a clock leaps, several parts are there at once.
        let over = cx.active().saturating_sub(began);
        pass(cx, (answer.transfer * part / PARTS).saturating_sub(over)).await?;
        let before = cx.progress().done();
        let done = length * u64::from(part) / u64::from(PARTS);
        request.tell(|trace| trace.add_wire_bytes(done - before));
        cx.progress().set_done(done);
    }
    Ok(text)
}

/// Lets time pass that no skip cuts short: a network would not care.
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
            .field("urls", &self.answers.borrow().len())
            .field("asked", &self.asked.borrow().len())
            .finish()
    }
}
