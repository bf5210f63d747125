//! The browser's client: its `fetch`, an abort controller that is dropped with the future, and a
//! reader of the stream.
//!
//! A request with a login or headers of its own follows no redirect: see [`has_secrets`].
//!
//! What differs from the native client: the browser resolves, connects, follows redirects and
//! decodes bodies by itself, shows no step before the response header, and hides why it refused. It
//! holds a page to what the server allows (CORS).

mod body;
mod stream;

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use js_sys::{Array, Uint8Array};
use url::Url;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Blob, Headers, HtmlAnchorElement, RequestCache, RequestCredentials,
    RequestInit, RequestMode, RequestRedirect, Response, ResponseType, Window,
};

use self::body::{Body, PausableTimeout, timer};
pub use self::stream::Stream;
use crate::fetch::checksum::Hasher;
use crate::fetch::doubt;
use crate::fetch::fetched::{FetchedBody, Sink};
use crate::fetch::request_headers::is_harmless;
use crate::fetch::retry::parse_retry_after;
use crate::fetch::secrets::shown_url;
use crate::fetch::{ErrorClass, FetchError, Fetched, NameRule, Phase, Request, TracedResponse};
use crate::runtime::{JobContext, JobError, Progress, Step};

/// The largest body that is saved: it is held in memory until the browser's own downloads take it.
const MAX_SAVED_BYTES: u64 = 512 * 1024 * 1024;
/// How long the browser may take to fetch the saved body from the page's memory.
const SAVED_BODY_KEPT: Duration = Duration::from_secs(120);
/// How long the probe may take whether a server can be reached at all.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls what reads this many bytes. A page has one thread.
///
/// # Errors
/// Those of `call`.
pub(super) async fn compute<T>(
    _cx: &JobContext,
    _label: &'static str,
    _bytes: usize,
    call: impl FnOnce() -> Result<T, JobError>,
) -> Result<T, JobError> {
    call()
}

/// Starts a fetch; the future resolves when it has ended, and aborts it when dropped.
pub(super) fn start(
    cx: &JobContext,
    request: Request,
    sink: Sink,
) -> impl Future<Output = Result<FetchedBody, JobError>> + 'static {
    cx.step(Step::computing("Connecting"));
    cx.progress().set_done(0);
    cx.progress().set_total(None);
    let sent = check(&request).and_then(|()| Sent::send(&request, RequestMode::Cors));
    let cx = cx.clone();
    async move {
        let fetched = cx
            .wait_for("fetch", async {
                // Kept to the end: dropping it aborts the request.
                let mut sent = sent?;
                let response = receive(&request, &mut sent).await?;
                cx.step(Step::transferring("Downloading"));
                read(&cx, &request, &response, sink).await
            })
            .await?;
        Ok(fetched?)
    }
}

/// Refuses what only the browser's own settings can do.
fn check(request: &Request) -> Result<(), FetchError> {
    if request.proxy().is_none() && request.extra_certificates().is_none() {
        return Ok(());
    }
    let (class, what) = match request.proxy() {
        Some(_) => (ErrorClass::Proxy, "use another proxy than its browser"),
        None => (ErrorClass::Tls, "trust other certificates than its browser"),
    };
    Err(FetchError::new(class, format!("A page cannot {what}"))
        .with_hint("Change it in the browser's settings, or fetch with the desktop program."))
}

/// A request that was sent. Dropping it aborts it.
struct Sent {
    abort: AbortController,
    response: JsFuture,
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

impl Sent {
    fn send(request: &Request, mode: RequestMode) -> Result<Self, FetchError> {
        let window = window()?;
        let abort = AbortController::new().map_err(|error| internal(&error))?;
        let init = RequestInit::new();
        init.set_mode(mode);
        init.set_signal(Some(&abort.signal()));
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(RequestCredentials::Omit);
        if mode == RequestMode::NoCors {
            init.set_method("HEAD");
        } else {
            init.set_headers_headers(&headers(request)?);
            if request.max_redirects() == 0 || has_secrets(request) {
                init.set_redirect(RequestRedirect::Manual);
            }
        }
        let response = window.fetch_with_str_and_init(request.url().as_str(), &init);
        Ok(Self {
            abort,
            response: JsFuture::from(response),
        })
    }

