//! What a fetch tells beyond its progress, to whoever keeps a clone of its trace.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Facts of all the tries of one download, readable at any time, also after it failed or was cancelled.
///
/// ```
/// use jobdeck::fetch::{Request, Trace};
///
/// let trace = Trace::default();
/// let request = Request::get("https://example.com/a.iso")?.with_trace(trace.clone());
/// // Later, however it ended:
/// println!("{} bytes read, kept in {:?}", trace.wire_bytes(), trace.part());
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trace(pub(super) Arc<Facts>);

#[derive(Debug, Default)]
pub(super) struct Facts {
    wire_bytes: AtomicU64,
    /// Set by clients that save to a disk.
    pub(super) part: Mutex<Option<PathBuf>>,
}

impl Trace {
    /// All bytes of bodies that were read, those that came twice or for nothing included.
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.0.wire_bytes.load(Ordering::Relaxed)
    }

    /// The `.part` file that holds what came, while there is one.
    #[must_use]
    pub fn part(&self) -> Option<PathBuf> {
        let part = self.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        part.clone()
    }

    pub(crate) fn add_wire_bytes(&self, more: u64) {
        self.0.wire_bytes.fetch_add(more, Ordering::Relaxed);
    }
}

impl PartialEq for Trace {
    /// Whether they are the same trace.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trace {}
