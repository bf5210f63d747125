//! The window: its widgets by role and label, its pictures, and the real program on a virtual
//! screen.

#[path = "../support/fault.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "other suites use more of it; a test that cannot go on has failed"
)]
mod fault;

mod accessibility;
mod add;
mod adding;
mod adding_pictures;
mod checked;
mod commands;
mod doubtful_files;
mod embed;
mod every_command;
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod history;
mod hostile;
mod inspector;
mod jobs;
mod keeping;
#[cfg(target_os = "linux")]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod killed_windows;
mod many;
#[cfg(target_os = "linux")]
#[path = "../support/mixed_server.rs"]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod mixed_server;
mod network_bar;
mod notes;
mod ordering;
mod palette;
mod pictures;
mod real_window;
mod rest;
mod row_files;
mod rows;
#[cfg(target_os = "linux")]
#[path = "../support/screen.rs"]
mod screen;
mod set_aside;
mod settings;
mod status_bar;
mod support;
mod table;
mod tour;
mod undoing;
