//! The map of the house, which is the documentation of the crate, shows every room.

use std::collections::BTreeSet;

use crate::source::Source;

#[test]
fn the_map_shows_every_room() {
    let rule = |sources: &[Source]| missing_rooms(sources);
    let one = [
        Source::new("lib.rs", "//! Rooms: `runtime` and `fetch`."),
        Source::new("runtime/mod.rs", ""),
        Source::new("fetch/mod.rs", ""),
        Source::new("cellar/mod.rs", ""),
        Source::new("attic.rs", ""),
    ];
    assert_eq!(rule(&one).len(), 2, "{:?}", rule(&one));
    crate::check(rule, &[("anything.rs", "")]);
}

fn missing_rooms(sources: &[Source]) -> Vec<String> {
    let map: String = sources
        .iter()
        .filter(|source| source.path == "lib.rs")
        .flat_map(|source| source.text.lines())
        .filter(|line| line.starts_with("//!"))
        .collect();
    let words: BTreeSet<&str> = map
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect();
    let rooms: BTreeSet<&str> = sources.iter().map(Source::room).collect();
    rooms
        .into_iter()
        .filter(|room| *room != "lib" && !words.contains(room))
        .map(|room| format!("src/lib.rs: the map does not show `{room}`"))
        .collect()
}

#[test]
fn every_file_says_what_it_is() {
    crate::check(
        without_words,
        &[
            ("deck/mod.rs", "use std::fmt;\n//! late"),
            ("status.rs", "// not documentation"),
        ],
    );
}

fn without_words(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| {
            let first = source.text.lines().find(|line| !line.starts_with("#!["));
            !first.is_some_and(|line| line.starts_with("//!"))
        })
        .map(|source| format!("src/{}: begins without saying what it is", source.path))
        .collect()
}
