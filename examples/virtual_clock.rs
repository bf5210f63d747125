//! Time-outs and retries, tried in no time: the clock of a test is virtual, and jumps to the next
//! moment at which something happens.
//!
//! `cargo run --example virtual_clock` lets more than an hour pass at once. The functions of `main`
//! could as well be tests.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jobdeck::runtime::{BackOff, ErrorKind, JobContext, JobError};
use jobdeck::testing::{JobState, TestRuntime};

const SECOND: Duration = Duration::from_secs(1);

/// The job: asks a slow server up to four times, and each time for five seconds at most.
async fn ask(cx: JobContext, server: Rc<Server>) -> Result<&'static str, JobError> {
    let back_off = BackOff {
        retries: 3,
        jitter: 0.0,
        ..BackOff::default()
    };
    cx.retry(back_off, async |attempt| {
        cx.log(format!("attempt {}", attempt.number));
        cx.timeout(5 * SECOND, server.answer(&cx)).await
    })
    .await
}

/// Stands for what the job talks to. It takes this long, and a second less each time.
struct Server(Cell<Duration>);

impl Server {
    async fn answer(&self, cx: &JobContext) -> Result<&'static str, JobError> {
        let delay = self.0.get();
        self.0.set(delay - SECOND);
        cx.sleep(delay).await?;
        Ok("hello")
    }
}

fn the_third_attempt_is_in_time() {
    let test = TestRuntime::new();
    let server = Rc::new(Server(Cell::new(7 * SECOND)));
    let job = test.spawn("ask", async |cx| ask(cx, server).await);
    test.run_until_idle();
    for line in job.log_lines() {
        println!("{:>4} s: {}", line.at.since_start().as_secs(), line.text);
    }
    assert_eq!(job.take_value(), Some("hello"));
    // Two time-outs of 5 s, waits of 1 and 2 s, and an answer after 5 s.
    assert_eq!(test.now().since_start(), 18 * SECOND);
}

fn the_last_time_out_is_the_error() {
    let test = TestRuntime::new();
    let server = Rc::new(Server(Cell::new(60 * SECOND)));
    let job = test.spawn("ask", async |cx| ask(cx, server).await);
    test.run_until_idle();
    assert_eq!(test.now().since_start(), (4 * 5 + 1 + 2 + 4) * SECOND);
    let error = job.into_value().err();
    assert!(error.is_some_and(|error| matches!(error.kind(), ErrorKind::TimedOut)));
}

fn a_pause_stops_time_outs_and_waits() {
    let test = TestRuntime::new();
    let server = Rc::new(Server(Cell::new(3 * SECOND)));
    let job = test.spawn("ask", async |cx| ask(cx, server).await);
    test.advance(2 * SECOND);
    job.pause();
    test.advance(3600 * SECOND);
    test.assert_state(&job, JobState::Paused);
    job.resume();
    test.advance(SECOND);
    test.assert_state(&job, JobState::Done);
    println!(
        "active for {:?} of {:?}",
        job.active(),
        test.now().since_start()
    );
}

fn main() {
    the_third_attempt_is_in_time();
    the_last_time_out_is_the_error();
    a_pause_stops_time_outs_and_waits();
}
