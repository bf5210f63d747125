//! Connections: names, sockets, TLS and proxies under the client, each wait of which can be ended.

pub(crate) mod agent_pool;
pub(crate) mod buffers;
pub(crate) mod certificate_verifier;
pub(crate) mod dns_cache;
pub(crate) mod fetch_context;
pub(crate) mod forward_proxy;
pub(crate) mod happy_eyeballs;
pub(crate) mod header_block;
pub(crate) mod notifier;
pub(crate) mod proxy_connector;
pub(crate) mod resolver;
pub(crate) mod tls;
pub(crate) mod transport;
pub(crate) mod transport_error;
