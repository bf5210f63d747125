//! The window: an eframe app over the deck. [`App`] is a struct of parts that own their data, and
//! runs the phases of a frame.

mod app_options;
mod background;
mod close_guard;
mod dashboard;
mod desktop_notifications;
#[cfg(not(target_arch = "wasm32"))]
mod event_loop;
#[cfg(target_arch = "wasm32")]
#[path = "event_loop_web.rs"]
mod event_loop;
mod file_dialogs;
#[cfg(not(target_arch = "wasm32"))]
mod file_ops;
#[cfg(target_arch = "wasm32")]
#[path = "file_ops_web.rs"]
mod file_ops;
#[cfg(not(target_arch = "wasm32"))]
mod found_parts;
mod frame_times;
#[cfg(not(target_arch = "wasm32"))]
mod history;
#[cfg(target_arch = "wasm32")]
#[path = "history_web.rs"]
mod history;
mod input;
mod inspector_model;
mod intent_handler;
#[cfg(not(target_arch = "wasm32"))]
mod last_error;
mod link_export;
mod link_import;
#[cfg(not(target_arch = "wasm32"))]
mod list_file;
#[cfg(target_arch = "wasm32")]
#[path = "list_file_web.rs"]
mod list_file;
mod notices;
mod pace;
mod panels;
#[cfg(not(target_arch = "wasm32"))]
mod persistence;
#[cfg(target_arch = "wasm32")]
#[path = "persistence_web.rs"]
mod persistence;
mod preferences;
mod removals;
mod saved_layout;
mod saved_settings;
mod shared;
#[cfg(not(target_arch = "wasm32"))]
mod shutdown;
#[cfg(target_arch = "wasm32")]
#[path = "shutdown_web.rs"]
mod shutdown;
mod storage_text;
#[cfg(not(target_arch = "wasm32"))]
mod system_dialogs;
#[cfg(target_arch = "wasm32")]
#[path = "system_dialogs_web.rs"]
mod system_dialogs;
#[cfg(not(target_arch = "wasm32"))]
mod system_fonts;
#[cfg(not(target_arch = "wasm32"))]
mod unfinished_rows;
mod window;
#[cfg(not(target_arch = "wasm32"))]
mod window_place;

pub use app_options::{AppOptions, Demo, Desktop};
pub use dashboard::App;
pub use file_dialogs::Dialogs;
pub use list_file::ListFile;
pub use saved_settings::settings_of;
pub use shared::SharedApp;

#[cfg(target_arch = "wasm32")]
pub use event_loop::{PageFigures, app_in_page, is_page_adding, open_page_list, page_figures};
#[cfg(target_arch = "wasm32")]
pub use persistence::{ListFigures, PageList};
#[cfg(not(target_arch = "wasm32"))]
pub use window::{WindowError, open_window};

impl eframe::App for SharedApp {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let mut app = self.0.borrow_mut();
        if let Some(cost) = event_loop::cost_of_last(frame) {
            app.frame_took(cost);
        }
        app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.0.borrow_mut().ui(ui, frame);
    }

    fn on_exit(&mut self, gl: Option<&eframe::glow::Context>) {
        self.0.borrow_mut().on_exit(gl);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.0.borrow_mut().save(storage);
    }

    #[cfg(target_arch = "wasm32")]
    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        // How the page's own functions find the deck.
        Some(self)
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.0.borrow().clear_color(visuals)
    }

    fn persist_egui_memory(&self) -> bool {
        self.0.borrow().persist_egui_memory()
    }
}
