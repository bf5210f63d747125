//! Rows in every state, and harnesses for the main screen and the whole window.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use egui::{Key, Modifiers, Role, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use jobdeck::app::{App, AppOptions, Dialogs};
use jobdeck::command::CommandContext;
use jobdeck::fetch::ClientPool;
use jobdeck::format::LocalTime;
use jobdeck::jobs::{Spec, TimedSpec};
use jobdeck::runtime::Clock;
use jobdeck::status::{Amount, Counts, FailureKind, RowId, RowSource, RowView, Status, Totals};
use jobdeck::theme;
use jobdeck::view::{
    AddDefaults, AddSheetState, FrameTimes, InspectorView, Intent, MainScreen, MainState,
    StatusBar, add_sheet_ui, drop_overlay_ui, main_screen_ui,
};

use crate::checked::Checked;

/// Rows chosen by a test.
#[derive(Default)]
pub(crate) struct FakeRows(pub(crate) Vec<RowView>);

impl RowSource for FakeRows {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        self.0.get(index).cloned()
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.0.get(index).map(|row| row.id)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        self.0
            .iter()
            .find(|row| row.id == id)
            .map(|row| row.status.clone())
    }
}

/// Everything that the main screen shows, owned by a test.
pub(crate) struct Screen {
    pub(crate) rows: FakeRows,
    pub(crate) totals: Totals,
    pub(crate) beat: Option<u64>,
    pub(crate) state: MainState,
    pub(crate) add_sheet: AddSheetState,
    /// The links that count as listed.
    pub(crate) listed: Vec<&'static str>,
    pub(crate) inspected: Option<InspectorView>,
    pub(crate) intents: Vec<Intent>,
}

impl Default for Screen {
    fn default() -> Self {
        let folder = Some("/home/ada/Downloads".into());
        let defaults = AddDefaults {
            folder,
            home: Some("/home/ada".into()),
            ..AddDefaults::default()
        };
        Self {
            rows: FakeRows::default(),
            totals: Totals::default(),
            beat: None,
            state: MainState::default(),
            add_sheet: AddSheetState::new(&defaults, &Clock::virtual_time()),
            listed: Vec::new(),
            inspected: None,
            intents: Vec::new(),
        }
    }
}

impl eframe::App for Screen {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut counts = Counts::default();
        for row in &self.rows.0 {
            counts.add(row.status.chip());
        }
        let mean = Duration::from_micros(700);
        let status = StatusBar {
            totals: &self.totals,
            counts: &counts,
            beat: self.beat,
            frame: Some(FrameTimes {
                mean,
                longest: mean,
            }),
        };
        let beat = self.beat.unwrap_or(0);
        let screen = MainScreen {
            rows: &self.rows,
            context: CommandContext::new(&self.rows, counts, self.state.table.selection.iter()),
            chip: None,
            status,
            beat,
            inspected: self.inspected.as_ref(),
            activity: None,
            start_bar: None,
        };
        main_screen_ui(ui, &screen, &mut self.state, &mut self.intents);
        add_sheet_ui(
            ui,
            &|request| self.listed.iter().any(|url| *url == request.url().as_str()),
            &mut self.add_sheet,
            &mut self.intents,
        );
        drop_overlay_ui(ui);
    }
}

/// The whole window over its model.
pub(crate) type Window = Harness<'static, Checked>;

/// The frames within which a window comes to rest: a job that talks to a server wakes it for each
/// step, and how many of these fall into one frame is chance.
const STEPS_TO_REST: u64 = 32;

/// A window of the usual size.
pub(crate) fn window(options: AppOptions) -> Window {
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_theme(egui::Theme::Dark)
        .with_max_steps(STEPS_TO_REST)
        .build_eframe(|creation| checked_app(creation, options))
}

/// The app of a window, with the user's data in a folder of the tests.
pub(crate) fn checked_app(creation: &eframe::CreationContext<'_>, options: AppOptions) -> Checked {
    let app = App::new(creation, options);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("data");
    let network = ClientPool::new().with_data_folder(folder);
    app.deck().runtime().set_extension(Rc::new(network));
    Checked::new(app)
}

/// A [`window`] for text in any script, whose letters the fonts of the tests may lack.
pub(crate) fn window_of_any_text(options: AppOptions) -> Window {
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_theme(egui::Theme::Dark)
        .allow_missing_glyphs()
        .with_max_steps(STEPS_TO_REST)
        .build_eframe(|creation| checked_app(creation, options))
}

