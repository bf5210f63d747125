//! A text of links, read a piece at a time: what it says, what of it is there twice, and what is in
//! the list already.
//!
//! A text may stand for a million links. Of each only a mark is kept; the link itself is made where
//! it is shown, and when it is added.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::statements::{Scan, ScanResult, with_line_feeds};
use super::{Globs, Link, LinkKey, Origin, Span, Statement};
use crate::fetch::Request;
use crate::links::limits::{MAX_EXPANDED_BYTES, MAX_INPUT_LINES};

/// What is known of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    /// It cannot be understood.
    Bad,
    /// It is further up as well, under the same name.
    Repeated,
    /// The list has it.
    Listed,
}

/// One statement of the text, and how many links of which kind it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScannedEntry {
    /// Where it is.
    pub span: Span,
    /// How many of which kind.
    pub counts: ReadCounts,
    /// The place of its first link's mark.
    first_mark: usize,
}

/// How many links there are, and of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadCounts {
    /// All of them. A line that cannot be understood counts as one.
    pub links: usize,
    /// Those that cannot be understood.
    pub bad: usize,
    /// Those that stand further up as well.
    pub repeated: usize,
    /// Those that the list has, and that are not repeated.
    pub listed: usize,
}

impl ReadCounts {
    /// How many are added.
    #[must_use]
    pub fn chosen(&self, skip: DuplicatePolicy) -> usize {
        let repeated = if skip.repeated { self.repeated } else { 0 };
        let listed = if skip.listed { self.listed } else { 0 };
        self.links - self.bad - repeated - listed
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            links: self.links + other.links,
            bad: self.bad + other.bad,
            repeated: self.repeated + other.repeated,
            listed: self.listed + other.listed,
        }
    }

    fn add(&mut self, mark: Mark) {
        self.links += 1;
        match mark {
            Mark::Good => {}
            Mark::Bad => self.bad += 1,
            Mark::Repeated => self.repeated += 1,
            Mark::Listed => self.listed += 1,
        }
    }
}

/// Which links are not added although they could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicatePolicy {
    /// Those that stand further up as well.
    pub repeated: bool,
    /// Those that the list has already.
    pub listed: bool,
}

impl DuplicatePolicy {
    fn skips(self, mark: Mark) -> bool {
        match mark {
            Mark::Good => false,
            Mark::Bad => true,
            Mark::Repeated => self.repeated,
            Mark::Listed => self.listed,
        }
    }
}

/// What a text is compared with.
#[derive(Clone, Copy)]
pub struct DedupContext<'a> {
    /// Whether the list has a link already.
    pub is_listed: &'a dyn Fn(&Request) -> bool,
    /// The texts above, which are read.
    pub above: &'a [LinkScanner],
}

/// A text that is being read. It may hold secrets; its `Debug` form shows numbers only.
#[derive(Clone)]
pub struct LinkScanner {
    text: Arc<str>,
    scan: Scan,
    /// Whether the last statement has links that are not read yet.
    open: bool,
    entries: Vec<ScannedEntry>,
    /// The places of those entries of which a link cannot be understood.
    bad_entries: Vec<usize>,
    marks: Vec<Mark>,
    seen: HashSet<LinkKey>,
    counts: ReadCounts,
    bytes: usize,
    left_out: usize,
    is_done: bool,
}

