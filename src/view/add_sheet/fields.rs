//! How the downloads are made: where to, when, how often, and what is seldom asked for.

use egui::style::ScrollAnimation;
use egui::{
    Align, Align2, Frame, Id, Layout, Margin, Response, RichText, Sense, TextEdit, Ui, UiBuilder,
    vec2,
};

use super::super::intent::Intent;
use super::form::{Form, text_fields};
use super::state::{AddSheetState, GAP};
use crate::options::{AddField, Setting};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Field, Icon, OneLine, checkbox, field_frame, segments};

const LABEL: f32 = 104.0;
/// What a button without a frame keeps free before its icon.
const QUIET_MARGIN: f32 = 11.0;
/// From this width on two fields share a line: the widest, the choice of what happens to an
/// existing file, has room then.
const TWO_FROM_WIDTH: f32 = 680.0;

/// What stands in one place of the grid.
enum Cell {
    Folder,
    CountOnly,
    IfExists,
    Text(Setting, &'static AddField),
    Nothing,
}

pub(super) fn fields_ui(ui: &mut Ui, state: &mut AddSheetState, intents: &mut Vec<Intent>) {
    let links = state.texts.counts().chosen(state.skip);
    let form = &mut state.form;
    let text_cells = |is_more| {
        let fields = text_fields(is_more).into_iter();
        fields.map(|(setting, field)| Cell::Text(setting, field))
    };
    let mut cells = vec![Cell::Folder, Cell::CountOnly];
    cells.extend(text_cells(false));
    cells.push(Cell::IfExists);
    cells_ui(ui, cells, form, links, intents);
    more_button_ui(ui, form, links);
    if form.shows_more {
        cells_ui(ui, text_cells(true).collect(), form, links, intents);
        headers_ui(ui, form);
        if std::mem::take(&mut form.reveals_more) {
            ui.scroll_to_cursor_animation(Some(Align::BOTTOM), ScrollAnimation::none());
        }
    }
}

/// Two cells on each line, or one where there is no room for two.
fn cells_ui(
    ui: &mut Ui,
    mut cells: Vec<Cell>,
    form: &mut Form,
    links: usize,
    intents: &mut Vec<Intent>,
) {
    let room = ui.available_width();
    let columns = if room >= TWO_FROM_WIDTH { 2 } else { 1 };
    let width = (room - GAP * 2.0 * (columns as f32 - 1.0)) / columns as f32;
    if cells.len() % 2 == 1 {
        cells.push(Cell::Nothing);
    }
    for pair in cells.chunks(2) {
        let mut pair_ui = |ui: &mut Ui| {
            for cell in pair {
                in_cell(ui, width, |ui| cell_ui(ui, cell, form, links, intents));
            }
        };
        if columns == 2 {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = GAP * 2.0;
                pair_ui(ui);
            });
        } else {
            pair_ui(ui);
        }
    }
}

fn cell_ui(ui: &mut Ui, cell: &Cell, form: &mut Form, links: usize, intents: &mut Vec<Intent>) {
    match cell {
        Cell::Folder => folder_ui(ui, form, intents),
        Cell::CountOnly => {
            ui.horizontal(|ui| {
                label_ui(ui, "Or");
                let words = "Measure only, save nothing";
                reveal(&checkbox(ui, &mut form.count_only, words));
            });
        }
        Cell::IfExists => if_exists_ui(ui, form),
        Cell::Text(setting, field) => text_ui(ui, *setting, field, form, links),
        Cell::Nothing => {}
    }
}

/// What the keyboard comes to is shown, also where it has to be scrolled to.
fn reveal(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me_animation(None, ScrollAnimation::none());
    }
}

fn in_cell(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(
        vec2(width, theme::CONTROL_HEIGHT),
        Layout::top_down(Align::Min),
        |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
            contents(ui);
        },
    );
}

/// A label, a field, and under it what is wrong with what is typed.
fn text_ui(ui: &mut Ui, setting: Setting, field: &AddField, form: &mut Form, links: usize) {
    let error = form.error(setting, links);
    let is_enabled = form.is_enabled(setting);
    let hint = if setting.entry().for_one && links > 1 {
        "only for one link"
    } else {
        field.hint
    };
    let response = ui.horizontal(|ui| {
        let label = label_ui(ui, field.label);
        let response = Field::new(Id::unique(("add", field.label)), ui.available_width())
            .hint(hint)
            .has_error(error.is_some())
            .enabled(is_enabled)
            .show(ui, form.text_mut(setting));
        response.labelled_by(label)
    });
    error_ui(ui, field.label, error);
    // What is wrong with a change is known in the frame after it.
    let changed = response.inner.id.with("changed");
    let was_changed = ui.data_mut(|data| data.remove_temp::<bool>(changed));
    if response.inner.changed() {
        ui.data_mut(|data| data.insert_temp(changed, true));
    }
    if response.inner.gained_focus() || was_changed.is_some() {
        let both = response.response.rect.union(ui.min_rect());
        ui.scroll_to_rect_animation(both, None, ScrollAnimation::none());
    }
}

