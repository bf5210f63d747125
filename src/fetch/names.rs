//! What a saved file is called: by the server, by the URL, or `download`, and always one safe
//! component of a path.

use url::Url;

use crate::fetch::coding::{percent_decoded, percent_decoded_bytes};
use crate::settings::{self, MAX_FILE_NAME_BYTES};

/// The name of a file about which neither the server nor the URL says anything.
pub(crate) const FALLBACK: &str = "download";

/// What a saved file is to be called.
///
/// What happens to a file that exists is said by [`IfExists`](crate::fetch::IfExists).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NameRule {
    /// As the server says (`Content-Disposition`), else as the URL's last segment says, else
    /// `download`.
    #[default]
    FromServer,
    /// Always this. It is made one safe component of a path too.
    Named(String),
}

impl NameRule {
    /// The safe name of a file by this rule. `content_disposition` is the server's header, `url`
    /// the one that answered.
    pub(crate) fn file_name(&self, content_disposition: Option<&str>, url: &Url) -> String {
        match self {
            Self::FromServer => content_disposition
                .and_then(from_content_disposition)
                .or_else(|| from_url(url))
                .unwrap_or_else(|| FALLBACK.to_owned()),
            Self::Named(name) => safe_component(name).unwrap_or_else(|| FALLBACK.to_owned()),
        }
    }
}

/// The safe name that the last segment of a URL's path gives.
pub(crate) fn from_url(url: &Url) -> Option<String> {
    let segment = url.path_segments()?.next_back()?;
    safe_component(&percent_decoded(segment))
}

/// The safe name that a `Content-Disposition` header gives (RFC 6266): `filename*` before
/// `filename`, quoted strings and all.
pub(crate) fn from_content_disposition(header: &str) -> Option<String> {
    let mut plain = None;
    let mut extended = None;
    for (name, value) in parameters(header) {
        if name.eq_ignore_ascii_case("filename*") {
            extended = extended.or_else(|| extended_value(&value));
        } else if name.eq_ignore_ascii_case("filename") && plain.is_none() {
            plain = Some(value);
        }
    }
    // Some servers percent-code the plain form too, and browsers decode it.
    let plain = plain.map(|value| percent_decoded(&value));
    extended
        .as_deref()
        .and_then(safe_component)
        .or_else(|| plain.as_deref().and_then(safe_component))
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
        // What stands before a further `;` has no value.
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

/// A quoted string after its opening quote: its value, and what follows the closing one.
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
    if charset.eq_ignore_ascii_case("utf-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.into_iter().map(char::from).collect())
    } else {
        None
    }
}

/// `text` as one component of a path that is safe on every platform, or `None` when nothing is
/// left of it.
///
/// A path is cut to its last component; separators, control and bidirectional characters go;
/// leading dots (hidden files) and trailing dots and spaces go; names that Windows reserves get
/// an underscore; at most 255 bytes, with the extension kept.
pub(crate) fn safe_component(text: &str) -> Option<String> {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !is_deceptive(*c)).collect();
    let visible = trimmed(&visible);
    let options = sanitise_file_name::Options {
        // `cut_to` does it: this crate knows only of extensions with one dot.
        length_limit: 2 * settings::MAX_HEADER_BYTES,
        reserve_extra: 0,
        // Neither for the same reason: it trims around a dot that a cut may make the last one.
        extension_cleverness: false,
        most_fs_safe: true,
        windows_safe: true,
        url_safe: false,
        normalise_whitespace: true,
        trim_spaces_and_full_stops: true,
        trim_more_punctuation: false,
        remove_control_characters: true,
        remove_reordering_characters: true,
        replace_with: Some('_'),
        collapse_replacements: true,
        six_measures_of_barley: "",
    };
    let safe = sanitise_file_name::sanitise_with_options(visible, &options);
    let safe = trimmed(&safe);
    // The base of a reserved name ends at its *first* dot: `con.tar.gz` is reserved too.
    let safe = match safe.split_once('.') {
        Some((base, extension)) if is_reserved(base) => format!("{base}_.{extension}"),
        None if is_reserved(safe) => format!("{safe}_"),
        _ => safe.to_owned(),
    };
    let safe = cut_to(&safe, MAX_FILE_NAME_BYTES);
    (!safe.is_empty()).then_some(safe)
}

