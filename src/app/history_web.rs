//! A page keeps no rows yet, so it has no history.

use std::ops::Range;
use std::path::PathBuf;

use super::persistence::Persistence;
use crate::jobs::{LinkList, Spec};
use crate::runtime::Runtime;
use crate::status::RowId;
use crate::view::{HistoryEntry, HistoryProgress, HistorySource};

/// Nothing.
#[derive(Debug)]
pub(super) struct History;

/// What does not happen here.
#[expect(dead_code, reason = "nothing is read")]
pub(super) enum HistoryEvent {
    Spec(Box<Spec>),
    Links(LinkList),
    Forgotten,
    Failed(String),
}

impl History {
    pub(super) fn new(_: &Runtime) -> Self {
        Self
    }

    pub(super) fn is_kept(_: &Persistence) -> bool {
        false
    }

    pub(super) fn open(&mut self, _: &Persistence) -> bool {
        false
    }

    pub(super) fn close(&mut self) {}

    pub(super) fn search(&mut self, _: &str) {}

    pub(super) fn update(&mut self) -> bool {
        false
    }

    pub(super) fn take_events(&mut self) -> Vec<HistoryEvent> {
        Vec::new()
    }

    pub(super) fn want(&mut self, _: Range<usize>) {}

    pub(super) fn read_spec(&mut self, _: RowId) {}

    pub(super) fn forget(&mut self, _: &Persistence, _: RowId) {}

    pub(super) fn read_links(&mut self, _: Option<PathBuf>) {}
}

impl HistorySource for History {
    fn len(&self) -> usize {
        0
    }

    fn entry(&self, _: usize) -> Option<&HistoryEntry> {
        None
    }

    fn progress(&self) -> HistoryProgress<'_> {
        HistoryProgress::Complete
    }
}
