//! What parts are made with.

use std::sync::Arc;

use super::disk::Disk;
use crate::fetch::client::resume::{HashKind, UserKey};

/// The disk of parts, the key that marks their manifests, and the kind of their hash.
#[derive(Clone, Debug)]
pub(super) struct PartEnv {
    pub(super) disk: &'static dyn Disk,
    pub(super) key: Arc<UserKey>,
    pub(super) hash: HashKind,
}
