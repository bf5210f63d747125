//! What parts are made with.

use std::sync::Arc;

use super::disk::Disk;
use super::part_hasher::HashKind;
use super::user_key::UserKey;

/// The disk that parts are on, the key that marks them as ours, and the hash that proves their bytes.
#[derive(Clone, Debug)]
pub(super) struct PartEnv {
    pub(super) disk: &'static dyn Disk,
    pub(super) key: Arc<UserKey>,
    pub(super) hash: HashKind,
}
