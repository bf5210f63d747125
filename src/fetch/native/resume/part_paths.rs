//! The paths of a file, its part, its manifest, and parts that are set aside.

use std::io;
use std::path::{Path, PathBuf};

use crate::fetch::limits::{MAX_FILE_NAME_BYTES, MAX_NAME_ATTEMPTS};
use crate::fetch::names::{floor_char_boundary, split_extension};
use crate::fetch::part_names::{MANIFEST_SUFFIX, OLD_SUFFIX, PART_SUFFIX, without_old};

/// The length of the suffixes of a manifest, which every name is shortened for.
const SUFFIX_BYTES: usize = PART_SUFFIX.len() + MANIFEST_SUFFIX.len();

/// Calls `attempt` with `name`, `name (1)`, `name (2)` … until it does not fail with
/// [`io::ErrorKind::AlreadyExists`].
pub(crate) fn first_free<T>(
    folder: &Path,
    name: &str,
    suffix: &str,
    mut attempt: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    for number in 0..MAX_NAME_ATTEMPTS {
        let path = path_of(folder, name, number, suffix);
        match attempt(&path) {
            Ok(value) => return Ok((path, value)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The path of the `number`-th file of this name, with a suffix.
pub(crate) fn path_of(folder: &Path, name: &str, number: u32, suffix: &str) -> PathBuf {
    let max_bytes = match suffix {
        "" => MAX_FILE_NAME_BYTES,
        _ => MAX_FILE_NAME_BYTES - SUFFIX_BYTES,
    };
    folder.join(format!("{}{suffix}", numbered(name, number, max_bytes)))
}

/// The name of the `number`-th file of this name, `name (1).ext`, in at most `max_bytes`.
fn numbered(name: &str, number: u32, max_bytes: usize) -> String {
    if number == 0 {
        return name[..floor_char_boundary(name, max_bytes)].to_owned();
    }
    let (stem, extension) = split_extension(name);
    let suffix = format!(" ({number}){extension}");
    let stem_bytes = max_bytes.saturating_sub(suffix.len());
    format!("{}{suffix}", &stem[..floor_char_boundary(stem, stem_bytes)])
}

/// The `number`-th path for setting a part aside.
pub(crate) fn aside_of(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => with_suffix(path, OLD_SUFFIX),
        _ => with_suffix(path, &format!("{OLD_SUFFIX}{number}")),
    }
}

/// Whether `part` could be set aside at this path: in its folder, under its name with `.old` and
/// digits.
pub(crate) fn is_aside_of(path: &Path, part: &Path) -> bool {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (Some(old), Some(part_name)) = (name(path), name(part)) else {
        return false;
    };
    path.parent() == part.parent() && without_old(&old) == Some(&*part_name)
}

/// The manifest of a part.
pub(crate) fn manifest_of(part: &Path) -> PathBuf {
    with_suffix(part, MANIFEST_SUFFIX)
}

/// A path with a suffix after its whole name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_has_room_for_its_number_and_its_suffixes() {
        let name = format!("{}.tar.gz", "é".repeat(124));
        assert_eq!(name.len(), MAX_FILE_NAME_BYTES);
        for number in [0, 1, 9_999] {
            let part = path_of(Path::new("/d"), &name, number, PART_SUFFIX);
            let record = manifest_of(&part);
            let length = record.file_name().unwrap().len();
            assert!(length <= MAX_FILE_NAME_BYTES, "{length}");
        }
        let second = path_of(Path::new("/d"), &name, 1, "");
        let second = second.file_name().unwrap().to_str().unwrap();
        assert!(second.ends_with(" (1).tar.gz"), "{second}");
        assert!(second.len() <= MAX_FILE_NAME_BYTES);
    }

    #[test]
    fn what_is_aside_has_the_name_of_its_part() {
        let part = Path::new("/d/x.part");
        for number in [0, 1, 12] {
            assert!(is_aside_of(&aside_of(part, number), part));
        }
        for other in [
            "/d/x.part",
            "/d/y.part.old",
            "/e/x.part.old",
            "/d/x.part.old/y",
            "/d/x.part.old.json",
            "/d/x.part.old1a",
        ] {
            assert!(!is_aside_of(Path::new(other), part), "{other}");
        }
        let escape = part.with_file_name("../x.part.old");
        assert!(!is_aside_of(&escape, part));
    }
}