/// Dialogs that are cancelled.
pub(crate) fn no_dialogs() -> Dialogs {
    Dialogs::new(|| async { Vec::new() }, |_| async { None })
}

/// A job that sleeps and then works, without a network.
pub(crate) fn timed(name: &str, sleep_secs: u64, work_secs: u64) -> Spec {
    Spec::Timed(TimedSpec {
        name: name.to_owned(),
        sleep: Duration::from_secs(sleep_secs),
        work: Duration::from_secs(work_secs),
    })
}

/// The delay until the next requested frame.
pub(crate) fn next_frame(window: &Window) -> Duration {
    window.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

/// The label of the row of this name in the accessibility tree.
#[track_caller]
pub(crate) fn row_says(window: &Window, name: &str) -> String {
    let start = format!("{name}, ");
    let fits = |node: &AccessKitNode<'_>| {
        node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    };
    let row = window.get_by(fits);
    row.accesskit_node().label().unwrap_or_default()
}

/// A window over these jobs, and their clock.
pub(crate) fn clocked_window(specs: Vec<Spec>) -> (Window, Clock) {
    let clock = Clock::virtual_time();
    let mut window = window(AppOptions {
        specs,
        clock: clock.clone(),
        ..AppOptions::default()
    });
    window.run();
    (window, clock)
}

/// A window over three jobs that sleep, and their clock.
pub(crate) fn clocked_sleepers() -> (Window, Clock) {
    clocked_window(vec![
        timed("one", 10, 5),
        timed("two", 20, 5),
        timed("three", 30, 5),
    ])
}

/// A window over three jobs that sleep.
pub(crate) fn sleepers() -> Window {
    clocked_sleepers().0
}

/// Asserts that no further frame is requested.
#[track_caller]
pub(crate) fn assert_rests(window: &Window) {
    let causes = window.ctx.repaint_causes();
    assert_eq!(next_frame(window), Duration::MAX, "{causes:?}");
}

/// Presses keys, and lets the window come to rest.
pub(crate) fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run();
}

/// Presses one key, and lets the window come to rest.
pub(crate) fn press_key(window: &mut Window, key: Key) {
    press(window, Modifiers::NONE, key);
}

/// True if there is a control of this role and name.
pub(crate) fn has(window: &Window, role: Role, label: &str) -> bool {
    window.query_by_role_and_label(role, label).is_some()
}

/// True if there is a button of this name.
pub(crate) fn has_button(window: &Window, name: &str) -> bool {
    has(window, Role::Button, name)
}

/// Removes the selected rows and their files through the question that asks for it.
#[track_caller]
pub(crate) fn remove_with_files(window: &mut Window, question: &str) {
    press(window, Modifiers::SHIFT, Key::Delete);
    window
        .get_by_role_and_label(Role::CheckBox, question)
        .click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::Button, "Remove and delete")
        .click();
}

