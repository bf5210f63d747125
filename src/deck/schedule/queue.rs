//! Rows that wait for a slot: a queue per host, and which hosts may begin another attempt. Every
//! step is O(log n), so that many rows of a full host hold up no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::deck::rows::row::Rank;
use crate::runtime::Moment;

use super::host_pace::HostPace;

/// The rows that wait, in their order, and how many run on each host.
pub(in crate::deck) struct SlotQueue {
    per_host: usize,
    /// Hosts where a row waits or runs; no others.
    hosts: HashMap<Arc<str>, HostQueue>,
    /// What is known of hosts, where that is more than nothing.
    standings: HashMap<Arc<str>, Standing>,
    pace: HostPace,
    /// For each tier, the first row of every host that may begin another attempt.
    heads: [BTreeMap<Turn, Arc<str>>; Tier::COUNT],
    /// How many rows run on hosts that have not proved to answer.
    unproven_running: usize,
    /// How many rows wait for hosts that do not answer.
    dead_waiting: usize,
    /// Rows that began before, and ask again.
    again: WaitCounts,
    fresh: WaitCounts,
}

/// What is known of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing: it was never tried, or has not answered yet.
    #[default]
    Unproven,
    /// It answered lately.
    Proven,
    /// It has not answered for a while, since it was asked.
    Silent,
    /// It does not answer.
    Dead {
        /// Whether it is time for one row to try.
        may_probe: bool,
    },
}

/// Whose turn it is: those that began before and ask again come first, then by rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    is_fresh: bool,
    rank: Rank,
}

/// Which hosts are served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    /// The host answers.
    Proven,
    /// It is not known to answer, and no attempt is under way there.
    Untried,
    /// It is not known to answer, and an attempt is under way there that will show it.
    Trying,
    /// An attempt there was without an answer for a while.
    Silent,
}

impl Tier {
    const COUNT: usize = Self::ALL.len();
    const ALL: [Self; 4] = [Self::Proven, Self::Untried, Self::Trying, Self::Silent];
}

#[derive(Default)]
struct HostQueue {
    waiting: BTreeSet<Turn>,
    running: usize,
    standing: Standing,
    /// A row began a short while ago.
    rests: bool,
    /// Its entry in `heads`.
    head: Option<(Tier, Turn)>,
}

impl HostQueue {
    /// None while none of its rows may begin.
    fn tier(&self, is_named: bool, per_host: usize) -> Option<Tier> {
        if !is_named {
            return Some(Tier::Proven);
        }
        if self.running >= per_host || self.rests {
            return None;
        }
        match self.standing {
            Standing::Proven => Some(Tier::Proven),
            Standing::Silent => Some(Tier::Silent),
            Standing::Unproven if self.running > 0 => Some(Tier::Trying),
            Standing::Unproven | Standing::Dead { may_probe: true } => Some(Tier::Untried),
            Standing::Dead { may_probe: false } => None,
        }
    }

    fn dead_waiting(&self) -> usize {
        match self.standing {
            Standing::Dead { .. } => self.waiting.len(),
            Standing::Proven | Standing::Unproven | Standing::Silent => 0,
        }
    }

    fn unproven_running(&self, is_named: bool) -> usize {
        if is_named && self.standing != Standing::Proven {
            self.running
        } else {
            0
        }
    }
}

impl SlotQueue {
    pub(super) fn new(per_host: u32) -> Self {
        Self {
            per_host: per_host as usize,
            hosts: HashMap::new(),
            standings: HashMap::new(),
            pace: HostPace::default(),
            heads: Default::default(),
            unproven_running: 0,
            dead_waiting: 0,
            again: WaitCounts::default(),
            fresh: WaitCounts::default(),
        }
    }

    /// How many rows wait.
    pub(in crate::deck) fn len(&self) -> usize {
        self.again.len + self.fresh.len
    }

    /// How many rows wait for no more than a slot.
    pub(in crate::deck) fn waiting_for_slots(&self) -> usize {
        self.len() - self.dead_waiting
    }

