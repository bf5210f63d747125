//! The table and the inspector over a bare runtime, as in another application.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use egui::{Color32, Context, FontDefinitions, FontFamily, Role, Style, Theme, Visuals};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use jobdeck::command::Command;
use jobdeck::runtime::{Clock, Job, JobError, Runtime, Step, TICK_BUDGET, WaitReason};
use jobdeck::view::{
    Column, EguiHost, InspectorState, InspectorTab, Intent, JobsTable, JobsTableState,
    RowSource as _, RuntimeRows, Sorting, Tokens, add_fonts, job_inspector_ui,
};

/// An application of its own: its jobs, and how it shows them.
struct Embedder {
    runtime: Runtime,
    table: JobsTableState,
    sorting: Sorting,
    opened: Option<Job>,
    inspector: InspectorState,
    /// The jobs that were begun again.
    retried: RefCell<Vec<String>>,
    own_cells: usize,
    offers: Offers,
}

/// What the table offers beyond what it has by itself.
#[derive(Clone, Copy, Default)]
struct Offers {
    sorting: bool,
    retry: bool,
    own_column: bool,
    few_columns: bool,
}

impl Embedder {
    fn new(ctx: &Context, clock: &Clock, offers: Offers) -> Self {
        Self {
            runtime: Runtime::with_clock(EguiHost::new(ctx), clock.clone()),
            table: JobsTableState::default(),
            sorting: Sorting::default(),
            opened: None,
            inspector: InspectorState::default(),
            retried: RefCell::default(),
            own_cells: 0,
            offers,
        }
    }
}

impl eframe::App for Embedder {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.runtime.tick(TICK_BUDGET);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::CentralPanel::default().show(ui, |ui| {
            if let Some(job) = self.opened.clone() {
                let response = job_inspector_ui(ui, &job, &mut self.inspector);
                if response.closes() {
                    self.opened = None;
                }
                RuntimeRows::of([job]).apply(&response.intents);
                return;
            }
            let mut rows = RuntimeRows::top_level(&self.runtime);
            if self.offers.sorting {
                rows = rows.sorted(self.sorting);
            }
            if self.offers.retry {
                rows = rows.on_retry(|job| self.retried.borrow_mut().push(job.name().to_owned()));
            }
            let mut table = JobsTable::new(&rows);
            if self.offers.few_columns {
                table = table.columns([Column::Job, Column::Elapsed, Column::State]);
            }
            if self.offers.own_column {
                table = table.column("Priority", |ui, row| {
                    self.own_cells += 1;
                    let priority = rows.job(row.id).map(|job| job.priority());
                    ui.label(format!("{:?}", priority.unwrap_or_default()));
                });
            }
            let response = table.show(ui, &mut self.table);
            if let Some(sorting) = response.sorting() {
                self.sorting = sorting;
            }
            if response.opens_row() {
                let id = self.table.selection.single();
                self.opened = id.and_then(|id| rows.job(id)).cloned();
            }
            rows.apply(&response.intents);
        });
    }
}

type Window = Harness<'static, Embedder>;

/// What an application makes of a fresh context.
type Look = fn(&Context);

/// A window of an application with this look, without the theme of the dashboard.
fn window_with(look: Look, theme: Theme, clock: &Clock, offers: Offers) -> Window {
    let clock = clock.clone();
    Harness::builder()
        .with_size([1000.0, 400.0])
        .with_theme(theme)
        .with_step_dt(0.05)
        .with_context_setup(look)
        .build_eframe(move |creation| Embedder::new(&creation.egui_ctx, &clock, offers))
}

fn window(clock: &Clock, offers: Offers) -> Window {
    window_with(|_| {}, Theme::Dark, clock, offers)
}

fn says(window: &Window, text: &str) -> bool {
    window.query_by_role_and_label(Role::Row, text).is_some()
}

fn names(window: &Window) -> Vec<String> {
    let rows = window.get_all_by_role(Role::Row);
    let label = |row: egui_kittest::Node<'_>| {
        use egui_kittest::kittest::NodeT as _;
        let label = row.accesskit_node().label().unwrap_or_default();
        let name = label.split(',').next().unwrap_or_default();
        (row.rect().top(), name.to_owned())
    };
    let mut rows: Vec<_> = rows.map(label).collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Jobs in most of the states that a runtime knows.
