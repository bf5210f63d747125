//! jobdeck

pub mod format;
pub mod runtime;
pub mod status;
#[cfg(feature = "ui")]
pub mod theme;
#[cfg(feature = "ui")]
pub mod widgets;
