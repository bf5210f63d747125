//! What outlives the page: its settings, in the browser's own storage.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eframe::Storage;

use crate::deck::Deck;
use crate::options::Settings;
use crate::runtime::{Host, Moment};
use crate::view::StartBar;

/// A page keeps no rows yet; its settings are kept by eframe.
#[derive(Debug)]
pub(super) struct Persistence;

impl Persistence {
    pub(super) fn open(_: Option<&Path>, _: &Arc<dyn Host>) -> Self {
        Self
    }

    pub(super) fn is_open(&self) -> bool {
        false
    }

    pub(super) fn keeps_rows(&self) -> bool {
        false
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        None
    }

    pub(super) fn storage(&self) -> Option<&dyn Storage> {
        None
    }

    pub(super) fn storage_mut(&mut self) -> Option<&mut dyn Storage> {
        None
    }

    pub(super) fn settings_due_in(&mut self, _: Moment) -> Option<Duration> {
        None
    }

    pub(super) fn begin(&mut self, _: &mut Deck, _: bool) {}

    pub(super) fn work(&mut self, _: &mut Deck, _: &Settings) -> bool {
        false
    }

    pub(super) fn take_wants_to_show(&mut self) -> bool {
        false
    }

    pub(super) fn start_bar(&self) -> Option<&StartBar> {
        None
    }

    pub(super) fn close_start_bar(&mut self) {}

    pub(super) fn before_end(&mut self, _: &mut Deck) {}
}
