//! What is told before a complete file gets its final name, so that a process that is killed right
//! then can be found to have completed it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::fetch::Fetched;

/// Is called in the worker thread of a download, right before each try to give its complete file a
/// name, and may block that thread. Clones call the same.
///
/// ```
/// use jobdeck::fetch::{CompletePart, RenameNotice, Request};
///
/// let notice = RenameNotice::new(|part: &CompletePart<'_>| println!("next: {:?}", part.path));
/// let request = Request::get("https://example.com/a.iso")?.with_rename_notice(notice);
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone)]
pub struct RenameNotice(Arc<dyn Fn(&CompletePart<'_>) + Send + Sync>);

/// A complete file that is about to get its final name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletePart<'a> {
    /// Where it is.
    pub part: &'a Path,
    /// Where it is to be. If there is something already, another name follows.
    pub path: &'a Path,
    /// Its length in bytes.
    pub length: u64,
    /// The hash of its bytes: `algorithm:digits`.
    pub hash: &'a str,
    /// What the fetch yields if it gets this name: also what is doubtful about it.
    pub fetched: &'a Fetched,
}

impl RenameNotice {
    /// Calls this.
    #[must_use]
    pub fn new(call: impl Fn(&CompletePart<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    /// Calls it.
    pub fn call(&self, part: &CompletePart<'_>) {
        (self.0)(part);
    }
}

impl fmt::Debug for RenameNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenameNotice(…)")
    }
}

/// Equal if they call the same.
impl PartialEq for RenameNotice {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for RenameNotice {}