/// A name without the dots and the space at its ends.
fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// A part of a URL as people read it: decoded, without what a text can lie with. It is no file name.
#[cfg(feature = "deck")]
pub(crate) fn readable(part: &str) -> String {
    let decoded = percent_decoded(part);
    decoded.chars().filter(|c| !is_deceptive(*c)).collect()
}

/// Characters that a file name can lie with: controls, invisible ones, changes of direction.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether Windows keeps this base name for a device.
fn is_reserved(base: &str) -> bool {
    let base = base.trim_end().to_ascii_uppercase();
    if matches!(
        base.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let number = base
        .strip_prefix("COM")
        .or_else(|| base.strip_prefix("LPT"))
        .unwrap_or_default();
    let mut digits = number.chars();
    matches!(
        (digits.next(), digits.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

/// `name` in at most `max_bytes` bytes, with its extension kept while that leaves anything of the
/// rest.
fn cut_to(name: &str, max_bytes: usize) -> String {
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
    // What was in the middle may be at the end now, where Windows drops it.
    format!("{}{extension}", trimmed(cut))
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

    fn check(input: &str, expected: Option<&str>) {
        assert_eq!(safe_component(input).as_deref(), expected, "{input:?}");
    }

    fn disposition(header: &str, expected: Option<&str>) {
        assert_eq!(
            from_content_disposition(header).as_deref(),
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
        check("C:evil", Some("C_evil"));
        check("..", None);
        check("....", None);
        check(" . . ", None);
        check("a/", None);
        check("", None);
        check(".bashrc", Some("bashrc"));
        check("x. . .", Some("x"));
        check("a\u{202e}gpj.exe", Some("agpj.exe"));
        check("a\nb\0c\u{200b}.txt", Some("abc.txt"));
        check("nul", Some("nul_"));
        check("CON.tar.gz", Some("CON_.tar.gz"));
        check("com1.txt", Some("com1_.txt"));
        check("lpt².txt", Some("lpt²_.txt"));
        check("console.log", Some("console.log"));
        check("com10", Some("com10"));
        check("a<b>c:d|e?f*g\".txt", Some("a_b_c_d_e_f_g_.txt"));
        check("größe 你好.pdf", Some("größe 你好.pdf"));
    }

    #[test]
    fn a_long_name_keeps_its_extension_and_whole_characters() {
        let name = safe_component(&format!("{}.tar.gz", "é".repeat(400))).unwrap();
        assert!(name.len() <= 255 && name.ends_with("é.tar.gz"), "{name}");
        let name = safe_component(&format!("x.{}", "y".repeat(400))).unwrap();
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
        let rule = NameRule::Named("../mine.txt".to_owned());
        assert_eq!(
            rule.file_name(Some("attachment; filename=s.txt"), &url),
            "mine.txt"
        );
    }

    /// Fails unless this can be a name everywhere, and stays what it is.
    #[track_caller]
    fn assert_safe(name: &str, from: &str) {
        let from = from.escape_debug();
        assert!(!name.is_empty(), "{from}");
        assert!(name.len() <= MAX_FILE_NAME_BYTES, "{name:?} from {from}");
        let forbidden = |c| is_deceptive(c) || "/\\:*?\"<>|".contains(c);
        assert!(!name.contains(forbidden), "{name:?} from {from}");
        assert_eq!(trimmed(name), name, "{from}");
        assert!(
            !is_reserved(name.split('.').next().unwrap()),
            "{name:?} from {from}"
        );
        let path = std::path::Path::new("folder").join(name);
        assert_eq!(path.parent(), Some(std::path::Path::new("folder")));
        assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(name));
        assert_eq!(safe_component(name).as_deref(), Some(name), "{from}");
    }

    /// Whatever a server sends, or somebody asks for: seeded, so that each run tries the same.
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
            for name in [
                from_content_disposition(&text),
                from_content_disposition(&header),
                from_content_disposition(&raw),
                safe_component(&text),
                from_url(&url),
                Some(NameRule::FromServer.file_name(Some(&header), &url)),
                Some(NameRule::Named(text.clone()).file_name(None, &url)),
            ]
            .into_iter()
            .flatten()
            {
                assert_safe(&name, &text);
            }
        }
    }
}
