//! How long to wait before the next attempt, and when to give up.

use std::time::{Duration, SystemTime};

use crate::fetch::error::FetchError;
use crate::fetch::limits;
use crate::runtime::{BackOff, ErrorKind, JobError, ReadyWait, RetryRule};

/// The wait before the next try of a failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct RetryDelay {
    /// How long.
    pub delay: Duration,
    /// Whether the server asked for it, by `Retry-After`.
    pub asked_by_server: bool,
}

/// Whether, and after how long, a failed fetch is retried: the rule of
/// [`JobContext::retry`](crate::runtime::JobContext::retry) for fetches.
///
/// Retried is a [`FetchError`] that [may pass](FetchError::is_retryable): a time-out, a lost
/// connection, a status such as 503. Retried is also an error of kind
/// [`TimedOut`](crate::runtime::ErrorKind::TimedOut), such as that of a
/// [`JobContext::timeout`](crate::runtime::JobContext::timeout) around the fetch. A 404, a
/// [`JsonError`](crate::fetch::JsonError), a cancel and any other error are not retried.
///
/// ```
/// use jobdeck::fetch::{FetchExt, FetchScript, Request, RetryPolicy, ScriptedResponse};
/// use jobdeck::testing::TestRuntime;
/// use std::rc::Rc;
///
/// let test = TestRuntime::new();
/// let url = "http://example.com/names";
/// let script = FetchScript::new()
///     .respond(url, ScriptedResponse::status(503))
///     .respond(url, ScriptedResponse::status(503))
///     .respond(url, ScriptedResponse::body("Ada"));
/// let script = Rc::new(script);
/// test.set_extension(script.clone());
/// let job = test.spawn("names", async move |cx| {
///     let request = Request::get(url)?;
///     cx.retry(RetryPolicy { retries: 3 }, async |_attempt| {
///         cx.fetch(request.clone()).text(1 << 20).await
///     })
///     .await
/// });
/// test.run_until_idle();
/// assert_eq!(job.into_value()?.text.as_deref(), Some("Ada"));
/// assert_eq!(script.asked().len(), 3, "two retries");
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
///
/// How a window shows "retry 1 of 3 in 2 s" is with [`Task`](crate::runtime::Task).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RetryPolicy {
    /// How many times a fetch is retried: 5 by default.
    pub retries: u32,
}

impl Default for RetryPolicy {
    /// Five retries.
    fn default() -> Self {
        Self {
            retries: limits::DEFAULT_RETRIES,
        }
    }
}

impl RetryPolicy {
    /// The wait before the next attempt after `error`, or `None` when the fetch has failed for
    /// good.
    ///
    /// `retries_done` counts the retries so far (0 after the first failure). The waits are 1, 2, 4
    /// … seconds, up to ten minutes; `chance`, a random number from 0 to 1, takes up to half off
    /// each, so that jobs which failed together do not come back together: the first wait is 1 s
    /// for 0 and 0.5 s for 1. A `Retry-After` of the server is honoured up to an hour; a wait of
    /// zero or a date in the past leaves it to the policy: a wrong clock on either side must not
    /// use up all retries at once.
    ///
    /// ```
    /// use jobdeck::fetch::{FetchError, RetryPolicy};
    /// use std::time::Duration;
    ///
    /// let policy = RetryPolicy::default();
    /// let busy = FetchError::http_status(503, "Service Unavailable", None);
    /// assert_eq!(policy.after(&busy, 0, 0.0).unwrap().delay, Duration::from_secs(1));
    /// assert_eq!(policy.after(&busy, 3, 0.0).unwrap().delay, Duration::from_secs(8));
    /// assert_eq!(policy.after(&busy, 3, 1.0).unwrap().delay, Duration::from_secs(4));
    /// assert_eq!(policy.after(&busy, 5, 0.0), None);
    /// ```
    #[must_use]
    pub fn after(&self, error: &FetchError, retries_done: u32, chance: f64) -> Option<RetryDelay> {
        if retries_done >= self.retries || !error.is_retryable() {
            return None;
        }
        if let Some(delay) = error.retry_after.filter(|delay| !delay.is_zero()) {
            return (delay <= limits::RETRY_AFTER_MAX).then_some(RetryDelay {
                delay,
                asked_by_server: true,
            });
        }
        Some(RetryDelay {
            delay: self.back_off().delay(retries_done, chance),
            asked_by_server: false,
        })
    }

