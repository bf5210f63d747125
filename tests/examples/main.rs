//! The examples as a user runs them: their exit status, and the important lines in order.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test itself may"
)]

#[cfg(feature = "app")]
mod json_window;
mod run;

use std::time::{Duration, Instant};

use run::run;

#[test]
fn the_recipe_sleeps_downloads_and_prints_dots_meanwhile() {
    let end = run("recipe", &[]);
    end.expect_status(0);
    for bytes in [120_000, 250_000, 64_321] {
        let path = format!("/bytes/{bytes}?rate=100000");
        end.expect_in_order(&[
            "[slept_for:",
            "[start_download:http://127.0.0.1:",
            &format!("{path}]"),
            &format!("{path}:{bytes}]"),
        ]);
    }
    end.expect_in_order(&["[start_download:", "...", "[done:"]);
    assert_eq!(end.stderr, "");
}

#[test]
fn the_recipe_tells_which_url_failed_and_fails_itself() {
    let end = run("recipe", &["ftp://127.0.0.1/file"]);
    end.expect_status(1);
    end.expect_in_order(&["[slept_for:", "[start_download:ftp://127.0.0.1/file]"]);
    assert!(!end.stdout.contains("[done:"), "{end}");
    assert!(
        end.stderr.starts_with("[failed:ftp://127.0.0.1/file:"),
        "{end}"
    );
}

#[test]
fn errors_are_caught_one_after_the_other_and_the_last_one_ends_the_job() {
    let end = run("errors", &[]);
    end.expect_status(1);
    end.expect_in_order(&[
        "caught an error: 1 divided by zero has no value\n",
        "its type says that 1 was to be divided\n",
        "caught an error: «2x» is no number: invalid digit found in string\n",
        "in job «divisions / child», at step «divide»\n",
        "caught a panic: panicked in worker «divide»: attempt to divide by zero\n",
        "errors.rs:",
        "caught a cancel: cancelled\n",
        "after four errors the job goes on\n",
        "the early call gives 42\n",
        "the job failed: «seven» is no number: invalid digit found in string\n",
        "in job divisions\n",
        "at step «the last division»\n",
    ]);
    // Begun long before it was awaited; its thread is not in step with the other lines.
    end.expect_in_order(&["the early call has begun\n", "the early call gives 42\n"]);
    assert!(!end.stdout.contains("this is not printed"), "{end}");
    assert!(end.stderr.contains("attempt to divide by zero"), "{end}");
}

#[test]
fn background_jobs_move_while_the_runtime_is_driven_and_at_no_other_time() {
    let end = run("background", &[]);
    end.expect_status(0);
    end.expect_in_order(&[
        "# in the foreground",
        "first: tick 1",
        "second: tick 1",
        "the sleep is done\n",
        // Between these two nobody ticks.
        "# nobody drives the runtime for 5 s: nothing moves\n# one poll at a time\n",
        "that was one step\n",
        "that was one step\n",
        "# the first is cancelled, the second picks up where it was\n",
        "cancel: true, again: false\n",
        "second: tick",
        "# a ticker that blocks a thread of its own\n",
        "thread: tick 1\n",
        "busy threads: 1\n",
        "thread: told to stop, and ends\nbusy threads: 0\n",
    ]);
    // The first one's ticks end with its cancel, the second one's numbers have no gap.
    let (_, after_cancel) = end.stdout.split_once("again: false").unwrap();
    assert!(!after_cancel.contains("first:"), "{end}");
    let numbers: Vec<usize> = end
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("second: tick ")?.split(',').next())
        .map(|number| number.parse().unwrap())
        .collect();
    let unbroken: Vec<usize> = (1..=numbers.len()).collect();
    assert_eq!(numbers, unbroken, "{end}");
    assert_eq!(end.stderr, "");
}

#[test]
fn a_later_call_stops_the_loop_and_the_rest_is_cleaned_up() {
    let end = run("call_later", &[]);
    end.expect_status(0);
    end.expect_in_order(&[
        "taken back: true, again: false\n",
        "# run until somebody stops it\n",
        "hello\n",
        "guest: good evening\n",
        "later\n",
        "stop\n",
        "# stopped: what was left stays as it is\n",
        "the call after 10 s: Running\n",
        "guest: Running\n",
        "# shut down: what was left is cancelled\n",
        "guest: goodbye\n",
        "the call after 10 s: Finished(Cancelled)\n",
        "guest: Finished(Cancelled)\n",
    ]);
    assert!(!end.stdout.contains("this is not printed"), "{end}");
    assert_eq!(end.stderr, "");
}

#[test]
fn thumbnails_are_made_four_at_a_time_and_none_in_a_pause() {
    let end = run("thumbnails", &[]);
    end.expect_status(0);
    assert_eq!(
        end.stdout,
        "at most 4 at a time\npaused: 0 more are done\n500 thumbnails\n"
    );
    assert_eq!(end.stderr, "");
}

#[test]
fn a_chain_says_which_child_failed_and_undoes_what_its_sibling_did() {
    let end = run("chain", &[]);
    end.expect_status(1);
    assert_eq!(
        end.stdout,
        "read: 1 2 three\n\
         went on without the check: there is no dictionary\n\
         upload: cancelled, and what was uploaded is removed\n\
         nothing is published: invalid digit found in string\n\
         in publish / index\n\
         at page three\n"
    );
    assert_eq!(end.stderr, "");
}

#[test]
fn all_lines_of_a_thread_reach_the_job() {
    let end = run("lines", &[]);
    end.expect_status(0);
    assert_eq!(
        end.stdout,
        "48894 bytes were read\n10000 lines\nthe longest: 10000\n"
    );
    let end = run("lines", &["no/such/file"]);
    end.expect_status(1);
    assert!(end.stderr.contains("at step «reading»"), "{end}");
}

#[cfg(unix)]
#[test]
fn a_process_stands_still_in_a_pause_and_is_killed_by_a_cancel() {
    let end = run("process", &[]);
    end.expect_status(0);
    let (_, line) = end.stdout.split_once("paused at line ").unwrap();
    let (line, _) = line.split_once('\n').unwrap();
    end.expect_in_order(&[
        &format!("2 s later at line {line}\n"),
        "all lines at once: false\n",
        "30 lines\n",
        "Finished(Cancelled), busy threads: 0, given up: 0\n",
    ]);
    assert_eq!(end.stderr, "");
}

#[test]
fn an_hour_on_a_virtual_clock_takes_no_time() {
    let began = Instant::now();
    let end = run("virtual_clock", &[]);
    end.expect_status(0);
    assert_eq!(
        end.stdout,
        "   0 s: attempt 1\n   6 s: attempt 2\n  13 s: attempt 3\n\
         active for 3s of 3603s\n"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}
