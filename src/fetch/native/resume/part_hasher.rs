//! The hash that proves that the bytes of a part are those that were written: SHA-256 if that is
//! needed for the whole file anyway, else BLAKE3, which is faster.

use crate::fetch::Checksum;
use crate::fetch::checksum::Hasher;

/// The kind of the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HashKind {
    Blake3,
    Sha256,
}

impl HashKind {
    /// The kind of a hash that is written `algorithm:digits`.
    pub(crate) fn of(hash: &str) -> Option<Self> {
        match hash.split_once(':')?.0 {
            "blake3" => Some(Self::Blake3),
            "sha256" => Some(Self::Sha256),
            _ => None,
        }
    }
}

/// An incremental hash.
#[derive(Clone, Debug)]
pub(crate) enum PartHasher {
    Blake3(Box<blake3::Hasher>),
    Sha256(Hasher),
}

impl PartHasher {
    /// The hash of no bytes.
    pub(crate) fn new(kind: HashKind) -> Self {
        match kind {
            HashKind::Blake3 => Self::Blake3(Box::default()),
            HashKind::Sha256 => Self::Sha256(Hasher::default()),
        }
    }

    pub(crate) fn kind(&self) -> HashKind {
        match self {
            Self::Blake3(_) => HashKind::Blake3,
            Self::Sha256(_) => HashKind::Sha256,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// The hash of the bytes so far, as `algorithm:digits`; more may follow.
    pub(crate) fn so_far(&self) -> String {
        match self {
            Self::Blake3(hasher) => format!("blake3:{}", hasher.finalize().to_hex()),
            Self::Sha256(hasher) => hasher.so_far().to_string(),
        }
    }

    /// The SHA-256 of the bytes so far, if that is the kind.
    pub(crate) fn checksum(&self) -> Option<Checksum> {
        match self {
            Self::Blake3(_) => None,
            Self::Sha256(hasher) => Some(hasher.so_far()),
        }
    }
}

/// The BLAKE3 of a text, as `blake3:digits`.
pub(crate) fn hash_of(text: &str) -> String {
    format!("blake3:{}", blake3::hash(text.as_bytes()).to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_names_its_algorithm() {
        for kind in [HashKind::Blake3, HashKind::Sha256] {
            let mut hasher = PartHasher::new(kind);
            hasher.update(b"ab");
            hasher.update(b"c");
            assert_eq!(HashKind::of(&hasher.so_far()), Some(kind));
            assert_eq!(hasher.kind(), kind);
            let checksum = (kind == HashKind::Sha256).then(|| Checksum::of(b"abc"));
            assert_eq!(hasher.checksum(), checksum);
        }
        assert_eq!(HashKind::of("md5:00"), None);
        assert_eq!(HashKind::of(""), None);
        // The test vector of no bytes.
        assert!(hash_of("").starts_with("blake3:af1349b9f5f9a1a6"));
    }
}