    fn back_off(&self) -> BackOff {
        BackOff {
            retries: self.retries,
            first: limits::BACK_OFF_FIRST,
            factor: limits::BACK_OFF_FACTOR,
            longest: limits::BACK_OFF_MAX,
            jitter: limits::BACK_OFF_JITTER,
        }
    }
}

/// The rule of [`JobContext::retry`](crate::runtime::JobContext::retry) for fetches: only a
/// [`FetchError`] and a time-out of the runtime are retried.
impl RetryRule for RetryPolicy {
    fn retries(&self) -> u32 {
        self.retries
    }

    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<Duration> {
        if let Some(error) = error.downcast_ref() {
            let retry = self.after(error, retries_done, chance)?;
            return Some(retry.delay);
        }
        // The time of a `JobContext::timeout` or of a child job was over.
        let may_pass = matches!(error.kind(), ErrorKind::TimedOut);
        (may_pass && retries_done < self.retries)
            .then(|| self.back_off().delay(retries_done, chance))
    }

    /// A file that is not ready yet (status 202 with `Retry-After`) is requested again after the
    /// time that the server says, at least a second each, and for an hour in all.
    fn not_ready(&self, error: &JobError, waited: Duration) -> Option<ReadyWait> {
        let error: &FetchError = error.downcast_ref()?;
        let asked_for = error.retry_after.filter(|_| error.is_not_ready())?;
        let delay = asked_for.max(limits::NOT_READY_WAIT_MIN);
        (delay.saturating_add(waited) <= limits::NOT_READY_WAIT_IN_ALL).then_some(ReadyWait {
            label: "the file to be ready".into(),
            delay,
        })
    }

    fn resets_retries(&self, error: &JobError) -> bool {
        error
            .downcast_ref()
            .is_some_and(|error: &FetchError| error.progressed)
    }
}

