//! A job runtime for immediate-mode GUIs, and the dashboard that is built on it.
//!
//! A job is an async function that runs on the UI thread, reads from top to bottom and never blocks
//! it. What it awaits is a task: a sleep, a blocking call in a worker thread, a download, a child
//! job. All of it can be paused, resumed and cancelled at any moment.
//!
//! ```toml
//! jobdeck = { version = "0.1", default-features = false } # add features = ["ui"] for egui
//! ```
//!
//! ```
//! use jobdeck::runtime::{JobError, ParkHost, Runtime};
//! use std::time::Duration;
//!
//! fn main() -> Result<(), JobError> {
//!     let host = ParkHost::new(); // in a window: jobdeck::view::EguiHost::new(ctx)
//!     let runtime = Runtime::new(host.clone());
//!     let job = runtime.spawn("count words", async |cx| {
//!         cx.sleep(Duration::from_millis(5)).await?; // a pause does not count
//!         cx.blocking("counting", |_token| Ok("one two three".split(' ').count())).await
//!     });
//!     println!("{} words", host.block_on(&runtime, job)?);
//!     Ok(())
//! }
//! ```
//!
//! Start with [`runtime`], or with [`guide`] when coming from callbacks. [`fetch`] downloads,
//! [`testing`] runs jobs on a virtual clock, and [`view`] shows them in an egui application.
//!
//! # Features
//!
//! | feature | what it adds | crates |
//! |---|---|---|
//! | none | the runtime, its guide and its tests' helpers | 18 |
//! | `fetch` | one HTTP GET as a task | 124 |
//! | `anyhow` | `?` from a [`JobError`](runtime::JobError) into an error of that crate, and [`OrFail`](runtime::OrFail) back | 1 more |
//! | `ui` | the jobs table and the runtime's wake for another egui application | 69 |
//! | `app` (the default) | the whole program, with its window and its command line | 337 |
//!
//! (Crates that a build for x86-64 Linux compiles, with this one.) The default is for those who
//! build the program: an application turns it off, as above.
//!
//! `cli`, `deck` and `store` are parts of the program, and may change with any release. So may the
//! serde forms that types of [`runtime`] have with them; the types of [`fetch`] have theirs always.
//!
//! # Examples
//!
//! The package has a short program for each situation; `cargo run --example NAME` shows it.
//!
//! | `examples/` | what it shows |
//! |---|---|
//! | `json.rs` | a window that loads: spinner, stop, error, retry |
//! | `embed.rs` | the table of jobs in an application |
//! | `own_style.rs` | the same in the application's own fonts and colours, and one job in full |
//! | `thumbnails.rs` | 500 jobs, four at a time |
//! | `chain.rs` | child jobs, one of which fails |
//! | `lines.rs` | a thread that reads, and a job that handles its lines |
//! | `process.rs` | another program, stopped, resumed and killed |
//! | `virtual_clock.rs` | time-outs and retries in a test that takes no time |
//! | `background.rs`, `call_later.rs` | tickers; closures that run soon or later |
//! | `recipe.rs` | sleep, then download |
//! | `errors.rs` | what a thread throws, caught where it is awaited |
//!
//! How the crate is built, and what its modules are that this documentation does not show, is in
//! `ARCHITECTURE.md`.
//!
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "fetch"), doc = "[`fetch`]: crate#features")]
#![cfg_attr(not(feature = "ui"), doc = "[`view`]: crate#features")]

pub mod runtime;

pub mod guide;

#[cfg(feature = "fetch")]
pub mod fetch;

pub mod testing;

#[cfg(feature = "ui")]
pub mod view;

/// The version of egui that [`view`] is made for.
#[cfg(feature = "ui")]
pub use egui;

// What follows is public for the program and its tests only, and hidden from the documentation.

#[cfg(feature = "app")]
#[doc(hidden)]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "ui")]
#[doc(hidden)]
pub mod command;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub mod deck;
#[cfg(feature = "fetch")]
#[doc(hidden)]
pub mod demo;
#[cfg(any(feature = "ui", feature = "deck"))]
#[doc(hidden)]
pub mod format;
#[cfg(all(feature = "fetch", not(any(feature = "ui", feature = "deck"))))]
#[expect(unreachable_pub, reason = "public where a GUI or a terminal shows it")]
mod format;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#[doc(hidden)]
pub mod headless;
#[cfg(all(feature = "store", not(target_arch = "wasm32")))]
#[doc(hidden)]
pub mod instance;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub mod jobs;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub mod links;
#[cfg(feature = "deck")]
#[doc(hidden)]
pub mod options;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#[doc(hidden)]
pub mod records;
#[cfg(any(feature = "ui", feature = "deck"))]
#[doc(hidden)]
pub mod status;
#[cfg(feature = "store")]
#[doc(hidden)]
pub mod store;
#[cfg(feature = "ui")]
#[doc(hidden)]
pub mod theme;
#[cfg(feature = "ui")]
mod widgets;

/// The job in the README compiles.
#[cfg(all(doctest, feature = "app"))]
#[doc = include_str!("../README.md")]
struct Readme;
