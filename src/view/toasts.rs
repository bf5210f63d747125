//! Short messages at the edge of the window: what failed, what can be undone, what only fitted a
//! part of a selection.

use std::time::Duration;

use egui::{
    Align, Align2, Area, Frame, Id, Layout, Margin, Order, Role, Stroke, Ui, WidgetInfo, vec2,
};

use super::intent::Intent;
use crate::command::Command;
use crate::deck::limits::UNDO_AFTER_HOLD;
use crate::status::{Chip, RowId, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine};

/// How many are shown at once; the oldest go first.
const MAX_SHOWN: usize = 3;
const WIDTH: f32 = 400.0;
const GAP: f32 = 12.0;

/// In a narrower window messages may cover the buttons of the rows, in points.
const BESIDE_BUTTONS_FROM_WIDTH: f32 = 480.0;

/// A short message.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What it is about: a toast replaces the one of its kind.
    pub kind: ToastKind,
    /// What it says.
    pub text: String,
    /// How many rows it speaks of.
    pub rows: usize,
    /// The row it speaks of, if it is one.
    pub row: Option<RowId>,
    /// Until when it is shown, since the start of the runtime's clock.
    pub until: Duration,
}

/// What a toast is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something that can be undone.
    Undo,
    /// Jobs failed.
    Failed,
    /// Jobs are done, with a doubt.
    Doubt,
    /// Jobs are done while the window was not seen.
    Done,
    /// Something else went wrong.
    Problem,
    /// Something to know.
    Note,
}

/// The messages that are shown.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// The pointer is over one, or one has the focus: none expires.
    is_held: bool,
    /// The same at the last [`Self::keep`].
    was_held: bool,
}

impl Toasts {
    /// Shows a message, in place of an earlier one of its kind.
    pub fn push(&mut self, toast: Toast) {
        self.close(toast.kind);
        self.shown.push(toast);
        let over = self.shown.len().saturating_sub(MAX_SHOWN);
        self.shown.drain(..over);
    }

    /// Closes the message of this kind.
    pub fn close(&mut self, kind: ToastKind) {
        self.shown.retain(|toast| toast.kind != kind);
    }

    /// Drops those whose time is over, and returns when that of the next one is. None expires while
    /// they are held and `is_seen`, nor in the moment after that.
    pub fn keep(&mut self, now: Duration, is_seen: bool) -> Option<Duration> {
        self.is_held &= is_seen && !self.shown.is_empty();
        let was_held = std::mem::replace(&mut self.was_held, self.is_held);
        if self.is_held {
            return None;
        }
        if was_held {
            for toast in &mut self.shown {
                toast.until = toast.until.max(now + UNDO_AFTER_HOLD);
            }
        }
        self.shown.retain(|toast| toast.until > now);
        self.shown.iter().map(|toast| toast.until - now).min()
    }

    /// The messages, the oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// Shows the message of this kind until then.
    pub fn set_until(&mut self, kind: ToastKind, until: Duration) {
        for toast in &mut self.shown {
            if toast.kind == kind {
                toast.until = until;
            }
        }
    }

    /// The message of this kind.
    #[must_use]
    pub fn of(&self, kind: ToastKind) -> Option<&Toast> {
        self.shown.iter().find(|toast| toast.kind == kind)
    }

    /// Whether they are held, and do not expire.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.is_held
    }
}

/// The messages, over the lower right corner. `over_rows` if rows with their buttons are there.
pub fn toasts_ui(ui: &Ui, toasts: &mut Toasts, over_rows: bool, intents: &mut Vec<Intent>) {
    if toasts.shown.is_empty() {
        return;
    }
    let window = ui.ctx().content_rect().width();
    let right = if over_rows && window >= BESIDE_BUTTONS_FROM_WIDTH {
        theme::ROW_BUTTONS_WIDTH + GAP
    } else {
        GAP
    };
    let offset = vec2(-right, -theme::STATUS_HEIGHT - GAP);
    let area = Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, offset);
    let mut closed = None;
    let area = area.show(ui.ctx(), |ui| {
        let width = WIDTH.min(window - 2.0 * GAP);
        ui.spacing_mut().item_spacing.y = 8.0;
        let mut has_focus = false;
        for toast in &toasts.shown {
            let shown = toast_ui(ui, toast, width, intents);
            has_focus |= shown.has_focus;
            if shown.closes {
                closed = Some(toast.kind);
            }
        }
        has_focus
    });
    let is_held = area.inner || area.response.contains_pointer();
    if std::mem::replace(&mut toasts.is_held, is_held) != is_held {
        // Their time starts or stops to count.
        ui.ctx().request_repaint();
    }
    if let Some(kind) = closed {
        toasts.close(kind);
    }
}

/// What a message did in this frame.
struct Shown {
    closes: bool,
    has_focus: bool,
}

