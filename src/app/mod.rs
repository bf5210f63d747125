//! The window: an eframe app over the deck, in phases. This file only delegates; `event_loop` lets the jobs go on between
//! two frames, `logic` runs also while the window is hidden, `ui` lays out and then carries out what was asked for,
//! `persist` keeps what outlives the window.

mod adding;
mod closing;
#[cfg(not(target_arch = "wasm32"))]
mod ending;
#[cfg(target_arch = "wasm32")]
#[path = "ending_web.rs"]
mod ending;
#[cfg(not(target_arch = "wasm32"))]
mod errands;
#[cfg(target_arch = "wasm32")]
#[path = "errands_web.rs"]
mod errands;
#[cfg(not(target_arch = "wasm32"))]
mod event_loop;
#[cfg(target_arch = "wasm32")]
#[path = "event_loop_web.rs"]
mod event_loop;
#[cfg(not(target_arch = "wasm32"))]
mod files;
#[cfg(target_arch = "wasm32")]
#[path = "files_web.rs"]
mod files;
mod frame_times;
mod inspected;
mod intents;
#[cfg(not(target_arch = "wasm32"))]
mod last_error;
mod layout;
#[cfg(not(target_arch = "wasm32"))]
mod lists;
#[cfg(target_arch = "wasm32")]
#[path = "lists_web.rs"]
mod lists;
mod logic;
mod notifying;
mod pace;
mod persist;
mod rows;
mod settings;
mod shared;
#[cfg(not(target_arch = "wasm32"))]
mod system_fonts;
mod telling;
mod ui;
mod undoing;
#[cfg(not(target_arch = "wasm32"))]
mod window;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::command::{HeldKeys, Intent};
use crate::deck::{Action, Deck};
use crate::fetch::ExtraCertificates;
use crate::jobs::Spec;
use crate::links::Link;
use crate::options::{Options, Settings};
use crate::runtime::{Clock, Host, Runtime};
use crate::status::RowId;
use crate::theme;
use crate::view::{
    AddDefaults, AddSheetState, ChangeUrlState, DeleteQuestion, EguiHost, MainState, PaletteState,
    SettingsSheetState, Toasts,
};

use adding::Adding;
use closing::Closing;
use errands::Errands;
use files::Files;
use frame_times::FrameTimer;
use inspected::Sums;
use notifying::Notifying;
use pace::RepaintPace;
use persist::Kept;

pub use adding::Dialogs;
pub use lists::ListFile;
pub use shared::SharedApp;

#[cfg(not(target_arch = "wasm32"))]
pub use window::{WindowError, open_window};

/// What a window begins with.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The rows it begins with, whatever the settings say.
    pub specs: Vec<Spec>,
    /// The downloads it begins with, made as the settings say.
    pub links: Vec<Link>,
    /// What the call of the program said, also what no setting speaks of.
    pub add_defaults: AddDefaults,
    /// What the call said: for this window it wins over what was kept, and is not kept.
    pub cli_overrides: Options,
    /// Whether nothing is written down.
    pub keeps_nothing: bool,
    /// The time its jobs live in; tests give a virtual one.
    pub clock: Clock,
    /// The demo that the empty screen offers.
    pub demo: Option<Demo>,
    /// The desktop that is told when all jobs have ended unseen; where there is none, there is no setting for it.
    pub desktop: Option<Desktop>,
    /// Where files and folders are chosen.
    pub dialogs: Dialogs,
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

/// How the desktop is told something, for whoever does not look at the window.
#[derive(Clone)]
pub struct Desktop(Rc<dyn Fn(&str)>);

impl Desktop {
    /// A desktop that `tell` tells a line. It must not wait.
    pub fn new(tell: impl Fn(&str) + 'static) -> Self {
        Self(Rc::new(tell))
    }

    fn tell(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Desktop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desktop(…)")
    }
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            specs: Vec::new(),
            links: Vec::new(),
            add_defaults: AddDefaults::default(),
            cli_overrides: Options::default(),
            keeps_nothing: false,
            clock: Clock::real(),
            demo: None,
            desktop: None,
            dialogs: Dialogs::default(),
        }
    }
}