    /// How many may run on one host.
    pub(super) fn set_per_host(&mut self, per_host: u32) {
        self.per_host = per_host as usize;
        let hosts: Vec<_> = self.hosts.keys().cloned().collect();
        for host in hosts {
            self.change(&host, |_| {});
        }
    }

    /// The least time between two starts at one host.
    pub(super) fn set_host_wait(&mut self, wait: Duration) {
        self.pace.set_wait(wait);
    }

    /// A row of this host begins now: no other does for a while.
    pub(super) fn rest(&mut self, host: &Arc<str>, now: Moment) {
        if self.pace.begins(host, now) {
            self.change(host, |host| host.rests = true);
        }
    }

    /// Lets rows begin at hosts that have rested.
    pub(super) fn end_rests(&mut self, now: Moment) {
        while let Some(name) = self.pace.take_due(now) {
            if self.hosts.contains_key(&name) {
                self.change(&name, |host| host.rests = false);
            }
        }
    }

    /// When the next host has rested.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.pace.next_due()
    }

    /// Says what is known of a host.
    pub(super) fn set_standing(&mut self, host: &Arc<str>, standing: Standing) {
        if standing == Standing::default() {
            self.standings.remove(host);
        } else {
            self.standings.insert(host.clone(), standing);
        }
        if self.hosts.contains_key(host) {
            self.change(host, |host| host.standing = standing);
        }
    }

    /// A row begins to wait; `is_fresh` is one that never began. `host` is empty when it needs
    /// none.
    pub(super) fn enter(&mut self, rank: Rank, is_fresh: bool, host: &Arc<str>) {
        let turn = Turn { is_fresh, rank };
        if self.counts(is_fresh).set(rank, true) {
            self.change(host, |host| {
                host.waiting.insert(turn);
            });
        }
    }

    /// A row no longer waits, if it did.
    pub(super) fn leave(&mut self, rank: Rank, host: &Arc<str>) {
        for is_fresh in [false, true] {
            if self.counts(is_fresh).set(rank, false) {
                self.change(host, |host| {
                    host.waiting.remove(&Turn { is_fresh, rank });
                });
            }
        }
    }

    fn counts(&mut self, is_fresh: bool) -> &mut WaitCounts {
        if is_fresh {
            &mut self.fresh
        } else {
            &mut self.again
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

    /// The first row that may run as far as its host is concerned. While those of hosts that answer
    /// could run, no more than `unproven_at_most` of the others do, and only one of each host.
    pub(super) fn first(&self, unproven_at_most: usize) -> Option<Rank> {
        let [proven, untried, trying, silent] =
            Tier::ALL.map(|tier| self.heads[tier as usize].keys().next().copied());
        let in_order = |one: Option<Turn>, other: Option<Turn>| one.into_iter().chain(other).min();
        let first = if self.unproven_running < unproven_at_most {
            in_order(proven, untried).or(trying).or(silent)
        } else {
            proven.or(in_order(untried, trying)).or(silent)
        };
        first.map(|turn| turn.rank)
    }

    /// The first row of a host that answers.
    pub(super) fn first_proven(&self) -> Option<Rank> {
        let turn = self.heads[Tier::Proven as usize].keys().next()?;
        Some(turn.rank)
    }

    /// The first row that waits for this host.
    pub(super) fn first_of(&self, host: &str) -> Option<Rank> {
        let turn = self.hosts.get(host)?.waiting.first()?;
        Some(turn.rank)
    }

    /// How many rows wait for this host.
    pub(super) fn waiting_for(&self, host: &str) -> usize {
        self.hosts.get(host).map_or(0, |host| host.waiting.len())
    }

    /// The hosts that rows wait for, in no order.
    pub(super) fn hosts_waited_for(&self) -> impl Iterator<Item = Arc<str>> + '_ {
        let hosts = self.hosts.iter();
        hosts
            .filter(|(name, host)| !name.is_empty() && !host.waiting.is_empty())
            .map(|(name, _)| name.clone())
    }

    /// Whether a row waits or runs there.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.hosts.contains_key(host)
    }

    /// Its place among all that wait, from 1.
    pub(super) fn place(&self, rank: Rank) -> Option<u64> {
        let again = self.again.place(rank);
        again.or_else(|| Some(self.again.len as u64 + self.fresh.place(rank)?))
    }

    /// How many rows of a host run, if no other may.
    pub(super) fn full_host(&self, host: &str) -> Option<usize> {
        let running = self.hosts.get(host)?.running;
        (!host.is_empty() && running >= self.per_host).then_some(running)
    }

    /// Whether a row began at this host a short while ago, so that no other may begin yet.
    pub(super) fn rests(&self, host: &str) -> bool {
        self.pace.rests(host)
    }

    fn change(&mut self, name: &Arc<str>, change: impl FnOnce(&mut HostQueue)) {
        let is_named = !name.is_empty();
        let host = self.hosts.entry(name.clone()).or_insert_with(|| HostQueue {
            standing: self.standings.get(name).copied().unwrap_or_default(),
            rests: self.pace.rests(name),
            ..HostQueue::default()
        });
        self.unproven_running -= host.unproven_running(is_named);
        self.dead_waiting -= host.dead_waiting();
        change(host);
        self.unproven_running += host.unproven_running(is_named);
        self.dead_waiting += host.dead_waiting();
        let tier = host.tier(is_named, self.per_host);
        let head = tier.zip(host.waiting.first().copied());
        let head_before = std::mem::replace(&mut host.head, head);
        let is_idle = host.waiting.is_empty() && host.running == 0;
        if head != head_before {
            if let Some((tier, turn)) = head_before {
                self.heads[tier as usize].remove(&turn);
            }
            if let Some((tier, turn)) = head {
                self.heads[tier as usize].insert(turn, name.clone());
            }
        }
        if is_idle {
            self.hosts.remove(name);
        }
    }
}

