//! jobdeck

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
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod headless;
#[cfg(feature = "deck")]
pub mod programs;
pub mod runtime;
pub mod settings;
pub mod status;
#[cfg(feature = "ui")]
pub mod theme;
#[cfg(feature = "ui")]
pub mod view;
#[cfg(feature = "ui")]
pub mod widgets;
