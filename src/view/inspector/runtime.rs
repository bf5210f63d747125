//! What a job costs the runtime, and what it awaits.

use std::time::Duration;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2};

use super::model::RuntimeView;
use super::texts::{heading_ui, small_ui, visible_line};
use crate::format;
use crate::runtime::{AwaitView, HISTOGRAM_CLASSES, PollHistogram, Warning};
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

const LINE_HEIGHT: f32 = 22.0;
const NAME_WIDTH: f32 = 104.0;
const INDENT: f32 = 14.0;
const HISTOGRAM_HEIGHT: f32 = 44.0;
/// Of a longer await tree the rest is only counted.
const MAX_AWAITS: usize = 200;

pub(super) fn runtime_ui(ui: &mut Ui, view: Option<&RuntimeView>) {
    let Some(view) = view else {
        small_ui(ui, "It has not begun yet");
        return;
    };
    for warning in &view.warnings {
        warning_ui(ui, warning);
    }
    let statistics = &view.statistics;
    heading_ui(ui, "Polls");
    let longest = match &statistics.longest_poll_label {
        Some(label) => format!("{} at {label}", short(statistics.longest_poll)),
        None => short(statistics.longest_poll),
    };
    let own = match statistics.self_wakes {
        0 => String::new(),
        own => format!(", {own} by itself"),
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, text) in [
            ("Polls", statistics.polls.to_string()),
            ("Wakes", format!("{}{own}", statistics.wakes)),
            ("Busy", short(statistics.busy)),
            ("Scheduled", short(statistics.scheduled)),
            ("Idle", short(statistics.idle)),
            ("Longest poll", longest),
        ] {
            pair_ui(ui, name, &text);
        }
    });
    ui.add_space(6.0);
    histogram_ui(ui, &statistics.histogram);
    ui.add_space(8.0);
    heading_ui(ui, "Awaits");
    if view.awaits.is_empty() {
        small_ui(
            ui,
            if view.is_over {
                "Nothing: it has ended"
            } else {
                "Nothing"
            },
        );
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut lines = 0;
        awaits_ui(ui, &view.awaits, 0, &mut lines);
        if let Some(more) = lines.checked_sub(MAX_AWAITS).filter(|more| *more > 0) {
            small_ui(ui, &format!("and {more} more"));
        }
    });
    if !view.children.is_empty() {
        ui.add_space(8.0);
        heading_ui(ui, "Children");
        for (name, state) in &view.children {
            pair_ui(ui, name, state);
        }
    }
}

fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format::milliseconds(duration)
    } else {
        format::duration(duration)
    }
}

