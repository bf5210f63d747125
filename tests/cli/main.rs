//! The program as a user runs it: its output, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/black_hole.rs"]
#[expect(dead_code, reason = "the tests of fetching use all of it")]
mod black_hole;
mod crashes;
mod damage;
mod dead_hosts;
#[path = "../support/fault.rs"]
#[expect(dead_code, reason = "the tests of fetching use all of it")]
mod fault;
mod interrupting;
mod joblog;
mod json;
mod lines;
mod list_folder;
mod lists;
#[path = "../support/mixed_server.rs"]
mod mixed_server;
mod names;
mod network;
mod options;
mod parts;
mod program;
mod records;
mod saving;
#[cfg(target_os = "linux")]
#[path = "../support/screen.rs"]
#[expect(dead_code, reason = "the tests of the window use all of it")]
mod screen;
mod secrets;
mod sharing;
mod sharing_storm;
mod slow_readers;
mod standard_output;
mod unwritable;
mod usage;
mod without_display;
