//! Comments and documents name nothing that does not exist: paths of modules and files, rooms,
//! options, features and documents.
//!
//! What is seen stands in backticks, documents also without; comments are lines of their own. What
//! is not seen: a single word that could be anything, a method after a type (rustdoc checks those
//! in links), and comments after code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::Complaint;
use crate::model::Model;

/// Read besides the comments, where they exist. The change log tells of what was.
const DOCUMENTS: [&str; 4] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];

/// Options of other programs.
const OPTIONS_OF_OTHERS: &[(&str, &str)] = &[("--cfg", "rustc"), ("--retry", "curl")];

/// The crates of the compiler, and its types that have constants and methods.
const OF_THE_LANGUAGE: &[&str] = &[
    "std", "core", "alloc", "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize",
    "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
];

/// What a file name may be below, to be looked for.
const FOLDERS: [&str; 7] = [
    "assets",
    "benches",
    "clippy-wasm",
    "examples",
    "scripts",
    "src",
    "tests",
];

#[test]
fn comments_name_what_exists() {
    crate::check(
        dead_words,
        &[],
        &[
            // Of modules.
            &[("deck/mod.rs", "//! Rows, see `store::Writer`.")],
            &[("deck/mod.rs", "//! Rows.\n// Written by `crate::store`.")],
            &[(
                "deck/mod.rs",
                "//! Rows.\n/// See `deck::queue::Queue`.\nstruct A;",
            )],
            &[(
                "deck/mod.rs",
                "#[cfg(test)]\nmod tests;\n// See `super::queue`.\nstruct A;",
            )],
            &[("deck/mod.rs", "//! What the room `store` keeps.")],
            // Of files.
            &[("deck/mod.rs", "//! As in `deck/queue.rs`.")],
            &[("deck/mod.rs", "//! Called by `scripts/tidy_up`.")],
            // Of options, also over the end of a line.
            &[("cli/mod.rs", "//! For `--frobnicate`.")],
            &[("cli/mod.rs", "//! For `--frobnicate\n//! N`.")],
            // Of features and documents.
            &[("lib.rs", "//! Only with the feature `cellar`.")],
            &[("lib.rs", "//! Only with the `cellar` feature.")],
            &[("lib.rs", "//! More is in `MANUAL.md`.")],
        ],
    );
    crate::check_allowed(
        dead_words,
        &[
            &[
                (
                    "deck/mod.rs",
                    "//! `deck::queue::Queue::take`, `crate::deck`, `deck/queue.rs`, `std::fmt`.",
                ),
                (
                    "deck/queue.rs",
                    "//! `super::queue::Queue`, `Queue::take`, room `deck`.\npub struct Queue;",
                ),
            ],
            &[(
                "deck/mod.rs",
                "//! ```\n//! use jobdeck::none::X; // `none::X`\n//! ```",
            )],
            &[(
                "cli/mod.rs",
                "//! `--jobs 3`, `cargo doc --frob`, the feature `app`, `README.md`, `scripts/check`.",
            )],
        ],
    );
}

fn dead_words(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        let mut block = String::new();
        let mut last_line = 0;
        for (line, text) in source.lines() {
            let text = text.trim_start();
            if line != last_line + 1 || !text.starts_with("//") {
                judge(model, file, &source.path, &block, &mut complaints);
                block.clear();
            }
            if text.starts_with("//") {
                block += text.trim_start_matches(['/', '!']);
                block.push('\n');
                last_line = line;
            }
        }
        judge(model, file, &source.path, &block, &mut complaints);
    }
    complaints
}

