//! Carries out what the views asked for.

use egui::Context;

use super::{App, files};
use crate::command::{Command, Intent, Possible};
use crate::status::{Chip, Filter, Sorting, Verb};
use crate::view::TableLayout;

/// What has not ended.
const UNFINISHED: [Chip; 3] = [Chip::Active, Chip::Waiting, Chip::Paused];

impl App {
    /// All that was asked for in this pass, in order.
    pub(super) fn carry_out(&mut self, ctx: &Context) {
        let intents = std::mem::take(&mut self.intents);
        if intents.is_empty() {
            return;
        }
        for intent in intents {
            match intent {
                Intent::Run(command) => self.run(ctx, command),
                Intent::RunOn(command, id) => self.run_on(ctx, command, vec![id]),
                Intent::Find(search) => self.find(search),
                Intent::AddText(text) => self.add_sheet.open(&text),
                Intent::RemoveWithFiles(question) => self.remove_with_files(&question),
                Intent::ShowRow(id) => self.show_row(id),
                Intent::ClearActivity => self.deck.activity.clear(),
                Intent::Sort(sorting) => self.deck.set_sorting(sorting),
                Intent::AddNow(text) => self.add_sheet.add(&text),
                Intent::Add(request) => self.add(*request),
                Intent::StopAdding => self.stop_adding(),
                Intent::ChooseFolder => self.choose_folder(),
                Intent::ChangeUrl(id, request) => self.go_on_from(id, &request),
                Intent::ChangeSettings { which, to } => self.change_settings(ctx, &which, &to),
                Intent::ChoosePath(setting) => self.choose_path(setting),
            }
        }
        // What was done shows in the next frame.
        ctx.request_repaint();
    }

    fn run(&mut self, ctx: &Context, command: Command) {
        match command {
            Command::Add => self.add_sheet.open(""),
            Command::TryDemo => self.try_demo(),
            Command::PauseOrResume => {
                let verb = if self.possible().pause {
                    Verb::Pause
                } else {
                    Verb::Resume
                };
                let ids = self.selected();
                self.apply(verb, ids);
            }
            Command::RetryFailed => {
                self.apply_to_all(Verb::Retry, &[Chip::Failed]);
            }
            Command::CancelAll => self.apply_to_all(Verb::Cancel, &UNFINISHED),
            Command::PauseAll => {
                self.apply_to_all(Verb::Pause, &[Chip::Active, Chip::Waiting]);
            }
            Command::ResumeAll => self.apply_to_all(Verb::Resume, &[Chip::Paused]),
            Command::ClearDone => {
                let done = self.deck.rows.ids_under(&[Chip::Done]);
                self.remove(done);
            }
            Command::Search => self.main.toolbar.focus_search = true,
            Command::SelectAll => self.main.table.selection.select_all(&self.deck),
            // One thing after the other: first the selection, then what narrows the list.
            Command::SelectNone if self.main.table.selection.is_empty() => self.find(String::new()),
            Command::SelectNone => self.main.table.selection.clear(),
            Command::Show(chip) => {
                let filter = Filter {
                    chip,
                    ..self.deck.listing.filter().clone()
                };
                self.show(filter);
            }
            Command::Inspector => {
                self.main.is_inspector_open = !self.main.is_inspector_open;
            }
            Command::SwitchTheme => {
                self.switch_theme(ctx);
            }
            Command::Settings => self.settings_sheet.open(),
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::Paste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::CopyLinks => self.copy_links(ctx),
            Command::Duplicate => self.duplicate(),
            Command::SelectRow => self.select_row(),
            Command::Columns => {
                self.main.table.toggle_column_chooser(ctx);
            }
            Command::ResetColumns => {
                self.main.table.layout = TableLayout::default();
                self.deck.set_sorting(Sorting::default());
            }
            Command::Palette => self.palette.open(),
            Command::Help => self.is_help_open = !self.is_help_open,
            Command::Activity => {
                self.main.is_activity_open = !self.main.is_activity_open;
                self.unseen_failures = 0;
            }
            Command::Resume
            | Command::Pause
            | Command::Cancel
            | Command::Retry
            | Command::Skip
            | Command::Keep
            | Command::ChangeUrl
            | Command::OpenFolder
            | Command::Remove
            | Command::MoveUp
            | Command::MoveDown
            | Command::MoveToTop
            | Command::MoveToBottom => {
                let ids = self.selected();
                self.run_on(ctx, command, ids);
            }
            Command::Undo => self.undo(),
            Command::DeleteFiles => self.ask_to_delete(),
            Command::OpenList => self.open_lists(),
        }
    }

    /// What can be done now.
    pub(super) fn possible(&self) -> Possible {
        let selection = &self.main.table.selection;
        let possible = Possible::new(&self.deck, self.deck.counts(), selection.iter());
        let single = selection.single();
        Possible {
            demo: self.demo.is_some(),
            undo: self.deck.undo_log.last().is_some(),
            change_url: single.is_some_and(|id| self.can_change_url(id)),
            open_folder: single
                .is_some_and(|id| self.deck.detail(id).and_then(|row| row.folder()).is_some()),
            in_page: !files::HAS_FILES,
            ..possible
        }
    }

    fn find(&mut self, search: String) {
        if self.main.toolbar.search != search {
            self.main.toolbar.search.clone_from(&search);
        }
        let filter = Filter {
            search,
            ..self.deck.listing.filter().clone()
        };
        self.show(filter);
    }

    /// Shows all rows.
    pub(super) fn show_everything(&mut self) {
        self.main.toolbar.search.clear();
        self.show(Filter::default());
    }

    /// Shows other rows; what is then hidden is not selected any more, so that nothing hidden is acted on.
    fn show(&mut self, filter: Filter) {
        self.deck.set_filter(filter);
        self.main.table.selection.keep_shown(&self.deck);
    }

    fn apply_to_all(&mut self, verb: Verb, chips: &[Chip]) {
        let ids = self.deck.rows.ids_under(chips);
        self.apply(verb, ids);
    }

    fn try_demo(&mut self) {
        let Some(demo) = &self.demo else { return };
        match demo.specs() {
            Ok(specs) => {
                self.main.empty.demo_error = None;
                self.deck.add(specs, false);
            }
            Err(error) if self.deck.counts().all() == 0 => {
                self.main.empty.demo_error = Some(error);
            }
            Err(error) => self.say_problem(error),
        }
    }
}
