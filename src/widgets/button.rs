//! Buttons with an icon, a word, or both.

use egui::{
    Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{Icon, OneLine};
use crate::theme::{self, Tokens};

const ICON_SIZE: f32 = 14.0;
const ICON_GAP: f32 = 6.0;
const DOT_RADIUS: f32 = 3.0;

/// How prominent a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ButtonKind {
    /// The one thing to do here.
    Primary,
    /// A button with a frame.
    #[default]
    Framed,
    /// Only its words, until the pointer is over it.
    Quiet,
}

/// A button. Its text is also its name in the accessibility tree.
#[derive(Clone, Debug)]
#[must_use = "nothing is shown without `show`"]
pub(crate) struct Button<'a> {
    text: &'a str,
    icon: Option<Icon>,
    kind: ButtonKind,
    is_icon_only: bool,
    is_enabled: bool,
    tooltip: &'a str,
    shortcut: &'a str,
    failures: usize,
}

impl<'a> Button<'a> {
    /// A framed button.
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            icon: None,
            kind: ButtonKind::default(),
            is_icon_only: false,
            is_enabled: true,
            tooltip: "",
            shortcut: "",
            failures: 0,
        }
    }

    /// With another appearance.
    pub(crate) fn kind(mut self, kind: ButtonKind) -> Self {
        self.kind = kind;
        self
    }

    /// With an icon before its text.
    pub(crate) fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With its icon alone; the text stays its name, and leads its tooltip.
    pub(crate) fn icon_only(mut self, is_icon_only: bool) -> Self {
        self.is_icon_only = is_icon_only;
        self
    }

    /// Whether it can be clicked.
    pub(crate) fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    /// What it does, shown while the pointer is over it.
    pub(crate) fn tooltip(mut self, tooltip: &'a str) -> Self {
        self.tooltip = tooltip;
        self
    }

    /// The keys that do the same, shown with the tooltip.
    pub(crate) fn shortcut(mut self, shortcut: &'a str) -> Self {
        self.shortcut = shortcut;
        self
    }

    /// How many unseen failures it leads to: a number after its text, a dot at its icon.
    pub(crate) fn failures(mut self, failures: usize) -> Self {
        self.failures = failures;
        self
    }

    /// How wide it will be.
    #[must_use]
    pub(crate) fn width(&self, ui: &Ui) -> f32 {
        let text = self.text_line(ui, Tokens::of(ui.style()).text);
        let failures = self.failures_line(ui);
        self.width_around(text.as_ref(), failures.as_ref())
    }

    fn shows_text(&self) -> bool {
        !(self.is_icon_only && self.icon.is_some())
    }

    fn text_line(&self, ui: &Ui, ink: Color32) -> Option<OneLine> {
        let font = match self.kind {
            ButtonKind::Primary => theme::semibold(theme::TEXT_BODY),
            ButtonKind::Framed | ButtonKind::Quiet => theme::medium(theme::TEXT_BODY),
        };
        self.shows_text()
            .then(|| OneLine::new(ui, self.text, font, ink, f32::INFINITY))
    }

    fn failures_line(&self, ui: &Ui) -> Option<OneLine> {
        let ink = Tokens::of(ui.style()).failed;
        let font = theme::semibold(theme::TEXT_SMALL);
        (self.failures > 0 && self.shows_text())
            .then(|| OneLine::new(ui, &self.failures.to_string(), font, ink, f32::INFINITY))
    }

    fn padding(&self) -> f32 {
        if self.shows_text() { 11.0 } else { 9.0 }
    }

    fn width_around(&self, text: Option<&OneLine>, failures: Option<&OneLine>) -> f32 {
        let icon_width = match (self.icon, text) {
            (Some(_), Some(_)) => ICON_SIZE + ICON_GAP,
            (Some(_), None) => ICON_SIZE,
            (None, _) => 0.0,
        };
        let failures_width = failures.map_or(0.0, |failures| ICON_GAP + failures.width());
        let text_width = text.map_or(0.0, OneLine::width) + failures_width;
        let width = 2.0 * self.padding() + icon_width + text_width;
        width.round()
    }

    /// Shows it.
    pub(crate) fn show(self, ui: &mut Ui) -> Response {
        let tokens = Tokens::of(ui.style());
        let ink = match (self.is_enabled, self.kind) {
            (true, ButtonKind::Primary) => tokens.on_accent,
            (true, _) => tokens.text,
            (false, _) => tokens.faint,
        };
        let text = self.text_line(ui, ink);
        let failures = self.failures_line(ui);
        let width = self.width_around(text.as_ref(), failures.as_ref());
        let sense = if self.is_enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(vec2(width, theme::CONTROL_HEIGHT), sense);
        response.widget_info(|| {
            let failures = match self.failures {
                0 => String::new(),
                failures => format!(", {failures} failed"),
            };
            let name = format!("{}{failures}", self.text);
            WidgetInfo::labeled(Role::Button, self.is_enabled, name)
        });

        if ui.is_rect_visible(rect) {
            let is_over = self.is_enabled && (response.hovered() || response.has_focus());
            let radius = CornerRadius::same(theme::RADIUS);
            let (fill, line) = match (self.kind, self.is_enabled) {
                (ButtonKind::Primary, true) if is_over => {
                    (mix(tokens.accent, tokens.text, 0.16), Color32::TRANSPARENT)
                }
                (ButtonKind::Primary, true) => (tokens.accent, Color32::TRANSPARENT),
                (ButtonKind::Primary, false) => (tokens.track, Color32::TRANSPARENT),
                (ButtonKind::Framed, _) => (
                    if is_over { tokens.hover } else { tokens.raised },
                    tokens.line,
                ),
                (ButtonKind::Quiet, _) => (
                    if is_over {
                        tokens.hover
                    } else {
                        Color32::TRANSPARENT
                    },
                    Color32::TRANSPARENT,
                ),
            };
            ui.painter().rect(
                rect,
                radius,
                fill,
                Stroke::new(theme::HAIRLINE, line),
                StrokeKind::Inside,
            );
            paint_focus(ui, rect, &response, radius);
            let mut x = rect.left() + self.padding();
            if let Some(icon) = self.icon {
                icon.paint(
                    ui.painter(),
                    pos2(x + ICON_SIZE / 2.0, rect.center().y),
                    ICON_SIZE,
                    ink,
                );
                x += ICON_SIZE + ICON_GAP;
            }
            if let Some(text) = text {
                text.paint(ui, Align2::LEFT_CENTER, pos2(x, rect.center().y));
            }
            if let Some(failures) = failures {
                let right = pos2(rect.right() - self.padding(), rect.center().y);
                failures.paint(ui, Align2::RIGHT_CENTER, right);
            } else if self.failures > 0 {
                let center = rect.right_top() + vec2(-8.0, 7.0);
                ui.painter()
                    .circle_filled(center, DOT_RADIUS, tokens.failed);
            }
        }
        self.with_tooltip(response)
    }

    fn with_tooltip(&self, response: Response) -> Response {
        let name = if self.is_icon_only { self.text } else { "" };
        let parts = [name, self.tooltip]
            .into_iter()
            .filter(|part| !part.is_empty());
        let mut tooltip = parts.collect::<Vec<_>>().join(": ");
        if !self.shortcut.is_empty() {
            tooltip = if tooltip.is_empty() {
                self.shortcut.to_owned()
            } else {
                format!("{tooltip} ({})", self.shortcut)
            };
        }
        if tooltip.is_empty() {
            response
        } else {
            response
                .on_hover_text(&tooltip)
                .on_disabled_hover_text(tooltip)
        }
    }
}

