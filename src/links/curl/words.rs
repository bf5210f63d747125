//! Where a pasted command ends, and the words it consists of: in the quotes of a Unix shell, or of
//! Windows' `cmd`.

use crate::fetch::{ErrorClass, FetchError};
use crate::links::limits::MAX_STATEMENT_BYTES;

/// Whether a line begins a `curl` command.
pub(in crate::links) fn begins_command(line: &str) -> bool {
    let line = without_prompt(line);
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    word == "curl" || word == "curl.exe"
}

/// People copy the prompt too.
fn without_prompt(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix("$ ").map_or(line, str::trim_start)
}

/// How many bytes the command at the beginning of `text` has, up to the line's end or to the `;` or
/// `&` behind it.
pub(in crate::links) fn length(text: &str) -> usize {
    let first_line = text.find('\n').unwrap_or(text.len());
    if is_for_cmd(&text[..first_line]) {
        cmd_length(text)
    } else {
        // What is never closed must not swallow all lines below it.
        shell_length(text).unwrap_or(first_line)
    }
}

/// The words of a command that [`length`] cut out.
pub(super) fn split(text: &str) -> Result<Vec<String>, FetchError> {
    let text = without_prompt(text).replace("\r\n", "\n");
    let first_line = text.lines().next().unwrap_or_default();
    if is_for_cmd(first_line) {
        return Ok(cmd_words(&without_carets(&text)));
    }
    shlex::split(&with_plain_quotes(&text)?).ok_or_else(|| {
        FetchError::new(
            ErrorClass::BadUrl,
            "The curl command ends within quotes or after a \\",
        )
        .with_hint("Copy the whole command.")
    })
}

/// `cmd` escapes with a caret, also the end of a line.
fn is_for_cmd(first_line: &str) -> bool {
    let line = first_line.trim_end_matches('\r');
    line.ends_with('^') || line.contains("^\"")
}

fn cmd_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            // It takes the next character with it, and a line's end whole.
            b'^' => {
                at += if bytes[at + 1..].starts_with(b"\r\n") {
                    2
                } else {
                    1
                }
            }
            b'\n' => return at,
            b'&' if is_apart(bytes, at) => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Whether `cmd` ends the command here. Within quotes, which are not looked at, it would not be
/// apart.
fn is_apart(bytes: &[u8], at: usize) -> bool {
    let is_space = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let doubled = bytes.get(at + 1) == Some(&b'&');
    is_space(before) && (doubled || is_space(bytes.get(at + 1)))
}

/// Whether a `;` or `&` outside of quotes ends the command. A shell ends it at each of them; but
/// where it stands in the midst of a word, that is a URL which nobody quoted.
fn is_separator(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let after = &bytes[at + 1..];
    // Of `2>&1` and `&>file` it is a part.
    if before == Some(&b'>') || after.starts_with(b">") {
        return false;
    }
    before.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'\'' | b'"'))
        || after.first().is_none_or(u8::is_ascii_whitespace)
        || bytes[at..].starts_with(b"&&")
        || after.starts_with(b"curl ")
}

fn shell_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                at += if bytes[at + 1..].starts_with(b"\r\n") {
                    2
                } else {
                    1
                }
            }
            b'\n' => return Some(at),
            b';' | b'&' if is_separator(bytes, at) => return Some(at),
            quote @ (b'\'' | b'"') => {
                let escapes = quote == b'"' || at > 0 && bytes[at - 1] == b'$';
                at = closing(bytes, at, quote, escapes)?;
            }
            _ => {}
        }
        at += 1;
    }
    Some(text.len())
}

