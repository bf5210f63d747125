//! Transfer codings that the client does not decode, and would pass on as if they were the file.

use ureq::Body;
use ureq::http::{Response, Version, header};

use crate::fetch::{ErrorClass, FetchError, Phase};

/// Refuses a response with another transfer coding than `chunked`, or with that in HTTP/1.0 (RFC
/// 9112, section 6.1): the encoded bytes would be saved as the file.
///
/// # Errors
/// Class `protocol`.
pub(super) fn check(response: &Response<Body>) -> Result<(), FetchError> {
    let codings = codings(response);
    let is_known = match codings.as_slice() {
        [] => true,
        [coding] => coding == "chunked" && response.version() != Version::HTTP_10,
        _ => false,
    };
    if is_known {
        return Ok(());
    }
    Err(FetchError::new(
        ErrorClass::Protocol,
        "The server sends the file in a form that nobody asked for",
    )
    .with_hint("This is the server's fault; its operator should know.")
    .with_detail(format!(
        "{:?}, Transfer-Encoding: {}",
        response.version(),
        codings.join(", ")
    ))
    .with_status(response.status().as_u16())
    .in_phase(Phase::FirstByte))
}

/// Whether the body comes in chunks: then `Content-Length` does not count (RFC 9112, section 6.3).
pub(super) fn is_chunked(response: &Response<Body>) -> bool {
    !codings(response).is_empty()
}

/// The transfer codings, in lower case and in order, without `identity`.
fn codings(response: &Response<Body>) -> Vec<String> {
    let values = response.headers().get_all(header::TRANSFER_ENCODING);
    let values: Vec<_> = values
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
        .collect();
    values
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "identity")
        .map(str::to_owned)
        .collect()
}
