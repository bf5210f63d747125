//! What stands in for threads where there are none: nothing ever runs beside the page.

use std::rc::Rc;

use crate::runtime::executor::runtime::RuntimeInner;

/// What other threads have to say: nothing.
#[derive(Clone, Copy)]
pub(crate) enum Message {}

pub(crate) fn carry_out(_runtime: &Rc<RuntimeInner>, message: Message) {
    match message {}
}

/// The worker threads of one job: none.
#[derive(Default)]
pub(crate) struct Workers(());

/// What was given up: nothing.
pub(crate) struct Abandoned {
    pub(crate) count: usize,
}

impl Workers {
    pub(crate) fn pause(&self) {}

    pub(crate) fn resume(&self) {}

    pub(crate) fn cancel(&self) {}

    pub(crate) fn abandon(&self) -> Abandoned {
        Abandoned { count: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn all_stopped(&self) -> bool {
        true
    }
}

/// The worker threads of a runtime: none.
#[derive(Default)]
pub(crate) struct Threads(());

impl Threads {
    pub(crate) fn busy(&self) -> usize {
        0
    }

    pub(crate) fn abandoned(&self) -> usize {
        0
    }

    pub(crate) fn abandon(&self, _what: &Abandoned) {}
}
