//! URLs without secrets, as they may be shown, and as they may be written to files.

use std::borrow::Cow;

use url::Url;

use crate::fetch::coding::percent_decoded;

/// Replaces a secret.
const MASK: &str = "…";

/// A query value is a secret if its name, reduced to letters and digits, ends with one of these.
const SECRET_ENDS: [&str; 27] = [
    "key",
    "sess",
    "sessid",
    "session",
    "sessionid",
    "sid",
    "token",
    "ticket",
    "sig",
    "signature",
    "hmac",
    "auth",
    "authorization",
    "password",
    "passwd",
    "pwd",
    "pass",
    "secret",
    "credential",
    "credentials",
    "jwt",
    "bearer",
    "otp",
    "pw",
    "csrf",
    "hdnts",
    "hdnea",
];

/// Names that are secret as a whole, but not as an end: `zipcode` and `privacy-policy` are not.
const SECRET_NAMES: [&str; 3] = ["code", "passphrase", "policy"];

/// Words that end like the name of a secret and are none.
const ORDINARY_WORDS: [&str; 14] = [
    "assess",
    "bypass",
    "compass",
    "donkey",
    "hockey",
    "jockey",
    "monkey",
    "obsess",
    "obsession",
    "overpass",
    "possess",
    "possession",
    "turkey",
    "whiskey",
];

/// The least length of a random-looking value that is masked in files.
const RANDOM_FROM_LENGTH: usize = 20;

/// How often a value is decoded to find nested URLs.
const DECODED_AT_MOST: usize = 3;

/// A URL as it may be shown and logged; see
/// [`Request::shown_url`](crate::fetch::Request::shown_url).
pub(crate) fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    let Some(query) = url.query() else {
        return shown.into();
    };
    shown.set_query(None);
    let query = masked(query, &|name, value| {
        is_secret_name(name) || holds_secret(value)
    });
    format!("{shown}?{query}")
}

/// A shown URL as it may be written to files, which others may read later: also without long query
/// values that look random.
pub(crate) fn url_for_files(shown: &str) -> Cow<'_, str> {
    let Some((place, query)) = shown.split_once('?') else {
        return Cow::Borrowed(shown);
    };
    let query = masked(query, &|_, value| looks_random(&decoded(value)));
    Cow::Owned(format!("{place}?{query}"))
}

/// A text, such as the detail of an error, with the secrets of its URLs masked.
pub(crate) fn with_shown_urls(text: &str) -> Cow<'_, str> {
    with_urls(text, &|url| shown_url(url))
}

/// A text as it may be written to files: with its URLs as
/// [`Request::url_for_files`](crate::fetch::Request::url_for_files) has them.
///
/// ```
/// let text = jobdeck::fetch::text_for_files("from https://me:pw@h.org/f?token=abc on");
/// assert_eq!(text, "from https://h.org/f?token=… on");
/// ```
#[must_use]
pub fn text_for_files(text: &str) -> Cow<'_, str> {
    with_urls(text, &|url| {
        // The text is one that is shown: it may have masks already.
        let shown = shown_url(url).replace("%E2%80%A6", MASK);
        url_for_files(&shown).into_owned()
    })
}

/// A text with its URLs replaced by `write`. A malformed URL is masked as a whole.
fn with_urls<'a>(text: &'a str, write: &dyn Fn(&Url) -> String) -> Cow<'a, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let ends_url =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(colon) = rest.find("://") {
        let scheme = rest[..colon].trim_end_matches(is_of_scheme).len();
        let end = rest[colon..]
            .find(ends_url)
            .map_or(rest.len(), |at| colon + at);
        shown.push_str(&rest[..scheme]);
        match Url::parse(&rest[scheme..end]) {
            Ok(url) if url.has_host() => shown.push_str(&write(&url)),
            // Not even a URL: nothing of it is known to be harmless.
            _ => shown.push_str(&format!("{}://{MASK}", &rest[scheme..colon])),
        }
        rest = &rest[end..];
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// A query with its secrets masked. `is_secret` gets the name and the value of each part; the name
/// is empty if there is only a value.
fn masked(query: &str, is_secret: &dyn Fn(&str, &str) -> bool) -> String {
    let mut shown = String::with_capacity(query.len());
    // Servers separate by both signs.
    for part in query.split_inclusive(['&', ';']) {
        let (pair, separator) = match part.strip_suffix(['&', ';']) {
            Some(pair) => (pair, &part[pair.len()..]),
            None => (part, ""),
        };
        match pair.split_once('=') {
            // A URL whose own query begins in this part.
            Some((name, _)) if is_secret("", name) => shown.push_str(MASK),
            Some((_, "")) => shown.push_str(pair),
            Some((name, value)) if is_secret(name, value) => {
                shown.push_str(&format!("{name}={MASK}"));
            }
            None if !pair.is_empty() && is_secret("", pair) => shown.push_str(MASK),
            _ => shown.push_str(pair),
        }
        shown.push_str(separator);
    }
    shown
}