/// The dashboard.
#[derive(Debug)]
pub struct App {
    deck: Deck,
    main: MainState,
    add_sheet: AddSheetState,
    adding: Adding,
    palette: PaletteState,
    is_help_open: bool,
    change_url: Option<ChangeUrlState>,
    toasts: Toasts,
    delete_question: Option<DeleteQuestion>,
    errands: Errands,
    /// Rows that go with their files, as soon as they have ended.
    going_with_files: BTreeSet<RowId>,
    /// The number of the cancel that is under way for these.
    cancelling_for_files: Option<u64>,
    /// The number of the undo that was told last, and of how many rows.
    told_undo: Option<(u64, usize)>,
    /// What was begun with very many rows and is not complete: its number, and the word for it.
    under_way: Vec<(u64, &'static str)>,
    /// Which list the selection was made from.
    listings: u64,
    /// The number of what happened that was told last.
    told_activity: u64,
    /// How many rows were done by then.
    told_done: u64,
    /// How many jobs failed since somebody looked at what happened.
    unseen_failures: usize,
    notifying: Notifying,
    /// What was selected of the rows that were removed, by the number of that removal.
    removed_selection: VecDeque<(u64, Vec<RowId>)>,
    /// Whether the question before closing is open, or was answered.
    closing: Closing,
    /// What the views asked for in this pass.
    intents: Vec<Intent>,
    sums: Sums,
    frame_timer: FrameTimer,
    pace: RepaintPace,
    demo: Option<Demo>,
    desktop: Option<Desktop>,
    /// What is in effect.
    settings: Settings,
    /// What is written down.
    kept: Kept,
    settings_sheet: SettingsSheetState,
    /// What is in the certificates' file, or what the call of the program said.
    certificates: Option<ExtraCertificates>,
    files: Files,
    /// What the call of the program said.
    call: AddDefaults,
    /// Downloads that are not added yet.
    links: Vec<Link>,
    keeps_nothing: bool,
    /// The scale that the context was given last.
    scale_percent_applied: u32,
    /// Whether the context has it by now.
    scale_seen: bool,
}

impl App {
    /// A window of this context, with what is kept from the last one. Its jobs go on in its frames: a wake is a frame.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>, options: AppOptions) -> Self {
        let host = EguiHost::new(&creation.egui_ctx);
        Self::over(&creation.egui_ctx, creation.storage, options, host)
    }

    fn over(
        ctx: &egui::Context,
        storage: Option<&dyn eframe::Storage>,
        options: AppOptions,
        host: Arc<dyn Host>,
    ) -> Self {
        theme::install(ctx);
        HeldKeys::install(ctx);
        let runtime = Runtime::with_clock(host, options.clock);
        let deck = Deck::new(runtime);
        let call = options.add_defaults;
        let mut main = MainState::default();
        main.empty.offers_demo = options.demo.is_some();
        let has_desktop = options.desktop.is_some();
        let mut app = Self {
            deck,
            main,
            demo: options.demo,
            desktop: options.desktop,
            add_sheet: AddSheetState::new(&call),
            adding: Adding::new(options.dialogs),
            palette: PaletteState::default(),
            is_help_open: false,
            change_url: None,
            toasts: Toasts::default(),
            delete_question: None,
            errands: Errands::default(),
            going_with_files: BTreeSet::new(),
            cancelling_for_files: None,
            told_undo: None,
            under_way: Vec::new(),
            listings: 0,
            told_activity: 0,
            told_done: 0,
            unseen_failures: 0,
            notifying: Notifying::default(),
            removed_selection: VecDeque::new(),
            closing: Closing::default(),
            intents: Vec::new(),
            sums: Sums::default(),
            frame_timer: FrameTimer::install(ctx),
            pace: RepaintPace::default(),
            settings: call.options.clone(),
            kept: Kept::default(),
            settings_sheet: SettingsSheetState::new(files::HAS_FILES, has_desktop, &call),
            certificates: call.options.certificates.clone(),
            files: Files::default(),
            call,
            links: options.links,
            keeps_nothing: options.keeps_nothing,
            scale_percent_applied: 0,
            scale_seen: false,
        };
        match storage {
            Some(storage) => {
                app.restore(storage);
                app.begin_with(ctx, Kept::read(storage), &options.cli_overrides);
            }
            None => app.begin_with(ctx, Kept::default(), &Options::default()),
        }
        app.deck.apply(Action::Add {
            specs: options.specs,
            paused: false,
        });
        app
    }

    /// The model, to be looked at.
    #[must_use]
    pub fn deck(&self) -> &Deck {
        &self.deck
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Some(cost) = event_loop::cost_of_last(frame) {
            self.pace.frame_took(cost);
        }
        self.logic_phase(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.ui_phase(ui);
        if let Some(storage) = frame.storage_mut() {
            self.store_changes(ui.ctx(), storage);
        }
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

impl eframe::App for SharedApp {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.0.borrow_mut().logic(ctx, frame);
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
