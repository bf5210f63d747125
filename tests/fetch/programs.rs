//! The download job: a full disk pauses it, progress resets the count of retries, and every byte
//! read is counted.

use std::rc::Rc;
use std::time::Duration;

use jobdeck::fetch::limits::RETRY_ANEW_BYTES;
use jobdeck::fetch::{
    ErrorClass, FetchError, FetchScript, Phase, RetryPolicy, Save, ScriptedResponse,
};
use jobdeck::jobs::{DISK_FULL, Destination, FetchSpec, SharedFacts, Spec};
use jobdeck::runtime::{Job, JobHandle, Lifecycle, PausedBy};
use jobdeck::testing::{JobState, TestRuntime};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, body, get};

const URL: &str = "http://example.com/x.bin";

fn spec(url: &str, destination: Destination) -> FetchSpec {
    FetchSpec::new(get(url), destination)
}

/// A download job without a folder, whose responses come from a script.
struct Scripted {
    test: TestRuntime,
    script: Rc<FetchScript>,
    job: JobHandle<()>,
    facts: SharedFacts,
}

impl Scripted {
    fn new(
        answers: impl IntoIterator<Item = ScriptedResponse>,
        change: impl FnOnce(&mut FetchSpec),
    ) -> Self {
        let test = TestRuntime::new();
        let script = (answers.into_iter())
            .fold(FetchScript::new(), |script, next| script.respond(URL, next));
        let script = Rc::new(script);
        test.set_extension(script.clone());
        let mut spec = spec(URL, Destination::Save(Save::in_folder("/nowhere")));
        change(&mut spec);
        let facts = SharedFacts::default();
        let job = Spec::Fetch(spec).start(&test, facts.clone(), &[], None);
        test.run_until_idle();
        Self {
            test,
            script,
            job,
            facts,
        }
    }

    fn attempts(&self) -> u32 {
        let attempts = self.facts.borrow().attempts.count();
        assert_eq!(attempts as usize, self.script.asked().len());
        attempts
    }
}

fn full() -> ScriptedResponse {
    let error = FetchError::new(ErrorClass::DiskFull, "The disk is full").in_phase(Phase::Save);
    ScriptedResponse::failure(error)
}

/// A failure after progress that resets the retries.
fn progressed() -> ScriptedResponse {
    let mut error = FetchError::new(ErrorClass::Truncated, "cut late");
    error.progressed = true;
    ScriptedResponse::failure(error)
}

fn is_paused_by_the_disk(job: &Job) -> bool {
    matches!(
        job.lifecycle(),
        Lifecycle::Paused {
            by: PausedBy::Owner(DISK_FULL),
            ..
        }
    )
}

fn says(job: &Job, words: &str) -> bool {
    let mut lines = job.log_lines().into_iter();
    lines.any(|line| line.text.contains(words))
}

#[test]
fn a_full_disk_pauses_it_until_there_is_room() {
    let scripted = Scripted::new([full(), full(), ScriptedResponse::body("hello")], |spec| {
        spec.pauses_when_full = true;
    });
    for attempts in [1, 2] {
        assert!(is_paused_by_the_disk(&scripted.job), "{:?}", scripted.job);
        assert_eq!(scripted.attempts(), attempts);
        // It does not check again by itself.
        scripted.test.advance(Duration::from_secs(24 * 3600));
        assert_eq!(scripted.attempts(), attempts);
        let class = (scripted.facts.borrow().last_error.as_ref()).map(|error| error.class);
        assert_eq!(class, Some(ErrorClass::DiskFull));
        assert!(says(&scripted.job, "the disk is full"));
        assert!(scripted.job.resume());
        scripted.test.run_until_idle();
    }
    scripted.test.assert_state(&scripted.job, JobState::Done);
    assert_eq!(scripted.attempts(), 3);
    let facts = scripted.facts.borrow();
    assert_eq!(facts.fetched.as_ref().unwrap().received, 5);
    scripted.test.assert_all_ended();
}

#[test]
fn a_full_disk_fails_it_without_a_user() {
    let scripted = Scripted::new([full(), ScriptedResponse::body("hello")], |_| {});
    scripted.test.assert_state(&scripted.job, JobState::Failed);
    assert_eq!(scripted.attempts(), 1);
}

#[test]
fn only_a_full_disk_pauses_it() {
    let denied = FetchError::new(ErrorClass::Permission, "not there");
    for answer in [
        ScriptedResponse::failure(denied),
        ScriptedResponse::status(404),
    ] {
        let scripted = Scripted::new([answer], |spec| spec.pauses_when_full = true);
        scripted.test.assert_state(&scripted.job, JobState::Failed);
    }
}

#[test]
fn after_the_pause_all_retries_are_there_again() {
    let busy = || ScriptedResponse::status(503);
    let answers = [
        busy(),
        full(),
        busy(),
        busy(),
        ScriptedResponse::body("hello"),
    ];
    let scripted = Scripted::new(answers, |spec| {
        spec.pauses_when_full = true;
        spec.retry = RetryPolicy { retries: 2 };
    });
    assert!(is_paused_by_the_disk(&scripted.job));
    scripted.job.resume();
    scripted.test.run_until_idle();
    scripted.test.assert_state(&scripted.job, JobState::Done);
    assert_eq!(scripted.attempts(), 5);
}

