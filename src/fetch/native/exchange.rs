//! One request and its answer, redirects and all.

use ureq::Body;
use ureq::http::{Response, header};

use super::agent::{self, Ask};
use super::answer::header_text;
use super::framing;
use super::network::Network;
use super::redirect;
use crate::fetch::{ErrorClass, FetchError, Phase, Request, TracedAnswer};

/// What answered in the end.
pub(super) struct Exchange {
    /// The request that was answered: after redirects, another one than was made.
    pub(super) request: Request,
    pub(super) response: Response<Body>,
}

/// Sends a request, and follows where the server sends us on to.
///
/// # Errors
/// What kept an answer from coming, and redirects that cannot or will not be followed.
pub(super) fn exchange(
    network: &Network,
    request: &Request,
    ask: &Ask,
) -> Result<Exchange, FetchError> {
    let mut request = request.clone();
    let mut redirects_left = request.max_redirects();
    let mut redirects = Vec::new();
    loop {
        let response = agent::answer(network, &request, ask)?;
        tell_answer(&request, &response, &redirects);
        match redirect::next(&request, &response)? {
            Some(_) if redirects_left == 0 => {
                return Err(FetchError::new(
                    ErrorClass::Redirect,
                    format!(
                        "The server redirects more than {} times",
                        request.max_redirects()
                    ),
                )
                .with_hint("The URL may lead in circles; look for another link.")
                .with_status(response.status().as_u16())
                .in_phase(Phase::FirstByte));
            }
            Some(next) => {
                redirects_left -= 1;
                redirects.push(next.shown_url());
                request = next;
            }
            None => {
                if response.status().is_success() {
                    framing::check(&response)?;
                }
                return Ok(Exchange { request, response });
            }
        }
    }
}

/// Tells whoever traces the request what the server said.
fn tell_answer(request: &Request, response: &Response<Body>, redirects: &[String]) {
    let text = |name| header_text(response, name).filter(|text| !text.is_empty());
    let http_status = response.status().as_u16();
    let takes_ranges = match text(header::ACCEPT_RANGES) {
        _ if http_status == 206 => Some(true),
        Some(units) if units.eq_ignore_ascii_case("bytes") => Some(true),
        Some(units) if units.eq_ignore_ascii_case("none") => Some(false),
        _ => None,
    };
    request.tell(|trace| {
        trace.set_answer(TracedAnswer {
            redirects: redirects.to_vec(),
            http_status,
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            content_type: text(header::CONTENT_TYPE),
            takes_ranges,
        });
    });
}
