//! The window: an eframe app over the deck, in phases. `tick_between_frames` keeps the jobs running
//! between two frames, `logic_phase` runs also while the window is hidden, `ui_phase` lays out and
//! then does what was asked for, `store` saves what outlives the window. The parts do the work;
//! this coordinates them.

use std::sync::Arc;
use std::time::Duration;

use eframe::Storage;
use egui::{Context, Popup, Ui, ViewportCommand};
use web_time::Instant;

use super::app_options::{AppOptions, Demo};
use super::close_guard::CloseGuard;
use super::desktop_notifications::DesktopNotifications;
use super::file_dialogs::{DialogEvent, FileDialogs, PathFor};
use super::file_ops::{FileOps, HAS_FILES};
use super::frame_times::FrameTimer;
use super::history::{History, HistoryEvent};
use super::inspector_model::InspectorModel;
use super::intent_handler::IntentHandler;
use super::link_import::LinkImport;
use super::notices::{self, Notices};
use super::pace::{BEAT, RepaintPace};
use super::panels::{self, Panels};
use super::persistence::Persistence;
use super::preferences::{Affected, Preferences};
use super::removals::Removals;
use super::{input, saved_layout, shutdown};
use crate::command::{CommandContext, HeldKeys};
use crate::deck::{Deck, WindowDeck};
use crate::jobs::Spec;
use crate::options::Settings;
use crate::runtime::{Host, Runtime, TICK_BUDGET};
use crate::status::RowSource as _;
use crate::theme;
use crate::view::{
    EguiHost, FrameTimes, Intent, MainScreen, StatusBar, ToastKind, drop_overlay_ui,
    main_screen_ui, palette_ui, settings_sheet_ui, toasts_ui,
};

/// The dashboard.
#[derive(Debug)]
pub struct App {
    deck: Deck,
    panels: Panels,
    preferences: Preferences,
    notices: Notices,
    desktop: DesktopNotifications,
    dialogs: FileDialogs,
    file_ops: FileOps,
    import: LinkImport,
    removals: Removals,
    close_guard: CloseGuard,
    inspector: InspectorModel,
    demo: Option<Demo>,
    /// What the views asked for in this pass.
    intents: Vec<Intent>,
    pace: RepaintPace,
    pub(super) persistence: Persistence,
}

