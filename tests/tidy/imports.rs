//! Which room may import which: downwards only.

use crate::Complaint;
use crate::model::Model;
use crate::source::Source;

/// What each room may import of ours. Every room has a line.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("format", &[]),
    ("runtime", &[]),
    ("guide", &[]),
    ("testing", &["runtime"]),
    ("fetch", &["runtime", "format"]),
    ("options", &["fetch", "runtime", "format"]),
    ("links", &["options", "fetch", "runtime", "format"]),
    ("jobs", &["links", "options", "fetch", "runtime"]),
    ("status", &["runtime", "format"]),
    (
        "deck",
        &[
            "jobs", "links", "options", "status", "fetch", "runtime", "format",
        ],
    ),
    ("instance", &["jobs"]),
    (
        "store",
        &["deck", "jobs", "status", "fetch", "runtime", "format"],
    ),
    ("demo", &["jobs", "links", "options", "fetch"]),
    ("theme", &["status"]),
    ("widgets", &["theme", "status", "format"]),
    (
        "command",
        &[
            "widgets", "theme", "deck", "jobs", "links", "options", "status", "fetch", "runtime",
            "format",
        ],
    ),
    (
        "view",
        &[
            "command", "widgets", "theme", "deck", "jobs", "links", "options", "status", "fetch",
            "runtime", "format",
        ],
    ),
    (
        "app",
        &[
            "view", "command", "widgets", "theme", "demo", "store", "instance", "deck", "jobs",
            "links", "options", "status", "fetch", "runtime", "format",
        ],
    ),
    (
        "cli",
        &["deck", "jobs", "links", "options", "fetch", "format"],
    ),
    (
        "headless",
        &[
            "store", "deck", "jobs", "links", "options", "status", "fetch", "runtime", "format",
        ],
    ),
    (
        "records",
        &[
            "cli", "headless", "store", "deck", "jobs", "links", "options", "status", "fetch",
            "runtime", "format",
        ],
    ),
];

/// The entry points: they may import anything.
const ENTRIES: [&str; 4] = ["lib", "main", "native", "web"];

/// `room -> room` that are still imported upwards.
#[rustfmt::skip]
const STILL_UPWARDS: &[&str] = &[
];

#[test]
fn imports_run_downwards_only() {
    crate::check(
        wrong_imports,
        STILL_UPWARDS,
        &[
            &[("runtime/clock.rs", "use crate::options::X;")],
            &[(
                "runtime/native/thread.rs",
                "use crate::{runtime::Clock, fetch::Fetch};",
            )],
            &[("fetch/mod.rs", "fn f() { let x = crate::jobs::X; }")],
            &[(
                "fetch/mod.rs",
                "fn f() { write!(x, \"\", crate::deck::X::new()); }",
            )],
            &[(
                "fetch/names.rs",
                "use crate::{\n    options::{A, B},\n    deck::C,\n};",
            )],
            // The code after the declaration of tests is read as well.
            &[(
                "fetch/mod.rs",
                "mod a;\n#[cfg(test)]\nmod tests;\nuse crate::deck::Deck;",
            )],
            &[(
                "fetch/mod.rs",
                "#[cfg(test)]\nmod tests {}\nfn f() -> crate::deck::Deck {}",
            )],
            &[("guide.rs", "use crate::runtime::Runtime;")],
            &[("jobs/spec.rs", "use crate::deck::Deck;")],
            &[("deck/mod.rs", "use crate::view::X;")],
            &[("deck/row.rs", "use jobdeck::headless;")],
            &[("format.rs", "use crate::settings;")],
            &[("command/mod.rs", "fn f() { use crate::app::App; }")],
            &[("view/mod.rs", "use crate::app::App;")],
            &[("widgets/bar.rs", "use crate::deck::Deck;")],
            &[("fetch/mod.rs", "use super::deck::Deck;")],
            &[("fetch/native/mod.rs", "use super::super::deck::Deck;")],
            &[("runtime/mod.rs", "pub use super::*;")],
            // A room without a line.
            &[("cellar/mod.rs", "")],
            &[("attic.rs", "fn f() {}")],
        ],
    );
    crate::check_allowed(
        wrong_imports,
        &[
            &[(
                "format/dates.rs",
                "#[cfg(test)]\nmod tests { use crate::deck::Deck; }",
            )],
            &[
                ("format/mod.rs", "#[cfg(test)]\nmod tests;\n"),
                ("format/tests/mod.rs", "mod more;"),
                ("format/tests/more.rs", "use crate::deck::Deck;"),
            ],
            &[(
                "deck/mod.rs",
                "use crate::{fetch, runtime::Runtime}; use std::fmt;",
            )],
            &[(
                "deck/rows/list.rs",
                "use super::super::row::Row; use super::order;",
            )],
            &[("native.rs", "use jobdeck::app::App;")],
        ],
    );
}

