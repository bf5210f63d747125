//! What a row is called.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::format;
use crate::jobs::{Spec, name_of};

/// The name of a row: of its link, until its file has one.
pub(in crate::deck) struct RowName {
    shown: Arc<str>,
    /// What its link would call its file, where that is another name.
    of_link: Option<Arc<str>>,
    searched: OnceCell<SearchedTexts>,
}

/// The texts of a row that a search looks through, in lower case: made by the first search.
pub(in crate::deck) struct SearchedTexts {
    pub(in crate::deck) name: Arc<str>,
    pub(in crate::deck) url: Box<str>,
}

impl RowName {
    pub(in crate::deck) fn of(spec: &Spec) -> Self {
        let mut name = Self {
            shown: format::escaped(spec.name()).into(),
            of_link: None,
            searched: OnceCell::new(),
        };
        if spec.has_given_name() {
            name.compare_with_link(spec);
        }
        name
    }

    pub(in crate::deck) fn shown(&self) -> &Arc<str> {
        &self.shown
    }

    pub(in crate::deck) fn of_link(&self) -> Option<&Arc<str>> {
        self.of_link.as_ref()
    }

    pub(in crate::deck) fn searched(&self, spec: &Spec) -> &SearchedTexts {
        self.searched.get_or_init(|| SearchedTexts {
            name: self.shown.to_lowercase().into(),
            url: spec.url().to_lowercase().into(),
        })
    }

    /// False if this is its name already.
    pub(in crate::deck) fn rename(&mut self, name: &str, spec: &Spec) -> bool {
        let name = format::escaped(name);
        if *self.shown == *name {
            return false;
        }
        self.shown = name.into();
        self.link_changed(spec);
        true
    }

    /// Takes over another link.
    pub(in crate::deck) fn link_changed(&mut self, spec: &Spec) {
        self.compare_with_link(spec);
        self.searched = OnceCell::new();
    }

    fn compare_with_link(&mut self, spec: &Spec) {
        let request = match spec {
            Spec::Fetch(spec) if spec.destination.folder().is_some() => Some(&spec.request),
            _ => None,
        };
        let of_link = request.map(name_of);
        let of_link = of_link.as_deref().map(format::escaped);
        self.of_link = of_link
            .filter(|of_link| **of_link != *self.shown)
            .map(Into::into);
    }
}
