//! What a job waits for is measured on the runtime's clock, which a test can turn and a pause can
//! stop.

use crate::source::Source;

/// Where jobs and the model of them are written.
const ON_THE_RUNTIMES_CLOCK: [&str; 3] = ["jobs", "deck", "store"];

/// The files of other rooms whose code runs inside jobs.
const JOBS_ELSEWHERE: [&str; 1] = ["demo/jobs.rs"];

#[test]
fn jobs_and_the_deck_ask_the_runtime_for_the_time() {
    crate::check(
        other_clocks,
        &[
            (
                "jobs/run_fetch.rs",
                "let began = std::time::Instant::now();",
            ),
            ("deck/mod.rs", "use web_time::Instant;"),
            ("deck/rate.rs", "    at: Instant,"),
            ("demo/jobs.rs", "std::thread::sleep(pause);"),
        ],
    );
}

fn other_clocks(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let is_bound = ON_THE_RUNTIMES_CLOCK.contains(&source.room())
            || JOBS_ELSEWHERE.contains(&source.path.as_str());
        if !is_bound {
            continue;
        }
        for (line, code) in source.code() {
            if code.contains("Instant") || code.contains("thread::sleep") {
                complaints.push(format!(
                    "{}: time comes from the runtime's clock",
                    source.at(line)
                ));
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
        &[
            ("view/toolbar.rs", "let now = ui.input(|i| i.time);"),
            ("app/dashboard.rs", "let t = ctx.input(|input| input.time);"),
        ],
    );
}

fn window_time(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (line, code) in source.code() {
            let reads_time = ["i.time", "input.time"].iter().any(|name| {
                code.match_indices(name).any(|(start, name)| {
                    let after = code[start + name.len()..].chars().next();
                    !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
                })
            });
            if reads_time {
                complaints.push(format!(
                    "{}: egui's time stands still while hidden",
                    source.at(line)
                ));
            }
        }
    }
    complaints
}
