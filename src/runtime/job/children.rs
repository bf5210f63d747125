//! The children of one job that have not ended, oldest first.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use crate::runtime::job::record::JobRecord;

/// Children leave from either end in no time: a big family ends oldest first, and is cancelled newest first.
#[derive(Default)]
pub(crate) struct Children(RefCell<VecDeque<Rc<JobRecord>>>);

impl Children {
    pub(crate) fn push(&self, child: Rc<JobRecord>) {
        self.0.borrow_mut().push_back(child);
    }

    pub(crate) fn remove(&self, child: &Rc<JobRecord>) {
        let mut all = self.0.borrow_mut();
        let count = all.len();
        let mut from_both_ends = (0..count.div_ceil(2)).flat_map(|at| [at, count - 1 - at]);
        let place = from_both_ends.find(|at| Rc::ptr_eq(&all[*at], child));
        let gone = place.and_then(|place| all.remove(place));
        drop(all);
        drop(gone);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn all(&self) -> Vec<Rc<JobRecord>> {
        self.0.borrow().iter().cloned().collect()
    }
}
