//! Short messages at the edge of the window: what failed, what can be taken back, what only a part of a selection did.

use std::time::Duration;

use egui::{
    Align, Align2, Area, Frame, Id, Layout, Margin, Order, Role, Stroke, Ui, WidgetInfo, vec2,
};

use crate::command::{Command, Intent};
use crate::status::{Chip, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine};

/// How many are shown at once; the oldest make room.
const SHOWN_AT_MOST: usize = 3;
const WIDTH: f32 = 340.0;

/// A short message.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What it is about: one toast of a kind replaces another.
    pub kind: ToastKind,
    /// What it says.
    pub text: String,
    /// Until when it is shown, in the time the jobs live in, since its start.
    pub until: Duration,
}

/// What a toast is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something that can be taken back.
    Undo,
    /// Jobs failed.
    Failed,
    /// Jobs ended while nobody looked.
    Done,
    /// Something to know.
    Note,
}

/// The messages that are shown.
#[derive(Clone, Debug, Default)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    /// Shows a message, in place of an earlier one of its kind.
    pub fn push(&mut self, toast: Toast) {
        self.0.retain(|other| other.kind != toast.kind);
        self.0.push(toast);
        let over = self.0.len().saturating_sub(SHOWN_AT_MOST);
        self.0.drain(..over);
    }

    /// Shows no message of this kind any more.
    pub fn close(&mut self, kind: ToastKind) {
        self.0.retain(|toast| toast.kind != kind);
    }

    /// Lets go of those whose time is over, and says when the next one is.
    pub fn keep(&mut self, now: Duration) -> Option<Duration> {
        self.0.retain(|toast| toast.until > now);
        self.0.iter().map(|toast| toast.until - now).min()
    }

    /// The messages, the oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Toast] {
        &self.0
    }
}

/// The messages, over the lower right corner.
pub fn toasts_ui(ui: &Ui, toasts: &mut Toasts, intents: &mut Vec<Intent>) {
    if toasts.0.is_empty() {
        return;
    }
    let offset = vec2(-12.0, -theme::STATUS_HEIGHT - 12.0);
    let area = Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, offset);
    let mut closed = None;
    area.show(ui.ctx(), |ui| {
        let width = WIDTH.min(ui.ctx().content_rect().width() - 24.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        for toast in toasts.shown() {
            if toast_ui(ui, toast, width, intents) {
                closed = Some(toast.kind);
            }
        }
    });
    if let Some(kind) = closed {
        toasts.close(kind);
    }
}

/// One message. True when it is to be closed.
fn toast_ui(ui: &mut Ui, toast: &Toast, width: f32, intents: &mut Vec<Intent>) -> bool {
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.raised)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(8.0)
        .inner_margin(Margin::symmetric(12, 6));
    let (tone, action) = match toast.kind {
        ToastKind::Undo => (Tone::Text, Some(("Undo", Command::Undo))),
        ToastKind::Failed => (
            Tone::Failed,
            Some(("Show", Command::Show(Some(Chip::Failed)))),
        ),
        ToastKind::Done => (Tone::Good, Some(("Show", Command::Show(Some(Chip::Done))))),
        ToastKind::Note => (Tone::Text, None),
    };
    let shown = frame.show(ui, |ui| {
        let line = vec2(width - 24.0, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let close = Button::new("Close the message")
                .icon(Icon::Cross)
                .icon_only(true);
            let mut closes = close.kind(ButtonKind::Quiet).show(ui).clicked();
            if let Some((word, command)) = action
                && Button::new(word)
                    .tooltip(command.tooltip())
                    .show(ui)
                    .clicked()
            {
                intents.push(Intent::Run(command));
                closes = true;
            }
            let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, toast.text.as_str()));
            let ink = tokens.tone(tone);
            let font = theme::medium(theme::TEXT_BODY);
            let text = OneLine::new(ui, &toast.text, font, ink, rect.width());
            text.paint(ui, Align2::LEFT_CENTER, rect.left_center());
            if text.is_cut() {
                response.on_hover_text(&toast.text);
            }
            closes
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
            until: Duration::from_secs(secs),
        }
    }

    #[test]
    fn there_are_few_and_they_go() {
        let mut toasts = Toasts::default();
        assert_eq!(toasts.keep(Duration::ZERO), None);
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
            toasts.keep(Duration::from_secs(1)),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            toasts.keep(Duration::from_secs(8)),
            Some(Duration::from_secs(1))
        );
        toasts.close(ToastKind::Undo);
        assert_eq!(toasts.keep(Duration::from_secs(9)), None);
        assert!(toasts.shown().is_empty());
    }
}