fn spawn_all(runtime: &Runtime) {
    runtime.spawn("resize thumbnails", async |cx| {
        cx.progress().set_total(Some(40));
        cx.progress().set_done(38);
        cx.step(Step::computing("Resizing"));
        let () = std::future::pending().await;
        Ok(cx.id())
    });
    runtime.spawn("upload report.pdf", async |cx| {
        cx.progress()
            .set_unit(jobdeck::runtime::ProgressUnit::Bytes);
        cx.progress().set_total(Some(8_400_000));
        cx.progress().set_done(2_700_000);
        cx.step(Step::transferring("Uploading"));
        let () = std::future::pending().await;
        Ok(cx.id())
    });
    runtime.spawn("wait for the printer", async |cx| {
        cx.sleep(Duration::from_secs(90)).await
    });
    runtime.spawn("import contacts", async |cx| {
        cx.progress().set_total(Some(40));
        cx.progress().set_done(40);
        cx.log("40 contacts");
        Ok(cx.id())
    });
    runtime.spawn("fetch calendar", async |cx| {
        cx.step(Step::computing("Asking"));
        cx.progress().set_total(Some(12));
        cx.progress().set_done(3);
        Err::<(), _>(JobError::new("The server refused the password"))
    });
    runtime.spawn("index the mailbox", async |cx| {
        cx.step(Step::waiting("new mail", WaitReason::Other, None));
        cx.spawn("a child of it", async |cx| {
            cx.sleep(Duration::from_secs(3600)).await
        })
        .await
    });
    let paused = runtime.spawn("make a backup", async |cx| {
        cx.sleep(Duration::from_secs(5)).await
    });
    // A busy machine does less in a tick.
    while runtime.tick(TICK_BUDGET).polls > 0 {}
    paused.pause();
    runtime
        .spawn("count words", async |cx| Ok(cx.id()))
        .cancel();
}

/// A look of its own: a font of egui's that is not the usual one, brown on paper.
fn paper(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    let hack = fonts.families[&FontFamily::Monospace].clone();
    fonts.families.insert(FontFamily::Proportional, hack);
    ctx.set_fonts(fonts);
    let ink = Color32::from_rgb(0x3a, 0x2e, 0x22);
    let mut visuals = Visuals::light();
    visuals.override_text_color = Some(ink);
    visuals.panel_fill = Color32::from_rgb(0xf6, 0xee, 0xdc);
    visuals.window_fill = Color32::from_rgb(0xfb, 0xf6, 0xea);
    visuals.hyperlink_color = Color32::from_rgb(0xa8, 0x4a, 0x12);
    visuals.selection.bg_fill = Color32::from_rgb(0xe8, 0xb8, 0x70);
    ctx.set_visuals_of(Theme::Light, visuals);
}

