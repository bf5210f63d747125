//! What an earlier attempt left: found, verified, and whether a response continues it.

mod attempt_progress;
mod completed;
mod disk_error;
mod fruitless_requests;
mod manifest_file;
mod overlap;
mod own_files;
mod part_hasher;
mod part_listing;
mod part_manifest;
mod part_paths;
mod remove_part;
mod rename;
mod restart;
mod resume_decision;
mod resume_state;
mod samples;
mod unfinished;
mod unverified;
mod user_key;
mod validators;

pub(super) use self::attempt_progress::AttemptProgress;
pub(super) use self::completed::was_completed;
pub(super) use self::disk_error::disk_error;
pub(super) use self::fruitless_requests::{FruitlessRequests, nothing_follows};
pub(super) use self::manifest_file::ManifestFile;
pub(super) use self::overlap::Overlap;
pub(super) use self::own_files::{
    create_locked, create_private, is_at, keep_private, lock, lock_new, open_own, open_to_others,
    open_to_read, remove_if_at,
};
pub(super) use self::part_hasher::{HashKind, PartHasher, hash_of};
pub(super) use self::part_listing::{contains, part_names_in, part_stays_in};
pub(super) use self::part_manifest::{Aside, PartManifest};
pub(super) use self::part_paths::{aside_of, first_free, manifest_of, path_of};
pub(super) use self::remove_part::{remove_file_of_ours, remove_part, remove_unproved};
pub(super) use self::rename::{is_replaceable, rename_no_replace, rename_over};
pub(super) use self::restart::Restart;
pub(super) use self::resume_decision::{ResumeDecision, not_the_file, resume_decision};
pub(super) use self::resume_state::ResumeState;
pub(super) use self::samples::Samples;
pub use self::unfinished::UnfinishedPart;
pub(super) use self::unfinished::unfinished_in;
pub(super) use self::unverified::{FoundPart, Unverified, Verified};
pub(super) use self::user_key::UserKey;
pub(super) use self::validators::{is_strong, moment};