impl LinkScanner {
    /// Begins to read a text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let plain = match with_line_feeds(&text) {
            Cow::Owned(plain) => Some(Arc::from(plain)),
            Cow::Borrowed(_) => None,
        };
        let text: Arc<str> = plain.unwrap_or(text);
        Self {
            scan: Scan::of(&text),
            is_done: text.is_empty(),
            text,
            open: false,
            entries: Vec::new(),
            bad_entries: Vec::new(),
            marks: Vec::new(),
            seen: HashSet::new(),
            counts: ReadCounts::default(),
            bytes: 0,
            left_out: 0,
        }
    }

    /// Whether this is the text.
    #[must_use]
    pub fn is_of(&self, text: &str) -> bool {
        *self.text == *with_line_feeds(text)
    }

    /// The text; a carriage return that ends a line alone is a line feed here.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether all of it is read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// What it says, as far as it is read.
    #[must_use]
    pub fn entries(&self) -> &[ScannedEntry] {
        &self.entries
    }

    /// The places of those entries of which a link cannot be understood, ascending.
    #[must_use]
    pub fn bad_entries(&self) -> &[usize] {
        &self.bad_entries
    }

    /// How many links there are so far.
    #[must_use]
    pub fn counts(&self) -> ReadCounts {
        self.counts
    }

    /// How many links are beyond the longest list.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// One statement again, to show it.
    #[must_use]
    pub fn statement(&self, entry: &ScannedEntry) -> Statement<'_> {
        let text = self.text.get(entry.span.start..entry.span.end);
        Statement::of(text.unwrap_or_default(), Origin::Window, Globs::Expanded)
    }

    /// The first link of a statement that cannot be understood: its index.
    #[must_use]
    pub fn first_bad(&self, entry: &ScannedEntry) -> Option<usize> {
        let marks = self.marks.get(entry.first_mark..)?;
        let mut marks = marks.iter().take(entry.counts.links);
        marks.position(|mark| *mark == Mark::Bad)
    }

    /// Reads on for at most so many lines and links, and says how much of that is left.
    pub fn advance(&mut self, mut budget: usize, around: DedupContext<'_>) -> usize {
        let text = Arc::clone(&self.text);
        while budget > 0 && !self.is_done {
            if !self.open {
                budget -= 1;
                match self.scan.step(&text) {
                    ScanResult::End => self.is_done = true,
                    ScanResult::Nothing => {}
                    ScanResult::Statement(span) => {
                        self.entries.push(ScannedEntry {
                            span,
                            counts: ReadCounts::default(),
                            first_mark: self.marks.len(),
                        });
                        self.open = true;
                    }
                }
                continue;
            }
            budget = self.read_last(&text, budget, around);
        }
        budget
    }

    /// Reads on in the last statement.
    fn read_last(&mut self, text: &str, mut budget: usize, around: DedupContext<'_>) -> usize {
        let Some(entry) = self.entries.last().copied() else {
            return budget;
        };
        let text = &text[entry.span.start..entry.span.end];
        let statement = Statement::of(text, Origin::Window, Globs::Expanded);
        let all = statement.len();
        let mut counts = entry.counts;
        self.open = false;
        while counts.links < all {
            if !self.has_room(around) {
                self.left_out += all - counts.links;
                break;
            }
            if budget == 0 {
                self.open = true;
                break;
            }
            budget -= 1;
            let mark = match statement.link(counts.links) {
                Some(Ok(link)) => self.mark(&link, around),
                _ => Mark::Bad,
            };
            counts.add(mark);
            self.counts.add(mark);
            self.marks.push(mark);
        }
        if let Some(last) = self.entries.last_mut() {
            last.counts = counts;
        }
        if counts.links == 0 && !self.open {
            self.entries.pop();
        }
        if counts.bad > 0 && entry.counts.bad == 0 {
            self.bad_entries.push(self.entries.len() - 1);
        }
        budget
    }

    fn mark(&mut self, link: &Link, around: DedupContext<'_>) -> Mark {
        self.bytes += link.request.url().as_str().len();
        let key = LinkKey::of_file(link);
        let is_above = around.above.iter().any(|text| text.seen.contains(&key));
        if is_above || !self.seen.insert(key) {
            Mark::Repeated
        } else if (around.is_listed)(&link.request) {
            Mark::Listed
        } else {
            Mark::Good
        }
    }

    fn has_room(&self, around: DedupContext<'_>) -> bool {
        let above = around.above.iter();
        let (links, bytes) = above.fold((0, 0), |(links, bytes), text| {
            (links + text.counts.links, bytes + text.bytes)
        });
        links + self.counts.links < MAX_INPUT_LINES && bytes + self.bytes < MAX_EXPANDED_BYTES
    }

    /// The lines that could not be understood, to be put right.
    #[must_use]
    pub fn bad_lines(&self) -> String {
        let mut bad = String::new();
        for entry in self
            .bad_entries
            .iter()
            .filter_map(|at| self.entries.get(*at))
        {
            let statement = self.statement(entry);
            if statement.is_command() || entry.counts.bad == entry.counts.links {
                push_line(&mut bad, &self.text[entry.span.start..entry.span.end]);
                continue;
            }
            for index in 0..entry.counts.links {
                if self.marks.get(entry.first_mark + index) == Some(&Mark::Bad)
                    && let Some(text) = statement.link_text(index)
                {
                    push_line(&mut bad, &text);
                }
            }
        }
        bad
    }
}

fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

impl fmt::Debug for LinkScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkScanner")
            .field("bytes", &self.text.len())
            .field("counts", &self.counts)
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}

/// The links of some texts that are to be added; each is made when it is taken.
#[derive(Clone)]
pub struct SelectedLinks {
    scanners: VecDeque<Arc<LinkScanner>>,
    skip: DuplicatePolicy,
    /// The entry of the first scanner, and the link of it, that are next.
    next: (usize, usize),
    /// The next ones, made already: a statement is looked at once for all of them.
    ahead: VecDeque<Link>,
    left: usize,
}

/// So many links are made together.
const AHEAD: usize = 64;

impl SelectedLinks {
    /// What is to be added of these texts, which are read.
    #[must_use]
    pub fn new(scanners: Vec<LinkScanner>, skip: DuplicatePolicy) -> Self {
        let counts = scanners.iter().map(|scanner| scanner.counts.chosen(skip));
        Self {
            left: counts.sum(),
            skip,
            next: (0, 0),
            ahead: VecDeque::new(),
            scanners: scanners
                .into_iter()
                .map(|mut scanner| {
                    // Only those that are still compared with others need it.
                    scanner.seen = HashSet::new();
                    Arc::new(scanner)
                })
                .collect(),
        }
    }

    fn look_ahead(&mut self) {
        while self.ahead.len() < AHEAD
            && let Some(scanner) = self.scanners.front().cloned()
        {
            let (at, mut index) = self.next;
            let Some(entry) = scanner.entries.get(at) else {
                self.scanners.pop_front();
                self.next = (0, 0);
                continue;
            };
            let statement = scanner.statement(entry);
            while index < entry.counts.links && self.ahead.len() < AHEAD {
                let mark = scanner.marks.get(entry.first_mark + index);
                if mark.is_some_and(|mark| !self.skip.skips(*mark))
                    && let Some(Ok(link)) = statement.link(index)
                {
                    self.ahead.push_back(link);
                }
                index += 1;
            }
            self.next = if index < entry.counts.links {
                (at, index)
            } else {
                (at + 1, 0)
            };
        }
    }
}

impl Iterator for SelectedLinks {
    type Item = Link;

    fn next(&mut self) -> Option<Link> {
        if self.ahead.is_empty() {
            self.look_ahead();
        }
        let link = self.ahead.pop_front();
        self.left = match link {
            Some(_) => self.left.saturating_sub(1),
            None => 0,
        };
        link
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for SelectedLinks {}

impl PartialEq for SelectedLinks {
    fn eq(&self, other: &Self) -> bool {
        (self.next, self.left, self.skip) == (other.next, other.left, other.skip)
            && self.scanners.len() == other.scanners.len()
            && self
                .scanners
                .iter()
                .zip(&other.scanners)
                .all(|(one, other)| one.text == other.text)
    }
}

impl fmt::Debug for SelectedLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectedLinks({} links)", self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEITHER: DuplicatePolicy = DuplicatePolicy {
        repeated: false,
        listed: false,
    };
    const BOTH: DuplicatePolicy = DuplicatePolicy {
        repeated: true,
        listed: true,
    };

    fn read(text: &str, above: &[LinkScanner]) -> LinkScanner {
        let mut scanner = LinkScanner::new(text);
        let is_listed = |request: &Request| request.url().path() == "/listed";
        while !scanner.is_done() {
            // In small pieces, so that every place is broken at.
            scanner.advance(
                2,
                DedupContext {
                    is_listed: &is_listed,
                    above,
                },
            );
        }
        scanner
    }

    fn paths(mut chosen: SelectedLinks) -> Vec<String> {
        let mut paths = Vec::new();
        let all = chosen.len();
        while let Some(link) = chosen.next() {
            paths.push(link.request.url().path().to_owned());
            assert_eq!(paths.len() + chosen.len(), all);
        }
        assert_eq!(paths.len(), all);
        paths
    }

