//! Reading a body in a browser: a reader that runs between the frames, a little ahead of its job.
//!
//! A job is polled once a frame, a chunk of a body is some 64 KiB, and each needs a turn of the
//! browser's event loop: reading only when polled would cap a download at a few MB/s. So a loop
//! reads ahead, at most [`READ_AHEAD_BYTES`]. Bytes count as received when the job takes them.
//! While the job is paused it takes none, the loop stops, and the browser no longer reads from the
//! server.

use std::cell::RefCell;
use std::future::Future as _;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, ReadableStreamReadResult};

/// How many bytes are read ahead of the job.
const READ_AHEAD_BYTES: u64 = 2 * 1024 * 1024;
/// The same in a hidden tab, whose jobs are polled about once a second.
const HIDDEN_READ_AHEAD_BYTES: u64 = 16 * 1024 * 1024;
/// A slow body wakes its job at most this often: as often as a number on the screen changes.
const WAKE_INTERVAL: Duration = Duration::from_millis(100);

/// The body of one response, being read. Dropping it ends the reading.
pub(super) struct Body(Rc<ReadAhead>);

#[derive(Default)]
struct ReadAhead(RefCell<ReadAheadState>);

#[derive(Default)]
struct ReadAheadState {
    chunks: Vec<Uint8Array>,
    queued_bytes: u64,
    /// The stream is over: completely, or with the browser's error.
    end: Option<Result<(), JsValue>>,
    job: Option<Waker>,
    reader: Option<Waker>,
    wake_is_due: bool,
    dropped: bool,
}

impl Body {
    /// Starts to read. `None`: the response has no body.
    pub(super) fn read(stream: Option<ReadableStream>) -> Self {
        let shared = Rc::new(ReadAhead::default());
        match stream {
            Some(stream) => {
                // A fresh stream always has this kind of reader.
                let reader = stream
                    .get_reader()
                    .unchecked_into::<ReadableStreamDefaultReader>();
                spawn_local(read_ahead(reader, Rc::clone(&shared)));
            }
            None => shared.end(Ok(())),
        }
        Self(shared)
    }

    /// The chunks since the last call; `None` after the end.
    ///
    /// # Errors
    /// The browser's, when the connection was lost.
    pub(super) fn poll_chunks(
        &self,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Vec<Uint8Array>, JsValue>>> {
        let mut state = self.0.0.borrow_mut();
        if !state.chunks.is_empty() {
            state.queued_bytes = 0;
            let chunks = std::mem::take(&mut state.chunks);
            let reader = state.reader.take();
            drop(state);
            wake(reader);
            return Poll::Ready(Some(Ok(chunks)));
        }
        match &state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
            None => {
                state.job = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let mut state = self.0.0.borrow_mut();
        state.dropped = true;
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }
}

/// The loop that reads ahead.
async fn read_ahead(reader: ReadableStreamDefaultReader, shared: Rc<ReadAhead>) {
    while std::future::poll_fn(|task| shared.poll_wants_more(task)).await {
        match JsFuture::from(reader.read()).await {
            Ok(result) => {
                let result = result.unchecked_into::<ReadableStreamReadResult>();
                if result.get_done().unwrap_or(true) {
                    return shared.end(Ok(()));
                }
                shared.add(result.get_value().unchecked_into());
            }
            Err(error) => return shared.end(Err(error)),
        }
    }
}

impl ReadAhead {
    /// Waits until more bytes may be read; false when the body was dropped.
    fn poll_wants_more(&self, task: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.0.borrow_mut();
        if state.dropped {
            Poll::Ready(false)
        } else if state.queued_bytes < read_ahead_bytes() {
            Poll::Ready(true)
        } else {
            state.reader = Some(task.waker().clone());
            Poll::Pending
        }
    }

    fn add(self: &Rc<Self>, chunk: Uint8Array) {
        let mut state = self.0.borrow_mut();
        state.queued_bytes += u64::from(chunk.byte_length());
        state.chunks.push(chunk);
        if state.queued_bytes >= READ_AHEAD_BYTES / 2 {
            let job = state.job.take();
            drop(state);
            wake(job);
        } else if !std::mem::replace(&mut state.wake_is_due, true) {
            let shared = Rc::clone(self);
            spawn_local(async move {
                timer(WAKE_INTERVAL).await;
                let mut state = shared.0.borrow_mut();
                state.wake_is_due = false;
                let job = state.job.take();
                drop(state);
                wake(job);
            });
        }
    }

    fn end(&self, end: Result<(), JsValue>) {
        let mut state = self.0.borrow_mut();
        state.end = Some(end);
        let job = state.job.take();
        drop(state);
        wake(job);
    }
}

fn read_ahead_bytes() -> u64 {
    let document = web_sys::window().and_then(|window| window.document());
    if document.is_some_and(|document| document.hidden()) {
        HIDDEN_READ_AHEAD_BYTES
    } else {
        READ_AHEAD_BYTES
    }
}

/// Wakes outside of any borrow: the waker may lead to a borrow of the same state.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A time-out that does not run while its job is paused: it counts ticks of a browser's timer, and
/// a job that is not polled sees at most one of them. So it is up to a quarter late, never early.
pub(super) struct PausableTimeout {
    tick: Duration,
    timer: Pin<Box<JsFuture>>,
    ticks: u32,
}

/// In how many ticks a time-out is counted.
const TICKS: u32 = 4;

impl PausableTimeout {
    /// A time-out that begins now.
    pub(super) fn new(limit: Duration) -> Self {
        let tick = limit / TICKS;
        Self {
            tick,
            timer: Box::pin(JsFuture::from(timer_promise(tick))),
            ticks: 0,
        }
    }

    /// Restarts the time-out.
    pub(super) fn restart(&mut self) {
        self.ticks = 0;
    }

    /// Ready when the time has elapsed.
    pub(super) fn poll_elapsed(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(task).is_ready() {
            // The tick that ran at a restart does not count.
            self.ticks += 1;
            if self.ticks > TICKS {
                return Poll::Ready(());
            }
            self.timer = Box::pin(JsFuture::from(timer_promise(self.tick)));
        }
        Poll::Pending
    }
}

/// Ready after this time, by the browser's timer.
pub(super) async fn timer(delay: Duration) {
    // The promise is never rejected.
    let _undefined = JsFuture::from(timer_promise(delay)).await;
}

fn timer_promise(delay: Duration) -> Promise {
    let milliseconds = i32::try_from(delay.as_millis()).unwrap_or(i32::MAX);
    Promise::new(&mut |resolve, _reject| {
        if let Some(window) = web_sys::window() {
            // Never fails for a function and a number.
            let _timer_id = window
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    })
}
