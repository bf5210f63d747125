//! The stopwatch of polls in a browser, which has no counter to read.

/// Reads the page's clock, in nanoseconds since it began.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch(web_time::Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(web_time::Instant::now())
    }

    pub(crate) fn read(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        later.saturating_sub(earlier)
    }
}