impl App {
    /// A window of this context, with what was saved of the last one. A wake of its jobs requests a
    /// frame.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>, options: AppOptions) -> Self {
        let host: Arc<dyn Host> = EguiHost::new(&creation.egui_ctx);
        let persistence = Persistence::open(options.state_folder.as_deref(), &host);
        let storage = creation.storage;
        Self::over(&creation.egui_ctx, storage, options, host, persistence)
    }

    /// The same, with another host for its runtime, and what is kept.
    pub(super) fn over(
        ctx: &Context,
        storage: Option<&dyn Storage>,
        options: AppOptions,
        host: Arc<dyn Host>,
        persistence: Persistence,
    ) -> Self {
        theme::install(ctx);
        HeldKeys::install(ctx);
        let runtime = Runtime::with_clock(host, options.clock);
        let has_desktop = options.desktop.is_some();
        let default_folder = options.add_defaults.folder.clone();
        let panels = Panels::new(&options.add_defaults, HAS_FILES, has_desktop, &runtime);
        let mut app = Self {
            deck: Deck::new(runtime.clone()),
            panels,
            preferences: Preferences::new(options.add_defaults, options.keeps_nothing),
            notices: Notices::new(runtime.clone()),
            desktop: DesktopNotifications::new(options.desktop),
            dialogs: FileDialogs::new(options.dialogs, &runtime),
            file_ops: FileOps::new(&runtime),
            import: LinkImport::new(options.links, &runtime),
            removals: Removals::default(),
            close_guard: CloseGuard::default(),
            inspector: InspectorModel::default(),
            demo: options.demo,
            intents: Vec::new(),
            pace: RepaintPace::install(ctx),
            persistence,
        };
        app.panels.main.empty.offers_demo = app.demo.is_some();
        if let Some(storage) = app.persistence.storage().or(storage) {
            saved_layout::restore(storage, &mut app.panels.main, &mut app.deck);
        }
        let mut affected = Affected {
            ctx,
            deck: &mut app.deck,
            panels: &mut app.panels,
            file_ops: &mut app.file_ops,
        };
        let storage = app.persistence.storage().or(storage);
        app.preferences
            .begin(&mut affected, storage, &options.cli_overrides);
        let goes_on = app.settings().goes_on_at_start;
        let folder = app.settings().folder.clone();
        let folder = folder.or(default_folder);
        app.persistence.begin(&mut app.deck, goes_on, folder);
        app.deck.add(options.specs, false);
        app
    }

    /// The model, to be looked at.
    #[must_use]
    pub fn deck(&self) -> &Deck {
        &self.deck
    }

    /// How long its frames take, without the painting.
    pub(super) fn frame_times(&self) -> Option<FrameTimes> {
        self.pace.timer.as_ref().and_then(FrameTimer::times)
    }

    /// The settings in effect.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.preferences.settings()
    }

    /// A frame was painted, and took this long.
    pub(super) fn frame_took(&mut self, cost: Duration) {
        self.pace.frame_took(cost);
    }

    /// Ticks the jobs between two frames, and requests a frame if anything changed. Called by the
    /// event loop: the jobs go on however long the next frame takes to come.
    pub(super) fn tick_between_frames(&mut self, ctx: &Context) {
        if !self.work() {
            return;
        }
        self.show_if_asked(ctx);
        let wait = self.pace.request(Instant::now(), is_hidden(ctx));
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
    }

    /// Lets the jobs go on, and requests the frame in which the next number changes. May run twice
    /// in a frame: the second time there is just less to do.
    pub(super) fn logic_phase(&mut self, ctx: &Context) {
        self.pace.frame_begins(Instant::now());
        self.work();
        self.show_if_asked(ctx);
        self.notify(ctx);
        let settings = self.preferences.settings();
        // What is kept goes on at the next start, and needs no question.
        if !self.persistence.keeps_rows() {
            self.close_guard.ask_while_hidden(ctx, &self.deck, settings);
        }
        self.take_files(ctx);
        self.take_history(ctx);
        let elapsed = self.deck.now();
        let totals = self.deck.totals();
        if totals.is_alive {
            ctx.request_repaint_after(self.pace.until_next_beat(elapsed, is_hidden(ctx)));
        } else if totals.counts_down || self.shows_growing_times() {
            // What counts down shows another number then, and nothing else moves.
            let into_second = Duration::from_nanos(elapsed.subsec_nanos().into());
            ctx.request_repaint_after(Duration::from_secs(1) - into_second);
        }
    }

    /// Whether the inspector shows a row that has not ended: its times grow even while it is
    /// paused.
    fn shows_growing_times(&self) -> bool {
        let main = &self.panels.main;
        let row = main.table.selection.single();
        let status = row.and_then(|id| self.deck.status(id));
        main.is_inspector_open && status.is_some_and(|status| !status.is_ended())
    }

    /// Lays out the window, then does what was asked for.
    pub(super) fn ui_phase(&mut self, ui: &mut Ui) {
        let context = self.command_context();
        if !self.has_sheet() && !Popup::is_any_open(ui.ctx()) {
            input::take_keys(ui, &context, &mut self.intents);
        }
        let is_aimed_at = self.main_screen_ui(ui, context);
        if !self.has_sheet() {
            self.intents.extend(input::middle_click_paste(ui));
        }
        let Self {
            deck,
            panels,
            preferences,
            notices,
            persistence,
            intents,
            ..
        } = self;
        panels.sheets_ui(ui, deck, intents);
        if panels.add_sheet.is_reading() {
            deck.runtime().request_tick();
        }
        let has_panel_beside = panels.main.is_beside(ui.ctx().content_rect().width());
        let over_rows = deck.counts().all() > 0 && !has_panel_beside;
        toasts_ui(ui, &mut notices.toasts, over_rows, intents);
        let settings = preferences.settings();
        if !persistence.keeps_rows() || self.close_guard.is_active() {
            self.close_guard.ui(ui, deck, settings, intents);
        }
        palette_ui(ui, &mut panels.palette, &context, intents);
        settings_sheet_ui(ui, &mut panels.settings_sheet, settings, intents);
        drop_overlay_ui(ui);
        let dropped = input::dropped_files(ui);
        let sheet = &mut panels.add_sheet;
        self.import.read_lists(sheet, dropped);
        deck.hold_order(is_aimed_at);
        self.handle_intents(ui.ctx());
    }

    /// Saves everything.
    pub(super) fn store(&mut self, storage: &mut dyn Storage) {
        if self.preferences.saved.is_saved() {
            let now = self.deck.runtime().now();
            self.preferences.saved.write(storage, now);
            saved_layout::store(storage, &self.panels.main, &self.deck);
        }
    }

    /// Saves what changed in the store of the list, if that is open: at most once a second.
    fn store_in_list(&mut self, ctx: &Context) {
        let now = self.deck.runtime().now();
        if let Some(wait) = self.persistence.settings_due_in(now) {
            if ctx.input(|input| !input.events.is_empty()) {
                ctx.request_repaint_after(wait);
            }
            return;
        }
        if let Some(storage) = self.persistence.storage_mut() {
            self.preferences.saved.write(storage, now);
            saved_layout::store(storage, &self.panels.main, &self.deck);
            saved_layout::store_window(storage, ctx);
        }
    }

    /// Saves everything if a setting changed, unless that was just done: then in the next second.
    pub(super) fn store_changes(&mut self, ctx: &Context, storage: &mut dyn Storage) {
        match self.preferences.saved.due_in(self.deck.runtime().now()) {
            None => {}
            Some(Duration::ZERO) => {
                self.store(storage);
                storage.flush();
            }
            Some(wait) => ctx.request_repaint_after(wait),
        }
    }

    /// Ends all jobs, so that each writes down how far it came.
    pub(super) fn end_jobs(&mut self) {
        self.persistence.before_end(&mut self.deck);
        self.deck.interrupt();
        shutdown::wait_for_threads(&mut self.deck, &mut self.file_ops);
    }

    /// All that must not wait for a frame; false if there was nothing to do.
    fn work(&mut self) -> bool {
        let mut is_changed = self.deck.tick(TICK_BUDGET);
        let settings = self.preferences.settings();
        is_changed |= self.persistence.work(&mut self.deck, settings);
        is_changed |= self.read_links();
        let completed = self.deck.take_completed();
        self.panels
            .follow_listing(&self.deck, !completed.is_empty());
        for completed in &completed {
            self.removals.note_completed(completed);
            self.notices.say_completed(completed);
        }
        let selection = &mut self.panels.main.table.selection;
        let file_ops = &mut self.file_ops;
        if let Some(shared) = self
            .removals
            .delete_ended(&mut self.deck, selection, file_ops)
        {
            let path = shared.display();
            let text = format!("{path} stays: another job has it");
            self.notices.say(ToastKind::Note, text);
        }
        is_changed
    }

    /// Reads on in a long list of the sheet; false if there is none.
    fn read_links(&mut self) -> bool {
        let Self { deck, panels, .. } = self;
        let sheet = &mut panels.add_sheet;
        if !sheet.is_reading() {
            return false;
        }
        if !sheet.read_on(&|request| deck.rows.has_link(request)) {
            deck.runtime().request_tick();
        }
        true
    }

    /// Brings the window to the front if another process asks for it.
    fn show_if_asked(&mut self, ctx: &Context) {
        if self.persistence.take_wants_to_show() {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            ctx.request_repaint();
        }
    }

    /// Says what happened since the last frame.
    fn notify(&mut self, ctx: &Context) {
        let is_seen = notices::is_seen(ctx);
        let Self {
            deck,
            notices,
            desktop,
            ..
        } = self;
        notices.announce(deck, desktop, is_seen);
        if is_seen || !self.preferences.settings().notifications {
            desktop.forget();
        } else {
            desktop.show_due(ctx, deck);
        }
        notices.say_file_errors(deck, &self.file_ops.take_errors());
        notices.expire(ctx, deck, is_seen);
    }

    /// Takes over what files and dialogs brought.
    fn take_files(&mut self, ctx: &Context) {
        let (preferences, mut affected) = self.preferences(ctx);
        preferences.update(&mut affected);
        let event = self.dialogs.take_event();
        let sheet = &mut self.panels.add_sheet;
        let is_delivered = self.import.deliver(sheet, &mut self.notices);
        if event.is_some() || is_delivered {
            ctx.request_repaint();
        }
        match event {
            None => {}
            Some(DialogEvent::Lists(files)) => {
                self.import.read_lists(sheet, files);
            }
            Some(DialogEvent::Path(PathFor::AddSheet, folder)) => sheet.set_folder(&folder),
            Some(DialogEvent::Path(PathFor::Setting(setting), path)) => {
                let (preferences, mut affected) = self.preferences(ctx);
                preferences.take_chosen(&mut affected, setting, path);
            }
            Some(DialogEvent::Path(PathFor::Links, path)) => self.panels.link_export.write(path),
            Some(DialogEvent::NoDialog(instead)) => {
                let text = format!("No file dialog here: {instead}");
                self.notices.say_problem(&mut self.deck, text);
            }
        }
        if !self.file_ops.is_reading() {
            self.import
                .begin_downloads(&mut self.deck, &self.preferences);
        }
    }

    /// Takes over what was read of the history, and goes on with links that are being saved.
    fn take_history(&mut self, ctx: &Context) {
        let Self {
            deck,
            panels,
            notices,
            dialogs,
            ..
        } = self;
        let Panels {
            history,
            link_export,
            ..
        } = panels;
        if history.update() {
            ctx.request_repaint();
        }
        for event in history.take_events() {
            ctx.request_repaint();
            match event {
                HistoryEvent::Spec(spec) => {
                    let needs_link = matches!(&*spec, Spec::Fetch(spec) if spec.needs_link);
                    if needs_link {
                        let name = spec.name();
                        let text = format!("The link of {name} is not whole: add it once more");
                        notices.say_problem(deck, text);
                        continue;
                    }
                    let text = format!("Added {} once more", spec.name());
                    notices.say(ToastKind::Note, text);
                    deck.add(vec![spec.starting_over()], false);
                }
                HistoryEvent::Links(list) => {
                    if let Some(why_not) = link_export.offer(list, dialogs) {
                        notices.say(ToastKind::Note, why_not.to_owned());
                    }
                }
                HistoryEvent::Forgotten => notices.say(ToastKind::Note, "Forgotten".to_owned()),
                HistoryEvent::Failed(problem) => notices.say_problem(deck, problem),
            }
        }
        let (is_gathering, why_not) = link_export.gather(deck, dialogs);
        if is_gathering || why_not.is_some() {
            ctx.request_repaint();
        }
        if let Some(why_not) = why_not {
            notices.say(ToastKind::Note, why_not.to_owned());
        }
        for written in link_export.take_written() {
            ctx.request_repaint();
            match written {
                Ok(text) => notices.say(ToastKind::Note, text),
                Err(problem) => notices.say_problem(deck, problem),
            }
        }
    }

    /// Lays out the main screen; true while the order of the rows should stay as it is.
    fn main_screen_ui(&mut self, ui: &mut Ui, context: CommandContext) -> bool {
        let counts = self.deck.counts();
        let totals = self.deck.totals();
        let beat = beat_number(self.deck.now());
        let status = StatusBar {
            totals: &totals,
            counts: &counts,
            beat: totals.is_alive.then_some(beat),
            frame: self.frame_times(),
        };
        let main = &mut self.panels.main;
        if main.is_activity_open {
            self.notices.unseen_failures = 0;
        }
        main.toolbar.unseen_failures = self.notices.unseen_failures;
        let deck: &dyn WindowDeck = &self.deck;
        let inspected = self.inspector.view(deck, main);
        let screen = MainScreen {
            rows: deck,
            context,
            chip: deck.filter().chip,
            status,
            beat,
            inspected: inspected.as_ref(),
            activity: Some(deck.activity()),
            start_bar: self.persistence.start_bar(),
        };
        main_screen_ui(ui, &screen, main, &mut self.intents)
    }

    /// Whether a sheet lies over the main screen, and has the keys.
    fn has_sheet(&self) -> bool {
        self.panels.has_sheet() || self.close_guard.is_active()
    }

    /// What can be done now.
    fn command_context(&self) -> CommandContext {
        let deck: &dyn WindowDeck = &self.deck;
        let selection = &self.panels.main.table.selection;
        let single = selection.single();
        CommandContext {
            demo: self.demo.is_some(),
            undo: deck.undoable().is_some(),
            change_url: single.is_some_and(|id| panels::can_change_url(deck, id)),
            open_folder: single
                .is_some_and(|id| deck.detail(id).and_then(|row| row.folder()).is_some()),
            in_page: !HAS_FILES,
            history: History::is_kept(&self.persistence),
            ..CommandContext::new(deck, deck.counts(), selection.iter())
        }
    }

    /// Does what was asked for in this pass, in order.
    fn handle_intents(&mut self, ctx: &Context) {
        let intents = std::mem::take(&mut self.intents);
        if intents.is_empty() {
            return;
        }
        let mut handler = IntentHandler {
            ctx,
            deck: &mut self.deck,
            panels: &mut self.panels,
            notices: &mut self.notices,
            preferences: &mut self.preferences,
            removals: &mut self.removals,
            file_ops: &mut self.file_ops,
            dialogs: &mut self.dialogs,
            persistence: &mut self.persistence,
            demo: self.demo.as_ref(),
        };
        for intent in intents {
            handler.handle(intent);
        }
        // What was done shows in the next frame.
        ctx.request_repaint();
    }

    fn preferences<'a>(&'a mut self, ctx: &'a Context) -> (&'a mut Preferences, Affected<'a>) {
        let affected = Affected {
            ctx,
            deck: &mut self.deck,
            panels: &mut self.panels,
            file_ops: &mut self.file_ops,
        };
        (&mut self.preferences, affected)
    }
}

/// Counts up ten times a second, in the time the jobs live in.
fn beat_number(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_nanos() / BEAT.as_nanos()).unwrap_or(0)
}

/// Whether the window shows nothing: it is minimised, or another one covers it.
fn is_hidden(ctx: &Context) -> bool {
    ctx.input(|input| input.viewport().visible() == Some(false))
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.logic_phase(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.ui_phase(ui);
        if self.persistence.is_open() {
            self.store_in_list(ui.ctx());
        } else if let Some(storage) = frame.storage_mut() {
            self.store_changes(ui.ctx(), storage);
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.end_jobs();
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        if !self.persistence.is_open() {
            self.store(storage);
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        // What shows for a moment while the window grows.
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        // What is saved is saved by name: see `saved_layout` and `saved_settings`.
        false
    }
}

#[cfg(test)]
mod tests;
