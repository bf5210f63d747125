//! Which job runs on this thread right now, for callers that have no handle to ask.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::runtime::job::record::JobRuntime;

thread_local! {
    static RUNTIMES: RefCell<Vec<Weak<JobRuntime>>> = const { RefCell::new(Vec::new()) };
}

/// Adds a runtime of this thread.
pub(crate) fn register(runtime: &Rc<JobRuntime>) {
    RUNTIMES.with_borrow_mut(|runtimes| {
        runtimes.retain(|known| known.strong_count() > 0);
        runtimes.push(Rc::downgrade(runtime));
    });
}

/// The path of the job whose code runs on this thread right now: for a log line, or for a panic
/// hook that names the job where a panic cannot be caught, as in a browser.
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime, running_job};
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// let job = runtime.spawn("me", async |_cx| Ok(running_job()));
/// assert_eq!(host.block_on(&runtime, job)?.as_deref(), Some("me"));
/// assert_eq!(running_job(), None);
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[must_use]
pub fn running_job() -> Option<String> {
    let path = RUNTIMES.try_with(|runtimes| {
        let runtimes = runtimes.try_borrow().ok()?;
        // A job may tick another runtime: the newest is the innermost.
        let mut newest_first = runtimes.iter().rev();
        newest_first.find_map(|runtime| polled_path(&*runtime.upgrade()?))
    });
    path.ok().flatten()
}

/// A panic hook may ask from anywhere, also while the table is borrowed.
fn polled_path(runtime: &JobRuntime) -> Option<String> {
    let id = runtime.tick.polled.get()?;
    let job = runtime.jobs.try_borrow().ok()?.live(id).cloned()?;
    Some(job.path())
}
