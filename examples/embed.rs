//! The runtime and its table in another egui application, without the rest of jobdeck.
//!
//! `cargo run --example embed` counts primes, and shows its jobs in a panel that can be closed. `--
//! --sleepers 1000` adds 1000 jobs that sleep for an hour and starts with the panel closed.
//! `--idle-report 10` prints the polls, frames and processor time of ten seconds, and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jobdeck::runtime::{JobContext, JobError, Runtime, Step, TICK_BUDGET, Token};
use jobdeck::view::{EguiHost, JobsTable, JobsTableState, RuntimeRows};

/// Time for the window to come to rest before the measurement.
const SETTLING: Duration = Duration::from_secs(4);

struct Embed {
    runtime: Runtime,
    table: JobsTableState,
    shows_jobs: bool,
    limit: u64,
    frames: u64,
    polls: u64,
    report: Option<IdleReport>,
}

impl Embed {
    fn new(ctx: &egui::Context, options: &Options) -> Self {
        let runtime = Runtime::new(EguiHost::new(ctx));
        for number in 0..options.sleepers {
            runtime.spawn(format!("sleeper {number}"), async |cx| {
                cx.sleep(Duration::from_secs(3600)).await
            });
        }
        if options.sleepers == 0 {
            for limit in [200_000, 400_000, 800_000] {
                start_counting(&runtime, limit);
            }
        }
        Self {
            runtime,
            table: JobsTableState::default(),
            shows_jobs: options.sleepers == 0,
            limit: 1_000_000,
            frames: 0,
            polls: 0,
            report: options
                .idle_report_secs
                .map(|secs| IdleReport::start(ctx, Duration::from_secs(secs))),
        }
    }
}

fn start_counting(runtime: &Runtime, limit: u64) {
    runtime.spawn(format!("primes below {limit}"), async move |cx| {
        count_primes(cx, limit).await
    });
}

/// A job: it reads from top to bottom and never blocks the window.
async fn count_primes(cx: JobContext, limit: u64) -> Result<usize, JobError> {
    cx.sleep(Duration::from_millis(1500)).await?;
    cx.step(Step::computing("Counting"));
    let primes = cx
        .blocking("Counting", move |token| primes_below(limit, token))
        .await?;
    cx.log(format!("{primes} primes"));
    Ok(primes)
}

/// Runs in a worker thread.
fn primes_below(limit: u64, token: &Token) -> Result<usize, JobError> {
    let mut primes = 0;
    token.progress().set_total(Some(limit));
    for number in 2..limit {
        token.progress().set_done(number + 1);
        // Waits here while the job is paused, and fails if it is cancelled.
        token.checkpoint()?;
        let mut divisors = (2..).take_while(|divisor| divisor * divisor <= number);
        primes += usize::from(divisors.all(|divisor| number % divisor != 0));
    }
    Ok(primes)
}

impl eframe::App for Embed {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.polls += self.runtime.tick(TICK_BUDGET).polls;
        self.frames += 1;
        if let Some(report) = &mut self.report {
            report.frame(ctx, self.frames, self.polls);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::Panel::top("application").show(ui, |ui| {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.label("Primes below");
                ui.add(egui::DragValue::new(&mut self.limit).range(10_000..=100_000_000));
                if ui.button("Count them").clicked() {
                    start_counting(&self.runtime, self.limit);
                    self.shows_jobs = true;
                }
                ui.separator();
                ui.checkbox(&mut self.shows_jobs, "Show jobs");
            });
            ui.add_space(8.0);
        });
        egui::CentralPanel::default().show(ui, |ui| {
            if !self.shows_jobs {
                return;
            }
            let rows = RuntimeRows::top_level(&self.runtime);
            let response = JobsTable::new(&rows).show(ui, &mut self.table);
            rows.apply(&response.intents);
        });
    }
}

/// Measures the cost of an idle window.
struct IdleReport {
    /// 0 before the measurement, 1 during it, 2 after it.
    stage: Arc<AtomicU32>,
    duration: Duration,
    before: Option<(u64, u64, Option<u64>)>,
}

impl IdleReport {
    /// Requests one frame at the beginning of the measurement and one at its end.
    fn start(ctx: &egui::Context, duration: Duration) -> Self {
        let stage = Arc::<AtomicU32>::default();
        let (ctx, shared) = (ctx.clone(), stage.clone());
        std::thread::spawn(move || {
            for pause in [SETTLING, duration] {
                std::thread::sleep(pause);
                shared.fetch_add(1, Ordering::Relaxed);
                // Without a delay egui draws two frames.
                ctx.request_repaint_after(Duration::from_millis(1));
            }
        });
        Self {
            stage,
            duration,
            before: None,
        }
    }

    fn frame(&mut self, ctx: &egui::Context, frames: u64, polls: u64) {
        let stage = self.stage.load(Ordering::Relaxed);
        if stage == 0 || stage == 1 && self.before.is_some() {
            return;
        }
        let Some((frames_before, polls_before, cpu_before)) = self.before else {
            self.before = Some((frames, polls, cpu_ticks()));
            return;
        };
        let cpu = cpu_ticks().zip(cpu_before);
        println!(
            "in {} s: {} polls, {} frames, processor: {}",
            self.duration.as_secs(),
            polls - polls_before,
            // Without the frame that prints this.
            frames - frames_before - 1,
            cpu.map_or("unknown".to_owned(), |(now, before)| format!(
                "{} ms",
                (now - before) * 10
            )),
        );
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        self.stage.store(0, Ordering::Relaxed);
    }
}

/// Processor time of this process in hundredths of a second; `None` without `/proc`.
fn cpu_ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may contain blanks. After it, user and system time are the 12th and
    // 13th field.
    let numbers: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(numbers.get(11)?.parse::<u64>().ok()? + numbers.get(12)?.parse::<u64>().ok()?)
}

#[derive(Default)]
struct Options {
    sleepers: usize,
    idle_report_secs: Option<u64>,
}

impl Options {
    fn from_arguments() -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            let number = value
                .parse()
                .map_err(|_| format!("{name} wants a number after it, not «{value}»"))?;
            match name.as_str() {
                "--sleepers" => options.sleepers = usize::try_from(number).unwrap_or(usize::MAX),
                "--idle-report" => options.idle_report_secs = Some(number),
                _ => {
                    return Err(format!(
                        "{name} is unknown: there are --sleepers and --idle-report"
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::from_arguments()?;
    let window = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "embed",
        window,
        Box::new(move |creation| Ok(Box::new(Embed::new(&creation.egui_ctx, &options)))),
    )?;
    Ok(())
}
