//! The pace of the demo's server.

use std::time::Duration;

/// The pace of replies whose URL sets none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Rate of a body; `None` is unlimited.
    pub bytes_per_second: Option<u64>,
    /// Wait before a reply.
    pub delay: Duration,
}
