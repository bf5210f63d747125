//! Lays out the window, then carries out what was asked for.

use egui::text_selection::LabelSelectionState;
use egui::{Event, Popup, Ui};

use super::App;
use super::closing::Closing;
use crate::command::{Command, Intent, Possible};
use crate::deck::SEARCH_HELP;
use crate::fetch::Request;
use crate::view::{
    MainScreen, StatusBar, add_sheet_ui, adding_note_ui, change_url_ui, delete_question_ui,
    drop_overlay_ui, help_ui, main_screen_ui, palette_ui, settings_sheet_ui, toasts_ui,
};

impl App {
    pub(super) fn ui_phase(&mut self, ui: &mut Ui) {
        let possible = self.possible();
        self.keys(ui, &possible);
        let counts = self.deck.counts();
        let totals = self.deck.totals();
        let status = StatusBar {
            totals: &totals,
            counts: &counts,
            beat: totals.is_alive.then(|| self.beat_number()),
            frame: self.frame_timer.times(),
        };
        if self.main.is_activity_open {
            self.unseen_failures = 0;
        }
        self.main.toolbar.unseen_failures = self.unseen_failures;
        let inspected = self.inspected();
        let screen = MainScreen {
            rows: &self.deck,
            possible,
            chip: self.deck.listing.filter().chip,
            status,
            beat: self.beat_number(),
            inspected: inspected.as_ref(),
            activity: Some(&self.deck.activity),
        };
        let aims = main_screen_ui(ui, &screen, &mut self.main, &mut self.intents);
        if !self.is_covered() {
            self.take_middle_click(ui);
        }
        if let Some(progress) = self.deck.bulk.adding() {
            adding_note_ui(ui, progress, &mut self.intents);
        }
        let is_listed = |request: &Request| self.deck.rows.has_link(request);
        add_sheet_ui(ui, &is_listed, &mut self.add_sheet, &mut self.intents);
        change_url_ui(ui, &mut self.change_url, &mut self.intents);
        delete_question_ui(ui, &mut self.delete_question, &mut self.intents);
        help_ui(ui, &mut self.is_help_open, &SEARCH_HELP);
        let has_panel_beside = self.main.is_beside(ui.ctx().content_rect().width());
        let over_rows = counts.all() > 0 && !has_panel_beside;
        toasts_ui(ui, &mut self.toasts, over_rows, &mut self.intents);
        self.closing(ui);
        palette_ui(ui, &mut self.palette, &possible, &mut self.intents);
        settings_sheet_ui(
            ui,
            &mut self.settings_sheet,
            &self.settings,
            &mut self.intents,
        );
        drop_overlay_ui(ui);
        self.take_drops(ui);
        self.deck.hold_order(aims);
        self.carry_out(ui.ctx());
    }

    /// Whether a sheet lies over the main screen, and has the keys.
    fn is_covered(&self) -> bool {
        self.add_sheet.is_open()
            || self.settings_sheet.is_open()
            || self.palette.is_open()
            || self.is_help_open
            || self.change_url.is_some()
            || self.delete_question.is_some()
            || !matches!(self.closing, Closing::No)
    }

    /// Turns keys and what is pasted into intents, unless a sheet has them.
    fn keys(&mut self, ui: &Ui, possible: &Possible) {
        if self.is_covered() || Popup::is_any_open(ui.ctx()) {
            return;
        }
        let pressed = Command::pressed(ui.ctx())
            .into_iter()
            .filter(|command| command.is_enabled(possible));
        self.intents.extend(pressed.map(Intent::Run));
        self.take_pastes(ui);
        if ui.ctx().text_edit_focused() {
            return;
        }
        let copies = |event: &Event| matches!(event, Event::Copy);
        if ui.input(|input| input.events.iter().any(copies))
            && Command::CopyLinks.is_enabled(possible)
            && !has_marked_text(ui)
        {
            self.intents.push(Intent::Run(Command::CopyLinks));
        }
    }
}

/// Whether text outside of fields is marked: then it is what is copied.
fn has_marked_text(ui: &Ui) -> bool {
    ui.ctx()
        .with_plugin(|marked: &mut LabelSelectionState| marked.has_selection())
        .unwrap_or(false)
}
