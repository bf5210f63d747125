//! The client's resolver: a literal address needs no lookup; see [`Lookups`] for names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::dns_cache::Lookups;
use super::fetch_context;
use super::transport_error::Stop;
use crate::fetch::Phase;

/// A resolver whose lookups do not hold a cancelled fetch.
#[derive(Debug)]
pub(crate) struct InterruptibleResolver {
    pub(crate) lookups: Arc<Lookups>,
    /// A proxy looks up the names of the hosts behind it.
    pub(crate) is_behind_proxy: bool,
}

impl Resolver for InterruptibleResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut resolved = self.empty();
        if !self.is_behind_proxy {
            let not_a_url = || ureq::Error::BadUri("the URL names no host".to_owned());
            let host = uri.host().ok_or_else(not_a_url)?;
            let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
                Some("https") => 443,
                _ => 80,
            });
            fetch_context::begin(Phase::Resolve);
            addresses(&self.lookups, host, port)?
                .into_iter()
                .for_each(|address| resolved.push(address));
        }
        // What follows is the request itself, unless a connection has to be opened first.
        fetch_context::begin(Phase::FirstByte);
        Ok(resolved)
    }
}

/// The addresses of a host; an IPv6 address may be in brackets.
///
/// # Errors
/// [`Stop`], as [`Lookups::addresses`] says.
pub(crate) fn addresses(
    lookups: &Arc<Lookups>,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Stop> {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<IpAddr>() {
        Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
        Err(_) => lookups.addresses(host, port),
    }
}
