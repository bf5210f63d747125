//! One file of `src`, read with syn into the facts that the rules need. They are plain data, so
//! that all tests share them: syn's own trees cannot leave the thread that parsed them.

use proc_macro2::{Delimiter, LineColumn, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, Meta, Type, UseTree, Visibility};

/// A file without its tests.
pub(crate) struct Source {
    /// From `src/` on, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// True if a `#[cfg(test)] mod` declares the file.
    pub(crate) is_test: bool,
    pub(crate) modules: Vec<Module>,
    pub(crate) uses: Vec<Use>,
    pub(crate) items: Vec<Definition>,
    pub(crate) impls: Vec<Impl>,
    /// Every path outside of `use`, also inside of macros; a name alone is a path of one.
    pub(crate) paths: Vec<(usize, Vec<String>)>,
    /// Every field and method that is named after a dot.
    pub(crate) members: Vec<Member>,
    /// The names of the macros that are called.
    pub(crate) macros: Vec<(usize, String)>,
    /// The words of `#[cfg(…)]`, `#[cfg_attr(…)]` and `cfg!(…)`.
    pub(crate) conditions: Vec<(usize, String)>,
    tests: Vec<(LineColumn, LineColumn)>,
}

/// `mod name;` or `mod name { … }`.
pub(crate) struct Module {
    pub(crate) name: String,
    /// Of `#[path = "…"]`.
    pub(crate) path: Option<String>,
    pub(crate) is_test: bool,
    pub(crate) is_inline: bool,
    pub(crate) is_documented: bool,
}

/// One name of a `use`.
pub(crate) struct Use {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
    /// What the name is here; `*` for all names, `_` for a trait that is only in scope.
    pub(crate) name: String,
    /// True if it has a visibility: others may find the name here.
    pub(crate) is_reexport: bool,
    pub(crate) is_documented: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A struct, an enum, a union or an alias.
    Type,
    Trait,
    Function,
    /// A constant, a static or a macro.
    Other,
}

pub(crate) struct Definition {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `pub`, and not hidden from the documentation.
    pub(crate) is_documented: bool,
    /// The fields of a struct.
    pub(crate) fields: usize,
}

/// An inherent `impl`.
pub(crate) struct Impl {
    pub(crate) of: Vec<String>,
    pub(crate) methods: Vec<Method>,
}

pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) is_documented: bool,
}

pub(crate) struct Member {
    pub(crate) line: usize,
    /// What stands before the dot, where that is a name.
    pub(crate) of: Option<String>,
    pub(crate) name: String,
    /// True if an empty pair of parentheses follows.
    pub(crate) is_bare_call: bool,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("src/{path}: {error}"));
        let file: syn::File =
            syn::parse2(tokens.clone()).unwrap_or_else(|error| panic!("src/{path}: {error}"));
        let mut reader = Reader {
            source: Self {
                path: path.to_owned(),
                text: text.to_owned(),
                is_test: false,
                modules: Vec::new(),
                uses: Vec::new(),
                items: Vec::new(),
                impls: Vec::new(),
                paths: Vec::new(),
                members: Vec::new(),
                macros: Vec::new(),
                conditions: Vec::new(),
                tests: Vec::new(),
            },
            passed_over: Vec::new(),
            inline: 0,
        };
        reader.visit_file(&file);
        reader.scan(tokens);
        reader.source
    }

    /// The room: the first part of the path, without `.rs`.
    pub(crate) fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The names of the modules that lead to it by folders: none for the roots of the two crates.
    pub(crate) fn folders(&self) -> Vec<String> {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let path = path.strip_suffix("/mod").unwrap_or(path);
        match path {
            "lib" | "main" => Vec::new(),
            _ => path.split('/').map(str::to_owned).collect(),
        }
    }

    /// Where a line is, for a complaint.
    pub(crate) fn at(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path)
    }

    /// The lines outside of tests, with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate();
        numbered
            .map(|(index, text)| (index + 1, text))
            .filter(|(line, _)| !self.is_of_test(*line))
    }

    fn is_of_test(&self, line: usize) -> bool {
        let is_within =
            |(from, to): &(LineColumn, LineColumn)| (from.line..=to.line).contains(&line);
        self.is_test || self.tests.iter().any(is_within)
    }

    /// How many lines are code: neither comments nor blank.
    pub(crate) fn code_lines(&self) -> CodeLines {
        let mut lines = CodeLines::default();
        for (index, text) in self.text.lines().enumerate() {
            if is_code(text) {
                let is_test = self.is_of_test(index + 1);
                *(if is_test {
                    &mut lines.tests
                } else {
                    &mut lines.product
                }) += 1;
            }
        }
        lines
    }
}

#[derive(Clone, Copy, Default)]
pub(crate) struct CodeLines {
    pub(crate) product: usize,
    pub(crate) tests: usize,
}

