//! The map, which is in `ARCHITECTURE.md`, shows exactly the rooms that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::Complaint;
use crate::model::{self, Model};

/// The rooms of the program: the map's `main`.
const ENTRIES: [&str; 2] = ["native", "web"];

const MAP: &str = "A block before it:\n```\ncellar\n```\n## Rooms\n\n```\nruntime     jobs\n            and time\ntheme, view  the window\n```\n";

#[test]
fn the_map_shows_exactly_the_rooms() {
    let wrong = |map, rooms: &[&'static str]| wrong_rooms(map, &rooms.iter().copied().collect());
    assert_eq!(
        wrong(MAP, &["runtime", "theme", "view"]),
        [""; 0],
        "as they are"
    );
    for rooms in [
        &["runtime", "theme", "view", "cellar"][..],
        &["runtime", "view"],
    ] {
        assert_eq!(wrong(MAP, rooms).len(), 1, "{rooms:?}");
    }
    let prose = "## Rooms\n`runtime` is described in prose.";
    assert_eq!(wrong(prose, &["runtime"]).len(), 1);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let map = fs::read_to_string(path).unwrap();
    let rooms = model::ALL.sources.iter().map(|source| source.room());
    let rooms = rooms
        .filter(|room| *room != "lib" && !ENTRIES.contains(room))
        .collect();
    let complaints = wrong_rooms(&map, &rooms);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What is wrong with a map of these rooms.
fn wrong_rooms(map: &str, rooms: &BTreeSet<&str>) -> Vec<String> {
    let map = rooms_of_map(map);
    let missing = rooms.difference(&map);
    let missing = missing.map(|room| format!("the map does not show `{room}`"));
    let dead = map.difference(rooms);
    let dead = dead.map(|room| format!("the map shows `{room}`, which does not exist"));
    missing.chain(dead).collect()
}

/// The rooms at the beginning of the lines of the map, which is the first block under its heading.
fn rooms_of_map(text: &str) -> BTreeSet<&str> {
    let block = text
        .lines()
        .skip_while(|line| *line != "## Rooms")
        .skip_while(|line| *line != "```")
        .skip(1)
        .take_while(|line| *line != "```");
    let mut rooms = BTreeSet::new();
    for line in block {
        // Lines that go on with a description are indented.
        let names = line.split("  ").next().unwrap_or_default();
        rooms.extend(names.split(", ").filter(|name| !name.is_empty()));
    }
    rooms
}

#[test]
fn every_file_says_what_it_is() {
    crate::check(
        without_words,
        &[],
        &[
            &[("deck/mod.rs", "use std::fmt;\n// late")],
            &[("status.rs", "// not documentation")],
        ],
    );
}

fn without_words(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in model.sources.iter().chain(&model.tests) {
        let first = source.text.lines().find(|line| !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//!")) {
            let text = format!("src/{}: begins without saying what it is", source.path);
            complaints.push(Complaint::new(&source.path, text));
        }
    }
    complaints
}
