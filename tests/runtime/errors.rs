//! Errors: what they are made of, and the step that they name.

use std::error::Error;
use std::num::ParseIntError;

use jobdeck::runtime::{Cancelled, ErrorKind, JobContext, JobError, OrFail, Step};

use crate::support::{Bench, failure, secs};

/// The step that the error of a job with this code names.
fn step_of<F>(code: F) -> Option<String>
where
    F: AsyncFnOnce(JobContext) -> Result<(), JobError> + 'static,
{
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", code);
    bench.tick_until(|| {
        bench.clock.advance(secs(1));
        job.is_finished()
    });
    failure(&job).step().map(str::to_owned)
}

#[test]
fn an_error_names_no_step_that_is_over() {
    let after_a_sleep = step_of(async |cx| {
        cx.sleep(secs(1)).await?;
        Err(JobError::new("no"))
    });
    assert_eq!(after_a_sleep, None);
    let after_a_worker = step_of(async |cx| {
        let call = cx.blocking("Connecting", |token| {
            token.step(Step::computing("Shaking hands"));
            Ok(())
        });
        call.await?;
        Err(JobError::new("no"))
    });
    assert_eq!(after_a_worker, None);
    let caught = step_of(async |cx| {
        let call = cx.blocking("Connecting", |_token| Err::<(), _>(JobError::new("first")));
        assert!(call.await.is_err());
        Err(JobError::new("second"))
    });
    assert_eq!(caught, None);
}

#[test]
fn an_error_names_the_step_at_which_it_happened() {
    let of_a_worker = step_of(async |cx| {
        cx.blocking("Connecting", |_token| Err(JobError::new("no")))
            .await
    });
    assert_eq!(of_a_worker.as_deref(), Some("Connecting"));
    let of_a_token = step_of(async |cx| {
        let call = cx.blocking("Connecting", |token| {
            token.step(Step::computing("Shaking hands"));
            Err(JobError::new("no"))
        });
        call.await
    });
    assert_eq!(of_a_token.as_deref(), Some("Shaking hands"));
    // It is the step of the error, also when another one has begun since.
    let kept = step_of(async |cx| {
        let call = cx.blocking("Connecting", |_token| Err(JobError::new("no")));
        let result = call.await;
        cx.step(Step::computing("Cleaning up"));
        result
    });
    assert_eq!(kept.as_deref(), Some("Connecting"));
    let own = step_of(async |cx| {
        cx.step(Step::computing("Saving"));
        Err(JobError::new("no"))
    });
    assert_eq!(own.as_deref(), Some("Saving"));
}

#[test]
fn texts_and_boxed_errors_become_errors_of_jobs() {
    let text: Result<(), String> = Err("a text".into());
    assert_eq!(text.or_fail().unwrap_err().to_string(), "a text");
    let text: Result<(), &str> = Err("a text");
    assert_eq!(text.or_fail().unwrap_err().to_string(), "a text");
    assert_eq!(Ok::<_, String>(7).or_fail().unwrap(), 7);

    let boxed: Result<u32, Box<dyn Error + Send + Sync>> = "x".parse().map_err(Into::into);
    let error = boxed.or_fail().unwrap_err();
    assert!(error.downcast_ref::<ParseIntError>().is_some());
    let cancelled = JobError::from_boxed(Cancelled.into());
    assert!(matches!(cancelled.kind(), ErrorKind::Cancelled));

    #[derive(Debug, thiserror::Error)]
    #[error("reading the list")]
    struct Outer(#[source] ParseIntError);
    let local: Result<u32, Box<dyn Error>> = "x".parse().map_err(|error| Outer(error).into());
    let error = local.or_fail().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "reading the list: invalid digit found in string"
    );
}

#[test]
fn an_error_of_a_job_survives_a_box() {
    let error = JobError::new("no").context("saving");
    let boxed: Box<dyn Error + Send + Sync> = error.into();
    assert_eq!(
        boxed.source().map(ToString::to_string).as_deref(),
        Some("no")
    );
    assert_eq!(format!("{:#}", JobError::from_boxed(boxed)), "saving: no");
}

#[cfg(feature = "anyhow")]
#[test]
fn an_error_of_anyhow_keeps_its_chain() {
    use anyhow::Context as _;

    fn read(text: &str) -> anyhow::Result<u32> {
        text.parse().with_context(|| format!("reading {text}"))
    }
    let error = read("x").or_fail().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "reading x: invalid digit found in string"
    );
    assert!(error.downcast_ref::<ParseIntError>().is_some());
    let plain: Result<(), _> = Err(anyhow::Error::new(Cancelled));
    assert!(matches!(
        plain.or_fail().unwrap_err().kind(),
        ErrorKind::Cancelled
    ));
}

/// The error of a child job that failed at a step, with a typed source.
fn error_of_a_job() -> JobError {
    let bench = Bench::new();
    let job = bench.runtime.spawn("reader", async |cx| {
        cx.step(Step::computing("Parsing"));
        Ok("x".parse::<u32>()?)
    });
    bench.settle();
    failure(&job)
}

/// Asserts that it is that error again, with this text.
#[track_caller]
fn assert_restored(error: &JobError, text: &str) {
    assert_eq!(format!("{error:#}"), text);
    assert_eq!(
        [error.job(), error.step()],
        [Some("reader"), Some("Parsing")]
    );
    assert!(error.downcast_ref::<ParseIntError>().is_some());
}

/// A type of the user's around any error.
#[derive(Debug)]
struct Wrapped(Box<dyn Error + Send + Sync>);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("wrapped")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

const NO_DIGIT: &str = "invalid digit found in string";

#[test]
fn an_error_of_a_job_comes_out_of_a_box_as_it_was() {
    let once = || -> Result<(), Box<dyn Error>> { Err(error_of_a_job())? };
    assert_restored(&once().or_fail().unwrap_err(), NO_DIGIT);
    let cancel = || -> Result<(), Box<dyn Error>> { Err(JobError::cancelled().context("x"))? };
    let cancel = cancel().or_fail().unwrap_err();
    assert!(matches!(cancel.kind(), ErrorKind::Cancelled));
    let plain = || -> Result<(), Box<dyn Error>> { Err(Cancelled)? };
    let plain = plain().or_fail().unwrap_err();
    assert!(matches!(plain.kind(), ErrorKind::Cancelled));
    let text = format!("wrapped: {NO_DIGIT}");
    let wrapped = || -> Result<(), Box<dyn Error>> { Err(Wrapped(error_of_a_job().into()))? };
    assert_restored(&wrapped().or_fail().unwrap_err(), &text);
    let sent: Box<dyn Error + Send + Sync> = Wrapped(error_of_a_job().into()).into();
    let sent = JobError::from_boxed(sent);
    assert_restored(&sent, &text);
    assert!(sent.downcast_ref::<Wrapped>().is_some());
}

#[cfg(feature = "anyhow")]
#[test]
fn an_error_of_a_job_comes_out_of_anyhow_as_it_was() {
    use anyhow::Context as _;

    let once = || -> anyhow::Result<()> { Err(error_of_a_job())? };
    assert_restored(&once().or_fail().unwrap_err(), NO_DIGIT);
    let twice = once().context("inner").context("outer");
    let text = format!("outer: inner: {NO_DIGIT}");
    assert_restored(&twice.or_fail().unwrap_err(), &text);
    let cancel = || -> anyhow::Result<()> { Err(JobError::cancelled())? };
    let cancel = cancel().context("while saving").or_fail().unwrap_err();
    assert!(matches!(cancel.kind(), ErrorKind::Cancelled));
    assert_eq!(cancel.to_string(), "while saving");
}