#[test]
fn jobs_of_a_bare_runtime_are_paused_resumed_and_cancelled() {
    let clock = Clock::virtual_time();
    let mut harness = window(&clock, Offers::default());
    for name in ["one", "two"] {
        harness.state().runtime.spawn(name, async |cx| {
            Ok(cx.sleep(Duration::from_secs(10)).await?.active)
        });
    }
    harness.run();
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

#[test]
fn items_are_counted_and_the_names_of_parents_are_shown_with_children() {
    let clock = Clock::virtual_time();
    let mut harness = window(&clock, Offers::default());
    spawn_all(&harness.state().runtime);
    harness.run();
    assert!(says(&harness, "resize thumbnails, Resizing, 38 of 40"));
    assert!(says(&harness, "import contacts, Done, in 0.00 s, 40 of 40"));
    assert!(says(&harness, "upload report.pdf, Uploading, 2.7 / 8.4 MB"));
    assert!(harness.query_by_label_contains("a child of it").is_none());
    let rows = RuntimeRows::new(&harness.state().runtime);
    let rows: Vec<_> = (0..rows.len())
        .filter_map(|place| rows.row(place))
        .collect();
    let child = rows.iter().find(|row| &*row.name == "a child of it");
    assert_eq!(child.map(|row| &*row.host), Some("index the mailbox"));
}

#[test]
fn rows_are_filtered_sorted_cleared_and_begun_again() {
    let clock = Clock::virtual_time();
    let offers = Offers {
        sorting: true,
        retry: true,
        ..Offers::default()
    };
    let mut harness = window(&clock, offers);
    spawn_all(&harness.state().runtime);
    harness.run();
    harness.get_by_label("Job").click();
    harness.run();
    let sorted = names(&harness);
    assert!(sorted.is_sorted(), "{sorted:?}");
    harness.get_by_label("Job, sorted, A to Z").click();
    harness.run();
    let turned = names(&harness);
    assert!(turned.iter().rev().is_sorted(), "{turned:?}");

    harness.get_by_label("Retry fetch calendar").click();
    harness.run();
    assert_eq!(*harness.state().retried.borrow(), ["fetch calendar"]);
    assert!(harness.query_by_label("Retry import contacts").is_none());

    let runtime = &harness.state().runtime;
    let all = RuntimeRows::top_level(runtime);
    assert_eq!(RuntimeRows::new(runtime).len(), all.len() + 1);
    assert_eq!(RuntimeRows::new(runtime).matching(" MAILBOX").len(), 2);
    let running = |job: &Job| !job.is_finished();
    let (cleared, running) = (runtime.now(), all.filtered(running).len());
    let left = RuntimeRows::top_level(runtime).cleared_at(cleared);
    assert_eq!((left.len(), running), (5, 5));
}

#[test]
fn rows_are_of_one_runtime() {
    let clock = Clock::virtual_time();
    let runtimes = [(); 2].map(|()| {
        let runtime = Runtime::with_clock(EguiHost::new(&Context::default()), clock.clone());
        runtime.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
        runtime.spawn("rest", async |cx| cx.sleep(Duration::from_secs(9)).await);
        runtime
    });
    let [own, other] = runtimes.each_ref().map(Runtime::jobs);
    assert_eq!(own[0].id(), other[0].id());
    let rows = RuntimeRows::of(own.iter().chain(&other).cloned());
    assert_eq!(rows.len(), own.len());
    let ids: Vec<_> = (0..rows.len()).filter_map(|place| rows.id(place)).collect();
    for id in ids {
        rows.apply(&[Intent::RunOn(Command::Cancel, id)]);
    }
    assert!(own.iter().all(Job::is_finished));
    assert!(!other.iter().any(Job::is_finished));
    let theirs = RuntimeRows::of(other.iter().chain(&own).cloned());
    assert!(!theirs.jobs().iter().any(Job::is_finished));
    drop(runtimes);
    let rows = RuntimeRows::of(own.iter().chain(&other).cloned());
    assert_eq!(rows.len(), own.len(), "also after the end of the runtimes");
}

#[test]
fn the_application_chooses_columns_and_adds_its_own() {
    let clock = Clock::virtual_time();
    let offers = Offers {
        own_column: true,
        few_columns: true,
        ..Offers::default()
    };
    let mut harness = window(&clock, offers);
    spawn_all(&harness.state().runtime);
    clock.advance(Duration::from_secs(65));
    harness.run();
    let titles = harness.get_all_by_role(Role::ColumnHeader);
    let mut titles: Vec<_> = titles
        .map(|title| {
            use egui_kittest::kittest::NodeT as _;
            let label = title.accesskit_node().label().unwrap_or_default();
            (title.rect().left(), label)
        })
        .collect();
    titles.sort_by(|one, other| one.0.total_cmp(&other.0));
    let titles: Vec<_> = titles.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles, ["Job", "Elapsed", "State", "Priority"]);
    assert!(harness.state().own_cells >= 7);
    assert_eq!(harness.get_all_by_label("Normal").count(), 8);
    // The user's own choice stays.
    harness
        .state_mut()
        .table
        .layout
        .show(Column::Elapsed, false);
    harness.run();
    assert!(harness.query_by_label("Elapsed").is_none());
}

#[test]
fn a_job_is_opened_and_closed_again() {
    let clock = Clock::virtual_time();
    let mut harness = window(&clock, Offers::default());
    spawn_all(&harness.state().runtime);
    harness.run();
    let row = harness
        .get_by_label("fetch calendar, Failed at 25 %, The server refused the password, 3 of 12");
    let at = row.rect().center();
    harness.hover_at(at);
    harness.run();
    for pressed in [true, false, true, false] {
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
        harness.step();
    }
    harness.run();

    assert!(harness.query_by_label_contains("Asking: ").is_some());
    assert!(harness.query_by_label("Retry this job").is_none());
    assert!(harness.query_by_label("Attempts").is_none());
    harness.get_by_role_and_label(Role::Tab, "Runtime").click();
    harness.run();
    assert!(harness.query_by_label("Polls: 1").is_some());
    assert_eq!(harness.state().inspector.tab, InspectorTab::Runtime);
    harness.get_by_label("Close the inspector").click();
    harness.run();
    assert!(says(&harness, "count words, Cancelled"));
}

