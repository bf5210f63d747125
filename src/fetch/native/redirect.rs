//! Following redirects by stricter rules than the client's: http and https only, never from https
//! to http, and no secret for another origin.

use ureq::Body;
use ureq::http::{Response, header};
use url::Url;

use super::answer::header_text;
use crate::fetch::coding::shown_url;
use crate::fetch::{ErrorClass, FetchError, Phase, Request};

/// Where an answer sends us on to, if it does.
pub(super) fn target(
    request: &Request,
    response: &Response<Body>,
) -> Result<Option<Url>, FetchError> {
    let http_status = response.status().as_u16();
    if !matches!(http_status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let fail = |message: &str, hint: &str| {
        FetchError::new(ErrorClass::Redirect, message)
            .with_hint(hint)
            .with_status(http_status)
            .in_phase(Phase::FirstByte)
    };
    let Some(location) = header_text(response, header::LOCATION) else {
        return Err(fail(
            "The server redirects, but does not say where to",
            "This is the server's fault; look for another link.",
        ));
    };
    let target = request.url().join(&location).map_err(|error| {
        fail(
            "The server redirects to what is not a URL",
            "Look for another link.",
        )
        .with_detail(error.to_string())
    })?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(fail(
            "The server redirects to something else than http or https",
            "It will not be followed; look for another link.",
        )
        .with_detail(format!("the scheme is {}", target.scheme())));
    }
    if request.url().scheme() == "https" && target.scheme() == "http" {
        return Err(fail(
            "The server redirects from https to http",
            "It will not be followed: anybody on the way could change the file.",
        )
        .with_detail(shown_url(&target)));
    }
    Ok(Some(target))
}

/// The request that follows a redirect to `target`: to another origin go neither the credentials
/// nor any header that could hold a secret.
///
/// # Errors
/// Class `redirect` when the target cannot be fetched.
pub(super) fn following(request: &Request, target: Url) -> Result<Request, FetchError> {
    let is_same_origin = request.url.origin() == target.origin();
    let next = Request::from_url(target).map_err(|error| FetchError {
        class: ErrorClass::Redirect,
        message: format!(
            "The server redirects to what cannot be fetched: {}",
            error.message
        ),
        hint: "Look for another link.".to_owned(),
        phase: Some(Phase::FirstByte),
        ..error
    })?;
    let headers = request.headers.iter().filter(|(name, _)| {
        let harmless = ["accept", "accept-language", "user-agent"];
        is_same_origin || harmless.contains(&name.to_ascii_lowercase().as_str())
    });
    Ok(Request {
        headers: headers.cloned().collect(),
        credentials: match next.credentials {
            None if is_same_origin => request.credentials.clone(),
            credentials => credentials,
        },
        url: next.url,
        ..request.clone()
    })
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
        for elsewhere in ["http://h:81/b", "https://h/b", "http://i/b"] {
            assert_eq!(to(elsewhere).headers(), [("Accept".into(), "z".into())]);
            assert_eq!(to(elsewhere).authorization(), None);
        }
        assert!(to("http://you:pw@i/b").authorization().is_some());
    }
}
