//! No files of a room import each other, directly or in a circle; and no folders.
//!
//! A `mod.rs` may re-export what its children define, and may own its parts. A child that names
//! what its `mod.rs` defines, while that uses the child, is a circle of two.

use std::collections::{BTreeMap, BTreeSet};

use crate::Complaint;
use crate::model::{Model, Target};

/// Folders whose parts may need each other, and why: their files still have no circle.
const TOPICS: &[(&str, &str)] = &[
    (
        "fetch/",
        "what a fetch yields names the stream of its platform, in native/ or web/",
    ),
    (
        "runtime/",
        "its folders are topics, not layers: a job needs what it awaits, and that needs the job",
    ),
];

/// What imports what, with the names that tie them.
pub(crate) type Ties<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<String>>>;

#[test]
fn no_files_import_each_other() {
    crate::check(
        circles,
        &[],
        &[
            &[
                ("deck/mod.rs", "mod a; mod b;"),
                ("deck/a.rs", "use super::b::B; pub struct A;"),
                ("deck/b.rs", "pub struct B(super::a::A);"),
            ],
            // Through the re-exports of the room.
            &[
                ("deck/mod.rs", "mod a; mod b; pub use {a::A, b::B};"),
                ("deck/a.rs", "use crate::deck::B; pub struct A;"),
                (
                    "deck/b.rs",
                    "use crate::deck; pub struct B; fn f() { deck::A::new(); }",
                ),
            ],
            // In a macro, and through a module that is imported by its name.
            &[
                ("deck/a.rs", "use super::b; pub fn f() { vec![b::B] }"),
                ("deck/b.rs", "use super::c::*; pub struct B;"),
                ("deck/c.rs", "use crate::deck::a; pub fn g() { a::f(); }"),
            ],
            // A child that uses its parent's type.
            &[
                ("deck/mod.rs", "mod a; use a::A; pub struct Deck { a: A }"),
                ("deck/a.rs", "use super::Deck; pub struct A;"),
            ],
            &[
                (
                    "deck/mod.rs",
                    "mod a; pub use a::A; pub struct Deck { a: A }",
                ),
                ("deck/a.rs", "pub struct A; fn f(deck: &super::Deck) {}"),
            ],
            // Where `#[path]` chooses a file.
            &[
                (
                    "fetch/mod.rs",
                    "#[path = \"native/mod.rs\"] mod client; mod task;",
                ),
                (
                    "fetch/native/mod.rs",
                    "use crate::fetch::task::Task; pub fn start() {}",
                ),
                (
                    "fetch/task.rs",
                    "pub struct Task; fn f() { super::client::start(); }",
                ),
            ],
            &[
                (
                    "runtime/mod.rs",
                    "mod worker; #[path = \"worker/web.rs\"] mod worker; mod job;",
                ),
                ("runtime/worker/mod.rs", "pub struct Worker;"),
                (
                    "runtime/worker/web.rs",
                    "use super::job::Job; pub struct Worker(Job);",
                ),
                (
                    "runtime/job.rs",
                    "use super::worker::Worker; pub struct Job(Worker);",
                ),
            ],
            // Folders, of which no two files import each other.
            &[
                ("deck/mod.rs", "mod read; mod write;"),
                ("deck/read/mod.rs", "pub mod a; pub mod b;"),
                ("deck/read/a.rs", "use crate::deck::write::c::C;"),
                ("deck/read/b.rs", "pub struct B;"),
                ("deck/write/mod.rs", "pub mod c; pub mod d;"),
                ("deck/write/c.rs", "pub struct C;"),
                ("deck/write/d.rs", "use super::super::read::b::B;"),
            ],
        ],
    );
    crate::check_allowed(
        circles,
        &[
            &[
                (
                    "deck/mod.rs",
                    "mod a; mod b; pub use a::A; use b::B; struct Deck(B);",
                ),
                ("deck/a.rs", "pub struct A;"),
                ("deck/b.rs", "use super::A; pub struct B(A);"),
            ],
            &[
                ("deck/mod.rs", "mod a; pub use a::A; pub struct Limits;"),
                ("deck/a.rs", "use super::Limits; pub struct A(Limits);"),
            ],
            &[
                ("deck/mod.rs", "mod a; mod b;"),
                ("deck/a.rs", "use super::b::B; pub struct A;"),
                (
                    "deck/b.rs",
                    "pub struct B; #[cfg(test)] mod tests { use crate::deck::a::A; }",
                ),
            ],
        ],
    );
}

