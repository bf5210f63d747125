//! The thread that writes to a stream. A write blocks for as long as the reader of the stream
//! likes; the fetch can be cancelled all the same.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::stream::Stream;
use crate::fetch::client::exchange::Session;
use crate::fetch::client::resume::disk_error;
use crate::fetch::limits::STREAM_BLOCKS_AHEAD;
use crate::fetch::{ErrorClass, FetchError, Phase};

/// A fetch that waits for the reader checks this often whether it was cancelled.
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// A queue of blocks for a stream. When it is dropped, the thread writes what is left and ends.
pub(super) struct StreamWriter {
    stream: Stream,
    shared: Arc<SharedQueue>,
}

#[derive(Default)]
struct SharedQueue {
    queue: Mutex<BlockQueue>,
    changed: Condvar,
}

#[derive(Default)]
struct BlockQueue {
    blocks: VecDeque<Vec<u8>>,
    /// No more blocks follow.
    is_closed: bool,
    /// The thread has written everything, or failed.
    is_done: bool,
}

impl SharedQueue {
    fn queue(&self) -> MutexGuard<'_, BlockQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamWriter {
    pub(super) fn start(stream: &Stream) -> Result<Self, FetchError> {
        let shared = Arc::new(SharedQueue::default());
        let writer = Self {
            stream: stream.clone(),
            shared: Arc::clone(&shared),
        };
        let stream = stream.clone();
        let thread = std::thread::Builder::new().name("write a stream".to_owned());
        let started = thread.spawn(move || {
            if let Err(error) = write_all(&stream, &shared) {
                stream.state().failure = Some((error.kind(), error.to_string()));
            }
            let mut queue = shared.queue();
            queue.is_done = true;
            queue.blocks.clear();
            drop(queue);
            shared.changed.notify_all();
        });
        match started {
            Ok(_) => Ok(writer),
            Err(error) => Err(FetchError::new(
                ErrorClass::Internal,
                "The system refuses another thread",
            )
            .with_hint("Let fewer jobs run at once.")
            .with_detail(error.to_string())),
        }
    }

    /// Queues a block, as soon as fewer than [`STREAM_BLOCKS_AHEAD`] are queued.
    pub(super) fn push(&self, session: Session<'_>, block: &[u8]) -> Result<(), FetchError> {
        if block.is_empty() {
            return Ok(());
        }
        self.wait_until(session, |queue| queue.blocks.len() < STREAM_BLOCKS_AHEAD)?;
        self.stream.state().add(block);
        self.shared.queue().blocks.push_back(block.to_vec());
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Waits until everything is written.
    pub(super) fn finish(self, session: Session<'_>) -> Result<(), FetchError> {
        self.close();
        self.wait_until(session, |queue| queue.is_done)
    }

    fn wait_until(
        &self,
        session: Session<'_>,
        is_done_waiting: impl Fn(&BlockQueue) -> bool,
    ) -> Result<(), FetchError> {
        loop {
            let queue = self.shared.queue();
            let (done, reached) = (queue.is_done, is_done_waiting(&queue));
            if !done && !reached {
                let waited = self.shared.changed.wait_timeout(queue, CHECK_EVERY);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
                session.checkpoint()?;
                continue;
            }
            drop(queue);
            return match &self.stream.state().failure {
                Some((kind, text)) => Err(from_output(*kind, text)),
                None => Ok(()),
            };
        }
    }

    fn close(&self) {
        self.shared.queue().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.close();
    }
}

fn write_all(stream: &Stream, shared: &SharedQueue) -> io::Result<()> {
    // Held until the end, and so waits for the thread of an earlier attempt.
    let mut writer = stream.writer();
    if stream.state().failure.is_some() {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    loop {
        let mut queue = shared.queue();
        let block = loop {
            if let Some(block) = queue.blocks.pop_front() {
                break Some(block);
            }
            if queue.is_closed {
                break None;
            }
            queue = (shared.changed.wait(queue)).unwrap_or_else(PoisonError::into_inner);
        };
        let is_last = queue.blocks.is_empty();
        drop(queue);
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

/// The error of a writer that failed.
fn from_output(kind: io::ErrorKind, text: &str) -> FetchError {
    if kind == io::ErrorKind::BrokenPipe {
        return FetchError::new(ErrorClass::Permission, "The reader of the output has gone")
            .with_hint("Nothing more can be written.")
            .with_detail(text)
            .in_phase(Phase::Save);
    }
    disk_error(&io::Error::new(kind, text), "writing the output")
}
