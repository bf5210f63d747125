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
mod segments;
mod sheet;
mod sparkline;
mod text;

pub use bar::{BarValue, paint_bar};
pub use button::{Button, ButtonKind, icon_button_at};
pub use checkbox::{CheckState, checkbox, checkbox_at};
pub use chip::{chip, chip_width};
pub use field::{Field, field_frame};
pub use glyph::paint_glyph;
pub use heartbeat::{HEARTBEAT, heartbeat};
pub use icon::Icon;
pub use segments::segments;
pub use sheet::sheet;
pub use sparkline::paint_sparkline;
pub use text::{OneLine, clipped, key_cap};
