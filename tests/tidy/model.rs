//! All sources as one tree of modules: where a path leads, through `use`, re-exports and `#[path]`.
//!
//! What it does not see: whose methods and fields are named (only a compiler knows), names in
//! strings of attributes, names that a macro makes, and a `#[cfg(test)]` on a field or a statement.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::source::{Kind, Source};

pub(crate) struct Model {
    /// Without the files of tests.
    pub(crate) sources: Vec<Source>,
    /// The files of tests.
    pub(crate) tests: Vec<Source>,
    /// The module of each source. Files that are chosen between by `#[path]` have the same one.
    pub(crate) modules: Vec<Vec<String>>,
    files: BTreeMap<Vec<String>, Vec<usize>>,
    /// Modules whose name is not that of their file or folder.
    renamed: Vec<Renamed>,
}

#[derive(PartialEq)]
struct Renamed {
    /// By folders.
    from: Vec<String>,
    to: Vec<String>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A name that is defined in one file, or in one for each platform.
    Name {
        files: Vec<usize>,
        name: String,
    },
    Module(Vec<String>),
    /// Another crate, with the whole path.
    External(Vec<String>),
}

/// The sources of this crate.
pub(crate) static ALL: LazyLock<Model> =
    LazyLock::new(|| Model::of_folder(Path::new(env!("CARGO_MANIFEST_DIR"))));

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root).unwrap();
            let parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap()).collect();
            found.push(Source::new(
                &parts.join("/"),
                &fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

impl Model {
    /// The sources of the crate in a folder.
    pub(crate) fn of_folder(folder: &Path) -> Self {
        let root = folder.join("src");
        let mut found = Vec::new();
        collect(&root, &root, &mut found);
        assert!(found.len() > 20, "the sources were not found");
        Self::new(found)
    }

    pub(crate) fn new(mut sources: Vec<Source>) -> Self {
        let renamed = renamed(&sources);
        let name = |source: &Source| named(&renamed, source.folders());
        let of_tests: BTreeSet<Vec<String>> = sources
            .iter()
            .flat_map(|source| {
                let parent = name(source);
                let tests = source.modules.iter().filter(|module| module.is_test);
                tests.map(move |module| child(&parent, &module.name))
            })
            .collect();
        for source in &mut sources {
            let module = name(source);
            source.is_test = (1..=module.len()).any(|length| of_tests.contains(&module[..length]));
        }
        let (tests, sources): (Vec<_>, Vec<_>) =
            sources.into_iter().partition(|source| source.is_test);
        let modules: Vec<_> = sources.iter().map(name).collect();
        let mut files: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (file, module) in modules.iter().enumerate() {
            files.entry(module.clone()).or_default().push(file);
        }
        Self {
            sources,
            tests,
            modules,
            files,
            renamed,
        }
    }

    /// All files that are this module.
    pub(crate) fn all_files_of(&self, module: &[String]) -> impl Iterator<Item = usize> {
        self.files.get(module).into_iter().flatten().copied()
    }

    /// The files that are this module, as the file `from` sees it: of two platforms only its own.
    fn files_of(&self, module: &[String], from: usize) -> Vec<usize> {
        self.all_files_of(module)
            .filter(|&file| self.may_be_together(file, from))
            .collect()
    }

    /// False for files in two modules of which `#[path]` chooses one.
    pub(crate) fn may_be_together(&self, one: usize, other: usize) -> bool {
        self.renamed.iter().all(|Renamed { to, .. }| {
            let is_within = |file: usize| self.modules[file].starts_with(to);
            !(is_within(one) && is_within(other)) || self.way(one, to) == self.way(other, to)
        })
    }

    /// How a file came below a module: by which `#[path]`, or by none.
    fn way(&self, file: usize, to: &[String]) -> Option<&Renamed> {
        let folders = self.sources[file].folders();
        let mut ways = self.renamed.iter().filter(|renamed| renamed.to == to);
        ways.find(|renamed| folders.starts_with(&renamed.from))
    }

    fn is_module(&self, module: &[String]) -> bool {
        let after = self.files.range(module.to_vec()..).next();
        after.is_some_and(|(found, _)| found.starts_with(module))
    }

    /// Where a path leads that is written in `file`; `None` for what is local, generic or unknown.
    pub(crate) fn resolve(&self, file: usize, path: &[String]) -> Option<Target> {
        self.resolve_from(file, file, path, &mut Vec::new())
    }

    fn resolve_from(
        &self,
        from: usize,
        file: usize,
        path: &[String],
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let here = &self.modules[file];
        match first.as_str() {
            "crate" | "jobdeck" => self.look_in(from, &[], rest, passed),
            "self" => self.look_in(from, here, rest, passed),
            "super" => {
                let supers = path.iter().take_while(|part| *part == "super").count();
                let above = here.get(..here.len().checked_sub(supers)?)?;
                self.look_in(from, above, &path[supers..], passed)
            }
            _ => self.look_for(from, file, path, passed).or_else(|| {
                let is_crate = first.starts_with(|c: char| c.is_ascii_lowercase());
                (is_crate && path.len() > 1).then(|| Target::External(path.to_vec()))
            }),
        }
    }

    fn look_in(
        &self,
        from: usize,
        module: &[String],
        path: &[String],
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else {
            return Some(Target::Module(module.to_vec()));
        };
        let below = child(module, first);
        if self.is_module(&below) {
            return self.look_in(from, &below, rest, passed);
        }
        // More than one file where `#[path]` chooses between them.
        let mut defining = Vec::new();
        let mut defined_as = first.clone();
        let mut elsewhere = None;
        for file in self.files_of(module, from) {
            if defines(&self.sources[file], first) {
                defining.push(file);
                continue;
            }
            match self.look_for_use(from, file, path, passed) {
                Some(Target::Name { files, name }) => {
                    defining.extend(files);
                    defined_as = name;
                }
                target => elsewhere = elsewhere.or(target),
            }
        }
        if defining.is_empty() {
            return elsewhere;
        }
        Some(Target::Name {
            files: defining,
            name: defined_as,
        })
    }

    /// Finds what a relative path begins with.
    fn look_for(
        &self,
        from: usize,
        file: usize,
        path: &[String],
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let below = child(&self.modules[file], first);
        if self.is_module(&below) {
            return self.look_in(from, &below, rest, passed);
        }
        if defines(&self.sources[file], first) {
            return Some(Target::Name {
                files: vec![file],
                name: first.clone(),
            });
        }
        self.look_for_use(from, file, path, passed)
    }

    fn look_for_use(
        &self,
        from: usize,
        file: usize,
        path: &[String],
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let here = (file, first.clone());
        if passed.contains(&here) {
            return None;
        }
        passed.push(here);
        let uses = &self.sources[file].uses;
        let named = uses.iter().filter(|used| used.name == *first);
        let all = uses.iter().filter(|used| used.name == "*");
        let found = named
            .map(|used| used.path.iter().chain(rest).cloned().collect::<Vec<_>>())
            .find_map(|path| self.resolve_from(from, file, &path, passed))
            .or_else(|| {
                all.map(|used| used.path.iter().chain(path).cloned().collect::<Vec<_>>())
                    .filter_map(|path| self.resolve_from(from, file, &path, passed))
                    .find(|target| !matches!(target, Target::External(_)))
            });
        passed.pop();
        found
    }

    /// What a file names outside of itself, with the line: each `use` that is no re-export, and
    /// each path that goes through a name of such a `use` or is written out. A re-export counts
    /// where its name is used in the file.
    pub(crate) fn names_used(&self, file: usize) -> Vec<(usize, Target)> {
        let source = &self.sources[file];
        let mut found = Vec::new();
        for used in source.uses.iter().filter(|used| !used.is_reexport) {
            let target = match self.resolve(file, &used.path) {
                Some(Target::Module(module)) if used.name == "*" => Some(Target::Name {
                    files: self.files_of(&module, file),
                    name: "*".to_owned(),
                }),
                target => target,
            };
            found.extend(target.map(|target| (used.line, target)));
        }
        let reexported: BTreeSet<&str> = source
            .uses
            .iter()
            .filter(|used| used.is_reexport)
            .map(|used| used.name.as_str())
            .collect();
        for (line, path) in &source.paths {
            if path.len() > 1 || reexported.contains(path[0].as_str()) {
                let target = self.resolve(file, path);
                found.extend(target.map(|target| (*line, target)));
            }
        }
        found
    }

    /// What a file names of other crates, with the line.
    pub(crate) fn external_names(&self, file: usize) -> Vec<(usize, Vec<String>)> {
        let source = &self.sources[file];
        let reexported = source.uses.iter().filter(|used| used.is_reexport);
        let reexported =
            reexported.filter_map(|used| Some((used.line, self.resolve(file, &used.path)?)));
        self.names_used(file)
            .into_iter()
            .chain(reexported)
            .filter_map(|(line, target)| match target {
                Target::External(path) => Some((line, path)),
                _ => None,
            })
            .collect()
    }

    /// The type that an `impl` names: its module and its name.
    pub(crate) fn type_of(&self, file: usize, path: &[String]) -> (Vec<String>, String) {
        match self.resolve(file, path) {
            Some(Target::Name { files, name }) => (self.modules[files[0]].clone(), name),
            _ => {
                let name = path.last().cloned().unwrap_or_default();
                (self.modules[file].clone(), name)
            }
        }
    }

    /// All types, by module and name. One that each platform defines for itself is one.
    pub(crate) fn types(&self) -> BTreeMap<(Vec<String>, String), TypeFacts<'_>> {
        let mut types: BTreeMap<_, TypeFacts<'_>> = BTreeMap::new();
        for (file, source) in self.sources.iter().enumerate() {
            for item in source.items.iter().filter(|item| item.kind == Kind::Type) {
                let key = (self.modules[file].clone(), item.name.clone());
                let known = types.entry(key).or_default();
                known.fields = known.fields.max(item.fields);
                known.at = source.at(item.line);
                known.defined_in.insert(&source.path);
            }
            for block in &source.impls {
                let known = types.entry(self.type_of(file, &block.of)).or_default();
                known.files.insert(&source.path);
                known
                    .methods
                    .extend(block.methods.iter().map(|method| &*method.name));
            }
        }
        types
    }
}

/// What there is to know of a type, over all files.
#[derive(Default)]
pub(crate) struct TypeFacts<'a> {
    /// Where it is defined.
    pub(crate) at: String,
    pub(crate) defined_in: BTreeSet<&'a str>,
    pub(crate) fields: usize,
    /// Its inherent methods.
    pub(crate) methods: BTreeSet<&'a str>,
    /// The files with inherent `impl`s of it.
    pub(crate) files: BTreeSet<&'a str>,
}

