//! The map, which is the documentation of the crate, shows exactly the rooms that exist.

use std::collections::BTreeSet;

use crate::Complaint;
use crate::model::Model;

/// The rooms of the program: the map's `main`.
const ENTRIES: [&str; 2] = ["native", "web"];

const MAP: &str = "//! ```text\n//! runtime     jobs\n//!             and time\n//! theme, view  the window\n//! ```\n";

#[test]
fn the_map_shows_exactly_the_rooms() {
    crate::check(
        wrong_rooms,
        &[],
        &[
            &[
                ("lib.rs", MAP),
                ("runtime/mod.rs", ""),
                ("theme.rs", ""),
                ("view.rs", ""),
                ("cellar/mod.rs", ""),
            ],
            &[("lib.rs", MAP), ("runtime/mod.rs", ""), ("view/mod.rs", "")],
            &[
                ("lib.rs", "//! `runtime` is described in prose."),
                ("runtime/mod.rs", ""),
            ],
        ],
    );
    crate::check_allowed(
        wrong_rooms,
        &[&[
            ("lib.rs", MAP),
            ("runtime/mod.rs", ""),
            ("theme.rs", ""),
            ("view/mod.rs", ""),
        ]],
    );
}

fn wrong_rooms(model: &Model) -> Vec<Complaint> {
    let library = model.sources.iter().find(|source| source.path == "lib.rs");
    let map = library
        .map(|source| rooms_of_map(&source.text))
        .unwrap_or_default();
    let rooms: BTreeSet<&str> = model
        .sources
        .iter()
        .map(|source| source.room())
        .filter(|room| *room != "lib" && !ENTRIES.contains(room))
        .collect();
    let missing = rooms.iter().filter(|room| !map.contains(*room));
    let missing = missing.map(|room| format!("src/lib.rs: the map does not show `{room}`"));
    let dead = map.iter().filter(|room| !rooms.contains(*room));
    let dead = dead.map(|room| format!("src/lib.rs: the map shows `{room}`, which does not exist"));
    missing
        .chain(dead)
        .map(|text| Complaint::new("lib.rs", text))
        .collect()
}

/// The rooms at the beginning of the lines of the map, which is the first block of text.
fn rooms_of_map(text: &str) -> BTreeSet<&str> {
    let documentation = text.lines().map_while(|line| line.strip_prefix("//!"));
    let block = documentation
        .skip_while(|line| line.trim() != "```text")
        .skip(1)
        .take_while(|line| line.trim() != "```");
    let mut rooms = BTreeSet::new();
    for line in block {
        // Lines that go on with a description are indented.
        let line = line.strip_prefix(' ').unwrap_or(line);
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
