//! Wakes an egui window for a runtime.

use std::sync::Arc;
use std::time::Duration;

use egui::{Context, ViewportId};

use crate::runtime::Host;

/// Drives a runtime from an egui context: a wake is a repaint of the root viewport, and so a call
/// of `App::logic`, also while the window is hidden.
///
/// ```
/// use jobdeck::{runtime::Runtime, view::EguiHost};
///
/// let ctx = egui::Context::default();
/// let runtime = Runtime::new(EguiHost::new(&ctx));
/// ```
#[derive(Clone, Debug)]
pub struct EguiHost {
    ctx: Context,
}

impl EguiHost {
    /// A host for the window of this context.
    #[must_use]
    pub fn new(ctx: &Context) -> Arc<Self> {
        Arc::new(Self { ctx: ctx.clone() })
    }
}

impl Host for EguiHost {
    fn wake(&self) {
        self.ctx.request_repaint_of(ViewportId::ROOT);
    }

    /// After the browser's current event, which may be a frame that holds the context's lock.
    #[cfg(target_arch = "wasm32")]
    fn wake_later(&self) {
        let ctx = self.ctx.clone();
        wasm_bindgen_futures::spawn_local(async move {
            ctx.request_repaint_of(ViewportId::ROOT);
        });
    }

    fn wake_after(&self, delay: Duration) {
        self.ctx.request_repaint_after_for(delay, ViewportId::ROOT);
    }
}