fn circles(model: &Model) -> Vec<Complaint> {
    let ties = file_ties(model);
    let mut complaints = Vec::new();
    for ties in [ties.clone()].iter().chain(&folder_ties(&ties)) {
        for circle in circles_in(ties) {
            if is_of_topics(&circle) {
                continue;
            }
            let tied: Vec<String> = circle
                .iter()
                .flat_map(|from| ties[from].iter().map(move |(to, names)| (from, to, names)))
                .filter(|(_, to, _)| circle.contains(*to))
                .map(|(from, to, names)| {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    format!("    {from} -> {to}: {}", names.join(", "))
                })
                .collect();
            let text = format!("part of a circle:\n{}", tied.join("\n"));
            let mut texts = std::iter::once(text);
            for part in circle {
                let text = texts
                    .next()
                    .unwrap_or_else(|| "part of that circle".to_owned());
                complaints.push(Complaint::new(part, text));
            }
        }
    }
    complaints
}

/// Whether the circle is one of folders that may have one.
fn is_of_topics(circle: &BTreeSet<&str>) -> bool {
    let is_of_folders = circle.iter().any(|part| part.ends_with('/'));
    let is_below = |folder: &str| {
        let mut parts = circle.iter().map(|part| part.trim_end_matches('/'));
        parts.all(|part| {
            part.strip_prefix(folder)
                .is_some_and(|rest| !rest.contains('/'))
        })
    };
    is_of_folders && TOPICS.iter().any(|(folder, _)| is_below(folder))
}

/// Which file of a room imports which one.
pub(crate) fn file_ties(model: &Model) -> Ties<'_> {
    let mut ties = Ties::new();
    for (file, source) in model.sources.iter().enumerate() {
        let ties = ties.entry(&source.path).or_default();
        for (_, target) in model.names_used(file) {
            let Target::Name { files, name } = target else {
                continue;
            };
            for other in files.into_iter().filter(|other| *other != file) {
                let other = &model.sources[other];
                if other.room() == source.room() {
                    ties.entry(&*other.path).or_default().insert(name.clone());
                }
            }
        }
    }
    ties
}

/// For each folder, the ties between what is in it: folders with all their files, and files. Its
/// own `mod.rs` is above them.
pub(crate) fn folder_ties<'a>(ties: &Ties<'a>) -> Vec<Ties<'a>> {
    let mut folders: BTreeMap<&str, Ties<'a>> = BTreeMap::new();
    for (from, others) in ties {
        for (to, names) in others {
            let common = common_folder(from, to);
            let (from, to) = (entry_below(from, common), entry_below(to, common));
            if is_hub(from, common)
                || is_hub(to, common)
                || !(from.ends_with('/') || to.ends_with('/'))
            {
                continue;
            }
            let ties = folders.entry(&from[..common]).or_default();
            ties.entry(to).or_default();
            let between = ties.entry(from).or_default().entry(to).or_default();
            between.extend(names.iter().cloned());
        }
    }
    folders.into_values().collect()
}

/// The length of the path of the innermost folder that both are in.
fn common_folder(one: &str, other: &str) -> usize {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    one[..same].rfind('/').map_or(0, |slash| slash + 1)
}

/// The folder or file that a path goes through in a folder.
fn entry_below(path: &str, folder: usize) -> &str {
    match path[folder..].find('/') {
        Some(slash) => &path[..=folder + slash],
        None => path,
    }
}

fn is_hub(path: &str, folder: usize) -> bool {
    &path[folder..] == "mod.rs"
}

/// The groups in which everything leads to everything.
pub(crate) fn circles_in<'a>(ties: &Ties<'a>) -> Vec<BTreeSet<&'a str>> {
    let reach = |from: &'a str| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(part) = next.pop() {
            for &to in ties.get(part).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to) {
                    next.push(to);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        ties.keys().map(|&from| (from, reach(from))).collect();
    let mut circles = BTreeSet::new();
    for (part, reachable) in &reached {
        let back = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(part));
        let circle: BTreeSet<&str> = reachable.iter().filter(back).copied().collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}
