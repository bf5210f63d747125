//! Small widgets that know no model: they are given numbers and words, paint them in the theme's colours, and give each
//! control a name for the accessibility tree.
//!
//! Icons are painted with strokes, since no font that is always there has ⏸ or ✖. Nothing here asks for a repaint:
//! what moves is given a beat, a number that its owner counts up ten times a second.

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
