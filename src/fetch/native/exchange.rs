//! One request and its answer, redirects and all.

use ureq::Body;
use ureq::http::Response;

use super::agent::{self, Ask};
use super::framing;
use super::network::Network;
use super::redirect;
use crate::fetch::{ErrorClass, FetchError, Phase, Request};

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
    loop {
        let response = agent::answer(network, &request, ask)?;
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
