//! A worker's gate.

#[path = "../../../../src/runtime/native/control.rs"]
#[expect(dead_code, reason = "what only reads has no order to try")]
mod control;

mod control_models;

/// Stands in for the error of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cancelled;
