//! The demo: three jobs, and a paced server on this computer to watch downloads without a network.

#[cfg(feature = "deck")]
mod jobs;
#[cfg(not(target_arch = "wasm32"))]
mod pace;
#[cfg(not(target_arch = "wasm32"))]
mod reply;
#[cfg(not(target_arch = "wasm32"))]
mod server;

#[cfg(feature = "deck")]
pub use jobs::{fetch_specs, marked, timed_specs};
#[cfg(not(target_arch = "wasm32"))]
pub use pace::Pace;
#[cfg(not(target_arch = "wasm32"))]
pub use reply::{MAX_BODY_BYTES, fill_body};
#[cfg(not(target_arch = "wasm32"))]
pub use server::{DemoServer, End, MAX_CONNECTIONS, MAX_LOG_ENTRIES, Served};
