//! The agents that all fetches of a runtime share, with their idle connections.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ureq::Agent;

use super::agent::{self, ConnectionKey};
use super::dns_cache::{DnsCache, Resolve};
use crate::fetch::limits::MAX_CLIENTS;
use crate::fetch::{FetchError, Proxy, Request};

/// Agents by [`ConnectionKey`], and the DNS cache that they share.
pub(crate) struct AgentPool {
    dns_cache: Arc<DnsCache>,
    /// Each with its own idle connections; the most recently used one is last.
    agents: Mutex<VecDeque<(ConnectionKey, Agent)>>,
}

impl AgentPool {
    pub(crate) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self {
            dns_cache: Arc::new(DnsCache::new(resolver)),
            agents: Mutex::default(),
        }
    }

    /// The agent for a request that goes through this proxy, or directly.
    ///
    /// # Errors
    /// Class `tls` when a certificate cannot be used.
    pub(crate) fn agent(
        &self,
        request: &Request,
        proxy: Option<&Proxy>,
    ) -> Result<Agent, FetchError> {
        let key = ConnectionKey {
            proxy: proxy.cloned(),
            certificates: request.extra_certificates().cloned(),
        };
        // The lock is held while an agent is built, which reads the system's certificates: others
        // that need the same agent wait for this one.
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        let known = agents.iter().position(|(known, _)| *known == key);
        let agent = match known.and_then(|index| agents.remove(index)) {
            Some((_, agent)) => agent,
            None => agent::build(&key, self.dns_cache.clone())?,
        };
        let is_full = agents.len() >= MAX_CLIENTS;
        let evicted = is_full.then(|| agents.pop_front());
        agents.push_back((key, agent.clone()));
        // Closing its connections must not hold the lock.
        drop(agents);
        drop(evicted);
        Ok(agent)
    }
}

impl fmt::Debug for AgentPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentPool")
    }
}