    /// Waits for the response header, but not longer than this.
    async fn within(&mut self, limit: Duration) -> Option<Result<JsValue, JsValue>> {
        let mut timeout = PausableTimeout::new(limit);
        poll_fn(|task| match Pin::new(&mut self.response).poll(task) {
            Poll::Ready(arrived) => Poll::Ready(Some(arrived)),
            Poll::Pending => timeout.poll_elapsed(task).map(|()| None),
        })
        .await
    }
}

/// Whether a request has a secret for its own origin. The browser would send it to any other one,
/// and does not show where a redirect leads: so none is followed then, not even within the origin.
fn has_secrets(request: &Request) -> bool {
    let mut headers = request.headers().iter();
    request.authorization().is_some() || headers.any(|(name, _)| !is_harmless(name))
}

fn headers(request: &Request) -> Result<Headers, FetchError> {
    let headers = Headers::new().map_err(|error| internal(&error))?;
    let authorization = request
        .authorization()
        .map(|value| ("Authorization".to_owned(), value));
    for (name, value) in request.headers().iter().chain(&authorization) {
        headers
            .append(name, value)
            .map_err(|error| internal(&error))?;
    }
    Ok(headers)
}

/// Waits for the response header.
async fn receive(request: &Request, sent: &mut Sent) -> Result<Response, FetchError> {
    let timeouts = request.timeouts();
    // The browser does not report its phase: the limits of all phases up to here count as one.
    let limit = timeouts.resolve + timeouts.connect + timeouts.first_byte;
    request.update_trace(|trace| trace.set_wait(Some(limit)));
    let response: Response = match sent.within(limit).await {
        Some(Ok(response)) => response.unchecked_into(),
        Some(Err(error)) => return Err(why_refused(request, &error).await),
        None => {
            let what = "The server did not answer";
            return Err(FetchError::timed_out(Phase::FirstByte, what, limit));
        }
    };
    trace_response(request, &response);
    if response.type_() == ResponseType::Opaqueredirect {
        let (message, hint) = if request.max_redirects() > 0 {
            (
                "The server redirects, and could send a login or header on to another one",
                "A page is not told where to. Give the URL that it leads to, leave the login and the \
                 headers out, or fetch with the desktop program.",
            )
        } else {
            (
                "The server redirects, and no redirects are followed",
                "Allow redirects, or give the URL it leads to.",
            )
        };
        return Err(FetchError::new(ErrorClass::Redirect, message)
            .with_hint(hint)
            .in_phase(Phase::FirstByte));
    }
    if response.status() == 206 {
        return Err(FetchError::unasked_part());
    }
    let retry_after = header(&response, "retry-after")
        .and_then(|value| parse_retry_after(&value, now_unix_secs()));
    if let (202, Some(retry_after)) = (response.status(), retry_after) {
        return Err(FetchError::not_ready(retry_after));
    }
    if !response.ok() {
        return Err(FetchError::http_status(
            response.status(),
            &response.status_text(),
            retry_after,
        ));
    }
    Ok(response)
}

/// Gives a response to the request's trace, as far as the page may read it.
fn trace_response(request: &Request, response: &Response) {
    let takes_ranges = header(response, "accept-ranges").and_then(|units| match units.as_str() {
        "bytes" => Some(true),
        "none" => Some(false),
        _ => None,
    });
    request.update_trace(|trace| {
        trace.set_response(TracedResponse {
            redirects: Vec::new(),
            http_status: response.status(),
            etag: header(response, "etag"),
            last_modified: header(response, "last-modified"),
            content_type: header(response, "content-type"),
            takes_ranges,
        });
    });
}

/// The browser reports the same error for a dead server and for one that forbids this page to read.
/// A request whose response the page does not read tells them apart.
async fn why_refused(request: &Request, error: &JsValue) -> FetchError {
    let reachable = match Sent::send(request, RequestMode::NoCors) {
        Ok(mut probe) => matches!(probe.within(PROBE_TIMEOUT).await, Some(Ok(_))),
        Err(_) => false,
    };
    if reachable {
        FetchError::new(
            ErrorClass::Cors,
            "The server does not allow this page to read the file",
        )
        .with_hint(
            "Fetch it with the desktop program, or ask whoever runs the server to allow this page \
             (Access-Control-Allow-Origin).",
        )
    } else {
        let host = request.url().host_str().unwrap_or_default();
        FetchError::new(ErrorClass::Connect, format!("No connection to {host}")).with_hint(
            "Check the URL, and whether the server is up. A page from https may fetch from https only.",
        )
    }
    .with_detail(text_of(error))
    .in_phase(Phase::Connect)
}

/// Reads the body to its end.
async fn read(
    cx: &JobContext,
    request: &Request,
    response: &Response,
    sink: Sink,
) -> Result<FetchedBody, FetchError> {
    let announced = header(response, "content-length").and_then(|value| value.parse().ok());
    let progress: &Progress = cx.progress();
    progress.set_total(announced);
    let url = Url::parse(&response.url()).unwrap_or_else(|_| request.url().clone());
    let mut body_sink = BodySink::new(sink, announced)?;

    let body = Body::read(response.body());
    let idle = request.timeouts().idle;
    let mut timeout = PausableTimeout::new(idle);
    request.update_trace(|trace| trace.set_wait(Some(idle)));
    let mut received = 0;
    let mut hasher = request.checksum().map(|_| Hasher::default());
    loop {
        let chunks = poll_fn(|task| match body.poll_chunks(task) {
            Poll::Ready(chunks) => Poll::Ready(Some(chunks)),
            Poll::Pending => timeout.poll_elapsed(task).map(|()| None),
        });
        let chunks = match chunks.await {
            Some(Some(Ok(chunks))) => chunks,
            Some(Some(Err(error))) => return Err(broke_off(&error)),
            Some(None) => break,
            None => {
                let what = "Nothing more came";
                return Err(FetchError::timed_out(Phase::Body, what, idle));
            }
        };
        timeout.restart();
        request.update_trace(|trace| trace.set_wait(Some(idle)));
        for chunk in chunks {
            received += u64::from(chunk.byte_length());
            request.update_trace(|trace| trace.add_wire_bytes(chunk.byte_length().into()));
            if let Some(hasher) = &mut hasher {
                hasher.update(&chunk.to_vec());
            }
            body_sink.add(&chunk, received)?;
        }
        progress.set_done(received);
        if announced.is_some_and(|announced| received > announced) {
            // The length is that of a compressed body, which the browser has unpacked.
            progress.set_total(None);
        }
    }
    // The browser itself has compared the length; one that differs was that of a compressed body.
    let total = announced.filter(|announced| *announced == received);
    progress.set_total(total);

    let sha256 = hasher.map(|hasher| hasher.so_far());
    if let (Some(expected), Some(got)) = (request.checksum(), sha256)
        && expected != got
    {
        return Err(FetchError::wrong_checksum(expected, got).in_phase(Phase::Body));
    }
    let mut fetched = Fetched {
        sha256,
        received,
        wire_bytes: received,
        total,
        length_announced: total.is_some(),
        http_status: response.status(),
        final_url: shown_url(&url),
        content_type: header(response, "content-type"),
        notes: doubt::not_ready(response.status()).into_iter().collect(),
        ..Fetched::default()
    };
    let mut kept = Vec::new();
    match body_sink {
        BodySink::Nothing => {}
        BodySink::Memory { bytes, .. } => kept = bytes,
        BodySink::Chunks { chunks, rule } => {
            cx.step(Step::computing("Saving"));
            let name = rule.file_name(header(response, "content-disposition").as_deref(), &url);
            request.update_trace(|trace| trace.set_file_name(&name));
            let requested_name = rule.file_name(None, request.url());
            let content_type = fetched.content_type.as_deref();
            let page = doubt::web_page(request.url(), &requested_name, content_type, &url);
            fetched.notes.extend(page);
            hand_to_downloads(&chunks, &name).map_err(|error| {
                FetchError::new(ErrorClass::Internal, "The browser did not take the file")
                    .with_hint("Check whether it allows this page to download files.")
                    .with_detail(text_of(&error))
                    .in_phase(Phase::Save)
            })?;
            fetched.path = Some(PathBuf::from(name));
        }
    }
    Ok(FetchedBody {
        fetched,
        body: kept,
    })
}

/// Where the bytes of a body go.
enum BodySink {
    Nothing,
    Memory { bytes: Vec<u8>, limit_bytes: u64 },
    Chunks { chunks: Array, rule: NameRule },
}

impl BodySink {
    fn new(sink: Sink, announced: Option<u64>) -> Result<Self, FetchError> {
        let body_sink = match sink {
            Sink::Count => Self::Nothing,
            Sink::Memory { limit_bytes } => Self::Memory {
                bytes: Vec::new(),
                limit_bytes,
            },
            Sink::Stream(none) => match none {},
            // The folder is the browser's own.
            Sink::Save(save) => Self::Chunks {
                chunks: Array::new(),
                rule: save.name,
            },
        };
        body_sink.check(announced.unwrap_or(0))?;
        Ok(body_sink)
    }

