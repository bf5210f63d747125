//! The figures of the architecture, which `scripts/architecture` prints for any checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::{Model, Target, child, shown_type};
use crate::source::{CodeLines, Kind, is_code};
use crate::{circles, model};

/// How many of the largest structs and longest files are shown.
const SHOWN: usize = 10;

/// Writes the figures of this crate, or of the checkout `JOBDECK_ARCHITECTURE_OF`, to
/// `JOBDECK_ARCHITECTURE_TO`.
#[test]
fn figures() {
    let figures = match std::env::var_os("JOBDECK_ARCHITECTURE_OF").map(PathBuf::from) {
        Some(folder) => figures_of(&Model::of_folder(&folder), &folder),
        None => figures_of(&model::ALL, Path::new(env!("CARGO_MANIFEST_DIR"))),
    };
    for heading in ["# Lines", "# Types", "# Names", "# Circles", "# Public"] {
        assert!(figures.contains(heading), "{figures}");
    }
    if let Some(to) = std::env::var_os("JOBDECK_ARCHITECTURE_TO") {
        fs::write(to, figures).unwrap();
    }
}

fn figures_of(model: &Model, folder: &Path) -> String {
    let mut text = lines_of_code(model);
    for folder in ["tests", "benches", "examples"].map(|name| folder.join(name)) {
        let name = folder.file_name().unwrap_or_default().display();
        let _ = writeln!(text, "{name:<12} {:>24}", lines_below(&folder));
    }
    text += &longest_files(model);
    text += &largest_types(model);
    let is_type = |kind| matches!(kind, Kind::Type | Kind::Trait);
    text += &names_used_twice(model, "types and traits", is_type);
    text += &names_used_twice(model, "free functions", |kind| kind == Kind::Function);
    text += &circles_by_room(model);
    text += &public_items(model);
    text
}

fn lines_of_code(model: &Model) -> String {
    let mut rooms: BTreeMap<&str, (usize, CodeLines)> = BTreeMap::new();
    for source in model.sources.iter().chain(&model.tests) {
        let lines = source.code_lines();
        for room in [source.room(), "all of src"] {
            let (files, sum) = rooms.entry(room).or_default();
            *files += usize::from(!source.is_test);
            sum.product += lines.product;
            sum.tests += lines.tests;
        }
    }
    let all = rooms.remove_entry("all of src");
    let mut text = "# Lines of code: neither blank nor comments; tests apart\n".to_owned();
    let _ = writeln!(
        text,
        "{:<12} {:>6} {:>8} {:>8}",
        "room", "files", "code", "tests"
    );
    for (room, (files, lines)) in rooms.into_iter().chain(all) {
        let CodeLines { product, tests } = lines;
        let _ = writeln!(text, "{room:<12} {files:>6} {product:>8} {tests:>8}");
    }
    text
}

fn lines_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let lines = |path: PathBuf| match path.extension().is_some_and(|extension| extension == "rs") {
        _ if path.is_dir() => lines_below(&path),
        true => {
            let text = fs::read_to_string(&path).unwrap_or_default();
            text.lines().filter(|line| is_code(line)).count()
        }
        false => 0,
    };
    entries.map(|entry| lines(entry.path())).sum()
}

fn longest_files(model: &Model) -> String {
    let lines = |source: &crate::source::Source| source.lines().count();
    let mut files: Vec<_> = model
        .sources
        .iter()
        .map(|source| (lines(source), &source.path))
        .collect();
    files.sort_by(|one, other| other.cmp(one));
    let mut text = "\n# Longest files: all lines outside of tests\n".to_owned();
    for (lines, path) in &files[..SHOWN.min(files.len())] {
        let _ = writeln!(text, "{path:<40} {lines:>6}");
    }
    text
}

fn largest_types(model: &Model) -> String {
    let types = model.types();
    let mut by_size: Vec<_> = types.iter().collect();
    by_size.sort_by_key(|(_, facts)| std::cmp::Reverse(facts.fields + facts.methods.len()));
    let mut text = "\n# Types: the largest, by fields and inherent methods\n".to_owned();
    let _ = writeln!(
        text,
        "{:<40} {:>6} {:>8} {:>6}",
        "type", "fields", "methods", "files"
    );
    for (name, facts) in by_size.iter().take(SHOWN) {
        let (name, files) = (shown_type(name), facts.files.len());
        let _ = writeln!(
            text,
            "{name:<40} {:>6} {:>8} {files:>6}",
            facts.fields,
            facts.methods.len()
        );
    }
    let spread = types.iter().filter(|(_, facts)| facts.is_spread());
    let spread: Vec<_> = spread
        .map(|(name, facts)| format!("{} ({})", shown_type(name), facts.files.len()))
        .collect();
    let _ = writeln!(
        text,
        "\n# Types with inherent methods in several files: {}",
        spread.len()
    );
    let _ = writeln!(text, "{}", spread.join(", "));
    text
}

