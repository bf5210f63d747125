//! The window: an eframe app over the deck, in phases. This file only delegates; `logic` runs also while the window is
//! hidden, `ui` lays out and then carries out what was asked for, `persist` keeps what outlives the window.

mod closing;
#[cfg(not(target_arch = "wasm32"))]
mod ending;
#[cfg(target_arch = "wasm32")]
#[path = "ending_web.rs"]
mod ending;
#[cfg(not(target_arch = "wasm32"))]
mod folders;
#[cfg(target_arch = "wasm32")]
#[path = "folders_web.rs"]
mod folders;
mod frame_times;
mod intents;
mod logic;
mod persist;
mod rows;
mod telling;
mod ui;
#[cfg(not(target_arch = "wasm32"))]
mod window;

use std::fmt;
use std::rc::Rc;

use egui::ThemePreference;

use crate::command::Intent;
use crate::deck::{Action, Deck, Limits};
use crate::programs::Spec;
use crate::runtime::{Clock, Runtime};
use crate::theme;
use crate::view::{
    AddDefaults, AddSheetState, ChangeUrlState, EguiHost, MainState, PaletteState, Toasts,
};

use frame_times::FrameTimer;

#[cfg(not(target_arch = "wasm32"))]
pub use window::{WindowError, open_window};

/// What a window begins with.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The rows it begins with.
    pub specs: Vec<Spec>,
    /// How much may go on at the same time.
    pub limits: Limits,
    /// What the Add sheet suggests.
    pub add_defaults: AddDefaults,
    /// The time its jobs live in; tests give a virtual one.
    pub clock: Clock,
    /// The demo that the empty screen offers.
    pub demo: Option<Demo>,
}

/// Where the demo's jobs come from.
#[derive(Clone)]
pub struct Demo(Rc<dyn Fn() -> Result<Vec<Spec>, String>>);

impl Demo {
    /// A demo whose jobs `start` gives, or says why it cannot.
    pub fn new(start: impl Fn() -> Result<Vec<Spec>, String> + 'static) -> Self {
        Self(Rc::new(start))
    }

    fn specs(&self) -> Result<Vec<Spec>, String> {
        (self.0)()
    }
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Demo(…)")
    }
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            specs: Vec::new(),
            limits: Limits::default(),
            add_defaults: AddDefaults::default(),
            clock: Clock::real(),
            demo: None,
        }
    }
}

/// The dashboard.
#[derive(Debug)]
pub struct App {
    deck: Deck,
    main: MainState,
    add_sheet: AddSheetState,
    palette: PaletteState,
    is_help_open: bool,
    change_url: Option<ChangeUrlState>,
    toasts: Toasts,
    /// The number of the undo that was told last.
    told_undo: Option<u64>,
    /// The number of what happened that was told last.
    told_activity: u64,
    /// How many jobs failed since somebody looked at what happened.
    unseen_failures: usize,
    /// Whether the question before closing is open, or was answered.
    is_closing: bool,
    asks_before_closing: bool,
    /// What the views asked for in this pass.
    intents: Vec<Intent>,
    frame_timer: FrameTimer,
    demo: Option<Demo>,
    /// What the user wants, as opposed to what the system shows.
    theme: ThemePreference,
}

impl App {
    /// A window of this context, with what is kept from the last one.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>, options: AppOptions) -> Self {
        let mut app = Self::over(&creation.egui_ctx, options);
        if let Some(storage) = creation.storage {
            app.restore(&creation.egui_ctx, storage);
        }
        app
    }

    fn over(ctx: &egui::Context, options: AppOptions) -> Self {
        theme::install(ctx);
        let runtime = Runtime::with_clock(EguiHost::new(ctx), options.clock);
        let mut deck = Deck::new(runtime);
        deck.set_limits(options.limits);
        deck.apply(Action::Add {
            specs: options.specs,
            paused: false,
        });
        let mut main = MainState::default();
        main.empty.offers_demo = options.demo.is_some();
        Self {
            deck,
            main,
            demo: options.demo,
            add_sheet: AddSheetState::new(&options.add_defaults),
            palette: PaletteState::default(),
            is_help_open: false,
            change_url: None,
            toasts: Toasts::default(),
            told_undo: None,
            told_activity: 0,
            unseen_failures: 0,
            is_closing: false,
            asks_before_closing: true,
            intents: Vec::new(),
            frame_timer: FrameTimer::install(ctx),
            theme: ThemePreference::System,
        }
    }

    /// The model, to be looked at.
    #[must_use]
    pub fn deck(&self) -> &Deck {
        &self.deck
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.logic_phase(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.ui_phase(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.end_jobs();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.store(storage);
    }

    #[cfg(target_arch = "wasm32")]
    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        // How the page's own functions find the deck.
        Some(self)
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        // What shows for a moment while the window grows.
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        // What is kept is kept by name: see `persist`.
        false
    }
}
