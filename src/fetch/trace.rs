//! What a fetch tells beyond its progress, to whoever keeps a clone of its trace.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
pub struct Trace(pub(crate) Arc<Facts>);

#[derive(Debug, Default)]
pub(crate) struct Facts {
    wire_bytes: AtomicU64,
    /// An [`AttemptStage`] as its number.
    stage: AtomicU8,
    /// Counts up each time that the client begins to wait for the server anew.
    waits_begun: AtomicU64,
    /// How long that wait may last, in milliseconds; 0 while the server is not waited for.
    wait_limit_millis: AtomicU64,
    /// The same: the farthest since the attempt began.
    farthest: AtomicU8,
    /// Set by clients that save to a disk.
    pub(crate) part: Mutex<Option<PathBuf>>,
    /// Set by clients that save to a disk.
    pub(crate) aside: Mutex<Option<(PathBuf, u64)>>,
    file_name: Mutex<Option<Arc<str>>>,
    answer: Mutex<Option<Box<TracedAnswer>>>,
}

/// What the latest answer of a server said, for people: its texts are cut where they are long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TracedAnswer {
    /// Where it was sent on to, hop by hop, as they may be shown. Empty in a browser, which follows them by itself.
    pub redirects: Vec<String>,
    /// The status that the server answered with in the end.
    pub http_status: u16,
    /// The entity tag that it gave.
    pub etag: Option<String>,
    /// When it says that the file was last changed.
    pub last_modified: Option<String>,
    /// What it says the body is.
    pub content_type: Option<String>,
    /// Whether it says that it can send a part of the file; none if it says nothing of it.
    pub takes_ranges: Option<bool>,
}

/// How far the attempt under way has come, as seen from the network: what a scheduler needs to know to give the slot of a
/// fetch that waits to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttemptStage {
    /// No connection carries the request yet.
    #[default]
    Unconnected,
    /// A connection carries the request, and no byte of a response came.
    Connected,
    /// The header of a response came.
    Answered,
    /// Every byte of the body is written; what is left is to make the file durable and to give it its name.
    BytesComplete,
}

impl AttemptStage {
    const ALL: [Self; 4] = [
        Self::Unconnected,
        Self::Connected,
        Self::Answered,
        Self::BytesComplete,
    ];

    fn of_number(number: u8) -> Self {
        let stage = Self::ALL.get(usize::from(number));
        stage.copied().unwrap_or_default()
    }
}

/// A wait for the server, which ends with a time-out if nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerWait {
    /// Tells it from the waits before it.
    pub number: u64,
    /// How long it may last.
    pub limit: Duration,
}

/// Longer texts of an answer are cut, in bytes.
const TEXT_AT_MOST: usize = 512;

/// The beginning of a text of an answer, and whether that is all of it.
fn cut(text: &str) -> String {
    if text.len() <= TEXT_AT_MOST {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(TEXT_AT_MOST)])
}

