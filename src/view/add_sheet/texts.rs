//! The texts that the sheet reads links from: what is typed, and lists that are too long for a
//! field or come from files.

use crate::fetch::Request;
use crate::links::limits::{
    LINKS_BETWEEN_LOOKS, LINKS_READ_PER_FRAME, MAX_TYPED_BYTES, READING_SLICE,
};
use crate::links::{
    DedupContext, DuplicatePolicy, LinkScanner, ReadCounts, ScannedEntry, SelectedLinks,
};
use crate::runtime::{Clock, TimeSlice};

/// A list beside the field.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) name: String,
    pub(super) scanner: LinkScanner,
}

/// All texts. The lists are read before what is typed, so that they need not be read again with
/// each key.
#[derive(Clone)]
pub(super) struct Texts {
    pub(super) typed: String,
    scanner: LinkScanner,
    pub(super) lists: Vec<List>,
}

impl Texts {
    pub(super) fn new() -> Self {
        Self {
            typed: String::new(),
            scanner: LinkScanner::new(""),
            lists: Vec::new(),
        }
    }

    /// Puts more lines under what is typed already, or beside it if they are too many to be changed
    /// there.
    pub(super) fn append(&mut self, name: &str, text: &str) {
        let text = text.trim_end();
        if text.trim().is_empty() {
            return;
        }
        if self.typed.len() + text.len() > MAX_TYPED_BYTES {
            self.lists.push(List {
                name: name.to_owned(),
                scanner: LinkScanner::new(text),
            });
            return;
        }
        if !self.typed.is_empty() && !self.typed.ends_with('\n') {
            self.typed.push('\n');
        }
        self.typed.push_str(text);
    }

    /// Takes a list away again.
    pub(super) fn remove_list(&mut self, index: usize) {
        if index < self.lists.len() {
            self.lists.remove(index);
            self.read_again();
        }
    }

    /// Reads all of it anew: what it is compared with has changed.
    pub(super) fn read_again(&mut self) {
        self.scanner = LinkScanner::new(self.typed.as_str());
        for list in &mut self.lists {
            list.scanner = LinkScanner::new(list.scanner.text());
        }
    }

    /// Reads on, as much as fits into a frame, and says whether all is read.
    pub(super) fn advance(&mut self, is_listed: &dyn Fn(&Request) -> bool, clock: &Clock) -> bool {
        let slice = TimeSlice::begin(clock, READING_SLICE);
        if !self.scanner.is_of(&self.typed) {
            self.scanner = LinkScanner::new(self.typed.as_str());
        }
        let mut budget = LINKS_READ_PER_FRAME;
        // Each is compared with those above it: they are lent out one after the other.
        let mut above: Vec<LinkScanner> = Vec::with_capacity(self.lists.len());
        let lists = self.lists.iter_mut().map(|list| &mut list.scanner);
        for scanner in lists.chain(std::iter::once(&mut self.scanner)) {
            while budget > 0 && !scanner.is_done() {
                let part = budget.min(LINKS_BETWEEN_LOOKS);
                let above = &above;
                let unused = scanner.advance(part, DedupContext { is_listed, above });
                budget -= part - unused;
                if slice.is_over() {
                    budget = 0;
                }
            }
            above.push(std::mem::replace(scanner, LinkScanner::new("")));
        }
        let mut read = above.into_iter();
        let lists = self.lists.iter_mut().map(|list| &mut list.scanner);
        for (place, scanner) in lists
            .chain(std::iter::once(&mut self.scanner))
            .zip(&mut read)
        {
            *place = scanner;
        }
        self.is_read()
    }

    /// Whether all is read.
    pub(super) fn is_read(&self) -> bool {
        self.scanners().all(LinkScanner::is_done)
    }

    /// In the order they are shown and added: what is typed, then the lists.
    fn scanners(&self) -> impl Iterator<Item = &LinkScanner> {
        let lists = self.lists.iter().map(|list| &list.scanner);
        std::iter::once(&self.scanner).chain(lists)
    }

    /// How many links there are in all, so far.
    pub(super) fn counts(&self) -> ReadCounts {
        let counts = self.scanners().map(LinkScanner::counts);
        counts.fold(ReadCounts::default(), ReadCounts::plus)
    }

    /// How many links are beyond the longest list.
    pub(super) fn left_out(&self) -> usize {
        self.scanners().map(LinkScanner::left_out).sum()
    }

    /// How many lines of the preview there are; with `only_bad`, only those that cannot be
    /// understood.
    pub(super) fn preview_len(&self, only_bad: bool) -> usize {
        self.scanners()
            .map(|scanner| len_of(scanner, only_bad))
            .sum()
    }