/// The colours of all text that is painted.
fn text_colors(shape: &egui::Shape, colors: &mut Vec<Color32>) {
    match shape {
        egui::Shape::Text(text) => {
            let sections = text.galley.job.sections.iter();
            colors.extend(sections.map(|section| {
                let color = section.format.color;
                text.override_text_color
                    .unwrap_or(if color == Color32::PLACEHOLDER {
                        text.fallback_color
                    } else {
                        color
                    })
            }));
        }
        egui::Shape::Vec(shapes) => {
            for shape in shapes {
                text_colors(shape, colors);
            }
        }
        _ => {}
    }
}

#[test]
fn the_inspector_of_a_job_paints_in_chosen_colours() {
    let chosen = [(200, 10, 10), (150, 20, 20)].map(|(r, g, b)| Color32::from_rgb(r, g, b));
    for takes in [false, true] {
        let clock = Clock::virtual_time();
        let runtime = RefCell::new(None);
        let mut state = InspectorState::default();
        state.tokens = takes.then(|| {
            let mut tokens = Tokens::from_visuals(&egui::Visuals::light());
            (tokens.text, tokens.muted) = (chosen[0], chosen[1]);
            tokens
        });
        let mut harness = Harness::builder()
            .with_context_setup(paper)
            .build_ui(move |ui| {
                let mut runtime = runtime.borrow_mut();
                let runtime = runtime.get_or_insert_with(|| {
                    Runtime::with_clock(EguiHost::new(ui.ctx()), clock.clone())
                });
                if runtime.jobs().is_empty() {
                    spawn_all(runtime);
                }
                runtime.tick(TICK_BUDGET);
                let job = runtime.jobs()[0].clone();
                let _ = job_inspector_ui(ui, &job, &mut state);
            });
        harness.run();
        let mut colors = Vec::new();
        for clipped in &harness.output().shapes {
            text_colors(&clipped.shape, &mut colors);
        }
        for color in chosen {
            assert_eq!(colors.contains(&color), takes, "{color:?} in {colors:?}");
        }
    }
}

/// Everything of a context that an application may have made its own.
fn facts(ctx: &Context) -> (Arc<Style>, Arc<Style>, FontDefinitions) {
    let fonts = ctx.fonts(|fonts| fonts.definitions().clone());
    (ctx.style_of(Theme::Dark), ctx.style_of(Theme::Light), fonts)
}

#[test]
fn nothing_of_the_application_changes() {
    let clock = Clock::virtual_time();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let shared = seen.clone();
    let mut state = (JobsTableState::default(), InspectorState::default());
    let runtime = RefCell::new(None);
    let mut harness = Harness::builder()
        .with_size([1000.0, 700.0])
        .with_theme(Theme::Light)
        .with_context_setup(paper)
        .build_ui(move |ui| {
            let mut runtime = runtime.borrow_mut();
            let runtime = runtime.get_or_insert_with(|| {
                let runtime = Runtime::with_clock(EguiHost::new(ui.ctx()), clock.clone());
                spawn_all(&runtime);
                runtime
            });
            runtime.tick(TICK_BUDGET);
            let before = (facts(ui.ctx()), Arc::clone(ui.style()));
            let rows = RuntimeRows::top_level(runtime);
            let size = egui::vec2(ui.available_width(), 300.0);
            ui.allocate_ui(size, |ui| {
                let before = Arc::clone(ui.style());
                rows.apply(&JobsTable::new(&rows).show(ui, &mut state.0).intents);
                assert_eq!(before, *ui.style());
            });
            let job = rows.jobs()[0].clone();
            rows.apply(&job_inspector_ui(ui, &job, &mut state.1).intents);
            assert_eq!(before, (facts(ui.ctx()), Arc::clone(ui.style())));
            shared.borrow_mut().push(before.0);
        });
    harness.run();
    // Nor does anything change from one frame to the next.
    let seen = seen.borrow();
    let (_, light, fonts) = &seen[0];
    assert!(seen.len() > 1 && seen.iter().all(|facts| facts == &seen[0]));
    assert_eq!(
        light.visuals.panel_fill,
        Color32::from_rgb(0xf6, 0xee, 0xdc)
    );
    assert_eq!(fonts.families.len(), 2);
}