/// True for a line that is neither blank nor a comment.
pub(crate) fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

struct Reader {
    source: Source,
    /// What the scan of the tokens leaves out: tests and `use` items.
    passed_over: Vec<(LineColumn, LineColumn)>,
    /// How many modules inside of the file the reader is in.
    inline: usize,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = attributes(item);
        if is_for_tests(attributes) {
            if let Item::Mod(module) = item {
                self.module(module, true);
            }
            self.leave_out(item.span());
            return;
        }
        match item {
            Item::Mod(module) => {
                self.module(module, false);
                self.inline += 1;
                syn::visit::visit_item_mod(self, module);
                self.inline -= 1;
                return;
            }
            Item::Use(item) => {
                let span = item.span();
                self.passed_over.push((span.start(), span.end()));
                let mut path = Vec::new();
                self.use_tree(&item.tree, (&item.vis, attributes), &mut path);
            }
            Item::Impl(item) if item.trait_.is_none() => self.inherent_impl(item),
            Item::Struct(item) => {
                let fields = match &item.fields {
                    Fields::Named(fields) => fields.named.len(),
                    Fields::Unnamed(fields) => fields.unnamed.len(),
                    Fields::Unit => 0,
                };
                self.define(&item.ident, Kind::Type, &item.vis, attributes, fields);
            }
            Item::Enum(item) => self.define(&item.ident, Kind::Type, &item.vis, attributes, 0),
            Item::Union(item) => self.define(&item.ident, Kind::Type, &item.vis, attributes, 0),
            Item::Type(item) => self.define(&item.ident, Kind::Type, &item.vis, attributes, 0),
            Item::Trait(item) => self.define(&item.ident, Kind::Trait, &item.vis, attributes, 0),
            Item::Fn(item) => {
                self.define(&item.sig.ident, Kind::Function, &item.vis, attributes, 0);
            }
            Item::Const(item) => self.define(&item.ident, Kind::Other, &item.vis, attributes, 0),
            Item::Static(item) => self.define(&item.ident, Kind::Other, &item.vis, attributes, 0),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if let ImplItem::Fn(method) = item
            && is_for_tests(&method.attrs)
        {
            self.leave_out(item.span());
        } else {
            syn::visit::visit_impl_item(self, item);
        }
    }
}

impl Reader {
    fn leave_out(&mut self, span: Span) {
        let range = (span.start(), span.end());
        self.source.tests.push(range);
        self.passed_over.push(range);
    }

    fn module(&mut self, module: &syn::ItemMod, is_test: bool) {
        self.source.modules.push(Module {
            name: module.ident.unraw().to_string(),
            path: path_attribute(&module.attrs),
            is_test,
            is_inline: module.content.is_some(),
            is_documented: is_documented(&module.vis, &module.attrs),
        });
    }

    fn define(
        &mut self,
        name: &syn::Ident,
        kind: Kind,
        visibility: &Visibility,
        attributes: &[Attribute],
        fields: usize,
    ) {
        // What a module inside of the file defines is found as that module.
        if self.inline == 0 {
            self.source.items.push(Definition {
                line: name.span().start().line,
                name: name.unraw().to_string(),
                kind,
                is_documented: is_documented(visibility, attributes),
                fields,
            });
        }
    }

    fn inherent_impl(&mut self, item: &ItemImpl) {
        let Type::Path(of) = &*item.self_ty else {
            return;
        };
        let methods = item.items.iter().filter_map(|item| match item {
            ImplItem::Fn(method) if !is_for_tests(&method.attrs) => Some(Method {
                name: method.sig.ident.to_string(),
                is_documented: is_documented(&method.vis, &method.attrs),
            }),
            _ => None,
        });
        let segments = of.path.segments.iter();
        self.source.impls.push(Impl {
            of: segments
                .map(|part| part.ident.unraw().to_string())
                .collect(),
            methods: methods.collect(),
        });
    }

