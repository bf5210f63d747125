//! The table of words, line by line.

use std::time::Duration;

use super::*;
use crate::format::LocalTime;

const ANY: Duration = Duration::from_millis(1300);

/// One line of the table: status, word, detail, and what can be done with it (P pause, R resume, C
/// cancel, T retry, K keep).
#[track_caller]
fn check(
    status: &Status,
    word: &str,
    detail: Option<&str>,
    glyph: Glyph,
    tone: Tone,
    chip: Chip,
    can: &str,
) {
    assert_eq!(status.word(), word);
    assert_eq!(status.detail().as_deref(), detail);
    assert_eq!(
        (status.glyph(), status.tone(), status.chip()),
        (glyph, tone, chip)
    );
    let abilities = [
        (status.can_pause(), 'P'),
        (status.can_resume(), 'R'),
        (status.can_cancel(), 'C'),
        (status.can_retry(), 'T'),
        (status.can_keep(), 'K'),
    ];
    let able: String = abilities
        .iter()
        .filter(|(able, _)| *able)
        .map(|(_, letter)| letter)
        .collect();
    assert_eq!(able, can, "{word}");
}

#[test]
fn what_has_not_ended() {
    let queued = Status::Queued {
        place: Some(3),
        waits_for: Some("nas.local".into()),
    };
    check(
        &queued,
        "Queued",
        Some("3rd, waits for nas.local"),
        Glyph::Dashed,
        Tone::Off,
        Chip::Waiting,
        "PC",
    );
    let queued = Status::Queued {
        place: None,
        waits_for: None,
    };
    check(
        &queued,
        "Queued",
        None,
        Glyph::Dashed,
        Tone::Off,
        Chip::Waiting,
        "PC",
    );
    let sleeping = Status::Sleeping { left: ANY };
    check(
        &sleeping,
        "Sleeping",
        Some("1.3 s left"),
        Glyph::Clock,
        Tone::Waiting,
        Chip::Waiting,
        "PC",
    );
    let delay = Duration::from_secs(8);
    let retrying = Status::Retrying {
        attempt: 2,
        of: 5,
        left: ANY,
        server_asked_for: Some(delay),
    };
    let detail = Some("in 2 s; server asked for 8 s");
    check(
        &retrying,
        "Retry 2 of 5",
        detail,
        Glyph::Clock,
        Tone::Waiting,
        Chip::Waiting,
        "PC",
    );
    let waiting = Status::Waiting {
        waits_for: Some("a slot on host x".into()),
    };
    check(
        &waiting,
        "Waiting",
        Some("for a slot on host x"),
        Glyph::Clock,
        Tone::Waiting,
        Chip::Waiting,
        "PC",
    );
    let working = Status::Working {
        label: "Verifying".into(),
    };
    check(
        &working,
        "Verifying",
        None,
        Glyph::Dot,
        Tone::Accent,
        Chip::Active,
        "PC",
    );
    let unanswered = Status::Unanswered {
        label: "Requesting".into(),
        waited: Duration::from_millis(25_900),
        limit: Duration::from_secs(120),
    };
    check(
        &unanswered,
        "Requesting",
        Some("25 of 120 s"),
        Glyph::Dot,
        Tone::Accent,
        Chip::Active,
        "PC",
    );
    let stalled = Status::Stalled {
        silent: Duration::from_secs(25),
        limit: Duration::from_secs(30),
    };
    check(
        &stalled,
        "Stalled for 25 s",
        Some("gives up at 30 s"),
        Glyph::Clock,
        Tone::Waiting,
        Chip::Active,
        "PC",
    );
    let unknown = Status::Transferring {
        label: "Downloading".into(),
        size_known: false,
    };
    let detail = Some("size unknown");
    check(
        &unknown,
        "Downloading",
        detail,
        Glyph::ArrowDown,
        Tone::Accent,
        Chip::Active,
        "PC",
    );
    let known = Status::Transferring {
        label: "Downloading".into(),
        size_known: true,
    };
    check(
        &known,
        "Downloading",
        None,
        Glyph::ArrowDown,
        Tone::Accent,
        Chip::Active,
        "PC",
    );
    let finishing = Status::Finishing { children_left: 1 };
    check(
        &finishing,
        "Finishing",
        Some("1 child left"),
        Glyph::ArrowDown,
        Tone::Accent,
        Chip::Active,
        "PC",
    );
    check(
        &Status::Pausing,
        "Pausing",
        None,
        Glyph::Bars,
        Tone::Text,
        Chip::Paused,
        "RC",
    );
    let since = Some(LocalTime {
        date: None,
        hour: 14,
        minute: 3,
    });
    let paused = Status::Paused {
        since,
        note: Some("disk full".into()),
    };
    check(
        &paused,
        "Paused",
        Some("since 14:03; disk full"),
        Glyph::Bars,
        Tone::Text,
        Chip::Paused,
        "RC",
    );
    let detail = Some("waits for its thread");
    check(
        &Status::Cancelling,
        "Cancelling",
        detail,
        Glyph::Slashed,
        Tone::Off,
        Chip::Active,
        "",
    );
}

