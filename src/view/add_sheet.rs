//! The sheet that adds downloads.

use egui::{
    Align, Align2, Frame, Id, Key, KeyboardShortcut, Layout, Margin, Modifiers, Rect, RichText,
    Role, ScrollArea, Sense, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use super::add_form::{AddDefaults, Form};
use crate::command::Intent;
use crate::programs::InputLine;
use crate::status::Glyph;
use crate::theme::{self, Tokens};
use crate::widgets::{
    self, Button, ButtonKind, Field, OneLine, checkbox, field_frame, key_cap, paint_glyph,
};

/// What the sheet keeps: also while it is closed, so that nothing typed is lost.
#[derive(Clone, Debug)]
pub struct AddSheetState {
    form: Form,
    is_open: bool,
    takes_focus: bool,
}

impl AddSheetState {
    /// A closed, empty sheet.
    #[must_use]
    pub fn new(defaults: &AddDefaults) -> Self {
        Self {
            form: Form::new(defaults),
            is_open: false,
            takes_focus: false,
        }
    }

    /// Suggests something else from now on; what was typed stays.
    pub fn set_defaults(&mut self, defaults: &AddDefaults) {
        self.form.set_defaults(defaults);
    }

    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it, with these lines under what is typed already.
    pub fn open(&mut self, text: &str) {
        self.is_open = true;
        self.takes_focus = true;
        if !text.trim().is_empty() {
            self.form.append(text);
        }
    }
}

const WIDTH: f32 = 760.0;
const GAP: f32 = 12.0;
const PREVIEW_ROW: f32 = 26.0;
const PREVIEW_ROWS: f32 = 5.0;
const ADD_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// The sheet, over everything else, if it is open.
pub fn add_sheet_ui(ui: &Ui, state: &mut AddSheetState, intents: &mut Vec<Intent>) {
    if !state.is_open {
        return;
    }
    let _tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "add sheet", 20);
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width((room.x - 64.0).clamp(200.0, WIDTH - 40.0));
        // In a low window the sheet scrolls; its buttons stay where they are.
        let height = (room.y - 64.0 - theme::CONTROL_HEIGHT - 2.0 * GAP).max(80.0);
        // Before the field gets it: there it would be a new line.
        let add_pressed = ui.input_mut(|input| input.consume_shortcut(&ADD_KEYS));
        ui.spacing_mut().item_spacing.y = GAP;
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| sheet_ui(ui, state));
        footer_ui(ui, state, add_pressed, intents);
    });
    // A click beside the sheet is too easily made to close it.
    if response.is_top_modal
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        state.is_open = false;
    }
}

fn sheet_ui(ui: &mut Ui, state: &mut AddSheetState) {
    let title = RichText::new("Add downloads").font(theme::semibold(theme::TEXT_TITLE));
    ui.label(title.color(Tokens::of(ui.style()).text));
    links_ui(ui, state);
    preview_ui(ui, &mut state.form);
    form_ui(ui, &mut state.form);
}

fn links_ui(ui: &mut Ui, state: &mut AddSheetState) {
    let id = Id::unique("links to add");
    field_frame(ui, id, false)
        .inner_margin(Margin::symmetric(10, 8))
        .show(ui, |ui| {
            ScrollArea::vertical()
                .id_salt("links")
                .max_height(96.0)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    let field = TextEdit::multiline(&mut state.form.text)
                        .id(id)
                        .hint_text("https://…, one per line")
                        .font(egui::TextStyle::Monospace)
                        .frame(Frame::NONE)
                        .margin(Margin::ZERO)
                        .desired_rows(6)
                        .desired_width(f32::INFINITY);
                    let response = ui.add(field);
                    if std::mem::take(&mut state.takes_focus) {
                        response.request_focus();
                    }
                });
        });
}

