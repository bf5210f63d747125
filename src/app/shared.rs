//! Shared ownership of the app: eframe calls it in each frame, and the event loop ticks its jobs
//! between two frames.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::dashboard::App;

/// An [`App`] whose jobs are ticked between its frames too.
#[derive(Clone, Debug)]
pub struct SharedApp(pub(super) Rc<RefCell<App>>);

/// The event loop's reference: the app ends with the window.
#[derive(Clone, Debug)]
pub(super) struct WeakApp(Weak<RefCell<App>>);

impl SharedApp {
    pub(super) fn new(app: App) -> Self {
        Self(Rc::new(RefCell::new(app)))
    }

    pub(super) fn downgrade(&self) -> WeakApp {
        WeakApp(Rc::downgrade(&self.0))
    }

    /// Reads the app; `None` from within one of its frames.
    pub fn look<T>(&self, look: impl FnOnce(&App) -> T) -> Option<T> {
        self.0.try_borrow().ok().map(|app| look(&app))
    }
}

impl WeakApp {
    /// Changes the app; `None` once it is gone, and from within one of its frames.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut App) -> T) -> Option<T> {
        let app = self.0.upgrade()?;
        let mut app = app.try_borrow_mut().ok()?;
        Some(act(&mut app))
    }
}
