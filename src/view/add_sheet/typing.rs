//! Where links are typed and pasted, and the lists beside.

use egui::{
    Align, Align2, Event, Frame, Id, Layout, Margin, Rect, RichText, Role, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use super::super::intent::Intent;
use super::state::{AddSheetState, LOW_WINDOW};
use crate::command::Command;
use crate::format;
use crate::links::limits::MAX_TYPED_BYTES;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine, field_frame, icon_button_at};

const LINE: f32 = 26.0;

pub(super) fn typing_ui(ui: &mut Ui, state: &mut AddSheetState, intents: &mut Vec<Intent>) {
    let title = ui.horizontal(|ui| {
        let title = RichText::new("Add downloads").font(theme::semibold(theme::TEXT_TITLE));
        let title = ui.label(title.color(Tokens::of(ui.style()).text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shortcut = Command::OpenList.shortcut_text(ui.ctx());
            let mut open = Button::new(Command::OpenList.text())
                .kind(ButtonKind::Quiet)
                .tooltip(Command::OpenList.tooltip())
                .shortcut(&shortcut);
            if let Some(icon) = Command::OpenList.icon() {
                open = open.icon(icon);
            }
            if open.show(ui).clicked() {
                intents.push(Intent::Run(Command::OpenList));
            }
        });
        title.id
    });
    field_ui(ui, state, title.inner);
    lists_ui(ui, state);
}

fn field_ui(ui: &mut Ui, state: &mut AddSheetState, title: Id) {
    let id = Id::unique("links to add");
    take_long_paste(ui, state, id);
    let is_low = ui.ctx().content_rect().height() < LOW_WINDOW;
    let (height, rows) = if is_low { (60.0, 4) } else { (96.0, 6) };
    field_frame(ui, id, false)
        .inner_margin(Margin::symmetric(10, 8))
        .show(ui, |ui| {
            ScrollArea::vertical()
                .id_salt("links")
                .max_height(height)
                .min_scrolled_height(height)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    let field = TextEdit::multiline(&mut state.texts.typed)
                        .id(id)
                        .hint_text(
                            "https://…, one per line; also file[001-120].zip, {a,b}, or a curl command",
                        )
                        .font(egui::TextStyle::Monospace)
                        .frame(Frame::NONE)
                        .margin(Margin::ZERO)
                        .desired_rows(rows)
                        .desired_width(f32::INFINITY);
                    let response = ui.add(field).labelled_by(title);
                    if std::mem::take(&mut state.takes_focus) {
                        response.request_focus();
                    }
                });
        });
}

/// A field lays all of its text out: what is too long for that becomes a list before the field gets
/// it.
fn take_long_paste(ui: &Ui, state: &mut AddSheetState, field: Id) {
    if !ui.memory(|memory| memory.has_focus(field)) {
        return;
    }
    let room = MAX_TYPED_BYTES.saturating_sub(state.texts.typed.len());
    let mut long = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Paste(text) if text.len() > room => {
                long.push(text.clone());
                false
            }
            _ => true,
        });
    });
    for text in long {
        state.texts.append("Pasted text", &text);
    }
}

/// The lists beside, the files that are being read, and what came of those that hold no links.
fn lists_ui(ui: &mut Ui, state: &mut AddSheetState) {
    if state.texts.lists.is_empty() && state.waiting.is_empty() && state.problems.is_empty() {
        return;
    }
    let tokens = Tokens::of(ui.style());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut removed = None;
        for (index, list) in state.texts.lists.iter().enumerate() {
            let links = list.scanner.counts().links;
            let noun = if links == 1 { "link" } else { "links" };
            let says = format!("{} {noun}", format::grouped(links));
            let button = Some((Icon::Cross, format!("Remove {}", list.name)));
            if line_ui(ui, &list.name, &says, tokens.text, ("list", index), button) {
                removed = Some(index);
            }
        }
        if let Some(index) = removed {
            state.texts.remove_list(index);
        }
        for (index, name) in state.waiting.iter().enumerate() {
            line_ui(
                ui,
                name,
                "being read",
                tokens.muted,
                ("waiting", index),
                None,
            );
        }
        let mut dismissed = None;
        for (index, problem) in state.problems.iter().enumerate() {
            let button = Some((Icon::Cross, "Dismiss".to_owned()));
            if line_ui(ui, problem, "", tokens.failed, ("problem", index), button) {
                dismissed = Some(index);
            }
        }
        if let Some(index) = dismissed {
            state.problems.remove(index);
        }
    });
}

/// A line with a name, what there is to say of it, and a button at its end. True when that is
/// clicked.
fn line_ui(
    ui: &mut Ui,
    name: &str,
    says: &str,
    ink: egui::Color32,
    salt: (&str, usize),
    button: Option<(Icon, String)>,
) -> bool {
    let tokens = Tokens::of(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let small = theme::regular(theme::TEXT_SMALL);
    let right = rect.right() - LINE - 8.0;
    let says_line = OneLine::new(ui, says, small.clone(), tokens.muted, rect.width() * 0.4);
    let says_left = right - says_line.width();
    says_line.paint(ui, Align2::LEFT_CENTER, pos2(says_left, rect.center().y));
    let mut left = rect.left();
    if ink != tokens.failed {
        let center = pos2(left + 7.0, rect.center().y);
        Icon::Folder.paint(ui.painter(), center, 13.0, tokens.muted);
        left += 20.0;
    }
    let name_line = OneLine::new(ui, name, small, ink, says_left - left - 8.0);
    name_line.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.center().y));
    let spoken = if says.is_empty() {
        name.to_owned()
    } else {
        format!("{name}, {says}")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &spoken));
    if name_line.is_cut() {
        response.on_hover_text(spoken);
    }
    button.is_some_and(|(icon, text)| {
        let center = pos2(rect.right() - LINE / 2.0, rect.center().y);
        let square = Rect::from_center_size(center, vec2(LINE, LINE) - vec2(2.0, 2.0));
        icon_button_at(
            ui,
            square,
            Id::unique(("lists to add", salt)),
            icon,
            &text,
            false,
        )
        .clicked()
    })
}
