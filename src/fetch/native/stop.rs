//! Why a fetch stops in the middle of a call of the client.

use std::io;

use crate::fetch::Phase;
use crate::runtime::Cancelled;

/// Why a fetch stops in the middle of a call of the client. It travels through the client as its
/// `Error::Other`, which no layer retries or mistakes for the end of a body.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The job was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// This phase took too long.
    #[error("time-out in the phase {0}")]
    TimedOut(Phase),
    /// The host's name could not be looked up.
    #[error("{0}")]
    Resolve(io::Error),
    /// No address of the host could be connected to.
    #[error("{0}")]
    Connect(io::Error),
    /// The connection broke.
    #[error("{0}")]
    Broken(io::Error),
    /// No way through the proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyTrouble),
    /// A response header, or a line between two chunks of a body, is larger than we take.
    #[error("{0} bytes, and no end")]
    TooLarge(usize),
}

impl From<Stop> for ureq::Error {
    fn from(stop: Stop) -> Self {
        Self::Other(Box::new(stop))
    }
}

/// What went wrong between here and the end of the proxy's answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyTrouble {
    /// The proxy's own name has no address.
    #[error("{0}")]
    Resolve(io::Error),
    /// No connection to the proxy.
    #[error("{0}")]
    Connect(io::Error),
    /// The proxy wants to be spoken to over TLS, and that failed.
    #[error("{0}")]
    Tls(String),
    /// The proxy answered, but opened no tunnel.
    #[error("HTTP {http_status}")]
    Refused {
        http_status: u16,
        /// Its `Proxy-Authenticate` headers.
        asks_for: Vec<Vec<u8>>,
    },
    /// The proxy closed the connection without an answer.
    #[error("{0}")]
    Closed(String),
    /// The proxy's answer is not HTTP.
    #[error("{0}")]
    Garbage(String),
    /// The SOCKS proxy wants another login.
    #[error("it does not accept the login")]
    SocksLogin,
    /// The SOCKS proxy opened no tunnel, for the reason of this number.
    #[error("SOCKS reply {0}")]
    SocksRefused(u8),
    /// The proxy's answer is not SOCKS 5.
    #[error("{0}")]
    NotSocks(&'static str),
}
