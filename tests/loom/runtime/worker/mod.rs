//! How a worker is paused and cancelled.

#[path = "../../../../src/runtime/worker/control.rs"]
#[expect(dead_code, reason = "what only reads has no order to try")]
mod control;

mod control_models;
