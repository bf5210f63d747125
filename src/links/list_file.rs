//! The text of a file of links: a list, or a shortcut that a system or a browser made of one link.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Why a file gives no links, as a sentence without its full stop that goes on behind the file's
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFileError {
    /// It holds something else than text.
    #[error("is not a text file. A list is a text with one link per line")]
    NotText,
    /// A shortcut, but not to a web address.
    #[error("is a shortcut that names no link")]
    NoLink,
    /// A shortcut as macOS writes it in its own binary form.
    #[error("is a shortcut in a form that is not read. Open it in the browser and copy the link")]
    BinaryShortcut,
}

/// The text of a file of links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListText {
    /// The text.
    pub text: String,
    /// True if the file says nothing about its encoding and is not in UTF-8.
    pub is_windows_1252: bool,
}

impl ListText {
    /// What there is to say about the reading of it, as a sentence without its full stop that goes
    /// on behind the file's name.
    #[must_use]
    pub fn note(&self) -> Option<&'static str> {
        self.is_windows_1252
            .then_some("is not in UTF-8, and was read as Windows-1252")
    }
}

/// The text of a file of links: UTF-8, UTF-16 that begins with a byte-order mark, else
/// Windows-1252. Of a shortcut (`.url`, `.desktop`, `.webloc`) it is the link.
///
/// # Errors
/// [`LinkFileError`] says what it is instead.
///
/// ```
/// use jobdeck::links::{LinkFileError, links_in_file};
///
/// let shortcut = b"[InternetShortcut]\r\nURL=https://example.com/\r\n".to_vec();
/// assert_eq!(links_in_file("Example.url", shortcut)?.text, "https://example.com/");
/// assert_eq!(links_in_file("a.png", vec![0x89, 0, 0]), Err(LinkFileError::NotText));
/// # Ok::<(), LinkFileError>(())
/// ```
pub fn links_in_file(name: &str, bytes: Vec<u8>) -> Result<ListText, LinkFileError> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    if extension == "webloc" && bytes.starts_with(b"bplist") {
        return Err(LinkFileError::BinaryShortcut);
    }
    let ListText {
        text,
        is_windows_1252,
    } = text_of(bytes)?;
    let text = match extension.as_str() {
        "url" | "desktop" => link_in_settings(&text).ok_or(LinkFileError::NoLink)?,
        "webloc" => link_in_plist(&text).ok_or(LinkFileError::NoLink)?,
        _ => text,
    };
    Ok(ListText {
        text,
        is_windows_1252,
    })
}

fn text_of(mut bytes: Vec<u8>) -> Result<ListText, LinkFileError> {
    let known = |text: String| ListText {
        text,
        is_windows_1252: false,
    };
    // Some programs of Windows call this form Unicode.
    let utf16 = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => Some((UTF_16LE, rest)),
        [0xfe, 0xff, rest @ ..] => Some((UTF_16BE, rest)),
        _ => None,
    };
    if let Some((encoding, rest)) = utf16 {
        let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
        let text = text.filter(|text| !text.contains('\0'));
        return text
            .map(|text| known(text.into_owned()))
            .ok_or(LinkFileError::NotText);
    }
    if bytes.contains(&0) {
        return Err(LinkFileError::NotText);
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map(known).or_else(|error| {
        // Text has letters, and line ends, between what is no UTF-8.
        let bytes = error.as_bytes();
        let start = &bytes[..bytes.len().min(1024)];
        let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
        if start.iter().any(is_control) {
            return Err(LinkFileError::NotText);
        }
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        Ok(ListText {
            text: text.into_owned(),
            is_windows_1252: true,
        })
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

    fn read(name: &str, text: &str) -> Result<String, LinkFileError> {
        links_in_file(name, text.as_bytes().to_vec()).map(|list| list.text)
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
            assert_eq!(read(name, "nothing"), Err(LinkFileError::NoLink), "{name}");
        }
        assert_eq!(
            read("a.webloc", "bplist00…"),
            Err(LinkFileError::BinaryShortcut)
        );
    }

    #[test]
    fn what_is_no_text_is_refused_and_what_is_text_is_read() {
        let list = |bytes: &[u8]| links_in_file("a.bin", bytes.to_vec());
        let file = |bytes: &[u8]| list(bytes).map(|list| list.text);
        assert_eq!(file(b"\x89PNG\r\n\x1a\n\0\0"), Err(LinkFileError::NotText));
        assert_eq!(file(b"\x1f\x8b\x08\xff"), Err(LinkFileError::NotText));
        let old = list(b"http://h/gr\xfc\xdfe \x80\r\n").unwrap();
        assert_eq!(old.text, "http://h/grüße €\r\n");
        assert!(old.note().unwrap().contains("Windows-1252"));
        assert_eq!(list("ü".as_bytes()).unwrap().note(), None);
        assert_eq!(file(b"\xef\xbb\xbfhi"), Ok("hi".to_owned()));
        assert_eq!(file(b"\xff\xfeh\0i\0"), Ok("hi".to_owned()));
        assert_eq!(file(b"\xfe\xff\0h\0i"), Ok("hi".to_owned()));
        assert_eq!(file(b"\xff\xfeh\0i"), Err(LinkFileError::NotText));
        assert_eq!(file(b""), Ok(String::new()));
    }
}
