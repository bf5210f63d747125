//! Which jobs changed since the host last asked.

use std::cell::{Cell, RefCell};

use crate::runtime::JobId;

/// The jobs that changed, each once. Kept only when a host watches it: without a reader the list
/// would only grow.
#[derive(Default)]
pub(crate) struct ChangeLog(RefCell<Option<Vec<JobId>>>);

impl ChangeLog {
    pub(crate) fn watch(&self) {
        self.0.borrow_mut().get_or_insert_default();
    }

    /// Adds a job, unless it is in the list already: `is_listed` is the job's own flag for that.
    pub(crate) fn note(&self, job: JobId, is_listed: &Cell<bool>) {
        if let Some(changes) = self.0.borrow_mut().as_mut()
            && !is_listed.replace(true)
        {
            changes.push(job);
        }
    }

    /// Takes the list. The caller resets the flags.
    pub(crate) fn take(&self) -> Vec<JobId> {
        let mut changes = self.0.borrow_mut();
        changes.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
