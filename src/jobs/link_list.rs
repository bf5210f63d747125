//! The links of jobs as a text that `-i` reads back.

use std::fmt::Write as _;
use std::path::Path;

use super::fetch_spec::{Destination, FetchSpec};
use super::spec::Spec;
use crate::fetch::NameRule;
use crate::links::UrlGlob;

/// A list of links in the form that `-i` reads: a link in a line, and below it the name that its
/// user gave and the folder, where that is another one than usual. Made once in whole, and once
/// without the links that hold secrets.
#[derive(Clone, Default)]
pub struct LinkList {
    whole: String,
    shown: String,
    links: usize,
    secrets: usize,
    lost: usize,
}

impl LinkList {
    /// Adds the link of a job, if it has one. What is saved to `usual_folder` names no folder.
    pub fn push(&mut self, spec: &Spec, usual_folder: Option<&Path>) {
        let Spec::Fetch(spec) = spec else { return };
        let shown = spec.request.url_for_files();
        if spec.needs_link {
            // A line of its own in both: what is below a link belongs to that link.
            let line = format!("# {shown} (left out: the link is not whole)\n");
            self.whole.push_str(&line);
            self.shown.push_str(&line);
            self.lost += 1;
            return;
        }
        let url = spec.request.url_with_secrets();
        let options = options_of(spec, usual_folder);
        let line = |text: &mut String| {
            text.push_str(&without_ranges(&url));
            text.push('\n');
            text.push_str(&options);
        };
        line(&mut self.whole);
        self.links += 1;
        if url == shown {
            line(&mut self.shown);
        } else {
            self.secrets += 1;
            // Writing to a text does not fail.
            let _ = writeln!(self.shown, "# {shown} (left out: the link holds a secret)");
        }
    }

    /// How many links there are.
    #[must_use]
    pub fn links(&self) -> usize {
        self.links
    }

    /// How many of them hold secrets.
    #[must_use]
    pub fn secrets(&self) -> usize {
        self.secrets
    }

    /// How many more jobs have a link that is not whole, and can only be named in a comment.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// The text, with secrets or without.
    #[must_use]
    pub fn into_text(self, with_secrets: bool) -> String {
        if with_secrets { self.whole } else { self.shown }
    }
}

impl std::fmt::Debug for LinkList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinkList({} links)", self.links)
    }
}

/// The option lines below a link.
fn options_of(spec: &FetchSpec, usual_folder: Option<&Path>) -> String {
    let mut lines = String::new();
    let Destination::Save(save) = &spec.destination else {
        return lines;
    };
    let mut add = |key: &str, value: &str| {
        // What a line cannot hold is left out.
        let is_line = !value.is_empty() && value.trim() == value && !value.contains(['\n', '\r']);
        if is_line {
            let _ = writeln!(lines, "  {key}={value}");
        }
    };
    if let NameRule::Named(name) = &save.name {
        add("out", name);
    }
    if usual_folder != Some(save.folder())
        && let Some(folder) = save.folder().to_str()
    {
        add("dir", folder);
    }
    lines
}

/// A URL that means itself where ranges and lists are expanded.
fn without_ranges(url: &str) -> String {
    let is_itself = |glob: UrlGlob<'_>| glob.len() == 1 && glob.get(0).as_deref() == Some(url);
    if !url.contains(['[', '{']) || UrlGlob::of(url).is_ok_and(is_itself) {
        return url.to_owned();
    }
    // The host may be an address in brackets.
    let path = url.find("://").and_then(|at| {
        let host = at + "://".len();
        Some(host + url[host..].find(['/', '?'])?)
    });
    let (host, path) = url.split_at(path.unwrap_or(url.len()));
    let path = path.replace('[', "%5B").replace(']', "%5D");
    host.to_owned() + &path.replace('{', "%7B").replace('}', "%7D")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::{Request, Save};
    use crate::links::{Globs, Link, Origin, parse_lines_with};

    fn spec(url: &str, destination: Destination) -> Spec {
        Spec::Fetch(FetchSpec::new(Request::get(url).unwrap(), destination))
    }

    fn save(folder: &str) -> Destination {
        Destination::Save(Save::in_folder(folder))
    }

    fn list(specs: &[Spec]) -> LinkList {
        let mut list = LinkList::default();
        for spec in specs {
            list.push(spec, Some(Path::new("/d")));
        }
        list
    }

    fn read(text: &str) -> Vec<Link> {
        let lines = parse_lines_with(text, Origin::File, Globs::Expanded);
        let links = lines.lines.into_iter().map(|line| line.link.unwrap());
        links.collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let named = Destination::Save(
            Save::in_folder("/else/where").named(NameRule::Named("a b.iso".to_owned())),
        );
        let list = list(&[
            spec("https://h/a?x=1", save("/d")),
            spec("https://h/b", named),
            spec("http://[::1]:8/f[1-3].txt?q={a,b}", save("/d")),
            spec("https://h/filter?f[name]=x", Destination::Count),
        ]);
        assert_eq!((list.links(), list.secrets()), (4, 0));
        let text = list.clone().into_text(false);
        assert_eq!(text, list.into_text(true));
        assert!(
            text.starts_with("https://h/a?x=1\nhttps://h/b\n  out=a b.iso\n  dir=/else/where\n")
        );
        let links = read(&text);
        let urls: Vec<_> = links
            .iter()
            .map(|link| link.request.url().as_str())
            .collect();
        assert_eq!(
            urls,
            [
                "https://h/a?x=1",
                "https://h/b",
                "http://[::1]:8/f%5B1-3%5D.txt?q=%7Ba,b%7D",
                "https://h/filter?f[name]=x"
            ]
        );
        let own = links[1].own.as_ref().unwrap();
        assert_eq!(own.options.folder, Some(Some("/else/where".into())));
        assert_eq!(links[1].file_name(), Some("a b.iso"));
        assert!(links[0].own.is_none() && links[2].own.is_none());
    }

    #[test]
    fn secrets_are_in_the_whole_text_alone() {
        let mut lost = spec("https://h/lost", save("/other"));
        lost.lose_secrets();
        let list = list(&[
            spec("https://me:p%25w@h/a", save("/d")),
            spec("https://h/b?token=abc", save("/other")),
            lost,
            spec("https://h/c", save("/d")),
        ]);
        assert_eq!((list.links(), list.secrets(), list.lost()), (3, 2, 1));
        assert!(!format!("{list:?}").contains("abc"));
        let shown = list.clone().into_text(false);
        assert!(
            !shown.contains("p%25w") && !shown.contains("abc"),
            "{shown}"
        );
        assert!(shown.contains("# https://h/b?token=… (left out: the link holds a secret)\n"));
        let links = read(&shown);
        assert_eq!(links.len(), 1, "{shown}");
        assert!(links[0].own.is_none());
        let whole = list.into_text(true);
        let links = read(&whole);
        assert_eq!(links.len(), 3);
        assert_eq!(links[0].request.url_with_secrets(), "https://me:p%25w@h/a");
        assert_eq!(links[1].request.url().query(), Some("token=abc"));
    }

    #[test]
    fn what_a_line_cannot_hold_is_left_out() {
        let named = |name: &str| {
            Destination::Save(Save::in_folder("/d").named(NameRule::Named(name.to_owned())))
        };
        let list = list(&[
            spec("https://h/a", named("a\nb")),
            spec("https://h/b", named(" c")),
        ]);
        assert_eq!(list.into_text(true), "https://h/a\nhttps://h/b\n");
    }
}
