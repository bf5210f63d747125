//! One window for a folder: a second `jobdeck` hands what it was asked for to the window that holds
//! the folder, over a socket that only this user can reach, one JSON line each way.
//!
//! The first window has an [`Inbox`]; the second process calls [`hand_over`] and ends. Where there
//! are no such sockets, or the folder's path is too long for one, nothing is handed over: the list
//! then says who holds it.

mod message;
#[cfg(unix)]
#[path = "socket_unix.rs"]
mod socket;
#[cfg(not(unix))]
#[path = "socket_other.rs"]
mod socket;

pub use message::{HandedOver, Request};
pub use socket::{Asked, Inbox, hand_over};
