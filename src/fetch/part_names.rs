//! Names that are kept for incomplete files.

/// True if the name is one that an incomplete file, its manifest or an earlier version of it may have: it ends in
/// `.part`, `.part.json`, or `.part.old` and digits.
pub(crate) fn is_part_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".json").unwrap_or(&name);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = stem.strip_suffix(".old").unwrap_or(name);
    name.ends_with(".part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_are_told_from_others() {
        for name in [
            "a.part",
            "a.PART",
            "a.part.json",
            "a.part.old",
            "a.part.old12",
            "a.part.old.json",
        ] {
            assert!(is_part_name(name), "{name}");
        }
        for name in [
            "a.part1",
            "a.part1.rar",
            "a.part.txt",
            "part",
            "a.json",
            "a.old",
            "apart",
        ] {
            assert!(!is_part_name(name), "{name}");
        }
    }
}
