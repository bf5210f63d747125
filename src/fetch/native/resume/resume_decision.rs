//! Whether a response continues an incomplete file. Pure: the manifest and the header of the
//! response go in, a decision comes out.
//!
//! A wrong decision makes a file of the right length with wrong bytes, so doubt always costs a
//! comparison or a fresh download. The evidence, strongest first:
//! 1. The server's validators of then and now (see [`VersionMatch`]). If they differ, the file
//!    starts over however equal the bytes look (RFC 9110, section 15.3.7.3).
//! 2. The overlap: the last bytes of the part are requested again and compared. It is always
//!    needed; with equal validators it is enough.
//! 3. Samples of the bytes before the overlap, where validators neither prove nor deny. Several
//!    servers behind a balancer often give one file different entity tags: then date and length
//!    have to be equal, and samples decide.

use super::part_manifest::PartManifest;
use super::validators::{self, is_strong};
use crate::fetch::client::exchange::{ContentRange, ResponseHead};
use crate::fetch::media_type::{is_web_page, media_type};
use crate::fetch::{ErrorClass, FetchError, Phase};

/// What a response to a request for the rest of a file means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResumeDecision {
    /// The body continues the file; its first bytes have to equal the overlap.
    Continue {
        /// The length of the body, in bytes.
        body_bytes: u64,
        /// The length of the whole file, where that is known.
        total: Option<u64>,
        /// What is needed beside the overlap.
        proof: Proof,
    },
    /// The file is complete.
    Complete,
    /// The file may be the same under another entity tag: request the rest once more, with the date
    /// as the condition.
    RetryByDate,
    /// The response contradicts the manifest: request the whole file, and use that response.
    RequestAll(&'static str),
    /// Start over, for this reason.
    StartOver(&'static str),
    /// The response is something else than the file. The part is worth keeping.
    NotTheFile(Box<FetchError>),
}

/// What proves that a response belongs to the same version of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A validator does; the overlap is enough.
    Validator,
    /// No validator proves or denies it: samples of the earlier bytes have to be compared.
    Samples,
}

/// What the validators of the manifest and of the response say about the version of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VersionMatch {
    Same,
    Unclear,
    Other,
}

/// Decides about a response with the status 200, 206 or 416 to a request for the bytes from `first`
/// on.
pub(crate) fn resume_decision(
    known: &PartManifest,
    first: u64,
    head: &ResponseHead,
) -> ResumeDecision {
    match (head.http_status, head.range) {
        // Some servers send a part with the status 200.
        (206, _) | (200, Some(ContentRange::Part { .. })) => decide_part(known, first, head),
        (416, range) => match range {
            Some(ContentRange::Unsatisfied { total: Some(total) })
                if total == known.good_bytes
                    && known.total.is_none_or(|known| known == total)
                    && version(known, head) != VersionMatch::Other =>
            {
                ResumeDecision::Complete
            }
            _ => ResumeDecision::StartOver("The server has no such range: it has another file"),
        },
        _ => decide_whole(known, head),
    }
}

/// Decides about a response with the whole file, or what the server takes for it.
fn decide_whole(known: &PartManifest, head: &ResponseHead) -> ResumeDecision {
    if let Some(error) = not_the_file(known, head) {
        return ResumeDecision::NotTheFile(Box::new(error));
    }
    if known.total != head.length {
        // Some servers send a part with the status 200 and no `Content-Range`: only the response to
        // a plain request counts.
        return ResumeDecision::RequestAll("The file has another length now");
    }
    let is_same_etag = known.etag.is_some() && known.etag == head.etag;
    let has_same_date = known.last_modified.is_some() && known.last_modified == head.last_modified;
    let was_conditional_on_etag = known.etag.as_deref().is_some_and(is_strong);
    let has_other_etag = head.etag.is_some() && !is_same_etag;
    if has_same_date && has_other_etag && was_conditional_on_etag && date_validator(known).is_some()
    {
        return ResumeDecision::RetryByDate;
    }
    ResumeDecision::StartOver("The server does not go on where the download stopped")
}

