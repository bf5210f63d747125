//! One line that stands for many URLs: ranges `[001-120]`, `[1-10:2]`, `[a-z]`, and lists
//! `{a,b,c}`, as curl has them.
//!
//! What is no range and no list means itself, because URLs hold brackets and braces too: an IPv6
//! address (`http://[::1]/`), a field of a form (`?filter[name]=x`), a placeholder (`{id}`). A
//! range or a list that is meant as one and cannot be counted is refused. Where a URL holds what
//! looks like one, `%5B` and `%7B` are written for it, or nothing is expanded at all (`--no-glob`).

use crate::fetch::{ErrorClass, FetchError};
use crate::links::limits::MAX_INPUT_LINES;

/// A bracket whose contents are longer than this is no range: two numbers of twenty digits and a
/// step.
const MAX_RANGE_BYTES: usize = 64;

/// The lines that one line stands for, in order; of several ranges and lists the last one changes
/// fastest. None of them is made before it is asked for.
///
/// ```
/// use jobdeck::links::UrlGlob;
///
/// let glob = UrlGlob::of("http://h/{a,b}[08-10]")?;
/// assert_eq!(glob.len(), 6);
/// let lines: Vec<_> = glob.iter().collect();
/// assert_eq!(lines[0], "http://h/a08");
/// assert_eq!(lines[5], "http://h/b10");
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UrlGlob<'text> {
    parts: Vec<GlobPart<'text>>,
    len: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum GlobPart<'text> {
    Text(&'text str),
    List(Vec<&'text str>),
    Numbers {
        first: u64,
        step: u64,
        count: usize,
        /// With zeros in front, as many digits as these.
        width: usize,
    },
    Letters {
        first: u8,
        step: u8,
        count: usize,
    },
}

/// Whether ranges `[1-9]` and lists `{a,b}` in a line stand for many URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Globs {
    /// They do: [`UrlGlob`] says what they mean.
    #[default]
    Expanded,
    /// They mean themselves.
    Literal,
}

impl Globs {
    /// What a URL stands for.
    ///
    /// # Errors
    /// Those of [`UrlGlob::of`].
    pub(super) fn glob(self, text: &str) -> Result<UrlGlob<'_>, FetchError> {
        match self {
            Self::Expanded => UrlGlob::of(text),
            Self::Literal => Ok(UrlGlob::literal(text)),
        }
    }
}

impl<'text> UrlGlob<'text> {
    /// Reads a line.
    ///
    /// # Errors
    /// Class `bad_url`: a range that ends before it begins, mixes small and large letters or has no
    /// step; a list within a list; and more results than [`MAX_INPUT_LINES`].
    pub fn of(text: &'text str) -> Result<Self, FetchError> {
        let mut parts = Vec::new();
        let mut len = 1_usize;
        let braces = Braces::of(text);
        let (mut literal_from, mut at) = (0, 0);
        while let Some(found) = text[at..].find(['[', '{']) {
            let open = at + found;
            let part = if text[open..].starts_with('[') {
                range_at(text, open)?
            } else {
                braces.list_at(text, open)?
            };
            let Some((part, end)) = part else {
                at = open + 1;
                continue;
            };
            len = len
                .checked_mul(part.count())
                .filter(|len| *len <= MAX_INPUT_LINES)
                .ok_or_else(too_many)?;
            if literal_from < open {
                parts.push(GlobPart::Text(&text[literal_from..open]));
            }
            parts.push(part);
            (literal_from, at) = (end, end);
        }
        if literal_from < text.len() {
            parts.push(GlobPart::Text(&text[literal_from..]));
        }
        Ok(Self { parts, len })
    }

    /// A line that stands for itself, whatever it holds.
    #[must_use]
    pub fn literal(text: &'text str) -> Self {
        Self {
            parts: vec![GlobPart::Text(text)],
            len: 1,
        }
    }