    fn use_tree(
        &mut self,
        tree: &UseTree,
        (visibility, attributes): (&Visibility, &[Attribute]),
        path: &mut Vec<String>,
    ) {
        let (last, name) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.unraw().to_string());
                self.use_tree(&tree.tree, (visibility, attributes), path);
                path.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, (visibility, attributes), path);
                }
                return;
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                (None, path.last().cloned().unwrap_or_default())
            }
            UseTree::Name(tree) => {
                let name = tree.ident.unraw().to_string();
                (Some(name.clone()), name)
            }
            UseTree::Rename(tree) => {
                let last = tree.ident.unraw().to_string();
                (
                    (last != "self").then_some(last),
                    tree.rename.unraw().to_string(),
                )
            }
            UseTree::Glob(_) => (None, "*".to_owned()),
        };
        let path: Vec<String> = path.iter().cloned().chain(last).collect();
        if let Some(path) = self.seen_from_the_file(path) {
            self.source.uses.push(Use {
                line: tree.span().start().line,
                path,
                name,
                is_reexport: !matches!(visibility, Visibility::Inherited),
                is_documented: is_documented(visibility, attributes),
            });
        }
    }

    /// A path in a module inside of the file, as one in the file itself; `None` if it stays within
    /// that module.
    fn seen_from_the_file(&self, mut path: Vec<String>) -> Option<Vec<String>> {
        let mut depth = self.inline;
        while depth > 0 && path.first().is_some_and(|first| first == "super") {
            path.remove(0);
            depth -= 1;
        }
        if depth < self.inline && path.first().is_none_or(|first| first != "super") {
            path.insert(0, "self".to_owned());
        }
        let stays = depth > 0 && path.first().is_some_and(|first| first == "self");
        (!stays).then_some(path)
    }

    /// Reads names, members and macros from the tokens, since syn does not look into macros.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            let start = token.span().start();
            if self
                .passed_over
                .iter()
                .any(|(from, to)| *from <= start && start < *to)
            {
                continue;
            }
            match token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(word) => {
                    let before = &tokens[..at - 1];
                    let word = word.unraw().to_string();
                    if is_punct(before.last(), '\'') {
                        // A lifetime.
                    } else if is_punct(before.last(), '.') && !is_range(before) {
                        self.member(start.line, before, word, tokens.get(at));
                    } else if word == "mod" && is_body(tokens.get(at + 1)) {
                        self.inline += 1;
                        if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                            self.scan(group.stream());
                        }
                        self.inline -= 1;
                        at += 2;
                    } else if !goes_on_with_path(before) {
                        let path = path_from(word, &tokens, &mut at);
                        self.path(start.line, path, &tokens[at..]);
                    }
                }
                _ => {}
            }
        }
    }

    fn member(
        &mut self,
        line: usize,
        before: &[TokenTree],
        name: String,
        next: Option<&TokenTree>,
    ) {
        let of = match before.iter().nth_back(1) {
            Some(TokenTree::Ident(of)) => Some(of.to_string()),
            _ => None,
        };
        let is_bare_call = matches!(next, Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty());
        self.source.members.push(Member {
            line,
            of,
            name,
            is_bare_call,
        });
    }

    fn path(&mut self, line: usize, path: Vec<String>, after: &[TokenTree]) {
        let is_macro =
            is_punct(after.first(), '!') && matches!(after.get(1), Some(TokenTree::Group(_)));
        if let [word] = &path[..]
            && matches!(word.as_str(), "cfg" | "cfg_attr")
            && let Some(TokenTree::Group(group)) = after.get(usize::from(is_macro))
        {
            self.conditions(&group.stream());
        }
        if is_macro {
            self.source.macros.push((line, path.join("::")));
        }
        if let Some(path) = self.seen_from_the_file(path) {
            self.source.paths.push((line, path));
        }
    }

    fn conditions(&mut self, tokens: &TokenStream) {
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    self.source.conditions.push((line, word.to_string()));
                }
                TokenTree::Group(group) => self.conditions(&group.stream()),
                _ => {}
            }
        }
    }
}

/// The path that begins with `first`, which is the token before `at`; `at` is then after it.
fn path_from(first: String, tokens: &[TokenTree], at: &mut usize) -> Vec<String> {
    let mut path = vec![first];
    while is_punct(tokens.get(*at), ':')
        && is_punct(tokens.get(*at + 1), ':')
        && let Some(TokenTree::Ident(next)) = tokens.get(*at + 2)
    {
        path.push(next.unraw().to_string());
        *at += 3;
    }
    path
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// `a..b` has a dot before `b` that is none of a member.
fn is_range(before: &[TokenTree]) -> bool {
    is_punct(before.iter().nth_back(1), '.')
}

/// `<T as Trait>::name` and `Vec::<T>::new`: their last names say nothing alone.
fn goes_on_with_path(before: &[TokenTree]) -> bool {
    let first = before.iter().nth_back(1);
    is_punct(before.last(), ':')
        && matches!(first, Some(TokenTree::Punct(first)) if first.as_char() == ':' && first.spacing() == Spacing::Joint)
}

fn is_body(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// True for `#[cfg(test)]`, and where `test` is one of several conditions that all must hold.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| asks_for_test(&condition))
    })
}

fn asks_for_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(word) => word.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let all = Punctuated::<Meta, syn::Token![,]>::parse_terminated;
            list.parse_args_with(all)
                .is_ok_and(|all| all.iter().any(asks_for_test))
        }
        _ => false,
    }
}

fn is_documented(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    let is_hidden = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    };
    matches!(visibility, Visibility::Public(_)) && !attributes.iter().any(is_hidden)
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}
