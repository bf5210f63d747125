//! What one process asks another for, and the answer.

use serde::{Deserialize, Serialize};

use crate::jobs::Spec;

/// The version of the lines; another one is refused.
pub(super) const VERSION: u32 = 1;

/// What the window is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The version of this line.
    pub(super) version: u32,
    /// Jobs to add, made by the process that asks, as its arguments say.
    pub specs: Vec<Spec>,
    /// Whether the window is to come to the front.
    pub shows: bool,
}

impl Request {
    /// Adds these jobs and shows the window.
    #[must_use]
    pub fn new(specs: Vec<Spec>) -> Self {
        Self {
            version: VERSION,
            specs,
            shows: true,
        }
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    /// The process of the window.
    pub pid: u32,
    /// How many jobs it took.
    pub added: usize,
    /// Why it took none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
