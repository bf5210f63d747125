//! Addresses of names: a cache, and the running lookups. A lookup cannot be interrupted: it runs in
//! a helper thread, and a fetch that stops leaves it behind.

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;
use std::{fmt, io, thread};

use super::fetch_context::FetchContext;
use super::notifier::Notifier;
use super::transport_error::TransportError;
use crate::fetch::limits;
use crate::runtime::Step;

/// Resolves names. It is called in a helper thread and may block: no fetch is held by it.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, in the order in which they are tried. `port` is that of one of the
    /// URLs that wait for it. Only the addresses of the result count, since they are cached for all
    /// ports of the host.
    ///
    /// # Errors
    /// Any error fails the fetch with class `dns` and its text as the detail. So do an empty result
    /// and a panic.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's own resolver.
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        (host, port).to_socket_addrs().map(Iterator::collect)
    }
}

/// The addresses of names, for a while, and the running lookups: one for all fetches that need the
/// same name.
pub(super) struct DnsCache {
    resolver: Arc<dyn Resolve>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    entries: HashMap<String, CacheEntry>,
    /// Helper threads that run.
    helpers: usize,
    /// The lookups in helper threads.
    running: Vec<Weak<Lookup>>,
    /// The lookups that wait for a helper.
    queued: VecDeque<Weak<Lookup>>,
}

enum CacheEntry {
    /// Gone when the last fetch that needed it stopped before it began.
    Pending(Weak<Lookup>),
    Resolved {
        addresses: Arc<[SocketAddr]>,
        until: Instant,
    },
}

/// One lookup, for all fetches that need its name.
struct Lookup {
    host: String,
    port: u16,
    state: Mutex<LookupState>,
}

enum LookupState {
    /// With what to notify when it is done.
    Pending(Vec<Weak<Notifier>>),
    Resolved(Arc<[SocketAddr]>),
    /// The error, as each of the waiting fetches gets it.
    Failed(io::ErrorKind, String),
}

