//! The names of the tabs, the chosen one underlined.

use egui::{Align2, Key, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::model::InspectorTab;
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

const HEIGHT: f32 = 34.0;
const GAP: f32 = 14.0;

/// The tabs: a click, Enter or Space chooses one, and the arrow keys move while one has the focus.
/// `beside` lays out what is beside them.
pub(super) fn tabs_ui(
    ui: &mut Ui,
    tabs: &[InspectorTab],
    chosen: &mut InspectorTab,
    beside: impl FnOnce(&mut Ui),
) {
    let tokens = Tokens::of(ui.style());
    let before = *chosen;
    let width = ui.available_width();
    let (strip, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let hairline = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .hline(strip.x_range(), strip.bottom() - 0.5, hairline);
    let mut x = strip.left();
    let mut ids = Vec::new();
    let mut step = 0;
    for &tab in tabs {
        let is_chosen = tab == before;
        let (font, ink) = if is_chosen {
            (theme::semibold(theme::TEXT_BODY), tokens.text)
        } else {
            (theme::regular(theme::TEXT_BODY), tokens.muted)
        };
        let word = OneLine::new(ui, tab.name(), font, ink, f32::INFINITY);
        let rect = egui::Rect::from_min_size(pos2(x, strip.top()), vec2(word.width(), HEIGHT));
        let id = ui.make_persistent_id(("inspector tab", tab.name()));
        let response = ui.interact(rect.expand2(vec2(GAP / 2.0, 0.0)), id, Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_chosen, tab.name()));
        if response.clicked() {
            *chosen = tab;
        }
        if response.has_focus() {
            step += ui.input(|input| {
                i32::from(input.key_pressed(Key::ArrowRight))
                    - i32::from(input.key_pressed(Key::ArrowLeft))
            });
        }
        let center = rect.center();
        word.paint(ui, Align2::CENTER_CENTER, center);
        let line = if is_chosen {
            Some(tokens.accent)
        } else if response.hovered() || response.has_focus() {
            Some(tokens.muted)
        } else {
            None
        };
        if let Some(color) = line {
            let stroke = Stroke::new(2.0, color);
            ui.painter()
                .hline(rect.x_range(), strip.bottom() - 1.0, stroke);
        }
        if response.has_focus() {
            let stroke = Stroke::new(theme::ICON_STROKE, tokens.accent);
            let ring = rect.expand2(vec2(4.0, -5.0));
            ui.painter()
                .rect_stroke(ring, theme::RADIUS, stroke, egui::StrokeKind::Inside);
        }
        ids.push(id);
        x += word.width() + GAP;
    }
    let mut rest = strip.with_min_x(x);
    rest.max.y -= 4.0;
    beside(&mut ui.new_child(egui::UiBuilder::new().max_rect(rest)));
    if step != 0 {
        let place = tabs.iter().position(|tab| *tab == before);
        let last = tabs.len() as i32 - 1;
        let next = (place.unwrap_or(0) as i32 + step).clamp(0, last) as usize;
        *chosen = tabs[next];
        ui.memory_mut(|memory| memory.request_focus(ids[next]));
    }
    if *chosen != before {
        // Its contents are made in the next frame.
        ui.ctx().request_repaint();
    }
}