/// The wait that a `Retry-After` header asks for, counted from `now_unix_secs`: seconds, or a date
/// in one of the forms of RFC 9110. `None` for what is neither.
pub(crate) fn parse_retry_after(value: &str, now_unix_secs: u64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is still a number, only a long one.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let then = httpdate::parse_http_date(value).ok()?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now_unix_secs);
    Some(then.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ErrorClass;

    fn delays(chance: f64) -> Vec<Option<u128>> {
        let error = FetchError::new(ErrorClass::Connect, "x");
        let policy = RetryPolicy { retries: 40 };
        [0, 1, 2, 9, 10, 39, 40]
            .into_iter()
            .map(|done| {
                policy
                    .after(&error, done, chance)
                    .map(|r| r.delay.as_millis())
            })
            .collect()
    }

    #[test]
    fn waits_double_up_to_ten_minutes_and_chance_takes_off_at_most_half() {
        assert_eq!(
            delays(0.0),
            [
                Some(1_000),
                Some(2_000),
                Some(4_000),
                Some(512_000),
                Some(600_000),
                Some(600_000),
                None
            ]
        );
        assert_eq!(
            delays(1.0),
            [
                Some(500),
                Some(1_000),
                Some(2_000),
                Some(256_000),
                Some(300_000),
                Some(300_000),
                None
            ]
        );
        assert_eq!(delays(f64::NAN), delays(0.0));
    }

    #[test]
    fn the_server_may_choose_up_to_an_hour() {
        let policy = RetryPolicy { retries: 5 };
        let after = |secs| {
            let error = FetchError::http_status(503, "", Some(Duration::from_secs(secs)));
            policy.after(&error, 0, 0.7)
        };
        assert_eq!(
            after(3_600),
            Some(RetryDelay {
                delay: Duration::from_secs(3_600),
                asked_by_server: true
            })
        );
        assert_eq!(after(3_601), None);
        assert_eq!(after(u64::MAX), None);
        // "At once" is not a wait.
        let own = after(0).unwrap();
        assert!(!own.asked_by_server && own.delay >= limits::BACK_OFF_FIRST / 2);
        let not_found = FetchError::http_status(404, "", Some(Duration::from_secs(1)));
        assert_eq!(policy.after(&not_found, 0, 0.0), None);
    }

    #[test]
    fn a_time_out_of_the_runtime_is_retried_and_a_cancel_is_not() {
        let policy = RetryPolicy { retries: 2 };
        let after = |error: JobError, done| RetryRule::after(&policy, &error, done, 0.0);
        let late = || JobError::timed_out(Some(Duration::from_secs(5)));
        assert_eq!(after(late(), 0), Some(Duration::from_secs(1)));
        assert_eq!(after(late().context("x"), 1), Some(Duration::from_secs(2)));
        assert_eq!(after(late(), 2), None);
        assert_eq!(after(JobError::cancelled(), 0), None);
        assert_eq!(after(JobError::new("no"), 0), None);
    }

    #[test]
    fn a_failure_that_was_in_another_error_is_retried() {
        use crate::runtime::OrFail as _;

        let busy = || JobError::from(FetchError::http_status(503, "Service Unavailable", None));
        let is_retried =
            |error: &JobError| RetryRule::after(&RetryPolicy::default(), error, 0, 0.0).is_some();
        let boxed = || -> Result<(), Box<dyn std::error::Error>> { Err(busy())? };
        assert!(is_retried(&boxed().or_fail().unwrap_err()));
        #[cfg(feature = "anyhow")]
        {
            let any = || -> anyhow::Result<()> { Err(busy())? };
            assert!(is_retried(&any().or_fail().unwrap_err()));
            let any = anyhow::Context::context(any(), "the names");
            assert!(is_retried(&any.or_fail().unwrap_err()));
        }
    }

    #[test]
    fn no_wait_for_a_file_that_is_not_ready_is_too_long_to_decide_on() {
        let error = JobError::from(FetchError::http_status(202, "", Some(Duration::MAX)));
        let policy = RetryPolicy::default();
        assert!(policy.not_ready(&error, Duration::from_secs(1)).is_none());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let at = |text| parse_retry_after(text, 784_111_777).map(|wait| wait.as_secs());
        assert_eq!(at("120"), Some(120));
        assert_eq!(at(" 0 "), Some(0));
        assert_eq!(at("99999999999999999999999"), Some(u64::MAX));
        // The example of RFC 9110 is 784 111 777 seconds after 1970 began.
        assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(at("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(at("Mon, 07 Nov 1994 08:49:37 GMT"), Some(86_400));
        assert_eq!(at("Sat, 05 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(
            parse_retry_after("Thu, 29 Feb 2024 00:00:00 GMT", 0)
                .unwrap()
                .as_secs(),
            1_709_164_800
        );
        for garbage in [
            "",
            "-1",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 99 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(at(garbage), None, "{garbage}");
        }
    }

    /// Any text is a wait or none, and the same with space around it.
    #[test]
    fn any_text_is_a_wait_or_none() {
        let mut random = fastrand::Rng::with_seed(3);
        let parts = [
            "0",
            "1",
            "9",
            "99999999999999999999",
            "-",
            "+",
            ".",
            "e",
            " ",
            "Sun, 06 Nov 1994",
            "Sunday, 06-Nov-94",
            "Sun Nov  6",
            "08:49:37",
            "24:60:60",
            "GMT",
            "1994",
            "9999",
            "00",
            "31 Feb",
            ",",
            "\u{665}",
            "\0",
        ];
        for _ in 0..20_000 {
            let text: String = (0..random.usize(0..6))
                .map(|_| match random.u8(0..6) {
                    0 => random.char('\0'..=char::MAX).to_string(),
                    1 => " ".to_owned(),
                    _ => parts[random.usize(0..parts.len())].to_owned(),
                })
                .collect();
            let now_unix_secs = random.u64(0..1 << 34);
            let wait = parse_retry_after(&text, now_unix_secs);
            let spaced = format!(" {text}\t");
            assert_eq!(wait, parse_retry_after(&spaced, now_unix_secs), "{text:?}");
            let digits = text.trim();
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                let secs = digits.parse().unwrap_or(u64::MAX);
                assert_eq!(wait, Some(Duration::from_secs(secs)), "{text:?}");
            }
            // A failure with any wait can be told, and retried or not.
            let error = FetchError::http_status(503, "", wait);
            let next = RetryPolicy { retries: 1 }.after(&error, 0, random.f64());
            assert!(next.is_none_or(|next| next.delay <= limits::RETRY_AFTER_MAX));
            assert_eq!(
                next.is_none(),
                wait.is_some_and(|wait| wait > limits::RETRY_AFTER_MAX)
            );
        }
    }
}