impl Trace {
    /// All bytes of bodies that were read, those that came twice or for nothing included.
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.0.wire_bytes.load(Ordering::Relaxed)
    }

    /// How far the attempt under way has come, or the last one came.
    #[must_use]
    pub fn stage(&self) -> AttemptStage {
        AttemptStage::of_number(self.0.stage.load(Ordering::Acquire))
    }

    /// The farthest stage since the attempt began: after a redirect to a host that does not answer,
    /// [`Answered`](AttemptStage::Answered), because the first host did.
    #[must_use]
    pub fn farthest_stage(&self) -> AttemptStage {
        AttemptStage::of_number(self.0.farthest.load(Ordering::Acquire))
    }

    pub(crate) fn tell_stage(&self, stage: AttemptStage) {
        self.0.stage.store(stage as u8, Ordering::Release);
        self.0.farthest.fetch_max(stage as u8, Ordering::AcqRel);
    }

    /// An attempt begins: what the one before reached says nothing any more.
    #[cfg(feature = "deck")]
    pub(crate) fn begin_attempt(&self) {
        let first = AttemptStage::Unconnected as u8;
        self.0.stage.store(first, Ordering::Release);
        self.0.farthest.store(first, Ordering::Release);
    }

    /// The wait for the server that is under way, with the time-out that ends it; none while something else is waited for,
    /// or nothing. A byte of the body, and whatever else restarts the time-out, begins a new wait.
    #[must_use]
    pub fn wait(&self) -> Option<ServerWait> {
        let limit = self.0.wait_limit_millis.load(Ordering::Relaxed);
        (limit > 0).then(|| ServerWait {
            number: self.0.waits_begun.load(Ordering::Relaxed),
            limit: Duration::from_millis(limit),
        })
    }

    /// The server is waited for from now on, for so long; none waits for something else.
    pub(crate) fn tell_wait(&self, limit: Option<Duration>) {
        let millis = limit.map_or(0, |limit| {
            u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
        });
        self.0.wait_limit_millis.store(millis, Ordering::Relaxed);
        self.0.waits_begun.fetch_add(1, Ordering::Relaxed);
    }

    /// The `.part` file that holds what came, while there is one.
    #[must_use]
    pub fn part(&self) -> Option<PathBuf> {
        let part = self.0.part.lock().unwrap_or_else(PoisonError::into_inner);
        part.clone()
    }

    /// The part of another version of the file that is set aside until a fresh one is complete, while there is one.
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

    /// What the file is called, as far as that is known: by the server's header or the URL that answered, and once it is
    /// saved by its final name. None before there is an answer, and for bodies that are not saved.
    #[must_use]
    pub fn file_name(&self) -> Option<Arc<str>> {
        let name = self.0.file_name.lock();
        name.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn tell_file_name(&self, name: &str) {
        let mut known = self
            .0
            .file_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.as_deref() != Some(name) {
            *known = Some(name.into());
        }
    }

    /// What the latest answer said; none before there is one.
    #[must_use]
    pub fn answer(&self) -> Option<TracedAnswer> {
        let answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.as_deref().cloned()
    }

    /// A response came; it is not the one that only redirects.
    pub(crate) fn set_answer(&self, answer: TracedAnswer) {
        self.tell_stage(AttemptStage::Answered);
        let cut_all = |text: Option<String>| text.as_deref().map(cut);
        let answer = TracedAnswer {
            redirects: answer.redirects.iter().map(|url| cut(url)).collect(),
            etag: cut_all(answer.etag),
            last_modified: cut_all(answer.last_modified),
            content_type: cut_all(answer.content_type),
            ..answer
        };
        let mut place = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Box::new(answer));
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
            trace.tell_stage(stage);
            assert_eq!(trace.stage(), stage);
        }
        trace.tell_stage(AttemptStage::Unconnected);
        assert_eq!(trace.farthest_stage(), AttemptStage::BytesComplete);
        trace.begin_attempt();
        assert_eq!(trace.farthest_stage(), AttemptStage::Unconnected);
    }

    #[test]
    fn each_wait_has_a_number_and_its_limit() {
        let trace = Trace::default();
        assert_eq!(trace.wait(), None);
        trace.tell_wait(Some(Duration::from_secs(30)));
        let first = trace.wait().unwrap();
        assert_eq!(first.limit, Duration::from_secs(30));
        trace.tell_wait(Some(Duration::MAX));
        let second = trace.wait().unwrap();
        assert_ne!(second.number, first.number);
        assert!(second.limit > first.limit);
        trace.tell_wait(None);
        assert_eq!(trace.wait(), None);
    }

    #[test]
    fn a_long_header_is_cut() {
        let trace = Trace::default();
        assert_eq!(trace.answer(), None);
        trace.set_answer(TracedAnswer {
            redirects: vec!["ü".repeat(30_000)],
            etag: Some("\"e\"".to_owned()),
            ..TracedAnswer::default()
        });
        let answer = trace.answer().unwrap();
        assert!(answer.redirects[0].len() <= TEXT_AT_MOST + "…".len());
        assert!(answer.redirects[0].ends_with("ü…"));
        assert_eq!(answer.etag.as_deref(), Some("\"e\""));
    }
}