/// Which ranks wait. A Fenwick tree tells how many wait before one without counting them.
#[derive(Default)]
struct WaitCounts {
    /// Fenwick tree over `waits`.
    sums: Vec<u32>,
    waits: Vec<bool>,
    len: usize,
}

impl WaitCounts {
    /// Says whether a row waits; true if that is new.
    fn set(&mut self, id: Rank, waits: bool) -> bool {
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

    fn place(&self, id: Rank) -> Option<u64> {
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

/// The ranks of a deck begin at 1.
fn index_of(id: Rank) -> Option<usize> {
    usize::try_from(id.0).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_what_counting_gives() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut places = WaitCounts::default();
        let mut waiting = BTreeSet::new();
        for _ in 0..20_000 {
            let id = Rank(random.u64(1..300));
            let waits = random.bool();
            let is_new = if waits {
                waiting.insert(id)
            } else {
                waiting.remove(&id)
            };
            assert_eq!(places.set(id, waits), is_new);
            let asked = Rank(random.u64(1..400));
            let expected = waiting
                .contains(&asked)
                .then(|| waiting.range(..=asked).count() as u64);
            assert_eq!(places.place(asked), expected);
            assert_eq!(places.len, waiting.len());
        }
        assert_eq!(places.place(Rank(0)), None);
    }

    #[test]
    fn hosts_that_nobody_waits_for_are_forgotten() {
        let mut queue = SlotQueue::new(1);
        for id in 1..=1000 {
            let host: Arc<str> = format!("h{id}").into();
            queue.enter(Rank(id), true, &host);
            assert_eq!(queue.first(6), Some(Rank(id)));
            queue.leave(Rank(id), &host);
            queue.began(&host);
            assert_eq!(queue.full_host(&host), Some(1));
            queue.ended(&host);
        }
        assert!(queue.hosts.is_empty() && queue.heads.iter().all(BTreeMap::is_empty));
        assert_eq!(queue.unproven_running, 0);
    }

    #[test]
    fn a_long_line_of_a_full_host_holds_nobody_up() {
        const ROWS: u64 = 100_000;
        let mut queue = SlotQueue::new(1);
        let [full, free]: [Arc<str>; 2] = ["full".into(), "free".into()];
        queue.began(&full);
        for id in 1..=ROWS {
            queue.enter(Rank(id), true, &full);
        }
        assert_eq!(queue.first(6), None);
        // A look at every row in each round would be ten thousand million of them.
        for id in ROWS + 1..=2 * ROWS {
            queue.enter(Rank(id), true, &free);
            assert_eq!(queue.first(6), Some(Rank(id)));
            assert_eq!(queue.place(Rank(id)), Some(ROWS + 1));
            queue.leave(Rank(id), &free);
        }
        queue.ended(&full);
        assert_eq!(queue.first(6), Some(Rank(1)));
    }

    /// Enters a row of this host.
    fn enter(queue: &mut SlotQueue, id: u64, host: &str) {
        queue.enter(Rank(id), true, &host.into());
    }

    /// Lets the first row run, and says which it is.
    fn start(queue: &mut SlotQueue, rows: &[(u64, &str)], unproven_at_most: usize) -> Option<u64> {
        let first = queue.first(unproven_at_most)?;
        let (_, host) = rows.iter().find(|(id, _)| *id == first.0)?;
        queue.leave(first, &(*host).into());
        queue.began(&(*host).into());
        Some(first.0)
    }

    #[test]
    fn hosts_that_do_not_answer_yet_get_a_part_of_the_slots_and_one_each() {
        let rows = [
            (1, "x"),
            (2, "x"),
            (3, "y"),
            (4, "z"),
            (5, "good"),
            (6, "good"),
            (7, "good"),
        ];
        let mut queue = SlotQueue::new(6);
        queue.set_standing(&"good".into(), Standing::Proven);
        for (id, host) in rows {
            enter(&mut queue, id, host);
        }
        let begun: Vec<_> = (0..7).filter_map(|_| start(&mut queue, &rows, 2)).collect();
        // One of x and y each, then what answers; then what is free is for all.
        assert_eq!(begun, [1, 3, 5, 6, 7, 2, 4]);
    }

    #[test]
    fn a_list_of_hosts_that_were_never_tried_loses_nothing() {
        let rows: Vec<_> = (1..=9)
            .map(|id| (id, if id < 7 { "a" } else { "b" }))
            .collect();
        let mut queue = SlotQueue::new(6);
        for (id, host) in &rows {
            enter(&mut queue, *id, host);
        }
        let begun: Vec<_> = (0..6).filter_map(|_| start(&mut queue, &rows, 3)).collect();
        assert_eq!(begun, [1, 7, 2, 3, 4, 5]);
    }

    #[test]
    fn a_dead_host_gets_one_row_when_it_is_time() {
        let rows = [(1, "dead"), (2, "dead"), (3, "a")];
        let mut queue = SlotQueue::new(6);
        queue.set_standing(&"dead".into(), Standing::Dead { may_probe: false });
        for (id, host) in rows {
            enter(&mut queue, id, host);
        }
        assert_eq!(queue.waiting_for_slots(), 1);
        assert_eq!(start(&mut queue, &rows, 3), Some(3));
        assert_eq!(start(&mut queue, &rows, 3), None);
        queue.set_standing(&"dead".into(), Standing::Dead { may_probe: true });
        assert_eq!(start(&mut queue, &rows, 3), Some(1));
    }

    #[test]
    fn what_asks_again_goes_before_what_never_began() {
        let mut queue = SlotQueue::new(6);
        let host: Arc<str> = "a".into();
        queue.enter(Rank(1), true, &host);
        queue.enter(Rank(2), true, &host);
        queue.enter(Rank(3), false, &host);
        assert_eq!(queue.first(3), Some(Rank(3)));
        let places = [3, 1, 2].map(|id| queue.place(Rank(id)));
        assert_eq!(places, [Some(1), Some(2), Some(3)]);
        queue.leave(Rank(3), &host);
        assert_eq!(queue.first(3), Some(Rank(1)));
        assert_eq!(queue.len(), 2);
    }
}
