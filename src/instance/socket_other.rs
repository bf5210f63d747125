//! A system without sockets in folders: nothing is handed over.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::message::{HandedOver, Request};

/// Nothing is ever asked for.
#[derive(Debug)]
pub struct Inbox;

/// Nothing asks.
#[derive(Debug)]
pub struct Asked {
    /// What it asks for.
    pub request: Request,
}

impl Asked {
    /// Nothing waits.
    pub fn done(self) {}
}

impl Inbox {
    /// Does not listen.
    ///
    /// # Errors
    /// Always [`io::ErrorKind::Unsupported`].
    pub fn listen(_: &Path, _: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// None.
    #[must_use]
    pub fn take(&self) -> Option<Asked> {
        None
    }
}

/// None.
///
/// # Errors
/// None.
pub fn hand_over(_: &Path, _: &Request) -> io::Result<Option<HandedOver>> {
    Ok(None)
}
