//! Time comes from the runtime's clock, which a test can turn and a pause can stop.
//!
//! What it does not see: the time of day, which jobs may ask for.

use crate::Complaint;
use crate::model::Model;

/// The files, and the folders (with `/`), that read the real monotonic time.
#[rustfmt::skip]
const MAY_READ_REAL_TIME: &[(&str, &str)] = &[
    ("app/shutdown.rs", "how long the end of the program may take"),
    ("app/event_loop.rs", "when the window must wake"),
    ("app/event_loop_web.rs", "what ticks of a page cost"),
    ("app/persistence_web.rs", "for how long rows are restored in one tick"),
    ("app/frame_times.rs", "what frames cost"),
    ("app/dashboard.rs", "when a frame begins"),
    ("app/pace.rs", "when the next frame is due"),
    ("demo/reply.rs", "the pace of the server"),
    ("demo/server.rs", "the pace of the server"),
    ("fetch/native/", "time-outs of sockets, and how long disks take"),
    ("fetch/rate_limit.rs", "the bytes a second of all worker threads"),
    ("runtime/", "the clock itself, the budget of a tick, graces of worker threads"),
    ("status/rows.rs", "how long ago the pointer was moved"),
    ("store/native/waiting_activity.rs", "how often the activity is written"),
    ("store/native/writer.rs", "when a failed write is tried again"),
    ("store/web/writer.rs", "for how long a slice is made"),
    ("testing.rs", "gives up a test that does not end"),
];

#[test]
fn time_comes_from_the_runtimes_clock() {
    crate::check(
        other_clocks,
        &[],
        &[
            &[(
                "jobs/fetch.rs",
                "fn f() { let began = std::time::Instant::now(); }",
            )],
            &[("deck/mod.rs", "use web_time::Instant;")],
            &[(
                "deck/rate.rs",
                "use web_time as time; struct Rate { at: time::Instant }",
            )],
            &[(
                "deck/row.rs",
                "use web_time::Instant as At; fn f() -> At { At::now() }",
            )],
            &[(
                "jobs/timed.rs",
                "fn f() { select!(web_time::Instant::now()) }",
            )],
            &[("demo/jobs.rs", "fn f() { quanta::Instant::now(); }")],
            &[(
                "view/toolbar.rs",
                "use std::time; fn f() { time::Instant::now(); }",
            )],
        ],
    );
}

fn other_clocks(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        let mut listed = MAY_READ_REAL_TIME.iter();
        if !listed.any(|(listed, _)| crate::covers(listed, &source.path)) {
            for line in real_time(model, file) {
                let text = format!("{}: time comes from the runtime's clock", source.at(line));
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
}

/// The lines that name a clock of the system.
fn real_time(model: &Model, file: usize) -> Vec<usize> {
    let is_clock = |path: &[String]| match path {
        [std, time, instant, ..] if std == "std" => time == "time" && instant == "Instant",
        [web_time, instant, ..] if web_time == "web_time" => instant == "Instant",
        [quanta, ..] => quanta == "quanta",
        [] => false,
    };
    let names = model.external_names(file).into_iter();
    names
        .filter(|(_, path)| is_clock(path))
        .map(|(line, _)| line)
        .collect()
}

/// Exceptions that are none any more leave the list.
#[test]
fn every_file_that_may_read_real_time_does() {
    let model = &crate::model::ALL;
    for (listed, _) in MAY_READ_REAL_TIME {
        let mut files = (0..model.sources.len())
            .filter(|file| crate::covers(listed, &model.sources[*file].path));
        let reads = files.any(|file| !real_time(model, file).is_empty());
        assert!(reads, "{listed} reads no real time: take it off the list");
    }
}

/// egui's time stands still while a window is hidden.
#[test]
fn nothing_is_timed_by_the_window() {
    crate::check(
        window_time,
        &[],
        &[
            &[(
                "view/toolbar.rs",
                "fn f() { let now = ui.input(|i| i.time); }",
            )],
            &[(
                "app/logic.rs",
                "fn f() { let t = ctx.input(|input| input.time); }",
            )],
        ],
    );
}

fn window_time(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &model.sources {
        for member in &source.members {
            let is_input = matches!(member.of.as_deref(), Some("i" | "input"));
            if is_input && member.name == "time" {
                let text = format!(
                    "{}: egui's time stands still while hidden",
                    source.at(member.line)
                );
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
}
