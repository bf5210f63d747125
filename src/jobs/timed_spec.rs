//! A sleep and a piece of work that only takes time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A sleep and a piece of work that only takes time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedSpec {
    /// What it is called in the list.
    pub name: String,
    /// How long it sleeps first.
    pub sleep: Duration,
    /// How long its work takes.
    pub work: Duration,
}
