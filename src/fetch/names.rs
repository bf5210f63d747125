//! The name of a saved file: by the server, by the URL, or `download`, and always one safe
//! component of a path.

use encoding_rs::Encoding;
use url::Url;

use crate::fetch::coding::{percent_decoded_bytes, percent_decoded_text};
use crate::fetch::encoded_words::decode_words;
use crate::fetch::exact_name::check_exact;
use crate::fetch::limits::MAX_FILE_NAME_BYTES;
use crate::fetch::part_names::guard_part_suffix;
use crate::fetch::platform::Platform;
use crate::fetch::{BadFileName, ErrorClass, FetchError};

/// The name of a file if neither the server nor the URL gives one.
pub(crate) const FALLBACK: &str = "download";

/// How a saved file gets its name. For an existing file of that name see
/// [`IfExists`](crate::fetch::IfExists).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NameRule {
    /// By the server (`Content-Disposition`), else by the last segment of the URL, else `download`.
    #[default]
    FromServer,
    /// Exactly this. A fetch with a name that [`check`](Self::check) refuses fails before it sends
    /// a request.
    Named(String),
}

impl NameRule {
    /// Checks that a file can have a name by this rule.
    ///
    /// # Errors
    /// [`BadFileName`] says why a given name cannot be used.
    ///
    /// ```
    /// use jobdeck::fetch::{BadFileName, NameRule};
    ///
    /// let rule = |name: &str| NameRule::Named(name.to_owned());
    /// assert_eq!(rule(".env").check(), Ok(()));
    /// assert_eq!(rule("a/b").check(), Err(BadFileName::Separator));
    /// ```
    pub fn check(&self) -> Result<(), BadFileName> {
        match self {
            Self::FromServer => Ok(()),
            Self::Named(name) => check_exact(name, Platform::HERE),
        }
    }

    /// As [`Self::check`], as the error of a fetch.
    pub(crate) fn checked(&self) -> Result<(), FetchError> {
        self.check().map_err(FetchError::from)
    }

    /// The name of a file by this rule, which [`Self::check`] has accepted. `content_disposition`
    /// is the header of the response, `url` the one after redirects.
    pub(crate) fn file_name(&self, content_disposition: Option<&str>, url: &Url) -> String {
        match self {
            Self::FromServer => content_disposition
                .and_then(|header| from_content_disposition(header, Platform::HERE))
                .or_else(|| from_url(url, Platform::HERE))
                .unwrap_or_else(|| FALLBACK.to_owned()),
            Self::Named(name) => name.clone(),
        }
    }
}

impl From<BadFileName> for FetchError {
    fn from(error: BadFileName) -> Self {
        Self::new(ErrorClass::BadUrl, error.to_string()).with_hint(error.hint())
    }
}

/// The safe name by the last segment of a URL's path.
pub(crate) fn from_url(url: &Url, platform: Platform) -> Option<String> {
    let segment = url.path_segments()?.next_back()?;
    safe_component(&percent_decoded_text(segment), platform)
}

/// The safe name by a `Content-Disposition` header (RFC 6266): `filename*` before `filename`, with
/// quoted strings.
pub(crate) fn from_content_disposition(header: &str, platform: Platform) -> Option<String> {
    let mut plain = None;
    let mut extended = None;
    for (name, value) in parameters(header) {
        if name.eq_ignore_ascii_case("filename*") {
            extended = extended.or_else(|| extended_value(&value));
        } else if name.eq_ignore_ascii_case("filename") && plain.is_none() {
            plain = Some(value);
        }
    }
    // Neither belongs into the plain form, but servers send both, and browsers decode both.
    let plain =
        plain.map(|value| decode_words(&value).unwrap_or_else(|| percent_decoded_text(&value)));
    let safe = |name: String| safe_component(&name, platform);
    extended.and_then(safe).or_else(|| plain.and_then(safe))
}

