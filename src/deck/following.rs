//! Rows that follow a change of the settings.

use super::Deck;
use crate::jobs::Spec;
use crate::options::Settings;

impl Deck {
    /// Lets rows follow from `before` to `after`: patience, proxy, certificates and redirects from their next start on,
    /// their own rate limit at once. What was said for one row alone stays: a row follows only where it has what
    /// `before` says. What has ended follows too, for when it is begun again.
    pub fn follow(&mut self, before: &Settings, after: &Settings) {
        for index in self.rows.places() {
            let row = &mut self.rows[index];
            let Spec::Fetch(spec) = &mut row.spec else {
                continue;
            };
            let limit_before = spec.rate_limit_bytes_per_sec;
            spec.follow(before, after);
            let limit = spec.rate_limit_bytes_per_sec;
            if limit != limit_before
                && let Some(of_job) = &row.rate_limit
            {
                of_job.set(limit);
            }
        }
    }
}
