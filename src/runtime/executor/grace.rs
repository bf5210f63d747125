//! The grace periods of cancelled jobs whose worker threads have not ended.

use std::cell::RefCell;
use std::time::Duration;

use web_time::Instant;

use crate::runtime::JobId;

/// How long a cancelled job waits by default for its worker threads before it gives them up: 5 s.
pub const CANCEL_GRACE: Duration = Duration::from_secs(5);

/// The jobs in a grace period and its end, in real time, which is the time of worker threads. The
/// runtime's timers hold the same deadlines, but while a virtual clock stands still only this list
/// sees them pass.
#[derive(Default)]
pub(crate) struct GracePeriods(RefCell<Vec<(Instant, JobId)>>);

impl GracePeriods {
    pub(crate) fn begin(&self, job: JobId, grace: Duration) {
        // A grace for ever needs no end.
        let Some(until) = Instant::now().checked_add(grace) else {
            return;
        };
        self.0.borrow_mut().push((until, job));
    }

    pub(crate) fn remove(&self, job: JobId) {
        self.0.borrow_mut().retain(|(_, other)| *other != job);
    }

    /// Takes out the jobs whose grace period is over.
    pub(crate) fn take_over(&self) -> Vec<JobId> {
        let mut graces = self.0.borrow_mut();
        if graces.is_empty() {
            return Vec::new(); // nearly always, and then the clock is not read
        }
        let now = Instant::now();
        let over = graces.extract_if(.., |(until, _)| *until <= now);
        over.map(|(_, job)| job).collect()
    }

    /// The real time until the first of them ends.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        let graces = self.0.borrow();
        let first = graces.iter().map(|(until, _)| *until).min()?;
        Some(first.saturating_duration_since(Instant::now()))
    }
}
