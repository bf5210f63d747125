//! What a job is spawned with.

use std::borrow::Cow;
use std::time::Duration;

use crate::runtime::Priority;

#[derive(Default)]
pub(crate) struct SpawnOptions {
    pub(crate) name: Cow<'static, str>,
    pub(crate) priority: Priority,
    pub(crate) time_limit: Option<Duration>,
    /// Its failure neither cancels its siblings nor becomes its parent's.
    pub(crate) supervised: bool,
    /// It is a cleanup: it can be neither paused nor cancelled.
    pub(crate) shielded: bool,
}
