//! One request and its response: sent, redirected, read and decoded.

pub(crate) mod auth_challenge;
pub(crate) mod body;
pub(crate) mod body_decoder;
pub(crate) mod client_error;
pub(crate) mod content_range;
pub(crate) mod cookies;
pub(crate) mod in_memory;
pub(crate) mod initial_range;
pub(crate) mod offline;
pub(crate) mod pace;
pub(crate) mod redirect;
pub(crate) mod redirect_chain;
pub(crate) mod response_head;
pub(crate) mod send;
pub(crate) mod text;
pub(crate) mod transfer_coding;
