//! The line at the bottom: heartbeat, rate, counts.

use std::time::Duration;

use egui::{
    Align, Color32, Label, Layout, RichText, Sense, TextStyle, TextWrapMode, Ui, Vec2, WidgetText,
    vec2,
};

use crate::format;
use crate::status::{Chip, Counts, Totals};
use crate::theme::{self, Tokens};
use crate::widgets;

/// What the status bar shows.
#[derive(Clone, Copy, Debug)]
pub struct StatusBar<'a> {
    /// The sums of the rows.
    pub totals: &'a Totals,
    /// How many rows there are.
    pub counts: &'a Counts,
    /// Counts up ten times a second while a job is running; `None` at rest.
    pub beat: Option<u64>,
    /// Our own share of recent frames; `None` before the first.
    pub frame: Option<FrameTimes>,
}

/// How long frames take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTimes {
    /// The mean of the last 30.
    pub mean: Duration,
    /// The longest since the window opened, without the first few.
    pub longest: Duration,
}

/// The gap between two parts of the bar, in points.
const GAP: f32 = 14.0;
/// The size of the sparkline, in points.
const SPARKLINE: Vec2 = vec2(90.0, 14.0);

/// A part of the bar.
struct BarPart {
    /// The parts with the highest ranks are left out first.
    rank: u8,
    width: f32,
    kind: BarPartKind,
    hover: Option<String>,
}

enum BarPartKind {
    Heartbeat,
    Sparkline,
    Text(RichText),
}

impl BarPart {
    fn text(ui: &Ui, rank: u8, text: RichText) -> Self {
        let wrap = Some(TextWrapMode::Extend);
        let galley = WidgetText::from(text.clone());
        let galley = galley.into_galley(ui, wrap, f32::INFINITY, TextStyle::Body);
        Self::of_width(rank, galley.size().x, BarPartKind::Text(text))
    }

    fn of_width(rank: u8, width: f32, kind: BarPartKind) -> Self {
        Self {
            rank,
            width,
            kind,
            hover: None,
        }
    }

    fn with_hover(self, text: impl Into<String>) -> Self {
        Self {
            hover: Some(text.into()),
            ..self
        }
    }

    fn part_ui(&self, ui: &mut Ui, bar: &StatusBar<'_>, tokens: &Tokens) {
        match &self.kind {
            BarPartKind::Heartbeat => {
                widgets::heartbeat(ui, bar.beat);
            }
            BarPartKind::Sparkline => {
                let (rect, _) = ui.allocate_exact_size(SPARKLINE, Sense::hover());
                let history = &bar.totals.rate_history;
                widgets::paint_sparkline(ui.painter(), rect, history, tokens.accent);
            }
            BarPartKind::Text(text) => {
                let label = ui.add(Label::new(text.clone()).extend());
                if let Some(text) = &self.hover {
                    label.on_hover_text(text);
                }
            }
        }
    }
}

/// The status bar. What does not fit is left out, the least important first.
pub fn status_bar_ui(ui: &mut Ui, bar: &StatusBar<'_>) {
    let tokens = Tokens::of(ui.style());
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let mut right = right_parts(ui, bar, &tokens);
        let mut left = left_parts(ui, bar, &tokens, true);
        let width = ui.available_width();
        if width_of_texts(&left, &right) > width {
            left = left_parts(ui, bar, &tokens, false);
        }
        leave_out(width, &mut left, &mut right);
        for part in &left {
            part.part_ui(ui, bar, &tokens);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for part in &right {
                part.part_ui(ui, bar, &tokens);
            }
        });
    });
}

/// The rank of the sparkline, the first of the dispensable parts.
const SPARKLINE_RANK: u8 = 8;

/// The width of all parts but the dispensable ones.
fn width_of_texts(left: &[BarPart], right: &[BarPart]) -> f32 {
    let all = left.iter().chain(right);
    let texts = all.filter(|part| part.rank < SPARKLINE_RANK);
    texts.map(|part| part.width + GAP).sum::<f32>() - GAP
}

