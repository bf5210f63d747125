//! A job runtime for immediate-mode GUIs, and the dashboard that is built on it.
//!
//! A job is an async function that reads from top to bottom, runs on the UI thread and never
//! blocks it: it sleeps, downloads, works in threads, and can be paused and cancelled at any
//! moment. [`runtime`] is where to begin, or [`guide`] for whoever comes from callbacks.
//!
//! # The map of the house
//!
//! From the ground up; each room imports only what stands below it.
//!
//! ```text
//! settings    limits, and the defaults that a fetch needs             (leaf)
//! format      numbers to text and back                                (leaf)
//! runtime     executor, states, pause, cancel, time, worker threads: knows nothing of HTTP,
//!             disks, egui
//! guide       from a callback to a job in five steps: documentation only
//! fetch       one HTTP GET as a task: request, errors, saving; ureq natively, the browser's
//!             fetch on the web
//! testing     for tests of jobs: a virtual clock, states, scripted fetches
//! options     every option once: key, flag, label, help, bounds, default, parse, show
//! links       what a user typed, pasted, dropped or listed, as links
//! jobs        the kinds of jobs: specs, and the async functions that run them
//! status      what a row shows, without a GUI
//! deck        the model: rows, queue, slots, totals, order; takes intents, gives views
//! demo        the demo's jobs, and a paced server on this computer
//! theme       every colour, size and font by name
//! widgets     small widgets that know no model
//! command     what can be done: words, icons, keys; and the intents
//! view        panels: they read the model and append intents, never change it
//! app         the window, in phases: logic, ui, persist
//! cli         arguments become options
//! headless    the same jobs without a window
//! main        the program: native (arguments, window or terminal), web (the page)
//! ```
//!
//! # Invariants
//!
//! `tests/tidy` reads them from the sources.
//!
//! 1. Imports run downwards, as the map shows; they are written `crate::room::…`.
//! 2. Only `view`, `widgets`, `theme`, `command`, `app` and `main` know egui. The runtime wakes
//!    whatever drives it through [`runtime::Host`].
//! 3. Views never change the model; they append intents, which are applied after the layout.
//! 4. Nothing on the UI thread blocks: no disk, no socket, no lock held across a frame.
//! 5. Time comes from the runtime's clock. Only the time-outs of sockets run on real time, less
//!    the pauses.
//! 6. Every state carries exactly its own data; lifecycle and outcome are two types.
//! 7. Every bound is named in one place.
//! 8. `unsafe` is forbidden.
//! 9. Platforms are chosen by whole files, in one place per room.
//!
//! # Features
//!
//! None is the bare runtime; `fetch`, `ui` (the table and the runtime's wake for another egui
//! application), `cli`, and `app`, the default, which is all of it.

#[cfg(feature = "app")]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
#[cfg(feature = "ui")]
pub mod command;
#[cfg(feature = "deck")]
pub mod deck;
#[cfg(feature = "fetch")]
pub mod demo;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod format;
pub mod guide;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod headless;
#[cfg(feature = "deck")]
pub mod jobs;
#[cfg(feature = "deck")]
pub mod links;
#[cfg(feature = "deck")]
pub mod options;
pub mod runtime;
pub mod settings;
pub mod status;
pub mod testing;
#[cfg(feature = "ui")]
pub mod theme;
#[cfg(feature = "ui")]
pub mod view;
#[cfg(feature = "ui")]
pub mod widgets;

/// The job in the README compiles.
#[cfg(all(doctest, feature = "app"))]
#[doc = include_str!("../README.md")]
struct Readme;
