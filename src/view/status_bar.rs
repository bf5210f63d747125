//! The line at the bottom: is it alive, how fast, how many.

use std::time::Duration;

use egui::{Align, Layout, RichText, Sense, Ui, vec2};

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
    /// Our own share of a frame, lately; `None` before there is one.
    pub frame: Option<FrameTimes>,
}

/// How long frames take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTimes {
    /// The mean of the last 30.
    pub mean: Duration,
    /// The longest since the window opened, but for the first few.
    pub longest: Duration,
}

/// The status bar.
pub fn status_bar_ui(ui: &mut Ui, bar: &StatusBar<'_>) {
    let tokens = Tokens::of(ui.style());
    let StatusBar { totals, counts, .. } = *bar;
    let is_narrow = ui.available_width() < 560.0;
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let small = |text: String| {
            RichText::new(text)
                .size(theme::TEXT_SMALL)
                .color(tokens.muted)
        };
        if counts.all() > 0 {
            widgets::heartbeat(ui, bar.beat);
            if bar.beat.is_some() || totals.rate > 0.0 {
                let rate = RichText::new(format::rate(totals.rate))
                    .font(theme::semibold(theme::TEXT_SMALL));
                ui.label(rate.color(tokens.text))
                    .on_hover_text("All jobs together");
                if !is_narrow {
                    let (rect, _) = ui.allocate_exact_size(vec2(90.0, 14.0), Sense::hover());
                    widgets::paint_sparkline(
                        ui.painter(),
                        rect,
                        &totals.rate_history,
                        tokens.accent,
                    );
                }
            }
            if totals.running > 0 {
                ui.label(small(format!(
                    "{} running of {}",
                    totals.running, totals.running_limit
                )));
            }
            let waiting = counts.of(Chip::Waiting);
            if waiting > 0 {
                let queue = totals.queue_left.filter(|_| !is_narrow);
                let queue = queue.map(|left| format!(" · queue {}", format::about(left)));
                let queue = queue.unwrap_or_default();
                let label = ui.label(small(format!(
                    "{} waiting{queue}",
                    format::grouped(waiting)
                )));
                if !queue.is_empty() {
                    label.on_hover_text(
                        "Until all that waits for a slot has begun, by how long the last jobs took",
                    );
                }
            }
            if totals.to_add > 0 {
                ui.label(small(format!(
                    "{} to be added",
                    format::grouped(totals.to_add)
                )));
            }
            let to_check = counts.of(Chip::Check);
            if to_check > 0 {
                let text = small(format!("{} to check", format::grouped(to_check)));
                ui.label(text.color(tokens.waiting));
            }
            let failed = counts.of(Chip::Failed);
            if failed > 0 {
                ui.label(small(format!("{} failed", format::grouped(failed))).color(tokens.failed));
            }
        } else {
            ui.label(small(format::count(0, "job", "jobs")));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if counts.all() > 0 {
                ui.label(small(format::count(counts.all() as u64, "job", "jobs")));
            }
            if let (Some(frame), false) = (bar.frame, is_narrow) {
                let text = format!("frame {}", format::milliseconds(frame.mean));
                ui.label(small(text)).on_hover_text(format!(
                    "Our own work for one frame: jobs, layout and tessellation, without painting.\n\
                     Mean of the last 30; the longest so far took {}.\n\
                     Tessellation is timed in every 16th frame.",
                    format::milliseconds(frame.longest)
                ));
            }
        });
    });
}
