//! The text of a file of links: a list, or a shortcut that a system or a browser made of one link.

/// Why a file gives no links, as a sentence without its full stop that goes on behind the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// It holds something else than text.
    #[error("is not a text file. Drop or open a list of links, one per line")]
    NotText,
    /// It is text in an alphabet that is not known.
    #[error("is text, but not in UTF-8. Save it as UTF-8 and try again")]
    NotUtf8,
    /// A shortcut, but not to a web address.
    #[error("is a shortcut that names no link")]
    NoLink,
    /// A shortcut as macOS writes it in its own binary form.
    #[error("is a shortcut in a form that is not read. Open it in the browser and copy the link")]
    BinaryShortcut,
}

/// The text of a file of links. Of a shortcut (`.url`, `.desktop`, `.webloc`) it is the link.
///
/// # Errors
/// [`NoList`] says what it is instead.
///
/// ```
/// use jobdeck::programs::{NoList, links_in_file};
///
/// let shortcut = b"[InternetShortcut]\r\nURL=https://example.com/\r\n".to_vec();
/// assert_eq!(links_in_file("Example.url", shortcut)?, "https://example.com/");
/// assert_eq!(links_in_file("a.png", vec![0x89, 0, 0]), Err(NoList::NotText));
/// # Ok::<(), NoList>(())
/// ```
pub fn links_in_file(name: &str, bytes: Vec<u8>) -> Result<String, NoList> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    if extension == "webloc" && bytes.starts_with(b"bplist") {
        return Err(NoList::BinaryShortcut);
    }
    let text = text_of(bytes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match extension.as_str() {
        "url" | "desktop" => link_in_settings(text).ok_or(NoList::NoLink),
        "webloc" => link_in_plist(text).ok_or(NoList::NoLink),
        _ => Ok(text.to_owned()),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, NoList> {
    // Some programs of Windows call this form Unicode.
    let utf16 = |rest: &[u8], number: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let numbers: Vec<u16> = pairs.iter().map(|pair| number(*pair)).collect();
        let text = String::from_utf16(&numbers).ok().filter(|_| odd.is_empty());
        text.filter(|text| !text.contains('\0'))
            .ok_or(NoList::NotText)
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    if bytes.contains(&0) {
        return Err(NoList::NotText);
    }
    String::from_utf8(bytes).map_err(|error| {
        // Text in another alphabet has letters, and line ends, between what is no UTF-8.
        let bytes = error.as_bytes();
        let start = &bytes[..bytes.len().min(1024)];
        let is_control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
        if start.iter().any(|byte| is_control(&byte)) {
            NoList::NotText
        } else {
            NoList::NotUtf8
        }
    })
}

/// The link of a shortcut as Windows and Linux desktops write it: a line `URL=`.
fn link_in_settings(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("url").then(|| value.trim())
    });
    web_link(value?)
}

/// The link of a shortcut as macOS writes it: the first string of a property list.
fn link_in_plist(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<string>")?;
    let (value, _) = rest.split_once("</string>")?;
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    let value = plain
        .iter()
        .fold(value.trim().to_owned(), |value, (code, character)| {
            value.replace(code, character)
        });
    web_link(&value)
}

fn web_link(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<String, NoList> {
        links_in_file(name, text.as_bytes().to_vec())
    }

    #[test]
    fn shortcuts_are_the_links_they_hold() {
        let link = Ok("https://h/a?b=1&c=2".to_owned());
        for (name, text) in [
            (
                "a.url",
                "[{000214A0}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nIDList=\r\nURL=https://h/a?b=1&c=2\r\n",
            ),
            (
                "a.DESKTOP",
                "[Desktop Entry]\nType=Link\nName=x\nURL=https://h/a?b=1&c=2\n",
            ),
            (
                "a.webloc",
                "<?xml version=\"1.0\"?>\n<plist><dict>\n<key>URL</key>\n\
                 <string>https://h/a?b=1&amp;c=2</string></dict></plist>",
            ),
            ("a.txt", "\u{feff}https://h/a?b=1&c=2"),
        ] {
            assert_eq!(read(name, text), link, "{name}");
        }
        for name in ["a.url", "a.desktop", "a.webloc"] {
            assert_eq!(read(name, "nothing"), Err(NoList::NoLink), "{name}");
        }
        assert_eq!(read("a.webloc", "bplist00…"), Err(NoList::BinaryShortcut));
    }

    #[test]
    fn what_is_no_text_is_refused_and_what_is_text_is_read() {
        let file = |bytes: &[u8]| links_in_file("a.bin", bytes.to_vec());
        assert_eq!(file(b"\x89PNG\r\n\x1a\n\0\0"), Err(NoList::NotText));
        assert_eq!(file(b"\x1f\x8b\x08\xff"), Err(NoList::NotText));
        assert_eq!(file(b"http://h/gr\xfc\xdfe\r\n"), Err(NoList::NotUtf8));
        assert_eq!(file(b"\xff\xfeh\0i\0"), Ok("hi".to_owned()));
        assert_eq!(file(b"\xfe\xff\0h\0i"), Ok("hi".to_owned()));
        assert_eq!(file(b"\xff\xfeh\0i"), Err(NoList::NotText));
        assert_eq!(file(b""), Ok(String::new()));
    }
}
