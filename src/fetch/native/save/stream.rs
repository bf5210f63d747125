//! A writer for a body, and what is known of the bytes that it was given.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fetch::checksum::Hasher;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;

/// A writer that one body is written to as it comes: standard output, for example.
///
/// Clones share the writer, and what is known of the bytes that it was given. A fetch that fails
/// continues behind them when it is retried, if the server proves with a strong entity tag and the
/// last 64 KiB that the file is the same. Bytes that were written cannot be taken back.
///
/// So make it once, before the attempts, and give each attempt a clone:
///
/// ```no_run
/// use jobdeck::fetch::{FetchExt, Request, RetryPolicy, Stream};
/// use jobdeck::runtime::{JobContext, JobError};
///
/// async fn cat(cx: JobContext) -> Result<u64, JobError> {
///     let request = Request::get("https://example.com/a.tar")?;
///     let out = Stream::new(std::io::stdout());
///     let fetched = cx
///         .retry(RetryPolicy::default(), async |_attempt| {
///             cx.fetch(request.clone()).write_to(out.clone()).await
///         })
///         .await?;
///     Ok(fetched.received)
/// }
/// ```
#[derive(Clone)]
pub struct Stream(Arc<Inner>);

struct Inner {
    writer: Mutex<Box<dyn Write + Send>>,
    state: Mutex<StreamState>,
}

/// The bytes that the writer was given, written or queued.
#[derive(Debug, Clone, Default)]
pub(super) struct StreamState {
    /// How many bytes.
    pub(super) length: u64,
    /// The last of them, which a server has to repeat before the fetch continues.
    pub(super) tail: Vec<u8>,
    /// The strong entity tag of the file.
    pub(super) etag: Option<String>,
    /// The length of the whole file, in bytes.
    pub(super) total: Option<u64>,
    /// The hash of all of them, if a checksum is expected.
    pub(super) hasher: Option<Hasher>,
    /// Why the writer failed.
    pub(super) failure: Option<(io::ErrorKind, String)>,
}

impl StreamState {
    pub(super) fn add(&mut self, block: &[u8]) {
        let most = usize::try_from(RESUME_OVERLAP_BYTES).unwrap_or(usize::MAX);
        let kept = &block[block.len() - block.len().min(most)..];
        let surplus = (self.tail.len() + kept.len()).saturating_sub(most);
        self.tail.drain(..surplus);
        self.tail.extend_from_slice(kept);
        self.length += block.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(block);
        }
    }

    /// Whether another request can continue.
    pub(super) fn can_resume(&self) -> bool {
        self.length == 0 || self.etag.is_some()
    }
}

impl Stream {
    /// A stream into this writer, for one body.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Inner {
            writer: Mutex::new(Box::new(writer)),
            state: Mutex::default(),
        }))
    }

    /// The writer, for one thread at a time.
    pub(super) fn writer(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        // A writer that panicked reports its state by itself if it is used again.
        (self.0.writer.lock()).unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, StreamState> {
        (self.0.state.lock()).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether they are the same stream, not whether they lead to the same place.
impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stream {}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_of_the_bytes() {
        let mut given = StreamState::default();
        let bytes: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
        for block in [
            &bytes[..10],
            &bytes[10..70_000],
            &bytes[70_000..70_001],
            &bytes[70_001..],
        ] {
            given.add(block);
        }
        assert_eq!(given.length, 300_000);
        let start = bytes.len() - RESUME_OVERLAP_BYTES as usize;
        assert!(given.tail == bytes[start..]);
    }
}
