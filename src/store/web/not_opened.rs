//! Why a page has no list.

use super::elsewhere::Elsewhere;

/// Why a page has no list of its own.
#[derive(Debug)]
pub enum NotOpened {
    /// Another tab has it.
    Elsewhere(Elsewhere),
    /// The page is not in a secure context: the browser gives it no locks, and two tabs would write
    /// the same list.
    NoLocks,
    /// It cannot be used: what happened, and what to do.
    Refused(String),
}
