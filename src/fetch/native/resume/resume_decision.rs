//! Whether an answer goes on with the bytes of an earlier try. Pure: what is known and what was answered go in, a decision
//! comes out.

use super::part_manifest::Record;
use super::validators::{self, is_strong};
use crate::fetch::client::exchange::content_range::ContentRange;
use crate::fetch::client::exchange::response_head::Answer;
use crate::fetch::media_type::{is_web_page, media_type};
use crate::fetch::{ErrorClass, FetchError, Phase};

/// What an answer to "the bytes from here on" means for the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResumeDecision {
    /// The answer goes on: these bytes follow, and the first of them have to equal the overlap.
    GoOn {
        /// How many bytes its body has.
        body_bytes: u64,
        /// How long the whole file is, where that is known.
        total: Option<u64>,
        /// What is needed beside the overlap to believe it.
        proof: Proof,
    },
    /// There is nothing more: the file is complete.
    Complete,
    /// The server may still have the file, but not under this entity tag: it is asked once more, by the date.
    AskByDate,
    /// The answer contradicts what is known: the whole file is asked for, and that answer is used.
    AskForAll(&'static str),
    /// The file begins at its first byte again, and this is why.
    BeginAgain(&'static str),
    /// It is something else than the file, and the bytes of the earlier try are worth keeping.
    NotTheFile(Box<FetchError>),
}

/// What proves that an answer belongs to the same version of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A validator says so; the overlap is enough.
    Validator,
    /// No validator says so, and none denies it: samples of the earlier bytes have to be compared too.
    Samples,
}

/// What the validators of an earlier answer and of this one say about the version of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Same,
    Unclear,
    Other,
}

/// Decides about a successful answer, or one that says there is no such range. `first` is the first byte that was asked
/// for.
///
/// The rules are those of RFC 9110, section 15.3.7.3, with one addition: several servers behind a balancer often give the
/// same file different entity tags. Then the date and the length have to be the same, and samples of the bytes decide.
pub(crate) fn resume_decision(known: &Record, first: u64, answer: &Answer) -> ResumeDecision {
    match (answer.http_status, answer.range) {
        // Some servers send a part with the status of the whole.
        (206, _) | (200, Some(ContentRange::Part { .. })) => decide_part(known, first, answer),
        (416, range) => match range {
            Some(ContentRange::Unsatisfied { total: Some(total) })
                if total == known.good_bytes
                    && known.total.is_none_or(|known| known == total)
                    && version(known, answer) != Version::Other =>
            {
                ResumeDecision::Complete
            }
            _ => ResumeDecision::BeginAgain("The server has no such range: it has another file"),
        },
        _ => decide_whole(known, answer),
    }
}

/// Decides about the whole file, or what the server takes for it.
fn decide_whole(known: &Record, answer: &Answer) -> ResumeDecision {
    if let Some(error) = not_the_file(known, answer) {
        return ResumeDecision::NotTheFile(Box::new(error));
    }
    if known.total != answer.length {
        // Some servers send a part with the status of the whole and without its range: only a plain answer counts.
        return ResumeDecision::AskForAll("The file has another length now");
    }
    let is_same_etag = known.etag.is_some() && known.etag == answer.etag;
    let has_same_date =
        known.last_modified.is_some() && known.last_modified == answer.last_modified;
    let asked_by_etag = known.etag.as_deref().is_some_and(is_strong);
    let has_other_etag = answer.etag.is_some() && !is_same_etag;
    if has_same_date && has_other_etag && asked_by_etag && date_validator(known).is_some() {
        return ResumeDecision::AskByDate;
    }
    ResumeDecision::BeginAgain("The server does not go on where the download stopped")
}

fn decide_part(known: &Record, asked_first: u64, answer: &Answer) -> ResumeDecision {
    let again = ResumeDecision::BeginAgain;
    let Some(ContentRange::Part { first, last, total }) = answer.range else {
        return again("The server does not say which part of the file it sends");
    };
    if first != asked_first {
        return again("The server sends another part of the file than it was asked for");
    }
    if answer.content_encoding != known.content_encoding {
        return again("The server codes the file in another way now");
    }
    if let (Some(before), Some(now)) = (known.total, total)
        && before != now
    {
        return again("The file has another length now");
    }
    if known.total.is_some_and(|total| last >= total) {
        return again("The file is longer now");
    }
    if known.total.or(total).is_none() && last < known.good_bytes.saturating_sub(1) {
        return again("The file is shorter now");
    }
    let body_bytes = last - first + 1;
    if answer.length.is_some_and(|length| length != body_bytes) {
        return again("The server contradicts itself about the length of the part");
    }
    let proof = match version(known, answer) {
        Version::Same => Proof::Validator,
        Version::Unclear => Proof::Samples,
        Version::Other => return again("The file on the server is another one now"),
    };
    ResumeDecision::GoOn {
        body_bytes,
        total: known.total.or(total),
        proof,
    }
}