/// Where the quote that opens at `open` is closed.
fn closing(bytes: &[u8], open: usize, quote: u8, escapes: bool) -> Option<usize> {
    let mut at = open + 1;
    while at < bytes.len().min(open + MAX_STATEMENT_BYTES) {
        match bytes[at] {
            b'\\' if escapes => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The same command for a reader of words that knows quotes only: `$'…'`, with which browsers write
/// what is not plain text, in the quotes that every shell knows, and what leads elsewhere (`|`,
/// `>`) as words of their own.
///
/// # Errors
/// A variable of the shell or a command within the command: what it stands for is not known here.
fn with_plain_quotes(text: &str) -> Result<String, FetchError> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(special) = rest.find(['\\', '\'', '"', '$', '`', '|', '<', '>']) {
        plain.push_str(&rest[..special]);
        rest = &rest[special..];
        let bytes = rest.as_bytes();
        let taken = match bytes[0] {
            b'$' if rest[1..].starts_with('\'') => {
                if let Some(close) = closing(bytes, 1, b'\'', true) {
                    let decoded = unescaped(&rest[2..close]);
                    plain.push('\'');
                    plain.push_str(&decoded.replace('\'', r"'\''"));
                    plain.push('\'');
                    rest = &rest[close + 1..];
                    continue;
                }
                rest.len()
            }
            b'$' | b'`' if is_expanded(rest) => return Err(expanded()),
            quote @ (b'\'' | b'"') => {
                let taken =
                    closing(bytes, 0, quote, quote == b'"').map_or(rest.len(), |close| close + 1);
                if quote == b'"' && holds_expanded(&rest[1..taken]) {
                    return Err(expanded());
                }
                taken
            }
            operator @ (b'|' | b'<' | b'>') => {
                // `2>` is one word, and so is `>>`.
                let is_of_errors = operator == b'>' && is_word_2(&plain);
                let length = if bytes.get(1) == Some(&operator) {
                    2
                } else {
                    1
                };
                if !is_of_errors {
                    plain.push(' ');
                }
                plain.push_str(if is_of_errors { ">" } else { &rest[..length] });
                plain.push(' ');
                rest = &rest[length..];
                continue;
            }
            // A line that goes on: left to itself, it would be an empty word.
            b'\\' if rest[1..].starts_with('\n') => {
                rest = &rest[2..];
                continue;
            }
            b'\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => 1,
        };
        plain.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    plain.push_str(rest);
    Ok(plain)
}

/// Whether a shell would put something else in the place of what begins here.
fn is_expanded(text: &str) -> bool {
    let begins_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '(');
    match text.strip_prefix('$') {
        Some(behind) => behind.starts_with(begins_name),
        None => text.starts_with('`'),
    }
}

/// The same of anything between double quotes.
fn holds_expanded(inside: &str) -> bool {
    let mut rest = inside;
    while let Some(special) = rest.find(['\\', '$', '`']) {
        rest = &rest[special..];
        if is_expanded(rest) {
            return true;
        }
        let mut characters = rest.chars();
        if characters.next() == Some('\\') {
            characters.next();
        }
        rest = characters.as_str();
    }
    false
}

/// Whether a text ends with the number of the stream for errors, as a word.
fn is_word_2(text: &str) -> bool {
    let before = text.strip_suffix('2');
    before.is_some_and(|before| before.ends_with(char::is_whitespace))
}

fn expanded() -> FetchError {
    FetchError::new(
        ErrorClass::BadUrl,
        "The curl command holds a variable or a command of the shell",
    )
    .with_hint("Write what it stands for, or put it into single quotes if it means itself.")
}

/// What stands between `$'` and `'`.
fn unescaped(text: &str) -> String {
    // Bytes, since a character may be written as several of them.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(escape) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..escape]);
        rest = &rest[escape + 1..];
        let Some(kind) = rest.chars().next() else {
            break;
        };
        let digits = rest;
        rest = &rest[kind.len_utf8()..];
        match kind {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'x' => {
                bytes.extend(number(&mut rest, 16, 2).and_then(|value| u8::try_from(value).ok()));
            }
            'u' | 'U' => {
                let value = number(&mut rest, 16, if kind == 'u' { 4 } else { 8 });
                let character = value.and_then(char::from_u32).unwrap_or('\u{fffd}');
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            '0'..='7' => {
                rest = digits;
                let value = number(&mut rest, 8, 3).unwrap_or(0);
                bytes.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            // Themselves: backslash, quotes; the other controls are in no link.
            other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes at most so many digits.
fn number(rest: &mut &str, radix: u32, longest: usize) -> Option<u32> {
    let digits = rest.chars().take(longest).take_while(|c| c.is_digit(radix));
    let (digits, after) = rest.split_at(digits.count());
    *rest = after;
    u32::from_str_radix(digits, radix).ok()
}

/// What `cmd` hands on: without the carets, each of which means what follows it, and without the
/// line's ends behind one.
fn without_carets(text: &str) -> String {
    // An older form quotes without carets; within such quotes a caret means itself.
    let quotes_bare = !text.contains("^\"");
    let mut plain = String::with_capacity(text.len());
    let mut in_quotes = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quotes_bare => {
                in_quotes = !in_quotes;
                plain.push('"');
            }
            '^' if !in_quotes => match characters.next() {
                Some('\n') => plain.push(if characters.next_if_eq(&'\n').is_some() {
                    '\n'
                } else {
                    ' '
                }),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain
}

/// Words as programs on Windows read them: quotes group, and backslashes escape only before quotes.
fn cmd_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut in_quotes = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let mut backslashes = 1;
                while characters.next_if_eq(&'\\').is_some() {
                    backslashes += 1;
                }
                let word = word.get_or_insert_default();
                if characters.peek() == Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', backslashes / 2));
                    if backslashes % 2 == 1 {
                        characters.next();
                        word.push('"');
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', backslashes));
                }
            }
            '"' if in_quotes && characters.next_if_eq(&'"').is_some() => {
                word.get_or_insert_default().push('"');
            }
            '"' => {
                in_quotes = !in_quotes;
                word.get_or_insert_default();
            }
            space if space.is_whitespace() && !in_quotes => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_where_its_shell_ends_it() {
        for (text, command) in [
            ("curl a\nhttp://h/", "curl a"),
            ("curl a \\\n -L\nnext", "curl a \\\n -L"),
            ("curl a \\\r\n -L\r\nnext", "curl a \\\r\n -L\r"),
            ("curl 'a\nb'\nnext", "curl 'a\nb'"),
            ("curl $'a\\'\nb'\nnext", "curl $'a\\'\nb'"),
            ("curl \"a\\\"\nb\"\nnext", "curl \"a\\\"\nb\""),
            ("curl 'a' ;\ncurl 'b'", "curl 'a' "),
            ("curl 'a' && curl 'b'", "curl 'a' "),
            ("curl 'a'; curl 'b'", "curl 'a'"),
            ("curl 'a;b';curl 'b'", "curl 'a;b'"),
            ("curl a;curl b", "curl a"),
            ("curl a&&curl b", "curl a"),
            ("curl 'a'&\ncurl 'b'", "curl 'a'"),
            ("curl a;b=1 2>&1\nnext", "curl a;b=1 2>&1"),
            ("curl h/?a=1&b=2 -L\nnext", "curl h/?a=1&b=2 -L"),
            ("curl 'never closed\nhttp://h/", "curl 'never closed"),
            ("curl a ^\r\n -L\r\nnext", "curl a ^\r\n -L\r"),
            ("curl ^\"a^\" &\r\ncurl ^\"b^\"", "curl ^\"a^\" "),
        ] {
            assert_eq!(&text[..length(text)], command, "{text:?}");
        }
    }

    #[test]
    fn words_lose_their_quotes() {
        for (text, expected) in [
            (
                r#"curl 'a b' "c\"d" e\ f"#,
                vec!["curl", "a b", "c\"d", "e f"],
            ),
            ("curl \\\n  -L \\\r\n x", vec!["curl", "-L", "x"]),
            (
                r#"curl $'it\'s \u0021 \x41\101\n' 'a$b`c`' "\$d $ e$" f$ \$g"#,
                vec!["curl", "it's ! AA\n", "a$b`c`", "$d $ e$", "f$", "$g"],
            ),
            (
                "curl x>y 2>/dev/null|z '|>' \"<\" \\> 2>&1",
                vec![
                    "curl",
                    "x",
                    ">",
                    "y",
                    "2>",
                    "/dev/null",
                    "|",
                    "z",
                    "|>",
                    "<",
                    ">",
                    "2>",
                    "&1",
                ],
            ),
            (r"curl -H$'a: \u00fc\xc3\xbc'", vec!["curl", "-Ha: üü"]),
            ("$ curl x", vec!["curl", "x"]),
            (
                "curl ^\"http://h/?a=1^&b=2^\" ^\n -H ^\"x: ^\\^\"y^\\^\"^\"",
                vec!["curl", "http://h/?a=1&b=2", "-H", "x: \"y\""],
            ),
            (
                "curl \"http://h/?a=1&b=2\" ^\r\n -H \"a: \"\"b\"\" c\\d\"",
                vec!["curl", "http://h/?a=1&b=2", "-H", "a: \"b\" c\\d"],
            ),
        ] {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        }
        assert!(split("curl 'x").is_err());
        assert!(split("curl \\").is_err());
        for text in [
            "$x",
            "\"a $x\"",
            "${x}",
            "\"\\\\$(x)\"",
            "`x`",
            "\"`x`\"",
            "$1",
        ] {
            assert!(split(&format!("curl {text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_command_is_told_from_a_link() {
        for line in ["curl", "curl x", "  $ curl x", "curl.exe x", "curl\tx"] {
            assert!(begins_command(line), "{line}");
        }
        for line in ["", "https://curl.se/", "curly x", "curl.se/x", "$"] {
            assert!(!begins_command(line), "{line}");
        }
    }
}