/// Whether a value is likely a secret, by the end of its name.
fn is_secret_name(name: &str) -> bool {
    let name = decoded(name).to_lowercase();
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    // `token_v2`, `token[0]`
    while words.len() > 1 && words.last().is_some_and(|word| is_number_of_version(word)) {
        words.pop();
    }
    let Some(last) = words.last() else {
        return false;
    };
    if ORDINARY_WORDS.contains(last) {
        return false;
    }
    let joined = words.concat();
    let name = joined.trim_end_matches(|c: char| c.is_ascii_digit());
    SECRET_NAMES.contains(&name) || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

fn is_number_of_version(word: &str) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    digits.chars().all(|c| c.is_ascii_digit())
}

/// Whether a value is that of an `Authorization` header, or a URL with a secret, encoded or not.
fn holds_secret(value: &str) -> bool {
    let value = decoded(value);
    if is_bearer(&value) {
        return true;
    }
    let Some((_, after)) = value.split_once("//") else {
        return has_secret_pair(&value);
    };
    let authority = after
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or_default();
    authority.contains('@') || has_secret_pair(&value)
}

/// Whether a decoded value is, or ends with, a query that has a secret.
fn has_secret_pair(value: &str) -> bool {
    let query = value.split_once('?').map_or(value, |(_, query)| query);
    query.split(['&', ';', '#']).any(|pair| {
        pair.split_once('=').is_some_and(|(name, value)| {
            !value.is_empty() && (is_secret_name(name) || is_bearer(value))
        })
    })
}

/// Whether a decoded value begins like that of an `Authorization` header.
fn is_bearer(value: &str) -> bool {
    let (scheme, token) = value.split_once([' ', '+']).unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()
}

/// Decodes percent codes, also nested ones.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..DECODED_AT_MOST {
        if !text.contains('%') {
            break;
        }
        text = percent_decoded(&text);
    }
    text
}

/// Whether a value has a long part that looks random, such as base64 or hexadecimal digits: letters
/// and digits alternate often, unlike in words and dates.
fn looks_random(value: &str) -> bool {
    let is_of_code =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    value.split(|c: char| !is_of_code(c)).any(is_random)
}

