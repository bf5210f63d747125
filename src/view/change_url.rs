//! The sheet that gives a download another link.

use egui::{Align, Frame, Id, Key, Layout, Margin, Modal, Modifiers, RichText, Stroke, Ui, vec2};

use crate::command::Intent;
use crate::fetch::{FetchError, Request};
use crate::format;
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Field};

/// What the sheet keeps while it is open.
#[derive(Clone, Debug)]
pub struct ChangeUrlState {
    /// The row that gets another link.
    pub id: RowId,
    /// What the row is called.
    pub name: String,
    /// The link it has, as it may be shown.
    pub old_url: String,
    /// How many bytes of it are there.
    pub kept_bytes: u64,
    text: String,
}

impl ChangeUrlState {
    /// The sheet for a row, with an empty field.
    #[must_use]
    pub fn new(id: RowId, name: String, old_url: String, kept_bytes: u64) -> Self {
        Self {
            id,
            name,
            old_url,
            kept_bytes,
            text: String::new(),
        }
    }
}

/// The sheet, over everything else, while there is a state; it takes the state away when it closes.
pub fn change_url_ui(ui: &Ui, open: &mut Option<ChangeUrlState>, intents: &mut Vec<Intent>) {
    let Some(state) = open else { return };
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect().size();
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(10.0)
        .inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique("change url"))
        .frame(frame)
        .backdrop_color(tokens.backdrop);
    let mut closes = false;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, 560.0);
        ui.set_width(width);
        let title = RichText::new(format!("Another link for {}", state.name));
        let title = title.font(theme::semibold(theme::TEXT_TITLE)).color(tokens.text);
        ui.add(egui::Label::new(title).truncate());
        let small = |text: &str| RichText::new(text).size(theme::TEXT_SMALL).color(tokens.muted);
        ui.add(egui::Label::new(small(&state.old_url)).truncate());
        if state.kept_bytes > 0 {
            let kept = format::bytes(state.kept_bytes);
            ui.label(small(&format!(
                "It goes on with the {kept} that are there, once they are proved to be of the same file"
            )));
        }
        let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let id = Id::unique("new url");
        let request: Option<Result<Request, FetchError>> = match state.text.trim() {
            "" => None,
            url => Some(Request::get(url)),
        };
        let field = Field::new(id, width)
            .hint("https://…")
            .has_error(matches!(request, Some(Err(_))));
        let response = field.show(ui, &mut state.text);
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if let Some(Err(error)) = &request {
            ui.label(RichText::new(&error.message).size(theme::TEXT_SMALL).color(tokens.failed));
        }
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let change = Button::new("Change and go on")
                .kind(ButtonKind::Primary)
                .enabled(matches!(request, Some(Ok(_))));
            let is_asked = change.show(ui).clicked() || enter;
            if let (true, Some(Ok(request))) = (is_asked, request) {
                intents.push(Intent::ChangeUrl(state.id, Box::new(request)));
                closes = true;
            }
            closes |= Button::new("Close").show(ui).clicked();
        });
    });
    if closes || response.should_close() {
        *open = None;
    }
}