/// A small button with only an icon, placed by the caller, such as in a row of a table. `name` is
/// its accessible name and its tooltip; `id` must follow what it acts on, not its place. `is_lit`
/// if its row is selected or has the pointer.
pub(crate) fn icon_button_at(
    ui: &Ui,
    rect: Rect,
    id: Id,
    icon: Icon,
    name: &str,
    is_lit: bool,
) -> Response {
    let tokens = Tokens::of(ui.style());
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if ui.is_rect_visible(rect) {
        let is_over = response.hovered() || response.has_focus();
        let radius = CornerRadius::same(theme::RADIUS);
        if is_lit || is_over {
            let line = if is_over {
                tokens.line
            } else {
                Color32::TRANSPARENT
            };
            let stroke = Stroke::new(theme::HAIRLINE, line);
            ui.painter()
                .rect(rect, radius, tokens.raised, stroke, StrokeKind::Inside);
        }
        paint_focus(ui, rect, &response, radius);
        let ink = if is_lit || is_over {
            tokens.text
        } else {
            tokens.muted
        };
        icon.paint(ui.painter(), rect.center(), 14.0, ink);
    }
    response.on_hover_text(name)
}

/// The ring around the widget with the keyboard focus.
pub(super) fn paint_focus(ui: &Ui, rect: Rect, response: &Response, radius: CornerRadius) {
    if response.has_focus() {
        let stroke = Stroke::new(theme::ICON_STROKE, Tokens::of(ui.style()).accent);
        ui.painter()
            .rect_stroke(rect.expand(1.0), radius, stroke, StrokeKind::Outside);
    }
}

fn mix(one: Color32, other: Color32, share_of_other: f32) -> Color32 {
    one.lerp_to_gamma(other, share_of_other)
}