impl DnsCache {
    pub(super) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self {
            resolver,
            table: Mutex::default(),
        }
    }

    /// The addresses of a host, with this port.
    ///
    /// # Errors
    /// [`TransportError`] when the name has none, when the job was cancelled, or when the phase is
    /// over its time.
    pub(super) fn addresses(
        self: &Arc<Self>,
        context: &FetchContext,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, TransportError> {
        // First, so that a cancelled fetch begins no lookup.
        context.checkpoint()?;
        let lookup = match self.cached_or_lookup(host, port) {
            Ok(addresses) => return Ok(with_port(&addresses, port)),
            Err(lookup) => lookup,
        };
        context.begin_step(Step::computing("Resolving"));
        // Weak: a lookup may hang for much longer than the fetch waits.
        if let LookupState::Pending(waiting) = &mut *lookup.state() {
            waiting.retain(|notifier| notifier.strong_count() > 0);
            waiting.push(Arc::downgrade(context.notifier()));
        }
        let stopped = loop {
            match &*lookup.state() {
                LookupState::Pending(_) => {}
                LookupState::Resolved(addresses) => return Ok(with_port(addresses, port)),
                LookupState::Failed(kind, text) => {
                    return Err(TransportError::Resolve(io::Error::new(*kind, text.clone())));
                }
            }
            if let Err(error) = context.wait([], None) {
                break error;
            }
        };
        drop(lookup);
        // This may have been the last fetch that needed the lookup: then a queued one can begin.
        self.begin_queued();
        Err(stopped)
    }

    /// Begins queued lookups, up to the limits.
    fn begin_queued(self: &Arc<Self>) {
        let mut table = self.table();
        while table.can_begin() {
            let Some(lookup) = table.next_queued() else {
                break;
            };
            table.begin(&lookup);
            let clone = lookup.clone();
            drop(table);
            self.start_helper(&lookup, clone);
            table = self.table();
        }
    }

    /// `clone` is the helper's own reference. It has to exist before the table is unlocked after
    /// [`Table::begin`]: [`Table::can_begin`] counts a lookup by its references.
    fn start_helper(self: &Arc<Self>, lookup: &Arc<Lookup>, clone: Arc<Lookup>) {
        let helper = thread::Builder::new().name("resolve".to_owned()).spawn({
            let cache = self.clone();
            move || cache.run_lookups(clone)
        });
        if let Err(error) = helper {
            let mut table = self.table();
            table.helpers -= 1;
            table.finish(lookup, Err(error));
        }
    }

    /// The cached addresses, or the lookup to wait for.
    fn cached_or_lookup(
        self: &Arc<Self>,
        host: &str,
        port: u16,
    ) -> Result<Arc<[SocketAddr]>, Arc<Lookup>> {
        let mut table = self.table();
        match table.entries.get(host) {
            Some(CacheEntry::Resolved { addresses, until }) if Instant::now() < *until => {
                return Ok(addresses.clone());
            }
            Some(CacheEntry::Pending(lookup)) => {
                if let Some(lookup) = lookup.upgrade() {
                    return Err(lookup);
                }
            }
            _ => {}
        }
        let lookup = Arc::new(Lookup {
            host: host.to_owned(),
            port,
            state: Mutex::new(LookupState::Pending(Vec::new())),
        });
        table.evict();
        table.entries.insert(
            host.to_owned(),
            CacheEntry::Pending(Arc::downgrade(&lookup)),
        );
        if !table.can_begin() {
            // DnsCache that no fetch needs any more must not pile up.
            table.queued.retain(|lookup| lookup.strong_count() > 0);
            table.queued.push_back(Arc::downgrade(&lookup));
            return Err(lookup);
        }
        table.begin(&lookup);
        let clone = lookup.clone();
        drop(table);
        self.start_helper(&lookup, clone);
        Err(lookup)
    }

    /// Runs this lookup, then queued ones, in a helper thread.
    fn run_lookups(&self, first: Arc<Lookup>) {
        let mut next = Some(first);
        while let Some(lookup) = next {
            let call = || self.resolver.resolve(&lookup.host, lookup.port);
            let found = catch_unwind(AssertUnwindSafe(call))
                .unwrap_or_else(|_| Err(io::Error::other("the resolver panicked")))
                .and_then(|found| match found.is_empty() {
                    true => Err(io::Error::other("the name has no address")),
                    false => Ok(found),
                });
            let mut table = self.table();
            table.finish(&lookup, found);
            table.helpers -= 1;
            next = match table.can_begin() {
                true => table.next_queued(),
                false => None,
            };
            if let Some(next) = &next {
                table.begin(next);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Whether one more lookup may begin. A lookup that hangs and that no fetch needs any more
    /// counts only against the much higher limit of threads.
    fn can_begin(&mut self) -> bool {
        self.running.retain(|lookup| lookup.strong_count() > 0);
        let is_needed = |lookup: &&Weak<Lookup>| {
            // One reference is the helper's own, and one is this.
            lookup.upgrade().is_some_and(|lookup| {
                Arc::strong_count(&lookup) > 2 && matches!(*lookup.state(), LookupState::Pending(_))
            })
        };
        let needed = self.running.iter().filter(is_needed).count();
        needed < limits::MAX_LOOKUPS && self.helpers < limits::MAX_LOOKUP_THREADS
    }

    /// A helper takes a lookup.
    fn begin(&mut self, lookup: &Arc<Lookup>) {
        self.helpers += 1;
        self.running.push(Arc::downgrade(lookup));
    }

    /// Caches the addresses of a name, and notifies the fetches that wait for them. A failure is
    /// not cached.
    fn finish(&mut self, lookup: &Arc<Lookup>, found: io::Result<Vec<SocketAddr>>) {
        let state = match found {
            Ok(mut found) => {
                found.truncate(limits::MAX_ADDRESSES);
                let addresses: Arc<[SocketAddr]> = found.into();
                let known = CacheEntry::Resolved {
                    addresses: addresses.clone(),
                    until: Instant::now() + limits::ADDRESSES_KEPT,
                };
                self.entries.insert(lookup.host.clone(), known);
                LookupState::Resolved(addresses)
            }
            Err(error) => {
                self.entries.remove(&lookup.host);
                LookupState::Failed(error.kind(), error.to_string())
            }
        };
        let before = std::mem::replace(&mut *lookup.state(), state);
        if let LookupState::Pending(waiting) = before {
            let waiting = waiting.iter().filter_map(Weak::upgrade);
            waiting.for_each(|notifier| notifier.notify());
        }
    }

    /// The next lookup that a fetch still waits for.
    fn next_queued(&mut self) -> Option<Arc<Lookup>> {
        std::iter::from_fn(|| self.queued.pop_front()).find_map(|lookup| lookup.upgrade())
    }

    /// Removes what is out of date, and if that is not enough, the name whose addresses are the
    /// oldest.
    fn evict(&mut self) {
        if self.entries.len() < limits::MAX_NAMES_KEPT {
            return;
        }
        let now = Instant::now();
        self.entries.retain(|_, entry| match entry {
            CacheEntry::Pending(lookup) => lookup.strong_count() > 0,
            CacheEntry::Resolved { until, .. } => now < *until,
        });
        let known = self.entries.iter().filter_map(|(host, entry)| match entry {
            CacheEntry::Resolved { until, .. } => Some((*until, host)),
            CacheEntry::Pending(_) => None,
        });
        if self.entries.len() >= limits::MAX_NAMES_KEPT
            && let Some((_, oldest)) = known.min()
        {
            let oldest = oldest.clone();
            self.entries.remove(&oldest);
        }
    }
}

impl Lookup {
    fn state(&self) -> MutexGuard<'_, LookupState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_port(addresses: &[SocketAddr], port: u16) -> Vec<SocketAddr> {
    let with_port = |address: &SocketAddr| {
        let mut address = *address;
        address.set_port(port);
        address
    };
    addresses.iter().map(with_port).collect()
}

impl fmt::Debug for DnsCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DnsCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks up as a fetch would, without one.
    fn look_up(cache: &Arc<DnsCache>, host: &str) -> Vec<SocketAddr> {
        let lookup = match cache.cached_or_lookup(host, 80) {
            Ok(addresses) => return with_port(&addresses, 80),
            Err(lookup) => lookup,
        };
        while matches!(*lookup.state(), LookupState::Pending(_)) {
            thread::yield_now();
        }
        look_up(cache, host)
    }

    struct Counting(Mutex<Vec<String>>);

    impl Resolve for Counting {
        fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
            self.0.lock().unwrap().push(host.to_owned());
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 9)); 40])
        }
    }

    fn counting() -> (Arc<Counting>, Arc<DnsCache>) {
        let resolver = Arc::new(Counting(Mutex::default()));
        let cache = Arc::new(DnsCache::new(resolver.clone()));
        (resolver, cache)
    }

    #[test]
    fn addresses_are_kept_for_a_while_and_no_more_than_are_tried() {
        let (resolver, cache) = counting();
        let found = look_up(&cache, "a.example");
        assert_eq!(found.len(), limits::MAX_ADDRESSES);
        assert_eq!(found[0].port(), 80);
        look_up(&cache, "a.example");
        assert_eq!(*resolver.0.lock().unwrap(), ["a.example"]);
        for entry in cache.table().entries.values_mut() {
            if let CacheEntry::Resolved { until, .. } = entry {
                assert!(*until <= Instant::now() + limits::ADDRESSES_KEPT);
                *until = Instant::now();
            }
        }
        look_up(&cache, "a.example");
        assert_eq!(resolver.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn the_oldest_of_too_many_names_is_forgotten() {
        let (resolver, cache) = counting();
        for number in 0..=limits::MAX_NAMES_KEPT {
            look_up(&cache, &format!("h{number}"));
        }
        assert_eq!(cache.table().entries.len(), limits::MAX_NAMES_KEPT);
        let before = resolver.0.lock().unwrap().len();
        look_up(&cache, "h2");
        assert_eq!(resolver.0.lock().unwrap().len(), before);
        look_up(&cache, "h0");
        assert_eq!(resolver.0.lock().unwrap().len(), before + 1);
    }
}
