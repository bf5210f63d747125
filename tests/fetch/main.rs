//! Fetching: one behaviour per module, against servers on this computer only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cancelling;
mod checksums;
mod conflicts;
mod connecting;
mod counting;
mod crashes;
mod dns;
mod endless;
mod ends;
mod framing;
mod headers;
mod leaks;
mod lies;
mod manifests;
mod memory;
mod naming;
mod ownership;
mod pace;
mod pausing;
mod previews;
mod programs;
mod properties;
mod proxy;
mod redirect_faults;
mod redirects;
mod regressions;
mod replacing;
mod resuming;
mod retrying;
mod reusing;
mod saving;
mod secrets;
mod socks;
mod stalling;
mod statuses;
mod storm;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod urls;
mod versions;
