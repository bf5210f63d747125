//! Rows that wait for a slot: a line per host, and which hosts have room. No step takes longer for a longer queue than
//! its logarithm, so that many rows of a full host hold nobody up.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::status::RowId;

/// The rows that wait, in the order of their ids, and how many run on each host.
pub(super) struct Queue {
    per_host: usize,
    /// Hosts where a row waits or runs; no others.
    hosts: HashMap<Arc<str>, Host>,
    /// The first row of every line whose host has room.
    heads: BTreeMap<RowId, Arc<str>>,
    places: Places,
}

#[derive(Default)]
struct Host {
    waiting: BTreeSet<RowId>,
    running: usize,
    /// What stands in `heads` for it.
    head: Option<RowId>,
}

impl Queue {
    pub(super) fn new(per_host: u32) -> Self {
        Self {
            per_host: per_host as usize,
            hosts: HashMap::new(),
            heads: BTreeMap::new(),
            places: Places::default(),
        }
    }

    /// How many rows wait.
    pub(super) fn len(&self) -> usize {
        self.places.len
    }

    /// How many may run on one host.
    pub(super) fn set_per_host(&mut self, per_host: u32) {
        self.per_host = per_host as usize;
        let hosts: Vec<_> = self.hosts.keys().cloned().collect();
        for host in hosts {
            self.change(&host, |_| {});
        }
    }

    /// A row begins to wait. `host` is empty when it needs none.
    pub(super) fn enter(&mut self, id: RowId, host: &Arc<str>) {
        if self.places.set(id, true) {
            self.change(host, |host| {
                host.waiting.insert(id);
            });
        }
    }

    /// A row no longer waits, if it did.
    pub(super) fn leave(&mut self, id: RowId, host: &Arc<str>) {
        if self.places.set(id, false) {
            self.change(host, |host| {
                host.waiting.remove(&id);
            });
        }
    }

    /// A row of this host began to run.
    pub(super) fn began(&mut self, host: &Arc<str>) {
        self.change(host, |host| host.running += 1);
    }

    /// A row of this host no longer runs.
    pub(super) fn ended(&mut self, host: &Arc<str>) {
        self.change(host, |host| host.running = host.running.saturating_sub(1));
    }

    /// The first row that may run as far as its host is concerned.
    pub(super) fn first(&self) -> Option<RowId> {
        self.heads.first_key_value().map(|(id, _)| *id)
    }

    /// Its place among all that wait, from 1.
    pub(super) fn place(&self, id: RowId) -> Option<u64> {
        self.places.place(id)
    }

    /// How many rows of a host run, if no other may.
    pub(super) fn full_host(&self, host: &str) -> Option<usize> {
        let running = self.hosts.get(host)?.running;
        (!host.is_empty() && running >= self.per_host).then_some(running)
    }

    fn change(&mut self, name: &Arc<str>, change: impl FnOnce(&mut Host)) {
        let host = self.hosts.entry(name.clone()).or_default();
        change(host);
        let has_room = name.is_empty() || host.running < self.per_host;
        let head = host.waiting.first().copied().filter(|_| has_room);
        let head_before = std::mem::replace(&mut host.head, head);
        let is_idle = host.waiting.is_empty() && host.running == 0;
        if head != head_before {
            if let Some(id) = head_before {
                self.heads.remove(&id);
            }
            if let Some(id) = head {
                self.heads.insert(id, name.clone());
            }
        }
        if is_idle {
            self.hosts.remove(name);
        }
    }
}

/// Which rows wait, so that how many stand before one is known without counting them: a binary indexed tree (Fenwick
/// 1994) over the ids, which only grow.
#[derive(Default)]
struct Places {
    /// `sums[i]` holds how many wait of the ids that end at `i + 1` and are as many as the lowest set bit of `i + 1`.
    sums: Vec<u32>,
    waits: Vec<bool>,
    len: usize,
}

impl Places {
    /// Says whether a row waits; true if that is new.
    fn set(&mut self, id: RowId, waits: bool) -> bool {
        let Some(index) = index_of(id) else {
            return false;
        };
        while self.waits.len() <= index {
            if !waits {
                return false;
            }
            self.grow();
        }
        if self.waits[index] == waits {
            return false;
        }
        self.waits[index] = waits;
        let mut at = index + 1;
        while let Some(sum) = self.sums.get_mut(at - 1) {
            if waits {
                *sum += 1;
            } else {
                *sum -= 1;
            }
            at += lowest_bit(at);
        }
        if waits {
            self.len += 1;
        } else {
            self.len -= 1;
        }
        true
    }

    /// One more id, which does not wait.
    fn grow(&mut self) {
        self.waits.push(false);
        let at = self.waits.len();
        let mut sum = 0;
        let mut below = at - 1;
        while below > at - lowest_bit(at) {
            sum += self.sums[below - 1];
            below -= lowest_bit(below);
        }
        self.sums.push(sum);
    }

    fn place(&self, id: RowId) -> Option<u64> {
        let index = index_of(id)?;
        if !*self.waits.get(index)? {
            return None;
        }
        let mut place = 0;
        let mut at = index + 1;
        while at > 0 {
            place += u64::from(self.sums[at - 1]);
            at -= lowest_bit(at);
        }
        Some(place)
    }
}

fn lowest_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}

/// The ids of a deck begin at 1.
fn index_of(id: RowId) -> Option<usize> {
    usize::try_from(id.0).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_what_counting_gives() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut places = Places::default();
        let mut waiting = BTreeSet::new();
        for _ in 0..20_000 {
            let id = RowId(random.u64(1..300));
            let waits = random.bool();
            let is_new = if waits {
                waiting.insert(id)
            } else {
                waiting.remove(&id)
            };
            assert_eq!(places.set(id, waits), is_new);
            let asked = RowId(random.u64(1..400));
            let expected = waiting
                .contains(&asked)
                .then(|| waiting.range(..=asked).count() as u64);
            assert_eq!(places.place(asked), expected);
            assert_eq!(places.len, waiting.len());
        }
        assert_eq!(places.place(RowId(0)), None);
    }

    #[test]
    fn hosts_that_nobody_waits_for_are_forgotten() {
        let mut queue = Queue::new(1);
        for id in 1..=1000 {
            let host: Arc<str> = format!("h{id}").into();
            queue.enter(RowId(id), &host);
            assert_eq!(queue.first(), Some(RowId(id)));
            queue.leave(RowId(id), &host);
            queue.began(&host);
            assert_eq!(queue.full_host(&host), Some(1));
            queue.ended(&host);
        }
        assert!(queue.hosts.is_empty() && queue.heads.is_empty());
    }

    #[test]
    fn a_long_line_of_a_full_host_holds_nobody_up() {
        const ROWS: u64 = 100_000;
        let mut queue = Queue::new(1);
        let [full, free]: [Arc<str>; 2] = ["full".into(), "free".into()];
        queue.began(&full);
        for id in 1..=ROWS {
            queue.enter(RowId(id), &full);
        }
        assert_eq!(queue.first(), None);
        // A look at every row in each round would be ten thousand million of them.
        for id in ROWS + 1..=2 * ROWS {
            queue.enter(RowId(id), &free);
            assert_eq!(queue.first(), Some(RowId(id)));
            assert_eq!(queue.place(RowId(id)), Some(ROWS + 1));
            queue.leave(RowId(id), &free);
        }
        queue.ended(&full);
        assert_eq!(queue.first(), Some(RowId(1)));
    }
}