/// The names that several modules define. What each platform defines for itself counts as one.
fn names_used_twice(model: &Model, what: &str, is_wanted: fn(Kind) -> bool) -> String {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (file, source) in model.sources.iter().enumerate() {
        for item in source.items.iter().filter(|item| is_wanted(item.kind)) {
            let known = places.entry(&item.name).or_default();
            let is_another = |other: &usize| {
                model.may_be_together(*other, file) && model.modules[*other] != model.modules[file]
            };
            if known.iter().all(is_another) {
                known.push(file);
            }
        }
    }
    places.retain(|_, files| files.len() > 1);
    let mut text = format!("\n# Names of several {what}: {}\n", places.len());
    for (name, files) in places {
        let paths: Vec<&str> = files
            .iter()
            .map(|file| &*model.sources[*file].path)
            .collect();
        let _ = writeln!(text, "{name}: {}", paths.join(", "));
    }
    text
}

fn circles_by_room(model: &Model) -> String {
    let mut text =
        "\n# Circles: groups of files that all lead to each other, and of folders\n".to_owned();
    let files = circles::file_ties(model);
    for ties in std::iter::once(&files).chain(&circles::folder_ties(&files)) {
        for circle in circles::circles_in(ties) {
            let circle: Vec<_> = circle.into_iter().collect();
            let room = circle[0].split('/').next().unwrap_or_default();
            let _ = writeln!(text, "{room:<10} {:>3}: {}", circle.len(), circle.join(" "));
        }
    }
    text
}

/// What somebody sees who reads the documentation: public items in public modules that are not
/// hidden, and what those re-export; with the public methods of the types among them. Fields,
/// variants and traits' methods are not counted.
fn public_items(model: &Model) -> String {
    let mut seen = BTreeMap::new();
    let mut passed = BTreeSet::new();
    look_through(model, &[], "", &mut passed, &mut seen);
    let mut rooms: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for room in seen.values() {
        rooms.entry(room).or_default().0 += 1;
    }
    for (file, source) in model.sources.iter().enumerate() {
        for block in &source.impls {
            if let Some(room) = seen.get(&model.type_of(file, &block.of)) {
                let methods = block.methods.iter().filter(|method| method.is_documented);
                rooms.entry(room).or_default().1 += methods.count();
            }
        }
    }
    let mut text =
        "\n# Public items that the documentation shows, and public methods of types\n".to_owned();
    let _ = writeln!(text, "{:<12} {:>6} {:>8}", "room", "items", "methods");
    let sum = rooms
        .values()
        .fold((0, 0), |sum, room| (sum.0 + room.0, sum.1 + room.1));
    for (room, (items, methods)) in rooms.into_iter().chain([("all", sum)]) {
        let _ = writeln!(text, "{room:<12} {items:>6} {methods:>8}");
    }
    text
}

/// Notes each item by its module and name, with the first room that shows it.
fn look_through(
    model: &Model,
    module: &[String],
    room: &str,
    passed: &mut BTreeSet<Vec<String>>,
    seen: &mut BTreeMap<(Vec<String>, String), String>,
) {
    if !passed.insert(module.to_vec()) {
        return;
    }
    for file in model.all_files_of(module) {
        let source = &model.sources[file];
        for item in source.items.iter().filter(|item| item.is_documented) {
            let key = (module.to_vec(), item.name.clone());
            seen.entry(key).or_insert_with(|| room.to_owned());
        }
        for used in source.uses.iter().filter(|used| used.is_documented) {
            match model.resolve(file, &used.path) {
                Some(Target::Name { files, name }) => {
                    let key = (model.modules[files[0]].clone(), name);
                    seen.entry(key).or_insert_with(|| room.to_owned());
                }
                Some(Target::Module(module)) => look_through(model, &module, room, passed, seen),
                _ => {}
            }
        }
        for inner in source.modules.iter().filter(|inner| inner.is_documented) {
            let room = if module.is_empty() { &inner.name } else { room };
            look_through(model, &child(module, &inner.name), room, passed, seen);
        }
    }
}
