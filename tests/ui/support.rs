//! Rows in every state, and a harness that shows the main screen over them.

use std::time::Duration;

use egui_kittest::Harness;
use jobdeck::command::Intent;
use jobdeck::format::TimeOfDay;
use jobdeck::status::{Counts, FailureKind, RowId, RowSource, RowView, Status, Totals};
use jobdeck::theme;
use jobdeck::view::{
    AddDefaults, AddSheetState, FrameTimes, MainScreen, MainState, StatusBar, add_sheet_ui,
    main_screen_ui,
};

/// Rows as a test wants them.
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

/// Everything the main screen shows, in the hands of a test.
pub(crate) struct Screen {
    pub(crate) rows: FakeRows,
    pub(crate) totals: Totals,
    pub(crate) beat: Option<u64>,
    pub(crate) state: MainState,
    pub(crate) add_sheet: AddSheetState,
    pub(crate) intents: Vec<Intent>,
}

impl Default for Screen {
    fn default() -> Self {
        let folder = Some("/home/ada/Downloads".into());
        let defaults = AddDefaults {
            folder,
            ..AddDefaults::default()
        };
        Self {
            rows: FakeRows::default(),
            totals: Totals::default(),
            beat: None,
            state: MainState::default(),
            add_sheet: AddSheetState::new(&defaults),
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
            chip: None,
            status,
            beat,
        };
        main_screen_ui(ui, &screen, &mut self.state, &mut self.intents);
        add_sheet_ui(ui, &mut self.add_sheet, &mut self.intents);
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
    RowView {
        id: RowId(id),
        name: name.into(),
        host: host.into(),
        note: None,
        status,
        received_bytes: None,
        total_bytes: None,
        rate: None,
        eta: None,
        slept: None,
        sleep_total: None,
    }
}

/// One row in each of the states of the table of words, with the numbers of each.
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
        length_announced: true,
    };
    let mut rows = vec![
        RowView {
            received_bytes: Some(2_700 * MB),
            total_bytes: Some(3_800 * MB),
            rate: Some(41.2e6),
            eta: Some(secs(27.0)),
            slept: Some(secs(1.42)),
            ..row(1, "debian-13.1-amd64-netinst.iso", "cdimage.example.org", downloading(true))
        },
        RowView {
            slept: Some(secs(0.7)),
            sleep_total: Some(secs(2.0)),
            ..row(2, "measurements-2026-11.csv", "data.example.net", Status::Sleeping { left: secs(1.3) })
        },
        RowView {
            note: Some("503 Service Unavailable, and a longer explanation of what it means".into()),
            received_bytes: Some(14_000),
            eta: Some(secs(8.0)),
            slept: Some(secs(0.31)),
            ..row(
                3,
                "report.json",
                "api.example.com",
                Status::Retrying { attempt: 2, of: 5, left: secs(8.0), server_asked_for: None },
            )
        },
        RowView {
            received_bytes: Some(118 * MB),
            rate: Some(1.8e6),
            slept: Some(secs(0.0)),
            ..row(4, "weather-tiles-0417.tar", "tiles.example.org", downloading(false))
        },
        RowView {
            received_bytes: Some(38 * MB),
            total_bytes: Some(100 * MB),
            slept: Some(secs(2.9)),
            ..row(
                5,
                "old-link.zip",
                "files.example.net",
                Status::Failed {
                    kind: FailureKind::Error,
                    cause: "A web page came instead of the file; the bytes that are there are kept, change the link".into(),
                    at_percent: Some(38),
                },
            )
        },
        RowView {
            received_bytes: Some(6_500 * MB),
            total_bytes: Some(12 * GB),
            slept: Some(secs(0.0)),
            ..row(
                6,
                "photos-backup-07.tar.zst",
                "nas.local",
                Status::Paused { since: Some(TimeOfDay { hour: 14, minute: 3 }), note: None },
            )
        },
        RowView {
            total_bytes: Some(12_100 * MB),
            ..row(
                7,
                "photos-backup-08.tar.zst",
                "nas.local",
                Status::Queued { place: Some(3), waits_for: Some("nas.local".into()) },
            )
        },
        row(8, "sha256sums.txt", "cdimage.example.org", Status::Working { label: "Connecting".into() }),
        RowView {
            received_bytes: Some(8_400_000),
            total_bytes: Some(8_400_000),
            slept: Some(secs(0.65)),
            ..row(9, "manual-en.pdf", "docs.example.com", done(1.9))
        },
        RowView {
            received_bytes: Some(11 * MB),
            total_bytes: Some(50 * MB),
            slept: Some(secs(0.2)),
            ..row(
                10,
                "nightly-build.tar.gz",
                "ci.example.com",
                Status::Cancelled { at_percent: Some(22), thread_abandoned: false },
            )
        },
    ];
    for index in 1..=3 {
        rows.push(RowView {
            received_bytes: Some(4_000_000 + index * 70_000),
            total_bytes: Some(4_000_000 + index * 70_000),
            slept: Some(secs(0.02 + index as f64 / 7.0)),
            ..row(
                10 + index,
                &format!("index-000{index}.parquet"),
                "lake.example.io",
                done(0.8),
            )
        });
    }
    let totals = Totals {
        rate: 43.1e6,
        rate_history: [3.0, 5.0, 4.0, 7.0, 6.0, 9.0, 7.5, 9.0, 8.0, 8.5].to_vec(),
        running: 6,
        running_limit: 6,
        is_alive: true,
    };
    Screen {
        rows: FakeRows(rows),
        totals,
        beat: Some(2),
        ..Screen::default()
    }
}
