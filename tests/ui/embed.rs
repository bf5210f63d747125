//! The table over a bare runtime, as in another application.

use std::time::Duration;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use jobdeck::runtime::{Clock, Runtime, TICK_BUDGET};
use jobdeck::view::{EguiHost, JobsTableState, RuntimeRows, jobs_table_ui};

struct Embedder {
    runtime: Runtime,
    table: JobsTableState,
}

impl eframe::App for Embedder {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.runtime.tick(TICK_BUDGET);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let rows = RuntimeRows::new(&self.runtime);
        let mut intents = Vec::new();
        jobs_table_ui(ui, &rows, &mut self.table, 0, &mut intents);
        for intent in &intents {
            rows.apply(intent);
        }
    }
}

#[test]
fn jobs_of_a_bare_runtime_are_paused_resumed_and_cancelled() {
    let clock = Clock::virtual_time();
    let mut harness = Harness::builder()
        .with_size([1000.0, 400.0])
        .build_eframe(|creation| {
            jobdeck::theme::install(&creation.egui_ctx);
            let runtime = Runtime::with_clock(EguiHost::new(&creation.egui_ctx), clock.clone());
            for name in ["one", "two"] {
                runtime.spawn(name, async |cx| {
                    Ok(cx.sleep(Duration::from_secs(10)).await?.active)
                });
            }
            Embedder {
                runtime,
                table: JobsTableState::default(),
            }
        });
    harness.run();
    let says = |harness: &Harness<'static, Embedder>, text: &str| {
        harness.query_by_role_and_label(Role::Row, text).is_some()
    };
    assert!(says(&harness, "one, Sleeping, 10 s left, slept 0 / 10 s"));
    harness.get_by_label("Pause one").click();
    harness.run();
    clock.advance(Duration::from_secs(4));
    harness.run();
    assert!(says(&harness, "one, Paused, slept 0 / 10 s"));
    assert!(says(&harness, "two, Sleeping, 6.0 s left, slept 4 / 10 s"));
    harness.get_by_label("Resume one").click();
    harness.run();
    harness.get_by_label("Cancel two").click();
    harness.run();
    assert!(says(&harness, "two, Cancelled, slept 4.00 s"));
    assert!(
        harness.query_by_label("Retry two").is_none(),
        "a runtime cannot begin a job again"
    );
    clock.advance(Duration::from_secs(10));
    harness.run();
    assert!(says(&harness, "one, Done, in 14 s, slept 10 s"));
}
