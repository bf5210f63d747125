//! Redirects, by stricter rules than the client's: http and https only, never from https to http,
//! and no secret for another origin.

use ureq::Body;
use ureq::http::{Response, header};
use url::Url;

use crate::fetch::secrets::shown_url;
use crate::fetch::{ErrorClass, FetchError, Phase, Request};

/// The next request, if the response is a redirect.
///
/// # Errors
/// Class `redirect` when it has no target, or one that cannot or must not be followed.
pub(super) fn next(
    request: &Request,
    response: &Response<Body>,
) -> Result<Option<Request>, FetchError> {
    let http_status = response.status().as_u16();
    if !matches!(http_status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let target = target(request, response).and_then(|target| following(request, target));
    let with_status = |error: FetchError| error.with_status(http_status).in_phase(Phase::FirstByte);
    target.map(Some).map_err(with_status)
}

/// The target of a redirect.
fn target(request: &Request, response: &Response<Body>) -> Result<Url, FetchError> {
    let mut locations = response.headers().get_all(header::LOCATION).iter();
    let Some(location) = locations.next() else {
        return Err(refused(
            "The server redirects, but does not say where to",
            "This is the server's fault; look for another link.",
        ));
    };
    if locations.any(|other| other != location) {
        return Err(refused(
            "The server redirects to two places at once",
            "This is the server's fault; look for another link.",
        ));
    }
    let location = readable(location.as_bytes());
    let target = request.url().join(&location).map_err(|error| {
        refused(
            "The server redirects to what is not a URL",
            "Look for another link.",
        )
        .with_detail(error.to_string())
    })?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(refused(
            "The server redirects to something else than http or https",
            "It will not be followed; look for another link.",
        )
        .with_detail(format!("the scheme is {}", target.scheme())));
    }
    if request.url().scheme() == "https" && target.scheme() == "http" {
        return Err(refused(
            "The server redirects from https to http",
            "It will not be followed: anybody on the way could change the file.",
        )
        .with_detail(shown_url(&target)));
    }
    Ok(target)
}

fn refused(message: &str, hint: &str) -> FetchError {
    FetchError::new(ErrorClass::Redirect, message).with_hint(hint)
}

/// A location as text. Bytes that are not UTF-8 are percent-encoded: some servers do not escape
/// them.
fn readable(location: &[u8]) -> String {
    match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        Err(_) => location
            .iter()
            .map(|&byte| match byte {
                ..128 => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect(),
    }
}

/// The request to the target of a redirect. See [`Request::moved_to`] for what another origin does
/// not get.
fn following(request: &Request, target: Url) -> Result<Request, FetchError> {
    let next = Request::from_url(target).map_err(|error| FetchError {
        class: ErrorClass::Redirect,
        message: format!(
            "The server redirects to what cannot be fetched: {}",
            error.message
        ),
        hint: "Look for another link.".to_owned(),
        ..error
    })?;
    Ok(request.moved_to(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_takes_secrets_only_to_the_same_origin() {
        let request = Request::get("http://me:pw@h/a")
            .and_then(|r| r.with_header("Authorization", "x"))
            .and_then(|r| r.with_header("X-Key", "y"))
            .and_then(|r| r.with_header("Accept", "z"))
            .unwrap();
        let to = |url| following(&request, Url::parse(url).unwrap()).unwrap();
        assert_eq!(to("http://h:80/b").headers().len(), 3);
        assert!(to("http://h/b").authorization().is_some());
        // A step up to TLS, on the ports that the schemes have by themselves.
        assert_eq!(to("https://h/b").headers().len(), 3);
        assert!(to("https://h:443/b").authorization().is_some());
        for elsewhere in [
            "http://h:81/b",
            "https://h:444/b",
            "https://h:80/b",
            "http://i/b",
            "https://i/b",
            "https://x.h/b",
        ] {
            assert_eq!(to(elsewhere).headers(), [("Accept".into(), "z".into())]);
            assert_eq!(to(elsewhere).authorization(), None);
        }
        assert!(to("http://you:pw@i/b").authorization().is_some());
    }

    #[test]
    fn a_redirect_may_make_a_connection_secure_and_never_the_other_way_round() {
        let from = |url: &str, location: &str| {
            let request = Request::get(url).unwrap();
            let response = Response::builder()
                .status(302)
                .header(header::LOCATION, location)
                .body(Body::builder().data(""));
            next(&request, &response.unwrap())
        };
        for (url, location) in [
            ("http://h/a", "https://h/b"),
            ("https://h/a", "https://i/b"),
            ("https://h/a", "//i/b"),
            ("https://h/a", "/b"),
        ] {
            let next = from(url, location).unwrap().unwrap();
            assert_eq!(next.url().scheme(), "https", "{location}");
        }
        let error = from("https://h/a", "http://me:pw@h/b?token=hunter2").unwrap_err();
        assert_eq!(error.class, ErrorClass::Redirect);
        assert_eq!(
            (error.http_status, error.phase),
            (Some(302), Some(Phase::FirstByte))
        );
        assert_eq!(error.detail, "http://h/b?token=…");
    }
}
