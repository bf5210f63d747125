//! The question before rows are removed with their files.

use egui::{Align, Layout, RichText, Ui, vec2};

use super::intent::Intent;
use crate::format;
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind, checkbox};

/// What the question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteQuestion {
    /// The rows to remove.
    pub ids: Vec<RowId>,
    /// How many files they have on disk.
    pub files: usize,
    /// The size of these, in bytes.
    pub bytes: u64,
    /// How many of the rows have not ended.
    pub unfinished: usize,
    /// Whether the files are deleted too.
    pub deletes: bool,
}

/// The question, over everything else, while there is one. The answer clears it.
pub fn delete_question_ui(ui: &Ui, open: &mut Option<DeleteQuestion>, intents: &mut Vec<Intent>) {
    let Some(question) = open else { return };
    let tokens = Tokens::of(ui.style());
    let modal = widgets::sheet(ui, "delete question", 20);
    let mut closes = false;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (ui.ctx().content_rect().width() - 64.0).clamp(200.0, 400.0);
        ui.set_width(width);
        let jobs = format::count(question.ids.len() as u64, "job", "jobs");
        let title = RichText::new(format!("Remove {jobs}"));
        let title = title.font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        let mut says = |text: String| ui.label(RichText::new(text).color(tokens.muted));
        if question.files == 0 {
            let whose = if question.ids.len() == 1 {
                "It has"
            } else {
                "They have"
            };
            says(format!("{whose} no file on the disk"));
        }
        if question.unfinished > 0 {
            let jobs = format::count(question.unfinished as u64, "job has", "jobs have");
            let ends = if question.deletes {
                ", and will be cancelled first"
            } else {
                ""
            };
            says(format!("{jobs} not ended{ends}"));
        }
        if question.files > 0 {
            let files = format::count(question.files as u64, "file", "files");
            let bytes = format::bytes(question.bytes);
            let text = format!("Delete {files} from the disk too ({bytes})");
            checkbox(ui, &mut question.deletes, &text);
            let hint = "A file that was deleted cannot be brought back; \
                        a job that was removed can, for a while";
            ui.label(RichText::new(hint).color(tokens.muted));
        }
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let word = if question.deletes {
                "Remove and delete"
            } else {
                "Remove from the list"
            };
            if Button::new(word)
                .kind(ButtonKind::Primary)
                .show(ui)
                .clicked()
            {
                intents.push(Intent::Remove {
                    ids: std::mem::take(&mut question.ids),
                    deletes_files: question.deletes,
                });
                closes = true;
            }
            closes |= Button::new("Close").show(ui).clicked();
        });
    });
    if closes || response.should_close() {
        *open = None;
    }
}