/// What the lines mean, one by one.
fn preview_ui(ui: &mut Ui, form: &mut Form) {
    let tokens = Tokens::of(ui.style());
    form.lines();
    let left_out = form.lines_left_out();
    let lines = form.lines();
    if lines.is_empty() {
        return;
    }
    let good = lines.iter().filter(|line| line.link.is_ok()).count();
    let mut head = format!("{good} of {} can be added", lines.len());
    if left_out > 0 {
        head.push_str(&format!(", {left_out} more are beyond the longest list"));
    }
    let rows = (lines.len() as f32).min(PREVIEW_ROWS);
    let height = PREVIEW_ROW * (1.0 + rows);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .rect_stroke(rect, f32::from(theme::RADIUS), line, StrokeKind::Inside);
    let head_rect = Rect::from_min_size(rect.min, vec2(rect.width(), PREVIEW_ROW));
    let small = theme::regular(theme::TEXT_SMALL);
    let text = OneLine::new(ui, &head, small.clone(), tokens.muted, rect.width() - 48.0);
    text.paint(
        ui,
        Align2::LEFT_CENTER,
        head_rect.left_center() + vec2(36.0, 0.0),
    );
    let list = rect.with_min_y(head_rect.bottom()).shrink2(vec2(1.0, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(list), |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ScrollArea::vertical()
            .id_salt("preview")
            .auto_shrink(false)
            .show_rows(ui, PREVIEW_ROW, lines.len(), |ui, shown| {
                for line in lines.get(shown).unwrap_or_default() {
                    preview_row_ui(ui, line);
                }
            });
    });
}

fn preview_row_ui(ui: &mut Ui, line: &InputLine) {
    let tokens = Tokens::of(ui.style());
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), PREVIEW_ROW), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.top() + 0.5,
        Stroke::new(theme::HAIRLINE, tokens.line),
    );
    let (glyph, ink, text, hint) = match &line.link {
        Ok(link) => {
            let url = link.request.shown_url();
            let short = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            (Glyph::Tick, tokens.text, short.to_owned(), String::new())
        }
        Err(error) => (
            Glyph::Cross,
            tokens.failed,
            format!("Line {}: {}", line.number, error.message),
            error.hint.clone(),
        ),
    };
    let tone = if line.link.is_ok() {
        tokens.good
    } else {
        tokens.failed
    };
    paint_glyph(ui, glyph, pos2(rect.left() + 18.0, rect.center().y), tone);
    let (left, right) = (rect.left() + 36.0, rect.right() - 12.0);
    let small = theme::regular(theme::TEXT_SMALL);
    let hint_room = if hint.is_empty() {
        0.0
    } else {
        (right - left) * 0.45
    };
    let shown = OneLine::new(ui, &text, small.clone(), ink, right - left - hint_room);
    shown.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.center().y));
    let hint_line = OneLine::new(ui, &hint, small, tokens.muted, hint_room - 12.0);
    hint_line.paint(ui, Align2::RIGHT_CENTER, pos2(right, rect.center().y));
    let spoken = if hint.is_empty() {
        text
    } else {
        format!("{text}. {hint}")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &spoken));
    if shown.is_cut() || hint_line.is_cut() {
        response.on_hover_text(spoken);
    }
}

/// Folder, sleep and retries; two fields in a line where there is room.
fn form_ui(ui: &mut Ui, form: &mut Form) {
    const LABEL: f32 = 110.0;
    let room = ui.available_width();
    let is_wide = room >= 520.0;
    let width = if is_wide {
        (room - 2.0 * LABEL - 3.0 * 8.0) / 2.0
    } else {
        room - LABEL - 8.0
    };
    if is_wide {
        ui.horizontal(|ui| {
            save_ui(ui, form, LABEL, width);
            ui.add_space(GAP);
            label_ui(ui, "Or", LABEL - GAP);
            checkbox(ui, &mut form.count_only, "count only, keep nothing");
        });
        ui.horizontal(|ui| {
            sleep_ui(ui, form, LABEL, width);
            ui.add_space(GAP);
            retries_ui(ui, form, LABEL - GAP, width);
        });
    } else {
        ui.horizontal(|ui| save_ui(ui, form, LABEL, width));
        ui.horizontal(|ui| {
            label_ui(ui, "Or", LABEL);
            checkbox(ui, &mut form.count_only, "count only, keep nothing");
        });
        ui.horizontal(|ui| sleep_ui(ui, form, LABEL, width));
        ui.horizontal(|ui| retries_ui(ui, form, LABEL, width));
    }
    for (field, error) in [
        ("Save to", form.folder().err()),
        ("Sleep before", form.sleep().err()),
        ("Retries", form.retries().err()),
    ] {
        if let Some(error) = error {
            let failed = Tokens::of(ui.style()).failed;
            ui.label(
                RichText::new(format!("{field}: {error}"))
                    .size(theme::TEXT_SMALL)
                    .color(failed),
            );
        }
    }
}

