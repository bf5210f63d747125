//! Text that never takes more room than it has.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Pos2, Rect, Stroke, StrokeKind, Ui, vec2,
};

use crate::theme::{self, Tokens};

/// One line of text, cut with `…` where its room ends, laid out and ready to be painted.
#[derive(Clone, Debug)]
pub(crate) struct OneLine {
    galley: Arc<Galley>,
    color: Color32,
    was_clipped: bool,
}

/// No line on a screen is longer, in bytes: of a longer text only this much is laid out.
const LONGEST_LINE_BYTES: usize = 2_000;

/// The beginning of a text, so that a megabyte in a name costs no more than a long name.
#[must_use]
pub(crate) fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_LINE_BYTES)]
}

impl OneLine {
    /// Lays the text out in at most `max_width` points.
    #[must_use]
    pub(crate) fn new(ui: &Ui, text: &str, font: FontId, color: Color32, max_width: f32) -> Self {
        let shown = clipped(text);
        let mut job = LayoutJob::single_section(shown.to_owned(), TextFormat::simple(font, color));
        job.wrap = TextWrapping::truncate_at_width(max_width.max(0.0));
        job.break_on_newline = false;
        Self {
            galley: ui.painter().layout_job(job),
            color,
            was_clipped: shown.len() < text.len(),
        }
    }

    /// Its width, in points.
    #[must_use]
    pub(crate) fn width(&self) -> f32 {
        self.galley.size().x
    }

    /// Whether some of the text did not fit: show the whole elsewhere.
    #[must_use]
    pub(crate) fn is_cut(&self) -> bool {
        self.galley.elided || self.was_clipped
    }

    /// Paints it, aligned at `anchor`. Returns where it is.
    pub(crate) fn paint(&self, ui: &Ui, align: Align2, anchor: Pos2) -> Rect {
        let rect = align.anchor_size(anchor, self.galley.size());
        ui.painter()
            .galley(rect.min, Arc::clone(&self.galley), self.color);
        rect
    }
}

/// Paints the name of a key in a small frame at an anchor. Returns where it is.
pub(crate) fn key_cap(ui: &Ui, align: Align2, anchor: Pos2, key: &str) -> Rect {
    let tokens = Tokens::of(ui.style());
    let text = OneLine::new(
        ui,
        key,
        theme::regular(theme::TEXT_SMALL - 1.0),
        tokens.muted,
        120.0,
    );
    let size = vec2((text.width() + 10.0).max(16.0), 18.0);
    let rect = align.anchor_size(anchor, size);
    let stroke = Stroke::new(theme::HAIRLINE, tokens.line);
    let radius = CornerRadius::same(theme::RADIUS_SMALL);
    ui.painter()
        .rect(rect, radius, tokens.panel, stroke, StrokeKind::Inside);
    text.paint(ui, Align2::CENTER_CENTER, rect.center());
    rect
}