    /// How many lines there are; at least one, at most [`MAX_INPUT_LINES`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The lines, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = String> + '_ {
        (0..self.len).map(|index| self.line(index))
    }

    /// One of the lines; none beyond the last.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<String> {
        (index < self.len).then(|| self.line(index))
    }

    fn line(&self, index: usize) -> String {
        // What is left of the index is the choice of the parts before: the last part changes
        // fastest.
        let mut rest = index;
        let mut choices: Vec<usize> = vec![0; self.parts.len()];
        for (choice, part) in choices.iter_mut().zip(&self.parts).rev() {
            let count = part.count();
            *choice = rest % count;
            rest /= count;
        }
        let mut line = String::new();
        for (part, choice) in self.parts.iter().zip(choices) {
            part.write(choice, &mut line);
        }
        line
    }
}

impl GlobPart<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::List(items) => items.len(),
            Self::Numbers { count, .. } | Self::Letters { count, .. } => *count,
        }
    }

    fn write(&self, choice: usize, line: &mut String) {
        match self {
            Self::Text(text) => line.push_str(text),
            Self::List(items) => line.push_str(items.get(choice).copied().unwrap_or_default()),
            Self::Numbers {
                first, step, width, ..
            } => {
                let number = first.saturating_add(step.saturating_mul(choice as u64));
                line.push_str(&format!("{number:0width$}"));
            }
            Self::Letters { first, step, .. } => {
                let letter = usize::from(*first) + usize::from(*step) * choice;
                line.push(char::from(u8::try_from(letter).unwrap_or(*first)));
            }
        }
    }
}

type GlobMatch<'text> = Result<Option<(GlobPart<'text>, usize)>, FetchError>;

/// The range whose bracket opens here, and where it ends; none where the bracket means itself.
fn range_at(text: &str, open: usize) -> GlobMatch<'static> {
    let after = &text.as_bytes()[open + 1..];
    let close = after
        .iter()
        .take(MAX_RANGE_BYTES)
        .position(|byte| *byte == b']');
    let Some(close) = close else { return Ok(None) };
    let inside = &text[open + 1..open + 1 + close];
    Ok(range(inside)?.map(|part| (part, open + close + 2)))
}

fn range(inside: &str) -> Result<Option<GlobPart<'static>>, FetchError> {
    let (ends, step) = match inside.split_once(':') {
        Some((ends, step)) => (ends, Some(step)),
        None => (inside, None),
    };
    let Some((from, to)) = ends.split_once('-') else {
        return Ok(None);
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if step.is_some_and(|step| !is_number(step)) {
        return Ok(None);
    }
    let step = match step.map(str::parse::<u64>) {
        None => 1,
        Some(Ok(step)) if step > 0 => step,
        Some(_) => {
            return Err(bad_range(
                inside,
                "does not say how far to step",
                "Write a step of 1 or more, such as [1-10:2].",
            ));
        }
    };
    if is_number(from) && is_number(to) {
        return numbers(inside, from, to, step).map(Some);
    }
    match (from.as_bytes(), to.as_bytes()) {
        ([from], [to]) if from.is_ascii_alphabetic() && to.is_ascii_alphabetic() => {
            letters(inside, *from, *to, step).map(Some)
        }
        _ => Ok(None),
    }
}

fn numbers(inside: &str, from: &str, to: &str, step: u64) -> Result<GlobPart<'static>, FetchError> {
    let (Ok(first), Ok(last)) = (from.parse::<u64>(), to.parse::<u64>()) else {
        return Err(bad_range(
            inside,
            "has a number that is too large",
            "Write numbers of at most 19 digits.",
        ));
    };
    let Some(span) = last.checked_sub(first) else {
        return Err(backward(inside));
    };
    let count = usize::try_from(span / step)
        .ok()
        .filter(|steps| *steps < MAX_INPUT_LINES)
        .ok_or_else(too_many)?
        + 1;
    Ok(GlobPart::Numbers {
        first,
        step,
        count,
        width: if from.starts_with('0') { from.len() } else { 0 },
    })
}

