//! One-line text fields.

use egui::{
    Align, Align2, Frame, Id, Layout, Margin, Rect, Response, Sense, Stroke, TextEdit, Ui,
    UiBuilder, vec2,
};

use crate::theme::{self, Tokens};

/// A field for one line of text. It needs an accessible name: its own, or a label that is tied to
/// it.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is shown without `show`"]
pub(crate) struct Field<'a> {
    id: Id,
    name: &'a str,
    hint: &'a str,
    width: f32,
    right_margin: i8,
    has_error: bool,
    is_enabled: bool,
}

impl<'a> Field<'a> {
    /// A field of this identity and width in points.
    pub(crate) fn new(id: Id, width: f32) -> Self {
        Self {
            id,
            name: "",
            hint: "",
            width,
            right_margin: 10,
            has_error: false,
            is_enabled: true,
        }
    }

    /// Its accessible name, if no label is tied to it.
    pub(crate) fn name(mut self, name: &'a str) -> Self {
        self.name = name;
        self
    }

    /// The hint in it while it is empty.
    pub(crate) fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Keeps room at its right for something painted over it, in points.
    pub(crate) fn right_margin(mut self, right_margin: i8) -> Self {
        self.right_margin = right_margin;
        self
    }

    /// Whether its text cannot be used: its frame then shows an error.
    #[cfg(feature = "deck")]
    pub(crate) fn has_error(mut self, has_error: bool) -> Self {
        self.has_error = has_error;
        self
    }

    /// Whether it can be typed into.
    #[cfg(feature = "deck")]
    pub(crate) fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    /// Shows it.
    pub(crate) fn show(self, ui: &mut Ui, text: &mut String) -> Response {
        let size = vec2(self.width.max(40.0), theme::CONTROL_HEIGHT);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let layout = Layout::left_to_right(Align::Center);
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
        let margin = Margin {
            left: 10,
            right: self.right_margin,
            top: 0,
            bottom: 0,
        };
        let frame = field_frame(&inner, self.id, self.has_error).inner_margin(margin);
        let ink = if self.is_enabled {
            Tokens::of(ui.style()).text
        } else {
            Tokens::of(ui.style()).faint
        };
        let field = TextEdit::singleline(text)
            .id(self.id)
            .hint_text(self.hint)
            .frame(frame)
            .interactive(self.is_enabled)
            .text_color(ink)
            .desired_width(f32::INFINITY)
            .min_size(Rect::from_min_size(rect.min, size).size())
            .align(Align2::LEFT_CENTER);
        let response = inner.add(field);
        if !self.name.is_empty() {
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_label(self.name);
            });
        }
        response
    }
}

/// The frame of a text field: a hairline, in the accent colour with the focus, red around an error.
pub(crate) fn field_frame(ui: &Ui, id: Id, has_error: bool) -> Frame {
    let tokens = Tokens::of(ui.style());
    let line = if has_error {
        tokens.failed
    } else if ui.memory(|memory| memory.has_focus(id)) {
        tokens.accent
    } else {
        tokens.line
    };
    Frame::new()
        .fill(tokens.bg)
        .stroke(Stroke::new(theme::HAIRLINE, line))
        .corner_radius(theme::RADIUS)
}