#[test]
fn documents_name_what_exists() {
    let model = &crate::model::ALL;
    let library = model
        .sources
        .iter()
        .position(|source| source.path == "lib.rs")
        .unwrap();
    let mut complaints = Vec::new();
    for path in DOCUMENTS {
        let Ok(text) = fs::read_to_string(root().join(path)) else {
            continue;
        };
        judge(model, library, path, &text, &mut complaints);
        let commands = text.lines().filter(|line| line.starts_with("jobdeck "));
        for option in commands.flat_map(str::split_whitespace) {
            if is_unknown_option(option) {
                complaints.push(Complaint::new(path, format!("`{option}` is no option")));
            }
        }
    }
    let complaints: Vec<_> = complaints
        .iter()
        .map(|found| format!("{}: {}", found.key, found.text))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Adds what is wrong with the words of a comment or document.
fn judge(model: &Model, file: usize, path: &str, text: &str, complaints: &mut Vec<Complaint>) {
    let text = without_examples(text);
    let parts: Vec<&str> = text.split('`').collect();
    for (at, part) in parts.iter().enumerate() {
        let problem = match at % 2 {
            0 => missing_document(part),
            _ => {
                let after = parts.get(at + 1).copied().unwrap_or_default();
                problem_of(model, file, parts[at - 1], part, after)
            }
        };
        complaints.extend(problem.map(|problem| Complaint::new(path, problem)));
    }
}

/// A text without the blocks between lines of three backticks.
fn without_examples(text: &str) -> String {
    let mut is_example = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_example = !is_example;
        } else if !is_example {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// What is wrong with a word in backticks, by what stands before and after it.
fn problem_of(model: &Model, file: usize, before: &str, word: &str, after: &str) -> Option<String> {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let next = after.split_whitespace().next().unwrap_or_default();
    let is_of_another = after.starts_with(" of ");
    let is_called = |what: &str| last.eq_ignore_ascii_case(what);
    let is_feature = is_called("feature")
        || is_called("features")
        || next.trim_end_matches(['.', ',', ':', ';']) == "feature";
    if is_feature && !is_of_another && !CRATE.features.contains(word) {
        return Some(format!("`{word}` is no feature"));
    }
    if is_called("room") && !is_module(model, &[word]) {
        return Some(format!("`{word}` is no room"));
    }
    let first = word.split_whitespace().next().unwrap_or_default();
    if is_unknown_option(first) {
        return Some(format!("`{first}` is no option"));
    }
    if is_dead_path(model, file, word) {
        return Some(format!("`{word}` is no module, and nothing in one"));
    }
    if is_dead_file(model, word) {
        return Some(format!("there is no file `{word}`"));
    }
    missing_document(word)
}

fn is_unknown_option(word: &str) -> bool {
    let option: String = word
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || *c == '-')
        .collect();
    let is_option = option.strip_prefix("--").is_some_and(|name| name.len() > 1);
    is_option
        && !CRATE.options.is_empty()
        && !CRATE.options.contains(&option)
        && !OPTIONS_OF_OTHERS.iter().any(|(other, _)| *other == option)
}

/// True for a path through modules that leads nowhere.
fn is_dead_path(model: &Model, file: usize, word: &str) -> bool {
    let end = word.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
    let (path, rest) = word.split_at(end.unwrap_or(word.len()));
    let mut path: Vec<String> = path.split("::").map(str::to_owned).collect();
    let is_path = path.len() > 1
        && path
            .iter()
            .all(|part| !part.is_empty() && !part.contains(':'));
    if !is_path || rest.starts_with('/') || !path[0].starts_with(|c: char| c.is_ascii_lowercase()) {
        return false;
    }
    if is_module(model, &[&path[0]]) {
        path.insert(0, "crate".to_owned());
    }
    match model.resolve(file, &path) {
        Some(crate::model::Target::External(path)) => {
            let is_known = OF_THE_LANGUAGE.contains(&path[0].as_str())
                || CRATE.dependencies.contains(&path[0].replace('_', "-"))
                || CRATE.dependencies.contains(&path[0]);
            // `native::Token` is said of a module below.
            let is_below = model.modules.iter().any(|module| module.contains(&path[0]));
            !is_known && !is_below
        }
        Some(_) => false,
        None => true,
    }
}

fn is_module(model: &Model, path: &[&str]) -> bool {
    model.modules.iter().any(|module| {
        module.len() >= path.len() && module.iter().zip(path).all(|(one, other)| one == other)
    })
}

/// True for the path of a file below a known folder, or a room, where there is none.
fn is_dead_file(model: &Model, word: &str) -> bool {
    let is_path = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let Some((folder, _)) = word.split_once('/').filter(|_| is_path) else {
        return false;
    };
    let word = word.trim_end_matches('/');
    let is_there = |below: &str| {
        let path = root().join(below);
        path.exists() || path.with_extension("rs").exists()
    };
    if FOLDERS.contains(&folder) {
        return !is_there(word);
    }
    let is_source = |path: &str| {
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let name = word.strip_suffix(".rs").unwrap_or(word);
        path == name || path.starts_with(&format!("{name}/"))
    };
    is_module(model, &[folder]) && !model.sources.iter().any(|source| is_source(&source.path))
}

fn missing_document(text: &str) -> Option<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    let names = text.split(|c| !is_of_name(c));
    let documents = names.map(|name| name.trim_end_matches(['.', ':']));
    let mut documents =
        documents.filter(|name| name.len() > 3 && name.ends_with(".md") && !name.contains("://"));
    let missing = documents.find(|name| !root().join(name).exists())?;
    Some(format!("there is no document `{missing}`"))
}

/// What the crate declares.
struct Declared {
    features: BTreeSet<String>,
    dependencies: BTreeSet<String>,
    /// As its help says; none where the program is not built.
    options: BTreeSet<String>,
}

static CRATE: LazyLock<Declared> = LazyLock::new(|| {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let keys_of = |is_wanted: fn(&str) -> bool| {
        let mut section = "";
        let mut keys = BTreeSet::new();
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            } else if let Some((key, _)) = line.split_once(" = ")
                && is_wanted(section)
                && !key.starts_with('#')
            {
                keys.insert(key.to_owned());
            }
        }
        keys
    };
    Declared {
        features: keys_of(|section| section == "[features]"),
        dependencies: keys_of(|section| section.ends_with("dependencies]")),
        options: options_of_help(),
    }
});

fn options_of_help() -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for command in [
        "--help", "run", "demo", "list", "history", "show", "export", "import", "forget",
    ] {
        let Some(program) = option_env!("CARGO_BIN_EXE_jobdeck") else {
            continue;
        };
        let help = Command::new(program)
            .args([command, "--help"])
            .output()
            .unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let lines = help.lines().map(str::trim_start);
        for line in lines.filter(|line| line.starts_with('-')) {
            let named = line.split_whitespace().find(|word| word.starts_with("--"));
            options.extend(named.map(str::to_owned));
        }
    }
    options
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
