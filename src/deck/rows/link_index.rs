//! Which links the rows have: found at once, however many there are.

use std::collections::HashMap;

use crate::fetch::Request;
use crate::jobs::Spec;
use crate::links::LinkKey;

/// How many rows have each link.
#[derive(Debug, Default)]
pub(super) struct LinkIndex(HashMap<LinkKey, u32>);

impl LinkIndex {
    pub(super) fn enter(&mut self, spec: &Spec) {
        if let Spec::Fetch(spec) = spec {
            *self.0.entry(LinkKey::of(&spec.request)).or_insert(0) += 1;
        }
    }

    pub(super) fn leave(&mut self, spec: &Spec) {
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

    pub(super) fn has(&self, request: &Request) -> bool {
        self.0.contains_key(&LinkKey::of(request))
    }
}
