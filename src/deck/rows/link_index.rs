//! Which links the list has: found at once, however long it is.

use std::collections::HashMap;

use crate::deck::Deck;
use crate::{fetch::Request, jobs::Spec, links::LinkKey};

/// How many rows have a link.
#[derive(Debug, Default)]
pub(in crate::deck) struct Links(HashMap<LinkKey, u32>);

impl Links {
    pub(in crate::deck) fn enter(&mut self, spec: &Spec) {
        if let Spec::Fetch(spec) = spec {
            *self.0.entry(LinkKey::of(&spec.request)).or_insert(0) += 1;
        }
    }

    pub(in crate::deck) fn leave(&mut self, spec: &Spec) {
        if let Spec::Fetch(spec) = spec {
            let key = LinkKey::of(&spec.request);
            if let Some(rows) = self.0.get_mut(&key) {
                *rows -= 1;
                if *rows == 0 {
                    self.0.remove(&key);
                }
            }
        }
    }
}

impl Deck {
    /// Whether a row of the list fetches the same link, whatever became of it.
    #[must_use]
    pub fn has_link(&self, request: &Request) -> bool {
        self.links.0.contains_key(&LinkKey::of(request))
    }
}
