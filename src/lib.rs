//! A job runtime for immediate-mode GUIs, and the dashboard that is built on it.
//!
//! A job is an async function that runs on the UI thread, reads from top to bottom and never blocks
//! it. What it awaits is a task: a sleep, a blocking call in a worker thread, a download, a child
//! job. All of it can be paused, resumed and cancelled at any moment.
//!
//! Start with [`runtime`], or with [`guide`] when coming from callbacks. [`fetch`] downloads,
//! [`testing`] runs jobs on a virtual clock, and [`view`] shows them in an egui application.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | none | the runtime, its guide and its tests' helpers |
//! | `fetch` | one HTTP GET as a task |
//! | `anyhow` | [`OrFail`](runtime::OrFail) for the errors of that crate |
//! | `ui` | the jobs table and the runtime's wake for another egui application |
//! | `app` (the default) | the whole program |
//!
//! `cli`, `deck` and `store` are parts of the program, and may change with any release.
//!
//! # The map
//!
//! One crate, a room for each part. From the ground up; a room imports only rooms above it in this
//! list. The rooms that this documentation does not show belong to the program: they may change
//! with any release. `ARCHITECTURE.md` says more.
//!
//! ```text
//! format      numbers to text and back
//! runtime     the executor, jobs, waits, time, worker threads: knows no HTTP, no disk, no egui
//! guide       from a callback to a job in five steps: documentation only
//! fetch       one HTTP GET as a task; ureq natively, the browser's fetch in a page
//! testing     for tests of jobs: a virtual clock, states, scripted fetches
//! options     every option once: key, flag, label, help, bounds, default, parse, show
//! links       what a user typed, pasted, dropped or listed, as links
//! jobs        the kinds of jobs: specs, and the async functions that run them
//! status      the words, glyphs and tones of a row; no GUI
//! deck        the model: rows, queue, order, undo; does actions, gives rows
//! store       rows, activity and settings past the end of the process: SQLite; IndexedDB in a page
//! instance    a second process hands what it was asked for to the window that is open
//! demo        the demo's jobs, and its server on this computer
//! theme       every colour, size and font by name
//! widgets     small widgets that know no model
//! command     what a person can invoke: words, icons, keys
//! view        panels: they read the model and append intents, never change it
//! app         the window in phases: logic, ui, persist
//! cli         arguments become options
//! headless    the same jobs without a window
//! records     the commands over the stored list: list, show, export, import, forget
//! main        the entry points: native (arguments, window or terminal), web (the page)
//! ```
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
