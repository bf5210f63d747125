//! One request and its response: sent, redirected, read and decoded.

mod auth_challenge;
mod body;
mod body_decoder;
mod client_error;
mod content_range;
mod cookies;
mod in_memory;
mod initial_range;
mod offline;
mod pace;
mod redirect;
mod redirect_chain;
mod response_head;
mod send;
mod session;
mod status;
mod text;
mod transfer_coding;

pub(super) use self::body::{BodyOffset, LastRead, read as read_body};
pub(super) use self::body_decoder::BodyDecoder;
pub(super) use self::client_error::naming_proxy;
pub(super) use self::content_range::ContentRange;
pub(super) use self::in_memory::{Purpose, fetch as fetch_in_memory};
pub(super) use self::initial_range::InitialRange;
pub(super) use self::redirect_chain::{Exchange, exchange};
pub(super) use self::response_head::ResponseHead;
pub(super) use self::send::RequestKind;
pub(super) use self::session::Session;
pub(super) use self::status::{check_success, now_unix_secs, status_error};
pub(super) use self::text::Preview;
