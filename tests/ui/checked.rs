//! The window under test, which checks in every frame that the counts are those of the rows.

use std::ops::Deref;

use jobdeck::app::App;
use jobdeck::deck::Deck;
use jobdeck::status::{Abilities, Counts, RowSource as _};

/// An [`App`] that is checked after each of its frames.
pub(crate) struct Checked {
    app: App,
    frames: u64,
}

/// A longer list is checked only in some frames.
const ROWS_LOOKED_AT_EACH_FRAME: usize = 1_000;
const LONG_LIST_EVERY_FRAMES: u64 = 50;

impl Checked {
    pub(crate) fn new(app: App) -> Self {
        Self { app, frames: 0 }
    }

    fn check(&mut self) {
        self.frames += 1;
        let deck = self.app.deck();
        let is_long = deck.rows.ids().len() > ROWS_LOOKED_AT_EACH_FRAME;
        if !is_long || self.frames.is_multiple_of(LONG_LIST_EVERY_FRAMES) {
            check_sums(deck);
        }
    }
}

impl Deref for Checked {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl eframe::App for Checked {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        self.check();
    }

    fn on_exit(&mut self, gl: Option<&eframe::glow::Context>) {
        self.app.on_exit(gl);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.app.save(storage);
    }
}

/// Chips and slots equal the sums over the rows, and no rate is shown while nothing runs.
fn check_sums(deck: &Deck) {
    let mut counts = Counts::default();
    for row in deck.rows.ids().filter_map(|id| deck.view(id)) {
        counts.add(row.status.chip());
        let abilities = Abilities::of(&row.status);
        assert_eq!(deck.abilities(row.id), abilities, "{}", row.name);
    }
    assert_eq!(counts.all(), deck.rows.ids().len(), "a row without a view");
    assert_eq!(deck.counts(), counts, "the chips' counts and the rows");
    let totals = deck.totals();
    assert!(
        totals.rate == 0.0 || totals.is_alive,
        "bytes arrive while nothing runs"
    );
    assert_eq!(
        totals.running,
        deck.schedule.running().len(),
        "the slots taken"
    );
    assert!(deck.len() <= counts.all(), "more rows shown than there are");
}
