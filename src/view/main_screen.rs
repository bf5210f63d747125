//! The main screen: which panel is where.

use std::ops::RangeInclusive;

use egui::{CentralPanel, Frame, Margin, Panel, Popup, Stroke, Ui};

use super::intent::Intent;
use super::network_bar::network_bar_ui;
use super::start_bar::{StartBar, start_bar_ui};
use super::{
    EmptyState, InspectorState, InspectorView, JobsTable, JobsTableState, StatusBar, ToolbarState,
    chips_ui, empty_ui, inspector_ui, nothing_found_ui, status_bar_ui, toolbar_ui,
};
use crate::command::CommandContext;
use crate::status::{Chip, RowSource};
use crate::theme::{self, Tokens};

/// From this width on the inspector is beside the table, and below it in narrower windows.
const BESIDE_FROM_WIDTH: f32 = 1000.0;

/// What panels below the table leave of it in a low window: its header and two rows.
const LEAST_TABLE_HEIGHT: f32 = theme::HEADER_HEIGHT + 2.0 * theme::ROW_HEIGHT;
/// What each of them needs itself.
const LEAST_ACTIVITY_HEIGHT: f32 = 120.0;
const LEAST_INSPECTOR_HEIGHT: f32 = 140.0;
/// What more of them there is for a panel than this is the table's.
const MOST_PANEL_HEIGHT: f32 = 360.0;

/// What the main screen shows.
#[derive(Clone, Copy)]
pub struct MainScreen<'a> {
    /// The rows that are shown.
    pub rows: &'a dyn RowSource,
    /// What decides on commands.
    pub context: CommandContext,
    /// The chip they are filtered by.
    pub chip: Option<Chip>,
    /// What the status bar shows, and the counts on the chips.
    pub status: StatusBar<'a>,
    /// Counts up ten times a second while anything moves.
    pub beat: u64,
    /// The activity, if there is one.
    #[cfg(feature = "deck")]
    pub activity: Option<&'a crate::deck::ActivityLog>,
    /// What the inspector shows, if it is open and something is selected.
    pub inspected: Option<&'a InspectorView>,
    /// What there is to say about rows of an earlier process, or about the list as it is kept.
    pub start_bar: Option<&'a StartBar>,
}

/// What the main screen keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct MainState {
    /// What the toolbar keeps.
    pub toolbar: ToolbarState,
    /// What the table keeps.
    pub table: JobsTableState,
    /// What the empty screen keeps.
    pub empty: EmptyState,
    /// Whether the activity is shown.
    pub is_activity_open: bool,
    /// What the inspector keeps.
    pub inspector: InspectorState,
    /// Whether the inspector is open.
    pub is_inspector_open: bool,
    /// Whether the inspector was open in the frame before.
    was_inspector_open: bool,
}

impl MainState {
    /// Closes a panel where there is no room for both below the table: the one that was opened
    /// first.
    fn close_one_below(&mut self, room: f32) {
        let is_crowded = room < LEAST_ACTIVITY_HEIGHT + LEAST_INSPECTOR_HEIGHT;
        if is_crowded && self.is_activity_open && self.is_inspector_open {
            if self.was_inspector_open {
                self.is_inspector_open = false;
            } else {
                self.is_activity_open = false;
            }
        }
        self.was_inspector_open = self.is_inspector_open;
    }

    /// Whether a panel is right of the table in a window of this width.
    #[must_use]
    pub fn is_beside(&self, width: f32) -> bool {
        width >= BESIDE_FROM_WIDTH && (self.is_activity_open || self.is_inspector_open)
    }
}

