//! The state of one fetch: its phase, time-outs, proxy, and what ends a wait.
//!
//! It is passed on as a value, except to the transports under the client: the client's traits have
//! no parameter for it, and its pooled connections outlive the fetch that opened them. They read it
//! from a thread-local, which [`FetchContext::enter`] sets and only [`with`] reads.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::TcpStream;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::notifier::{Interest, Notifier};
use super::transport_error::TransportError;
use crate::fetch::limits::MAX_HEADER_BYTES;
use crate::fetch::{AttemptStage, Phase, Request, Timeouts, Trace};
use crate::runtime::{ChangeWatcher, Step, Token};

/// A step that ends sooner does not wake the runtime's thread: a window would show it for less than
/// a frame, and a small file would cost three wakes of that thread instead of one.
const STEP_ANNOUNCED_AFTER: Duration = Duration::from_millis(10);

/// The state of one fetch.
#[derive(Debug)]
pub(crate) struct FetchContext {
    token: Token,
    /// Ends the current wait when the token changes, or a DNS lookup ends.
    notifier: Arc<Notifier>,
    /// Notifies when the token changes. Taken when the fetch ends.
    watcher: Option<ChangeWatcher>,
    timeouts: Timeouts,
    trace: Option<Trace>,
    /// The proxy of the latest request.
    proxy: RefCell<Option<ProxyInfo>>,
    attempt: Cell<RequestState>,
    clock: Cell<PhaseClock>,
    step: Cell<ShownStep>,
}

/// The current phase and its time.
#[derive(Clone, Copy, Debug)]
struct PhaseClock {
    phase: Phase,
    began: Instant,
    /// How long the job had been paused by then.
    paused_before: Duration,
    /// Bytes that were read for a body since the last one that belonged to it.
    framing_bytes: usize,
}

/// The step that the window shows.
#[derive(Clone, Copy, Debug, Default)]
struct ShownStep {
    phase: Option<Phase>,
    /// When a step began for which the runtime's thread was not woken yet.
    unannounced_since: Option<Instant>,
}

/// One request on one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestState {
    /// Idle connections must not be used: one of them was stale.
    pub(crate) fresh_only: bool,
    /// A connection was opened for it.
    pub(crate) connected: bool,
    /// At least one byte of a response came.
    pub(crate) responded: bool,
    /// The current connection is the one to the proxy.
    pub(crate) is_at_proxy: bool,
    /// The response to a plain request is one of TLS.
    pub(crate) speaks_tls: bool,
    /// The request carried a user name and a password for the server.
    pub(crate) has_login: bool,
    /// Upper bound of the size of the request's header, without the few fields that every request
    /// has.
    pub(crate) request_bytes: usize,
}

/// What error texts say about a proxy.
#[derive(Clone, Debug)]
pub(crate) struct ProxyInfo {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) has_login: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<FetchContext>>> = const { RefCell::new(None) };
    /// The notifier of the previous fetch of this thread, if nothing else can notify it any more.
    static IDLE_NOTIFIER: RefCell<Option<Arc<Notifier>>> = const { RefCell::new(None) };
}

/// The context of the fetch that this thread works for, as the transports see it; none when a
/// connection says goodbye after its fetch. `read` may block, and may call this again.
pub(super) fn with<T>(read: impl FnOnce(&FetchContext) -> T) -> Option<T> {
    CURRENT.with_borrow(|current| current.as_deref().map(read))
}

/// A context that the transports of this thread see until this is dropped.
#[derive(Debug)]
pub(crate) struct Entered(Rc<FetchContext>);

impl Deref for Entered {
    type Target = FetchContext;

    fn deref(&self) -> &FetchContext {
        &self.0
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
        if let Some(context) = Rc::get_mut(&mut self.0) {
            // The watcher has a clone of the notifier.
            drop(context.watcher.take());
            // A notification that nothing waited for only makes the next wait return once more than
            // needed.
            if Arc::get_mut(&mut context.notifier).is_some() {
                IDLE_NOTIFIER.set(Some(context.notifier.clone()));
            }
        }
    }
}

