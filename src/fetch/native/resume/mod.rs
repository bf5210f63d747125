//! What an earlier attempt left: found, verified, and whether a response continues it.

pub(crate) mod attempt_progress;
pub(crate) mod fruitless_requests;
pub(crate) mod overlap;
pub(crate) mod own_files;
pub(crate) mod part_hasher;
pub(crate) mod part_listing;
pub(crate) mod part_manifest;
pub(crate) mod remove_part;
pub(crate) mod rename;
pub(crate) mod restart;
pub(crate) mod resume_decision;
pub(crate) mod samples;
pub(crate) mod unverified;
pub(crate) mod user_key;
pub(crate) mod validators;
