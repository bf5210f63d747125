//! The time-outs of a fetch.

use std::time::Duration;

use crate::fetch::limits;

/// How long each phase of a fetch may take. Pauses do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Timeouts {
    /// Looking up the host's addresses.
    pub resolve: Duration,
    /// Opening the connection, the TLS handshake included.
    pub connect: Duration,
    /// From sending the request to the end of the response header.
    pub first_byte: Duration,
    /// Between two reads of the body.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            resolve: limits::DEFAULT_RESOLVE_TIMEOUT,
            connect: limits::DEFAULT_CONNECT_TIMEOUT,
            first_byte: limits::DEFAULT_FIRST_BYTE_TIMEOUT,
            idle: limits::DEFAULT_IDLE_TIMEOUT,
        }
    }
}
