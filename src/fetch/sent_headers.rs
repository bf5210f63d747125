//! Which headers a request may have, and which it takes to another origin.

use crate::fetch::{ErrorClass, FetchError};
use crate::settings;

/// Whether a header holds nothing that is for one origin alone.
pub(super) fn is_harmless(name: &str) -> bool {
    let harmless = ["accept", "accept-language", "user-agent"];
    harmless
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Succeeds if a request can have this header; see [`Request::with_header`].
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), FetchError> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(bad_url(
            "The header's name cannot be sent",
            "Write it as 'Name: value', with letters, digits and hyphens in the name.",
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(bad_url(
            format!("The value of the header {name} cannot be sent"),
            "Line breaks and control characters are not allowed there.",
        ));
    }
    if name.len() + value.len() > settings::MAX_SENT_HEADER_BYTES {
        let shown: String = name.chars().take(100).collect();
        return Err(bad_url(
            format!("The header {shown} is too long"),
            format!(
                "At most {} bytes are sent.",
                settings::MAX_SENT_HEADER_BYTES
            ),
        ));
    }
    if name.eq_ignore_ascii_case("proxy-authorization") {
        return Err(bad_url(
            "The header Proxy-Authorization would reach the server as well as the proxy",
            "Put the user name and password in the proxy's address (--proxy http://user:password@host:port).",
        ));
    }
    let ours = [
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "if-range",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    if ours.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(bad_url(
            format!("The header {name} is set by the download itself"),
            "Leave it out.",
        ));
    }
    Ok(())
}

fn bad_url(message: impl Into<String>, hint: impl Into<String>) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message).with_hint(hint)
}
