//! The panels: functions `xxx_ui` that lay out what they are shown and append intents to a list.
//!
//! A view never changes the model. It keeps what is only its own (which rows are selected, what is typed into a field)
//! in a state struct that its owner holds. [`jobs_table_ui`] works on any [`RowSource`](crate::status::RowSource).

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
mod host;
mod inspector;
mod jobs_table;
mod main_screen;
mod menu;
mod network_bar;
mod order_hold;
mod palette;
mod runtime_rows;
mod selection;
#[cfg(feature = "deck")]
#[cfg(feature = "deck")]
mod settings_form;
#[cfg(feature = "deck")]
mod settings_sheet;
mod status_bar;
mod table_cells;
mod table_header;
mod table_keys;
mod table_scroll;
mod toasts;
mod toolbar;

#[cfg(feature = "deck")]
pub use activity_panel::activity_ui;
#[cfg(feature = "deck")]
pub use add_sheet::{
    AddDefaults, AddRequest, AddSheetState, LINKS_READ_PER_FRAME, MAX_TYPED_BYTES, add_sheet_ui,
};
pub use adding_note::adding_note_ui;
#[cfg(feature = "deck")]
pub use change_url::{ChangeUrlState, change_url_ui};
pub use chips::chips_ui;
pub use close_question::{CloseAnswer, close_question_ui};
pub use columns::{Column, ColumnLayout, TableLayout};
pub use delete_question::{DeleteQuestion, delete_question_ui};
pub use drop_overlay::drop_overlay_ui;
pub use empty::{EmptyState, empty_ui, nothing_found_ui};
pub use help::help_ui;
pub use host::EguiHost;
pub use inspector::{
    AttemptView, ErrorView, Fact, InspectorState, InspectorTab, InspectorView, LogLines, Overview,
    RowInspection, RuntimeView, Several, TabView, inspector_ui,
};
pub use jobs_table::{JobsTableState, jobs_table_ui};
pub use main_screen::{MainScreen, MainState, main_screen_ui};
pub use palette::{PaletteState, palette_ui};
pub use runtime_rows::RuntimeRows;
pub use selection::Selection;
#[cfg(feature = "deck")]
pub use settings_form::SettingsSheetState;
#[cfg(feature = "deck")]
pub use settings_sheet::settings_sheet_ui;
pub use status_bar::{FrameTimes, StatusBar, status_bar_ui};
pub use toasts::{Toast, ToastKind, Toasts, toasts_ui};
pub use toolbar::{ToolbarState, toolbar_ui};
