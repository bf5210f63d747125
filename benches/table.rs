//! The cost of a frame of the main screen, compared with a bare `egui_table` of eight columns of
//! constant text, measured in turn in one run: input, layout, shapes and triangles, without
//! painting.
//!
//! `cargo bench --bench table` prints medians for 100, 10,000 and 100,000 rows in every state: at
//! rest, scrolled, sorted, filtered, with the hidden columns, and for a million rows; then the time
//! to select all of them. Compare the ratios, not the numbers, of different runs.

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use egui::Ui;
use jobdeck::command::CommandContext;
use jobdeck::format::LocalTime;
use jobdeck::status::{
    Amount, Chip, Column, Counts, Direction, FailureKind, RowExtras, RowId, RowSource, RowView,
    Sorting, Status, Totals,
};
use jobdeck::view::{MainScreen, MainState, Selection, StatusBar, TableLayout, main_screen_ui};

use support::{Stage, Text, compare, median, pointer, settle_allocator, wheel};

const SIZES: [usize; 3] = [100, 10_000, 100_000];
const MANY: usize = 1_000_000;
const FRAMES: usize = 300;

/// How the rows are shown.
#[derive(Clone, Copy, PartialEq)]
enum Scene {
    Still,
    Scrolled,
    /// By two columns, and scrolled.
    Sorted,
    /// A seventh of them, and scrolled.
    Filtered,
    /// With all columns that fit, and scrolled.
    AllColumns,
}

impl Scene {
    const ALL: [(Self, &str); 5] = [
        (Self::Still, "still"),
        (Self::Scrolled, "scrolled"),
        (Self::Sorted, "sorted"),
        (Self::Filtered, "filtered"),
        (Self::AllColumns, "more columns"),
    ];
}

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let frames = if is_real { FRAMES } else { 3 };
    settle_allocator();
    println!("median of {frames} frames at 1280 × 800, in µs\n");
    println!(
        "{:>8}  {:>24}  {:>8} {:>8} {:>6}",
        "rows", "", "ours", "bare", "ratio"
    );
    for rows in SIZES {
        for (scene, name) in Scene::ALL {
            measure(rows, scene, name, frames);
        }
    }
    measure(MANY, Scene::Scrolled, "scrolled", frames);
    println!("\nselecting all, and telling which of them are shown, in µs\n");
    for rows in [100_000, MANY] {
        select_all(rows);
    }
}

fn measure(rows: usize, scene: Scene, name: &str, frames: usize) {
    let is_scrolled = scene != Scene::Still;
    let mut ours = Stage::new();
    let mut bare = Stage::new();
    let mut screen = Screen::new(rows, scene);
    let mut text = Text::new(rows);
    compare(name, rows, frames, |frame| {
        screen.beat += 1;
        let mut events = vec![pointer()];
        events.extend(is_scrolled.then(|| wheel(frame)));
        [
            ours.frame(events.clone(), |ui| screen.ui(ui)),
            bare.frame(events, |ui| text.ui(ui)),
        ]
    });
}

fn select_all(rows: usize) {
    let rows = FakeRows::new(rows, Scene::Still);
    let mut selection = Selection::default();
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..11 {
        let begun = Instant::now();
        selection.select_all(&rows);
        times[0].push(begun.elapsed());
        let begun = Instant::now();
        black_box(selection.shown(&rows));
        times[1].push(begun.elapsed());
    }
    let [all, shown] = times.map(median);
    println!(
        "{:>8}  {:>24} {:>8}",
        rows.len(),
        all.as_micros(),
        shown.as_micros()
    );
}

/// The main screen over rows in every state.
struct Screen {
    rows: FakeRows,
    counts: Counts,
    totals: Totals,
    state: MainState,
    beat: u64,
}