fn is_random(part: &str) -> bool {
    if part.len() < RANDOM_FROM_LENGTH {
        return false;
    }
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<_> = part.bytes().map(kind).collect();
    let digits = kinds.iter().filter(|kind| **kind == Some(0)).count();
    let letters = kinds.iter().flatten().count() - digits;
    let changes = kinds
        .windows(2)
        .filter(|pair| pair[0].is_some() && pair[1].is_some() && pair[0] != pair[1])
        .count();
    // One change in five: random hexadecimal digits have nearly one in two.
    digits >= 2 && letters >= 2 && changes * 5 >= digits + letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        shown_url(&Url::parse(text).unwrap())
    }

    #[test]
    fn values_are_masked_by_the_ends_of_their_names() {
        for name in [
            "passkey",
            "authkey",
            "PHPSESSID",
            "ticket",
            "X-Amz-Signature",
            "X-Amz-Credential",
            "api_key",
            "api-key[]",
            "Key",
            "sid",
            "connect.sid",
            "sess",
            "asp.net_sessionid",
            "access_token",
            "token_v2",
            "token[0]",
            "sig",
            "hmac",
            "auth",
            "password",
            "userPasswd",
            "pwd",
            "db_pass",
            "code",
            "client_secret",
            "jwt",
            "bearer",
            "otp",
            "user_otp",
            "pw",
            "userpw",
            "csrf",
            "_csrf",
            "hdnts",
            "hdnea",
            "Policy",
            "%74oken",
            "to%6Ben",
            "%2574oken",
            "com_pass",
            "key2",
        ] {
            for query in [
                format!("{name}=abc"),
                format!("a=1&{name}=abc&b=2"),
                format!("a=1;{name}=abc;b=2"),
            ] {
                let masked = query.replace("abc", "…");
                assert_eq!(
                    shown(&format!("http://h/f?{query}")),
                    format!("http://h/f?{masked}")
                );
            }
        }
    }

    #[test]
    fn ordinary_queries_stay_readable() {
        for query in [
            "author=me&keyboard=x&p",
            "page_key_count=3",
            "monkey=1&turkey=2&by_compass=3&possession=4",
            "zipcode=123&country_code=de",
            "key=",
            "a=b=c&&d;",
            "privacy-policy=yes&policyholder=me&Key-Pair-Id=K2J&bearers=2&forbearing=1",
            "q=Bearer&of=bearers%20of%20news",
            "q=a+b%20c&file=report-2024-final-version3.pdf",
            "mail=me@h.org",
            "next=http%3A%2F%2Fh%2Fa%3Fpage%3D2",
            "",
        ] {
            let url = format!("http://h/f?{query}");
            assert_eq!(shown(&url), url);
            assert_eq!(url_for_files(&url), url);
        }
        assert_eq!(
            shown("http://h/token=x/AbC123dEf456GhI789jK0"),
            "http://h/token=x/AbC123dEf456GhI789jK0"
        );
    }

    #[test]
    fn what_is_nested_in_a_value_is_masked_too() {
        for value in [
            "http://u:PW@h",
            "http://u:PW@h/a?b=c",
            "http%3A%2F%2Fu%3APW%40h",
            "http%253A%252F%252Fu%253APW%2540h%252F",
            "//u:PW@h/",
            "http%3A%2F%2Fh%2F%3Fa%3D1%26token%3DPW",
            "a%3D1%26passkey%3DPW",
            "a%3D1%3Btoken%3DPW",
            "Bearer PW",
            "bearer%20PW",
            "Bearer+PW",
            "Bearer%2520PW",
            "http%3A%2F%2Fh%2F%3Fa%3DBearer%2520PW",
        ] {
            for query in [format!("to={value}"), value.to_owned()] {
                let shown = shown(&format!("http://h/f?{query}"));
                assert!(!shown.contains("PW"), "{shown}");
            }
        }
        assert_eq!(
            shown("http://h/f?to=http://u:PW@h&a=1"),
            "http://h/f?to=…&a=1"
        );
    }

    #[test]
    fn files_hold_no_long_random_value() {
        for value in [
            "d41d8cd98f00b204e9800998ecf8427e",
            "550e8400-e29b-41d4-a716-446655440000",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "a1B2c3D4e5F6g7H8i9J0",
            "Zm9vYmFyYmF6MTIzNDU2Nzg5MA%3D%3D",
            "prefix%3Ad41d8cd98f00b204e9800998ecf8427e",
        ] {
            let shown = format!("http://h/f?a=1&x={value}&b=2");
            assert_eq!(url_for_files(&shown), "http://h/f?a=1&x=…&b=2");
            assert_eq!(
                url_for_files(&format!("http://h/f?{value}")),
                "http://h/f?…"
            );
            let path = format!("http://h/{value}/f");
            assert_eq!(url_for_files(&path), path, "parts of the path stay");
        }
        for value in [
            "2024-01-01T10:00:00.000Z",
            "12345678901234567890123",
            "the-quick-brown-fox-jumps-over-2-lazy-dogs",
            "jobdeck-v1.2.3-beta4-linux-x86_64.tar.gz",
            "…",
        ] {
            let shown = format!("http://h/f?x={value}");
            assert_eq!(url_for_files(&shown), shown);
        }
    }

    #[test]
    fn urls_in_texts_are_shown_without_secrets() {
        for (text, expected) in [
            ("no URL here", "no URL here"),
            (
                "at http://u:PW@h/a?token=PW: refused",
                "at http://h/a?token=…: refused",
            ),
            (
                "<a href=\"https://h/?passkey=PW\">x</a> ftp://u:PW@h/",
                "<a href=\"https://h/?passkey=…\">x</a> ftp://h/",
            ),
            ("http://u:PW@", "http://…"),
            ("://u:PW@h", "://…"),
        ] {
            let shown = with_shown_urls(text);
            assert!(!shown.contains("PW"), "{shown}");
            if !text.contains(": refused") {
                assert_eq!(shown, expected);
            }
            let again = with_shown_urls(&shown).replace("%E2%80%A6", MASK);
            assert_eq!(again, shown, "once more");
        }
    }
}
