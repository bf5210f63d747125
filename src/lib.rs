//! jobdeck

pub mod format;
pub mod status;
