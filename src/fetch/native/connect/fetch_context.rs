//! The fetch that this thread works for: which phase it is in, since when, and whether it may go
//! on.
//!
//! The client's connections are pooled and outlive the fetch that opened them, so a connection
//! cannot own the token of its job: every wait looks here instead.

use std::cell::RefCell;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::notifier::{Interest, Wake};
use super::transport_error::Stop;
use crate::fetch::limits::MAX_HEADER_BYTES;
use crate::fetch::{AttemptStage, Phase, Request, Timeouts, Trace};
use crate::runtime::{ChangeWatcher, Step, Token};

/// How long a connection may wait that no fetch of this thread owns, as when it says goodbye.
const OWNERLESS_WAIT: Duration = Duration::from_millis(50);

/// A step that is over sooner wakes nobody: a window would show it for less than a frame, and a small file would cost
/// three wakes of the runtime's thread instead of one.
const STEP_TOLD_AFTER: Duration = Duration::from_millis(10);

/// What is known about the attempt under way.
struct Current {
    token: Token,
    /// Ends the wait under way when the token changes, or a helper has something to say.
    wake: Arc<Wake>,
    _watcher: ChangeWatcher,
    timeouts: Timeouts,
    trace: Option<Trace>,
    phase: Phase,
    /// The phase that the window shows as a step.
    shown: Option<Phase>,
    /// Since when there is a step that the runtime's thread was not woken for.
    untold_since: Option<Instant>,
    began: Instant,
    paused_before: Duration,
    /// Bytes that were read for a body since the last that belonged to it.
    framing_bytes: usize,
    /// What the header of the request takes at most.
    request_bytes: usize,
    /// The proxy that the request goes through.
    proxy: Option<KnownProxy>,
    attempt: Attempt,
}

impl Current {
    /// The time of the phase under way counts from now.
    fn restart_clock(&mut self) {
        self.began = Instant::now();
        self.paused_before = self.token.paused_time();
        if let Some(trace) = &self.trace {
            trace.tell_wait(limit(self));
        }
        if (self.untold_since).is_some_and(|since| self.began >= since + STEP_TOLD_AFTER) {
            self.tell_step();
        }
    }

    fn begin_step(&mut self, step: Step) {
        self.token.begin_step(step);
        self.untold_since = Some(Instant::now());
    }

    /// Wakes the runtime's thread for the step under way, unless that was done.
    fn tell_step(&mut self) {
        if self.untold_since.take().is_some() {
            self.token.tell_step();
        }
    }

    fn tell_stage(&self, stage: AttemptStage) {
        if let Some(trace) = &self.trace {
            trace.tell_stage(stage);
        }
    }
}

/// What the layers above want to know of one request on one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempt {
    /// Idle connections are not to be used: one of them was stale.
    pub(crate) fresh_only: bool,
    /// A connection was opened for it.
    pub(crate) connected: bool,
    /// At least one byte of an answer came.
    pub(crate) answered: bool,
    /// What is under way concerns the proxy, and not yet the host behind it.
    pub(crate) is_at_proxy: bool,
    /// The answer to a plain request is one of TLS.
    pub(crate) speaks_tls: bool,
    /// The request carried a user name and a password for the server.
    pub(crate) has_login: bool,
}

/// What error texts say of a proxy.
#[derive(Clone, Debug)]
pub(crate) struct KnownProxy {
    /// Its host and port.
    pub(crate) address: String,
    pub(crate) has_login: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
    /// That of the fetch before this one, if nobody else can ring it any more.
    static IDLE_WAKE: RefCell<Option<Arc<Wake>>> = const { RefCell::new(None) };
}

/// Keeps a fetch current on this thread.
pub(crate) struct Entered(());

impl Drop for Entered {
    fn drop(&mut self) {
        let Some(current) = CURRENT.with_borrow_mut(Option::take) else {
            return;
        };
        let mut wake = current.wake.clone();
        // Its watcher rings, too.
        drop(current);
        // A ring that nobody waited for only makes the next wait look once more.
        if Arc::get_mut(&mut wake).is_some() {
            IDLE_WAKE.set(Some(wake));
        }
    }
}

