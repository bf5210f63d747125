//! The strip above the table about what an earlier process left, and about a list that cannot be
//! saved.

use egui::{Align, Align2, Layout, Role, Ui, WidgetInfo, vec2};

use super::intent::Intent;
use crate::command::Command;
use crate::format;
use crate::status::{Glyph, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine, paint_glyph};

/// What the strip says.
#[derive(Clone, Debug, PartialEq)]
pub enum StartBar {
    /// Rows of an earlier process were not finished.
    Unfinished {
        /// How many.
        rows: usize,
        /// Whether they are paused until they are resumed, instead of going on.
        is_paused: bool,
        /// Whether they begin again, because none of their bytes are kept.
        starts_over: bool,
    },
    /// Incomplete downloads are in the folder of downloads that no row is about.
    Found {
        /// How many.
        parts: usize,
        /// The folder, as it is shown.
        folder: String,
    },
    /// Something is to be known of the list as it is kept, in a sentence. It can be closed.
    Note(String),
    /// Another tab of the page has the list: in a sentence, with the offer to use it here.
    Elsewhere(String),
    /// The list is not kept at present, and why.
    NotKept(String),
}

impl StartBar {
    fn text(&self) -> String {
        match self {
            Self::Unfinished {
                rows,
                is_paused,
                starts_over,
            } => {
                let rows =
                    format::count(*rows as u64, "unfinished download", "unfinished downloads");
                let what = if *is_paused { "paused" } else { "going on" };
                let how = if *starts_over {
                    " · from the start, a page does not keep their bytes yet"
                } else {
                    ""
                };
                format!("{rows} · {what}{how}")
            }
            Self::Found { parts, folder } => {
                let parts =
                    format::count(*parts as u64, "unfinished download", "unfinished downloads");
                format!("{parts} in {folder}")
            }
            Self::Note(text) | Self::Elsewhere(text) | Self::NotKept(text) => text.clone(),
        }
    }
}

/// Says it in one line in any window, with what can be done about it.
pub(super) fn start_bar_ui(ui: &mut Ui, bar: &StartBar, intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    let run = |command: Command| (command.text(), Intent::Run(command));
    let (tone, glyph, act) = match bar {
        StartBar::Unfinished {
            is_paused: true, ..
        } => (Tone::Text, Glyph::Clock, Some(run(Command::ResumeAll))),
        StartBar::Unfinished { .. } => (Tone::Text, Glyph::ArrowDown, Some(run(Command::PauseAll))),
        StartBar::Found { .. } => {
            let add = ("Add to the list", Intent::AddFound);
            (Tone::Text, Glyph::Clock, Some(add))
        }
        StartBar::Note(_) => (Tone::Doubt, Glyph::Warning, None),
        StartBar::Elsewhere(_) => {
            let take = ("Use it here", Intent::UseListHere);
            (Tone::Doubt, Glyph::Warning, Some(take))
        }
        StartBar::NotKept(_) => (Tone::Failed, Glyph::Warning, None),
    };
    let ink = tokens.tone(tone);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if !matches!(bar, StartBar::NotKept(_) | StartBar::Elsewhere(_)) {
            let close = Button::new("Close the notice")
                .icon(Icon::Cross)
                .icon_only(true)
                .kind(ButtonKind::Quiet);
            if close.show(ui).clicked() {
                intents.push(Intent::CloseStartBar);
            }
        }
        if let Some((word, intent)) = act {
            let button = Button::new(word).kind(ButtonKind::Quiet);
            if button.show(ui).clicked() {
                intents.push(intent);
                intents.push(Intent::CloseStartBar);
            }
        }
        let text = bar.text();
        let size = vec2(ui.available_width(), theme::TEXT_BODY * 1.5);
        let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, text.as_str()));
        let glyph_at = rect.left_center() + vec2(theme::TEXT_BODY / 2.0, 0.0);
        paint_glyph(ui, glyph, glyph_at, ink);
        let gap = theme::TEXT_BODY + 6.0;
        let font = theme::regular(theme::TEXT_BODY);
        let line = OneLine::new(ui, &text, font, ink, (rect.width() - gap).max(0.0));
        line.paint(ui, Align2::LEFT_CENTER, rect.left_center() + vec2(gap, 0.0));
        if line.is_cut() {
            response.on_hover_text(&text);
        }
    });
}
