//! What a job's code returned, from the end of the code until it is taken or unwanted.

use std::any::Any;
use std::cell::Cell;

use crate::runtime::job::panics::CatchDrop;

type AnyValue = CatchDrop<Box<dyn Any>>;

/// Stored in place of a value whose handle was dropped: only the handle gives access to it. Not a
/// flag of its own, because idle jobs must stay small; a box of it allocates nothing.
struct Unwanted;

/// The value of a job. No cell is borrowed while code of the user's runs, which may come back here.
#[derive(Default)]
pub(crate) struct JobValue(Cell<AnyValue>);

impl JobValue {
    /// Stores the value, or drops it when there is no handle.
    pub(crate) fn set<T: 'static>(&self, value: T) {
        match self.0.take().take() {
            Some(_unwanted) => drop(CatchDrop::new(value)),
            None => self.0.set(CatchDrop::new(Box::new(value))),
        }
    }

    pub(crate) fn take<T: 'static>(&self) -> Option<T> {
        let value = self.0.take().take()?;
        value.downcast().ok().map(|value| *value)
    }

    /// Calls `look` with the value, which is not here in the meantime.
    pub(crate) fn with<T: 'static, R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        struct PutBack<'a>(&'a Cell<AnyValue>, Option<Box<dyn Any>>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                if let Some(value) = self.1.take() {
                    self.0.set(CatchDrop::new(value));
                }
            }
        }
        let borrowed = PutBack(&self.0, self.0.take().take());
        borrowed.1.as_ref()?.downcast_ref().map(look)
    }

    /// The handle is gone: drops the value, now or when there is one.
    pub(crate) fn set_unwanted(&self) {
        drop(self.0.replace(CatchDrop::new(Box::new(Unwanted))));
    }
}