fn decide_part(known: &PartManifest, requested_first: u64, head: &ResponseHead) -> ResumeDecision {
    let start_over = ResumeDecision::StartOver;
    let Some(ContentRange::Part { first, last, total }) = head.range else {
        return start_over("The server does not say which part of the file it sends");
    };
    if first != requested_first {
        return start_over("The server sends another part of the file than it was asked for");
    }
    if head.content_encoding != known.content_encoding {
        return start_over("The server codes the file in another way now");
    }
    if let (Some(before), Some(now)) = (known.total, total)
        && before != now
    {
        return start_over("The file has another length now");
    }
    if known.total.is_some_and(|total| last >= total) {
        return start_over("The file is longer now");
    }
    if known.total.or(total).is_none() && last < known.good_bytes.saturating_sub(1) {
        return start_over("The file is shorter now");
    }
    let body_bytes = last - first + 1;
    if head.length.is_some_and(|length| length != body_bytes) {
        return start_over("The server contradicts itself about the length of the part");
    }
    let proof = match version(known, head) {
        VersionMatch::Same => Proof::Validator,
        VersionMatch::Unclear => Proof::Samples,
        VersionMatch::Other => return start_over("The file on the server is another one now"),
    };
    ResumeDecision::Continue {
        body_bytes,
        total: known.total.or(total),
        proof,
    }
}

/// Compares the validators of the manifest with those of the response.
fn version(known: &PartManifest, head: &ResponseHead) -> VersionMatch {
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
    let dates = (date(&known.last_modified), date(&head.last_modified));
    let has_same_date = matches!(&dates, (Some(before), Some(now)) if before == now);
    let has_other_date = matches!(&dates, (Some(before), Some(now)) if before != now);
    match (tag(&known.etag), tag(&head.etag)) {
        // The tag says the same version, the date another one.
        (Some(before), Some(now)) if before == now && has_other_date => VersionMatch::Unclear,
        (Some(before), Some(now)) if before == now => VersionMatch::Same,
        (Some(_), Some(_)) if has_same_date => VersionMatch::Unclear,
        (Some(_), Some(_)) => VersionMatch::Other,
        _ if has_other_date => VersionMatch::Other,
        (None, None) if has_same_date => VersionMatch::Same,
        _ => VersionMatch::Unclear,
    }
}

/// Whether a response to a request for a sample is of the file of the manifest.
pub(crate) fn is_sample_of(known: &PartManifest, sample: (u64, u64), head: &ResponseHead) -> bool {
    let (sample_first, sample_bytes) = sample;
    let Some(ContentRange::Part { first, last, total }) = head.range else {
        return false;
    };
    let has_same_etag = known.etag.is_some() && known.etag == head.etag;
    let has_other_date = !has_same_etag
        && matches!(
            (&known.last_modified, &head.last_modified),
            (Some(before), Some(now)) if before != now
        );
    let has_other_total =
        matches!((known.total, total), (Some(before), Some(now)) if before != now);
    matches!(head.http_status, 200 | 206)
        && (first, last - first + 1) == (sample_first, sample_bytes)
        && head.content_encoding == known.content_encoding
        && !has_other_date
        && !has_other_total
}

/// The error of a response that is no version of the file: a login page, for example, or an empty
/// body.
pub(crate) fn not_the_file(known: &PartManifest, head: &ResponseHead) -> Option<FetchError> {
    let before = known.content_type.as_deref().map(media_type);
    let now = head.content_type.as_deref().map(media_type);
    let has_other_length = known.total.is_none_or(|total| head.length != Some(total));
    let is_empty = head.length == Some(0) && known.good_bytes > 0;
    let is_page = now.as_deref().is_some_and(is_web_page) && before != now;
    let what = match (&before, &now) {
        _ if is_empty => "nothing",
        // Without a type in the manifest, a page of the known length may be the file.
        (None, _) if is_page && has_other_length => "a web page",
        (Some(_), _) if is_page => "a web page",
        (Some(before), Some(now))
            if before != now
                && known.total.is_some()
                && head.length.is_some()
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
        .with_status(head.http_status)
        .in_phase(Phase::FirstByte),
    )
}

/// The validator to send as `If-Range` (RFC 9110, section 13.1.5): a strong entity tag, else the
/// date.
pub(crate) fn if_range(known: &PartManifest) -> Option<String> {
    let etag = known.etag.as_ref().filter(|etag| is_strong(etag));
    etag.cloned().or_else(|| date_validator(known))
}

