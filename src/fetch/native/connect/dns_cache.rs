//! The lookups of names under way, and their answers. A lookup cannot be interrupted: it runs in a helper thread, a
//! fetch waits for its answer, and leaves it behind when it stops.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;
use std::{fmt, io, thread};

use super::agent_pool::Resolve;
use super::fetch_context;
use super::notifier::Wake;
use super::transport_error::Stop;
use crate::fetch::limits;
use crate::runtime::Step;

/// The names that were looked up a short while ago, and those that are looked up now.
pub(crate) struct Lookups {
    resolver: Arc<dyn Resolve>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    names: HashMap<String, Name>,
    /// Helper threads that run.
    helpers: usize,
    /// What they look up.
    under_way: Vec<Weak<Lookup>>,
    /// The lookups that wait for a helper.
    waiting: VecDeque<Weak<Lookup>>,
}

enum Name {
    /// It is gone when nobody wants it any more before it began.
    LookedUp(Weak<Lookup>),
    Known {
        addresses: Arc<[SocketAddr]>,
        until: Instant,
    },
}

/// One lookup, for all who want its name.
struct Lookup {
    host: String,
    port: u16,
    outcome: Mutex<Outcome>,
}

enum Outcome {
    /// Not yet; who is to be rung when it is there.
    Awaited(Vec<Weak<Wake>>),
    Found(Arc<[SocketAddr]>),
    /// What went wrong, for each of those who wait.
    Failed(io::ErrorKind, String),
}

