//! A thread that processes the blocks of a body in order, while the next ones are received.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::fetch::limits::BLOCKS_BESIDE;

/// Enough for hashing and system calls.
const STACK_BYTES: usize = 64 * 1024;

/// The thread. It ends when this is dropped, after it has processed every block it was given.
pub(super) struct BlockThread<T> {
    /// Blocks for the thread; closed to end it.
    full: Option<SyncSender<Vec<u8>>>,
    /// Processed blocks, to be filled again.
    empty: Receiver<Vec<u8>>,
    /// How many blocks may still be allocated.
    blocks_left: usize,
    thread: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> BlockThread<T> {
    /// Starts a thread that calls `take` with each block until it returns false. None if the system
    /// has no thread left.
    pub(super) fn start(
        name: &str,
        mut state: T,
        mut take: impl FnMut(&mut T, &[u8]) -> bool + Send + 'static,
    ) -> Option<Self> {
        let (full, blocks) = sync_channel::<Vec<u8>>(BLOCKS_BESIDE);
        let (recycle, empty) = sync_channel(BLOCKS_BESIDE);
        let work = move || {
            for block in blocks {
                if !take(&mut state, &block) {
                    // The sender sees the closed channel.
                    break;
                }
                // At the end the receiver is gone.
                let _ = recycle.send(block);
            }
            state
        };
        let builder = thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_BYTES);
        Some(Self {
            thread: Some(builder.spawn(work).ok()?),
            full: Some(full),
            empty,
            blocks_left: BLOCKS_BESIDE,
        })
    }

    /// Queues bytes for the thread, and blocks while [`BLOCKS_BESIDE`] blocks are queued. False if
    /// the thread has ended.
    pub(super) fn give(&mut self, bytes: &[u8]) -> bool {
        let block = match self.empty.try_recv() {
            Ok(block) => Some(block),
            Err(_) if self.blocks_left > 0 => {
                self.blocks_left -= 1;
                Some(Vec::new())
            }
            Err(_) => self.empty.recv().ok(),
        };
        let (Some(mut block), Some(full)) = (block, &self.full) else {
            return false;
        };
        block.clear();
        block.extend_from_slice(bytes);
        full.send(block).is_ok()
    }

    /// Waits until every block is processed. None if it was called before.
    pub(super) fn end(&mut self) -> Option<thread::Result<T>> {
        self.full = None;
        self.thread.take().map(JoinHandle::join)
    }
}

impl<T> Drop for BlockThread<T> {
    fn drop(&mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            // The panic hook has reported a panic of the thread.
            let _ = thread.join();
        }
    }
}

impl<T> fmt::Debug for BlockThread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockThread").finish_non_exhaustive()
    }
}
