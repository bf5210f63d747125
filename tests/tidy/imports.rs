//! Which room may import which: arrows run from the top of the house to the ground.

use crate::source::Source;

/// What each room may import of ours. A room that is not here is an entry point, or of the window,
/// and may import anything but `app`.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("settings", &["fetch"]),
    ("format", &[]),
    ("runtime", &[]),
    ("guide", &[]),
    ("fetch", &["runtime", "format"]),
    ("testing", &["runtime"]),
    ("options", &["fetch", "settings", "format"]),
    ("links", &["options", "fetch", "settings"]),
    (
        "jobs",
        &["links", "options", "fetch", "runtime", "settings"],
    ),
    ("status", &["runtime", "format"]),
    (
        "deck",
        &[
            "jobs", "links", "options", "runtime", "fetch", "settings", "format", "status",
        ],
    ),
    ("store", &["jobs", "runtime", "deck"]),
    ("demo", &["jobs", "options", "fetch"]),
    ("theme", &["status"]),
    ("widgets", &["theme", "status", "format"]),
    (
        "cli",
        &["jobs", "links", "options", "fetch", "settings", "format"],
    ),
    (
        "headless",
        &[
            "deck", "jobs", "links", "options", "fetch", "runtime", "settings", "format", "status",
        ],
    ),
];

/// The entry points: the only ones that may import `app`.
const ENTRIES: [&str; 4] = ["lib", "main", "native", "web"];

#[test]
fn imports_run_downwards_only() {
    crate::check(
        wrong_imports,
        &[
            ("runtime/clock.rs", "use crate::settings::X;"),
            (
                "runtime/native/thread.rs",
                "use crate::{runtime::Clock, fetch::Fetch};",
            ),
            ("fetch/mod.rs", "    let x = crate::jobs::X;"),
            (
                "fetch/names.rs",
                "use crate::{\n    format::{A, B},\n    deck::C,\n};",
            ),
            ("guide.rs", "use crate::runtime::Runtime;"),
            ("jobs/spec.rs", "use crate::deck::Deck;"),
            ("deck/mod.rs", "use crate::view::X;"),
            ("deck/row.rs", "use jobdeck::headless;"),
            ("format.rs", "use crate::settings;"),
            ("fetch/retry.rs", "use crate::settings;"),
            ("view/mod.rs", "use crate::app::App;"),
            ("widgets/bar.rs", "use crate::deck::Deck;"),
            ("fetch/mod.rs", "use super::deck::Deck;"),
            ("fetch/native/mod.rs", "use super::super::deck::Deck;"),
            ("runtime/mod.rs", "pub use super::*;"),
        ],
    );
}

fn wrong_imports(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let allowed = MAY_IMPORT
            .iter()
            .find(|(room, _)| *room == source.room())
            .map(|(_, allowed)| *allowed);
        for (line, imported) in imported_rooms(source) {
            let is_fine = imported == source.room()
                || match allowed {
                    Some(allowed) => allowed.contains(&imported.as_str()),
                    None => imported != "app" || ENTRIES.contains(&source.room()),
                };
            if !is_fine {
                complaints.push(format!(
                    "{}: `{}` may not import `{imported}`",
                    source.at(line),
                    source.room()
                ));
            }
        }
        for (line, code) in source.code() {
            if leaves_its_room(source, code) {
                complaints.push(format!(
                    "{}: other rooms are imported as `crate::room::…`",
                    source.at(line)
                ));
            }
        }
    }
    complaints
}

/// Whether a path of `super`s ends above the room.
fn leaves_its_room(source: &Source, code: &str) -> bool {
    let mut longest = 0;
    for (start, _) in code.match_indices("super::") {
        let supers = code[start..].split("super::").skip(1);
        longest = longest.max(1 + supers.take_while(|rest| rest.is_empty()).count());
    }
    // A module inside the file is one deeper; only tests have those, and they are left out.
    source.path != "lib.rs" && longest >= source.depth() && longest > 0
}

/// The rooms that a source imports, with the lines where it does.
fn imported_rooms(source: &Source) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    let code = source.code();
    for (place, (line, text)) in code.iter().enumerate() {
        for root in ["crate::", "jobdeck::"] {
            for (start, _) in text.match_indices(root) {
                let is_whole_word =
                    !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if !is_whole_word {
                    continue;
                }
                let after = &text[start + root.len()..];
                if after.starts_with('{') {
                    let rest = code[place + 1..].iter().map(|(_, text)| *text);
                    let group: String = std::iter::once(after).chain(rest).collect();
                    rooms.extend(first_names(&group).into_iter().map(|name| (*line, name)));
                } else {
                    rooms.push((*line, first_name(after)));
                }
            }
        }
    }
    // Macros and types at the top of the crate are no rooms.
    rooms.retain(|(_, name)| name.starts_with(|c: char| c.is_ascii_lowercase()));
    rooms
}

/// The first names of a group: `{a::{b, c}, d}` has `a` and `d`.
fn first_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut is_expected = false;
    for (place, character) in group.char_indices() {
        match character {
            '{' => {
                depth += 1;
                is_expected = depth == 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ',' => is_expected = depth == 1,
            _ if is_expected && !character.is_whitespace() => {
                names.push(first_name(&group[place..]));
                is_expected = false;
            }
            _ => {}
        }
    }
    names
}

fn first_name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Only these rooms know egui and its crates.
const KNOW_EGUI: [&str; 8] = [
    "view", "widgets", "theme", "command", "app", "main", "native", "web",
];

#[test]
fn only_the_window_knows_egui() {
    crate::check(
        egui_elsewhere,
        &[
            ("deck/mod.rs", "use egui::Context;"),
            ("runtime/host.rs", "    ctx: egui::Context,"),
            ("headless/mod.rs", "fn f() { eframe::run_native(); }"),
            ("status.rs", "use egui_table::Table;"),
        ],
    );
}

fn egui_elsewhere(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        if KNOW_EGUI.contains(&source.room()) {
            continue;
        }
        for (line, code) in source.code() {
            if ["egui::", "eframe::", "egui_table::"]
                .iter()
                .any(|name| code.contains(name))
            {
                complaints.push(format!(
                    "{}: `{}` must not know egui",
                    source.at(line),
                    source.room()
                ));
            }
        }
    }
    complaints
}
