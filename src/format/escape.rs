//! Escapes for text from outside: a terminal, a log and a person then see what it contains.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces each invisible character that affects its surroundings with an escape such as
/// `\u{202e}`: the controls C0, DEL and C1, the marks that change the direction of text, line and
/// paragraph separators, and invisible format characters. The joiners in words and emoji stay. So
/// do backslashes, and escaping twice changes nothing.
///
/// ```
/// use jobdeck::format::escaped;
///
/// assert_eq!(escaped("invoice\u{202e}fdp.exe"), "invoice\\u{202e}fdp.exe");
/// assert_eq!(escaped("grüße 👩‍🚀.txt"), "grüße 👩‍🚀.txt");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// [`escaped`], but keeps the line breaks of the text.
///
/// ```
/// use jobdeck::format::escaped_lines;
///
/// assert_eq!(escaped_lines("one\ntwo\u{9b}"), "one\ntwo\\u{9b}");
/// ```
#[must_use]
pub fn escaped_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(escaped).collect();
    lines.join("\n")
}

/// JSON with a `\u` escape for each character that [`escaped`] replaces: the same value, safe to
/// print. A serializer already escapes the controls below U+0020.
///
/// ```
/// use jobdeck::format::escaped_json;
///
/// assert_eq!(escaped_json("{\"name\":\"a\u{9b}1m\"}"), r#"{"name":"a\u009b1m"}"#);
/// ```
#[must_use]
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The text as a cell of a table for other programs: [`escaped`], and with an apostrophe in front
/// if a spreadsheet would read it as a formula.
///
/// ```
/// use jobdeck::format::cell;
///
/// assert_eq!(cell("=1+1"), "'=1+1");
/// assert_eq!(cell("a\tb"), "a\\tb");
/// ```
#[must_use]
pub fn cell(text: &str) -> Cow<'_, str> {
    let shown = escaped(text);
    // A spreadsheet skips a tab or a line break before a formula.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return Cow::Owned(format!("'{shown}"));
    }
    shown
}

/// The text as markup that shows it unchanged. Desktop notifications on Linux are markup.
///
/// ```
/// use jobdeck::format::escaped_markup;
///
/// assert_eq!(escaped_markup("<b> & co."), "&lt;b&gt; &amp; co.");
/// ```
#[must_use]
pub fn escaped_markup(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in escaped(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            character => shown.push(character),
        }
    }
    shown
}

/// True if a character is invisible and affects its surroundings.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Direction of text.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // No width. U+200C and U+200D, the joiners, belong to words and emoji.
            | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_escaped_once() {
        for (text, shown) in [
            ("plain ü 漢 \\ n", "plain ü 漢 \\ n"),
            ("\u{1b}[31mred\u{7f}", "\\u{1b}[31mred\\u{7f}"),
            ("a\u{9b}2J\u{85}b", "a\\u{9b}2J\\u{85}b"),
            ("one\ntwo\ttab\r\0", "one\\ntwo\\ttab\\r\\u{0}"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{200f}",
            ),
            (
                "\u{2028}\u{2029}\u{feff}\u{200b}",
                "\\u{2028}\\u{2029}\\u{feff}\\u{200b}",
            ),
            ("\u{e0041}", "\\u{e0041}"),
            (
                "می\u{200c}خواهم 👩\u{200d}🚀",
                "می\u{200c}خواهم 👩\u{200d}🚀",
            ),
        ] {
            assert_eq!(escaped(text), shown);
            assert_eq!(escaped(&escaped(text)), shown, "once more");
        }
    }

    #[test]
    fn json_means_the_same_and_shows_nothing_hidden() {
        let text = "a\u{9b}\u{202e}\u{e0041}\u{7f}\u{2028}\"\\\n👩\u{200d}🚀";
        let json = format!(
            "\"{}\"",
            text.replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
        );
        let shown = escaped_json(&json);
        assert!(!shown.contains(is_hidden), "{shown}");
        assert!(
            shown.contains("\\u009b\\u202e\\udb40\\udc41\\u007f\\u2028"),
            "{shown}"
        );
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("\t=1", "'\\t=1"),
            ("\r=1", "'\\r=1"),
            ("http://=1+1/x", "http://=1+1/x"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(escaped_markup("<b>&\u{202e}"), "&lt;b&gt;&amp;\\u{202e}");
    }
}