    fn add(&mut self, chunk: &Uint8Array, received: u64) -> Result<(), FetchError> {
        self.check(received)?;
        match self {
            Self::Nothing => {}
            Self::Memory { bytes, .. } => bytes.extend(chunk.to_vec()),
            Self::Chunks { chunks, .. } => {
                chunks.push(chunk);
            }
        }
        Ok(())
    }

    /// Whether this many bytes may be kept.
    fn check(&self, bytes: u64) -> Result<(), FetchError> {
        let (limit, hint) = match self {
            Self::Nothing => return Ok(()),
            Self::Memory { limit_bytes, .. } => (
                *limit_bytes,
                "Save it to a file instead, or raise the limit.",
            ),
            Self::Chunks { .. } => (
                MAX_SAVED_BYTES,
                "Fetch it with the desktop program, or only count its bytes.",
            ),
        };
        if bytes <= limit {
            return Ok(());
        }
        Err(FetchError::new(
            ErrorClass::TooLarge,
            format!("The file is larger than the {limit} bytes that are kept in memory here"),
        )
        .with_hint(hint)
        .in_phase(Phase::Body))
    }
}

/// Gives the bytes to the browser's downloads, like a click on a link to them.
fn hand_to_downloads(chunks: &Array, name: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let document = window.document().ok_or(JsValue::NULL)?;
    let url =
        web_sys::Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence(chunks)?)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    spawn_local(async move {
        timer(SAVED_BODY_KEPT).await;
        // Fails only for what is not a URL of a blob.
        let _revoked = web_sys::Url::revoke_object_url(&url);
    });
    Ok(())
}

fn window() -> Result<Window, FetchError> {
    web_sys::window().ok_or_else(|| {
        FetchError::new(
            ErrorClass::Internal,
            "There is no browser window to fetch with",
        )
    })
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

fn now_unix_secs() -> u64 {
    // Whole seconds since 1970 fit by far.
    (js_sys::Date::now() / 1000.0) as u64
}

fn broke_off(error: &JsValue) -> FetchError {
    FetchError::new(
        ErrorClass::Truncated,
        "The connection broke off in the middle of the file",
    )
    .with_hint("Try again.")
    .with_detail(text_of(error))
    .in_phase(Phase::Body)
}

fn internal(error: &JsValue) -> FetchError {
    FetchError::new(ErrorClass::Internal, "The browser refused the request")
        .with_detail(text_of(error))
}

/// The text of a thrown value.
fn text_of(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.to_string()),
    )
}
