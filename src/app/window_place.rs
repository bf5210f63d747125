//! The place of the window, as it was saved.

use eframe::Storage;
use egui::{Pos2, Vec2, pos2, vec2};

use super::saved_layout::{SEPARATOR, WINDOW_NAME};
use super::storage_text;

/// Where the window was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WindowPlace {
    pub(super) position: Pos2,
    pub(super) size: Vec2,
    pub(super) is_maximized: bool,
}

/// The place that was saved, if it can be understood.
pub(super) fn window_place(storage: &dyn Storage) -> Option<WindowPlace> {
    let text = storage_text::get(storage, WINDOW_NAME)?;
    let mut parts = text.split(SEPARATOR);
    let mut number = || {
        parts
            .next()?
            .parse::<f32>()
            .ok()
            .filter(|it| it.is_finite())
    };
    let (x, y, width, height) = (number()?, number()?, number()?, number()?);
    Some(WindowPlace {
        position: pos2(x, y),
        size: vec2(width, height),
        is_maximized: parts.next() == Some("true"),
    })
}
