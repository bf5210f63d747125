//! The buttons of the sheet, and what they add.

use egui::{Align, Align2, Layout, Sense, Ui, pos2, vec2};

use super::form::AddRequest;
use super::state::{ADD_KEYS, AddSheetState};
use crate::command::Intent;
use crate::format;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, OneLine, key_cap};

/// From this width on there is room for the keys.
const KEYS_FROM_WIDTH: f32 = 480.0;

pub(super) fn footer_ui(
    ui: &mut Ui,
    state: &mut AddSheetState,
    add_pressed: bool,
    intents: &mut Vec<Intent>,
) {
    let count = state.texts.counts().chosen(state.skip);
    let is_read = state.texts.is_read() && state.waiting.is_empty();
    let can_add = is_read && count > 0 && state.form.options(count).is_some();
    let mut added = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if ui.available_width() > KEYS_FROM_WIDTH {
            keys_ui(ui);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if count == 0 || !is_read {
                "Add".to_owned()
            } else {
                format!("Add {}", format::grouped(count))
            };
            let add = Button::new(&text)
                .kind(ButtonKind::Primary)
                .enabled(can_add);
            if add.show(ui).clicked() || (add_pressed && can_add) {
                added = Some(false);
            }
            let paused = Button::new("Add paused").enabled(can_add);
            if paused.show(ui).clicked() {
                added = Some(true);
            }
            let close = Button::new("Close").tooltip("What is typed stays");
            if close.show(ui).clicked() {
                state.is_open = false;
            }
        });
    });
    if state.adds_when_read && is_read {
        state.adds_when_read = false;
        if can_add {
            added = Some(false);
        }
    }
    if let Some(paused) = added {
        add(state, count, paused, intents);
    }
}

fn add(state: &mut AddSheetState, count: usize, paused: bool, intents: &mut Vec<Intent>) {
    let Some(options) = state.form.options(count) else {
        return;
    };
    let links = state.texts.take(state.skip);
    intents.push(Intent::Add(Box::new(AddRequest {
        links,
        options,
        paused,
    })));
    state.form.forget_the_one();
    state.problems.clear();
    // What could not be understood stays, to be put right.
    state.is_open = !state.texts.is_empty();
    state.takes_focus = state.is_open;
}

fn keys_ui(ui: &mut Ui) {
    let tokens = Tokens::of(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(120.0, theme::CONTROL_HEIGHT), Sense::hover());
    let keys = ui.ctx().format_shortcut(&ADD_KEYS);
    let mut x = rect.left();
    for key in keys.split('+') {
        x = key_cap(ui, Align2::LEFT_CENTER, pos2(x, rect.center().y), key).right() + 4.0;
    }
    let font = theme::regular(theme::TEXT_BODY);
    let text = OneLine::new(ui, "adds", font, tokens.muted, 60.0);
    text.paint(ui, Align2::LEFT_CENTER, pos2(x + 2.0, rect.center().y));
}
