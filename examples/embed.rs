//! Jobs of one's own in an egui application of one's own: the bare runtime and its table, nothing else of jobdeck.
//!
//! `cargo run --example embed` counts primes in worker threads, beside a job that only sleeps.

use std::time::Duration;

use jobdeck::runtime::{Runtime, Step, TICK_BUDGET};
use jobdeck::view::{EguiHost, JobsTableState, RuntimeRows, jobs_table_ui};

struct Embed {
    runtime: Runtime,
    table: JobsTableState,
}

impl Embed {
    fn new(ctx: &egui::Context) -> Self {
        jobdeck::theme::install(ctx);
        let runtime = Runtime::new(EguiHost::new(ctx));
        for limit in [200_000, 400_000, 800_000] {
            runtime.spawn(format!("primes below {limit}"), async move |cx| {
                cx.sleep(Duration::from_millis(1500)).await?;
                cx.step(Step::computing("Counting"));
                let count = move |token: &jobdeck::runtime::Token| {
                    let mut primes = 0;
                    for number in 2_u64..limit {
                        // Stops here while the job is paused, and ends with it.
                        token.checkpoint()?;
                        let divisors = (2..).take_while(|divisor| divisor * divisor <= number);
                        primes +=
                            usize::from(divisors.into_iter().all(|divisor| number % divisor != 0));
                    }
                    Ok(primes)
                };
                let primes = cx.blocking("Counting", count).await?;
                cx.log(format!("{primes} primes"));
                Ok(primes)
            });
        }
        runtime.spawn("a long nap", async |cx| {
            Ok(cx.sleep(Duration::from_secs(60)).await?.active)
        });
        Self {
            runtime,
            table: JobsTableState::default(),
        }
    }
}

impl eframe::App for Embed {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.runtime.tick(TICK_BUDGET);
        // Countdowns move ten times a second while there is one.
        if self
            .runtime
            .jobs()
            .iter()
            .any(|job| !job.is_finished() && !job.is_paused())
        {
            ctx.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let rows = RuntimeRows::new(&self.runtime);
        let mut intents = Vec::new();
        jobs_table_ui(ui, &rows, &mut self.table, 0, &mut intents);
        for intent in &intents {
            rows.carry_out(intent);
        }
        self.runtime.flush_wakes();
    }
}

fn main() -> eframe::Result {
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "embed",
        options,
        Box::new(|creation| Ok(Box::new(Embed::new(&creation.egui_ctx)))),
    )
}
