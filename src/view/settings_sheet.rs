//! The settings: a sheet of sections in which every change is in effect at once.

use egui::style::ScrollAnimation;
use egui::text::LayoutJob;
use egui::{
    Align, Align2, Color32, Id, Key, KeyboardShortcut, Layout, Modifiers, Rect, Response, RichText,
    Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::intent::Intent;
use super::settings_form::SettingsSheetState;
use crate::command::Command;
use crate::options::{Control, SCALE_PERCENT, Section, Setting, SettingRow, Settings};
use crate::theme::{self, Tokens};
use crate::widgets::{
    self, Button, ButtonKind, Field, Icon, OneLine, checkbox, icon_button_at, segments,
};

const WIDTH: f32 = 720.0;
/// Below this width a hint stands under its field.
const HINTS_BESIDE_FROM_WIDTH: f32 = 560.0;
const LABEL_WIDTH: f32 = 132.0;
const FIELD_WIDTH: f32 = 188.0;
const CHOOSE_WIDTH: f32 = 84.0;
const ROW_HEIGHT: f32 = 36.0;
/// Two lines of small text.
const HINT_HEIGHT: f32 = 32.0;
const GAP: f32 = 12.0;
/// By how much the scale grows or shrinks at once, in percent.
const SCALE_STEP_PERCENT: u32 = 10;
const OPEN_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Comma);

/// The settings, over everything else, if they are open.
pub fn settings_sheet_ui(
    ui: &Ui,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open() {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "settings sheet", 20);
    let mut wants_close = false;
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width((room.x - 64.0).clamp(200.0, WIDTH - 40.0));
        ui.spacing_mut().item_spacing.y = GAP;
        let title =
            RichText::new(Command::Settings.text()).font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        // Title and buttons stay where they are, whatever scrolls between them.
        let height = room.y - 64.0 - 40.0 - theme::CONTROL_HEIGHT - 20.0 - 2.0 * GAP;
        let height = height.max(80.0);
        // Always seen: nothing else tells that there is more below.
        ui.spacing_mut().scroll.dormant_handle_opacity = 0.5;
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for section in Section::ALL {
                    section_ui(ui, section, state, settings, intents);
                }
            });
        wants_close = footer_ui(ui, state, settings, intents);
    });
    if response.is_top_modal {
        wants_close |= ui.input_mut(|input| {
            input.consume_key(Modifiers::NONE, Key::Escape) || input.consume_shortcut(&OPEN_KEYS)
        });
    }
    if wants_close {
        state.close(settings, intents);
    }
}

fn section_ui(
    ui: &mut Ui,
    section: Section,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) {
    let mut shown = state.shown();
    shown.retain(|(_, row)| row.section == section);
    if shown.is_empty() {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, section.heading()));
    let font = theme::semibold(theme::TEXT_BODY);
    let heading = OneLine::new(ui, section.heading(), font, tokens.text, rect.width());
    heading.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    for (setting, row) in shown {
        setting_ui(ui, setting, row, state, settings, intents);
    }
    ui.add_space(GAP);
}