impl FetchContext {
    /// Begins a fetch on this thread.
    ///
    /// # Errors
    /// When the system has no file descriptor left.
    pub(crate) fn enter(token: &Token, request: &Request) -> io::Result<Entered> {
        let notifier = match IDLE_NOTIFIER.take() {
            Some(notifier) => notifier,
            None => Arc::new(Notifier::new()?),
        };
        let notified = notifier.clone();
        let context = Rc::new(Self {
            token: token.clone(),
            notifier,
            watcher: Some(token.on_change(move || notified.notify())),
            timeouts: request.timeouts(),
            trace: request.trace.clone(),
            proxy: RefCell::new(None),
            attempt: Cell::default(),
            clock: Cell::new(PhaseClock {
                phase: Phase::Resolve,
                began: Instant::now(),
                paused_before: token.paused_time(),
                framing_bytes: 0,
            }),
            step: Cell::default(),
        });
        CURRENT.set(Some(context.clone()));
        Ok(Entered(context))
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    pub(crate) fn phase(&self) -> Phase {
        self.clock.get().phase
    }

    // ---- the request ----

    /// A new request begins; `fresh_only` forbids idle connections.
    pub(crate) fn begin_attempt(&self, fresh_only: bool) {
        self.attempt.set(RequestState {
            fresh_only,
            ..RequestState::default()
        });
        self.set_stage(AttemptStage::Unconnected);
        self.begin(Phase::Resolve);
    }

    pub(crate) fn attempt(&self) -> RequestState {
        self.attempt.get()
    }

    pub(crate) fn update_attempt(&self, change: impl FnOnce(&mut RequestState)) {
        let mut attempt = self.attempt.get();
        change(&mut attempt);
        self.attempt.set(attempt);
    }

    /// A connection was opened for the request.
    pub(super) fn set_connected(&self) {
        self.update_attempt(|attempt| attempt.connected = true);
        self.set_stage(AttemptStage::Connected);
    }

    pub(crate) fn set_proxy(&self, proxy: Option<ProxyInfo>) {
        self.proxy.replace(proxy);
    }

    /// The proxy of the latest request.
    pub(crate) fn proxy(&self) -> Option<ProxyInfo> {
        self.proxy.borrow().clone()
    }

    // ---- phases and steps ----

    /// A phase begins, and its clock restarts. The TLS handshake continues on the clock of the
    /// connection.
    pub(crate) fn begin(&self, phase: Phase) {
        let clock = self.clock.get();
        self.clock.set(PhaseClock {
            phase,
            framing_bytes: 0,
            ..clock
        });
        if phase != Phase::Tls {
            self.restart_clock();
        }
        // Until the request is sent, a connection may still have to be opened.
        if phase != Phase::FirstByte {
            self.show(phase);
        }
    }

    /// Restarts the time of the current phase: the server sent something, or was not waited for.
    pub(crate) fn restart_clock(&self) {
        let clock = PhaseClock {
            began: Instant::now(),
            paused_before: self.token.paused_time(),
            ..self.clock.get()
        };
        self.clock.set(clock);
        if let Some(trace) = &self.trace {
            trace.set_wait(self.time_limit());
        }
        let since = self.step.get().unannounced_since;
        if since.is_some_and(|since| clock.began >= since + STEP_ANNOUNCED_AFTER) {
            self.announce_step();
        }
    }

    /// Shows the step of a phase, unless it is shown already.
    pub(super) fn show(&self, phase: Phase) {
        let step = match phase {
            // A literal address needs no lookup: the DNS cache shows the step when it begins one.
            Phase::Resolve | Phase::Tls => return,
            Phase::Connect => Step::computing("Connecting"),
            Phase::FirstByte => Step::computing("Requesting"),
            Phase::Body => Step::transferring("Downloading"),
            Phase::Save => Step::computing("Saving"),
        };
        if self.step.get().phase != Some(phase) {
            self.begin_step(step);
            let shown = self.step.get();
            self.step.set(ShownStep {
                phase: Some(phase),
                ..shown
            });
        }
    }

    /// Shows a step beside those of the phases.
    pub(super) fn begin_step(&self, step: Step) {
        self.token.begin_step(step);
        self.step.set(ShownStep {
            unannounced_since: Some(Instant::now()),
            ..self.step.get()
        });
    }

    /// Wakes the runtime's thread for the current step, unless that was done.
    fn announce_step(&self) {
        let step = self.step.get();
        self.step.set(ShownStep {
            unannounced_since: None,
            ..step
        });
        if step.unannounced_since.is_some() {
            self.token.tell_step();
        }
    }

    /// Every byte is written; what is left is to save the file. Where that is slow, the runtime's
    /// thread is woken now, so that another download can begin.
    pub(crate) fn begin_saving(&self, is_slow: bool) {
        self.begin(Phase::Save);
        self.set_stage(AttemptStage::BytesComplete);
        if is_slow {
            self.announce_step();
        }
    }

    fn set_stage(&self, stage: AttemptStage) {
        if let Some(trace) = &self.trace {
            trace.set_stage(stage);
        }
    }

    // ---- waits ----

    /// Bytes came: the idle time-out starts again.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] when much came for a body and nothing of it was the body's own:
    /// trailers without end, for example.
    pub(super) fn received(&self, bytes: usize) -> Result<(), TransportError> {
        let framing_bytes = self.clock.get().framing_bytes + bytes;
        if self.phase() != Phase::Body {
            return Ok(());
        }
        self.restart_clock();
        self.clock.set(PhaseClock {
            framing_bytes,
            ..self.clock.get()
        });
        // What was read last may still be the body's.
        if framing_bytes - bytes > MAX_HEADER_BYTES {
            return Err(TransportError::TooLarge(framing_bytes));
        }
        Ok(())
    }

    /// The client passed on bytes of the body.
    pub(crate) fn received_body(&self) {
        self.clock.set(PhaseClock {
            framing_bytes: 0,
            ..self.clock.get()
        });
    }

    /// The time left in the phase; none is without a limit. Blocks while the job is paused.
    ///
    /// # Errors
    /// [`TransportError`] when the job was cancelled, or the phase is over its time.
    pub(super) fn checkpoint(&self) -> Result<Option<Duration>, TransportError> {
        self.token.checkpoint()?;
        let Some(limit) = self.time_limit() else {
            return Ok(None);
        };
        let clock = self.clock.get();
        let paused = (self.token.paused_time()).saturating_sub(clock.paused_before);
        let left = limit.saturating_sub(clock.began.elapsed().saturating_sub(paused));
        if left.is_zero() {
            Err(TransportError::TimedOut(clock.phase))
        } else {
            Ok(Some(left))
        }
    }

    /// The same before a read. In a body only a cancel forbids it: time in which this side did not
    /// read is no silence of the server.
    ///
    /// # Errors
    /// [`TransportError`] when the job was cancelled, or a phase before the body is over its time.
    pub(super) fn checkpoint_before_read(&self) -> Result<(), TransportError> {
        match self.phase() {
            Phase::Body => Ok(self.token.checkpoint()?),
            _ => self.checkpoint().map(|_| ()),
        }
    }

    /// Waits until one of these sockets is ready, the notifier is notified, or `at_most` is over.
    /// The caller then retries what it waited for.
    ///
    /// # Errors
    /// [`TransportError`] when the job was cancelled, or the phase is over its time.
    pub(crate) fn wait<'a>(
        &self,
        sockets: impl IntoIterator<Item = (&'a TcpStream, Interest)>,
        at_most: Option<Duration>,
    ) -> Result<(), TransportError> {
        let left = self.checkpoint()?;
        let unannounced_since = self.step.get().unannounced_since;
        let until_announced =
            unannounced_since.map(|since| STEP_ANNOUNCED_AFTER.saturating_sub(since.elapsed()));
        let at_most = [left, at_most, until_announced].into_iter().flatten().min();
        let result = self.notifier.wait(sockets, at_most);
        if unannounced_since.is_some_and(|since| since.elapsed() >= STEP_ANNOUNCED_AFTER) {
            self.announce_step();
        }
        result.map_err(TransportError::Broken)
    }

    /// What another thread notifies to end a wait of this fetch.
    pub(super) fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    fn time_limit(&self) -> Option<Duration> {
        match self.phase() {
            Phase::Resolve => Some(self.timeouts.resolve),
            Phase::Connect | Phase::Tls => Some(self.timeouts.connect),
            Phase::FirstByte => Some(self.timeouts.first_byte),
            Phase::Body => Some(self.timeouts.idle),
            Phase::Save => None,
        }
    }
}
