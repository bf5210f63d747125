//! What the last while says: how fast bytes arrive, and how long the queue takes.

pub(super) mod arrivals;
pub(super) mod estimate;
