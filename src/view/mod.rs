//! The jobs table for an egui application, and the panels of the dashboard.
//!
//! An application has a [`Runtime`](crate::runtime::Runtime) with an [`EguiHost`], which wakes the
//! window when a job has something to do, and ticks it in `App::logic`. It shows jobs with a
//! [`JobsTable`] over [`RuntimeRows`], or over any other [`RowSource`], and one of them in full
//! with [`job_inspector_ui`]. `examples/embed.rs` is a whole application, `examples/own_style.rs`
//! one with fonts and colours of its own.
//!
//! ```
//! use jobdeck::egui;
//! use jobdeck::runtime::{Runtime, TICK_BUDGET};
//! use jobdeck::view::{EguiHost, JobsTable, JobsTableState, RuntimeRows};
//!
//! struct App {
//!     runtime: Runtime,
//!     table: JobsTableState,
//! }
//!
//! impl App {
//!     fn new(ctx: &egui::Context) -> Self {
//!         let runtime = Runtime::new(EguiHost::new(ctx));
//!         runtime.spawn("count", async |cx| {
//!             cx.progress().set_total(Some(40));
//!             for _ in 0..40 {
//!                 cx.sleep(std::time::Duration::from_millis(50)).await?;
//!                 cx.progress().add_done(1);
//!             }
//!             Ok(())
//!         });
//!         let table = JobsTableState::default();
//!         Self { runtime, table }
//!     }
//!
//!     fn logic(&mut self) {
//!         self.runtime.tick(TICK_BUDGET);
//!     }
//!
//!     fn ui(&mut self, ui: &mut egui::Ui) {
//!         let rows = RuntimeRows::top_level(&self.runtime);
//!         let response = JobsTable::new(&rows).show(ui, &mut self.table);
//!         rows.apply(&response.intents);
//!     }
//! }
//! # let ctx = egui::Context::default();
//! # let mut app = App::new(&ctx);
//! # app.logic();
//! # let output = ctx.run_ui(egui::RawInput::default(), |ui| app.ui(ui));
//! # output.drop_without_applying_deltas();
//! ```
//!
//! The table uses the fonts and colours of the application and changes nothing of them.
//! [`add_fonts`] adds the dashboard's fonts for the table alone, [`JobsTable::tokens`] sets its
//! colours, and [`install_theme`] makes the whole application look like the dashboard.
//!
//! A row has a [`Status`], from which come its words, its sign and its colour. An [`Intent`] is
//! what a click asked for.
//!
//! A view never changes the model. It keeps what is only its own (which rows are selected, what is
//! typed into a field) in a state struct that its owner holds, and appends what is asked for to a
//! list of intents. Functions that lay out end in `_ui`.
//!
//! # A test of a window
//!
//! A test needs no display: it runs frames of an [`egui::Context`] of its own, on a virtual clock.
//! The [`FullOutput`](egui::FullOutput) of a frame holds textures for a screen. In debug builds
//! egui panics if it is dropped before they are applied, unless the test says that it has no
//! screen:
//!
//! ```
//! use jobdeck::egui;
//! use jobdeck::runtime::{Clock, Runtime, TICK_BUDGET};
//! use jobdeck::view::{EguiHost, JobsTable, JobsTableState, RuntimeRows};
//! use std::time::Duration;
//!
//! let ctx = egui::Context::default();
//! let clock = Clock::virtual_time();
//! let runtime = Runtime::with_clock(EguiHost::new(&ctx), clock.clone());
//! let job = runtime.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
//! let mut table = JobsTableState::default();
//!
//! let mut frame = |input: egui::RawInput| {
//!     runtime.tick(TICK_BUDGET);
//!     let output = ctx.run_ui(input, |ui| {
//!         let rows = RuntimeRows::top_level(&runtime);
//!         let response = JobsTable::new(&rows).show(ui, &mut table);
//!         rows.apply(&response.intents);
//!     });
//!     output.drop_without_applying_deltas();
//! };
//! frame(egui::RawInput::default());
//! clock.advance(Duration::from_secs(9));
//! frame(egui::RawInput::default());
//! assert!(job.is_finished());
//! ```
//!
//! Events for the window go into the input. The crate `egui_kittest` finds widgets by their role
//! and label, clicks them, and handles the textures itself. For jobs without a window there is
//! [`testing`](crate::testing).

