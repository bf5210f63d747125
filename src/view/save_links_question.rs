//! The question before links are saved that hold secrets.

use egui::{Align, Layout, RichText, Ui, vec2};

use super::intent::Intent;
use crate::format;
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind};

/// What the question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaveLinksQuestion {
    /// How many links are to be saved.
    pub links: usize,
    /// How many of them hold secrets.
    pub secrets: usize,
}

/// The question, over everything else, while there is one. The answer clears it.
pub fn save_links_question_ui(
    ui: &Ui,
    open: &mut Option<SaveLinksQuestion>,
    intents: &mut Vec<Intent>,
) {
    let Some(question) = *open else { return };
    let tokens = Tokens::of(ui.style());
    let modal = widgets::sheet(ui, "save links question", 20);
    let mut answer = None;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (ui.ctx().content_rect().width() - 64.0).clamp(200.0, 440.0);
        ui.set_width(width);
        let count = question.secrets as u64;
        let links = format::count(count, "link holds a secret", "links hold secrets");
        let title = RichText::new(links).font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        let (them, they) = if question.secrets == 1 {
            ("it", "it is")
        } else {
            ("them", "they are")
        };
        let text = format!(
            "A password or a token, for example. Save {them} whole? The file will be readable by \
             you only. Without, {they} left out, and a comment says so."
        );
        ui.label(RichText::new(text).color(tokens.muted));
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let whole = Button::new("Save whole").kind(ButtonKind::Primary);
            if whole.show(ui).clicked() {
                answer = Some(Some(true));
            }
            let has_others = question.links > question.secrets;
            let without = Button::new("Leave out").enabled(has_others);
            if without.show(ui).clicked() {
                answer = Some(Some(false));
            }
            if Button::new("Close").show(ui).clicked() {
                answer = Some(None);
            }
        });
    });
    if response.should_close() {
        answer = Some(None);
    }
    if let Some(answer) = answer {
        *open = None;
        intents.push(Intent::SaveLinks(answer));
    }
}
