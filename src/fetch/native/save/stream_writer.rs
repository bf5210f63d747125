//! The thread that writes to a stream. A write may block for as long as its reader likes; the fetch, which waits for
//! room, can be cancelled all the same.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::stream::Stream;
use crate::fetch::client::exchange::body::go_on;
use crate::fetch::client::exchange::client_error::from_disk;
use crate::fetch::limits::STREAM_BLOCKS_AHEAD;
use crate::fetch::{ErrorClass, FetchError, Phase};
use crate::runtime::Token;

/// How often a fetch that waits for room looks whether it was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Blocks on their way into a stream. When it is dropped the thread writes what is left, and ends.
pub(crate) struct Outflow {
    stream: Stream,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    blocks: VecDeque<Vec<u8>>,
    /// Nothing more comes.
    is_closed: bool,
    /// The thread has written all of it, or failed.
    is_done: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outflow {
    pub(crate) fn start(stream: &Stream) -> Result<Self, FetchError> {
        let shared = Arc::new(Shared::default());
        let outflow = Self {
            stream: stream.clone(),
            shared: Arc::clone(&shared),
        };
        let stream = stream.clone();
        let thread = std::thread::Builder::new().name("write a stream".to_owned());
        let started = thread.spawn(move || {
            if let Err(error) = write_all(&stream, &shared) {
                stream.given().failure = Some((error.kind(), error.to_string()));
            }
            let mut state = shared.state();
            state.is_done = true;
            state.blocks.clear();
            drop(state);
            shared.changed.notify_all();
        });
        match started {
            Ok(_) => Ok(outflow),
            Err(error) => Err(FetchError::new(
                ErrorClass::Internal,
                "The system refuses another thread",
            )
            .with_hint("Let fewer jobs run at once.")
            .with_detail(error.to_string())),
        }
    }

    /// Gives a block to the stream, as soon as it has room.
    pub(crate) fn push(&self, token: &Token, block: &[u8]) -> Result<(), FetchError> {
        if block.is_empty() {
            return Ok(());
        }
        self.wait_until(token, |state| state.blocks.len() < STREAM_BLOCKS_AHEAD)?;
        self.stream.given().add(block);
        self.shared.state().blocks.push_back(block.to_vec());
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Waits until all of it is written.
    pub(crate) fn finish(self, token: &Token) -> Result<(), FetchError> {
        self.close();
        self.wait_until(token, |state| state.is_done)
    }

    fn wait_until(
        &self,
        token: &Token,
        is_reached: impl Fn(&State) -> bool,
    ) -> Result<(), FetchError> {
        loop {
            let state = self.shared.state();
            let (done, reached) = (state.is_done, is_reached(&state));
            if !done && !reached {
                let waited = self.shared.changed.wait_timeout(state, LOOK_EVERY);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
                go_on(token)?;
                continue;
            }
            drop(state);
            return match &self.stream.given().failure {
                Some((kind, text)) => Err(from_output(*kind, text)),
                None => Ok(()),
            };
        }
    }

    fn close(&self) {
        self.shared.state().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Outflow {
    fn drop(&mut self) {
        self.close();
    }
}

fn write_all(stream: &Stream, shared: &Shared) -> io::Result<()> {
    // Held until the end: what an earlier attempt left comes first, and nothing in between.
    let mut writer = stream.writer();
    if stream.given().failure.is_some() {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    loop {
        let mut state = shared.state();
        let block = loop {
            if let Some(block) = state.blocks.pop_front() {
                break Some(block);
            }
            if state.is_closed {
                break None;
            }
            state = (shared.changed.wait(state)).unwrap_or_else(PoisonError::into_inner);
        };
        let is_last = state.blocks.is_empty();
        drop(state);
        shared.changed.notify_all();
        let Some(block) = block else {
            return writer.flush();
        };
        writer.write_all(&block)?;
        if is_last {
            writer.flush()?;
        }
    }
}

/// The failure of an output that takes no more.
fn from_output(kind: io::ErrorKind, text: &str) -> FetchError {
    if kind == io::ErrorKind::BrokenPipe {
        return FetchError::new(ErrorClass::Permission, "The reader of the output has gone")
            .with_hint("Nothing more can be written.")
            .with_detail(text)
            .in_phase(Phase::Save);
    }
    from_disk(&io::Error::new(kind, text), "writing the output")
}
