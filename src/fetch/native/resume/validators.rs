//! Validators, which identify a version of a file (RFC 9110, section 8.8).

use std::time::SystemTime;

/// A usable entity tag. Servers also send empty ones, and words for "none", which are equal for all
/// versions.
pub(crate) fn entity_tag(text: &str) -> Option<&str> {
    let tag = text.trim();
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque.strip_prefix('"')?.strip_suffix('"')?;
    let is_word = inner
        .bytes()
        .all(|byte| byte > b' ' && byte != 0x7f && byte != b'"');
    let means_none = ["", "-", "0", "null", "none", "nil", "undefined", "unknown"];
    (is_word && !means_none.contains(&inner.to_ascii_lowercase().as_str())).then_some(tag)
}

/// Whether an entity tag is strong: the same tag means the same bytes (RFC 9110, section 8.8.3).
pub(crate) fn is_strong(etag: &str) -> bool {
    entity_tag(etag).is_some_and(|etag| !etag.starts_with("W/") && etag.is_ascii())
}

/// A date of the last change that says something: one that can be read, and is not the first moment
/// of Unix, which servers send for files whose date they do not know.
pub(crate) fn date(text: &str) -> Option<&str> {
    moment(text).map(|_| text)
}

/// The moment that such a date names.
pub(crate) fn moment(date: &str) -> Option<SystemTime> {
    let at = httpdate::parse_http_date(date).ok()?;
    (at > SystemTime::UNIX_EPOCH).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_says_nothing_is_none() {
        for tag in ["\"a\"", "W/\"a\"", "\"a-gzip\"", "\"\u{e9}\""] {
            assert_eq!(entity_tag(tag), Some(tag));
        }
        for nothing in [
            "", "\"\"", "W/\"\"", "W/", "\"", "-", "null", "\"null\"", "a", "\"a\"b\"", "\"a b\"",
            "w/\"a\"",
        ] {
            assert_eq!(entity_tag(nothing), None, "{nothing}");
        }
        assert!(is_strong("\"a\"") && !is_strong("W/\"a\"") && !is_strong("\"\""));
    }

    #[test]
    fn a_date_that_says_nothing_is_none() {
        let good = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(date(good), Some(good));
        for nothing in ["", "0", "-1", "never", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(date(nothing), None, "{nothing}");
        }
    }
}
