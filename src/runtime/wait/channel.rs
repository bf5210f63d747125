//! Messages for a job, from other jobs and from other threads.
//!
//! A channel holds a bounded number of messages, so that a fast sender waits for a slow receiver
//! and memory stays small.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

/// A channel that holds at most `capacity` messages; a capacity of zero counts as one.
///
/// The receiver belongs to a job: [`JobContext::for_each`] calls a closure with every message, and
/// [`JobContext::wait_for`] waits for one. A worker thread sends with `Token::send`, which waits
/// while the channel is full and which a pause and a cancel reach; a job sends with
/// [`Sender::send`]. Any other thread uses [`Sender::try_send`].
///
/// [`JobContext::for_each`]: crate::runtime::JobContext::for_each
/// [`JobContext::wait_for`]: crate::runtime::JobContext::wait_for
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime, channel};
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// let job = runtime.spawn("sum of lines", async |cx| {
///     let (sender, lines) = channel(16);
///     let reader = cx.blocking("reading", move |token| {
///         for line in ["20", "1", "21"] {
///             token.send(&sender, line)?;
///         }
///         Ok(())
///     });
///     let mut sum = 0;
///     cx.for_each("lines", lines, async |line| {
///         sum += line.parse::<u32>()?;
///         Ok(())
///     })
///     .await?;
///     reader.await?;
///     Ok(sum)
/// });
/// assert_eq!(host.block_on(&runtime, job)?, 42);
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[must_use]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared(Mutex::new(State {
        messages: VecDeque::new(),
        capacity: capacity.max(1),
        senders: 1,
        is_closed: false,
        receiver: None,
        waiting: VecDeque::new(),
        last_ticket: 0,
    })));
    (Sender(shared.clone()), Receiver(shared))
}

/// The receiver of a channel is gone, so that a message would be read by nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelClosed;

impl fmt::Display for ChannelClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receiver of the channel is gone")
    }
}

impl Error for ChannelClosed {}

/// Why a message was not sent at once, and the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room now.
    Full(T),
    /// The receiver is gone.
    Closed(T),
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("the channel is full"),
            Self::Closed(_) => ChannelClosed.fmt(f),
        }
    }
}

impl<T> Error for TrySendError<T> {}

impl<T> TrySendError<T> {
    /// The message.
    pub fn into_message(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

struct Shared<T>(Mutex<State<T>>);

struct State<T> {
    messages: VecDeque<T>,
    capacity: usize,
    senders: usize,
    /// The receiver is gone.
    is_closed: bool,
    receiver: Option<Waker>,
    /// The sends that wait for room, sorted by ticket. The first is woken, and taken out, when a
    /// message leaves.
    waiting: VecDeque<(u64, Waker)>,
    last_ticket: u64,
}

impl<T> State<T> {
    fn has_room(&self) -> bool {
        self.messages.len() < self.capacity
    }

    fn place_of(&self, ticket: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&ticket, |(known, _)| *known)
            .ok()
    }

    fn next_waiting(&mut self) -> Option<Waker> {
        self.waiting.pop_front().map(|(_, waker)| waker)
    }
}

impl<T> Shared<T> {
    /// Wakers are called, and messages dropped, outside of this lock: they may run any code.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // The state is valid between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(TrySendError::Closed(message));
        }
        if !state.has_room() {
            return Err(TrySendError::Full(message));
        }
        state.messages.push_back(message);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        Ok(())
    }
}

/// The sending half of a [`channel`]. Clones send into the same channel; the receiver ends when the
/// last of them is gone.
pub struct Sender<T>(Arc<Shared<T>>);