    #[test]
    fn links_are_told_apart() {
        let scanner = read(
            "http://h/[1-3]\n\nhtps://x\nHTTP://H/2#x\nhttp://h/listed\nhttp://h/listed\nhttp://{h,h:99999}/",
            &[],
        );
        let counts = scanner.counts();
        assert_eq!(
            counts,
            ReadCounts {
                links: 9,
                bad: 2,
                repeated: 2,
                listed: 1
            }
        );
        assert_eq!((counts.chosen(NEITHER), counts.chosen(BOTH)), (7, 4));
        let lines: Vec<_> = scanner
            .entries()
            .iter()
            .map(|entry| entry.span.line)
            .collect();
        assert_eq!(lines, [1, 3, 4, 5, 6, 7]);
        assert_eq!(scanner.first_bad(&scanner.entries()[5]), Some(1));
        assert_eq!(scanner.bad_lines(), "htps://x\nhttp://h:99999/");
        let chosen = |skip| SelectedLinks::new(vec![scanner.clone()], skip);
        assert_eq!(paths(chosen(BOTH)), ["/1", "/2", "/3", "/"]);
        let all = ["/1", "/2", "/3", "/2", "/listed", "/listed", "/"];
        assert_eq!(paths(chosen(NEITHER)), all);
        assert!(!format!("{scanner:?}{:?}", chosen(BOTH)).contains("http"));
    }

    #[test]
    fn lines_may_say_more_and_the_same_link_under_two_names_is_two_files() {
        let scanner = read(
            "http://h/a\tx\nhttp://h/a\n  out=y\n  split=4\nhttp://h/a\tx\nhttp://h/b c\nhttp://h/d http://h/e # f",
            &[],
        );
        let counts = scanner.counts();
        assert_eq!((counts.links, counts.bad, counts.repeated), (6, 1, 1));
        assert_eq!(scanner.bad_lines(), "http://h/b c");
        let statement = scanner.statement(&scanner.entries()[1]);
        assert_eq!(statement.ignored_options(), ["split"]);
        let chosen = SelectedLinks::new(vec![scanner], BOTH);
        let names: Vec<_> = chosen
            .map(|link| link.file_name().map(ToOwned::to_owned))
            .collect();
        assert_eq!(
            names,
            [Some("x".to_owned()), Some("y".to_owned()), None, None]
        );
    }

    #[test]
    fn texts_are_compared_with_those_above() {
        let above = read("http://h/1\nhttp://h/2", &[]);
        let below = read("http://h/2\nhttp://h/3", std::slice::from_ref(&above));
        assert_eq!(below.counts().repeated, 1);
        let chosen = SelectedLinks::new(vec![above, below], BOTH);
        assert_eq!(chosen.len(), 3);
        assert_eq!(paths(chosen), ["/1", "/2", "/3"]);
    }

    #[test]
    fn a_range_of_a_million_is_read_in_pieces_of_one_size() {
        let mut scanner = LinkScanner::new("http://h/[1-1000000]\nhttp://h/a\nhttp://h/b");
        let mut pieces = 0;
        while !scanner.is_done() {
            let before = scanner.counts().links;
            let around = DedupContext {
                is_listed: &|_| false,
                above: &[],
            };
            assert_eq!(scanner.advance(50_000, around) > 0, scanner.is_done());
            assert!(scanner.counts().links - before <= 50_000);
            pieces += 1;
        }
        assert!((20..=21).contains(&pieces), "{pieces}");
        assert_eq!(scanner.counts().links, MAX_INPUT_LINES);
        assert_eq!((scanner.left_out(), scanner.entries().len()), (2, 1));
        let mut chosen = SelectedLinks::new(vec![scanner], BOTH);
        assert_eq!(chosen.by_ref().take(3).count(), 3);
        assert_eq!(chosen.len(), MAX_INPUT_LINES - 3);
    }

    #[test]
    fn an_empty_text_is_read_at_once() {
        assert!(LinkScanner::new("").is_done());
        let old = "http://h/a\rhttp://h/b\r out=x\r";
        let scanner = read(old, &[]);
        assert!(scanner.is_of(old) && !scanner.is_of("http://h/a"));
        assert_eq!((scanner.counts().links, scanner.counts().bad), (2, 0));
        assert_eq!(read("\n# x\n", &[]).counts(), ReadCounts::default());
    }
}