fn letters(inside: &str, from: u8, to: u8, step: u64) -> Result<GlobPart<'static>, FetchError> {
    if from.is_ascii_lowercase() != to.is_ascii_lowercase() {
        return Err(bad_range(
            inside,
            "mixes small and large letters",
            "Write two ranges in a list of URLs, or letters of one kind: [a-z].",
        ));
    }
    let Some(span) = to.checked_sub(from) else {
        return Err(backward(inside));
    };
    // A step beyond the last letter leaves the first one alone.
    let step = u8::try_from(step).unwrap_or(u8::MAX);
    Ok(GlobPart::Letters {
        first: from,
        step,
        count: usize::from(span / step) + 1,
    })
}

/// The braces of a line, paired in one pass, so that no line takes longer than it is long.
struct Braces(Vec<Brace>);

struct Brace {
    open: usize,
    close: Option<usize>,
    has_comma: bool,
    has_braces: bool,
}

impl Braces {
    fn of(text: &str) -> Self {
        let mut all: Vec<Brace> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for (place, byte) in text.bytes().enumerate() {
            match byte {
                b'{' => {
                    open.push(all.len());
                    all.push(Brace {
                        open: place,
                        close: None,
                        has_comma: false,
                        has_braces: false,
                    });
                }
                b'}' => {
                    if let Some(closed) = open.pop() {
                        all[closed].close = Some(place);
                        if let Some(around) = open.last() {
                            all[*around].has_braces = true;
                        }
                    }
                }
                b',' => {
                    if let Some(around) = open.last() {
                        all[*around].has_comma = true;
                    }
                }
                _ => {}
            }
        }
        Self(all)
    }

    /// The list whose brace opens here, and where it ends; none where the brace means itself.
    fn list_at<'text>(&self, text: &'text str, open: usize) -> GlobMatch<'text> {
        let Ok(place) = self.0.binary_search_by_key(&open, |brace| brace.open) else {
            return Ok(None);
        };
        let brace = &self.0[place];
        let Some(close) = brace.close.filter(|_| brace.has_comma) else {
            return Ok(None);
        };
        let inside = &text[open + 1..close];
        let holds_range = || {
            inside.match_indices('[').any(|(place, _)| {
                // What cannot be counted is meant as a range too.
                !matches!(range_at(inside, place), Ok(None))
            })
        };
        if brace.has_braces || holds_range() {
            return Err(FetchError::new(
                ErrorClass::BadUrl,
                "A list { } holds another list or a range",
            )
            .with_hint(
                "Write one after the other, or %7B for a brace that is a part of the URL.",
            ));
        }
        Ok(Some((
            GlobPart::List(inside.split(',').collect()),
            close + 1,
        )))
    }
}

fn bad_range(inside: &str, what: &str, hint: &str) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, format!("The range [{inside}] {what}")).with_hint(format!(
        "{hint} Or %5B for a bracket that is a part of the URL."
    ))
}

fn backward(inside: &str) -> FetchError {
    bad_range(
        inside,
        "ends before it begins",
        "Write the smaller end first: [1-10].",
    )
}

