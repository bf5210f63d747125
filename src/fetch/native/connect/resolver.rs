//! The client's resolver: a literal address needs no lookup; names go to the [`DnsCache`].

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::dns_cache::DnsCache;
use super::fetch_context::{self, FetchContext};
use super::transport_error::TransportError;
use crate::fetch::Phase;

/// A resolver whose lookups do not hold a cancelled fetch.
#[derive(Debug)]
pub(super) struct InterruptibleResolver {
    pub(super) dns_cache: Arc<DnsCache>,
    /// A proxy resolves the names of the hosts behind it.
    pub(super) is_behind_proxy: bool,
}

impl Resolver for InterruptibleResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut resolved = self.empty();
        fetch_context::with(|context| {
            if !self.is_behind_proxy {
                let not_a_url = || ureq::Error::BadUri("the URL names no host".to_owned());
                let host = uri.host().ok_or_else(not_a_url)?;
                let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
                    Some("https") => 443,
                    _ => 80,
                });
                context.begin(Phase::Resolve);
                addresses(context, &self.dns_cache, host, port)?
                    .into_iter()
                    .for_each(|address| resolved.push(address));
            }
            // The request itself follows, unless a connection has to be opened first.
            context.begin(Phase::FirstByte);
            Ok(())
        })
        .unwrap_or(Err(ureq::Error::HostNotFound))?;
        Ok(resolved)
    }
}

/// The addresses of a host; an IPv6 address may be in brackets.
///
/// # Errors
/// Those of [`DnsCache::addresses`].
pub(super) fn addresses(
    context: &FetchContext,
    dns_cache: &Arc<DnsCache>,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, TransportError> {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<IpAddr>() {
        Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
        Err(_) => dns_cache.addresses(context, host, port),
    }
}