impl Screen {
    fn new(rows: usize, scene: Scene) -> Self {
        let rows = FakeRows::new(rows, scene);
        let mut counts = Counts::default();
        for index in 0..rows.len() {
            counts.add(rows.row(index).map_or(Chip::Done, |row| row.status.chip()));
        }
        let rate_history = (0..120_u8).map(f32::from).collect();
        let totals = Totals {
            rate: 43.1e6,
            rate_history,
            running: 6,
            running_limit: 6,
            is_alive: true,
            ..Totals::default()
        };
        let mut state = MainState::default();
        if scene == Scene::AllColumns {
            let mut layout = TableLayout::default();
            for column in Column::ALL {
                layout.show(column, true);
            }
            state.table.layout = layout;
        }
        Self {
            rows,
            counts,
            totals,
            state,
            beat: 0,
        }
    }

    fn ui(&mut self, ui: &mut Ui) {
        let status = StatusBar {
            totals: &self.totals,
            counts: &self.counts,
            beat: Some(self.beat),
            frame: None,
        };
        let screen = MainScreen {
            rows: &self.rows,
            context: CommandContext::new(
                &self.rows,
                self.counts,
                self.state.table.selection.iter(),
            ),
            chip: None,
            status,
            beat: self.beat,
            inspected: None,
            #[cfg(feature = "deck")]
            activity: None,
            start_bar: None,
        };
        let mut intents = Vec::new();
        main_screen_ui(ui, &screen, &mut self.state, &mut intents);
        black_box(intents);
    }
}

/// FakeRows computed on request. Every seventh is in the same state.
struct FakeRows {
    /// The shown rows in their order.
    shown: Vec<u64>,
    sorting: Sorting,
}

impl FakeRows {
    fn new(count: usize, scene: Scene) -> Self {
        let mut shown: Vec<u64> = (0..count as u64).collect();
        let mut sorting = Sorting::default();
        match scene {
            Scene::Sorted => {
                shown.sort_by_key(|id| std::cmp::Reverse((id % 13, *id)));
                sorting.first = Some((Column::Rate, Direction::Descending));
                sorting.second = Some((Column::Job, Direction::Ascending));
            }
            Scene::Filtered => shown.retain(|id| id % 7 == 4),
            _ => {}
        }
        Self { shown, sorting }
    }
}

impl RowSource for FakeRows {
    fn len(&self) -> usize {
        self.shown.len()
    }

    fn sorting(&self) -> Sorting {
        self.sorting
    }

    fn extras(&self, id: RowId) -> Option<RowExtras> {
        let mut extras = RowExtras::default();
        extras.elapsed = Some(Duration::from_millis(id.0));
        extras.attempts = Some(2);
        extras.added = Some(LocalTime {
            date: None,
            hour: 14,
            minute: 2,
        });
        extras.polls = Some(id.0);
        Some(extras)
    }

    fn row(&self, index: usize) -> Option<RowView> {
        let id = self.id(index)?;
        let index = usize::try_from(id.0).ok()?;
        let left = Duration::from_millis(1300 + 10 * (id.0 % 100));
        let status = match index % 7 {
            0 => Status::Transferring {
                label: "Downloading".into(),
                size_known: true,
            },
            1 => Status::Transferring {
                label: "Downloading".into(),
                size_known: false,
            },
            2 => Status::Sleeping { left },
            3 => Status::Retrying {
                attempt: 2,
                of: 5,
                left,
                server_asked_for: None,
            },
            4 => Status::Failed {
                kind: FailureKind::Error,
                cause: "The connection was closed in the middle of the body".into(),
                at_percent: Some(38),
            },
            5 => Status::Queued {
                place: Some(id.0),
                waits_for: None,
            },
            _ => Status::Done { elapsed: left },
        };
        let moves = index % 7 < 2;
        let mut row = RowView::new(id, format!("file-{index:06}.parquet"), status);
        row.host = "lake.example.org".into();
        row.amount = Amount::bytes(
            (index % 7 != 5).then_some(2_700_000 + id.0 * 1000),
            (index % 7 != 1).then_some(3_800_000 + id.0 * 2000),
        );
        row.rate = moves.then_some(41.2e6);
        row.eta = (moves && index.is_multiple_of(7)).then_some(left);
        row.slept = Some(left);
        Some(row)
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.shown.get(index).copied().map(RowId)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        let index = self.shown.iter().position(|shown| *shown == id.0)?;
        self.row(index).map(|row| row.status)
    }
}