fn too_many() -> FetchError {
    FetchError::new(
        ErrorClass::BadUrl,
        format!("The ranges and lists stand for more than {MAX_INPUT_LINES} URLs"),
    )
    .with_hint("Write smaller ones, in several lines.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        UrlGlob::of(text).unwrap().iter().collect()
    }

    #[test]
    fn ranges_and_lists_are_counted_out() {
        for (text, expected) in [
            ("[8-11]", &["8", "9", "10", "11"][..]),
            ("[08-11]", &["08", "09", "10", "11"]),
            ("[099-101]", &["099", "100", "101"]),
            ("[0-2]", &["0", "1", "2"]),
            ("[1-10:4]", &["1", "5", "9"]),
            ("[5-5]", &["5"]),
            ("[1-2:18446744073709551615]", &["1"]),
            ("[a-e:2]", &["a", "c", "e"]),
            ("[X-Z]", &["X", "Y", "Z"]),
            ("[a-c:999]", &["a"]),
            ("{a,b}", &["a", "b"]),
            ("x{,.old}", &["x", "x.old"]),
            ("{a,b}/[1-2]", &["a/1", "a/2", "b/1", "b/2"]),
            ("ü{é,ß}", &["üé", "üß"]),
            ("http://[1-2].h/", &["http://1.h/", "http://2.h/"]),
            ("{{a,b}}", &["{a}", "{b}"]),
        ] {
            assert_eq!(lines(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_range_and_no_list_means_itself() {
        for text in [
            "http://[::1]:8080/a",
            "http://[fe80::1-2]/",
            "http://[2001:db8::5-7]/",
            "?filter[name]=x&a[0]=1&b[]=2",
            "/{id}/{}",
            "[",
            "]",
            "{",
            "}",
            "{a,b",
            "a,b}",
            "[1-",
            "[1-2",
            "[-]",
            "[ab-c]",
            "[1-z]",
            "[1-2:]",
            "[1-2:x]",
            "[ü-ö]",
            "[1..3]",
            "",
            "plain",
        ] {
            assert_eq!(lines(text), [text]);
        }
        let literal = UrlGlob::literal("{a,b}[1-3]");
        assert_eq!(literal.iter().collect::<Vec<_>>(), ["{a,b}[1-3]"]);
    }

    #[test]
    fn what_cannot_be_counted_is_refused_and_says_what_to_write() {
        for (text, says) in [
            ("[10-1]", "The range [10-1] ends before it begins"),
            ("[z-a]", "ends before it begins"),
            ("[a-Z]", "mixes small and large"),
            ("[1-9:0]", "how far to step"),
            ("[1-99999999999999999999]", "too large"),
            ("{a,{b,c}}", "holds another list"),
            ("{a[1-2],b}", "holds another list or a range"),
            ("[0-1000000]", "more than 1000000"),
            ("[1-18446744073709551615]", "more than 1000000"),
            ("[1-1000][1-1000]{a,b}", "more than 1000000"),
        ] {
            let error = UrlGlob::of(text).unwrap_err();
            assert!(error.message.contains(says), "{text}: {error}");
            assert!(!error.hint.is_empty(), "{text}");
        }
        assert_eq!(UrlGlob::of("[1-1000][1-1000]").unwrap().len(), 1_000_000);
        assert_eq!(UrlGlob::of("[0-999999]").unwrap().len(), 1_000_000);
    }

    #[test]
    fn any_text_gives_as_many_lines_as_its_parts_multiply_to_and_no_panic() {
        let mut random = fastrand::Rng::with_seed(11);
        let letters: Vec<char> = "[[]]{{}},,--::0129azAZü\\ /".chars().collect();
        let (mut expanded, mut refused) = (0, 0);
        for _ in 0..30_000 {
            let text: String = (0..random.usize(0..24))
                .map(|_| letters[random.usize(0..letters.len())])
                .collect();
            let Ok(glob) = UrlGlob::of(&text) else {
                refused += 1;
                continue;
            };
            let product: usize = glob.parts.iter().map(GlobPart::count).product();
            assert_eq!(glob.len(), product, "{text}");
            assert_eq!(glob.iter().len(), product, "{text}");
            if product == 1
                && glob
                    .parts
                    .iter()
                    .all(|part| matches!(part, GlobPart::Text(_)))
            {
                assert_eq!(glob.iter().collect::<Vec<_>>(), [text.as_str()]);
            } else {
                expanded += 1;
                let mut seen = glob.iter().take(500).collect::<Vec<_>>();
                assert_eq!(seen.len(), product.min(500), "{text}");
                if !text.contains('{') {
                    // A range never says a thing twice.
                    seen.dedup();
                    assert_eq!(seen.len(), product.min(500), "{text}");
                }
            }
        }
        assert!(expanded > 100 && refused > 20, "{expanded}, {refused}");
    }

    #[test]
    fn long_lines_take_no_longer_than_they_are_long() {
        // Each of these takes very long where every bracket looks to the end of the line.
        for piece in ["[", "{", "[1-", "{,", "}{"] {
            let text = piece.repeat(200_000);
            let glob = UrlGlob::of(&text);
            assert!(glob.is_ok_and(|all| all.len() == 1), "{piece}");
        }
        assert!(UrlGlob::of(&"{a,b}".repeat(100_000)).is_err());
    }
}
