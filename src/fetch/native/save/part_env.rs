//! What parts are made with.

use std::sync::Arc;

use super::disk::Disk;
use crate::fetch::client::resume::part_hasher::HashKind;
use crate::fetch::client::resume::user_key::UserKey;

/// The disk that parts are on, the key that marks them as ours, and the hash that proves their bytes.
#[derive(Clone, Debug)]
pub(crate) struct PartEnv {
    pub(crate) disk: &'static dyn Disk,
    pub(crate) key: Arc<UserKey>,
    pub(crate) hash: HashKind,
}
