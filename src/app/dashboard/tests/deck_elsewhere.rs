//! The window's parts over a deck that is not in this process: rows as they were received, and
//! actions that are answered later.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::Context;
use web_time::SystemTime;

use crate::app::AppOptions;
use crate::app::file_dialogs::FileDialogs;
use crate::app::file_ops::{FileOps, HAS_FILES};
use crate::app::inspector_model::InspectorModel;
use crate::app::intent_handler::IntentHandler;
use crate::app::notices::Notices;
use crate::app::panels::Panels;
use crate::app::persistence::Persistence;
use crate::app::preferences::Preferences;
use crate::app::removals::Removals;
use crate::command::Command;
use crate::deck::{
    Action, ActionResult, ActivityLog, Completed, Ended, LogView, PastAttempt, RowDetail, RowFile,
    Undoable, WindowDeck,
};
use crate::fetch::{FetchError, Request, TracedResponse};
use crate::jobs::{Spec, TimedSpec};
use crate::options::Settings;
use crate::runtime::{AwaitView, Clock, Host, JobStatistics, Moment, ParkHost, Runtime, Warning};
use crate::status::{
    Amount, Chip, Counts, Filter, RateCurve, RowId, RowSource, RowView, Sorting, Status, Timeline,
    Totals, Verb,
};
use crate::view::{InspectorView, Intent, TabView, ToastKind};

/// What was received of a deck, and what is sent to it.
#[derive(Default)]
struct Received {
    rows: Vec<ReceivedRow>,
    activity: ActivityLog,
    filter: Filter,
    sent: Vec<Action>,
    added: Vec<Spec>,
    answers: VecDeque<Completed>,
}

struct ReceivedRow {
    view: RowView,
    spec: Spec,
}

impl Received {
    fn with_rows(count: u64) -> Self {
        let row = |id| ReceivedRow {
            view: RowView {
                amount: Amount::bytes(Some(5), None),
                ..RowView::new(
                    RowId(id),
                    format!("job {id}"),
                    Status::Working {
                        label: "Working".into(),
                    },
                )
            },
            spec: Spec::Timed(TimedSpec {
                name: format!("job {id}"),
                sleep: Duration::ZERO,
                work: Duration::ZERO,
            }),
        };
        Self {
            rows: (1..=count).map(row).collect(),
            ..Self::default()
        }
    }
}

impl RowSource for Received {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        Some(self.rows.get(index)?.view.clone())
    }

    fn id(&self, index: usize) -> Option<RowId> {
        Some(self.rows.get(index)?.view.id)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        Some(self.view(id)?.status)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(7_000)
    }
}

impl WindowDeck for Received {
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            counts.add(row.view.status.chip());
        }
        counts
    }

    fn totals(&self) -> Totals {
        Totals::default()
    }

    fn view(&self, id: RowId) -> Option<RowView> {
        self.row(self.position(id)?)
    }

    fn detail(&self, id: RowId) -> Option<&dyn RowDetail> {
        Some(&self.rows[self.position(id)?])
    }

    fn time_of(&self, _moment: Moment) -> Option<SystemTime> {
        None
    }

    fn filter(&self) -> &Filter {
        &self.filter
    }

    fn listing_number(&self) -> u64 {
        1
    }

    fn ids_under(&self, chips: &[Chip]) -> Vec<RowId> {
        let rows = self.rows.iter().map(|row| &row.view);
        let under = rows.filter(|row| chips.contains(&row.status.chip()));
        under.map(|row| row.id).collect()
    }

    fn has_link(&self, _request: &Request) -> bool {
        false
    }

    fn paths_of_others(&self, _ids: &BTreeSet<RowId>) -> BTreeSet<PathBuf> {
        BTreeSet::new()
    }

    fn all_ended(&self) -> bool {
        false
    }

    fn adding(&self) -> Option<(usize, usize)> {
        None
    }

    fn undoable(&self) -> Option<Undoable> {
        None
    }

    fn activity(&self) -> &ActivityLog {
        &self.activity
    }

    fn activity_mut(&mut self) -> &mut ActivityLog {
        &mut self.activity
    }

    fn apply(&mut self, action: Action) -> ActionResult {
        self.sent.push(action);
        ActionResult {
            rows: 0,
            under_way: Some(self.sent.len() as u64),
        }
    }

    fn take_completed(&mut self) -> Vec<Completed> {
        self.answers.drain(..).collect()
    }

    fn add_from(&mut self, specs: Box<dyn ExactSizeIterator<Item = Spec>>, _paused: bool) -> usize {
        let count = specs.len();
        self.added.extend(specs);
        count
    }

    fn stop_adding(&mut self) -> Option<(usize, usize)> {
        None
    }

    fn change_url(&mut self, _id: RowId, _request: &Request) -> bool {
        true
    }

    fn undo(&mut self) {}

    fn hold_undo(&mut self, _hold: bool) {}

    fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    fn set_sorting(&mut self, _sorting: Sorting) {}

    fn hold_order(&mut self, _hold: bool) {}

    fn follow_settings(&mut self, _before: &Settings, _after: &Settings) {}

    fn keep_history(&mut self, _rows: u32) -> usize {
        0
    }

    fn forget(&mut self, _id: RowId) -> bool {
        false
    }
}

