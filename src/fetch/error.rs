//! What can go wrong in a fetch: one class per cause, each with what happened, what to do about it,
//! and the raw detail.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use crate::fetch::Checksum;
use crate::fetch::error_class::{ErrorClass, NetworkFault, Phase};
use crate::fetch::limits;
use crate::fetch::secrets::{text_for_files, with_shown_urls};

/// Why a fetch failed.
///
/// `message` says what happened, `hint` what to do about it, `detail` is what the system, the
/// server or the library said. None of them ever holds user names, passwords, authorization headers
/// or tokens of a query. Its serde form is for files: it also leaves out long query values of URLs
/// that look random.
///
/// A job's error has it inside. A screen shows both lines:
///
/// ```
/// use jobdeck::fetch::{FetchError, FetchExt, FetchScript, JsonError, Request, ScriptedResponse};
/// use jobdeck::runtime::JobError;
/// use jobdeck::testing::TestRuntime;
/// use std::rc::Rc;
///
/// /// What happened, and what to do about it; empty when there is nothing to say.
/// fn lines(error: &JobError) -> (String, String) {
///     let hint = if let Some(error) = error.downcast_ref::<FetchError>() {
///         error.hint.clone()
///     } else if let Some(error) = error.downcast_ref::<JsonError>() {
///         error.hint().to_owned()
///     } else {
///         String::new()
///     };
///     (error.to_string(), hint)
/// }
///
/// let test = TestRuntime::new();
/// let url = "http://example.com/names";
/// test.set_extension(Rc::new(FetchScript::new().respond(url, ScriptedResponse::status(404))));
/// let job = test.spawn("names", async move |cx| cx.fetch(Request::get(url)?).text(1000).await);
/// test.run_until_idle();
/// let (what, hint) = lines(&job.into_value().unwrap_err());
/// assert_eq!(what, "There is no such file on the server (HTTP 404)");
/// assert_eq!(hint, "Check the URL.");
/// # Ok::<(), JobError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{message}")]
#[non_exhaustive]
pub struct FetchError {
    /// The cause.
    pub class: ErrorClass,
    /// The phase in which it failed, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The status of the response, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// How long the server asks to wait before the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
    /// Body bytes that had been received when it failed.
    #[serde(default)]
    pub received: u64,
    /// Whether enough was received ([`RETRY_ANEW_BYTES`](limits::RETRY_ANEW_BYTES),
    /// [`RETRY_ANEW_AFTER`](limits::RETRY_ANEW_AFTER)) that a later failure is not counted with the
    /// ones before.
    #[serde(default)]
    pub progressed: bool,
    /// What is known of the network beyond the class.
    #[serde(default)]
    pub(crate) network: NetworkFault,
    /// The `.part` file with the received bytes, to resume from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<Path>>,
    /// What happened, for people, as a sentence without its full stop.
    #[serde(serialize_with = "crate::fetch::stored::text_for_files")]
    pub message: String,
    /// What to do about it; empty when there is nothing to say.
    #[serde(default)]
    pub hint: String,
    /// The raw detail; empty when there is none.
    #[serde(default, serialize_with = "crate::fetch::stored::text_for_files")]
    pub detail: String,
}

