//! One row in full, in four tabs: overview, attempts, log, and cost in the runtime; or the sum of
//! several rows.

mod actions;
mod attempts;
mod chart;
mod log;
mod model;
mod overview;
mod runtime;
mod several;
mod tabs;
mod texts;
mod timeline;
mod title;

use egui::{Align, Layout, ScrollArea, Ui};

use super::intent::Intent;
use crate::command::CommandContext;
use crate::theme::Tokens;

pub use model::{
    AttemptView, ErrorView, Fact, InspectorTab, InspectorView, LogLines, Overview, RowInspection,
    RuntimeView, Several, TabView,
};

use texts::{small_ui, visible};
use title::{line_ui, title_ui};

/// From this width on there is room beside the tabs.
const WIDE_FROM: f32 = 560.0;

/// The room of a scroll bar, where there is one.
const SCROLL_BAR_WIDTH: f32 = 8.0;

/// What the inspector keeps from frame to frame.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InspectorState {
    /// The tab that is chosen, for whatever row.
    pub tab: InspectorTab,
    /// The colours of [`job_inspector_ui`](super::job_inspector_ui), as
    /// [`JobsTable::tokens`](super::JobsTable::tokens) are those of the table. Without them they
    /// come from the visuals of the application.
    pub tokens: Option<Tokens>,
}

/// One row in full, for what has no model of its own.
pub(super) fn row_inspector_ui(
    ui: &mut Ui,
    inspection: &RowInspection,
    beat: u64,
    state: &mut InspectorState,
    intents: &mut Vec<Intent>,
) {
    ui.add_space(8.0);
    row_ui(ui, inspection, beat, state, intents);
}

/// The inspector. `view` is `None` while no row is selected; `beat` is for bars of unknown length.
pub fn inspector_ui(
    ui: &mut Ui,
    view: Option<&InspectorView>,
    context: &CommandContext,
    beat: u64,
    state: &mut InspectorState,
    intents: &mut Vec<Intent>,
) {
    ui.add_space(8.0);
    match view {
        None => {
            title_ui(ui, "Nothing selected", intents);
            small_ui(
                ui,
                "Select a job to see it in full, or several to see their sum",
            );
        }
        Some(InspectorView::Several(several)) => {
            several::several_ui(ui, several, context, intents);
        }
        Some(InspectorView::Row(inspection)) => row_ui(ui, inspection, beat, state, intents),
    }
}

fn row_ui(
    ui: &mut Ui,
    inspection: &RowInspection,
    beat: u64,
    state: &mut InspectorState,
    intents: &mut Vec<Intent>,
) {
    let RowInspection { row, tab, .. } = inspection;
    ui.spacing_mut().item_spacing.y = 0.0;
    let host = (!row.host.is_empty()).then(|| visible(&row.host).into_owned());
    let added = inspection.added.as_ref().map(|at| format!("added {at}"));
    let about: Vec<_> = host.into_iter().chain(added).collect();
    title_ui(ui, &visible(&row.name), intents);
    if !about.is_empty() {
        line_ui(ui, &about.join(" · "));
    }
    if ui.available_width() >= WIDE_FROM {
        // Below the table there is little height: the buttons are beside the tabs.
        tabs::tabs_ui(ui, inspection.tabs, &mut state.tab, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                actions::actions_ui(ui, inspection, intents);
            });
        });
    } else {
        ui.add_space(6.0);
        ui.horizontal(|ui| actions::actions_ui(ui, inspection, intents));
        ui.add_space(4.0);
        tabs::tabs_ui(ui, inspection.tabs, &mut state.tab, |_| {});
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.add_space(2.0);
    // Each row and tab has a scroll offset of its own.
    let salt = (row.id, state.tab);
    // Beside the contents: values at the right would lose their last letter.
    ui.spacing_mut().scroll.floating_allocated_width = SCROLL_BAR_WIDTH;
    if let TabView::Log(log) = tab {
        log::log_ui(ui, salt, log);
        return;
    }
    let area = ScrollArea::vertical().id_salt(salt).auto_shrink(false);
    area.show(ui, |ui| {
        ui.add_space(4.0);
        match tab {
            TabView::Overview(overview) => overview::overview_ui(ui, row, overview, beat),
            TabView::Attempts(attempts) => attempts::attempts_ui(ui, row.id, attempts),
            TabView::Runtime(runtime) => runtime::runtime_ui(ui, runtime.as_deref()),
            TabView::Log(_) => {}
        }
        ui.add_space(12.0);
    });
}
