//! What there is to say about a saved file beside its bytes.

use std::path::Path;

use url::Url;

use super::answer::{Answer, is_web_page, media_type};
use super::record::Record;
use crate::fetch::{Note, NoteCode, Request};

/// That a body came in a coding which was not asked for; none where the coding is the file's own.
pub(super) fn encoded(coding: Option<&str>, known: &Record) -> Option<Note> {
    let coding = coding?;
    if known.content_encoding.as_deref() != Some(coding) {
        return Some(Note::new(NoteCode::Encoded, format!("encoded: {coding}")));
    }
    let can_be_decoded = matches!(coding, "gzip" | "x-gzip" | "deflate");
    (!can_be_decoded).then(|| {
        let text = format!("encoded: {coding}, kept as it came");
        Note::new(NoteCode::Encoded, text)
    })
}

/// That the file has another name than was wanted.
pub(super) fn renamed(wanted: &str, path: &Path) -> Option<Note> {
    let has_other_name = path.file_name().is_some_and(|saved| saved != wanted);
    has_other_name.then(|| {
        let text = format!("renamed: there is another file called {wanted}");
        Note::new(NoteCode::Renamed, text)
    })
}

/// The doubt about a web page that came where another type of file was expected: by the name of that, or because the link
/// led to a page elsewhere, as expired links lead to a login.
pub(super) fn web_page_doubt(
    asked: &Request,
    asked_name: &str,
    answer: &Answer,
    answered: &Request,
) -> Option<Note> {
    let content_type = answer.content_type.as_deref()?;
    if !is_web_page(&media_type(content_type)) {
        return None;
    }
    let was_led_on = last_segment(asked.url()) != last_segment(answered.url());
    let is_expected = match asked_name.rsplit_once('.') {
        Some((_, extension)) => is_page_extension(extension),
        // Most pages have no extension; where a link led to another one, it may be a login.
        None => !was_led_on || last_segment(asked.url()).is_none(),
    };
    (!is_expected).then(|| {
        let mut text = format!("a web page came instead of {asked_name}");
        if was_led_on {
            text += &format!(": the link leads to {}", answered.shown_url());
        }
        Note::new(NoteCode::WebPage, text)
    })
}

/// The last part of a URL's path that is not empty: `docs` and `docs/` are the same.
fn last_segment(url: &Url) -> Option<&str> {
    url.path_segments()?.rfind(|segment| !segment.is_empty())
}

/// Whether a file with this extension may well be a web page.
fn is_page_extension(extension: &str) -> bool {
    let pages = [
        "html", "htm", "xhtml", "xht", "shtml", "mhtml", "php", "php3", "phtml", "asp", "aspx",
        "ashx", "jsp", "jspx", "jsf", "do", "action", "cgi", "pl", "cfm",
    ];
    // A host's name or a version number is no extension: `example.com`, `release-1.2`.
    let hosts = ["com", "org", "net"];
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit());
    let extension = extension.to_ascii_lowercase();
    is_number || pages.contains(&extension.as_str()) || hosts.contains(&extension.as_str())
}