fn save_ui(ui: &mut Ui, form: &mut Form, label_width: f32, width: f32) {
    let label = label_ui(ui, "Save to", label_width);
    if form.has_folder() {
        let has_error = form.folder().is_err();
        let field = Field::new(Id::unique("folder"), width);
        let field = field.has_error(has_error).enabled(!form.count_only);
        field.show(ui, &mut form.folder).labelled_by(label);
    } else {
        let muted = Tokens::of(ui.style()).muted;
        let font = theme::regular(theme::TEXT_BODY);
        let text = OneLine::new(ui, "the browser's downloads", font, muted, width);
        let (rect, _) = ui.allocate_exact_size(vec2(width, theme::CONTROL_HEIGHT), Sense::hover());
        text.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    }
}

fn sleep_ui(ui: &mut Ui, form: &mut Form, label_width: f32, width: f32) {
    let label = label_ui(ui, "Sleep before", label_width);
    let has_error = form.sleep().is_err();
    let field = Field::new(Id::unique("sleep before"), width)
        .has_error(has_error)
        .right_margin(62);
    let response = field.show(ui, &mut form.sleep).labelled_by(label);
    let faint = Tokens::of(ui.style()).muted;
    let hint = OneLine::new(ui, "or 0..3", theme::regular(theme::TEXT_BODY), faint, 60.0);
    hint.paint(
        ui,
        Align2::RIGHT_CENTER,
        response.rect.right_center() - vec2(10.0, 0.0),
    );
}

fn retries_ui(ui: &mut Ui, form: &mut Form, label_width: f32, width: f32) {
    let label = label_ui(ui, "Retries", label_width);
    let has_error = form.retries().is_err();
    Field::new(Id::unique("retries"), width)
        .has_error(has_error)
        .show(ui, &mut form.retries)
        .labelled_by(label);
}

fn label_ui(ui: &mut Ui, text: &str, width: f32) -> Id {
    let muted = Tokens::of(ui.style()).muted;
    let layout = Layout::left_to_right(Align::Center);
    let size = vec2(width, theme::CONTROL_HEIGHT);
    let inner = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_width(width);
        ui.label(RichText::new(text).color(muted)).id
    });
    inner.inner
}

fn footer_ui(ui: &mut Ui, state: &mut AddSheetState, add_pressed: bool, intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    let count = state
        .form
        .lines()
        .iter()
        .filter(|line| line.link.is_ok())
        .count();
    let can_add = count > 0
        && state.form.sleep().is_ok()
        && state.form.retries().is_ok()
        && state.form.folder().is_ok();
    let mut added = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if ui.available_width() > 420.0 {
            let (rect, _) =
                ui.allocate_exact_size(vec2(120.0, theme::CONTROL_HEIGHT), Sense::hover());
            let ctrl = ui.ctx().format_shortcut(&ADD_KEYS);
            let mut x = rect.left();
            for key in ctrl.split('+') {
                x = key_cap(ui, Align2::LEFT_CENTER, pos2(x, rect.center().y), key).right() + 4.0;
            }
            let text = OneLine::new(
                ui,
                "adds",
                theme::regular(theme::TEXT_BODY),
                tokens.muted,
                60.0,
            );
            text.paint(ui, Align2::LEFT_CENTER, pos2(x + 2.0, rect.center().y));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if count == 0 {
                "Add".to_owned()
            } else {
                format!("Add {count}")
            };
            let add = Button::new(&text)
                .kind(ButtonKind::Primary)
                .enabled(can_add);
            if add.show(ui).clicked() || (add_pressed && can_add) {
                added = Some(false);
            }
            if Button::new("Add paused")
                .enabled(can_add)
                .show(ui)
                .clicked()
            {
                added = Some(true);
            }
            if Button::new("Close")
                .tooltip("What is typed stays")
                .show(ui)
                .clicked()
            {
                state.is_open = false;
            }
        });
    });
    if let Some(request) = added.and_then(|paused| state.form.request(paused)) {
        intents.push(Intent::Add(Box::new(request)));
        // What could not be understood stays, to be put right.
        state.is_open = state.form.keep_bad_lines();
        state.takes_focus = state.is_open;
    }
}
