//! What a row shows: its words, glyph, colour tone and filter chip, as plain data and without a
//! GUI.
//!
//! Between the model, which fills these types from what it knows of a job, and the views and the
//! run without a window, which only read them. [`Status`] is the one table of lifecycle × step ×
//! outcome; no other code has words for a state. A [`RowSource`] is any list of rows a table can
//! show.

mod abilities;
mod amount;
mod chip;
mod column;
mod of_job;
mod past;
mod row_status;
mod rows;
mod sort_value;
mod sorting;
#[cfg(test)]
mod tests;
mod totals;
mod verb;

pub use abilities::Abilities;
pub use amount::Amount;
pub use chip::{Chip, Counts, Filter};
pub use column::Column;
pub use of_job::{
    EndContext, Silence, StatusContext, children_of_job, status_of_job, status_of_outcome,
};
pub use past::{RateCurve, Timeline, TimelineLine};
pub use row_status::{FailureKind, Glyph, RowId, Status, Tone};
pub use rows::{RowSource, RowView};
pub use sort_value::SortValue;
pub use sorting::{Direction, RowExtras, Sorting, SuggestedAction};
pub use totals::{NetworkOutage, Totals};
pub use verb::{MoveTo, Verb};
