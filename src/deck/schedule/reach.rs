//! What can be reached: the hosts, and the network as a whole.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::deck::rows::row::Unreachable;
use crate::fetch::FetchError;
use crate::runtime::Moment;
use crate::status::RowId;

use super::hosts::Hosts;
use super::network::Network;
use super::queue::SlotQueue;

/// What is known of hosts and of the network. The queue learns of each change.
#[derive(Default)]
pub(in crate::deck) struct Reach {
    pub(in crate::deck) hosts: Hosts,
    pub(super) network: Network,
    /// Rows that are still to fail, since their hosts were given up.
    pub(super) given_up: VecDeque<GivenUp>,
}

/// Rows that fail together.
pub(super) struct GivenUp {
    /// Those whose rows are still to fail.
    pub(super) hosts: VecDeque<Arc<str>>,
    /// What each row fails with; none is what the last attempt at its host failed with.
    pub(super) error: Option<FetchError>,
    /// Why, for all of them: "host x does not answer".
    pub(super) why: Arc<str>,
    /// How many have failed so far.
    pub(super) rows: usize,
    /// The first of them.
    pub(super) first: Option<RowId>,
}

impl Reach {
    /// Lets the queue know what is known of a host now.
    pub(super) fn update_standing(&self, queue: &mut SlotQueue, host: &Arc<str>, now: Moment) {
        let health = self.hosts.get(host);
        let standing = health.map(|health| health.standing(now));
        queue.set_standing(host, standing.unwrap_or_default());
    }

    /// Why a row of this host has to wait, apart from its turn.
    pub(in crate::deck) fn unreachable(&self, host: &Arc<str>, now: Moment) -> Option<Unreachable> {
        if host.is_empty() {
            return None;
        }
        let (host, next_try) = match self.network.next_try() {
            Some(next_try) => (None, next_try),
            None => (Some(host.clone()), self.hosts.get(host)?.next_try()?),
        };
        Some(Unreachable {
            host,
            next_try: next_try.since(now),
        })
    }

    /// Tries a host, and the network, at once. True if rows of this host waited for that.
    pub(super) fn try_now(&mut self, queue: &mut SlotQueue, host: &Arc<str>, now: Moment) -> bool {
        let was_dead = self.hosts.try_now(host, now);
        if was_dead {
            self.update_standing(queue, host, now);
        }
        let is_waited_for = queue.waiting_for(host) > 0 && !host.is_empty();
        (is_waited_for && self.network.try_now(now)) || was_dead
    }

    /// A connection to a host was opened. True if the network was lost before.
    pub(super) fn note_connection(
        &mut self,
        queue: &mut SlotQueue,
        host: &Arc<str>,
        now: Moment,
    ) -> bool {
        if self.hosts.connected(host, now) {
            self.update_standing(queue, host, now);
        }
        let was_lost = self.network.connected(now);
        if was_lost {
            for host in self.hosts.forgive_all() {
                self.update_standing(queue, &host, now);
            }
        }
        was_lost
    }

    pub(super) fn give_up_host(&mut self, queue: &mut SlotQueue, host: &Arc<str>, now: Moment) {
        let why = format!("host {host} does not answer");
        self.give_up(queue, [host.clone()].into(), None, why.into(), now);
    }

    /// Nothing of these hosts begins any more until their rows have failed.
    pub(super) fn give_up(
        &mut self,
        queue: &mut SlotQueue,
        hosts: VecDeque<Arc<str>>,
        error: Option<FetchError>,
        why: Arc<str>,
        now: Moment,
    ) {
        for host in &hosts {
            let of_host = self.hosts.get(host).and_then(|health| health.error());
            if let Some(error) = error.as_ref().or(of_host).cloned() {
                self.hosts.begin_giving_up(host, &error, now);
            }
            self.update_standing(queue, host, now);
        }
        self.given_up.push_back(GivenUp {
            hosts,
            error,
            why,
            rows: 0,
            first: None,
        });
    }
}
