//! Where every named control of the page is, as the accessibility tree has it.
//!
//! A browser sees one canvas. eframe makes no accessibility tree of it there, so the tree that egui can build is read
//! by this plugin: for tests, which click by name, and for a look from the browser's console. It costs nothing until
//! somebody asks.

use egui::{Context, FullOutput, Plugin, Rect, accesskit::TreeUpdate};
use serde::Serialize;

/// A control, or a text, that has a name or a value.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Control {
    /// `Button`, `Row`, `TextInput` …
    role: String,
    /// What it is called.
    name: String,
    /// What it holds.
    value: String,
    /// Whether it can be used.
    enabled: bool,
    /// Where it is, in CSS pixels from the canvas's top left corner.
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// Keeps the controls of the last frame.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    latest: Vec<Control>,
    /// Counts the frames that were seen.
    frames: u64,
}

impl Controls {
    /// The controls of the last frame, and how many frames there were. The first call asks for a frame with a tree.
    pub(crate) fn look(ctx: &Context) -> (Vec<Control>, u64) {
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

/// What has a name or a value, with its place. A point of egui is `zoom` CSS pixels.
fn named(tree: &TreeUpdate, zoom: f32) -> Vec<Control> {
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
            Some(Control {
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
