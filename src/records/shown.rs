//! What is shown of a row beyond what a table has, as plain data.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::object::timestamp;
use crate::deck::{PastAttempt, RecordedRow, RowDetail as _, RowFile, StoredState};
use crate::fetch::{IfExists, NameRule, RequestSecrets, text_for_files};
use crate::format;
use crate::headless::{ErrorObject, rounded};
use crate::jobs::{AttemptEnd, Destination, FetchSpec, Spec};
use crate::runtime::Moment;
use crate::status::Timeline;
use crate::store::StoredRow;

/// The end of an attempt that nothing failed.
const STOPPED: &str = "stopped";

/// What is shown of a row beyond what a table has.
#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) attempts_made: Vec<ShownAttempt>,
    pub(super) timeline: Vec<ShownStep>,
    pub(super) log: Vec<ShownLine>,
    pub(super) log_lines_forgotten: u32,
    pub(super) files: Vec<ShownFile>,
    #[serde(serialize_with = "as_map")]
    pub(super) options: Vec<(&'static str, String)>,
}

/// An attempt.
#[derive(Serialize)]
pub(super) struct ShownAttempt {
    /// Counts the jobs of the row: one more with each time it was begun again.
    pub(super) run: u32,
    pub(super) number: u32,
    began: Option<String>,
    #[serde(skip)]
    pub(super) began_at: Duration,
    pub(super) took_s: f64,
    pub(super) wire_bytes: u64,
    pub(super) end: &'static str,
    #[serde(skip)]
    pub(super) message: String,
    error: Option<ErrorObject>,
    pub(super) wait_s: Option<f64>,
}

/// Something that a row did or waited for.
#[derive(Serialize)]
pub(super) struct ShownStep {
    pub(super) label: String,
    pub(super) from_s: f64,
    pub(super) took_s: f64,
}

/// A line of a log.
#[derive(Serialize)]
pub(super) struct ShownLine {
    pub(super) t_s: f64,
    pub(super) text: String,
}

/// A file of a row.
#[derive(Serialize)]
pub(super) struct ShownFile {
    pub(super) kind: &'static str,
    pub(super) path: String,
    pub(super) bytes: Option<u64>,
}

impl Shown {
    /// `is_held` tells whether a process has the list open to write.
    pub(super) fn of(stored: &StoredRow, row: &RecordedRow, is_held: bool) -> Self {
        let detail = row.detail();
        let mut attempts: Vec<_> = detail.attempts_made().iter().map(attempt).collect();
        let is_under_way = is_held && row.state() == StoredState::Running;
        if let Some(last) = attempts.last_mut()
            && last.end == STOPPED
            && is_under_way
        {
            // It is recorded as what a kill makes of it.
            last.end = "under_way";
        }
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let log = detail.log().unwrap_or_default();
        let lines = log.lines.iter().map(|line| ShownLine {
            t_s: rounded(line.at.since(log.began)),
            text: text_for_files(&line.text).into_owned(),
        });
        let file = |file: RowFile| ShownFile {
            kind: match file {
                RowFile::Saved(_) => "saved",
                RowFile::Part(_) => "part",
                RowFile::SetAside(_) => "set_aside",
                RowFile::Earlier(_) => "earlier",
            },
            path: file.path().display().to_string(),
            bytes: detail.file_bytes(&file),
        };
        Self {
            attempts_made: attempts,
            timeline: steps(&detail.timeline(Moment::from_start(now))),
            log: lines.collect(),
            log_lines_forgotten: log.forgotten,
            files: detail.files().into_iter().map(file).collect(),
            options: match &stored.record.spec {
                Spec::Fetch(spec) => options_of(spec),
                Spec::Timed(spec) => vec![("sleep", format::typed_duration(spec.sleep))],
            },
        }
    }
}