/// Makes a fetch the current one of this thread.
///
/// # Errors
/// When the system has no more open files for it.
pub(crate) fn enter(token: &Token, request: &Request) -> io::Result<Entered> {
    let wake = match IDLE_WAKE.take() {
        Some(wake) => wake,
        None => Arc::new(Wake::new()?),
    };
    let ringer = wake.clone();
    let current = Current {
        token: token.clone(),
        wake,
        _watcher: token.on_change(move || ringer.wake()),
        timeouts: request.timeouts(),
        trace: request.trace.clone(),
        phase: Phase::Resolve,
        shown: None,
        untold_since: None,
        began: Instant::now(),
        paused_before: token.paused_time(),
        framing_bytes: 0,
        request_bytes: 0,
        proxy: None,
        attempt: Attempt::default(),
    };
    CURRENT.with_borrow_mut(|slot| slot.replace(current));
    Ok(Entered(()))
}

/// A new request begins; `fresh_only` forbids idle connections.
pub(crate) fn begin_attempt(fresh_only: bool) {
    with(|current| {
        current.attempt = Attempt {
            fresh_only,
            ..Attempt::default()
        };
        current.tell_stage(AttemptStage::Unconnected);
    });
    begin(Phase::Resolve);
}

/// A connection was opened for the request under way.
pub(crate) fn connected() {
    with(|current| {
        current.attempt.connected = true;
        current.tell_stage(AttemptStage::Connected);
    });
}

/// Says how many bytes the header of the next requests takes at most.
pub(crate) fn expect_request(bytes: usize) {
    with(|current| current.request_bytes = bytes);
}

/// How many bytes the header of a request takes at most.
pub(crate) fn request_bytes() -> usize {
    with(|current| current.request_bytes).unwrap_or(0)
}

/// Says which proxy the next requests go through.
pub(crate) fn go_through(proxy: Option<KnownProxy>) {
    with(|current| current.proxy = proxy);
}

/// The proxy that the latest request went through.
pub(crate) fn proxy() -> Option<KnownProxy> {
    with(|current| current.proxy.clone()).flatten()
}

/// Writes a line to the log of the job.
pub(crate) fn log(line: String) {
    with(|current| current.token.log(line));
}

/// What is known of the request so far.
pub(crate) fn attempt() -> Attempt {
    with(|current| current.attempt).unwrap_or_default()
}

/// Notes something about the request under way.
pub(crate) fn note(change: impl FnOnce(&mut Attempt)) {
    with(|current| change(&mut current.attempt));
}

/// The phase under way.
pub(crate) fn phase() -> Phase {
    with(|current| current.phase).unwrap_or(Phase::Body)
}

/// The limits of the fetch under way.
pub(crate) fn timeouts() -> Timeouts {
    with(|current| current.timeouts).unwrap_or_default()
}

/// A phase begins: its clock starts anew. The handshake goes on with the clock of the connection.
pub(crate) fn begin(phase: Phase) {
    with(|current| {
        current.framing_bytes = 0;
        current.phase = phase;
        if phase != Phase::Tls {
            current.restart_clock();
        }
    });
    // Until the request is sent, a connection may still have to be opened.
    if phase != Phase::FirstByte {
        show(phase);
    }
}

/// Says what the job does now, unless that is said already.
pub(crate) fn show(phase: Phase) {
    with(|current| {
        if current.shown != Some(phase)
            && let Some(step) = step_of(phase)
        {
            current.shown = Some(phase);
            current.begin_step(step);
        }
    });
}

/// The step of a phase; `None` goes on with the one before.
fn step_of(phase: Phase) -> Option<Step> {
    match phase {
        // A literal address needs no lookup: the resolver says it when it begins one.
        Phase::Resolve | Phase::Tls => None,
        Phase::Connect => Some(Step::computing("Connecting")),
        Phase::FirstByte => Some(Step::computing("Requesting")),
        Phase::Body => Some(Step::transferring("Downloading")),
        Phase::Save => Some(Step::computing("Saving")),
    }
}

/// Says what the job does now, beside the phases.
pub(crate) fn step(step: Step) {
    with(|current| current.begin_step(step));
}

/// So many bytes came: what counts the time between two reads starts anew.
///
/// # Errors
/// [`Stop::TooLarge`] when much came for a body and nothing of it was the body's own: trailers without end, for example.
pub(crate) fn progressed(bytes: usize) -> Result<(), Stop> {
    with(|current| {
        if current.phase != Phase::Body {
            return Ok(());
        }
        current.restart_clock();
        current.framing_bytes += bytes;
        // What was read last may still be the body's.
        if current.framing_bytes - bytes > MAX_HEADER_BYTES {
            return Err(Stop::TooLarge(current.framing_bytes));
        }
        Ok(())
    })
    .unwrap_or(Ok(()))
}

