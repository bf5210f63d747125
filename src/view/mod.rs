//! The jobs table for an egui application, and the panels of the dashboard.
//!
//! An application of your own needs four things: [`install_theme`], [`EguiHost`], which wakes the
//! window when a job has something to do, [`RuntimeRows`], the rows of a runtime, and
//! [`jobs_table_ui`], which shows them. `examples/embed.rs` is a whole application.
//!
//! A view never changes the model. It keeps what is only its own (which rows are selected, what is
//! typed into a field) in a state struct that its owner holds, and appends what is asked for to a
//! list of intents. Functions that lay out end in `_ui`.

#[cfg(feature = "deck")]
mod activity_panel;
#[cfg(feature = "deck")]
mod add_sheet;
mod adding_note;
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
mod jobs_table;
mod main_screen;
mod menu;
mod network_bar;
mod order_hold;
mod palette;
mod placement;
mod runtime_rows;
mod save_links_question;
mod selection;
#[cfg(feature = "deck")]
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

pub use crate::theme::install as install_theme;
pub use host::EguiHost;
pub use intent::Intent;
pub use jobs_table::jobs_table_ui;
pub use runtime_rows::RuntimeRows;
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
    AttemptView, ErrorView, Fact, InspectorState, InspectorTab, InspectorView, LogLines, Overview,
    RowInspection, RuntimeView, Several, TabView, inspector_ui,
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
#[doc(hidden)]
pub use selection::Selection;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use settings_form::SettingsSheetState;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use settings_sheet::settings_sheet_ui;
#[doc(hidden)]
pub use start_bar::StartBar;
pub use status_bar::{FrameTimes, StatusBar, status_bar_ui};
#[doc(hidden)]
pub use table_layout::{ColumnLayout, TableLayout};
#[cfg(feature = "deck")]
#[doc(hidden)]
pub use toasts::{Toast, ToastKind, Toasts, toasts_ui};
#[doc(hidden)]
pub use toolbar::{ToolbarState, toolbar_ui};
