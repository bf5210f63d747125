//! How a panic is caught.

#[path = "../../../../src/runtime/job/panics.rs"]
#[expect(
    dead_code,
    reason = "a cancel hook's panic is all that is reported here"
)]
pub(crate) mod panics;
