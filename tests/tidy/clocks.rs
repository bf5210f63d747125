//! What a job waits for is measured on the runtime's clock, which a test can turn and a pause can stop.

use crate::{Complaint, model::Model};

/// Rooms whose code runs inside of jobs, and the model of them.
const ON_THE_RUNTIMES_CLOCK: [&str; 6] = ["programs", "links", "jobs", "options", "deck", "store"];

/// The files of other rooms whose code runs inside of jobs.
const JOBS_ELSEWHERE: [&str; 1] = ["demo/jobs.rs"];

#[test]
fn jobs_and_the_deck_ask_the_runtime_for_the_time() {
    crate::check(
        other_clocks,
        &[],
        &[
            &[(
                "programs/fetch.rs",
                "fn f() { let began = std::time::Instant::now(); }",
            )],
            &[("deck/mod.rs", "use web_time::Instant;")],
            &[(
                "deck/rate.rs",
                "use web_time as time; struct Rate { at: time::Instant }",
            )],
            &[(
                "deck/row.rs",
                "use web_time::Instant as Moment; fn f() -> Moment { Moment::now() }",
            )],
            &[(
                "jobs/timed.rs",
                "fn f() { select!(web_time::Instant::now()) }",
            )],
            &[("demo/jobs.rs", "fn f() { std::thread::sleep(pause); }")],
        ],
    );
}

fn other_clocks(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        let is_bound = ON_THE_RUNTIMES_CLOCK.contains(&source.room())
            || JOBS_ELSEWHERE.contains(&source.path.as_str());
        for (line, path) in model.external_names(file) {
            let path = path.join("::");
            let is_clock = [
                "std::time::Instant",
                "web_time::Instant",
                "std::thread::sleep",
            ]
            .iter()
            .any(|clock| path.starts_with(clock));
            if is_bound && is_clock {
                let text = format!("{}: time comes from the runtime's clock", source.at(line));
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
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
