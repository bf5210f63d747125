//! The content of the page as JSON, for tests and for the browser's console.

use std::time::Duration;

use jobdeck::app::{PageFigures, SharedApp, page_figures};
use jobdeck::deck::Deck;
use jobdeck::jobs::Spec;
use jobdeck::status::RowId;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use super::PAGE;
use super::controls::{Controls, PageControl};

#[derive(Serialize)]
struct PageState {
    /// All rows, in the order in which they were added.
    rows: Vec<PageRow>,
    controls: Vec<PageControl>,
    /// Number of frames since the first call.
    frames: u64,
}

/// What became of the list, and how long the page was busy without a break.
#[derive(Default, Serialize)]
struct PageListState {
    is_kept: bool,
    is_restoring: bool,
    restored: usize,
    waiting: usize,
    written: u64,
    transactions: u64,
    most_added: usize,
    most_recorded: usize,
    longest_write_ms: f64,
    longest_restore_ms: f64,
    longest_tick_ms: f64,
    longest_frame_ms: f64,
}

impl PageListState {
    fn of(figures: PageFigures) -> Self {
        let PageFigures {
            list,
            most_added,
            most_recorded,
            longest_tick,
            longest_frame,
        } = figures;
        let millis = |time: Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
        Self {
            is_kept: list.is_kept,
            is_restoring: list.is_restoring,
            restored: list.restored,
            waiting: list.store.waiting,
            written: list.store.written,
            transactions: list.store.transactions,
            most_added,
            most_recorded,
            longest_write_ms: millis(list.store.longest_busy),
            longest_restore_ms: millis(list.longest_restore),
            longest_tick_ms: millis(longest_tick),
            longest_frame_ms: millis(longest_frame),
        }
    }
}

#[derive(Serialize)]
struct PageRow {
    id: u64,
    name: String,
    url: String,
    /// The first line of the status, a word or two.
    state: String,
    /// The second line of the status.
    detail: String,
    /// The notes on the file, or the reason of the last failure.
    note: String,
    received: Option<u64>,
    total: Option<u64>,
    slept_s: Option<f64>,
}

impl PageRow {
    fn of(deck: &Deck, id: RowId) -> Option<Self> {
        let row = deck.view(id)?;
        Some(Self {
            id: id.0,
            name: row.name.to_string(),
            url: deck
                .rows
                .spec(id)
                .map(Spec::url)
                .unwrap_or_default()
                .to_owned(),
            state: row.status.word().into_owned(),
            detail: row.status.detail().unwrap_or_default().into_owned(),
            note: row.note.as_deref().unwrap_or_default().to_owned(),
            received: row.amount.done,
            total: row.amount.total,
            slept_s: row.slept.map(|slept| slept.as_secs_f64()),
        })
    }
}

/// The rows, and the controls with their places in CSS pixels. The first call returns no controls
/// yet: it turns the accessibility tree on. `null` before the program has started and after it has
/// failed.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
pub fn jobdeck_state() -> String {
    let state = PAGE.with_borrow(|page| {
        let page = page.as_ref()?;
        let (controls, frames) = Controls::look(&page.ctx);
        let app = page.runner.app_mut::<SharedApp>()?;
        let rows = app.look(|app| {
            let deck = app.deck();
            deck.rows
                .ids()
                .filter_map(|id| PageRow::of(deck, id))
                .collect()
        })?;
        let state = PageState {
            rows,
            controls,
            frames,
        };
        serde_json::to_string(&state).ok()
    });
    state.unwrap_or_else(|| "null".to_owned())
}

/// What became of the list, in numbers; apart, because a long list is slow to write down. `null` as
/// with [`jobdeck_state`].
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
pub fn jobdeck_list() -> String {
    let list = PAGE.with_borrow(|page| {
        let app = page.as_ref()?.runner.app_mut::<SharedApp>()?;
        let figures = app.look(page_figures)?;
        serde_json::to_string(&PageListState::of(figures)).ok()
    });
    list.unwrap_or_else(|| "null".to_owned())
}