/// Leaves out the parts with the highest ranks until the others fit into this width.
fn leave_out(width: f32, left: &mut Vec<BarPart>, right: &mut Vec<BarPart>) {
    let all = left.iter().chain(right.iter());
    let mut sizes: Vec<_> = all.map(|part| (part.rank, part.width)).collect();
    sizes.sort_by_key(|(rank, _)| *rank);
    let mut needed = -GAP;
    let fitting = sizes.iter().take_while(|(_, part_width)| {
        needed += part_width + GAP;
        needed <= width
    });
    let last = fitting.last().map(|(rank, _)| *rank);
    let fits = |part: &BarPart| last.is_some_and(|last| part.rank <= last);
    left.retain(fits);
    right.retain(fits);
}

fn small(text: String, color: Color32) -> RichText {
    RichText::new(text).size(theme::TEXT_SMALL).color(color)
}

/// The parts at the left, from left to right; with the time that the queue takes if `tells_queue`.
fn left_parts(ui: &Ui, bar: &StatusBar<'_>, tokens: &Tokens, tells_queue: bool) -> Vec<BarPart> {
    let StatusBar { totals, counts, .. } = *bar;
    if counts.all() == 0 {
        let text = small(format::count(0, "job", "jobs"), tokens.muted);
        return vec![BarPart::text(ui, 0, text)];
    }
    let mut parts = vec![BarPart::of_width(
        0,
        widgets::HEARTBEAT.x,
        BarPartKind::Heartbeat,
    )];
    if bar.beat.is_some() || totals.rate > 0.0 {
        let rate = RichText::new(format::rate(totals.rate))
            .font(theme::semibold(theme::TEXT_SMALL))
            .color(tokens.text);
        parts.push(BarPart::text(ui, 4, rate).with_hover("All jobs together"));
        parts.push(BarPart::of_width(
            SPARKLINE_RANK,
            SPARKLINE.x,
            BarPartKind::Sparkline,
        ));
    }
    if totals.running > 0 {
        let text = format!("{} running of {}", totals.running, totals.running_limit);
        parts.push(BarPart::text(ui, 3, small(text, tokens.muted)));
    }
    let waiting = counts.of(Chip::Waiting);
    if waiting > 0 {
        let mut text = format!("{} waiting", format::grouped(waiting));
        let queue_left = totals.queue_left.filter(|_| tells_queue);
        if let Some(left) = queue_left {
            text += &format!(" · queue {}", format::about(left));
        }
        let part = BarPart::text(ui, 5, small(text, tokens.muted));
        parts.push(match queue_left {
            Some(_) => part.with_hover(
                "Until all that waits for a slot has begun, by how long the last jobs took",
            ),
            None => part,
        });
    }
    if totals.to_add > 0 {
        let text = format!("{} to be added", format::grouped(totals.to_add));
        parts.push(BarPart::text(ui, 6, small(text, tokens.muted)));
    }
    let to_check = counts.of(Chip::Check);
    if to_check > 0 {
        let text = format!("{} to check", format::grouped(to_check));
        parts.push(BarPart::text(ui, 2, small(text, tokens.waiting)));
    }
    let failed = counts.of(Chip::Failed);
    if failed > 0 {
        let text = format!("{} failed", format::grouped(failed));
        parts.push(BarPart::text(ui, 1, small(text, tokens.failed)));
    }
    parts
}

/// The parts at the right, from right to left.
fn right_parts(ui: &Ui, bar: &StatusBar<'_>, tokens: &Tokens) -> Vec<BarPart> {
    let mut parts = Vec::new();
    let all = bar.counts.all();
    if all > 0 {
        let text = format::count(all as u64, "job", "jobs");
        parts.push(BarPart::text(ui, 7, small(text, tokens.muted)));
    }
    if let Some(frame) = bar.frame {
        let text = format!("frame {}", format::milliseconds(frame.mean));
        let part = BarPart::text(ui, 9, small(text, tokens.muted));
        parts.push(part.with_hover(format!(
            "Our own work for one frame: jobs, layout and tessellation, without painting.\n\
             Mean of the last 30; the longest so far took {}.\n\
             Tessellation is timed in every 16th frame.",
            format::milliseconds(frame.longest)
        )));
    }
    parts
}
