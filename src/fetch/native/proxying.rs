//! The way through a proxy: the client's own connector asks it for a tunnel, over our connections, as a part of the
//! phase in which a connection is opened.

use std::io;

use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Transport,
};

use super::current::{self, Stop};
use crate::fetch::Phase;

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
    #[error("HTTP {0}")]
    Refused(u16),
    /// The proxy closed the connection without an answer.
    #[error("{0}")]
    Closed(String),
    /// The proxy's answer is not HTTP.
    #[error("{0}")]
    Garbage(String),
}

/// Opens a tunnel where the client has a proxy, and leaves everything else to the connectors after it.
#[derive(Debug, Default)]
pub(super) struct TunnelConnector(ConnectProxyConnector);

impl<In: Transport> Connector<In> for TunnelConnector {
    type Out = <ConnectProxyConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if details.config.proxy().is_none() {
            return self.0.connect(details, chained);
        }
        current::note(|attempt| attempt.is_at_proxy = true);
        let tunnel = self.0.connect(details, chained).map_err(trouble)?;
        current::note(|attempt| attempt.is_at_proxy = false);
        current::begin(if details.needs_tls() {
            Phase::Tls
        } else {
            Phase::FirstByte
        });
        Ok(tunnel)
    }
}

/// An error of the client on the way to the proxy, as the trouble with the proxy that it is.
fn trouble(error: ureq::Error) -> ureq::Error {
    let trouble = match error {
        ureq::Error::Other(inner) => match inner.downcast::<Stop>() {
            Ok(stop) => match *stop {
                Stop::Resolve(error) => ProxyTrouble::Resolve(error),
                Stop::Connect(error) => ProxyTrouble::Connect(error),
                Stop::Broken(error) => ProxyTrouble::Closed(error.to_string()),
                stop @ Stop::TooLarge(_) => ProxyTrouble::Garbage(stop.to_string()),
                stop @ (Stop::Cancelled(_) | Stop::TimedOut(_) | Stop::Proxy(_)) => {
                    return stop.into();
                }
            },
            Err(other) => return ureq::Error::Other(other),
        },
        ureq::Error::ConnectProxyFailed(reason) => match status_in(&reason) {
            Some(http_status) => ProxyTrouble::Refused(http_status),
            None => ProxyTrouble::Closed("it did not answer".to_owned()),
        },
        ureq::Error::Io(error)
            if error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some() =>
        {
            ProxyTrouble::Tls(error.to_string())
        }
        ureq::Error::Io(error) => ProxyTrouble::Closed(error.to_string()),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => ProxyTrouble::Tls(error.to_string()),
        // Whatever else the client says is about the answer.
        error => ProxyTrouble::Garbage(error.to_string()),
    };
    Stop::Proxy(trouble).into()
}

/// The status in the client's "proxy server responded 407/407".
fn status_in(reason: &str) -> Option<u16> {
    reason
        .split(|c: char| !c.is_ascii_digit())
        .find_map(|number| number.parse().ok())
}