/// In tests egui panics at a glyph that no font of its family has.
#[test]
fn names_are_shown_in_the_fonts_that_there_are() {
    let with_fonts = |ctx: &Context| {
        paper(ctx);
        add_fonts(ctx);
    };
    // ▲ is in Hack, and in neither Inter nor Ubuntu.
    let looks: [(Look, &str); 4] = [
        (|_| {}, "tidy ü"),
        (paper, "tidy ▲"),
        (with_fonts, "tidy ▲"),
        (jobdeck::view::install_theme, "tidy ü"),
    ];
    for (look, name) in looks {
        let clock = Clock::virtual_time();
        let offers = Offers {
            own_column: true,
            ..Offers::default()
        };
        let mut harness = window_with(look, Theme::Light, &clock, offers);
        spawn_all(&harness.state().runtime);
        harness.state().runtime.spawn(name, async |_cx| Ok(()));
        harness.run();
        assert!(says(&harness, &format!("{name}, Done, in 0.00 s")));
    }
}

#[test]
fn added_fonts_are_families_beside_those_of_the_application() {
    let definitions = |look: Look| {
        let mut harness = window_with(
            look,
            Theme::Light,
            &Clock::virtual_time(),
            Offers::default(),
        );
        harness.run();
        harness.ctx.fonts(|fonts| fonts.definitions().clone())
    };
    let before = definitions(paper);
    let after = definitions(|ctx| {
        paper(ctx);
        add_fonts(ctx);
    });
    for (family, names) in &before.families {
        assert_eq!(after.families.get(family), Some(names));
    }
    assert_eq!(after.families.len(), before.families.len() + 3);
    let fallbacks = &before.families[&FontFamily::Proportional];
    let added = after
        .families
        .iter()
        .filter(|(family, _)| !before.families.contains_key(*family));
    for (_, names) in added {
        assert_eq!(names[1..], **fallbacks, "for the letters that Inter lacks");
    }
}

/// The delay until the frame that a table over one job asks for; `None` if it rests.
fn asks_after(spawn: impl Fn(&Runtime)) -> Option<Duration> {
    let ctx = Context::default();
    let clock = Clock::virtual_time();
    let runtime = Runtime::with_clock(EguiHost::new(&ctx), clock);
    spawn(&runtime);
    let mut table = JobsTableState::default();
    let mut last = None;
    for _ in 0..5 {
        let input = egui::RawInput {
            predicted_dt: 0.0,
            ..egui::RawInput::default()
        };
        let output = ctx.run_ui(input, |ui| {
            runtime.tick(TICK_BUDGET);
            let rows = RuntimeRows::top_level(&runtime);
            rows.apply(&JobsTable::new(&rows).show(ui, &mut table).intents);
            runtime.flush_wakes();
        });
        let viewport = output.viewport_output.get(&egui::ViewportId::ROOT);
        last = viewport.map(|viewport| viewport.repaint_delay);
        output.drop_without_applying_deltas();
    }
    last.filter(|delay| *delay < Duration::from_secs(86_400))
}

#[test]
fn frames_are_asked_for_only_by_numbers_that_change() {
    let ms = |millis| Some(Duration::from_millis(millis));
    let listens = |runtime: &Runtime| {
        runtime.spawn("listener", async |cx| {
            cx.progress().set_done(7);
            let () = std::future::pending().await;
            Ok(cx.id())
        });
    };
    assert_eq!(asks_after(listens), None);
    let waits = |runtime: &Runtime| {
        runtime.spawn("waiter", async |cx| {
            cx.step(Step::waiting("Listening", WaitReason::Other, None));
            let () = std::future::pending().await;
            Ok(cx.id())
        });
    };
    assert_eq!(asks_after(waits), None);
    let paused = |runtime: &Runtime| {
        let sleep = async |cx: jobdeck::runtime::JobContext| cx.sleep(Duration::from_secs(9)).await;
        runtime.spawn("paused", sleep).pause();
    };
    assert_eq!(asks_after(paused), None);
    assert_eq!(asks_after(|_| {}), None);
    let sleeps = |millis| {
        move |runtime: &Runtime| {
            runtime.spawn("sleeper", async move |cx| {
                cx.sleep(Duration::from_millis(millis)).await
            });
        }
    };
    assert_eq!(asks_after(sleeps(9_000)), ms(100));
    assert_eq!(
        asks_after(sleeps(3_600_300)),
        ms(300),
        "until the second is over"
    );
    let transfers = |runtime: &Runtime| {
        runtime.spawn("transfer", async |cx| {
            cx.step(Step::transferring("Uploading"));
            let () = std::future::pending().await;
            Ok(cx.id())
        });
    };
    assert_eq!(asks_after(transfers), ms(100));
}

