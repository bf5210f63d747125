//! Where a page can write to: nowhere.

/// What a body is written to as it comes. A page has no such place, and so this has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stream {}
