//! What is typed into the search field: words and terms, all of which a row must fit.

use crate::status::{Chip, Status};

/// What can be typed into the search field, in a line each: the term and what it finds.
pub const SEARCH_HELP: [(&str, &str); 7] = [
    ("word", "in the name, link or error"),
    ("\"two words\"", "with a space between them"),
    ("name:word", "in the name"),
    ("host:example.com", "in the host's name"),
    ("state:failed", "under a chip, or in a state"),
    ("error:timeout", "in the error or doubt"),
    ("-word", "not like that"),
];

/// What a row is searched for, in lower case throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: SearchField,
    text: String,
    excludes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SearchField {
    Any,
    Name,
    Host,
    Url,
    State,
    Error,
}

/// What a row offers to a search; all texts but the status are in lower case.
pub(in crate::deck) struct Searched<'a> {
    pub(in crate::deck) name: &'a str,
    pub(in crate::deck) host: &'a str,
    pub(in crate::deck) url: &'a str,
    /// Made only when it is asked for.
    pub(in crate::deck) error: &'a dyn Fn() -> Option<String>,
    /// Made only when it is asked for.
    pub(in crate::deck) status: &'a dyn Fn() -> Status,
}

impl Search {
    /// Reads what was typed: every text means something.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let terms = words(&text.to_lowercase())
            .into_iter()
            .filter_map(|(word, is_quoted)| Term::of(&word, is_quoted));
        Self(terms.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::deck) fn fits(&self, row: &Searched<'_>) -> bool {
        self.0.iter().all(|term| term.fits(row) != term.excludes)
    }
}

impl Term {
    fn of(word: &str, is_quoted: bool) -> Option<Self> {
        let (excludes, word) = match word.strip_prefix('-') {
            Some(rest) if !is_quoted && !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let field = |name: &str| {
            Some(match name {
                "name" => SearchField::Name,
                "host" => SearchField::Host,
                "url" => SearchField::Url,
                "state" | "is" => SearchField::State,
                "error" => SearchField::Error,
                _ => return None,
            })
        };
        let named = word
            .split_once(':')
            .filter(|_| !is_quoted)
            .and_then(|(name, text)| Some((field(name)?, text)));
        let (field, text) = named.unwrap_or((SearchField::Any, word));
        // `state:` alone is a term that is still being typed.
        (!text.is_empty()).then(|| Self {
            field,
            text: text.to_owned(),
            excludes,
        })
    }

    fn fits(&self, row: &Searched<'_>) -> bool {
        let has = |text: &str| text.contains(&self.text);
        let in_error = || (row.error)().is_some_and(|error| has(&error.to_lowercase()));
        match self.field {
            SearchField::Any => has(row.name) || has(row.url) || in_error(),
            SearchField::Name => has(row.name),
            SearchField::Host => has(row.host),
            SearchField::Url => has(row.url),
            SearchField::Error => in_error(),
            SearchField::State => {
                let status = (row.status)();
                let chip = status.chip();
                let is_chip = |chip: Chip| chip.name().to_lowercase().starts_with(&self.text);
                is_chip(chip) || status.word().to_lowercase().contains(&self.text)
            }
        }
    }
}

/// The words between spaces, where quotes keep what is between them together; and whether a word
/// began with one.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begins_quoted = false;
    let mut is_quoted = false;
    for character in text.chars() {
        match character {
            '"' => {
                begins_quoted |= word.is_empty() && !is_quoted;
                is_quoted = !is_quoted;
            }
            _ if character.is_whitespace() && !is_quoted => {
                words.push((
                    std::mem::take(&mut word),
                    std::mem::take(&mut begins_quoted),
                ));
            }
            _ => word.push(character),
        }
    }
    words.push((word, begins_quoted));
    words.retain(|(word, _)| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::status::FailureKind;

    fn fits(search: &str) -> bool {
        let status = || Status::Failed {
            kind: FailureKind::TimeOut,
            cause: "The server was silent".into(),
            at_percent: Some(3),
        };
        Search::parse(search).fits(&Searched {
            name: "größe und maß.zip",
            host: "files.example.com",
            url: "https://files.example.com/a/größe.zip?x=1",
            error: &|| Some("The Server was silent".to_owned()),
            status: &status,
        })
    }

    #[test]
    fn every_term_must_fit() {
        for search in [
            "",
            "  ",
            "GRÖSSE",
            "Größe",
            "\"und maß\"",
            "state:failed",
            "is:timed",
            "state:fail host:EXAMPLE größe",
            "error:silent",
            "silent",
            "-paused -host:other",
            "state:",
            "name:",
            "url:x=1",
            "http-nothing:",
        ] {
            let expected = !matches!(search, "GRÖSSE" | "http-nothing:");
            assert_eq!(fits(search), expected, "{search}");
        }
        for search in [
            "host:other",
            "-größe",
            "state:done",
            "-state:failed",
            "größe paused",
            "\"maß und\"",
            "\"state:failed\"",
            "name:silent",
        ] {
            assert!(!fits(search), "{search}");
        }
    }

    #[test]
    fn any_text_is_a_search_in_any_case() {
        let mut random = fastrand::Rng::with_seed(3);
        let pieces = [
            "\"", ":", "-", " ", "state", "host", "é", "\u{202e}", "\0", "a",
        ];
        for _ in 0..5_000 {
            let count = random.usize(0..12);
            let text: String = (0..count)
                .map(|_| pieces[random.usize(..pieces.len())])
                .collect();
            assert_eq!(fits(&text), fits(&text.to_uppercase()), "{text:?}");
        }
    }

    #[test]
    fn a_state_is_found_by_its_word() {
        let status = || Status::Sleeping {
            left: Duration::from_secs(1),
        };
        let row = Searched {
            name: "",
            host: "",
            url: "",
            error: &|| None,
            status: &status,
        };
        assert!(Search::parse("state:sleep").fits(&row));
        assert!(Search::parse("state:waiting").fits(&row));
        assert!(!Search::parse("state:active").fits(&row));
    }
}