/// One setting: label, what changes it, hint or error, and the way back to its default.
fn setting_ui(
    ui: &mut Ui,
    setting: Setting,
    row: &'static SettingRow,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) {
    // Room for the bar that scrolls.
    let width = ui.available_width() - 8.0;
    let is_wide = matches!(row.control, Control::Path | Control::Line);
    let hint_is_beside = width >= HINTS_BESIDE_FROM_WIDTH && !is_wide;
    let has_hint = is_wide || row.control == Control::Field || !row.hint.is_empty();
    let height = if hint_is_beside || !has_hint {
        ROW_HEIGHT
    } else {
        ROW_HEIGHT + HINT_HEIGHT
    };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let line = Rect::from_min_size(rect.min, vec2(width, ROW_HEIGHT));
    let label_rect = line.with_max_x(rect.left() + LABEL_WIDTH);
    let mut inner = ui.new_child(
        UiBuilder::new()
            .id_salt(setting)
            .max_rect(label_rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    let muted = Tokens::of(ui.style()).muted;
    let label_id = inner.label(RichText::new(row.label).color(muted)).id;

    let reset_rect = Align2::RIGHT_CENTER.anchor_size(line.right_center(), vec2(28.0, 28.0));
    let control_right = if is_wide {
        reset_rect.left() - 8.0
    } else {
        (label_rect.right() + FIELD_WIDTH).max(label_rect.right() + 40.0)
    };
    let control_rect = Rect::from_x_y_ranges(label_rect.right()..=control_right, line.y_range());
    let mut inner = ui.new_child(
        UiBuilder::new()
            .id_salt((setting, "control"))
            .max_rect(control_rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    inner.spacing_mut().item_spacing.x = 8.0;
    let error = state.error(setting, settings);
    let response = control_ui(
        &mut inner,
        (setting, row),
        label_id,
        state,
        settings,
        intents,
    );

    let hint_rect = if hint_is_beside {
        // A row of words may be wider than a field.
        let left = control_right.max(response.rect.right()) + 12.0;
        Rect::from_x_y_ranges(left..=reset_rect.left() - 8.0, line.y_range())
    } else {
        let y = line.bottom()..=rect.bottom();
        Rect::from_x_y_ranges(label_rect.right()..=rect.right(), y)
    };
    let tokens = Tokens::of(ui.style());
    let (text, ink) = match error {
        Some(error) => (error, tokens.failed),
        None if state.is_waiting(setting) => ("Reading the file…".to_owned(), tokens.muted),
        None => (hint(setting, row), tokens.muted),
    };
    hint_ui(ui, hint_rect, setting, &text, ink);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(text.as_str());
    });

    if state.can_reset(setting, settings) {
        let name = format!("Reset {}", row.label.to_lowercase());
        let id = Id::unique(("reset", setting));
        let reset = icon_button_at(ui, reset_rect, id, Icon::Retry, &name, false);
        show_whole(ui, &reset);
        if reset.clicked() {
            state.reset(setting, intents);
        }
    }
}

/// What changes a setting. The response is that of what has the focus first.
fn control_ui(
    ui: &mut Ui,
    (setting, row): (Setting, &'static SettingRow),
    label_id: Id,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) -> Response {
    let set = |state: &mut SettingsSheetState, text: &str, intents: &mut Vec<Intent>| {
        state.edit(setting, text.to_owned(), settings, intents);
        state.leave(setting, settings, intents);
    };
    match row.control {
        Control::Field => field_ui(
            ui,
            (setting, row),
            label_id,
            FIELD_WIDTH,
            state,
            settings,
            intents,
        ),
        Control::Line => {
            let width = ui.available_width();
            field_ui(
                ui,
                (setting, row),
                label_id,
                width,
                state,
                settings,
                intents,
            )
        }
        Control::Path => {
            let width = ui.available_width() - CHOOSE_WIDTH - 8.0;
            let response = field_ui(
                ui,
                (setting, row),
                label_id,
                width,
                state,
                settings,
                intents,
            );
            let choose = Button::new("Choose…").show(ui);
            show_whole(ui, &choose);
            if choose.clicked() {
                intents.push(Intent::ChoosePath(setting));
            }
            response
        }
        Control::Check(words) => {
            let mut is_on = settings.text(setting) == "on";
            let response = checkbox(ui, &mut is_on, words);
            show_whole(ui, &response);
            if response.changed() {
                set(state, if is_on { "on" } else { "off" }, intents);
            }
            response
        }
        Control::Choice(choices) => {
            let now = settings.text(setting);
            let chosen = choices.iter().position(|(kept, _)| *kept == now);
            let words: Vec<_> = choices.iter().map(|(_, shown)| *shown).collect();
            let responses = segments(ui, &words, chosen);
            let mut all: Option<Response> = None;
            for (response, (kept, _)) in responses.into_iter().zip(choices) {
                show_whole(ui, &response);
                if response.clicked() {
                    set(state, kept, intents);
                }
                all = Some(match all {
                    // Its id stays that of the first.
                    Some(before) => before.union(response),
                    None => response,
                });
            }
            all.unwrap_or_else(|| ui.allocate_response(vec2(0.0, 0.0), Sense::hover()))
        }
        Control::Scale => scale_ui(ui, settings, |text| set(state, text, intents)),
    }
}

fn field_ui(
    ui: &mut Ui,
    (setting, row): (Setting, &'static SettingRow),
    label_id: Id,
    width: f32,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) -> Response {
    let mut text = state.text(setting, settings);
    let default_folder = state.default_folder.as_ref();
    let empty = match (setting, default_folder) {
        (Setting::Folder, Some(folder)) => folder.display().to_string(),
        _ => row.placeholder.to_owned(),
    };
    let field = Field::new(Id::unique(("setting", setting)), width)
        .hint(&empty)
        .has_error(state.error(setting, settings).is_some());
    let response = field.show(ui, &mut text).labelled_by(label_id);
    show_whole(ui, &response);
    if response.changed() {
        state.edit(setting, text, settings, intents);
    }
    if response.lost_focus() {
        state.leave(setting, settings, intents);
    }
    response
}

/// `−`, the scale, `+`.
fn scale_ui(ui: &mut Ui, settings: &Settings, mut set: impl FnMut(&str)) -> Response {
    let percent = settings.scale_percent;
    let smaller = (percent.saturating_sub(1) / SCALE_STEP_PERCENT) * SCALE_STEP_PERCENT;
    let larger = (percent / SCALE_STEP_PERCENT + 1) * SCALE_STEP_PERCENT;
    let mut first = None;
    for (name, icon, wanted) in [
        ("Smaller", Icon::Minus, SCALE_PERCENT.clamp(smaller)),
        ("Larger", Icon::Plus, SCALE_PERCENT.clamp(larger)),
    ] {
        let button = Button::new(name)
            .icon(icon)
            .icon_only(true)
            .enabled(wanted != percent);
        let response = button.show(ui);
        show_whole(ui, &response);
        if response.clicked() {
            set(&wanted.to_string());
        }
        if first.is_none() {
            let (rect, response) =
                ui.allocate_exact_size(vec2(52.0, theme::CONTROL_HEIGHT), Sense::hover());
            let text = settings.text(Setting::Scale);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
            let font = theme::regular(theme::TEXT_BODY);
            let line = OneLine::new(ui, &text, font, Tokens::of(ui.style()).text, rect.width());
            line.paint(ui, Align2::CENTER_CENTER, rect.center());
        }
        first = Some(match first {
            Some(before) => Response::union(&before, response),
            None => response,
        });
    }
    first.unwrap_or_else(|| ui.allocate_response(vec2(0.0, 0.0), Sense::hover()))
}

/// What the keyboard came to is scrolled to, with what stands below it.
fn show_whole(ui: &Ui, response: &Response) {
    if response.gained_focus() {
        let rect = response.rect;
        let with_hint = rect.with_max_y(rect.bottom() + HINT_HEIGHT + 4.0);
        ui.scroll_to_rect_animation(with_hint, None, ScrollAnimation::none());
    }
}

/// What one should know of a setting, with its default.
fn hint(setting: Setting, row: &SettingRow) -> String {
    let default = match row.control {
        Control::Field | Control::Scale => Settings::default().text(setting),
        _ => String::new(),
    };
    if default.is_empty() {
        return row.hint.to_owned();
    }
    format!("Default {default}. {}", row.hint)
}

/// At most two lines, whole in the tooltip if they are cut.
fn hint_ui(ui: &Ui, rect: Rect, setting: Setting, text: &str, ink: Color32) {
    if text.is_empty() {
        return;
    }
    let font = theme::regular(theme::TEXT_SMALL);
    let mut job = LayoutJob::simple(text.to_owned(), font, ink, rect.width());
    job.wrap.max_rows = 2;
    let galley = ui.painter().layout_job(job);
    let is_cut = galley.elided;
    let top = if rect.height() > HINT_HEIGHT {
        rect.center().y - galley.size().y / 2.0
    } else {
        rect.top()
    };
    ui.painter().galley(pos2(rect.left(), top), galley, ink);
    let response = ui.interact(rect, Id::unique(("hint", setting)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if is_cut {
        response.on_hover_text(text);
    }
}

/// The buttons at the bottom. True if they are to be closed.
fn footer_ui(
    ui: &mut Ui,
    state: &mut SettingsSheetState,
    settings: &Settings,
    intents: &mut Vec<Intent>,
) -> bool {
    let mut wants_close = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if state.can_take_back() {
            let tooltip = "Back to what was set before the reset";
            if Button::new("Undo the reset")
                .tooltip(tooltip)
                .show(ui)
                .clicked()
            {
                state.take_back(intents);
            }
        } else {
            let button = Button::new("Reset all")
                .enabled(state.can_reset_all(settings))
                .tooltip("Every setting to its default");
            if button.show(ui).clicked() {
                state.reset_all(settings, intents);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Button::new("Close").kind(ButtonKind::Primary);
            wants_close = close.show(ui).clicked();
            let room = ui.available_width() - 12.0;
            let muted = Tokens::of(ui.style()).muted;
            let text = "Every change is in effect at once and kept";
            let line = OneLine::new(ui, text, theme::regular(theme::TEXT_SMALL), muted, room);
            if !line.is_cut() {
                let size = vec2(line.width(), theme::CONTROL_HEIGHT);
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                line.paint(ui, Align2::LEFT_CENTER, rect.left_center());
            }
        });
    });
    wants_close
}
