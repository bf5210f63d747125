//! Connections: names, sockets, TLS and proxies under the client. Each of their waits can be
//! paused, cancelled and timed.

mod agent;
mod agent_pool;
mod buffers;
mod certificate_verifier;
mod dns_cache;
mod fetch_context;
mod forward_proxy;
mod happy_eyeballs;
mod header_block;
mod notifier;
mod proxy_connector;
mod resolver;
mod socks;
mod tls;
mod transport;
mod transport_error;
mod validity;

pub(super) use self::agent_pool::AgentPool;
pub use self::dns_cache::Resolve;
pub(super) use self::dns_cache::SystemResolver;
pub(super) use self::fetch_context::{FetchContext, ProxyInfo};
pub(super) use self::transport_error::{ProxyError, TransportError};