/// The names in a folder, in order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}"));
    let entries = entries.filter_map(Result::ok);
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The names of the rows, from top to bottom.
pub(crate) fn row_names(window: &Window) -> Vec<String> {
    let mut rows: Vec<_> = window
        .query_all_by_role(Role::Row)
        .map(|row| {
            (
                row.rect().top(),
                row.accesskit_node().label().unwrap_or_default(),
            )
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.iter()
        .map(|(_, label)| label.split(',').next().unwrap_or_default().to_owned())
        .collect()
}

/// Clicks the button of this name, and lets the window come to rest.
#[track_caller]
pub(crate) fn click(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run();
}

/// Runs frames in real time until `is_so`, for at most 30 s.
#[track_caller]
pub(crate) fn wait_until(window: &mut Window, what: &str, is_so: impl Fn(&Window) -> bool) {
    let begun = std::time::Instant::now();
    while !is_so(window) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "waited in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
}

/// A harness of a given size and theme, with the fonts and styles of the product.
pub(crate) fn harness(
    size: [f32; 2],
    theme: egui::Theme,
    screen: Screen,
) -> Harness<'static, Screen> {
    Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_context_setup(theme::install)
        .build_eframe(|_| screen)
}

fn row(id: u64, name: &str, host: &str, status: Status) -> RowView {
    changed(RowView::new(RowId(id), name, status), |row| {
        row.host = host.into();
    })
}

/// A row with other fields.
pub(crate) fn changed(mut row: RowView, change: impl FnOnce(&mut RowView)) -> RowView {
    change(&mut row);
    row
}

/// One row in each state, with its numbers.
pub(crate) fn every_state() -> Screen {
    const MB: u64 = 1_000_000;
    const GB: u64 = 1_000 * MB;
    let secs = Duration::from_secs_f64;
    let downloading = |size_known| Status::Transferring {
        label: "Downloading".into(),
        size_known,
    };
    let done = |seconds| Status::Done {
        elapsed: secs(seconds),
    };
    let mut rows = vec![
        changed(
            row(1, "debian-13.1-amd64-netinst.iso", "cdimage.example.org", downloading(true)),
            |row| {
                row.amount = Amount::bytes(Some(2_700 * MB), Some(3_800 * MB));
                row.rate = Some(41.2e6);
                row.eta = Some(secs(27.0));
                row.slept = Some(secs(1.42));
            },
        ),
        changed(
            row(2, "measurements-2026-11.csv", "data.example.net", Status::Sleeping { left: secs(1.3) }),
            |row| {
                row.slept = Some(secs(0.7));
                row.sleep_total = Some(secs(2.0));
            },
        ),
        changed(
            row(
                3,
                "report.json",
                "api.example.com",
                Status::Retrying { attempt: 2, of: 5, left: secs(8.0), server_asked_for: None },
            ),
            |row| {
                row.amount = Amount::bytes(Some(14_000), None);
                row.note = Some("503 Service Unavailable, and a longer explanation of what it means".into());
                row.slept = Some(secs(0.31));
            },
        ),
        changed(
            row(4, "weather-tiles-0417.tar", "tiles.example.org", downloading(false)),
            |row| {
                row.amount = Amount::bytes(Some(118 * MB), None);
                row.rate = Some(1.8e6);
                row.slept = Some(secs(0.0));
            },
        ),
        changed(
            row(
                5,
                "old-link.zip",
                "files.example.net",
                Status::Failed {
                    kind: FailureKind::Error,
                    cause: "A web page came instead of the file; the bytes that are there are kept, change the link".into(),
                    at_percent: Some(38),
                },
            ),
            |row| {
                row.amount = Amount::bytes(Some(38 * MB), Some(100 * MB));
                row.slept = Some(secs(2.9));
            },
        ),
        changed(
            row(
                6,
                "photos-backup-07.tar.zst",
                "nas.local",
                Status::Paused { since: Some(LocalTime { date: None, hour: 14, minute: 3 }), note: None },
            ),
            |row| {
                row.amount = Amount::bytes(Some(6_500 * MB), Some(12 * GB));
                row.slept = Some(secs(0.0));
            },
        ),
        changed(
            row(
                7,
                "photos-backup-08.tar.zst",
                "nas.local",
                Status::Queued { place: Some(3), waits_for: Some("nas.local".into()) },
            ),
            |row| {
                row.amount = Amount::bytes(None, Some(12_100 * MB));
            },
        ),
        row(8, "sha256sums.txt", "cdimage.example.org", Status::Working { label: "Connecting".into() }),
        changed(
            row(9, "manual-en.pdf", "docs.example.com", done(1.9)),
            |row| {
                row.amount = Amount::bytes(Some(8_400_000), Some(8_400_000));
                row.slept = Some(secs(0.65));
            },
        ),
        changed(
            row(
                10,
                "nightly-build.tar.gz",
                "ci.example.com",
                Status::Cancelled { at_percent: Some(22), thread_abandoned: false },
            ),
            |row| {
                row.amount = Amount::bytes(Some(11 * MB), Some(50 * MB));
                row.slept = Some(secs(0.2));
            },
        ),
    ];
    for index in 1..=3 {
        let name = format!("index-000{index}.parquet");
        let row = row(10 + index, &name, "lake.example.io", done(0.8));
        rows.push(changed(row, |row| {
            let size = 4_000_000 + index * 70_000;
            row.amount = Amount::bytes(Some(size), Some(size));
            row.slept = Some(secs(0.02 + index as f64 / 7.0));
        }));
    }
    let totals = Totals {
        rate: 43.1e6,
        rate_history: [3.0, 5.0, 4.0, 7.0, 6.0, 9.0, 7.5, 9.0, 8.0, 8.5].to_vec(),
        running: 6,
        running_limit: 6,
        is_alive: true,
        ..Totals::default()
    };
    Screen {
        rows: FakeRows(rows),
        totals,
        beat: Some(2),
        ..Screen::default()
    }
}