fn picture(name: &str, look: Look, theme: Theme, show: impl FnOnce(&mut Window)) {
    let clock = Clock::virtual_time();
    let offers = Offers {
        own_column: true,
        retry: true,
        ..Offers::default()
    };
    let mut harness = window_with(look, theme, &clock, offers);
    harness.set_size(egui::vec2(1100.0, 420.0));
    spawn_all(&harness.state().runtime);
    harness.run();
    clock.advance(Duration::from_secs(12));
    harness.run();
    let rows = RuntimeRows::top_level(&harness.state().runtime);
    harness.state_mut().table.selection.select(&rows, 2);
    show(&mut harness);
    harness.run();
    harness.snapshot(name);
}

/// Not one that failed: where its error was made depends on the lines of the code.
fn open_one_with_a_child(harness: &mut Window) {
    let jobs = RuntimeRows::top_level(&harness.state().runtime)
        .jobs()
        .to_vec();
    let mut jobs = jobs.into_iter();
    harness.state_mut().opened = jobs.find(|job| job.name() == "index the mailbox");
}

mod pictures {
    use super::*;

    #[test]
    fn of_the_table_in_egui_s_dark_style() {
        picture("embedded_dark", |_| {}, Theme::Dark, |_| {});
    }

    #[test]
    fn of_the_table_in_egui_s_light_style() {
        picture("embedded_light", |_| {}, Theme::Light, |_| {});
    }

    #[test]
    fn of_the_table_in_a_style_of_its_own() {
        picture("embedded_own_style", paper, Theme::Light, |_| {});
    }

    #[test]
    fn of_the_table_with_added_fonts() {
        picture("embedded_added_fonts", add_fonts, Theme::Light, |_| {});
    }

    #[test]
    fn of_a_job_in_full() {
        picture("embedded_job", paper, Theme::Light, open_one_with_a_child);
    }
}

/// Two tables over two runtimes in one window, each beside the inspector of its first job.
mod twice {
    use super::*;
    use egui::{CentralPanel, Event, Key, Modifiers, Panel, Pos2, Ui, vec2};
    use jobdeck::command::CommandContext;
    use jobdeck::status::Counts;
    use jobdeck::view::RowId;

    const SIDES: [&str; 2] = ["left", "right"];

    #[derive(Default)]
    struct Sides {
        runtimes: Vec<Runtime>,
        tables: [JobsTableState; 2],
        inspectors: [InspectorState; 2],
        asked: [Vec<Command>; 2],
        shows_inspectors: bool,
        has_menus: bool,
    }

    impl Sides {
        fn side_ui(&mut self, ui: &mut Ui, side: usize) {
            let rows = RuntimeRows::top_level(&self.runtimes[side]);
            if self.shows_inspectors {
                Panel::bottom("job").exact_size(160.0).show(ui, |ui| {
                    let job = &rows.jobs()[0];
                    rows.apply(&job_inspector_ui(ui, job, &mut self.inspectors[side]).intents);
                });
            }
            let table = &mut self.tables[side];
            let context = CommandContext::new(&rows, Counts::default(), table.selection.iter());
            table.menu_context = self.has_menus.then_some(context);
            let response = JobsTable::new(&rows)
                .columns([Column::Job, Column::State])
                .column("Own", |ui, _| drop(ui.label("own")))
                .show(ui, table);
            rows.apply(&response.intents);
            self.asked[side].extend(response.intents.iter().filter_map(|intent| match intent {
                Intent::Run(command) => Some(*command),
                _ => None,
            }));
        }

        /// The places of the selected rows of both.
        fn selected(&self) -> [Vec<usize>; 2] {
            [0, 1].map(|side| {
                let rows = RuntimeRows::top_level(&self.runtimes[side]);
                let mut ids: Vec<RowId> = self.tables[side].selection.iter().collect();
                ids.sort();
                ids.iter().filter_map(|id| rows.position(*id)).collect()
            })
        }
    }

    type Both = Harness<'static, Sides>;

    fn in_panels(ui: &mut Ui, sides: &mut Sides) {
        let left = Panel::left("left").exact_size(700.0);
        left.show(ui, |ui| sides.side_ui(ui, 0));
        CentralPanel::default().show(ui, |ui| sides.side_ui(ui, 1));
    }