impl<T> Sender<T> {
    /// Sends a message if there is room. Never waits, and may be called from any thread.
    ///
    /// # Errors
    /// The message, when the channel is full or the receiver is gone.
    ///
    /// ```
    /// use jobdeck::runtime::{TrySendError, channel};
    ///
    /// let (sender, mut receiver) = channel(1);
    /// sender.try_send('a')?;
    /// assert!(matches!(sender.try_send('b'), Err(TrySendError::Full('b'))));
    /// assert_eq!(receiver.try_recv(), Some('a'));
    /// # Ok::<(), TrySendError<char>>(())
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(message)
    }

    /// Sends a message from a job, once there is room: `cx.wait_for("room", sender.send(message))`.
    /// A worker thread uses `Token::send`. Dropping the future before its end sends nothing.
    ///
    /// # Errors
    /// [`ChannelClosed`] when the receiver is gone.
    ///
    /// ```
    /// use jobdeck::{runtime::channel, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let (sender, receiver) = channel(1);
    /// let counter = test.spawn("counter", async move |cx| {
    ///     for number in 1..=3 {
    ///         cx.wait_for("room", sender.send(number)).await??;
    ///     }
    ///     Ok(())
    /// });
    /// let adder = test.spawn("adder", async |cx| {
    ///     let mut sum = 0;
    ///     cx.for_each("numbers", receiver, async |number| {
    ///         sum += number;
    ///         Ok(())
    ///     })
    ///     .await?;
    ///     Ok(sum)
    /// });
    /// test.settle();
    /// assert!(counter.take_value().is_some());
    /// assert_eq!(adder.take_value(), Some(6));
    /// ```
    pub async fn send(&self, message: T) -> Result<(), ChannelClosed> {
        let mut waiting = WaitForRoom {
            shared: &self.0,
            ticket: 0,
        };
        let mut message = Some(message);
        poll_fn(|cx| {
            let Some(unsent) = message.take() else {
                return Poll::Ready(Ok(()));
            };
            match self.0.try_send(unsent) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(TrySendError::Closed(_)) => Poll::Ready(Err(ChannelClosed)),
                Err(TrySendError::Full(unsent)) => {
                    message = Some(unsent);
                    waiting.park(cx);
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.lock().is_closed
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.senders -= 1;
        let receiver = if state.senders == 0 {
            state.receiver.take()
        } else {
            None
        };
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// The place of one send among those that wait for room.
struct WaitForRoom<'a, T> {
    shared: &'a Shared<T>,
    /// Zero before it waits.
    ticket: u64,
}

impl<T> WaitForRoom<'_, T> {
    fn park(&mut self, cx: &Context<'_>) {
        let mut state = self.shared.lock();
        if state.has_room() || state.is_closed {
            // Since the attempt.
            drop(state);
            cx.waker().wake_by_ref();
            return;
        }
        let waker = cx.waker().clone();
        let replaced = match state.place_of(self.ticket) {
            Some(place) => Some(std::mem::replace(&mut state.waiting[place].1, waker)),
            None => {
                state.last_ticket += 1;
                self.ticket = state.last_ticket;
                state.waiting.push_back((self.ticket, waker));
                None
            }
        };
        drop(state);
        drop(replaced);
    }
}

impl<T> Drop for WaitForRoom<'_, T> {
    fn drop(&mut self) {
        if self.ticket == 0 {
            return;
        }
        let mut state = self.shared.lock();
        let place = state.place_of(self.ticket);
        let own = place.and_then(|place| state.waiting.remove(place));
        // It was woken for a room that it may have left free: that is for the next one.
        let next = if own.is_none() && state.has_room() {
            state.next_waiting()
        } else {
            None
        };
        drop(state);
        drop(own);
        if let Some(next) = next {
            next.wake();
        }
    }
}

/// The receiving half of a [`channel`]. A [`Stream`][stream] of its messages, which ends when every
/// sender is gone and every message was received.
///
/// [stream]: https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html
pub struct Receiver<T>(Arc<Shared<T>>);

impl<T> Receiver<T> {
    /// The next message; none when every sender is gone. In a job:
    /// `cx.wait_for("a message", receiver.recv())`, which a throw and the budget of a tick reach.
    /// Dropping the future before its end loses no message.
    ///
    /// ```
    /// use jobdeck::{runtime::channel, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let (sender, mut receiver) = channel(8);
    /// let job = test.spawn("listener", async move |cx| {
    ///     cx.wait_for("a message", receiver.recv()).await
    /// });
    /// test.settle();
    /// sender.try_send("hello")?;
    /// test.settle();
    /// assert_eq!(job.take_value(), Some(Some("hello")));
    /// # Ok::<(), jobdeck::runtime::TrySendError<&str>>(())
    /// ```
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The next message if there is one. Never waits.
    pub fn try_recv(&mut self) -> Option<T> {
        let mut state = self.0.lock();
        let message = state.messages.pop_front()?;
        let next = state.next_waiting();
        drop(state);
        if let Some(next) = next {
            next.wake();
        }
        Some(message)
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().messages.len()
    }

    /// Whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        if let Some(message) = self.try_recv() {
            return Poll::Ready(Some(message));
        }
        let mut state = self.0.lock();
        if !state.messages.is_empty() {
            // Since the attempt.
            drop(state);
            return Poll::Ready(self.try_recv());
        }
        if state.senders == 0 {
            return Poll::Ready(None);
        }
        let is_known = |known: &Waker| known.will_wake(cx.waker());
        let replaced = if state.receiver.as_ref().is_some_and(is_known) {
            None
        } else {
            state.receiver.replace(cx.waker().clone())
        };
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        let unread = std::mem::take(&mut state.messages);
        let waiting = std::mem::take(&mut state.waiting);
        let own = state.receiver.take();
        drop(state);
        drop((unread, own));
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("waiting", &self.len())
            .finish_non_exhaustive()
    }
}
