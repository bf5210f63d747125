//! The client's agent: its configuration, and the chain of transports under it.

use std::sync::Arc;

use ureq::Agent;
use ureq::unversioned::transport::Connector as _;

use super::dns_cache::DnsCache;
use super::proxy_connector::{ProxyConnector, USER_AGENT};
use super::resolver::InterruptibleResolver;
use super::tls::{TlsClient, TlsConnector};
use super::transport::WatchConnector;
use crate::fetch::limits;
use crate::fetch::{ExtraCertificates, FetchError, Proxy};

/// How a connection is made. A connection serves only requests with the same key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ConnectionKey {
    pub(super) proxy: Option<Proxy>,
    pub(super) certificates: Option<ExtraCertificates>,
}

/// An agent for the connections of this key, with its own idle ones.
///
/// # Errors
/// Class `tls` when a certificate cannot be used.
pub(super) fn build(key: &ConnectionKey, dns_cache: Arc<DnsCache>) -> Result<Agent, FetchError> {
    let tls = Arc::new(TlsClient::new(key.certificates.clone())?);
    let config = Agent::config_builder()
        // The headers of a response with an error status are needed too.
        .http_status_as_error(false)
        // Redirects are followed by `redirect_chain`, by stricter rules.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // The connector below knows the proxy; the client must not take another one from the
        // environment.
        .proxy(None)
        .user_agent(USER_AGENT)
        .max_response_header_size(limits::MAX_HEADER_BYTES)
        // Space for the largest header and the first bytes after it.
        .input_buffer_size(limits::MAX_HEADER_BYTES + 4 * 1024)
        // A request with the longest URL and some headers.
        .output_buffer_size(limits::MAX_URL_BYTES + 8 * 1024)
        .max_idle_connections(limits::MAX_IDLE_CONNECTIONS)
        .max_idle_connections_per_host(limits::MAX_IDLE_CONNECTIONS_PER_HOST)
        .build();
    let resolver = InterruptibleResolver {
        dns_cache: dns_cache.clone(),
        is_behind_proxy: key.proxy.as_ref().is_some_and(Proxy::looks_names_up),
    };
    let to_host = ProxyConnector {
        proxy: key.proxy.clone(),
        dns_cache,
        tls: tls.clone(),
    };
    let connector = ().chain(to_host).chain(TlsConnector(tls)).chain(WatchConnector);
    Ok(Agent::with_parts(config, connector, resolver))
}
