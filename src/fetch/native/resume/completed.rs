//! Whether a part got its final name before its process was killed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::part_hasher::{HashKind, PartHasher};
use crate::fetch::CompletePart;

/// How much is read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Whether the part is gone and the file that it was to become is there, with its length and hash.
/// What is at the part's path by then may be the part of another download of that name.
pub(crate) fn was_completed(part: &CompletePart<'_>) -> bool {
    let holds = |path| has_contents(path, part.length, part.hash);
    let is_gone = match holds(part.part) {
        Ok(is_it) => !is_it,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    is_gone && holds(part.path).unwrap_or(false)
}

fn has_contents(path: &Path, length: u64, hash: &str) -> io::Result<bool> {
    let there = fs::symlink_metadata(path)?;
    let Some(kind) = HashKind::of(hash) else {
        return Ok(false);
    };
    if !there.is_file() || there.len() != length {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let mut hasher = PartHasher::new(kind);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hasher.so_far() == hash),
            Ok(bytes) => hasher.update(&block[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash_of;
    use super::*;
    use crate::fetch::Fetched;

    #[test]
    fn only_the_very_bytes_without_a_part_count() {
        let folder = tempfile::tempdir().unwrap();
        let (part, path) = (folder.path().join("a.part"), folder.path().join("a"));
        let hash = hash_of("abc");
        let fetched = Fetched::default();
        let of = |length| CompletePart {
            part: &part,
            path: &path,
            length,
            hash: &hash,
            fetched: &fetched,
        };
        assert!(!was_completed(&of(3)), "nothing is there");
        fs::write(&path, "abc").unwrap();
        assert!(was_completed(&of(3)));
        assert!(!was_completed(&of(4)));
        fs::write(&part, "abc").unwrap();
        assert!(!was_completed(&of(3)), "the part is there");
        fs::write(&part, "ab").unwrap();
        assert!(was_completed(&of(3)), "it is another one's");
        fs::remove_file(&part).unwrap();
        fs::write(&path, "abd").unwrap();
        assert!(!was_completed(&of(3)), "another file");
        let unknown = CompletePart {
            hash: "md5:00",
            ..of(3)
        };
        assert!(!was_completed(&unknown));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(!was_completed(&of(3)));
    }
}