/// The main screen. Returns true while the pointer aims at a row or a menu is open: the order of
/// the rows should then not change.
pub fn main_screen_ui(
    ui: &mut Ui,
    screen: &MainScreen<'_>,
    state: &mut MainState,
    intents: &mut Vec<Intent>,
) -> bool {
    let tokens = Tokens::of(ui.style());
    let counts = screen.status.counts;
    let margin = Margin::symmetric(theme::PANEL_MARGIN, 0);
    let bar = |fill| Frame::new().fill(fill).inner_margin(margin);

    let toolbar = Panel::top("toolbar")
        .exact_size(theme::TOOLBAR_HEIGHT)
        .resizable(false);
    let toolbar = toolbar
        .show_separator_line(false)
        .frame(bar(tokens.panel))
        .show(ui, |ui| {
            let columns = toolbar_ui(ui, &screen.context, &mut state.toolbar, intents);
            state.table.chooser.button = Some(columns.rect);
        });
    let chips = Panel::top("filter chips")
        .exact_size(theme::CHIPS_HEIGHT)
        .resizable(false);
    let chips = chips
        .show_separator_line(false)
        .frame(bar(tokens.bg))
        .show(ui, |ui| {
            chips_ui(ui, counts, screen.chip, intents);
        });
    let outage = screen.status.totals.network_outage;
    if let Some(outage) = outage.filter(|_| counts.all() > 0) {
        Panel::top("network")
            .exact_size(theme::NETWORK_BAR_HEIGHT)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar(tokens.raised))
            .show(ui, |ui| network_bar_ui(ui, outage));
    }
    if let Some(start_bar) = screen.start_bar {
        Panel::top("start")
            .exact_size(theme::START_BAR_HEIGHT)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar(tokens.raised))
            .show(ui, |ui| start_bar_ui(ui, start_bar, intents));
    }
    let status = Panel::bottom("status bar")
        .exact_size(theme::STATUS_HEIGHT)
        .resizable(false);
    let status = status
        .show_separator_line(false)
        .frame(bar(tokens.panel))
        .show(ui, |ui| {
            status_bar_ui(ui, &screen.status);
        });
    let room = if ui.available_width() >= BESIDE_FROM_WIDTH {
        f32::INFINITY
    } else {
        ui.available_height() - LEAST_TABLE_HEIGHT
    };
    state.close_one_below(room);
    let is_inspector_open = state.is_inspector_open && counts.all() > 0;
    #[cfg(feature = "deck")]
    if let Some(activity) = screen.activity.filter(|_| state.is_activity_open) {
        let is_wide = ui.available_width() >= BESIDE_FROM_WIDTH;
        let for_inspector = if is_inspector_open {
            LEAST_INSPECTOR_HEIGHT
        } else {
            0.0
        };
        let panel = if is_wide {
            Panel::right("activity")
                .default_size(320.0)
                .size_range(240.0..=480.0)
        } else {
            Panel::bottom("activity below")
                .default_size(200.0)
                .size_range(height_below(room - for_inspector, LEAST_ACTIVITY_HEIGHT))
        };
        panel
            .resizable(true)
            .frame(bar(tokens.panel))
            .show(ui, |ui| {
                super::activity_ui(ui, activity, intents);
            });
    }
    if is_inspector_open {
        let frame = bar(tokens.panel);
        let panel = if ui.available_width() >= BESIDE_FROM_WIDTH {
            Panel::right("inspector")
                .default_size(340.0)
                .size_range(260.0..=520.0)
        } else {
            Panel::bottom("inspector below")
                .default_size(220.0)
                .size_range(height_below(
                    ui.available_height() - LEAST_TABLE_HEIGHT,
                    LEAST_INSPECTOR_HEIGHT,
                ))
        };
        panel.resizable(true).frame(frame).show(ui, |ui| {
            let (view, context) = (screen.inspected, &screen.context);
            let kept = &mut state.inspector;
            inspector_ui(ui, view, context, screen.beat, kept, intents);
        });
    }
    let table = CentralPanel::no_frame()
        .frame(Frame::new().fill(tokens.bg))
        .show(ui, |ui| {
            if counts.all() == 0 {
                empty_ui(ui, &mut state.empty, intents);
                state.table.chooser_ui(ui, screen.rows, intents);
            } else if screen.rows.is_empty() {
                nothing_found_ui(ui, intents);
                state.table.chooser_ui(ui, screen.rows, intents);
            } else {
                state.table.menu_context = Some(screen.context);
                let table = JobsTable::new(screen.rows).beat(screen.beat);
                let response = table.show(ui, &mut state.table);
                intents.extend(response.intents);
            }
            state.table.is_aimed_at()
        });

    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    for (rect, y) in [
        (toolbar.response.rect, toolbar.response.rect.bottom() - 0.5),
        (chips.response.rect, chips.response.rect.bottom() - 0.5),
        (status.response.rect, status.response.rect.top() + 0.5),
    ] {
        ui.painter().hline(rect.x_range(), y, line);
    }
    let has_focus = ui.memory(|memory| memory.focused().is_some()) && !ui.ctx().text_edit_focused();
    let is_held = table.inner || has_focus || Popup::is_any_open(ui.ctx());
    state.table.hold.was_held = is_held;
    is_held
}

/// How high a panel below the table can be where there is this much room for it.
fn height_below(room: f32, least: f32) -> RangeInclusive<f32> {
    least..=room.clamp(least, MOST_PANEL_HEIGHT)
}
