//! Text as a URL, with words for people about what is wrong with it.

use url::Url;

use crate::fetch::FetchError;
use crate::fetch::limits;

/// Parses text by the URL standard. Space around it is ignored.
///
/// # Errors
/// Class `bad_url`: not a URL, too long, or a line break or another control character inside.
pub(super) fn parse_url(text: &str) -> Result<Url, FetchError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FetchError::bad_url(
            "There is no URL",
            "Give one, such as https://example.com/file.",
        ));
    }
    if text.len() > limits::MAX_URL_BYTES {
        return Err(FetchError::bad_url(
            format!("The URL is too long: {} bytes", text.len()),
            format!("At most {} bytes are taken.", limits::MAX_URL_BYTES),
        ));
    }
    check_characters(text)?;
    Url::parse(text).map_err(|error| not_a_url(text, error))
}

/// Refuses the characters that the URL standard leaves out without a word: several links in lines
/// would become one.
fn check_characters(text: &str) -> Result<(), FetchError> {
    let is_line_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if text.contains(is_line_break) {
        return Err(FetchError::bad_url(
            "A link has a line break in it",
            "Write each link in a line of its own, and join one that was broken over lines.",
        ));
    }
    if text.contains(char::is_control) {
        return Err(FetchError::bad_url(
            "A link has a tab or another control character in it",
            "Take it out, or write it in percent codes, such as %09 for a tab.",
        ));
    }
    Ok(())
}

fn not_a_url(text: &str, error: url::ParseError) -> FetchError {
    let (message, hint) = match error {
        url::ParseError::RelativeUrlWithoutBase if looks_like_host(text) => (
            "The URL does not say how to fetch it",
            format!("Write https://{} instead.", before_secrets(text)),
        ),
        url::ParseError::RelativeUrlWithoutBase => (
            "This is not a URL",
            "A URL begins with https:// or http://.".to_owned(),
        ),
        url::ParseError::InvalidPort => (
            "The URL's port does not exist",
            "Give a port from 1 to 65535, or none.".to_owned(),
        ),
        url::ParseError::EmptyHost => (
            "The URL names no host",
            "After https:// comes the host, such as example.com.".to_owned(),
        ),
        url::ParseError::IdnaError
        | url::ParseError::InvalidIpv4Address
        | url::ParseError::InvalidIpv6Address
        | url::ParseError::InvalidDomainCharacter => (
            "The URL's host cannot exist",
            "Check the part between // and the next /.".to_owned(),
        ),
        _ => ("This is not a URL", "Check how it is written.".to_owned()),
    };
    FetchError::bad_url(message, hint).with_detail(error.to_string())
}

/// Whether a text without a scheme begins like `example.com/…` or `localhost:…`.
fn looks_like_host(text: &str) -> bool {
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    !host.is_empty()
        && !text.chars().any(char::is_whitespace)
        && !text.contains('@')
        && (host.contains('.') || host == "localhost")
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
}

/// The part of a text that cannot hold a token.
fn before_secrets(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}