/// The parameters of a header value, after its first `;`: names, and values without quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header;
    // A header that begins with a parameter is wrong, but common.
    let first = rest.split(';').next().unwrap_or_default();
    if !first.contains('=') {
        rest = rest.get(first.len() + 1..).unwrap_or_default();
    }
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else {
            break;
        };
        // The text before a further `;` has no value.
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        let after = after.trim_start();
        let (value, remaining) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_string(quoted)
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        };
        found.push((name.to_owned(), value));
        rest = remaining.split_once(';').map_or("", |(_, next)| next);
    }
    found
}

/// Parses a quoted string after its opening quote: its value, and the rest after the closing one.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            // Servers that send a Windows path do not escape it: only a quote or a backslash is
            // taken as escaped.
            '\\' => match text[at + 1..].chars().next() {
                Some(escaped @ ('"' | '\\')) => {
                    value.push(escaped);
                    characters.next();
                }
                _ => value.push('\\'),
            },
            _ => value.push(character),
        }
    }
    // The closing quote is missing: what is there is the value.
    (value, "")
}

/// The value of an extended parameter (RFC 8187): `UTF-8''na%C3%AFve.txt`.
fn extended_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, coded) = rest.split_once('\'')?;
    let bytes = percent_decoded_bytes(coded);
    // The standard knows only UTF-8; servers use others, and browsers read them.
    let alphabet = Encoding::for_label(charset.as_bytes())?;
    let text = alphabet.decode_without_bom_handling_and_without_replacement(&bytes)?;
    Some(text.into_owned())
}

/// `text` as one component of a path that the platform supports, or `None` when nothing is left of
/// it.
///
/// A path is cut to its last component. Control characters and those that hide or change the
/// direction of text are removed, and so are leading dots (hidden files) and blanks at both ends.
/// Characters that the platform does not support become `_`; names that it reserves, and those of
/// incomplete files, get one appended. At most 255 bytes, with the extension kept.
pub(crate) fn safe_component(text: &str, platform: Platform) -> Option<String> {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !is_deceptive(*c)).collect();
    let name = unreserved(held(trimmed(&visible, platform), platform), platform);
    let name = guard_part_suffix(cut_to(&name, MAX_FILE_NAME_BYTES, platform));
    name.contains(|c| !is_joiner(c)).then_some(name)
}

/// The name with one `_` for each run of characters that the platform does not support.
fn held(name: &str, platform: Platform) -> String {
    let mut held = String::with_capacity(name.len());
    let mut is_replaced = false;
    for c in name.chars() {
        if platform.supports(c) {
            held.push(c);
        } else if !is_replaced {
            held.push('_');
        }
        is_replaced = !platform.supports(c);
    }
    held
}

/// The name, with `_` after its base if the platform reserves that.
fn unreserved(name: String, platform: Platform) -> String {
    match name.split_once('.') {
        _ if !platform.reserves(&name) => name,
        Some((base, extension)) => format!("{base}_.{extension}"),
        None => format!("{name}_"),
    }
}

/// A name without leading dots and blanks, and without trailing blanks and characters that the
/// platform drops.
fn trimmed(name: &str, platform: Platform) -> &str {
    name.trim_start_matches(|c: char| c == '.' || c.is_whitespace())
        .trim_end_matches(|c: char| c.is_whitespace() || platform.drops_at_end(c))
}

/// A part of a URL for people: decoded, without deceptive characters. It is no file name.
#[cfg(feature = "deck")]
pub(crate) fn readable(part: &str) -> String {
    let decoded = percent_decoded_text(part);
    decoded.chars().filter(|c| !is_deceptive(*c)).collect()
}

