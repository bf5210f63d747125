//! Check boxes.

use egui::{
    Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::button::paint_focus;
use super::{Icon, OneLine};
use crate::theme::{self, Tokens};

/// What a check box shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckState {
    /// Empty.
    Off,
    /// Ticked.
    On,
    /// Ticked for some of what it stands for.
    Some,
}

impl From<bool> for CheckState {
    fn from(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}

const BOX: f32 = 14.0;

/// A check box placed by the caller, which handles the click. `id` must follow what it stands for,
/// not its place.
pub(crate) fn checkbox_at(ui: &Ui, rect: Rect, id: Id, state: CheckState, name: &str) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::CheckBox, true, state == CheckState::On, name));
    paint_box(
        ui,
        Rect::from_center_size(rect.center(), vec2(BOX, BOX)),
        state,
        &response,
    );
    response
}

/// A check box with its label, which is also its accessible name. A click changes `is_on`.
pub(crate) fn checkbox(ui: &mut Ui, is_on: &mut bool, text: &str) -> Response {
    let tokens = Tokens::of(ui.style());
    let words = OneLine::new(
        ui,
        text,
        theme::regular(theme::TEXT_BODY),
        tokens.text,
        f32::INFINITY,
    );
    let size = vec2(BOX + 8.0 + words.width(), theme::CONTROL_HEIGHT);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *is_on = !*is_on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, *is_on, text));
    let square = Rect::from_center_size(
        pos2(rect.left() + BOX / 2.0, rect.center().y),
        vec2(BOX, BOX),
    );
    paint_box(ui, square, (*is_on).into(), &response);
    words.paint(
        ui,
        Align2::LEFT_CENTER,
        pos2(square.right() + 8.0, rect.center().y),
    );
    response
}

fn paint_box(ui: &Ui, square: Rect, state: CheckState, response: &Response) {
    if !ui.is_rect_visible(square) {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let radius = CornerRadius::same(theme::RADIUS_SMALL);
    let (fill, line, icon) = match state {
        CheckState::Off if response.hovered() => (Color32::TRANSPARENT, tokens.text, None),
        CheckState::Off => (Color32::TRANSPARENT, tokens.faint, None),
        CheckState::On => (tokens.accent, tokens.accent, Some(Icon::Tick)),
        CheckState::Some => (tokens.accent, tokens.accent, Some(Icon::Minus)),
    };
    ui.painter().rect(
        square,
        radius,
        fill,
        Stroke::new(theme::HAIRLINE, line),
        StrokeKind::Inside,
    );
    paint_focus(ui, square, response, radius);
    if let Some(icon) = icon {
        icon.paint(ui.painter(), square.center(), 12.0, tokens.on_accent);
    }
}
