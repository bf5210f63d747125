//! The program as a user runs it: its output, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/black_hole.rs"]
#[expect(dead_code, reason = "the tests of fetching use all of it")]
mod black_hole;
mod crashes;
mod dead_hosts;
#[path = "../support/fault.rs"]
#[expect(dead_code, reason = "the tests of fetching use all of it")]
mod fault;
mod interrupting;
mod joblog;
mod json;
mod lines;
mod lists;
mod mixed_server;
mod names;
mod network;
mod options;
mod parts;
mod program;
mod records;
mod saving;
mod slow_readers;
mod standard_output;
mod usage;
mod without_display;
