//! The dashboard as two hold it: eframe, which calls it in each frame, and the event loop, which lets its jobs go on
//! between two frames.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::App;

/// An [`App`] whose jobs go on also between its frames.
#[derive(Clone, Debug)]
pub struct SharedApp(Rc<RefCell<App>>);

/// What the event loop keeps: the window's end is the app's.
#[derive(Clone, Debug)]
pub(super) struct WeakApp(Weak<RefCell<App>>);

impl SharedApp {
    pub(super) fn new(app: App) -> Self {
        Self(Rc::new(RefCell::new(app)))
    }

    pub(super) fn downgrade(&self) -> WeakApp {
        WeakApp(Rc::downgrade(&self.0))
    }

    /// Looks at the app; `None` from within one of its frames.
    pub fn look<T>(&self, look: impl FnOnce(&App) -> T) -> Option<T> {
        self.0.try_borrow().ok().map(|app| look(&app))
    }
}

impl WeakApp {
    /// Does something with the app; `None` once it is gone, and from within one of its frames.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut App) -> T) -> Option<T> {
        let app = self.0.upgrade()?;
        let mut app = app.try_borrow_mut().ok()?;
        Some(act(&mut app))
    }
}

impl eframe::App for SharedApp {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.0.borrow_mut().logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.0.borrow_mut().ui(ui, frame);
    }

    fn on_exit(&mut self, gl: Option<&eframe::glow::Context>) {
        self.0.borrow_mut().on_exit(gl);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.0.borrow_mut().save(storage);
    }

    #[cfg(target_arch = "wasm32")]
    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        // How the page's own functions find the deck.
        Some(self)
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.0.borrow().clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.0.borrow().persist_egui_memory()
    }
}