fn attempt(made: &PastAttempt) -> ShownAttempt {
    let attempt = &made.attempt;
    let ended = attempt.ended.unwrap_or(attempt.began);
    let (end, message, error) = match &attempt.end {
        AttemptEnd::UnderWay => ("under_way", String::new(), None),
        AttemptEnd::Done => ("done", String::new(), None),
        AttemptEnd::Stopped => (STOPPED, String::new(), None),
        AttemptEnd::Failed(error) => (
            "failed",
            error.message.clone(),
            Some(ErrorObject::from(&**error)),
        ),
        AttemptEnd::Other(message) => ("failed", message.to_string(), None),
    };
    ShownAttempt {
        run: made.run,
        number: attempt.number,
        began: timestamp(Some(attempt.began.since_start())),
        began_at: attempt.began.since_start(),
        took_s: rounded(ended.since(attempt.began)),
        wire_bytes: attempt.wire_bytes,
        end,
        message,
        error,
        wait_s: attempt.wait.map(|wait| rounded(wait.delay)),
    }
}

fn steps(timeline: &Timeline) -> Vec<ShownStep> {
    let lines = timeline.lines.iter();
    lines
        .map(|line| ShownStep {
            label: line.label.to_string(),
            from_s: rounded(line.pieces.first().map_or(Duration::ZERO, |piece| piece.0)),
            took_s: rounded(line.took()),
        })
        .collect()
}

/// The options of a download by the names of their flags, without secrets.
fn options_of(spec: &FetchSpec) -> Vec<(&'static str, String)> {
    let request = &spec.request;
    let timeouts = request.timeouts();
    let mut options = Vec::new();
    let mut add = |name: &'static str, value: String| options.push((name, value));
    let on = || "on".to_owned();
    match &spec.destination {
        Destination::Count | Destination::Stream(_) => add("count-only", on()),
        Destination::Save(save) => {
            add("dir", save.folder.display().to_string());
            if let NameRule::Named(name) = &save.name {
                add("output", name.clone());
            }
            let rule = match save.if_exists {
                IfExists::Rename => "rename",
                IfExists::Overwrite => "overwrite",
                IfExists::Skip => "skip",
                IfExists::Fail => "fail",
            };
            add("if-exists", rule.to_owned());
            if let Some(part) = &save.continue_from {
                add("continue-from", part.display().to_string());
            }
            for (name, is_on) in [
                ("portable-names", save.has_portable_name),
                ("remote-time", save.has_remote_time),
            ] {
                if is_on {
                    add(name, on());
                }
            }
        }
    }
    if let Some(checksum) = request.checksum() {
        add("checksum", checksum.to_string());
    }
    if !spec.sleep.is_zero() {
        add("sleep", format::typed_duration(spec.sleep));
    }
    if let Some(rate) = spec.rate_limit_bytes_per_sec {
        add("limit-rate-per-job", format::typed_rate(rate));
    }
    add("retries", spec.retry.retries.to_string());
    if let Some(limit) = spec.time_limit {
        add("timeout", format::typed_duration(limit));
    }
    add("connect-timeout", format::typed_duration(timeouts.connect));
    add(
        "first-byte-timeout",
        format::typed_duration(timeouts.first_byte),
    );
    add("idle-timeout", format::typed_duration(timeouts.idle));
    if let Some(rate) = request.low_speed_bytes_per_sec() {
        add("low-speed", format::typed_rate(rate));
    }
    add("max-redirects", request.max_redirects().to_string());
    if let Some(proxy) = request.proxy() {
        let login = proxy.credentials().map_or("", |_| " with a login");
        add("proxy", format!("{proxy}{login}"));
    }
    if request.authorization().is_some() {
        add("login", HIDDEN.to_owned());
    }
    let headers = request.headers().iter();
    let headers: Vec<_> = headers
        .map(|(name, _)| format!("{name}: {HIDDEN}"))
        .collect();
    if !headers.is_empty() {
        add("header", headers.join(", "));
    }
    let secrets = RequestSecrets::take_out_of(&mut request.clone()).unwrap_or_default();
    for (name, is_given) in [
        ("cookies", secrets.cookies.is_some()),
        ("netrc", secrets.netrc.is_some()),
        ("cacert", request.extra_certificates().is_some()),
    ] {
        if is_given {
            add(name, on());
        }
    }
    options
}

/// In place of a secret.
const HIDDEN: &str = "…";

fn as_map<S: Serializer>(
    options: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(options.iter().map(|(name, value)| (name, value)))
}