/// The date of the last change, if it can be sent as `If-Range`.
pub(crate) fn date_validator(known: &PartManifest) -> Option<String> {
    let date = known.last_modified.as_deref().and_then(validators::date);
    date.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> PartManifest {
        PartManifest {
            total: Some(1000),
            good_bytes: 500,
            content_type: Some("application/zip".to_owned()),
            ..PartManifest::new(String::new(), String::new())
        }
    }

    fn part(first: u64, last: u64, total: Option<u64>) -> ResponseHead {
        ResponseHead {
            http_status: 206,
            length: Some(last + 1 - first),
            range: Some(ContentRange::Part { first, last, total }),
            ..ResponseHead::default()
        }
    }

    fn goes_on(known: &PartManifest, head: &ResponseHead) -> bool {
        matches!(
            resume_decision(known, 400, head),
            ResumeDecision::Continue { .. }
        )
    }

    #[test]
    fn only_the_right_part_of_an_unchanged_length_goes_on() {
        let known = known();
        assert_eq!(
            resume_decision(&known, 400, &part(400, 999, Some(1000))),
            ResumeDecision::Continue {
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
            ResponseHead {
                length: Some(599),
                ..part(400, 999, Some(1000))
            },
            ResponseHead {
                range: None,
                ..part(400, 999, Some(1000))
            },
            ResponseHead {
                range: Some(ContentRange::Unsatisfied { total: Some(1000) }),
                ..part(400, 999, Some(1000))
            },
            ResponseHead {
                content_encoding: Some("gzip".to_owned()),
                ..part(400, 999, Some(1000))
            },
        ] {
            assert!(
                matches!(
                    resume_decision(&known, 400, &wrong),
                    ResumeDecision::StartOver(_)
                ),
                "{wrong:?}"
            );
        }
        // Another mark of the version is no reason: edges of one network have their own.
        let shorter = PartManifest {
            total: None,
            ..known.clone()
        };
        assert!(goes_on(&shorter, &part(400, 499, None)), "nothing new");
        assert_eq!(
            resume_decision(&shorter, 400, &part(400, 498, None)),
            ResumeDecision::StartOver("The file is shorter now")
        );
        let other_edge = ResponseHead {
            etag: Some("\"b\"".to_owned()),
            ..part(400, 999, Some(1000))
        };
        assert!(goes_on(&known, &other_edge));
    }

    #[test]
    fn a_range_that_does_not_exist_completes_only_a_file_of_that_length() {
        let head = |total| ResponseHead {
            http_status: 416,
            range: Some(ContentRange::Unsatisfied { total }),
            ..ResponseHead::default()
        };
        let whole = PartManifest {
            good_bytes: 1000,
            ..known()
        };
        let unknown_total = PartManifest {
            total: None,
            ..whole.clone()
        };
        assert_eq!(
            resume_decision(&whole, 900, &head(Some(1000))),
            ResumeDecision::Complete
        );
        assert_eq!(
            resume_decision(&unknown_total, 900, &head(Some(1000))),
            ResumeDecision::Complete
        );
        for (known, total) in [
            (&whole, Some(999)),
            (&whole, None),
            (&known(), Some(1000)),
            (&known(), Some(500)),
        ] {
            let verdict = resume_decision(known, 400, &head(total));
            assert!(matches!(verdict, ResumeDecision::StartOver(_)), "{total:?}");
        }
    }

    #[test]
    fn a_page_in_place_of_the_file_is_not_the_file() {
        let head = |content_type: &str, length| ResponseHead {
            http_status: 200,
            length,
            content_type: Some(content_type.to_owned()),
            ..ResponseHead::default()
        };
        let verdict = |head: &ResponseHead| resume_decision(&known(), 400, head);
        for wrong in [
            head("text/html; charset=utf-8", Some(1000)),
            head("Text/HTML", None),
            head("application/json", Some(80)),
        ] {
            assert!(
                matches!(verdict(&wrong), ResumeDecision::NotTheFile(_)),
                "{wrong:?}"
            );
        }
        for other_length in [
            head("application/zip", Some(80)),
            head("application/octet-stream", None),
        ] {
            assert!(
                matches!(verdict(&other_length), ResumeDecision::RequestAll(_)),
                "{other_length:?}"
            );
        }
        for fresh in [
            head("Application/ZIP ;x=y", Some(1000)),
            head("application/octet-stream", Some(1000)),
        ] {
            assert!(
                matches!(verdict(&fresh), ResumeDecision::StartOver(_)),
                "{fresh:?}"
            );
        }
    }

    #[test]
    fn only_what_the_standard_takes_is_a_validator() {
        let validator = |etag: Option<&str>, last_modified: Option<&str>| {
            if_range(&PartManifest {
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