impl FetchError {
    /// A failure with its class and what happened.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            phase: None,
            http_status: None,
            retry_after: None,
            received: 0,
            progressed: false,
            network: NetworkFault::Unknown,
            part: None,
            message: message.into(),
            hint: String::new(),
            detail: String::new(),
        }
    }

    /// The failure of an input that cannot be fetched or sent.
    pub(super) fn bad_url(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorClass::BadUrl, message).with_hint(hint)
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same failure with the raw detail, in which the secrets of URLs are masked.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.detail = match with_shown_urls(&detail) {
            Cow::Borrowed(_) => detail,
            Cow::Owned(shown) => shown,
        };
        self
    }

    /// The raw detail as it may be written to files: without long query values of URLs that look
    /// random.
    #[must_use]
    pub fn detail_for_files(&self) -> Cow<'_, str> {
        text_for_files(&self.detail)
    }

    /// The same failure with its phase.
    #[must_use]
    pub fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    /// The same failure with the status of the response.
    #[must_use]
    pub fn with_status(mut self, http_status: u16) -> Self {
        self.http_status = Some(http_status);
        self
    }

    /// The failure of a fetch whose job was cancelled.
    pub fn cancelled() -> Self {
        Self::new(ErrorClass::Cancelled, "The download was cancelled")
    }

    /// The failure of a phase that took longer than `limit`; `what` is what did not happen within
    /// it. The hint names the option that sets the limit, where there is one.
    pub(crate) fn timed_out(phase: Phase, what: &str, limit: Duration) -> Self {
        let hint = match phase {
            Phase::Resolve => "Check whether the network and its name server work, and try again.",
            Phase::Connect | Phase::Tls => {
                "Try again, or raise the connect time-out (--connect-timeout)."
            }
            Phase::FirstByte => {
                "Try again, or raise the first-byte time-out (--first-byte-timeout)."
            }
            Phase::Body | Phase::Save => "Try again, or raise the idle time-out (--idle-timeout).",
        };
        Self::new(
            ErrorClass::Timeout,
            format!("{what} within {}", crate::format::duration(limit)),
        )
        .with_hint(hint)
        .in_phase(phase)
    }

    /// The failure of a body with another checksum than expected.
    pub(crate) fn wrong_checksum(expected: Checksum, got: Checksum) -> Self {
        Self::new(
            ErrorClass::Checksum,
            "The file does not have the expected checksum",
        )
        .with_hint("The file or the checksum is another one.")
        .with_detail(format!("expected {expected}, got {got}"))
    }

    /// The failure of a response with the status 202: the file is not ready yet.
    pub(crate) fn not_ready(retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                ErrorClass::HttpStatus,
                "The file is not ready yet (HTTP 202)",
            )
            .with_hint("Try again later.")
            .with_status(202)
            .in_phase(Phase::FirstByte)
        }
    }

    /// A failure by [`Self::is_not_ready`] after the last wait for the file.
    #[cfg(feature = "deck")]
    pub(crate) fn given_up(mut self) -> Self {
        let longest = crate::format::duration(limits::NOT_READY_WAIT_IN_ALL);
        self.message = format!("The file was not ready after {longest} (HTTP 202)");
        if let Some(asked_for) = self
            .retry_after
            .filter(|wait| *wait > limits::NOT_READY_WAIT_IN_ALL)
        {
            self.message = format!(
                "The file is not ready, and will not be for more than {longest} (HTTP 202)"
            );
            self.hint = format!(
                "The server asks to wait for {}; try again then.",
                crate::format::duration(asked_for)
            );
        }
        self
    }

    /// Whether the file is not ready yet, and the server said when to request it again.
    pub fn is_not_ready(&self) -> bool {
        self.http_status == Some(202) && self.retry_after.is_some()
    }

    /// The failure of a response with a part of the file, though all of it was requested.
    pub(crate) fn unasked_part() -> Self {
        Self::new(
            ErrorClass::Protocol,
            "The server sent a part of the file, though all of it was asked for",
        )
        .with_hint("This is the server's fault; try another link.")
        .with_status(206)
        .in_phase(Phase::FirstByte)
    }

    /// The failure of a response with an error status.
    ///
    /// `reason` is the reason phrase; `retry_after` the wait that the server asks for.
    pub fn http_status(http_status: u16, reason: &str, retry_after: Option<Duration>) -> Self {
        let (message, hint) = match http_status {
            100..=199 => (
                "The server goes on in another protocol",
                "This URL is not for downloads; look for another link.",
            ),
            304 => (
                "The server says that the file has not changed",
                "Leave out the headers If-None-Match and If-Modified-Since.",
            ),
            300..=399 => (
                "The server leaves open where the file is",
                "Open the URL in a browser, and take the link that it leads to.",
            ),
            401 => (
                "The server wants a login",
                "Put a user name and password in the URL, or give the header it wants.",
            ),
            403 => (
                "The server refuses to give this file",
                "Check whether it needs a login, or whether the link has expired.",
            ),
            404 => ("There is no such file on the server", "Check the URL."),
            408 => ("The server gave up waiting", "Try again."),
            410 => ("The file is gone for good", "Look for a newer link."),
            425 => ("The server finds that it is too early", "Try again."),
            429 => (
                "The server is asked too often",
                "Wait, or run fewer jobs at once.",
            ),
            451 => (
                "The file is withheld for legal reasons",
                "Look for another source.",
            ),
            500..=599 => (
                "The server has a problem of its own",
                "Try again later; it is not your URL.",
            ),
            400..=499 => ("The server refuses the request", "Check the URL."),
            _ => ("The server did not send the file", "Check the URL."),
        };
        let hint = match retry_after {
            Some(wait) if wait > limits::RETRY_AFTER_MAX => format!(
                "It asks to wait for {}, which is longer than a job does; try again then.",
                crate::format::duration(wait)
            ),
            _ => hint.to_owned(),
        };
        let reason = if reason.is_empty() {
            format!("HTTP {http_status}")
        } else {
            format!("HTTP {http_status} {reason}")
        };
        Self {
            retry_after,
            ..Self::new(
                ErrorClass::HttpStatus,
                format!("{message} (HTTP {http_status})"),
            )
            .with_hint(hint)
            .with_detail(reason)
            .with_status(http_status)
            .in_phase(Phase::FirstByte)
        }
    }

    /// Whether the same request may succeed a little later, by the rules of curl's `--retry`:
    /// network errors and the statuses 408, 425, 429, 500, 502, 503, 504, 520, 522, 524, but no
    /// other 4xx; the same of a proxy.
    ///
    /// ```
    /// use jobdeck::fetch::FetchError;
    /// assert!(FetchError::http_status(503, "", None).is_retryable());
    /// assert!(!FetchError::http_status(404, "Not Found", None).is_retryable());
    /// ```
    pub fn is_retryable(&self) -> bool {
        match self.class {
            ErrorClass::Dns | ErrorClass::Connect | ErrorClass::Timeout | ErrorClass::Truncated => {
                true
            }
            ErrorClass::HttpStatus => self.http_status.is_some_and(may_pass),
            ErrorClass::Proxy => self.proxy_may_recover(),
            ErrorClass::BadUrl
            | ErrorClass::Tls
            | ErrorClass::Redirect
            | ErrorClass::Protocol
            | ErrorClass::TooLarge
            | ErrorClass::Changed
            | ErrorClass::NotTheFile
            | ErrorClass::NotResumable
            | ErrorClass::Checksum
            | ErrorClass::DiskFull
            | ErrorClass::FileExists
            | ErrorClass::Permission
            | ErrorClass::Cors
            | ErrorClass::Cancelled
            | ErrorClass::Internal => false,
        }
    }

    /// Whether the failure is that of a proxy which may recover, or of a missing network.
    fn proxy_may_recover(&self) -> bool {
        [NetworkFault::ProxyMayRecover, NetworkFault::NoNetwork].contains(&self.network)
    }

    /// Whether the host may have failed, not the request: no address, no connection, or a proxy
    /// that failed.
    #[must_use]
    pub fn may_be_of_host(&self) -> bool {
        match self.class {
            ErrorClass::Dns | ErrorClass::Connect => true,
            ErrorClass::Proxy => self.proxy_may_recover(),
            ErrorClass::Timeout => {
                matches!(self.phase, Some(Phase::Resolve | Phase::Connect))
            }
            _ => false,
        }
    }

    /// Whether this computer has no route to any network.
    #[must_use]
    pub fn is_without_network(&self) -> bool {
        self.network == NetworkFault::NoNetwork
    }

    /// Whether the host's name could not be resolved.
    #[must_use]
    pub fn is_unknown_host(&self) -> bool {
        self.class == ErrorClass::Dns
            || (self.class == ErrorClass::Timeout && self.phase == Some(Phase::Resolve))
    }
}

/// Whether a status may change a little later. Cloudflare sends 520, 522 and 524 for an origin that
/// fails or times out.
pub(super) fn may_pass(http_status: u16) -> bool {
    matches!(
        http_status,
        408 | 425 | 429 | 500 | 502 | 503 | 504 | 520 | 522 | 524
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_retried() {
        for status in [408, 425, 429, 500, 502, 503, 504, 520, 522, 524] {
            assert!(
                FetchError::http_status(status, "", None).is_retryable(),
                "{status}"
            );
        }
        for status in [300, 304, 400, 401, 403, 404, 410, 416, 451, 501, 505, 521] {
            assert!(
                !FetchError::http_status(status, "", None).is_retryable(),
                "{status}"
            );
        }
        let patient = FetchError::http_status(503, "", Some(Duration::from_secs(100_000)));
        assert!(patient.hint.contains("1 d 3 h"), "{}", patient.hint);
        let retried: Vec<_> = ErrorClass::ALL
            .into_iter()
            .filter(|class| FetchError::new(*class, "x").is_retryable())
            .map(ErrorClass::name)
            .collect();
        assert_eq!(retried, ["dns", "connect", "timeout", "truncated"]);
    }
}