#[test]
fn a_job_that_waits_for_room_can_be_cancelled() {
    let scripted = Scripted::new([full()], |spec| spec.pauses_when_full = true);
    scripted.job.cancel();
    scripted.test.run_until_idle();
    scripted
        .test
        .assert_state(&scripted.job, JobState::Cancelled);
    assert_eq!(scripted.attempts(), 1);
    scripted.test.assert_all_ended();
}

#[test]
fn progress_resets_the_count_of_retries_but_not_of_attempts() {
    let busy = || ScriptedResponse::status(503);
    let two = |spec: &mut FetchSpec| spec.retry = RetryPolicy { retries: 2 };
    let answers = [
        busy(),
        busy(),
        progressed(),
        busy(),
        ScriptedResponse::body("hello"),
    ];
    let scripted = Scripted::new(answers, two);
    scripted.test.assert_state(&scripted.job, JobState::Done);
    assert_eq!(scripted.attempts(), 5);
    assert!(says(&scripted.job, "attempt 4 failed"));

    // No more than two retries follow the progress.
    let scripted = Scripted::new([busy(), progressed(), busy(), busy(), busy()], two);
    scripted.test.assert_state(&scripted.job, JobState::Failed);
    assert_eq!(scripted.attempts(), 4);

    // And without retries there are none.
    let scripted = Scripted::new([progressed(), busy()], |spec| {
        spec.retry = RetryPolicy { retries: 0 };
    });
    scripted.test.assert_state(&scripted.job, JobState::Failed);
    assert_eq!(scripted.attempts(), 1);
}

/// The first `bytes` bytes of a file, then a cut.
fn cut(total: usize, bytes: usize) -> Vec<Act> {
    vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {total}\r\n\r\n"
        )),
        send(&body(total)[..bytes]),
    ]
}

/// The rest from 64 KiB before that byte, up to another.
fn rest(total: usize, from: usize, to: usize) -> Vec<Act> {
    let first = from - 65_536;
    vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes {first}-{}/{total}\r\nContent-Length: {}\r\n\r\n",
            total - 1,
            total - first
        )),
        send(&body(total)[first..to]),
    ]
}

#[test]
fn only_new_bytes_are_progress() {
    let enough = usize::try_from(RETRY_ANEW_BYTES).unwrap();
    let total = 8 * enough;
    let server = FaultServer::start(vec![
        cut(total, 2 * enough - 1),
        // The overlap came before.
        rest(total, 2 * enough - 1, 3 * enough - 2),
        rest(total, 3 * enough - 2, 4 * enough - 2),
    ]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    for progressed in [true, false, true] {
        let request = get(&server.url("/x.bin"));
        let error = rig.end_of(rig.save(request, folder.path())).unwrap_err();
        assert_eq!(error.class, ErrorClass::Truncated);
        assert_eq!(error.progressed, progressed, "{error:?}");
    }
    // A restarted body makes no progress, however many bytes arrive.
    let server = FaultServer::always(cut(total, 2 * enough));
    let error = rig.end_of(rig.count(get(&server.url("/x")))).unwrap_err();
    assert!(!error.progressed);
}

#[test]
fn every_byte_that_was_read_is_counted_over_all_attempts_and_a_cancel() {
    let (total, first, second) = (300_000, 100_000, 200_000);
    let mut held = rest(total, first, second);
    held.push(Act::StaySilent);
    let server = FaultServer::start(vec![cut(total, first), held]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let facts = SharedFacts::default();
    let destination = Destination::Save(Save::in_folder(folder.path()));
    let spec = Spec::Fetch(spec(&server.url("/x.bin"), destination));
    let job = spec.start(&rig.runtime, facts.clone(), &[], None);
    rig.drive_until("the second attempt", || {
        facts.borrow().attempts.count() == 2 && job.progress().0 == second as u64
    });
    job.cancel();
    rig.finish(&job);
    let trace = facts.borrow().trace.clone();
    assert_eq!(trace.wire_bytes(), (second + 65_536) as u64);
    assert_eq!(trace.part(), Some(folder.path().join("x.bin.part")));
    let kept = std::fs::read(trace.part().unwrap()).unwrap();
    assert!(kept == body(total)[..second]);
}

#[test]
fn bytes_behind_a_body_of_known_length_are_not_counted() {
    let surplus = vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        send(body(1_500)),
    ];
    let server = FaultServer::always(surplus);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let facts = SharedFacts::default();
    let destination = Destination::Save(Save::in_folder(folder.path()));
    let spec = Spec::Fetch(spec(&server.url("/x.bin"), destination));
    let job = spec.start(&rig.runtime, facts.clone(), &[], None);
    rig.finish(&job);
    assert_eq!(JobState::of(&job), JobState::Done);
    assert_eq!(facts.borrow().trace.wire_bytes(), 1_000);
    let saved = std::fs::read(folder.path().join("x.bin")).unwrap();
    assert!(saved == body(1_500)[..1_000]);
}