/// One message.
fn toast_ui(ui: &mut Ui, toast: &Toast, width: f32, intents: &mut Vec<Intent>) -> Shown {
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.raised)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(8.0)
        .inner_margin(Margin::symmetric(12, 6));
    let show = |chip| match toast.row {
        Some(row) => ("Show", "Select the job", Intent::ShowRow(row)),
        None => {
            let command = Command::Show(Some(chip));
            ("Show", command.tooltip(), Intent::Run(command))
        }
    };
    let undo = || {
        let command = Command::Undo;
        (command.text(), command.tooltip(), Intent::Run(command))
    };
    let (tone, role, action) = match toast.kind {
        ToastKind::Undo => (Tone::Text, Role::Status, Some(undo())),
        ToastKind::Failed => (Tone::Failed, Role::Alert, Some(show(Chip::Failed))),
        ToastKind::Doubt => (Tone::Doubt, Role::Alert, Some(show(Chip::Check))),
        ToastKind::Done => (Tone::Good, Role::Status, Some(show(Chip::Done))),
        ToastKind::Problem => {
            let action = toast.row.map(|_| show(Chip::Paused));
            (Tone::Failed, Role::Alert, action)
        }
        ToastKind::Note => (Tone::Text, Role::Status, None),
    };
    let shown = frame.show(ui, |ui| {
        let line = vec2(width - 24.0, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let close = Button::new("Close the message")
                .icon(Icon::Cross)
                .icon_only(true);
            let close = close.kind(ButtonKind::Quiet).show(ui);
            let mut closes = close.clicked();
            let mut has_focus = close.has_focus();
            if let Some((word, tooltip, intent)) = action {
                let keys = Command::Undo.shortcut_text(ui.ctx());
                let is_undo = toast.kind == ToastKind::Undo;
                let button = Button::new(word).tooltip(tooltip);
                let button = button.shortcut(if is_undo { &keys } else { "" }).show(ui);
                has_focus |= button.has_focus();
                if button.clicked() {
                    intents.push(intent);
                    closes = true;
                }
            }
            let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(role, true, toast.text.as_str()));
            let ink = tokens.tone(tone);
            let font = theme::medium(theme::TEXT_BODY);
            let text = OneLine::new(ui, &toast.text, font, ink, rect.width());
            text.paint(ui, Align2::LEFT_CENTER, rect.left_center());
            if text.is_cut() {
                response.on_hover_text(&toast.text);
            }
            Shown { closes, has_focus }
        })
        .inner
    });
    shown.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toast(kind: ToastKind, secs: u64) -> Toast {
        Toast {
            kind,
            text: String::new(),
            rows: 1,
            row: None,
            until: Duration::from_secs(secs),
        }
    }

    #[test]
    fn there_are_few_and_they_go() {
        let mut toasts = Toasts::default();
        assert_eq!(toasts.keep(Duration::ZERO, true), None);
        for (secs, kind) in [
            (5, ToastKind::Note),
            (9, ToastKind::Undo),
            (7, ToastKind::Failed),
            (8, ToastKind::Failed),
            (9, ToastKind::Done),
        ] {
            toasts.push(toast(kind, secs));
        }
        let kinds: Vec<_> = toasts.shown().iter().map(|toast| toast.kind).collect();
        assert_eq!(kinds, [ToastKind::Undo, ToastKind::Failed, ToastKind::Done]);
        assert_eq!(
            toasts.keep(Duration::from_secs(1), true),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            toasts.keep(Duration::from_secs(8), true),
            Some(Duration::from_secs(1))
        );
        toasts.close(ToastKind::Undo);
        assert_eq!(toasts.keep(Duration::from_secs(9), true), None);
        assert!(toasts.shown().is_empty());
    }

    #[test]
    fn none_goes_while_it_is_aimed_at_nor_in_the_moment_after() {
        let secs = Duration::from_secs;
        let mut toasts = Toasts::default();
        toasts.push(toast(ToastKind::Undo, 5));
        toasts.is_held = true;
        assert_eq!(toasts.keep(secs(60), true), None);
        assert_eq!(toasts.shown().len(), 1);
        toasts.is_held = false;
        assert_eq!(toasts.keep(secs(60), true), Some(UNDO_AFTER_HOLD));
        assert_eq!(toasts.keep(secs(60) + UNDO_AFTER_HOLD, true), None);
        assert!(toasts.shown().is_empty());
        // The pointer cannot be over anything in a hidden window.
        toasts.push(toast(ToastKind::Undo, 5));
        toasts.is_held = true;
        assert_eq!(toasts.keep(secs(1), false), Some(secs(4)));
        assert_eq!(toasts.keep(secs(5), false), None);
        assert!(toasts.shown().is_empty());
    }
}