fn pair_ui(ui: &mut Ui, name: &str, text: &str) {
    let tokens = Tokens::of(ui.style());
    let small = theme::regular(theme::TEXT_SMALL);
    let size = vec2(ui.available_width(), LINE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let (name, text) = (visible_line(name), visible_line(text));
    let says = format!("{name}: {text}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    let name = OneLine::new(ui, &name, small.clone(), tokens.muted, NAME_WIDTH - 8.0);
    name.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    let room = rect.width() - NAME_WIDTH;
    let text = OneLine::new(ui, &text, small, tokens.text, room);
    let at = pos2(rect.left() + NAME_WIDTH, rect.center().y);
    text.paint(ui, Align2::LEFT_CENTER, at);
    if name.is_cut() || text.is_cut() {
        response.on_hover_text(says);
    }
}

/// The histogram of poll durations: a bar for each bucket.
fn histogram_ui(ui: &mut Ui, histogram: &PollHistogram) {
    let tokens = Tokens::of(ui.style());
    let counts = &histogram.counts;
    let largest = counts.iter().copied().max().unwrap_or(0);
    if largest == 0 {
        return;
    }
    let size = vec2(ui.available_width(), HISTOGRAM_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "How long the polls took"));
    let gap = 2.0;
    let width = (rect.width() + gap) / HISTOGRAM_CLASSES as f32 - gap;
    for (class, count) in counts.iter().enumerate() {
        let left = rect.left() + class as f32 * (width + gap);
        let share = *count as f32 / largest as f32;
        let height = if *count == 0 {
            1.0
        } else {
            lerp(3.0..=rect.height(), share)
        };
        let bar = Rect::from_min_max(
            pos2(left, rect.bottom() - height),
            pos2(left + width, rect.bottom()),
        );
        let ink = if *count == 0 {
            tokens.track
        } else {
            tokens.accent
        };
        ui.painter().rect_filled(bar, CornerRadius::same(1), ink);
        let hit = bar.with_min_y(rect.top());
        let id = response.id.with(class);
        ui.interact(hit, id, Sense::hover()).on_hover_text(format!(
            "{} {}",
            format::count(u64::from(*count), "poll", "polls"),
            match PollHistogram::upper_bound(class) {
                Some(bound) => format!("below {}", bound_text(bound)),
                None => "longer than that".to_owned(),
            }
        ));
    }
    let (foot, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let small = theme::regular(theme::TEXT_SMALL);
    let ends = [
        (Align2::LEFT_TOP, foot.left_top(), "1 µs"),
        (Align2::CENTER_TOP, foot.center_top(), "0.3 ms"),
        (Align2::RIGHT_TOP, foot.right_top(), "16 ms and more"),
    ];
    for (align, at, text) in ends {
        let line = OneLine::new(ui, text, small.clone(), tokens.muted, 120.0);
        line.paint(ui, align, at);
    }
}

fn bound_text(bound: Duration) -> String {
    if bound < Duration::from_millis(1) {
        format!("{} µs", bound.as_micros())
    } else {
        format::milliseconds(bound)
    }
}

fn awaits_ui(ui: &mut Ui, awaits: &[AwaitView], depth: usize, lines: &mut usize) {
    for view in awaits {
        *lines += 1;
        if *lines <= MAX_AWAITS {
            await_ui(ui, view, depth);
        }
        awaits_ui(ui, &view.children, depth + 1, lines);
    }
}

fn await_ui(ui: &mut Ui, view: &AwaitView, depth: usize) {
    let tokens = Tokens::of(ui.style());
    let small = theme::regular(theme::TEXT_SMALL);
    let size = vec2(ui.available_width(), LINE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let label = visible_line(&view.label);
    let mut times = Vec::new();
    times.extend(
        view.queue_position
            .map(|place| format::ordinal(place as u64)),
    );
    times.push(format!("since {}", format::duration(view.elapsed)));
    let left = view.remaining.map(format::countdown);
    times.extend(left.map(|left| format!("{left} left")));
    let times = times.join(" · ");
    let says = format!("{label}, {times}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    // Deep trees are indented no further.
    let indent = INDENT * (depth.min(8) as f32);
    let times = OneLine::new(ui, &times, small.clone(), tokens.muted, rect.width() * 0.6);
    times.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
    let x = rect.left() + indent;
    if depth > 0 {
        let stroke = egui::Stroke::new(theme::HAIRLINE, tokens.line);
        let elbow = x - INDENT + 3.0;
        ui.painter()
            .vline(elbow, rect.top()..=rect.center().y, stroke);
        ui.painter().hline(elbow..=x - 3.0, rect.center().y, stroke);
    }
    let room = rect.width() - indent - times.width() - 8.0;
    let label = OneLine::new(ui, &label, small, tokens.text, room);
    label.paint(ui, Align2::LEFT_CENTER, pos2(x, rect.center().y));
    if label.is_cut() {
        response.on_hover_text(says);
    }
}

/// A warning: what is wrong, what that means, and what to do.
fn warning_ui(ui: &mut Ui, warning: &Warning) {
    let tokens = Tokens::of(ui.style());
    let mut text = warning.to_string();
    if let Some(first) = text.get(..1) {
        text = format!("{}{}", first.to_uppercase(), &text[1..]);
    }
    let words = egui::RichText::new(visible_line(&text)).color(tokens.waiting);
    ui.add(egui::Label::new(words).wrap().selectable(true));
    small_ui(
        ui,
        match warning {
            Warning::BlockedUi { .. } => {
                "The window stood still meanwhile. Move this work to a thread (`cx.blocking`), or \
                 cut it into steps (`cx.stepped`, `cx.checkpoint`)."
            }
            Warning::NeverYielded { .. } => {
                "It ran from its beginning to its end at once, and the window stood still. Move \
                 this work to a thread (`cx.blocking`)."
            }
            Warning::SelfWaking { .. } => {
                "It asks again and again instead of waiting to be woken, which uses the processor. \
                 Await what it waits for, or sleep between two looks."
            }
            Warning::WaitsOnNothing => {
                "Nothing is left that could wake it: it will never go on. Cancel it; its code lost \
                 the waker of something it awaits."
            }
        },
    );
    ui.add_space(6.0);
}