#[test]
fn what_has_ended() {
    let done = Status::Done { elapsed: ANY };
    check(
        &done,
        "Done",
        Some("in 1.30 s"),
        Glyph::Tick,
        Tone::Good,
        Chip::Done,
        "",
    );
    let doubtful = Status::Check {
        doubt: "a web page came instead of report.pdf".into(),
    };
    check(
        &doubtful,
        "Check",
        Some("a web page came instead of report.pdf"),
        Glyph::Warning,
        Tone::Doubt,
        Chip::Check,
        "TK",
    );
    for (kind, at_percent, word) in [
        (FailureKind::Error, Some(38), "Failed at 38 %"),
        (FailureKind::Panic, None, "Crashed"),
        (FailureKind::TimeOut, None, "Timed out"),
    ] {
        let failed = Status::Failed {
            kind,
            cause: "no route".into(),
            at_percent,
        };
        check(
            &failed,
            word,
            Some("no route"),
            Glyph::Cross,
            Tone::Failed,
            Chip::Failed,
            "T",
        );
    }
    let cancelled = Status::Cancelled {
        at_percent: Some(22),
        thread_abandoned: true,
    };
    let detail = Some("at 22 %; thread abandoned");
    check(
        &cancelled,
        "Cancelled",
        detail,
        Glyph::Slashed,
        Tone::Off,
        Chip::Cancelled,
        "T",
    );
    let interrupted = Status::Interrupted { at_percent: None };
    check(
        &interrupted,
        "Interrupted",
        None,
        Glyph::Slashed,
        Tone::Off,
        Chip::Cancelled,
        "T",
    );
}

#[test]
fn every_row_is_counted_under_one_chip() {
    let mut counts = Counts::default();
    for chip in Chip::ALL {
        counts.add(chip);
        assert_eq!(counts.of(chip), 1);
    }
    counts.add(Chip::Done);
    counts.remove(Chip::Active);
    counts.remove(Chip::Active);
    assert_eq!(
        (counts.all(), counts.of(Chip::Done), counts.of(Chip::Active)),
        (7, 2, 0)
    );
}

#[test]
fn a_bar_only_where_it_says_something() {
    let mut row = RowView::new(RowId(1), "a", Status::Sleeping { left: ANY });
    row.amount = Amount::bytes(None, Some(100));
    assert_eq!((row.amount.fraction(), row.shows_bar()), (None, false));
    row.amount.done = Some(25);
    assert_eq!((row.amount.fraction(), row.shows_bar()), (Some(0.25), true));
    row.amount.total = Some(0);
    assert_eq!((row.amount.fraction(), row.shows_bar()), (None, false));
    row.status = Status::Transferring {
        label: "Downloading".into(),
        size_known: false,
    };
    assert!(row.shows_bar());
    row.status = Status::Done { elapsed: ANY };
    row.amount.total = Some(25);
    assert!(!row.shows_bar());
}

#[test]
fn who_stands_in_line_says_for_what_and_where() {
    use crate::runtime::{Clock, ParkHost, Runtime, Semaphore};
    use std::time::Duration;
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let printer = Semaphore::new("the printer", 1);
    let jobs: Vec<_> = (0..3)
        .map(|_| {
            let printer = printer.clone();
            runtime.spawn("page", async move |cx| {
                let _permit = cx.acquire(&printer).await?;
                cx.sleep(Duration::from_secs(1)).await
            })
        })
        .collect();
    host.run_for(&runtime, Duration::ZERO);
    let line = |place: usize| {
        let status = status_of_job(&jobs[place], StatusContext::default());
        format!("{} {}", status.word(), status.detail().unwrap_or_default())
    };
    assert_eq!(line(1), "Waiting for a slot on the printer, 1st");
    assert_eq!(line(2), "Waiting for a slot on the printer, 2nd");
    host.run_for(&runtime, Duration::from_secs(1));
    assert_eq!(line(2), "Waiting for a slot on the printer, 1st");
}

#[test]
fn a_state_in_one_line_reads_as_a_sentence() {
    let secs = Duration::from_secs;
    let queued = Status::Queued {
        place: Some(3),
        waits_for: None,
    };
    let retrying = Status::Retrying {
        attempt: 2,
        of: 5,
        left: secs(8),
        server_asked_for: None,
    };
    let unanswered = Status::Unanswered {
        label: "Requesting".into(),
        waited: secs(25),
        limit: secs(120),
    };
    let stalled = Status::Stalled {
        silent: secs(25),
        limit: secs(30),
    };
    let waiting = Status::Waiting {
        waits_for: Some("a slot on h".into()),
    };
    let failed = Status::Failed {
        kind: FailureKind::Error,
        cause: "no route".into(),
        at_percent: None,
    };
    for (status, line) in [
        (queued, "Queued, 3rd"),
        (retrying, "Retry 2 of 5 in 8 s"),
        (unanswered, "Requesting, 25 of 120 s"),
        (stalled, "Stalled for 25 s, gives up at 30 s"),
        (waiting, "Waiting for a slot on h"),
        (failed, "Failed: no route"),
        (Status::Pausing, "Pausing"),
    ] {
        assert_eq!(status.line(), line);
    }
}