/// Nobody waits for the server: what counts the time between two reads of a body starts anew.
pub(crate) fn restart_clock() {
    with(Current::restart_clock);
}

/// Bytes of the body were taken.
pub(crate) fn took() {
    with(|current| current.framing_bytes = 0);
}

/// Asks whether the fetch may go on, and how long it may wait at most; none is without a limit. Blocks while the job is
/// paused.
///
/// # Errors
/// [`Stop`] when the job was cancelled, or the phase is over its time.
pub(crate) fn gate() -> Result<Option<Duration>, Stop> {
    with(|current| {
        current.token.checkpoint()?;
        let Some(limit) = limit(current) else {
            return Ok(None);
        };
        let paused = current
            .token
            .paused_time()
            .saturating_sub(current.paused_before);
        let left = limit.saturating_sub(current.began.elapsed().saturating_sub(paused));
        if left.is_zero() {
            Err(Stop::TimedOut(current.phase))
        } else {
            Ok(Some(left))
        }
    })
    .unwrap_or(Ok(Some(OWNERLESS_WAIT)))
}

/// Asks whether the fetch may look for bytes. In a body only a cancel forbids it: the time in which nobody looked is no
/// silence of the server.
///
/// # Errors
/// [`Stop`] when the job was cancelled, or a phase before the body is over its time.
pub(crate) fn gate_before_read() -> Result<(), Stop> {
    if phase() == Phase::Body {
        return with(|current| current.token.checkpoint())
            .unwrap_or(Ok(()))
            .map_err(Stop::from);
    }
    gate().map(|_| ())
}

/// Waits until one of these sockets is ready, a helper rings, or something of the job changed, and for `at_most` where
/// that is given. What was waited for is to be tried again then.
///
/// # Errors
/// [`Stop`] when the job was cancelled, or the phase is over its time.
pub(crate) fn wait<'a>(
    sockets: impl IntoIterator<Item = (&'a TcpStream, Interest)>,
    at_most: Option<Duration>,
) -> Result<(), Stop> {
    let left = gate()?;
    let at_most = match (left, at_most) {
        (Some(left), Some(at_most)) => Some(left.min(at_most)),
        (left, at_most) => left.or(at_most),
    };
    let untold_since = with(|current| current.untold_since).flatten();
    let until_told = untold_since.map(|since| STEP_TOLD_AFTER.saturating_sub(since.elapsed()));
    let at_most = match (until_told, at_most) {
        (Some(until_told), Some(at_most)) => Some(until_told.min(at_most)),
        (until_told, at_most) => until_told.or(at_most),
    };
    // Whoever owns no fetch has nobody to ring for it.
    let wake = match with(|current| current.wake.clone()) {
        Some(wake) => wake,
        None => Arc::new(Wake::new().map_err(Stop::Broken)?),
    };
    let result = wake.wait(sockets, at_most).map_err(Stop::Broken);
    if untold_since.is_some_and(|since| since.elapsed() >= STEP_TOLD_AFTER) {
        with(Current::tell_step);
    }
    result
}

/// Every byte is written: what is left is to save the file. Where that is slow, the runtime's thread is woken, so that
/// another download can begin meanwhile.
pub(crate) fn begin_saving(is_slow: bool) {
    begin(Phase::Save);
    with(|current| {
        current.tell_stage(AttemptStage::BytesComplete);
        if is_slow {
            current.tell_step();
        }
    });
}

/// What a helper thread rings when it has something to say.
pub(crate) fn bell() -> Option<Arc<Wake>> {
    with(|current| current.wake.clone())
}

fn limit(current: &Current) -> Option<Duration> {
    match current.phase {
        Phase::Resolve => Some(current.timeouts.resolve),
        Phase::Connect | Phase::Tls => Some(current.timeouts.connect),
        Phase::FirstByte => Some(current.timeouts.first_byte),
        Phase::Body => Some(current.timeouts.idle),
        Phase::Save => None,
    }
}

fn with<T>(use_it: impl FnOnce(&mut Current) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|slot| slot.as_mut().map(use_it))
}
