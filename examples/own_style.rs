//! The jobs of an application that has fonts and colours of its own: brown on paper.
//!
//! `cargo run --example own_style` shows a table with a column of the application, in the
//! application's font. A double click on a row opens its job in full. `-- FILE` takes another font
//! from a file; `-- --fonts` adds the fonts of the dashboard for the table alone.

use std::sync::Arc;
use std::time::Duration;

use jobdeck::egui;
use jobdeck::egui::{Color32, FontData, FontDefinitions, FontFamily, Theme, Visuals};
use jobdeck::runtime::{
    JobContext, JobError, JobId, ProgressUnit, Runtime, Step, TICK_BUDGET, WaitReason,
};
use jobdeck::view::{
    EguiHost, InspectorState, JobsTable, JobsTableState, RuntimeRows, Sorting, add_fonts,
    job_inspector_ui,
};

/// The application's own look: nothing of it is jobdeck's.
fn paper(ctx: &egui::Context, font: Option<Vec<u8>>) {
    let mut fonts = FontDefinitions::default();
    match font {
        Some(font) => {
            let font = Arc::new(FontData::from_owned(font));
            fonts.font_data.insert("own".to_owned(), font);
            let names = fonts.families.entry(FontFamily::Proportional).or_default();
            names.insert(0, "own".to_owned());
        }
        None => {
            let monospace = fonts.families.get(&FontFamily::Monospace).cloned();
            let monospace = monospace.unwrap_or_default();
            fonts.families.insert(FontFamily::Proportional, monospace);
        }
    }
    ctx.set_fonts(fonts);
    ctx.set_theme(Theme::Light);
    let mut visuals = Visuals::light();
    visuals.override_text_color = Some(Color32::from_rgb(0x3a, 0x2e, 0x22));
    visuals.panel_fill = Color32::from_rgb(0xf6, 0xee, 0xdc);
    visuals.window_fill = Color32::from_rgb(0xfb, 0xf6, 0xea);
    visuals.hyperlink_color = Color32::from_rgb(0xa8, 0x4a, 0x12);
    visuals.selection.bg_fill = Color32::from_rgb(0xe8, 0xb8, 0x70);
    ctx.set_visuals_of(Theme::Light, visuals);
}

struct App {
    runtime: Runtime,
    table: JobsTableState,
    sorting: Sorting,
    search: String,
    opened: Option<JobId>,
    inspector: InspectorState,
}

impl App {
    fn new(ctx: &egui::Context) -> Self {
        let runtime = Runtime::new(EguiHost::new(ctx));
        for name in ["holidays", "garden", "attic"] {
            start_thumbnails(&runtime, name);
        }
        runtime.spawn("upload report.pdf", upload);
        runtime.spawn("wait for the printer", async |cx| {
            cx.sleep(Duration::from_secs(90)).await
        });
        runtime.spawn("index the mailbox", async |cx| {
            cx.step(Step::waiting("new mail", WaitReason::Other, None));
            std::future::pending::<()>().await;
            Ok(cx.id())
        });
        Self {
            runtime,
            table: JobsTableState::default(),
            sorting: Sorting::default(),
            search: String::new(),
            opened: None,
            inspector: InspectorState::default(),
        }
    }
}

fn start_thumbnails(runtime: &Runtime, name: &str) {
    let fails = name.starts_with("attic");
    runtime.spawn(name.to_owned(), async move |cx| thumbnails(cx, fails).await);
}

/// Makes 40 pictures smaller: its progress counts them.
async fn thumbnails(cx: JobContext, fails: bool) -> Result<(), JobError> {
    cx.progress().set_total(Some(40));
    for picture in 0..40 {
        if fails && picture == 7 {
            return Err(JobError::new("Picture 7 is no picture"));
        }
        let resize = Duration::from_millis(300);
        cx.step(Step::computing("Resizing"));
        cx.blocking("Resizing", move |token| {
            token.sleep(resize)?;
            Ok(())
        })
        .await?;
        cx.progress().add_done(1);
        cx.log(format!("picture {picture}"));
    }
    Ok(())
}

/// Counts bytes.
async fn upload(cx: JobContext) -> Result<(), JobError> {
    const SIZE: u64 = 8_400_000;
    cx.progress().set_unit(ProgressUnit::Bytes);
    cx.progress().set_total(Some(SIZE));
    cx.blocking("Connecting", |token| {
        token.step(Step::transferring("Uploading"));
        while token.progress().done() < SIZE {
            token.sleep(Duration::from_millis(50))?;
            token.progress().add_done(12_000);
        }
        Ok(())
    })
    .await
}

impl eframe::App for App {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.runtime.tick(TICK_BUDGET);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::Panel::top("application").show(ui, |ui| {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.heading("Albums");
                ui.add(egui::TextEdit::singleline(&mut self.search).hint_text("Search"));
                if ui.button("Clear what ended").clicked() {
                    self.runtime.forget_finished();
                }
            });
            ui.add_space(8.0);
        });
        let rows = RuntimeRows::top_level(&self.runtime)
            .matching(&self.search)
            .sorted(self.sorting)
            .on_retry(|job| start_thumbnails(&self.runtime, &format!("{} again", job.name())));
        let opened = self.opened.and_then(|id| self.runtime.job(id));
        if let Some(job) = opened {
            let panel = egui::Panel::bottom("job").default_size(300.0);
            panel.resizable(true).show(ui, |ui| {
                let response = job_inspector_ui(ui, &job, &mut self.inspector);
                if response.closes() {
                    self.opened = None;
                }
                rows.apply(&response.intents);
            });
        }
        egui::CentralPanel::default().show(ui, |ui| {
            let response = JobsTable::new(&rows)
                .column("Log", |ui, row| {
                    let lines = rows.job(row.id).map_or(0, |job| job.log_lines().len());
                    ui.label(format!("{lines} lines"));
                })
                .show(ui, &mut self.table);
            if let Some(sorting) = response.sorting() {
                self.sorting = sorting;
            }
            if response.opens_row() {
                let row = self.table.selection.single();
                self.opened = row.and_then(|row| Some(rows.job(row)?.id()));
            }
            rows.apply(&response.intents);
        });
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = std::env::args().nth(1);
    let adds_fonts = argument.as_deref() == Some("--fonts");
    let file = argument.filter(|_| !adds_fonts);
    let font = file.map(std::fs::read).transpose()?;
    let window = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "own style",
        window,
        Box::new(move |creation| {
            paper(&creation.egui_ctx, font);
            if adds_fonts {
                add_fonts(&creation.egui_ctx);
            }
            Ok(Box::new(App::new(&creation.egui_ctx)))
        }),
    )?;
    Ok(())
}