/// Compares the validators of two answers.
fn version(known: &Record, answer: &Answer) -> Version {
    let tag = |text: &'_ Option<String>| {
        text.as_deref()
            .and_then(validators::entity_tag)
            .map(str::to_owned)
    };
    let date = |text: &'_ Option<String>| {
        text.as_deref()
            .and_then(validators::date)
            .map(str::to_owned)
    };
    let dates = (date(&known.last_modified), date(&answer.last_modified));
    let has_same_date = matches!(&dates, (Some(before), Some(now)) if before == now);
    let has_other_date = matches!(&dates, (Some(before), Some(now)) if before != now);
    match (tag(&known.etag), tag(&answer.etag)) {
        // The tag says the same version, the date another one.
        (Some(before), Some(now)) if before == now && has_other_date => Version::Unclear,
        (Some(before), Some(now)) if before == now => Version::Same,
        (Some(_), Some(_)) if has_same_date => Version::Unclear,
        (Some(_), Some(_)) => Version::Other,
        _ if has_other_date => Version::Other,
        (None, None) if has_same_date => Version::Same,
        _ => Version::Unclear,
    }
}

/// Whether a sample of the earlier bytes was answered by the file that is known.
pub(crate) fn is_sample_of(known: &Record, sample: (u64, u64), answer: &Answer) -> bool {
    let (sample_first, sample_bytes) = sample;
    let Some(ContentRange::Part { first, last, total }) = answer.range else {
        return false;
    };
    let has_same_etag = known.etag.is_some() && known.etag == answer.etag;
    let has_other_date = !has_same_etag
        && matches!(
            (&known.last_modified, &answer.last_modified),
            (Some(before), Some(now)) if before != now
        );
    let has_other_total =
        matches!((known.total, total), (Some(before), Some(now)) if before != now);
    matches!(answer.http_status, 200 | 206)
        && (first, last - first + 1) == (sample_first, sample_bytes)
        && answer.content_encoding == known.content_encoding
        && !has_other_date
        && !has_other_total
}

/// The failure of an answer that is no version of the file at all: a login page in its place, for example, or nothing.
pub(crate) fn not_the_file(known: &Record, answer: &Answer) -> Option<FetchError> {
    let before = known.content_type.as_deref().map(media_type);
    let now = answer.content_type.as_deref().map(media_type);
    let has_other_length = known.total.is_none_or(|total| answer.length != Some(total));
    let is_empty = answer.length == Some(0) && known.good_bytes > 0;
    let is_page = now.as_deref().is_some_and(is_web_page) && before != now;
    let what = match (&before, &now) {
        _ if is_empty => "nothing",
        // Without an earlier type, a page of the known length may be the file.
        (None, _) if is_page && has_other_length => "a web page",
        (Some(_), _) if is_page => "a web page",
        (Some(before), Some(now))
            if before != now
                && known.total.is_some()
                && answer.length.is_some()
                && has_other_length =>
        {
            "something else"
        }
        _ => return None,
    };
    let name = |kind: Option<String>| kind.unwrap_or_else(|| "of no known type".to_owned());
    Some(
        FetchError::new(
            ErrorClass::NotTheFile,
            format!("The server sends {what} in place of the rest of the file"),
        )
        .with_hint(
            "The link may have expired, or want a login. What came is kept: give a new link to go on.",
        )
        .with_detail(format!("it was {}, and is {}", name(before), name(now)))
        .with_status(answer.http_status)
        .in_phase(Phase::FirstByte),
    )
}

/// The validator to send as `If-Range` (RFC 9110, section 13.1.5): a strong entity tag, else the date of the last
/// change.
pub(crate) fn if_range(known: &Record) -> Option<String> {
    let etag = known.etag.as_ref().filter(|etag| is_strong(etag));
    etag.cloned().or_else(|| date_validator(known))
}

