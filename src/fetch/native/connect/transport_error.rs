//! Why a transport gave up in the middle of a call of the client.

use std::io;

use crate::fetch::Phase;
use crate::runtime::Cancelled;

/// Why a transport gave up. It travels through the client as its `Error::Other`, which no layer
/// retries or mistakes for the end of a body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    /// The job was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// This phase took too long.
    #[error("time-out in the phase {0}")]
    TimedOut(Phase),
    /// The host's name could not be resolved.
    #[error("{0}")]
    Resolve(io::Error),
    /// No address of the host accepted a connection.
    #[error("{0}")]
    Connect(io::Error),
    /// The connection broke.
    #[error("{0}")]
    Broken(io::Error),
    /// The proxy failed.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A response header, or a line between two chunks of a body, exceeds the limit.
    #[error("{0} bytes, and no end")]
    TooLarge(usize),
}

impl From<TransportError> for ureq::Error {
    fn from(error: TransportError) -> Self {
        Self::Other(Box::new(error))
    }
}

/// What went wrong up to the end of the proxy's own response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    /// The proxy's name could not be resolved.
    #[error("{0}")]
    Resolve(io::Error),
    /// The proxy accepted no connection.
    #[error("{0}")]
    Connect(io::Error),
    /// The TLS handshake with the proxy failed.
    #[error("{0}")]
    Tls(String),
    /// The proxy opened no tunnel.
    #[error("HTTP {http_status}")]
    Refused {
        http_status: u16,
        /// Its `Proxy-Authenticate` headers.
        challenges: Vec<Vec<u8>>,
    },
    /// The proxy closed the connection without a response.
    #[error("{0}")]
    Closed(String),
    /// The proxy's response is not HTTP.
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
