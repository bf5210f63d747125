//! What all requests of one fetch have in common.

use crate::fetch::client::connect::{AgentPool, FetchContext};
use crate::fetch::{FetchError, Request};
use crate::runtime::Token;

/// What all requests of one fetch have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session<'a> {
    pub(crate) context: &'a FetchContext,
    pub(crate) agents: &'a AgentPool,
    pub(crate) request: &'a Request,
}

impl<'a> Session<'a> {
    pub(crate) fn token(&self) -> &'a Token {
        self.context.token()
    }

    /// Blocks while the job is paused.
    ///
    /// # Errors
    /// Class `cancelled`.
    pub(crate) fn checkpoint(&self) -> Result<(), FetchError> {
        (self.token().checkpoint()).map_err(|_| FetchError::cancelled())
    }
}
