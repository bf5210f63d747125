//! One width of comments, and one style of imports: what rustfmt cannot do on a stable compiler.

use crate::Complaint;
use crate::model::Model;

/// The same as that of code, in `rustfmt.toml`.
const WIDTH: usize = 100;

#[test]
fn comments_are_as_wide_as_code() {
    let wide = format!("// {}\nstruct A;\n", "word ".repeat(WIDTH / 5));
    let (code, table) = (
        format!(
            "/// ```\n/// {0}{0}\n/// ```\nstruct A;\n",
            "f(); ".repeat(15)
        ),
        "a | ",
    );
    let table = format!("//! | {}|\n", table.repeat(WIDTH / 3));
    crate::check(wide_comments, &[], &[&[("deck/mod.rs", &wide)]]);
    crate::check_allowed(
        wide_comments,
        &[
            &[("deck/mod.rs", &code)],
            &[("deck/mod.rs", &table)],
            &[(
                "deck/mod.rs",
                &format!("// {}\nstruct A;\n", "w".repeat(WIDTH)),
            )],
        ],
    );
}

/// Code in comments, tables, and a word that cannot be broken may be wider.
fn wide_comments(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &model.sources {
        let mut is_code = false;
        for (index, line) in source.text.lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                is_code = false;
                continue;
            };
            let text = comment.trim_start_matches(['/', '!']).trim();
            is_code ^= text.starts_with("```");
            let may_be_wide = is_code || text.starts_with('|') || !text.contains(' ');
            if line.chars().count() > WIDTH && !may_be_wide {
                let at = format!("src/{}:{}: a wide comment", source.path, index + 1);
                complaints.push(Complaint::new(&source.path, at));
            }
        }
    }
    complaints
}

#[test]
fn imports_have_one_style() {
    crate::check(
        nested_imports,
        &[],
        &[
            &[("deck/mod.rs", "use crate::{fetch::Request, jobs::Spec};\n")],
            &[(
                "deck/mod.rs",
                "use super::{\n    a::{B, C},\n    d::E,\n};\n",
            )],
        ],
    );
    crate::check_allowed(
        nested_imports,
        &[&[(
            "deck/mod.rs",
            "use crate::fetch::{self, Request};\nuse super::a::B;\n",
        )]],
    );
}

/// A `use` for each module: no group within a group, and no path in one.
fn nested_imports(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &model.sources {
        for (start, _) in source.text.match_indices("use ") {
            let before = source.text[..start].rsplit('\n').next().unwrap_or_default();
            let is_import = matches!(before.trim(), "" | "pub" | "pub(crate)" | "pub(super)");
            let rest = source.text[start..].split(';').next().unwrap_or_default();
            let group = rest.split_once('{').map_or("", |(_, group)| group);
            if is_import && (group.contains("::") || group.contains('{')) {
                let line = source.text[..start].lines().count().max(1);
                let at = format!("src/{}:{line}: paths within a group", source.path);
                complaints.push(Complaint::new(&source.path, at));
            }
        }
    }
    complaints
}
