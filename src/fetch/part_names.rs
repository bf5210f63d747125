//! The names of incomplete files, which no download may be called.

use crate::fetch::limits::MAX_FILE_NAME_BYTES;

/// Appended to the name of an incomplete file.
pub(crate) const PART_SUFFIX: &str = ".part";
/// Appended to that for its manifest.
pub(crate) const MANIFEST_SUFFIX: &str = ".json";
/// Appended to the name of a part that is set aside; digits may follow.
pub(crate) const OLD_SUFFIX: &str = ".old";

/// True for the names of parts, their manifests, and parts that are set aside: `x.part`,
/// `x.part.json`, `x.part.old`, `x.part.old2`. The case of the letters does not count, because some
/// file systems ignore it.
pub(crate) fn is_part_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let before_suffix = name
        .strip_suffix(MANIFEST_SUFFIX)
        .or_else(|| without_old(&name))
        .unwrap_or(&name);
    before_suffix.ends_with(PART_SUFFIX)
}

/// Appends `_` to a name from a server or a URL that looks like that of a part, within the longest
/// length of a file name.
pub(crate) fn guard_part_suffix(name: String) -> String {
    if !is_part_name(&name) {
        return name;
    }
    let end = name.floor_char_boundary(MAX_FILE_NAME_BYTES - 1);
    format!("{}_", &name[..end])
}

/// The name of a part that is set aside, without `.old` and the digits after it.
pub(crate) fn without_old(name: &str) -> Option<&str> {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
        .strip_suffix(OLD_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_are_known_by_their_ends() {
        for name in [
            "x.part",
            ".part",
            "X.PART",
            "x.part.json",
            "x.part.old",
            "x.part.old17",
            "x.Part.Old",
        ] {
            assert!(is_part_name(name), "{name}");
        }
        for name in [
            "part",
            "x.part1",
            "x.part_",
            "x.parts",
            "x.json",
            "x.old",
            "x.old2",
            "x.part.oldest",
            "x.part.json5",
            "x.part.zip",
        ] {
            assert!(!is_part_name(name), "{name}");
            assert_eq!(guard_part_suffix(name.to_owned()), name);
        }
    }

    #[test]
    fn a_guarded_name_is_no_name_of_a_part_and_not_too_long() {
        for stem_bytes in [1, 240, 244, 245, 246, 247, 248, 249, 250] {
            for suffix in [".part", ".part.json", ".part.old9"] {
                let mut name = "x".repeat(stem_bytes) + suffix;
                name.truncate(MAX_FILE_NAME_BYTES);
                let guarded = guard_part_suffix(name.clone());
                assert!(!is_part_name(&guarded), "{guarded}");
                assert!(guarded.len() <= MAX_FILE_NAME_BYTES, "{guarded}");
                assert_eq!(guarded != name, is_part_name(&name));
            }
        }
        let wide = "é".repeat(125) + ".part";
        assert_eq!(guard_part_suffix(wide.clone()), "é".repeat(125) + ".par_");
    }
}
