//! What the jobs of a runtime share, found by its type.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Default)]
pub(crate) struct Extensions(RefCell<HashMap<TypeId, Rc<dyn Any>>>);

impl Extensions {
    /// Sets the value of this type and returns the one before.
    pub(crate) fn set<E: 'static>(&self, extension: Rc<E>) -> Option<Rc<E>> {
        let before = self.0.borrow_mut().insert(TypeId::of::<E>(), extension);
        before?.downcast().ok()
    }

    pub(crate) fn get<E: 'static>(&self) -> Option<Rc<E>> {
        let found = self.0.borrow().get(&TypeId::of::<E>()).cloned()?;
        found.downcast().ok()
    }
}
