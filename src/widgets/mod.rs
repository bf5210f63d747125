//! Small widgets that know no model: they take numbers and words, paint them in the theme's
//! colours, and give each control an accessible name.
//!
//! Icons are painted with strokes, since no font that is always available has ⏸ or ✖. No widget
//! requests a repaint: what moves takes a beat, a number that the window counts up ten times a
//! second.

mod bar;
mod button;
mod checkbox;
mod chip;
mod field;
mod glyph;
mod heartbeat;
mod icon;
#[cfg(feature = "deck")]
mod segments;
mod sheet;
mod sparkline;
mod text;

pub(crate) use bar::{BarValue, paint_bar};
pub(crate) use button::{Button, ButtonKind, icon_button_at};
pub(crate) use checkbox::{CheckState, checkbox, checkbox_at};
pub(crate) use chip::{chip, chip_width};
pub(crate) use field::{Field, field_frame};
pub(crate) use glyph::paint_glyph;
pub(crate) use heartbeat::{HEARTBEAT, heartbeat};
pub(crate) use icon::Icon;
#[cfg(feature = "deck")]
pub(crate) use segments::segments;
pub(crate) use sheet::sheet;
pub(crate) use sparkline::paint_sparkline;
pub(crate) use text::{OneLine, clipped, key_cap};
