//! The least time between two starts at one host.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::runtime::Moment;

/// The hosts where a row began a short while ago, and no other may begin yet.
#[derive(Default)]
pub(super) struct HostPace {
    wait: Duration,
    resting: HashSet<Arc<str>>,
    due: BTreeSet<(Moment, Arc<str>)>,
}

impl HostPace {
    /// Counts from the next start on.
    pub(super) fn set_wait(&mut self, wait: Duration) {
        self.wait = wait;
    }

    /// A row begins; true if its host rests now.
    pub(super) fn begins(&mut self, host: &Arc<str>, now: Moment) -> bool {
        if self.wait.is_zero() || host.is_empty() || !self.resting.insert(host.clone()) {
            return false;
        }
        self.due.insert((now + self.wait, host.clone()));
        true
    }

    /// Whether no row may begin at this host.
    pub(super) fn rests(&self, host: &str) -> bool {
        self.resting.contains(host)
    }

    /// When the next host has rested.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A host that has rested; none is left when this is `None`.
    pub(super) fn take_due(&mut self, now: Moment) -> Option<Arc<str>> {
        self.due.first().filter(|(at, _)| *at <= now)?;
        let (_, host) = self.due.pop_first()?;
        self.resting.remove(&host);
        Some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_rests_as_long_as_it_is_to() {
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut pace = HostPace::default();
        assert!(!pace.begins(&a, at(0)) && !pace.rests("a"));
        pace.set_wait(Duration::from_secs(2));
        assert!(pace.begins(&a, at(0)) && pace.begins(&b, at(1)));
        // One that goes on meanwhile moves nothing.
        assert!(!pace.begins(&a, at(1)) && !pace.begins(&"".into(), at(1)));
        assert_eq!((pace.next_due(), pace.take_due(at(1))), (Some(at(2)), None));
        assert_eq!(pace.take_due(at(2)), Some(a));
        assert!(!pace.rests("a") && pace.rests("b"));
        assert_eq!((pace.take_due(at(9)), pace.next_due()), (Some(b), None));
    }
}