impl TypeFacts<'_> {
    /// True if its inherent methods are in several files. A type that each platform defines for
    /// itself has them in each.
    pub(crate) fn is_spread(&self) -> bool {
        self.files.len() > 1 && !self.files.is_subset(&self.defined_in)
    }
}

/// A type in a list: `room::Type`.
pub(crate) fn shown_type((module, name): &(Vec<String>, String)) -> String {
    format!("{}::{name}", module.first().map_or("crate", String::as_str))
}

fn defines(source: &Source, name: &str) -> bool {
    source.items.iter().any(|item| item.name == name)
        || (source.modules.iter()).any(|module| module.is_inline && module.name == name)
}

pub(crate) fn child(module: &[String], name: &str) -> Vec<String> {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn named(renamed: &[Renamed], folders: Vec<String>) -> Vec<String> {
    match renamed
        .iter()
        .find(|renamed| folders.starts_with(&renamed.from))
    {
        Some(Renamed { from, to }) => to.iter().chain(&folders[from.len()..]).cloned().collect(),
        None => folders,
    }
}

fn renamed(sources: &[Source]) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    for source in sources {
        for module in &source.modules {
            let Some(path) = &module.path else { continue };
            let folder = source
                .path
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder);
            let path = format!("{folder}/{path}");
            let path = path.trim_start_matches('/').trim_end_matches(".rs");
            let path = path.trim_end_matches("/mod");
            let (from, to): (Vec<String>, Vec<String>) = (
                path.split('/').map(str::to_owned).collect(),
                child(&source.folders(), &module.name),
            );
            renamed.push(Renamed { from, to });
        }
    }
    // The innermost first.
    renamed.sort_by_key(|renamed| std::cmp::Reverse(renamed.from.len()));
    renamed
}
