//! What is known of a fetch beyond its progress.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is known of all attempts of one download, readable at any time, also after it failed or was
/// cancelled.
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
pub struct Trace(pub(crate) Arc<TraceState>);

#[derive(Debug, Default)]
pub(crate) struct TraceState {
    wire_bytes: AtomicU64,
    /// An [`AttemptStage`] as its number.
    stage: AtomicU8,
    /// How many waits for the server have begun.
    waits_begun: AtomicU64,
    /// How long that wait may last, in milliseconds; 0 while the server is not waited for.
    wait_limit_millis: AtomicU64,
    /// The highest stage since the attempt began, as its number.
    highest_stage: AtomicU8,
    /// Set by clients that save to a disk.
    pub(crate) part: Mutex<Option<PathBuf>>,
    /// Set by clients that save to a disk.
    pub(crate) aside: Mutex<Option<(PathBuf, u64)>>,
    file_name: Mutex<Option<Arc<str>>>,
    response: Mutex<Option<Box<TracedResponse>>>,
}

/// The latest response of a server, for people: long texts are cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TracedResponse {
    /// The URLs of the redirects, without secrets. Empty in a browser, which follows redirects by
    /// itself.
    pub redirects: Vec<String>,
    /// The status of the last response.
    pub http_status: u16,
    /// The entity tag.
    pub etag: Option<String>,
    /// The date of the last change of the file.
    pub last_modified: Option<String>,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// Whether the server can send a part of the file; none if it does not say.
    pub takes_ranges: Option<bool>,
}

/// The stage of an attempt, as seen from the network: a scheduler can give the slot of a fetch that
/// waits to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AttemptStage {
    /// No connection carries the request yet.
    #[default]
    Unconnected,
    /// A connection carries the request, and no byte of a response came.
    Connected,
    /// The header of a response came.
    Responded,
    /// Every byte of the body is written; the file has yet to become durable and get its name.
    BytesComplete,
}

impl AttemptStage {
    const ALL: [Self; 4] = [
        Self::Unconnected,
        Self::Connected,
        Self::Responded,
        Self::BytesComplete,
    ];

    fn of_number(number: u8) -> Self {
        let stage = Self::ALL.get(usize::from(number));
        stage.copied().unwrap_or_default()
    }
}

/// A wait for the server, which ends with a time-out if nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerWait {
    /// Tells it from the waits before it.
    pub number: u64,
    /// How long it may last.
    pub limit: Duration,
}

/// Longer texts of a response are cut, in bytes.
const TEXT_AT_MOST: usize = 512;

/// The beginning of a text, with an ellipsis if it is longer.
fn cut(text: &str) -> String {
    if text.len() <= TEXT_AT_MOST {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(TEXT_AT_MOST)])
}

