//! The sheet that gives a download another link.

use egui::{Align, Id, Key, Label, Layout, Modifiers, RichText, Ui, vec2};

use super::intent::Intent;
use crate::fetch::{FetchError, Request};
use crate::format;
use crate::links::parse_link;
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind, Field};

/// What the sheet keeps while it is open.
#[derive(Clone, Debug)]
pub struct ChangeUrlState {
    /// The row that gets another link.
    pub id: RowId,
    /// What the row is called.
    pub name: String,
    /// The current link, as it may be shown.
    pub old_url: String,
    /// How many bytes of it have been received.
    pub kept_bytes: u64,
    text: String,
    takes_focus: bool,
    /// The text that was parsed last, and its result.
    read: (String, Option<Result<Request, FetchError>>),
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
            takes_focus: true,
            read: (String::new(), None),
        }
    }

    /// The link that is typed, parsed only when the text changed; `None` while the field is empty.
    fn request(&mut self) -> Option<&Result<Request, FetchError>> {
        if self.read.0 != self.text {
            // A command of several lines is pasted as one line, with its line continuations.
            let link = parse_link(&self.text.replace(" \\ ", " "));
            self.read = (
                self.text.clone(),
                link.map(|link| link.map(|link| link.request)),
            );
        }
        self.read.1.as_ref()
    }
}

const WIDTH: f32 = 560.0;

/// The sheet, over everything else, while there is a state. Closing it clears the state.
pub fn change_url_ui(ui: &Ui, open: &mut Option<ChangeUrlState>, intents: &mut Vec<Intent>) {
    let Some(state) = open else { return };
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "change url", 20);
    let id_of_row = state.id;
    let mut closes = false;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, WIDTH);
        ui.set_width(width);
        let title = RichText::new(format!("Change the URL of {}", state.name));
        let title = title.font(theme::semibold(theme::TEXT_TITLE));
        ui.add(Label::new(title.color(tokens.text)).truncate());
        let small = |text: &str, ink| RichText::new(text).size(theme::TEXT_SMALL).color(ink);
        ui.label(small("Current link", tokens.muted));
        ui.add(Label::new(RichText::new(&state.old_url).color(tokens.text)).truncate());
        ui.add_space(4.0);
        let label = ui
            .label(small("The new link, or a curl command", tokens.muted))
            .id;
        let id = Id::unique("new url");
        // Before the field, which would give up the focus.
        let enter = ui.memory(|memory| memory.has_focus(id))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let has_error = matches!(state.request(), Some(Err(_)));
        let field = Field::new(id, width).hint("https://…").has_error(has_error);
        let field = field.show(ui, &mut state.text).labelled_by(label);
        if std::mem::take(&mut state.takes_focus) {
            field.request_focus();
        }
        let kept_bytes = state.kept_bytes;
        let request = state.request();
        let (line, ink) = match request {
            Some(Err(error)) => (said(error), tokens.failed),
            _ => (what_becomes_of(kept_bytes), tokens.muted),
        };
        ui.label(small(&line, ink));
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let change = Button::new("Change and go on")
                .kind(ButtonKind::Primary)
                .enabled(matches!(request, Some(Ok(_))));
            let is_asked = change.show(ui).clicked() || enter;
            if let (true, Some(Ok(request))) = (is_asked, request) {
                intents.push(Intent::ChangeUrl(id_of_row, Box::new(request.clone())));
                closes = true;
            }
            closes |= Button::new("Close").show(ui).clicked();
        });
    });
    // A click beside the sheet does not close it: what is typed would be lost too easily.
    let escapes = response.is_top_modal
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if closes || escapes {
        *open = None;
    }
}

/// The message and the hint of an error, in one line.
fn said(error: &FetchError) -> String {
    if error.hint.is_empty() {
        error.message.clone()
    } else {
        format!("{}. {}", error.message, error.hint)
    }
}

/// What a new link does with the bytes that are there.
fn what_becomes_of(kept_bytes: u64) -> String {
    if kept_bytes == 0 {
        return "Starts over".to_owned();
    }
    let kept = format::bytes(kept_bytes);
    format!("{kept} are there: it goes on with them, once they are proved to be of the same file")
}
