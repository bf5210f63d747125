//! Whether an answer goes on with what is there already. Pure: what is known and what was answered go in, a verdict
//! comes out.

use super::answer::{Answer, media_type};
use super::range::ContentRange;
use super::record::Record;
use crate::fetch::{ErrorClass, FetchError, Phase};

/// What an answer to "the bytes from here on" means for the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It claims to go on: these bytes follow, and the first of them have to be those that are there.
    GoesOn {
        /// How many bytes its body has.
        body_bytes: u64,
        /// How long the whole file is, where that is known.
        total: Option<u64>,
    },
    /// There is nothing more: the file is complete.
    Complete,
    /// It does not go on. The file begins at its first byte again, and this is why.
    Anew(&'static str),
    /// It is something else than the file, and what is there is worth keeping.
    NotTheFile(Box<FetchError>),
}

/// Judges a successful answer, or one that says there is no such range.
///
/// `first` is the first byte that was asked for.
pub(super) fn judge(known: &Record, first: u64, answer: &Answer) -> Verdict {
    match answer.http_status {
        206 => judge_part(known, first, answer),
        416 => match answer.range {
            Some(ContentRange::Unsatisfied { total: Some(total) })
                if total == known.good_bytes && known.total.is_none_or(|known| known == total) =>
            {
                Verdict::Complete
            }
            _ => Verdict::Anew("The server has no such range: it has another file"),
        },
        _ => match not_the_file(known, answer) {
            Some(error) => Verdict::NotTheFile(Box::new(error)),
            None => Verdict::Anew("The server does not go on where the download stopped"),
        },
    }
}

fn judge_part(known: &Record, asked_first: u64, answer: &Answer) -> Verdict {
    let Some(ContentRange::Part { first, last, total }) = answer.range else {
        return Verdict::Anew("The server does not say which part of the file it sends");
    };
    if first != asked_first {
        return Verdict::Anew("The server sends another part of the file than it was asked for");
    }
    if answer.content_encoding != known.content_encoding {
        return Verdict::Anew("The server codes the file in another way now");
    }
    if let (Some(before), Some(now)) = (known.total, total)
        && before != now
    {
        return Verdict::Anew("The file has another length now");
    }
    if known.total.is_some_and(|total| last >= total) {
        return Verdict::Anew("The file is longer now");
    }
    if known.total.or(total).is_none() && last < known.good_bytes.saturating_sub(1) {
        return Verdict::Anew("The file is shorter now");
    }
    let body_bytes = last - first + 1;
    if answer.length.is_some_and(|length| length != body_bytes) {
        return Verdict::Anew("The server contradicts itself about the length of the part");
    }
    Verdict::GoesOn {
        body_bytes,
        total: known.total.or(total),
    }
}

/// The failure of an answer that is no version of the file at all: a login page in its place, for example.
fn not_the_file(known: &Record, answer: &Answer) -> Option<FetchError> {
    let before = media_type(known.content_type.as_deref()?);
    let now = media_type(answer.content_type.as_deref()?);
    if before == now {
        return None;
    }
    let is_page = matches!(now.as_str(), "text/html" | "application/xhtml+xml");
    let jumped = matches!((known.total, answer.length), (Some(before), Some(now)) if before != now);
    (is_page || jumped).then(|| {
        let what = if is_page {
            "a web page"
        } else {
            "something else"
        };
        FetchError::new(
            ErrorClass::NotTheFile,
            format!("The server sends {what} in place of the rest of the file"),
        )
        .with_hint(
            "The link may have expired, or want a login. What came is kept: give a new link to go on.",
        )
        .with_detail(format!("it was {before}, and is {now}"))
        .with_status(answer.http_status)
        .in_phase(Phase::FirstByte)
    })
}

/// The validator to send as `If-Range` (RFC 9110, section 13.1.5): a strong entity tag, else the date of the last
/// change.
pub(super) fn if_range(known: &Record) -> Option<String> {
    let is_strong = |etag: &&String| {
        let inner = etag
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        inner.is_some_and(|inner| {
            inner
                .bytes()
                .all(|byte| byte > b' ' && byte < 0x7f && byte != b'"')
        })
    };
    let is_date = |date: &&String| httpdate::parse_http_date(date).is_ok();
    let etag = known.etag.as_ref().filter(is_strong);
    etag.or(known.last_modified.as_ref().filter(is_date))
        .cloned()
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
        matches!(judge(known, 400, answer), Verdict::GoesOn { .. })
    }

    #[test]
    fn only_the_right_part_of_an_unchanged_length_goes_on() {
        let known = known();
        assert_eq!(
            judge(&known, 400, &part(400, 999, Some(1000))),
            Verdict::GoesOn {
                body_bytes: 600,
                total: Some(1000)
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
                matches!(judge(&known, 400, &wrong), Verdict::Anew(_)),
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
            judge(&shorter, 400, &part(400, 498, None)),
            Verdict::Anew("The file is shorter now")
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
        assert_eq!(judge(&whole, 900, &answer(Some(1000))), Verdict::Complete);
        assert_eq!(
            judge(&unknown_total, 900, &answer(Some(1000))),
            Verdict::Complete
        );
        for (known, total) in [
            (&whole, Some(999)),
            (&whole, None),
            (&known(), Some(1000)),
            (&known(), Some(500)),
        ] {
            let verdict = judge(known, 400, &answer(total));
            assert!(matches!(verdict, Verdict::Anew(_)), "{total:?}");
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
        let verdict = |answer: &Answer| judge(&known(), 400, answer);
        for wrong in [
            answer("text/html; charset=utf-8", Some(1000)),
            answer("Text/HTML", None),
            answer("application/json", Some(80)),
        ] {
            assert!(
                matches!(verdict(&wrong), Verdict::NotTheFile(_)),
                "{wrong:?}"
            );
        }
        for fresh in [
            answer("application/zip", Some(80)),
            answer("Application/ZIP ;x=y", Some(1000)),
            answer("application/octet-stream", Some(1000)),
            answer("application/octet-stream", None),
        ] {
            assert!(matches!(verdict(&fresh), Verdict::Anew(_)), "{fresh:?}");
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
