//! Does what the views asked for.

use std::path::PathBuf;

use egui::{Context, ViewportCommand};

use super::app_options::Demo;
use super::file_dialogs::{FileDialogs, PathFor};
use super::file_ops::FileOps;
use super::notices::Notices;
use super::panels::Panels;
use super::persistence::Persistence;
use super::preferences::{Affected, Preferences};
use super::removals::Removals;
use crate::command::{Command, CommandContext};
use crate::deck::{Action, WindowDeck};
use crate::format;
use crate::jobs::{FetchSpec, Spec};
use crate::status::{Chip, Filter, RowId, Sorting, Verb};
use crate::view::{AddRequest, HistoryAct, Intent, TableLayout, ToastKind};

/// The chips of rows that have not ended.
const UNFINISHED: [Chip; 3] = [Chip::Active, Chip::Waiting, Chip::Paused];

/// The parts of the window that intents change.
pub(super) struct IntentHandler<'a> {
    pub(super) ctx: &'a Context,
    pub(super) deck: &'a mut dyn WindowDeck,
    pub(super) panels: &'a mut Panels,
    pub(super) notices: &'a mut Notices,
    pub(super) preferences: &'a mut Preferences,
    pub(super) removals: &'a mut Removals,
    pub(super) file_ops: &'a mut FileOps,
    pub(super) dialogs: &'a mut FileDialogs,
    pub(super) persistence: &'a mut Persistence,
    pub(super) demo: Option<&'a Demo>,
}

