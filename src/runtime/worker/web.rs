//! The types of worker threads in a browser, where there are none.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::rc::Rc;

/// The messages of other threads: none.
pub(crate) struct Message<R>(Infallible, PhantomData<fn(&R)>);

#[expect(
    clippy::needless_pass_by_value,
    reason = "the same signature as where there are threads"
)]
pub(crate) fn deliver<R>(_runtime: &Rc<R>, message: Message<R>) {
    match message.0 {}
}

/// The worker threads of one job: none.
#[derive(Default)]
pub(crate) struct Workers(());

/// The workers that were given up: none.
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

    pub(crate) fn all_wait_for_jobs(&self) -> bool {
        true
    }

    pub(crate) fn all_stopped(&self) -> bool {
        true
    }
}

/// The worker threads of a runtime: none.
pub(crate) struct BlockingPool(());

impl BlockingPool {
    pub(crate) fn new(_threads: Option<usize>) -> Self {
        Self(())
    }

    pub(crate) fn busy(&self) -> usize {
        0
    }

    pub(crate) fn abandoned(&self) -> usize {
        0
    }

    pub(crate) fn abandon(&self, _abandoned: &Abandoned) {}
}