    fn in_columns(ui: &mut Ui, sides: &mut Sides) {
        ui.columns(2, |columns| {
            for (side, column) in columns.iter_mut().enumerate() {
                column.push_id(side, |ui| sides.side_ui(ui, side));
            }
        });
    }

    const PLACES: [fn(&mut Ui, &mut Sides); 2] = [in_panels, in_columns];

    fn both(place: fn(&mut Ui, &mut Sides), sides: Sides) -> Both {
        let clock = Clock::virtual_time();
        let mut window = Harness::builder()
            .with_size([1400.0, 600.0])
            .with_step_dt(0.05)
            .build_ui_state(
                move |ui, sides: &mut Sides| {
                    if sides.runtimes.is_empty() {
                        sides.runtimes = SIDES.map(|side| runtime(ui, &clock, side)).into();
                    }
                    for runtime in &sides.runtimes {
                        runtime.tick(TICK_BUDGET);
                    }
                    place(ui, sides);
                },
                sides,
            );
        window.run();
        window
    }

    fn runtime(ui: &Ui, clock: &Clock, side: &str) -> Runtime {
        let runtime = Runtime::with_clock(EguiHost::new(ui.ctx()), clock.clone());
        for number in 0..40 {
            runtime.spawn(format!("{side} {number}"), async |cx| {
                cx.sleep(Duration::from_secs(90)).await
            });
        }
        runtime
    }

