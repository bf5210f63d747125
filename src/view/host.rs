//! Wakes an egui window for a runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use egui::{Context, Plugin, Ui, ViewportId};

use crate::runtime::Host;

/// Drives a runtime from an egui context: a wake is a repaint of the root viewport, and so a call
/// of `App::logic`, also while the window is hidden.
///
/// What wakes on the window's own thread within a frame, such as a resume by a button, is passed on
/// by a plugin of the context at the end of the pass: no frame has to call
/// [`Runtime::flush_wakes`](crate::runtime::Runtime::flush_wakes).
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
    /// Shared with the plugin of the context.
    woke_in_pass: Arc<AtomicBool>,
}

/// Asks for another frame at the end of a pass in which a runtime woke. Within the pass that could
/// be a call into the context from inside one of its own closures, which deadlocks.
#[derive(Default)]
struct PassEnd {
    woke_in_pass: Arc<AtomicBool>,
}

impl Plugin for PassEnd {
    fn debug_name(&self) -> &'static str {
        "jobdeck wakes"
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        if self.woke_in_pass.swap(false, Ordering::Relaxed) {
            ui.ctx().request_repaint_of(ViewportId::ROOT);
        }
    }
}

impl EguiHost {
    /// A host for the window of this context.
    #[must_use]
    pub fn new(ctx: &Context) -> Arc<Self> {
        let plugin = ctx.plugin_or_default::<PassEnd>();
        let woke_in_pass = plugin.lock().woke_in_pass.clone();
        Arc::new(Self {
            ctx: ctx.clone(),
            woke_in_pass,
        })
    }
}

impl Host for EguiHost {
    fn wake(&self) {
        // A frame that is asked for now is not asked for once more at the end of the pass.
        self.woke_in_pass.store(false, Ordering::Relaxed);
        self.ctx.request_repaint_of(ViewportId::ROOT);
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn wake_later(&self) {
        self.woke_in_pass.store(true, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use egui::{FullOutput, RawInput};

    use super::*;
    use crate::runtime::{Runtime, TICK_BUDGET};

    /// One pass, and whether another frame is asked for at once.
    fn asks_for_a_frame(ctx: &Context, frame: impl FnMut(&mut Ui)) -> bool {
        let FullOutput {
            viewport_output,
            mut textures_delta,
            ..
        } = ctx.run_ui(RawInput::default(), frame);
        textures_delta.clear();
        viewport_output[&ViewportId::ROOT].repaint_delay.is_zero()
    }

    #[test]
    fn what_wakes_within_a_frame_gets_another_one_without_a_flush() {
        let ctx = Context::default();
        // Two runtimes in one window share the plugin.
        let runtimes = [(); 2].map(|()| Runtime::new(EguiHost::new(&ctx)));
        // The first frames of a context ask for more of their own accord.
        while asks_for_a_frame(&ctx, |_ui| ()) {}
        for runtime in &runtimes {
            let spawns = |ui: &mut Ui| {
                // Where a call into the context would deadlock.
                ui.input(|_input| drop(runtime.spawn("a", async |_cx| Ok(()))));
            };
            assert!(asks_for_a_frame(&ctx, spawns));
            runtime.tick(TICK_BUDGET);
            let mut frames = 0;
            while asks_for_a_frame(&ctx, |_ui| {
                runtime.tick(TICK_BUDGET);
            }) {
                frames += 1;
                assert!(frames < 10, "frames without an end");
            }
        }
    }
}
