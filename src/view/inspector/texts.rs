//! Text from elsewhere, made harmless to show.

use std::borrow::Cow;

use egui::{Frame, Label, Margin, RichText, ScrollArea, Stroke, Ui};

use crate::format;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon};

/// Longer lines are cut, in characters.
const MAX_LINE_CHARS: usize = 1000;
/// Longer texts are cut, in lines.
const MAX_LINES: usize = 500;

/// A text with its control characters escaped, except tabs.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains('\t') {
        return format::escaped(text);
    }
    let parts: Vec<_> = text.split('\t').map(format::escaped).collect();
    parts.join("\t").into()
}

/// The same for one line, cut if it is too long.
pub(super) fn visible_line(line: &str) -> Cow<'_, str> {
    // Reads no more of it than is shown.
    let head = &line[..line.floor_char_boundary(4 * MAX_LINE_CHARS + 4)];
    if head.contains(['\n', '\r']) {
        let words: Vec<_> = head.split_whitespace().collect();
        return visible_line(&words.join(" ")).into_owned().into();
    }
    match line.char_indices().nth(MAX_LINE_CHARS) {
        None => visible(line),
        Some((end, _)) => format!("{}…", visible(&line[..end])).into(),
    }
}

/// The same for a text of many lines.
pub(super) fn visible_lines(text: &str) -> String {
    let mut lines = text.lines();
    let mut shown: Vec<_> = lines.by_ref().take(MAX_LINES).map(visible_line).collect();
    if lines.next().is_some() {
        shown.push("…".into());
    }
    shown.join("\n")
}

/// A raw text in a box of bounded height, with a button that copies it.
pub(super) fn raw_text_ui(ui: &mut Ui, id: &str, text: &str, copy_name: &str, most_height: f32) {
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.bg)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin {
            left: 8,
            right: 2,
            top: 2,
            bottom: 4,
        });
    frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let width = (ui.available_width() - 40.0).max(40.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add_space(5.0);
                let area = ScrollArea::vertical()
                    .id_salt(id)
                    .max_height(most_height)
                    .auto_shrink([false, true]);
                area.show(ui, |ui| {
                    let words = RichText::new(visible_lines(text)).monospace();
                    ui.add(
                        Label::new(words.color(tokens.muted))
                            .wrap()
                            .selectable(true),
                    );
                });
            });
            copy_button_ui(ui, copy_name, text);
        });
    });
}

/// A small button that copies a text.
pub(super) fn copy_button_ui(ui: &mut Ui, name: &str, text: &str) {
    let copy = Button::new(name)
        .icon(Icon::Copy)
        .icon_only(true)
        .kind(ButtonKind::Quiet);
    if copy.show(ui).clicked() {
        ui.ctx().copy_text(text.to_owned());
    }
}

/// A heading over a part.
pub(super) fn heading_ui(ui: &mut Ui, text: &str) {
    let tokens = Tokens::of(ui.style());
    let words = RichText::new(text).font(theme::semibold(theme::TEXT_SMALL));
    ui.label(words.color(tokens.muted));
}

/// A line of small, muted text.
pub(super) fn small_ui(ui: &mut Ui, text: &str) {
    let tokens = Tokens::of(ui.style());
    let words = RichText::new(text).size(theme::TEXT_SMALL);
    ui.add(Label::new(words.color(tokens.muted)).wrap());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_named() {
        assert_eq!(visible("plain ü 漢"), "plain ü 漢");
        assert_eq!(visible("a\u{202e}b\0c\td"), "a\\u{202e}b\\u{0}c\td");
        assert_eq!(visible("\u{1b}[31mred"), "\\u{1b}[31mred");
    }

    #[test]
    fn endless_texts_are_cut() {
        let line = visible_lines(&"ü".repeat(1 << 20));
        assert_eq!(line.chars().count(), MAX_LINE_CHARS + 1);
        let lines = visible_lines(&"x\n".repeat(100_000));
        assert_eq!(lines.lines().count(), MAX_LINES + 1);
        assert_eq!(visible_lines("one\r\ntwo"), "one\ntwo");
        assert_eq!(visible_line("one\r\ntwo\0"), "one two\\u{0}");
        let long = "ü\n".repeat(1 << 20);
        assert!(visible_line(&long).chars().count() <= MAX_LINE_CHARS + 1);
    }
}
