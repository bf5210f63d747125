//! A download is retried after exactly the wait that the server asked for: a real server, and a
//! virtual clock on which an hour takes no time.

use std::time::{Duration, SystemTime};

use jobdeck::fetch::{ErrorClass, FetchError};
use jobdeck::jobs::{Destination, FetchSpec, SharedFacts, Spec};
use jobdeck::options::RETRIES;
use jobdeck::runtime::{ErrorKind, Job, Lifecycle, Outcome};
use jobdeck::testing::{JobState, TestRuntime};

use crate::support::fault::{Act, FaultServer, answer};
use crate::support::{get, names_in};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn busy(status: u16, retry_after: &str) -> Vec<Act> {
    answer(format!(
        "HTTP/1.1 {status} Busy\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\n\r\n"
    ))
}

/// A download program at its end.
struct Told {
    state: JobState,
    /// How long it took, on its own clock.
    took: Duration,
    error: Option<FetchError>,
    requests: usize,
    attempts: u32,
    log: Vec<String>,
}

/// Runs the download program against a server with these scripts, one for each connection.
#[track_caller]
fn download(scripts: Vec<Vec<Act>>) -> Told {
    let server = FaultServer::start(scripts);
    let folder = tempfile::tempdir().unwrap();
    let destination = Destination::Save(jobdeck::fetch::Save::in_folder(folder.path()));
    let test = TestRuntime::new();
    let facts = SharedFacts::default();
    let spec = Spec::Fetch(FetchSpec::new(get(&server.url("/x")), destination));
    let job = spec.start(&test, facts.clone(), &[], None);
    test.run_until_idle();
    test.assert_all_ended();
    let state = JobState::of(&job);
    let names = names_in(folder.path());
    match state {
        JobState::Done => assert_eq!(names, ["x"]),
        _ => assert!(names.is_empty(), "{names:?}"),
    }
    let facts = facts.borrow();
    Told {
        state,
        took: test.now().since_start(),
        error: error_of(&job),
        requests: server.requests().len(),
        attempts: facts.attempts.count(),
        log: (job.log_lines().into_iter())
            .map(|line| line.text.to_string())
            .collect(),
    }
}

fn error_of(job: &Job) -> Option<FetchError> {
    match job.lifecycle() {
        Lifecycle::Finished(Outcome::Failed(error)) => {
            assert!(!matches!(error.kind(), ErrorKind::TimedOut));
            error.downcast_ref::<FetchError>().cloned()
        }
        _ => None,
    }
}

/// Asserts success at the second attempt, after this wait.
#[track_caller]
fn check_wait(status: u16, retry_after: &str, wait: Duration) {
    let told = download(vec![busy(status, retry_after), answer(OK)]);
    assert_eq!(told.state, JobState::Done, "{:?}", told.error);
    assert_eq!(told.took, wait, "{retry_after}");
    assert_eq!((told.requests, told.attempts), (2, 2));
    assert!(told.log[0].contains(&status.to_string()), "{:?}", told.log);
}

#[test]
fn after_the_seconds_that_the_server_asks_for() {
    check_wait(429, "7", Duration::from_secs(7));
    check_wait(503, "120", Duration::from_secs(120));
    check_wait(408, " 1 ", Duration::from_secs(1));
}

#[test]
fn after_an_hour_and_not_after_more() {
    check_wait(503, "3600", Duration::from_secs(3600));
    let told = download(vec![busy(503, "3601"), answer(OK)]);
    assert_eq!((told.state, told.requests), (JobState::Failed, 1));
    assert_eq!(told.took, Duration::ZERO);
}

/// Asserts that it is not retried, and says why.
#[test]
fn a_wait_of_a_year_fails_at_once_and_says_so() {
    let next_year = SystemTime::now() + Duration::from_secs(366 * 24 * 3600);
    let a_date = httpdate::fmt_http_date(next_year);
    for retry_after in ["31536000", "99999999999999999999999", a_date.as_str()] {
        for status in [429, 503, 408] {
            let told = download(vec![busy(status, retry_after), answer(OK)]);
            assert_eq!(told.state, JobState::Failed);
            assert_eq!((told.requests, told.took), (1, Duration::ZERO));
            let error = told.error.unwrap();
            assert_eq!(error.class, ErrorClass::HttpStatus);
            assert!(error.hint.contains("asks to wait for"), "{error:?}");
            assert!(error.hint.contains("longer than a job does"), "{error:?}");
        }
    }
}

#[test]
fn at_the_date_that_the_server_names() {
    let then = SystemTime::now() + Duration::from_secs(600);
    let told = download(vec![busy(503, &httpdate::fmt_http_date(then)), answer(OK)]);
    assert_eq!(told.state, JobState::Done);
    // A date has no fractions of a second, and the request may have taken a while.
    let secs = told.took.as_secs();
    assert!((500..=600).contains(&secs), "{secs} s");
    assert_eq!(told.took.subsec_nanos(), 0);
}

/// No wait at all, a date that is over, or what is neither says nothing: the back-off of our own is
/// 1 s, of which chance takes off up to half.
#[test]
fn after_its_own_back_off_when_the_server_asks_for_none() {
    for retry_after in [
        "0",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "soon",
        "-5",
        "1.5",
        "",
    ] {
        let told = download(vec![busy(503, retry_after), answer(OK)]);
        assert_eq!(told.state, JobState::Done);
        let millis = told.took.as_millis();
        assert!((500..=1000).contains(&millis), "{retry_after}: {millis} ms");
        assert_eq!(told.requests, 2);
    }
}

/// A server that always says "now" is retried as often as any other, and not faster.
#[test]
fn a_server_that_is_always_busy_is_given_up_after_the_last_retry() {
    let told = download(vec![busy(503, "0")]);
    assert_eq!(told.state, JobState::Failed);
    assert_eq!(told.requests, 1 + RETRIES.default as usize);
    // 1, 2, 4, 8 and 16 s, less at most half.
    let secs = told.took.as_secs_f64();
    assert!((15.0..=31.0).contains(&secs), "{secs} s");
}

#[test]
fn a_permanent_failure_is_not_retried_whatever_the_server_says() {
    for status in [400, 401, 403, 404, 410, 451, 501] {
        let told = download(vec![busy(status, "1"), answer(OK)]);
        assert_eq!(
            (told.state, told.requests),
            (JobState::Failed, 1),
            "{status}"
        );
        assert_eq!(told.took, Duration::ZERO);
    }
}

#[test]
fn after_a_cut_and_from_the_beginning() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "",
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    ] {
        let told = download(vec![answer(cut), answer(OK)]);
        assert_eq!((told.state, told.requests), (JobState::Done, 2), "{cut:?}");
    }
}

#[test]
fn never_after_a_broken_answer() {
    for broken in ["hello", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello"] {
        let told = download(vec![answer(broken), answer(OK)]);
        assert_eq!((told.state, told.requests), (JobState::Failed, 1));
        assert_eq!(told.error.unwrap().class, ErrorClass::Protocol);
    }
}