/// Characters that join their neighbours or keep them apart: several scripts and many emoji need
/// them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Characters that make a file name deceptive: controls, invisible ones, changes of direction.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// `name` in at most `max_bytes` bytes, with its extension kept if that leaves anything of the
/// rest.
fn cut_to(name: &str, max_bytes: usize, platform: Platform) -> String {
    if name.len() <= max_bytes {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let (stem, extension) = if extension.len() + 1 > max_bytes / 2 {
        (name, "")
    } else {
        (stem, extension)
    };
    let cut = &stem[..floor_char_boundary(stem, max_bytes - extension.len())];
    // What was in the middle may be at the end now.
    let cut = match extension {
        "" => trimmed(cut, platform),
        _ => cut.trim_end_matches(|c: char| c == '.' || c.is_whitespace()),
    };
    format!("{cut}{extension}")
}

/// A name and its extension with the dot; `.tar.gz` and the like count as one.
pub(super) fn split_extension(name: &str) -> (&str, &str) {
    let Some(dot) = name.rfind('.').filter(|dot| *dot > 0) else {
        return (name, "");
    };
    let (stem, _) = name.split_at(dot);
    let start = match stem.rfind('.') {
        Some(inner) if inner > 0 && stem[inner..].eq_ignore_ascii_case(".tar") => inner,
        _ => dot,
    };
    // A number needs its room beside the extension.
    if name.len() - start > 64 {
        (name, "")
    } else {
        name.split_at(start)
    }
}

/// The largest index up to `index` that does not cut a character.
pub(super) fn floor_char_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::part_names::is_part_name;

    const BOTH: [Platform; 2] = [Platform::Unix, Platform::Windows];

    /// Where a name is the same on all platforms.
    #[track_caller]
    fn check(input: &str, expected: Option<&str>) {
        for platform in BOTH {
            assert_eq!(
                safe_component(input, platform).as_deref(),
                expected,
                "{input:?} on {platform:?}"
            );
        }
    }

    #[track_caller]
    fn check_each(input: &str, unix: &str, windows: &str) {
        for (platform, expected) in BOTH.into_iter().zip([unix, windows]) {
            let name = safe_component(input, platform);
            assert_eq!(name.as_deref(), Some(expected), "{input:?} on {platform:?}");
        }
    }

    fn disposition(header: &str, expected: Option<&str>) {
        assert_eq!(
            from_content_disposition(header, Platform::Windows).as_deref(),
            expected,
            "{header:?}"
        );
    }

    #[test]
    fn a_name_is_always_one_safe_component() {
        check("a.txt", Some("a.txt"));
        check("../../etc/passwd", Some("passwd"));
        check("..\\..\\boot.ini", Some("boot.ini"));
        check("/etc/cron.d/x", Some("x"));
        check("C:\\x\\y.exe", Some("y.exe"));
        check("..", None);
        check("....", None);
        check(" . . ", None);
        check("a/", None);
        check("", None);
        check(".bashrc", Some("bashrc"));
        check("a\u{202e}gpj.exe", Some("agpj.exe"));
        check("a\nb\0c\u{200b}.txt", Some("abc.txt"));
        check("console.log", Some("console.log"));
        check("com10", Some("com10"));
        check("größe 你好.pdf", Some("größe 你好.pdf"));
    }

    #[test]
    fn what_only_windows_cannot_hold_stays_elsewhere() {
        check_each("C:evil", "C:evil", "C_evil");
        check_each("x. . .", "x. . .", "x");
        check_each("nul", "nul", "nul_");
        check_each("CON.tar.gz", "CON.tar.gz", "CON_.tar.gz");
        check_each("com1.txt", "com1.txt", "com1_.txt");
        check_each("lpt².txt", "lpt².txt", "lpt²_.txt");
        check_each(
            "a<b>c:d|e?f*g\".txt",
            "a<b>c:d|e?f*g\".txt",
            "a_b_c_d_e_f_g_.txt",
        );
        check_each(
            "2024-01-01T10:00:00.csv",
            "2024-01-01T10:00:00.csv",
            "2024-01-01T10_00_00.csv",
        );
        check_each("a.txt::$DATA", "a.txt::$DATA", "a.txt_$DATA");
    }

    #[test]
    fn letters_that_need_a_joiner_keep_it_and_joiners_alone_are_no_name() {
        check("می\u{200c}خواهم.txt", Some("می\u{200c}خواهم.txt"));
        check("👩\u{200d}🚀.png", Some("👩\u{200d}🚀.png"));
        check("\u{200c}\u{200d}", None);
    }

    #[test]
    fn names_of_incomplete_files_get_an_underscore() {
        check("setup.bin.part", Some("setup.bin.part_"));
        check("setup.bin.part.json", Some("setup.bin.part.json_"));
        check("setup.bin.PART.old3", Some("setup.bin.PART.old3_"));
        let long = format!("{}.part", "a".repeat(300));
        let name = safe_component(&long, Platform::Unix).unwrap();
        assert_eq!(name.len(), MAX_FILE_NAME_BYTES);
        assert!(!is_part_name(&name), "{name}");
    }

    #[test]
    fn blanks_within_a_name_stay() {
        check("a  b.txt", Some("a  b.txt"));
        check(" a.txt ", Some("a.txt"));
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let name = safe_component(&format!("{}.tar.gz", "é".repeat(400)), Platform::Unix).unwrap();
        assert!(name.len() <= 255 && name.ends_with("é.tar.gz"), "{name}");
        let name = safe_component(&format!("x.{}", "y".repeat(400)), Platform::Unix).unwrap();
        assert_eq!(name.len(), 255);
    }

    #[test]
    fn content_disposition_is_read_by_rfc_6266() {
        disposition("attachment; filename=a.txt", Some("a.txt"));
        disposition(
            "attachment; filename=\"a b;c.txt\"; size=3",
            Some("a b;c.txt"),
        );
        disposition("attachment; filename=\"a\\\"b.txt\"", Some("a_b.txt"));
        disposition(
            "attachment; filename=\"EURO.txt\"; filename*=utf-8''%e2%82%ac%20rates.txt",
            Some("€ rates.txt"),
        );
        disposition(
            "attachment; filename*=iso-8859-1'en'%A3.txt; filename=x",
            Some("£.txt"),
        );
        disposition("attachment; FileName = \"A.TXT\"", Some("A.TXT"));
        disposition("filename=only.txt", Some("only.txt"));
        disposition("inline", None);
        disposition("attachment", None);
        disposition("attachment; filename=", None);
        disposition("attachment; filename=\"\"", None);
        disposition("attachment; filename=\"unclosed.txt", Some("unclosed.txt"));
        disposition("attachment; filename=\"../../x.sh\"", Some("x.sh"));
        disposition("attachment; filename=\"%2e%2e%2fx.sh\"", Some("x.sh"));
        disposition("attachment; filename=\"C:\\dir\\x.sh\"", Some("x.sh"));
        disposition(
            "attachment; filename*=klingon''x; filename=y.txt",
            Some("y.txt"),
        );
        disposition(
            "attachment; filename*=utf-8''%ff; filename=y.txt",
            Some("y.txt"),
        );
        disposition("attachment; junk; filename=z.txt", Some("z.txt"));
    }

    #[test]
    fn the_rule_falls_back_from_server_to_url_to_download() {
        let url = Url::parse("http://h/dir/f%20g.bin?x=1").unwrap();
        let bare = Url::parse("http://h/").unwrap();
        let rule = NameRule::FromServer;
        assert_eq!(
            rule.file_name(Some("attachment; filename=s.txt"), &url),
            "s.txt"
        );
        assert_eq!(rule.file_name(Some("inline"), &url), "f g.bin");
        assert_eq!(rule.file_name(None, &bare), "download");
        let rule = NameRule::Named(" mine: 1.txt".to_owned());
        assert_eq!(
            rule.file_name(Some("attachment; filename=s.txt"), &url),
            " mine: 1.txt"
        );
    }

    #[test]
    fn encoded_words_and_escapes_of_other_alphabets() {
        let word = "attachment; filename=\"=?UTF-8?B?Z3LDvMOfZTogMS5wZGY=?=\"";
        let name = |header: &str| from_content_disposition(header, Platform::Unix);
        assert_eq!(name(word).as_deref(), Some("grüße: 1.pdf"));
        disposition(word, Some("grüße_ 1.pdf"));
        disposition(
            "attachment; filename=\"=?UTF-8?Q?..=2Fa=00b?=\"",
            Some("ab"),
        );
        for (path, expected) in [
            ("/%D6%D0.txt", "%D6%D0.txt"),
            ("/a%20%C3%BC%d6.txt", "a ü%d6.txt"),
            ("/2024-01-01T10:00:00.csv", "2024-01-01T10:00:00.csv"),
            ("/a%E2%80%8Cb", "a\u{200c}b"),
        ] {
            let url = Url::parse(&format!("http://h{path}")).unwrap();
            let name = from_url(&url, Platform::Unix);
            assert_eq!(name.as_deref(), Some(expected), "{path}");
        }
    }

    /// Fails unless this can be a name on the platform, and stays what it is.
    #[track_caller]
    fn assert_safe(name: &str, from: &str, platform: Platform) {
        let from = from.escape_debug();
        assert!(!name.is_empty(), "{from}");
        assert!(name.len() <= MAX_FILE_NAME_BYTES, "{name:?} from {from}");
        let forbidden = |c| is_deceptive(c) || "/\\".contains(c) || !platform.supports(c);
        assert!(!name.contains(forbidden), "{name:?} from {from}");
        assert_eq!(trimmed(name, platform), name, "{from}");
        assert_eq!(check_exact(name, platform), Ok(()), "{name:?} from {from}");
        let path = std::path::Path::new("folder").join(name);
        assert_eq!(path.parent(), Some(std::path::Path::new("folder")));
        assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(name));
        let again = safe_component(name, platform);
        assert_eq!(again.as_deref(), Some(name), "{from}");
    }

    /// Whatever a server sends: seeded, so that each run tries the same.
    #[test]
    fn any_text_gives_a_safe_name_or_none() {
        let mut random = fastrand::Rng::with_seed(2);
        let parts = [
            "attachment",
            ";",
            "filename",
            "filename=",
            "filename*=",
            "*",
            "=",
            "\"",
            "\\",
            "/",
            "..",
            "utf-8''",
            "%2f",
            "%00",
            "%5C",
            "%",
            "%E2%80%AE",
            "é",
            "\u{202e}",
            "CON",
            "aux",
            ".",
            " ",
            "'",
            "a",
            "iso-8859-1'",
            "\0",
            "\n",
            "\t",
            "\u{a0}",
            "\u{3000}",
            "COM1.",
            "LPT¹",
            "CONIN$",
            ".tar.gz",
            "_",
            ":",
            "<",
            "😀",
            "\u{301}",
            "\u{fffd}",
            "\u{e0041}",
            "\u{200c}",
            "=?UTF-8?Q?=2E=2F",
            "?=",
            ".part",
            ".json",
            ".old1",
        ];
        for _ in 0..6_000 {
            let mut text = String::new();
            for _ in 0..random.usize(0..10) {
                match random.u8(0..8) {
                    0 => text.push(random.char('\0'..=char::MAX)),
                    1 => text.push(random.char('\0'..'\u{100}')),
                    2 => text.push_str(
                        &parts[random.usize(0..parts.len())].repeat(random.usize(0..130)),
                    ),
                    _ => text.push_str(parts[random.usize(0..parts.len())]),
                }
            }
            let url = Url::parse(&format!("http://h/{text}")).unwrap();
            let header = format!("attachment; filename={text}");
            let bytes = (0..random.usize(0..40)).map(|_| char::from(random.u8(..)));
            let raw = bytes.fold(header.clone(), |raw, byte| format!("{raw}{byte}"));
            for platform in BOTH {
                for name in [
                    from_content_disposition(&text, platform),
                    from_content_disposition(&header, platform),
                    from_content_disposition(&raw, platform),
                    safe_component(&text, platform),
                    from_url(&url, platform),
                ]
                .into_iter()
                .flatten()
                {
                    assert_safe(&name, &text, platform);
                }
            }
        }
    }
}
