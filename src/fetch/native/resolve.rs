//! The client's resolver: a literal address needs no lookup; see [`Lookups`] for names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::current;
use super::lookups::Lookups;
use crate::fetch::Phase;

/// A resolver whose lookups do not hold a cancelled fetch.
#[derive(Debug)]
pub(super) struct InterruptibleResolver(pub(super) Arc<Lookups>);

impl Resolver for InterruptibleResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let not_a_url = || ureq::Error::BadUri("the URL names no host".to_owned());
        let host = uri.host().ok_or_else(not_a_url)?;
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        });
        current::begin(Phase::Resolve);
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = match literal.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.0.addresses(host, port)?,
        };
        // What follows is the request itself, unless a connection has to be opened first.
        current::begin(Phase::FirstByte);
        let mut resolved = self.empty();
        addresses
            .into_iter()
            .for_each(|address| resolved.push(address));
        Ok(resolved)
    }
}
