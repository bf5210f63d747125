//! The options of downloads and of the window: what the command line, the settings, the Add sheet
//! and a link can say.
//!
//! `table.rs` has every option once. A place that says something fills a layer, [`Options`];
//! [`Settings::apply`] puts one layer over another.

mod bounds;
mod entry;
mod headers;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use bounds::{
    Bounded, CONNECT_TIMEOUT, HISTORY_ROWS, HOST_PATIENCE, HOST_PATIENCE_OF_RUN, JOBS_AT_ONCE,
    JOBS_PER_HOST, KEPT_DAYS, KEPT_ROWS, MAX_REDIRECTS, RATE_LIMIT, RETRIES, SCALE_PERCENT,
    SCALE_STEP_PERCENT, TIME_LIMIT,
};
pub use entry::{AddField, Control, Entry, Flag, Section, SettingRow};
pub use headers::Headers;
pub use table::{Options, Setting, Settings};
pub use value::{MUST_BE_MORE, ThemeChoice};