/// The date of the last change, where it is one that can be sent as `If-Range`.
pub(crate) fn date_validator(known: &Record) -> Option<String> {
    let date = known.last_modified.as_deref().and_then(validators::date);
    date.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Record {
        Record {
            total: Some(1000),
            good_bytes: 500,
            content_type: Some("application/zip".to_owned()),
            ..Record::new(String::new(), String::new())
        }
    }

    fn part(first: u64, last: u64, total: Option<u64>) -> Answer {
        Answer {
            http_status: 206,
            length: Some(last + 1 - first),
            range: Some(ContentRange::Part { first, last, total }),
            ..Answer::default()
        }
    }

    fn goes_on(known: &Record, answer: &Answer) -> bool {
        matches!(
            resume_decision(known, 400, answer),
            ResumeDecision::GoOn { .. }
        )
    }

    #[test]
    fn only_the_right_part_of_an_unchanged_length_goes_on() {
        let known = known();
        assert_eq!(
            resume_decision(&known, 400, &part(400, 999, Some(1000))),
            ResumeDecision::GoOn {
                body_bytes: 600,
                total: Some(1000),
                proof: Proof::Samples,
            }
        );
        assert!(goes_on(&known, &part(400, 999, None)), "an unknown total");
        assert!(
            goes_on(&known, &part(400, 600, Some(1000))),
            "a shorter part"
        );
        for wrong in [
            part(401, 999, Some(1000)),
            part(0, 999, Some(1000)),
            part(400, 999, Some(1001)),
            part(400, 1000, None),
            Answer {
                length: Some(599),
                ..part(400, 999, Some(1000))
            },
            Answer {
                range: None,
                ..part(400, 999, Some(1000))
            },
            Answer {
                range: Some(ContentRange::Unsatisfied { total: Some(1000) }),
                ..part(400, 999, Some(1000))
            },
            Answer {
                content_encoding: Some("gzip".to_owned()),
                ..part(400, 999, Some(1000))
            },
        ] {
            assert!(
                matches!(
                    resume_decision(&known, 400, &wrong),
                    ResumeDecision::BeginAgain(_)
                ),
                "{wrong:?}"
            );
        }
        // Another mark of the version is no reason: edges of one network have their own.
        let shorter = Record {
            total: None,
            ..known.clone()
        };
        assert!(goes_on(&shorter, &part(400, 499, None)), "nothing new");
        assert_eq!(
            resume_decision(&shorter, 400, &part(400, 498, None)),
            ResumeDecision::BeginAgain("The file is shorter now")
        );
        let other_edge = Answer {
            etag: Some("\"b\"".to_owned()),
            ..part(400, 999, Some(1000))
        };
        assert!(goes_on(&known, &other_edge));
    }

    #[test]
    fn a_range_that_does_not_exist_completes_only_a_file_of_that_length() {
        let answer = |total| Answer {
            http_status: 416,
            range: Some(ContentRange::Unsatisfied { total }),
            ..Answer::default()
        };
        let whole = Record {
            good_bytes: 1000,
            ..known()
        };
        let unknown_total = Record {
            total: None,
            ..whole.clone()
        };
        assert_eq!(
            resume_decision(&whole, 900, &answer(Some(1000))),
            ResumeDecision::Complete
        );
        assert_eq!(
            resume_decision(&unknown_total, 900, &answer(Some(1000))),
            ResumeDecision::Complete
        );
        for (known, total) in [
            (&whole, Some(999)),
            (&whole, None),
            (&known(), Some(1000)),
            (&known(), Some(500)),
        ] {
            let verdict = resume_decision(known, 400, &answer(total));
            assert!(
                matches!(verdict, ResumeDecision::BeginAgain(_)),
                "{total:?}"
            );
        }
    }

    #[test]
    fn a_page_in_place_of_the_file_is_not_the_file() {
        let answer = |content_type: &str, length| Answer {
            http_status: 200,
            length,
            content_type: Some(content_type.to_owned()),
            ..Answer::default()
        };
        let verdict = |answer: &Answer| resume_decision(&known(), 400, answer);
        for wrong in [
            answer("text/html; charset=utf-8", Some(1000)),
            answer("Text/HTML", None),
            answer("application/json", Some(80)),
        ] {
            assert!(
                matches!(verdict(&wrong), ResumeDecision::NotTheFile(_)),
                "{wrong:?}"
            );
        }
        for other_length in [
            answer("application/zip", Some(80)),
            answer("application/octet-stream", None),
        ] {
            assert!(
                matches!(verdict(&other_length), ResumeDecision::AskForAll(_)),
                "{other_length:?}"
            );
        }
        for fresh in [
            answer("Application/ZIP ;x=y", Some(1000)),
            answer("application/octet-stream", Some(1000)),
        ] {
            assert!(
                matches!(verdict(&fresh), ResumeDecision::BeginAgain(_)),
                "{fresh:?}"
            );
        }
    }

    #[test]
    fn only_what_the_standard_takes_is_a_validator() {
        let validator = |etag: Option<&str>, last_modified: Option<&str>| {
            if_range(&Record {
                etag: etag.map(str::to_owned),
                last_modified: last_modified.map(str::to_owned),
                ..known()
            })
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(
            validator(Some("\"a\""), Some(date)).as_deref(),
            Some("\"a\"")
        );
        assert_eq!(
            validator(Some("W/\"a\""), Some(date)).as_deref(),
            Some(date)
        );
        assert_eq!(validator(Some("a"), Some("yesterday")), None);
        assert_eq!(validator(Some("\"a\"b\""), None), None);
        assert_eq!(validator(Some("\""), None), None);
        assert_eq!(validator(None, None), None);
    }
}
