//! The named controls of the page with their places, from egui's accessibility tree.
//!
//! A browser sees one canvas, and eframe builds no accessibility tree there. This plugin reads the
//! tree that egui can build, for tests that click by name and for the browser's console. It is off
//! until the first call.

use egui::accesskit::TreeUpdate;
use egui::{Context, FullOutput, Plugin, Rect};
use serde::Serialize;

/// A control or a text with a name or a value.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageControl {
    /// `Button`, `Row`, `TextInput` …
    role: String,
    name: String,
    value: String,
    enabled: bool,
    /// In CSS pixels from the canvas's top left corner.
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// Keeps the controls of the last frame.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    latest: Vec<PageControl>,
    /// Number of frames with a tree.
    frames: u64,
}

impl Controls {
    /// The controls of the last frame, and the number of frames. The first call turns the tree on.
    pub(crate) fn look(ctx: &Context) -> (Vec<PageControl>, u64) {
        let Some(plugin) = ctx.plugin_opt::<Self>() else {
            ctx.add_plugin(Self::default());
            ctx.enable_accesskit();
            ctx.request_repaint();
            return (Vec::new(), 0);
        };
        let this = plugin.lock();
        (this.latest.clone(), this.frames)
    }
}

impl Plugin for Controls {
    fn debug_name(&self) -> &'static str {
        "jobdeck controls"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        if let Some(tree) = &output.platform_output.accesskit_update {
            self.latest = named(tree, ctx.zoom_factor());
            self.frames += 1;
        }
    }
}

/// The nodes with a name or a value. A point of egui is `zoom` CSS pixels.
fn named(tree: &TreeUpdate, zoom: f32) -> Vec<PageControl> {
    tree.nodes
        .iter()
        .filter_map(|(_, node)| {
            let (name, value) = (
                node.label().unwrap_or_default(),
                node.value().unwrap_or_default(),
            );
            let bounds = node.bounds()?;
            if name.is_empty() && value.is_empty() {
                return None;
            }
            let rect = Rect::from_min_max(
                egui::pos2(bounds.x0 as f32, bounds.y0 as f32),
                egui::pos2(bounds.x1 as f32, bounds.y1 as f32),
            ) * zoom;
            Some(PageControl {
                role: format!("{:?}", node.role()),
                name: name.to_owned(),
                value: value.to_owned(),
                enabled: !node.is_disabled(),
                x: rect.min.x,
                y: rect.min.y,
                width: rect.width(),
                height: rect.height(),
            })
        })
        .collect()
}
