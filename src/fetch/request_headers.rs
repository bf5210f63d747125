//! Which headers a request may carry, and where to.

use crate::fetch::FetchError;
use crate::fetch::limits;

/// Whether a header can go to any origin: it holds no secret.
pub(super) fn is_harmless(name: &str) -> bool {
    let harmless = ["accept", "accept-language", "user-agent"];
    harmless
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Checks that a header can be sent.
///
/// # Errors
/// Class `bad_url`, as [`Request::with_header`](crate::fetch::Request::with_header) says.
pub(super) fn check_header(name: &str, value: &str) -> Result<(), FetchError> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(FetchError::bad_url(
            "The header's name cannot be sent",
            "Write it as 'Name: value', with letters, digits and hyphens in the name.",
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(FetchError::bad_url(
            format!("The value of the header {name} cannot be sent"),
            "Line breaks and control characters are not allowed there.",
        ));
    }
    if name.len() + value.len() > limits::MAX_SENT_HEADER_BYTES {
        let shown: String = name.chars().take(100).collect();
        return Err(FetchError::bad_url(
            format!("The header {shown} is too long"),
            format!("At most {} bytes are sent.", limits::MAX_SENT_HEADER_BYTES),
        ));
    }
    if name.eq_ignore_ascii_case("proxy-authorization") {
        return Err(FetchError::bad_url(
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
        return Err(FetchError::bad_url(
            format!("The header {name} is set by the download itself"),
            "Leave it out.",
        ));
    }
    Ok(())
}
