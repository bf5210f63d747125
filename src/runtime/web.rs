//! What stands in for threads where there are none: nothing ever runs beside the page.

/// The worker threads of one job: none.
#[derive(Default)]
pub(super) struct Workers(());

impl Workers {
    pub(super) fn pause(&self) {}

    pub(super) fn resume(&self) {}

    pub(super) fn cancel(&self) {}

    pub(super) fn abandon(&self) -> (usize, usize) {
        (0, 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        true
    }

    pub(super) fn all_stopped(&self) -> bool {
        true
    }
}