fn error_ui(ui: &mut Ui, label: &str, error: Option<String>) {
    let Some(error) = error else { return };
    let failed = Tokens::of(ui.style()).failed;
    ui.horizontal_top(|ui| {
        ui.add_space(LABEL + 8.0);
        let text = RichText::new(format!("{label}: {error}"))
            .size(theme::TEXT_SMALL)
            .color(failed);
        ui.add(egui::Label::new(text).wrap());
    });
}

fn folder_ui(ui: &mut Ui, form: &mut Form, intents: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        let label = label_ui(ui, "Save to");
        let width = ui.available_width();
        if form.has_folder() {
            let choose = Button::new("Choose…")
                .kind(ButtonKind::Quiet)
                .tooltip("Choose the folder");
            let choose_width = choose.width(ui);
            let has_error = form.folder().is_err();
            let field = Field::new(Id::unique(("add", "Save to")), width)
                .has_error(has_error)
                .enabled(!form.count_only)
                .right_margin(choose_width as i8 + 4)
                .hint("a folder");
            let field = field.show(ui, &mut form.folder).labelled_by(label);
            reveal(&field);
            // In the field, at its end.
            let size = vec2(choose_width, theme::CONTROL_HEIGHT);
            let place = Align2::RIGHT_CENTER.anchor_size(field.rect.right_center(), size);
            let builder = UiBuilder::new().max_rect(place);
            let chosen = ui.scope_builder(builder, |ui| choose.show(ui)).inner;
            reveal(&chosen);
            if chosen.clicked() {
                intents.push(Intent::ChooseFolder);
            }
        } else {
            let muted = Tokens::of(ui.style()).muted;
            let font = theme::regular(theme::TEXT_BODY);
            let text = OneLine::new(ui, "the browser's downloads", font, muted, width);
            let (rect, _) =
                ui.allocate_exact_size(vec2(width, theme::CONTROL_HEIGHT), Sense::hover());
            text.paint(ui, Align2::LEFT_CENTER, rect.left_center());
        }
    });
    error_ui(ui, "Save to", form.folder().err());
}

fn if_exists_ui(ui: &mut Ui, form: &mut Form) {
    const WORDS: [(&str, &str); 3] = [
        ("Keep both", "A new file gets a number: name (1).zip"),
        (
            "Replace",
            "The new file takes the place of the one that is there",
        ),
        (
            "Skip",
            "Nothing is downloaded where there is a file already",
        ),
    ];
    ui.horizontal(|ui| {
        label_ui(ui, "If it exists");
        let words = WORDS.map(|(word, _)| word);
        let responses = segments(ui, &words, Some(form.if_exists));
        for (index, response) in responses.into_iter().enumerate() {
            reveal(&response);
            if response.clicked() {
                form.if_exists = index;
            }
            response.on_hover_text(WORDS[index].1);
        }
    });
}

/// Opens and closes the fields that are seldom needed. What is wrong with one of them is not
/// hidden.
fn more_button_ui(ui: &mut Ui, form: &mut Form, links: usize) {
    if form.has_error_in_more(links) {
        form.shows_more = true;
    }
    let (text, icon) = if form.shows_more {
        ("Fewer options", Icon::SortUp)
    } else {
        ("More options", Icon::SortDown)
    };
    let button = Button::new(text)
        .icon(icon)
        .kind(ButtonKind::Quiet)
        .tooltip("Name, limits and headers");
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    // Its icon stands below the labels.
    let place = rect.translate(vec2(-QUIET_MARGIN, 0.0));
    let mut line = ui.new_child(UiBuilder::new().max_rect(place));
    let response = button.show(&mut line);
    reveal(&response);
    if response.clicked() {
        form.shows_more = !form.shows_more;
        form.reveals_more = form.shows_more;
    }
}

fn headers_ui(ui: &mut Ui, form: &mut Form) {
    let error = form.headers().err();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let label = label_ui(ui, "Headers");
        let id = Id::unique(("add", "headers"));
        field_frame(ui, id, error.is_some())
            .inner_margin(Margin::symmetric(10, 6))
            .show(ui, |ui| {
                let field = TextEdit::multiline(&mut form.headers)
                    .id(id)
                    .hint_text("Name: value, one per line")
                    .frame(Frame::NONE)
                    .margin(Margin::ZERO)
                    .desired_rows(2)
                    .desired_width(f32::INFINITY);
                reveal(&ui.add(field).labelled_by(label));
            });
    });
    error_ui(ui, "Headers", error);
}

fn label_ui(ui: &mut Ui, text: &str) -> Id {
    let muted = Tokens::of(ui.style()).muted;
    let layout = Layout::left_to_right(Align::Center);
    let size = vec2(LABEL, theme::CONTROL_HEIGHT);
    let inner = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_size(size);
        ui.label(RichText::new(text).color(muted)).id
    });
    inner.inner
}