impl RowDetail for ReceivedRow {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn ended(&self) -> Option<&Ended> {
        None
    }

    fn file_name(&self) -> Option<std::sync::Arc<str>> {
        None
    }

    fn attempts(&self) -> u32 {
        3
    }

    fn last_error(&self) -> Option<FetchError> {
        None
    }

    fn answer(&self) -> Option<TracedResponse> {
        None
    }

    fn wire_bytes(&self) -> u64 {
        9
    }

    fn file(&self) -> Option<RowFile> {
        None
    }

    fn files(&self) -> Vec<RowFile> {
        Vec::new()
    }

    fn file_bytes(&self, _file: &RowFile) -> Option<u64> {
        None
    }

    fn added(&self) -> Moment {
        Moment::default()
    }

    fn began(&self) -> Option<Moment> {
        None
    }

    fn paused(&self, _now: Moment) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }

    fn timeline(&self, now: Moment) -> Timeline {
        Timeline {
            length: now.since_start(),
            ..Timeline::default()
        }
    }

    fn rate_curve(&self) -> RateCurve {
        RateCurve::default()
    }

    fn attempts_made(&self) -> Vec<PastAttempt> {
        Vec::new()
    }

    fn log(&self) -> Option<LogView> {
        None
    }

    fn statistics(&self) -> Option<(JobStatistics, Vec<Warning>)> {
        None
    }

    fn awaits(&self) -> Option<Vec<AwaitView>> {
        None
    }

    fn children(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The parts of a window that intents change.
struct Parts {
    panels: Panels,
    notices: Notices,
    preferences: Preferences,
    removals: Removals,
    file_ops: FileOps,
    dialogs: FileDialogs,
}

impl Parts {
    fn new() -> Self {
        let runtime = Runtime::with_clock(ParkHost::new(), Clock::virtual_time());
        let options = AppOptions::default();
        Self {
            panels: Panels::new(&options.add_defaults, HAS_FILES, false, &runtime),
            notices: Notices::new(runtime.clone()),
            preferences: Preferences::new(options.add_defaults, true),
            removals: Removals::default(),
            file_ops: FileOps::new(&runtime),
            dialogs: FileDialogs::new(options.dialogs, &runtime),
        }
    }

    fn run(&mut self, deck: &mut dyn WindowDeck, commands: &[Command]) {
        let host: Arc<dyn Host> = ParkHost::new();
        let mut handler = IntentHandler {
            ctx: &Context::default(),
            deck,
            panels: &mut self.panels,
            notices: &mut self.notices,
            preferences: &mut self.preferences,
            removals: &mut self.removals,
            file_ops: &mut self.file_ops,
            dialogs: &mut self.dialogs,
            persistence: &mut Persistence::open(None, &host),
            demo: None,
        };
        for command in commands {
            handler.handle(Intent::Run(*command));
        }
    }
}

#[test]
fn an_action_is_sent_and_its_answer_is_said() {
    let mut deck = Received::with_rows(3);
    let mut parts = Parts::new();
    parts.run(&mut deck, &[Command::SelectAll, Command::Pause]);
    let ids = vec![RowId(1), RowId(2), RowId(3)];
    assert_eq!(deck.sent, [Action::new(Verb::Pause, ids)]);
    assert_eq!(
        parts.notices.toasts.shown(),
        [],
        "before there is an answer"
    );
    deck.answers.push_back(Completed {
        number: 1,
        done: 2,
        of: 3,
    });
    for completed in deck.take_completed() {
        parts.notices.say_completed(&completed);
    }
    let said = parts.notices.toasts.of(ToastKind::Note);
    assert_eq!(said.map(|toast| toast.text.as_str()), Some("Paused 2 of 3"));
}

#[test]
fn rows_are_added_again_from_their_specs() {
    let mut deck = Received::with_rows(2);
    Parts::new().run(&mut deck, &[Command::SelectAll, Command::Duplicate]);
    let names = deck.added.iter().map(Spec::name).collect::<Vec<_>>();
    assert_eq!(names, ["job 1", "job 2"]);
}

#[test]
fn the_inspector_shows_what_was_received() {
    let mut deck = Received::with_rows(2);
    let mut parts = Parts::new();
    assert!(parts.panels.show_row(&mut deck, RowId(2)));
    parts.panels.main.is_inspector_open = true;
    let shown = InspectorModel::default().view(&deck, &parts.panels.main);
    let Some(InspectorView::Row(row)) = shown else {
        panic!("not one row");
    };
    let TabView::Overview(overview) = row.tab else {
        panic!("not the overview");
    };
    assert_eq!(overview.timeline.length, deck.now(), "on the deck's clock");
    let said = |name| {
        let mut facts = overview.facts.iter();
        facts.find(|fact| fact.name == name).map(|fact| &*fact.text)
    };
    assert_eq!(said("Attempts"), Some("3"));
    assert_eq!(said("Over the wire"), Some("9 B"));
}