impl Lookups {
    pub(crate) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self {
            resolver,
            table: Mutex::default(),
        }
    }

    /// The addresses of a host, with this port.
    ///
    /// # Errors
    /// [`Stop`] when the name has none, when the job was cancelled, or when the phase is over its time.
    pub(crate) fn addresses(
        self: &Arc<Self>,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Stop> {
        // First the gate, so that a cancelled fetch starts nothing.
        fetch_context::gate()?;
        let lookup = match self.known_or_lookup(host, port) {
            Ok(addresses) => return Ok(with_port(&addresses, port)),
            Err(lookup) => lookup,
        };
        fetch_context::step(Step::computing("Resolving"));
        // Whoever leaves takes the bell along: a lookup may hang for much longer than a fetch waits.
        if let (Some(bell), Outcome::Awaited(bells)) =
            (fetch_context::bell(), &mut *lookup.outcome())
        {
            bells.retain(|bell| bell.strong_count() > 0);
            bells.push(Arc::downgrade(&bell));
        }
        let waited = loop {
            match &*lookup.outcome() {
                Outcome::Awaited(_) => {}
                Outcome::Found(addresses) => return Ok(with_port(addresses, port)),
                Outcome::Failed(kind, text) => {
                    return Err(Stop::Resolve(io::Error::new(*kind, text.clone())));
                }
            }
            if let Err(stop) = fetch_context::wait([], None) {
                break stop;
            }
        };
        drop(lookup);
        // It may have been the last that wanted this lookup: then another one has its turn.
        self.begin_waiting();
        Err(waited)
    }

    /// Begins lookups that wait, while there is room for them.
    fn begin_waiting(self: &Arc<Self>) {
        let mut table = self.table();
        while table.has_room() {
            let Some(lookup) = table.next_waiting() else {
                break;
            };
            table.begin(&lookup);
            drop(table);
            self.start_helper(&lookup);
            table = self.table();
        }
    }

    fn start_helper(self: &Arc<Self>, lookup: &Arc<Lookup>) {
        let helper = thread::Builder::new().name("resolve".to_owned()).spawn({
            let (lookups, lookup) = (self.clone(), lookup.clone());
            move || lookups.help(lookup)
        });
        if let Err(error) = helper {
            let mut table = self.table();
            table.helpers -= 1;
            table.settle(lookup, Err(error));
        }
    }

    /// The addresses that are kept, or the lookup that is to be waited for.
    fn known_or_lookup(
        self: &Arc<Self>,
        host: &str,
        port: u16,
    ) -> Result<Arc<[SocketAddr]>, Arc<Lookup>> {
        let mut table = self.table();
        match table.names.get(host) {
            Some(Name::Known { addresses, until }) if Instant::now() < *until => {
                return Ok(addresses.clone());
            }
            Some(Name::LookedUp(lookup)) => {
                if let Some(lookup) = lookup.upgrade() {
                    return Err(lookup);
                }
            }
            _ => {}
        }
        let lookup = Arc::new(Lookup {
            host: host.to_owned(),
            port,
            outcome: Mutex::new(Outcome::Awaited(Vec::new())),
        });
        table.make_room();
        table
            .names
            .insert(host.to_owned(), Name::LookedUp(Arc::downgrade(&lookup)));
        if !table.has_room() {
            // Those that nobody waits for any more must not pile up.
            table.waiting.retain(|lookup| lookup.strong_count() > 0);
            table.waiting.push_back(Arc::downgrade(&lookup));
            return Err(lookup);
        }
        table.begin(&lookup);
        drop(table);
        self.start_helper(&lookup);
        Err(lookup)
    }

    /// Looks up this name, and then those that wait, in a helper thread.
    fn help(&self, first: Arc<Lookup>) {
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
            table.settle(&lookup, found);
            table.helpers -= 1;
            // This thread is at nobody's disposal while too many others are wanted.
            next = match table.has_room() {
                true => table.next_waiting(),
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
    /// Whether one more lookup may begin. Those that nobody wants any more, and that hang, keep none from it until there
    /// are very many of them.
    fn has_room(&mut self) -> bool {
        self.under_way.retain(|lookup| lookup.strong_count() > 0);
        let is_wanted = |lookup: &&Weak<Lookup>| {
            // One of them is the helper's own, and one is this.
            lookup.upgrade().is_some_and(|lookup| {
                Arc::strong_count(&lookup) > 2 && matches!(*lookup.outcome(), Outcome::Awaited(_))
            })
        };
        let wanted = self.under_way.iter().filter(is_wanted).count();
        wanted < limits::MAX_LOOKUPS && self.helpers < limits::MAX_LOOKUP_THREADS
    }

    /// A helper takes a lookup.
    fn begin(&mut self, lookup: &Arc<Lookup>) {
        self.helpers += 1;
        self.under_way.push(Arc::downgrade(lookup));
    }

    /// Keeps the addresses of a name, and tells everybody who waits for them. A failure is told and not kept.
    fn settle(&mut self, lookup: &Arc<Lookup>, found: io::Result<Vec<SocketAddr>>) {
        let outcome = match found {
            Ok(mut found) => {
                found.truncate(limits::MAX_ADDRESSES);
                let addresses: Arc<[SocketAddr]> = found.into();
                let known = Name::Known {
                    addresses: addresses.clone(),
                    until: Instant::now() + limits::ADDRESSES_KEPT,
                };
                self.names.insert(lookup.host.clone(), known);
                Outcome::Found(addresses)
            }
            Err(error) => {
                self.names.remove(&lookup.host);
                Outcome::Failed(error.kind(), error.to_string())
            }
        };
        let before = std::mem::replace(&mut *lookup.outcome(), outcome);
        if let Outcome::Awaited(bells) = before {
            let bells = bells.iter().filter_map(Weak::upgrade);
            bells.for_each(|bell| bell.wake());
        }
    }

    /// The next lookup that somebody still waits for.
    fn next_waiting(&mut self) -> Option<Arc<Lookup>> {
        std::iter::from_fn(|| self.waiting.pop_front()).find_map(|lookup| lookup.upgrade())
    }

    /// Forgets what is over, and if that is not enough, the name whose addresses are the oldest.
    fn make_room(&mut self) {
        if self.names.len() < limits::MAX_NAMES_KEPT {
            return;
        }
        let now = Instant::now();
        self.names.retain(|_, name| match name {
            Name::LookedUp(lookup) => lookup.strong_count() > 0,
            Name::Known { until, .. } => now < *until,
        });
        let known = self.names.iter().filter_map(|(host, name)| match name {
            Name::Known { until, .. } => Some((*until, host)),
            Name::LookedUp(_) => None,
        });
        if self.names.len() >= limits::MAX_NAMES_KEPT
            && let Some((_, oldest)) = known.min()
        {
            let oldest = oldest.clone();
            self.names.remove(&oldest);
        }
    }
}

impl Lookup {
    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
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

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks up as a fetch would, without one.
    fn look_up(lookups: &Arc<Lookups>, host: &str) -> Vec<SocketAddr> {
        let lookup = match lookups.known_or_lookup(host, 80) {
            Ok(addresses) => return with_port(&addresses, 80),
            Err(lookup) => lookup,
        };
        while matches!(*lookup.outcome(), Outcome::Awaited(_)) {
            thread::yield_now();
        }
        look_up(lookups, host)
    }

    struct Counting(Mutex<Vec<String>>);

    impl Resolve for Counting {
        fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
            self.0.lock().unwrap().push(host.to_owned());
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 9)); 40])
        }
    }

    fn counting() -> (Arc<Counting>, Arc<Lookups>) {
        let resolver = Arc::new(Counting(Mutex::default()));
        let lookups = Arc::new(Lookups::new(resolver.clone()));
        (resolver, lookups)
    }

    #[test]
    fn addresses_are_kept_for_a_while_and_no_more_than_are_tried() {
        let (resolver, lookups) = counting();
        let found = look_up(&lookups, "a.example");
        assert_eq!(found.len(), limits::MAX_ADDRESSES);
        assert_eq!(found[0].port(), 80);
        look_up(&lookups, "a.example");
        assert_eq!(*resolver.0.lock().unwrap(), ["a.example"]);
        for name in lookups.table().names.values_mut() {
            if let Name::Known { until, .. } = name {
                assert!(*until <= Instant::now() + limits::ADDRESSES_KEPT);
                *until = Instant::now();
            }
        }
        look_up(&lookups, "a.example");
        assert_eq!(resolver.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn the_oldest_of_too_many_names_is_forgotten() {
        let (resolver, lookups) = counting();
        for number in 0..=limits::MAX_NAMES_KEPT {
            look_up(&lookups, &format!("h{number}"));
        }
        assert_eq!(lookups.table().names.len(), limits::MAX_NAMES_KEPT);
        let before = resolver.0.lock().unwrap().len();
        look_up(&lookups, "h2");
        assert_eq!(resolver.0.lock().unwrap().len(), before);
        look_up(&lookups, "h0");
        assert_eq!(resolver.0.lock().unwrap().len(), before + 1);
    }
}