impl Trace {
    /// All bytes of bodies that were read, those that were received twice or in vain included.
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.0.wire_bytes.load(Ordering::Relaxed)
    }

    /// The stage of the current attempt, or of the last one.
    #[must_use]
    pub fn stage(&self) -> AttemptStage {
        AttemptStage::of_number(self.0.stage.load(Ordering::Acquire))
    }

    /// The highest stage since the attempt began: after a redirect to a host that does not respond,
    /// [`Responded`](AttemptStage::Responded), because the first host did.
    #[must_use]
    pub fn highest_stage(&self) -> AttemptStage {
        AttemptStage::of_number(self.0.highest_stage.load(Ordering::Acquire))
    }

    pub(crate) fn set_stage(&self, stage: AttemptStage) {
        self.0.stage.store(stage as u8, Ordering::Release);
        self.0
            .highest_stage
            .fetch_max(stage as u8, Ordering::AcqRel);
    }

    /// An attempt begins: the stage of the one before does not count any more.
    #[cfg(feature = "deck")]
    pub(crate) fn begin_attempt(&self) {
        let first = AttemptStage::Unconnected as u8;
        self.0.stage.store(first, Ordering::Release);
        self.0.highest_stage.store(first, Ordering::Release);
    }

    /// The current wait for the server, with the time-out that ends it; none while the fetch does
    /// not wait for the server. A byte of the body, or anything else that restarts the time-out,
    /// begins a new wait.
    #[must_use]
    pub fn wait(&self) -> Option<ServerWait> {
        let limit = self.0.wait_limit_millis.load(Ordering::Relaxed);
        (limit > 0).then(|| ServerWait {
            number: self.0.waits_begun.load(Ordering::Relaxed),
            limit: Duration::from_millis(limit),
        })
    }

    /// A wait for the server begins, with this limit; `None` ends it.
    pub(crate) fn set_wait(&self, limit: Option<Duration>) {
        let millis = limit.map_or(0, |limit| {
            u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
        });
        self.0.wait_limit_millis.store(millis, Ordering::Relaxed);
        self.0.waits_begun.fetch_add(1, Ordering::Relaxed);
    }

    /// The `.part` file with the received bytes, while there is one.
    #[must_use]
    pub fn part(&self) -> Option<PathBuf> {
        let part = self.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        part.clone()
    }

    /// The part of another version of the file that is set aside until a fresh one is complete,
    /// while there is one.
    #[must_use]
    pub fn set_aside(&self) -> Option<PathBuf> {
        let aside = self.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.as_ref().map(|(path, _)| path.clone())
    }

    /// The size of the part that is set aside, in bytes.
    #[must_use]
    pub fn set_aside_bytes(&self) -> Option<u64> {
        let aside = self.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.as_ref().map(|(_, bytes)| *bytes)
    }

    /// The name of the file, as far as it is known: by the response, and once it is saved its final
    /// name. None before there is a response, and for bodies that are not saved.
    #[must_use]
    pub fn file_name(&self) -> Option<Arc<str>> {
        let name = self.0.file_name.lock();
        name.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_file_name(&self, name: &str) {
        let mut known = self
            .0
            .file_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.as_deref() != Some(name) {
            *known = Some(name.into());
        }
    }

    /// The latest response; none before there is one.
    #[must_use]
    pub fn response(&self) -> Option<TracedResponse> {
        let response = self
            .0
            .response
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        response.as_deref().cloned()
    }

    /// A response came.
    pub(crate) fn set_response(&self, response: TracedResponse) {
        self.set_stage(AttemptStage::Responded);
        let cut_all = |text: Option<String>| text.as_deref().map(cut);
        let response = TracedResponse {
            redirects: response.redirects.iter().map(|url| cut(url)).collect(),
            etag: cut_all(response.etag),
            last_modified: cut_all(response.last_modified),
            content_type: cut_all(response.content_type),
            ..response
        };
        let mut latest = self
            .0
            .response
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *latest = Some(Box::new(response));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_read_as_it_was_told() {
        let trace = Trace::default();
        assert_eq!(trace.stage(), AttemptStage::Unconnected);
        for stage in AttemptStage::ALL {
            trace.set_stage(stage);
            assert_eq!(trace.stage(), stage);
        }
        trace.set_stage(AttemptStage::Unconnected);
        assert_eq!(trace.highest_stage(), AttemptStage::BytesComplete);
        #[cfg(feature = "deck")]
        {
            trace.begin_attempt();
            assert_eq!(trace.highest_stage(), AttemptStage::Unconnected);
        }
    }

    #[test]
    fn each_wait_has_a_number_and_its_limit() {
        let trace = Trace::default();
        assert_eq!(trace.wait(), None);
        trace.set_wait(Some(Duration::from_secs(30)));
        let first = trace.wait().unwrap();
        assert_eq!(first.limit, Duration::from_secs(30));
        trace.set_wait(Some(Duration::MAX));
        let second = trace.wait().unwrap();
        assert_ne!(second.number, first.number);
        assert!(second.limit > first.limit);
        trace.set_wait(None);
        assert_eq!(trace.wait(), None);
    }

    #[test]
    fn a_long_header_is_cut() {
        let trace = Trace::default();
        assert_eq!(trace.response(), None);
        trace.set_response(TracedResponse {
            redirects: vec!["ü".repeat(30_000)],
            etag: Some("\"e\"".to_owned()),
            ..TracedResponse::default()
        });
        let response = trace.response().unwrap();
        assert!(response.redirects[0].len() <= TEXT_AT_MOST + "…".len());
        assert!(response.redirects[0].ends_with("ü…"));
        assert_eq!(response.etag.as_deref(), Some("\"e\""));
    }
}
