//! What is laid out in the window: the main screen, and the sheets and palettes over it.

use egui::Ui;

use super::history::History;
use super::link_export::LinkExport;
use crate::deck::{SEARCH_HELP, WindowDeck};
use crate::fetch::Request;
use crate::jobs::Spec;
use crate::runtime::Runtime;
use crate::status::{Filter, RowId, Status};
use crate::view::{
    AddDefaults, AddSheetState, ChangeUrlState, DeleteQuestion, HistorySheetState, Intent,
    MainState, PaletteState, SettingsSheetState, add_sheet_ui, adding_note_ui, change_url_ui,
    delete_question_ui, help_ui, history_sheet_ui, save_links_question_ui,
};

/// What each panel keeps from frame to frame.
#[derive(Debug)]
pub(super) struct Panels {
    pub(super) main: MainState,
    pub(super) add_sheet: AddSheetState,
    pub(super) settings_sheet: SettingsSheetState,
    pub(super) palette: PaletteState,
    pub(super) is_help_open: bool,
    pub(super) change_url: Option<ChangeUrlState>,
    pub(super) delete_question: Option<DeleteQuestion>,
    pub(super) history_sheet: HistorySheetState,
    /// What the history shows.
    pub(super) history: History,
    /// The links that are being saved.
    pub(super) link_export: LinkExport,
    /// The number of the listing that the selection was made from.
    listing: u64,
}

impl Panels {
    /// The main screen alone.
    pub(super) fn new(
        defaults: &AddDefaults,
        has_files: bool,
        has_desktop: bool,
        runtime: &Runtime,
    ) -> Self {
        Self {
            main: MainState::default(),
            add_sheet: AddSheetState::new(defaults, runtime.clock()),
            settings_sheet: SettingsSheetState::new(has_files, has_desktop, defaults),
            palette: PaletteState::default(),
            is_help_open: false,
            change_url: None,
            delete_question: None,
            history_sheet: HistorySheetState::default(),
            history: History::new(runtime),
            link_export: LinkExport::new(runtime),
            listing: 0,
        }
    }

    /// Whether a sheet lies over the main screen, and has the keys.
    pub(super) fn has_sheet(&self) -> bool {
        self.add_sheet.is_open()
            || self.settings_sheet.is_open()
            || self.palette.is_open()
            || self.is_help_open
            || self.change_url.is_some()
            || self.delete_question.is_some()
            || self.history_sheet.is_open()
            || self.link_export.question.is_some()
    }

    /// Lays out the sheets over which messages are shown.
    pub(super) fn sheets_ui(
        &mut self,
        ui: &mut Ui,
        deck: &dyn WindowDeck,
        intents: &mut Vec<Intent>,
    ) {
        if let Some(progress) = deck.adding() {
            adding_note_ui(ui, progress, intents);
        }
        let is_listed = |request: &Request| deck.has_link(request);
        add_sheet_ui(ui, &is_listed, &mut self.add_sheet, intents);
        change_url_ui(ui, &mut self.change_url, intents);
        delete_question_ui(ui, &mut self.delete_question, intents);
        help_ui(ui, &mut self.is_help_open, &SEARCH_HELP);
        if self.history_sheet.is_open() {
            history_sheet_ui(ui, &mut self.history_sheet, &self.history, intents);
            self.history.want(self.history_sheet.shown());
            if !self.history_sheet.is_open() {
                self.history.close();
            }
        }
        save_links_question_ui(ui, &mut self.link_export.question, intents);
    }

    /// The selected rows that are shown, or all that are shown if none is selected.
    pub(super) fn selected_or_all(&self, deck: &dyn WindowDeck) -> Vec<RowId> {
        if self.main.table.selection.is_empty() {
            return (0..deck.len()).filter_map(|index| deck.id(index)).collect();
        }
        let mut ids = self.selected(deck);
        ids.sort_by_key(|id| deck.position(*id));
        ids
    }

    /// The selected rows that are shown.
    pub(super) fn selected(&self, deck: &dyn WindowDeck) -> Vec<RowId> {
        self.main.table.selection.shown(deck)
    }

    /// Shows the rows that contain a text.
    pub(super) fn find(&mut self, deck: &mut dyn WindowDeck, search: String) {
        if self.main.toolbar.search != search {
            self.main.toolbar.search.clone_from(&search);
        }
        let filter = Filter {
            search,
            ..deck.filter().clone()
        };
        self.show(deck, filter);
    }

    /// Shows other rows; those that are then hidden are not selected any more, so that nothing
    /// hidden is acted on.
    pub(super) fn show(&mut self, deck: &mut dyn WindowDeck, filter: Filter) {
        deck.set_filter(filter);
        self.main.table.selection.keep_shown(deck);
    }

    /// Selects a row and brings it into view, without a filter if that hides it; false if it is not
    /// in the list.
    pub(super) fn show_row(&mut self, deck: &mut dyn WindowDeck, id: RowId) -> bool {
        if deck.view(id).is_none() {
            return false;
        }
        if deck.position(id).is_none() {
            self.main.toolbar.search.clear();
            self.show(deck, Filter::default());
        }
        if let Some(index) = deck.position(id) {
            self.main.table.selection.select(deck, index);
            self.main.table.scroll_to(index);
        }
        true
    }

    /// Keeps only rows selected that are shown, if other rows are shown than the selection was made
    /// from.
    pub(super) fn follow_listing(&mut self, deck: &dyn WindowDeck, may_have_changed: bool) {
        let listing = deck.listing_number();
        if std::mem::replace(&mut self.listing, listing) != listing || may_have_changed {
            self.main.table.selection.keep_shown(deck);
        }
    }

    /// Asks for another link for the first of these rows that can have one.
    pub(super) fn ask_for_url(&mut self, deck: &dyn WindowDeck, ids: &[RowId]) {
        let Some(id) = ids.iter().copied().find(|id| can_change_url(deck, *id)) else {
            return;
        };
        let (Some(row), Some(detail)) = (deck.view(id), deck.detail(id)) else {
            return;
        };
        let ended = detail.ended().filter(|ended| ended.part.is_some());
        let kept_bytes = ended.map_or(0, |ended| ended.received);
        let (name, url) = (row.name.to_string(), detail.spec().url());
        self.change_url = Some(ChangeUrlState::new(id, name, url, kept_bytes));
    }

    /// Asks whether rows go with their files.
    pub(super) fn ask_to_delete(&mut self, deck: &dyn WindowDeck, ids: Vec<RowId>) {
        if ids.is_empty() {
            return;
        }
        let (mut files, mut bytes, mut unfinished) = (0, 0, 0);
        for row in ids.iter().filter_map(|id| deck.detail(*id)) {
            for file in row.files() {
                files += 1;
                bytes += row.file_bytes(&file).unwrap_or(0);
            }
            unfinished += usize::from(row.ended().is_none());
        }
        self.delete_question = Some(DeleteQuestion {
            files,
            bytes,
            unfinished,
            deletes: false,
            ids,
        });
    }
}

/// Whether a row is a download that can go on from another link.
pub(super) fn can_change_url(deck: &dyn WindowDeck, id: RowId) -> bool {
    let (Some(status), Some(row)) = (deck.status(id), deck.detail(id)) else {
        return false;
    };
    let is_kept_from_beginning = matches!(status, Status::Paused { .. }) && row.began().is_none();
    let is_stopped = status.can_retry() || is_kept_from_beginning;
    is_stopped && matches!(row.spec(), Spec::Fetch(_))
}