impl IntentHandler<'_> {
    /// Does what one intent asks for.
    pub(super) fn handle(&mut self, intent: Intent) {
        match intent {
            Intent::Run(command) => self.run(command),
            Intent::RunOn(command, id) => self.run_on(command, vec![id]),
            Intent::OpenInspector => self.panels.main.is_inspector_open = true,
            Intent::Find(search) => self.panels.find(self.deck, search),
            Intent::AddText(text) => self.panels.add_sheet.open(&text),
            Intent::Remove { ids, deletes_files } => {
                let selection = &mut self.panels.main.table.selection;
                if deletes_files {
                    self.removals.remove_with_files(self.deck, ids);
                } else {
                    self.removals.remove(self.deck, selection, ids);
                }
            }
            Intent::ShowRow(id) => {
                if !self.panels.show_row(self.deck, id) {
                    self.note("It is not in the list any more");
                }
            }
            Intent::History(act) => self.act_in_history(act),
            Intent::SaveLinks(answer) => self.panels.link_export.answer(answer, self.dialogs),
            Intent::AddFound => {
                let options = self.preferences.job_options();
                let added = self.persistence.add_found(self.deck, &options);
                if added > 0 {
                    let text = format::count(added as u64, "download needs", "downloads need");
                    self.note(&format!("{text} a link: see Paused"));
                }
            }
            Intent::CloseStartBar => self.persistence.close_start_bar(),
            Intent::UseListHere => self.persistence.use_here(),
            Intent::ClearActivity => self.deck.activity_mut().clear(),
            Intent::Sort(sorting) => self.deck.set_sorting(sorting),
            Intent::AddNow(text) => self.panels.add_sheet.add(&text),
            Intent::Add(request) => self.add(*request),
            Intent::StopAdding => {
                if let Some((done, all)) = self.deck.stop_adding() {
                    self.notices.say_part("Added", done, all);
                }
            }
            Intent::ChooseFolder => {
                let from = self.panels.add_sheet.folder();
                self.dialogs.choose_path(PathFor::AddSheet, Some(&from));
            }
            Intent::ChangeUrl(id, request) => {
                if !self.deck.change_url(id, &request) {
                    self.note("It has gone on meanwhile, and keeps its link");
                }
            }
            Intent::ChangeSettings { which, to } => {
                let (preferences, mut affected) = self.preferences();
                preferences.change(&mut affected, &which, &to);
            }
            Intent::ChoosePath(setting) => {
                self.preferences.choose_path(self.dialogs, setting);
            }
        }
    }

    fn run(&mut self, command: Command) {
        let main = &mut self.panels.main;
        match command {
            Command::Add => self.panels.add_sheet.open(""),
            Command::OpenList => self.dialogs.choose_lists(),
            Command::TryDemo => self.try_demo(),
            Command::PauseOrResume => {
                let selection = main.table.selection.iter();
                let can_pause = CommandContext::new(self.deck, self.deck.counts(), selection).pause;
                let verb = if can_pause { Verb::Pause } else { Verb::Resume };
                let ids = self.panels.selected(self.deck);
                self.apply(verb, ids);
            }
            Command::RetryFailed => self.apply_to_all(Verb::Retry, &[Chip::Failed]),
            Command::CancelAll => self.apply_to_all(Verb::Cancel, &UNFINISHED),
            Command::PauseAll => self.apply_to_all(Verb::Pause, &[Chip::Active, Chip::Waiting]),
            Command::ResumeAll => self.apply_to_all(Verb::Resume, &[Chip::Paused]),
            Command::ClearDone => self.apply_to_all(Verb::Remove, &[Chip::Done]),
            Command::Search => main.toolbar.focus_search = true,
            Command::SelectAll => main.table.selection.select_all(self.deck),
            Command::SelectRow => main.table.toggle_cursor_row(self.deck),
            // One thing after the other: first the selection, then what narrows the list.
            Command::SelectNone if main.table.selection.is_empty() => {
                self.panels.find(self.deck, String::new());
            }
            Command::SelectNone => main.table.selection.clear(),
            Command::Show(chip) => {
                let filter = Filter {
                    chip,
                    ..self.deck.filter().clone()
                };
                self.panels.show(self.deck, filter);
            }
            Command::Inspector => main.is_inspector_open = !main.is_inspector_open,
            Command::Activity => {
                main.is_activity_open = !main.is_activity_open;
                self.notices.unseen_failures = 0;
            }
            Command::History => {
                if self.panels.history.open(self.persistence) {
                    self.panels.history_sheet.open();
                }
            }
            Command::Columns => main.table.toggle_column_chooser(self.ctx),
            Command::ResetColumns => {
                main.table.layout = TableLayout::default();
                self.deck.set_sorting(Sorting::default());
            }
            Command::SwitchTheme => {
                let (preferences, mut affected) = self.preferences();
                preferences.switch_theme(&mut affected);
            }
            Command::Settings => self.panels.settings_sheet.open(),
            Command::Palette => self.panels.palette.open(),
            Command::Help => self.panels.is_help_open = !self.panels.is_help_open,
            Command::Quit => self.ctx.send_viewport_cmd(ViewportCommand::Close),
            Command::Paste => self.ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Command::CopyLinks => self.copy_links(),
            Command::SaveLinks => {
                let ids = self.panels.selected_or_all(self.deck);
                let folder = self.preferences.usual_folder();
                self.panels.link_export.begin(ids, folder);
            }
            Command::Duplicate => self.duplicate(),
            Command::Undo => self.removals.undo(self.deck, &mut main.table.selection),
            Command::DeleteFiles => {
                let ids = self.panels.selected(self.deck);
                self.panels.ask_to_delete(self.deck, ids);
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
                let ids = self.panels.selected(self.deck);
                self.run_on(command, ids);
            }
        }
    }

    /// Runs a command on these rows.
    fn run_on(&mut self, command: Command, ids: Vec<RowId>) {
        match command {
            Command::ChangeUrl => self.panels.ask_for_url(self.deck, &ids),
            Command::OpenFolder => {
                // Of the first of them that has a file or a folder.
                if let Some(path) = ids.iter().find_map(|id| path_of(self.deck, *id)) {
                    self.file_ops.show(path);
                }
            }
            _ => {
                if let Some(verb) = command.verb() {
                    self.apply(verb, ids);
                }
            }
        }
    }

    fn act_in_history(&mut self, act: HistoryAct) {
        let history = &mut self.panels.history;
        match act {
            HistoryAct::Search(text) => history.search(&text),
            HistoryAct::DownloadAgain(id) => history.read_spec(id),
            HistoryAct::CopyLink(link) => {
                self.ctx.copy_text(link);
                self.note("Copied 1 link");
            }
            HistoryAct::OpenFolder(file) => self.file_ops.show(file),
            HistoryAct::Forget(id) => {
                let is_listed = self.deck.view(id).is_some();
                if is_listed && !self.deck.forget(id) {
                    return self.note("It was begun again, and stays");
                }
                history.forget(self.persistence, id);
                self.panels.main.table.selection.keep_shown(self.deck);
            }
            HistoryAct::SaveLinks => history.read_links(self.preferences.usual_folder()),
        }
    }

    fn apply_to_all(&mut self, verb: Verb, chips: &[Chip]) {
        let ids = self.deck.ids_under(chips);
        self.apply(verb, ids);
    }

    /// Does something with rows, and says with how many if it does not fit all of them.
    fn apply(&mut self, verb: Verb, ids: Vec<RowId>) {
        let table = &mut self.panels.main.table;
        let of = ids.len();
        let word = match verb {
            Verb::Pause => "Paused",
            Verb::Resume => "Resumed",
            Verb::Cancel => "Cancelled",
            Verb::Retry => "Begun again",
            Verb::Skip => "Sent on",
            Verb::Keep => "Kept",
            Verb::Move(_) => "Moved",
            Verb::Remove => return self.removals.remove(self.deck, &mut table.selection, ids),
        };
        let result = self.deck.apply(Action::new(verb, ids));
        if matches!(verb, Verb::Move(_))
            && result.rows > 0
            && let Some(index) = table.selection.cursor(self.deck)
        {
            table.scroll_to(index);
        }
        let offers_undo = matches!(verb, Verb::Cancel | Verb::Keep) && result.rows > 0;
        if !offers_undo {
            self.notices.say_result(word, result, of);
        }
    }

    fn add(&mut self, request: AddRequest) {
        let AddRequest {
            links,
            options,
            paused,
            ..
        } = request;
        let mut random = options.random();
        let spec = move |link| Spec::Fetch(FetchSpec::of_link(link, &options, None, &mut random));
        self.deck.add_from(Box::new(links.map(spec)), paused);
    }

    fn try_demo(&mut self) {
        let Some(demo) = self.demo else { return };
        let demo_error = &mut self.panels.main.empty.demo_error;
        match demo.specs() {
            Ok(specs) => {
                *demo_error = None;
                self.deck.add_from(Box::new(specs.into_iter()), false);
            }
            Err(error) if self.deck.counts().all() == 0 => *demo_error = Some(error),
            Err(error) => self.notices.say_problem(self.deck, error),
        }
    }

    /// Puts the links of the selected rows on the clipboard, one in a line: as they are fetched,
    /// not as they are shown.
    fn copy_links(&mut self) {
        let ids = self.panels.selected(self.deck);
        let links = ids
            .iter()
            .filter_map(|id| match self.deck.detail(*id)?.spec() {
                Spec::Fetch(spec) => Some(spec.request.url().to_string()),
                Spec::Timed(_) => None,
            });
        let links: Vec<_> = links.collect();
        if links.is_empty() {
            return self.note("There is no link to copy");
        }
        self.ctx.copy_text(links.join("\n"));
        let count = format::count(links.len() as u64, "link", "links");
        self.note(&format!("Copied {count}"));
    }

    /// Adds the selected rows once more.
    fn duplicate(&mut self) {
        let ids = self.panels.selected(self.deck);
        let specs = ids
            .iter()
            .filter_map(|id| Some(self.deck.detail(*id)?.spec().clone()));
        let specs: Vec<_> = specs.map(Spec::starting_over).collect();
        if !specs.is_empty() {
            self.deck.add_from(Box::new(specs.into_iter()), false);
        }
    }

    fn note(&mut self, text: &str) {
        self.notices.say(ToastKind::Note, text.to_owned());
    }

    fn preferences(&mut self) -> (&mut Preferences, Affected<'_>) {
        let affected = Affected {
            ctx: self.ctx,
            deck: self.deck,
            panels: self.panels,
            file_ops: self.file_ops,
        };
        (self.preferences, affected)
    }
}

/// Where a row's bytes are, or where they are to go.
fn path_of(deck: &dyn WindowDeck, id: RowId) -> Option<PathBuf> {
    let row = deck.detail(id)?;
    let file = row.file().map(|file| file.path().to_owned());
    // A file that was there before and was left alone is worth showing too.
    let fetched = row.ended().and_then(|ended| ended.fetched.as_ref());
    file.or_else(|| fetched.and_then(|fetched| fetched.path.clone()))
        .or_else(|| row.folder().map(Into::into))
}
