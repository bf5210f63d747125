//! The time-outs of a fetch.

use std::time::Duration;

use crate::fetch::limits;

/// How long each phase of a fetch may take. Pauses do not count. None of them limits the whole: for
/// that, put the fetch inside [`JobContext::timeout`](crate::runtime::JobContext::timeout), whose
/// error a [`RetryPolicy`](crate::fetch::RetryPolicy) retries too.
///
/// A phase that takes longer is an error of class
/// [`Timeout`](crate::fetch::ErrorClass::Timeout), whose
/// [`phase`](crate::fetch::FetchError::phase) says which, and which a
/// [`RetryPolicy`](crate::fetch::RetryPolicy) retries.
///
/// ```
/// use jobdeck::fetch::{Request, Timeouts};
/// use std::time::Duration;
///
/// let quick = Timeouts { first_byte: Duration::from_secs(5), ..Timeouts::default() };
/// let request = Request::get("https://example.com/")?.with_timeouts(quick);
/// assert_eq!(request.timeouts().first_byte, Duration::from_secs(5));
/// assert_eq!(request.timeouts().idle, Duration::from_secs(30));
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Timeouts {
    /// Looking up the host's addresses: 10 s by default.
    pub resolve: Duration,
    /// Opening the connection, the TLS handshake included: 15 s by default.
    pub connect: Duration,
    /// From sending the request to the end of the response header: 120 s by default.
    pub first_byte: Duration,
    /// Between two reads of the body: 30 s by default.
    pub idle: Duration,
}

impl Default for Timeouts {
    /// 10 s for the lookup, 15 s for the connection, 120 s for the header, 30 s between two reads.
    fn default() -> Self {
        Self {
            resolve: limits::DEFAULT_RESOLVE_TIMEOUT,
            connect: limits::DEFAULT_CONNECT_TIMEOUT,
            first_byte: limits::DEFAULT_FIRST_BYTE_TIMEOUT,
            idle: limits::DEFAULT_IDLE_TIMEOUT,
        }
    }
}