fn wrong_imports(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (source, module) in model.sources.iter().zip(&model.modules) {
        let room = source.room();
        if ENTRIES.contains(&room) {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(listed, _)| *listed == room) else {
            let text = format!("src/{}: the room has no line in the table", source.path);
            complaints.push(Complaint::new(room, text));
            continue;
        };
        for (line, path) in written_paths(source) {
            let supers = path.iter().take_while(|part| *part == "super").count();
            if supers > 0 && supers >= module.len() {
                let text = format!("{}: other rooms are `crate::room`", source.at(line));
                complaints.push(Complaint::new(&source.path, text));
            }
            let Some(imported) = imported_room(path) else {
                continue;
            };
            if imported != room && !allowed.contains(&imported) {
                let key = format!("{room} -> {imported}");
                let text = format!("{}: `{room}` may not import `{imported}`", source.at(line));
                complaints.push(Complaint::new(key, text));
            }
        }
    }
    complaints
}

/// All paths of a file, with their lines.
fn written_paths(source: &Source) -> impl Iterator<Item = (usize, &[String])> {
    let uses = source.uses.iter().map(|used| (used.line, &used.path[..]));
    let paths = source.paths.iter().map(|(line, path)| (*line, &path[..]));
    uses.chain(paths)
}

/// The room that a path goes into from the top of the crate. Macros and types at the top are no
/// rooms.
fn imported_room(path: &[String]) -> Option<&str> {
    match path {
        [root, room, ..] if root == "crate" || root == "jobdeck" => room
            .starts_with(|c: char| c.is_ascii_lowercase())
            .then_some(room),
        _ => None,
    }
}

/// Rooms that have a line and do not exist yet.
#[rustfmt::skip]
const PLANNED: &[&str] = &[
];

#[test]
fn every_line_of_the_table_has_a_room() {
    crate::check(absent_rooms, PLANNED, &[&[("format.rs", "")]]);
}

fn absent_rooms(model: &Model) -> Vec<Complaint> {
    let exists = |room: &str| model.sources.iter().any(|source| source.room() == room);
    let absent = MAY_IMPORT.iter().filter(|(room, _)| !exists(room));
    let complaint = |(room, _): &(&str, _)| Complaint::new(*room, "there is no such room");
    absent.map(complaint).collect()
}

/// The rooms that know egui and its crates.
const KNOW_EGUI: [&str; 8] = [
    "view", "widgets", "theme", "command", "app", "main", "native", "web",
];

#[test]
fn only_the_window_knows_egui() {
    crate::check(
        egui_elsewhere,
        &[],
        &[
            &[("deck/mod.rs", "use egui::Context;")],
            &[("deck/mod.rs", "pub use {egui::Context};")],
            &[("runtime/host.rs", "struct Host { ctx: egui::Context }")],
            &[("headless/mod.rs", "fn f() { eframe::run_native(); }")],
            &[("status.rs", "use egui_table::Table;")],
            &[("status.rs", "use egui as e; fn f() { e::Ui::new(); }")],
        ],
    );
}

fn egui_elsewhere(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        if KNOW_EGUI.contains(&source.room()) {
            continue;
        }
        for (line, path) in model.external_names(file) {
            if path[0] == "egui" || path[0] == "eframe" || path[0].starts_with("egui_") {
                let text = format!(
                    "{}: `{}` must not know egui",
                    source.at(line),
                    source.room()
                );
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
}