    fn texts(shape: &egui::Shape, found: &mut Vec<String>) {
        match shape {
            egui::Shape::Text(text) => found.push(text.galley.text().to_owned()),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, found)),
            _ => {}
        }
    }

    /// What egui paints where two widgets have one id.
    fn assert_no_clash(window: &Both) {
        let mut found = Vec::new();
        for clipped in &window.output().shapes {
            texts(&clipped.shape, &mut found);
        }
        found.retain(|text| text.contains("use of widget"));
        assert_eq!(found, Vec::<String>::new());
    }

    fn at(window: &Both, row: &str) -> Pos2 {
        window
            .get_by_label(&format!("Select {row}"))
            .rect()
            .center()
            + vec2(60.0, 0.0)
    }

    fn click_at(window: &mut Both, pos: Pos2, button: egui::PointerButton) {
        window.hover_at(pos);
        window.run();
        for pressed in [true, false] {
            window.event(Event::PointerButton {
                pos,
                button,
                pressed,
                modifiers: Modifiers::NONE,
            });
            window.step();
        }
        window.run();
        assert_no_clash(window);
    }

    fn click_row(window: &mut Both, row: &str) {
        let pos = at(window, row);
        click_at(window, pos, egui::PointerButton::Primary);
    }

    fn press(window: &mut Both, key: Key) {
        window.key_press(key);
        window.run();
        assert_no_clash(window);
    }

    #[test]
    fn no_two_widgets_have_one_id() {
        for place in PLACES {
            for shows_inspectors in [false, true] {
                let sides = Sides {
                    shows_inspectors,
                    ..Sides::default()
                };
                let mut window = both(place, sides);
                assert_no_clash(&window);
                if !shows_inspectors {
                    continue;
                }
                for tab in [InspectorTab::Log, InspectorTab::Runtime] {
                    let tabs = window.get_all_by_role_and_label(Role::Tab, tab.name());
                    let right = tabs.max_by(|one, other| {
                        let left = |node: &egui_kittest::Node<'_>| node.rect().left();
                        left(one).total_cmp(&left(other))
                    });
                    right.unwrap().click();
                    window.run();
                    assert_no_clash(&window);
                    let tabs = window.state().inspectors.each_ref().map(|it| it.tab);
                    assert_eq!(tabs, [InspectorTab::Overview, tab]);
                }
            }
        }
    }

    #[test]
    fn clicks_and_keys_are_for_the_table_that_was_clicked() {
        for place in PLACES {
            let mut window = both(place, Sides::default());
            click_row(&mut window, "left 3");
            assert_eq!(window.state().selected(), [vec![3], vec![]]);
            press(&mut window, Key::ArrowDown);
            assert_eq!(window.state().selected(), [vec![4], vec![]]);
            click_row(&mut window, "right 6");
            assert_eq!(window.state().selected(), [vec![4], vec![6]]);
            press(&mut window, Key::ArrowDown);
            assert_eq!(window.state().selected(), [vec![4], vec![7]]);
            click_row(&mut window, "left 1");
            press(&mut window, Key::ArrowUp);
            assert_eq!(window.state().selected(), [vec![0], vec![7]]);

            window.get_by_label("Select right 2").click();
            window.run();
            assert_eq!(window.state().selected(), [vec![0], vec![2, 7]]);
            window.get_by_label("Cancel left 5").click();
            window.run();
            let ended = |side: usize| {
                let jobs = window.state().runtimes[side].jobs();
                jobs.iter().filter(|job| job.is_finished()).count()
            };
            assert_eq!([0, 1].map(ended), [1, 0]);
        }
    }

    #[test]
    fn the_focus_is_in_one_table() {
        for place in PLACES {
            let mut window = both(place, Sides::default());
            window.get_by_label("Select right 3").focus();
            window.run();
            press(&mut window, Key::Space);
            assert_eq!(window.state().selected(), [vec![], vec![3]]);
            press(&mut window, Key::Tab);
            let focused = window.ctx.memory(|memory| memory.focused());
            window.run_steps(3);
            assert_eq!(focused, window.ctx.memory(|memory| memory.focused()));
            let aimed = window
                .state()
                .tables
                .each_ref()
                .map(JobsTableState::is_aimed_at);
            assert!(!aimed[0], "{aimed:?}");
        }
    }

    #[test]
    fn one_scrolls_without_the_other() {
        for place in PLACES {
            let mut window = both(place, Sides::default());
            let tops = |window: &Both| {
                SIDES.map(|side| {
                    window
                        .get_by_label(&format!("Select {side} 6"))
                        .rect()
                        .top()
                })
            };
            let before = tops(&window);
            let pos = at(&window, "right 5");
            window.hover_at(pos);
            window.event(Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                source: egui::MouseWheelSource::Trackpad,
                delta: vec2(0.0, -60.0),
                phase: egui::TouchPhase::Move,
                modifiers: Modifiers::NONE,
            });
            // As long as the wheel is smoothed.
            window.run_steps(12);
            assert_no_clash(&window);
            let after = tops(&window);
            assert!((after[0] - before[0]).abs() < 0.01, "{before:?} {after:?}");
            assert!(
                (after[1] - before[1] + 60.0).abs() < 1.0,
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn the_choice_of_columns_is_that_of_one_table() {
        for place in PLACES {
            let mut window = both(place, Sides::default());
            let ctx = window.ctx.clone();
            window.state_mut().tables[1].toggle_column_chooser(&ctx);
            window.run();
            assert_no_clash(&window);
            window
                .get_by_role_and_label(Role::CheckBox, "State")
                .click();
            window.run();
            let shown = window.state().tables.each_ref();
            let shown = shown.map(|table| table.layout.is_shown(Column::State));
            assert_eq!(shown, [true, false]);
            window.state_mut().tables[1].toggle_column_chooser(&ctx);
            window.run();
            assert!(window.query_by_label("Reset columns").is_none());
        }
    }

    #[test]
    fn the_menu_is_that_of_one_table() {
        for place in PLACES {
            let sides = Sides {
                has_menus: true,
                ..Sides::default()
            };
            let mut window = both(place, sides);
            let pos = at(&window, "right 4");
            click_at(&mut window, pos, egui::PointerButton::Secondary);
            assert_eq!(window.state().selected(), [vec![], vec![4]]);
            window
                .get_by_role_and_label(Role::MenuItem, "Pause")
                .click();
            window.run();
            assert_no_clash(&window);
            assert_eq!(window.state().asked, [vec![], vec![Command::Pause]]);
        }
    }

    #[test]
    fn a_table_keeps_its_ids_while_widgets_before_it_come_and_go() {
        let clock = Clock::virtual_time();
        let mut window = Harness::builder().with_size([900.0, 500.0]).build_ui_state(
            move |ui, (sides, labels): &mut (Sides, usize)| {
                if sides.runtimes.is_empty() {
                    sides.runtimes.push(runtime(ui, &clock, SIDES[0]));
                }
                sides.runtimes[0].tick(TICK_BUDGET);
                for _ in 0..*labels {
                    ui.label("before");
                }
                sides.side_ui(ui, 0);
            },
            (Sides::default(), 0),
        );
        window.run();
        window.get_by_label("Select left 2").focus();
        window.run();
        let focused = window.ctx.memory(|memory| memory.focused());
        assert!(focused.is_some());
        window.state_mut().1 = 3;
        window.run();
        assert_eq!(focused, window.ctx.memory(|memory| memory.focused()));
    }
}