#[cfg(feature = "deck")]
mod activity_panel;
#[cfg(feature = "deck")]
mod add_sheet;
mod adding_note;
mod beat;
#[cfg(feature = "deck")]
mod change_url;
mod chips;
mod close_question;
mod column_chooser;
mod columns;
mod delete_question;
mod drop_overlay;
mod empty;
mod help;
mod history;
mod history_sheet;
mod host;
mod inspector;
mod intent;
mod job_inspector;
mod job_row;
mod jobs_table;
mod jobs_table_response;
mod main_screen;
mod menu;
mod network_bar;
mod offered_columns;
mod order_hold;
mod own_column;
mod palette;
mod placement;
mod runtime_rows;
mod save_links_question;
mod selection;
#[cfg(feature = "deck")]
mod settings_form;
#[cfg(feature = "deck")]
mod settings_sheet;
mod start_bar;
mod status_bar;
mod table_cells;
mod table_header;
mod table_keys;
mod table_layout;
mod table_rows;
mod table_scroll;
mod table_state;
#[cfg(feature = "deck")]
mod toasts;
mod toolbar;

#[doc(inline)]
pub use crate::status::{
    Amount, Column, Direction, FailureKind, RowExtras, RowId, RowSource, RowView, Sorting, Status,
};
#[doc(inline)]
pub use crate::theme::{Tokens, add_fonts, install as install_theme};
pub use host::EguiHost;
pub use inspector::{InspectorState, InspectorTab};
pub use intent::Intent;
pub use job_inspector::{JobInspectorResponse, job_inspector_ui};
pub use jobs_table::JobsTable;
pub use jobs_table_response::JobsTableResponse;
pub use runtime_rows::RuntimeRows;
pub use selection::Selection;
pub use table_layout::{ColumnLayout, TableLayout};
pub use table_state::JobsTableState;

// The rest is for the program and its tests only, and hidden from the documentation.

#[cfg(feature = "deck")]
#[doc(hidden)]
pub use activity_panel::activity_ui;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use add_sheet::{AddDefaults, AddSheetState, add_sheet_ui};
#[doc(hidden)]
pub use adding_note::adding_note_ui;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use change_url::{ChangeUrlState, change_url_ui};
#[doc(hidden)]
pub use chips::chips_ui;
#[doc(hidden)]
pub use close_question::{CloseAnswer, close_question_ui};
#[doc(hidden)]
pub use delete_question::{DeleteQuestion, delete_question_ui};
#[doc(hidden)]
pub use drop_overlay::drop_overlay_ui;
#[doc(hidden)]
pub use empty::{EmptyState, empty_ui, nothing_found_ui};
#[doc(hidden)]
pub use help::help_ui;
#[doc(hidden)]
pub use history::{HistoryAct, HistoryEntry, HistoryProgress, HistorySource};
#[doc(hidden)]
pub use history_sheet::{HistorySheetState, history_sheet_ui};
#[doc(hidden)]
pub use inspector::{
    AttemptView, ErrorView, Fact, InspectorView, LogLines, Overview, RowInspection, RuntimeView,
    Several, TabView, inspector_ui,
};
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use intent::AddRequest;
#[doc(hidden)]
pub use main_screen::{MainScreen, MainState, main_screen_ui};
#[doc(hidden)]
pub use palette::{PaletteState, palette_ui};
#[doc(hidden)]
pub use save_links_question::{SaveLinksQuestion, save_links_question_ui};
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use settings_form::SettingsSheetState;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use settings_sheet::settings_sheet_ui;
#[doc(hidden)]
pub use start_bar::StartBar;
#[doc(hidden)]
pub use status_bar::{FrameTimes, StatusBar, status_bar_ui};
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use toasts::{Toast, ToastKind, Toasts, toasts_ui};
#[doc(hidden)]
pub use toolbar::{ToolbarState, toolbar_ui};