    /// One line of the preview: the name of its list, if it is of one, what it was read by, and
    /// what was found.
    pub(super) fn preview(
        &self,
        mut index: usize,
        only_bad: bool,
    ) -> Option<(Option<&str>, &LinkScanner, &ScannedEntry)> {
        let names =
            std::iter::once(None).chain(self.lists.iter().map(|list| Some(list.name.as_str())));
        for (name, scanner) in names.zip(self.scanners()) {
            let len = len_of(scanner, only_bad);
            if index < len {
                let at = if only_bad {
                    *scanner.bad_entries().get(index)?
                } else {
                    index
                };
                return Some((name, scanner, scanner.entries().get(at)?));
            }
            index -= len;
        }
        None
    }

    /// What is to be added, and keeps here only the lines that could not be understood.
    pub(super) fn take(&mut self, skip: DuplicatePolicy) -> SelectedLinks {
        let typed = std::mem::replace(&mut self.scanner, LinkScanner::new(""));
        let lists = std::mem::take(&mut self.lists);
        self.typed = typed.bad_lines();
        let mut scanners = vec![typed];
        for list in lists {
            self.append(&list.name, &list.scanner.bad_lines());
            scanners.push(list.scanner);
        }
        SelectedLinks::new(scanners, skip)
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.typed.trim().is_empty() && self.lists.is_empty()
    }
}

fn len_of(scanner: &LinkScanner, only_bad: bool) -> usize {
    if only_bad {
        scanner.bad_entries().len()
    } else {
        scanner.entries().len()
    }
}

/// What is typed may hold secrets.
impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts")
            .field("typed_bytes", &self.typed.len())
            .field("lists", &self.lists)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKIP: DuplicatePolicy = DuplicatePolicy {
        repeated: true,
        listed: false,
    };

    fn read(texts: &mut Texts) {
        let clock = Clock::virtual_time();
        while !texts.advance(&|_| false, &clock) {}
    }

    #[test]
    fn a_frame_reads_only_as_long_as_it_has_time() {
        let mut texts = Texts::new();
        texts.append("Pasted text", "https://a.example/[1-10000]");
        let clock = Clock::virtual_time();
        let takes_long = |_: &Request| {
            clock.advance(READING_SLICE);
            false
        };
        assert!(!texts.advance(&takes_long, &clock));
        let read = texts.counts().links;
        assert!((1..=LINKS_BETWEEN_LOOKS).contains(&read), "{read}");
        texts.advance(&|_| false, &clock);
        let read = texts.counts().links - read;
        assert_eq!(read, LINKS_READ_PER_FRAME, "none of these takes any time");
    }

    #[test]
    fn more_lines_go_under_what_is_typed_and_many_beside_it() {
        let mut texts = Texts::new();
        texts.append("Pasted text", "https://a.example/1");
        texts.append("Pasted text", "https://b.example/2\n");
        texts.append("Pasted text", " \n");
        assert_eq!(texts.typed, "https://a.example/1\nhttps://b.example/2");
        let many = "https://c.example/\n".repeat(MAX_TYPED_BYTES / 10);
        texts.append("many.txt", &many);
        assert_eq!(texts.lists.len(), 1);
        read(&mut texts);
        assert_eq!(texts.counts().chosen(SKIP), 3);
        texts.remove_list(0);
        assert!(!texts.is_read());
        read(&mut texts);
        assert_eq!((texts.counts().links, texts.preview_len(false)), (2, 2));
    }

    #[test]
    fn what_cannot_be_understood_stays_when_the_rest_is_taken() {
        let mut texts = Texts::new();
        let long = format!("# {}", "x".repeat(MAX_TYPED_BYTES));
        texts.append(
            "list.txt",
            &format!("{long}\nhttps://a.example/1\nftp://b.example/"),
        );
        texts.append("Pasted text", "https://a.example/1\nhtps://c.example/");
        read(&mut texts);
        let line = |texts: &Texts, index, only_bad| {
            let (name, _, entry) = texts.preview(index, only_bad).unwrap();
            (name.map(ToOwned::to_owned), entry.span.line)
        };
        let list = || Some("list.txt".to_owned());
        assert_eq!(texts.preview_len(false), 4);
        assert_eq!(line(&texts, 1, false), (None, 2));
        assert_eq!(line(&texts, 2, false), (list(), 2));
        assert_eq!(texts.preview_len(true), 2);
        assert_eq!(line(&texts, 1, true), (list(), 3));
        assert!(texts.preview(2, true).is_none());
        let chosen = texts.take(SKIP);
        assert_eq!(chosen.len(), 1);
        assert_eq!(texts.typed, "htps://c.example/\nftp://b.example/");
        assert!(texts.lists.is_empty());
    }
}
