//! When a complete body may not be the requested file.

use url::Url;

use crate::fetch::media_type::{is_web_page, media_type};
use crate::fetch::secrets::shown_url;
use crate::fetch::{Note, NoteCode};

/// The note that the file is not ready yet, and the server does not say when it will be.
pub(crate) fn not_ready(http_status: u16) -> Option<Note> {
    (http_status == 202).then(|| {
        let text =
            "the server says that the file is not ready yet (HTTP 202), and not when it will be";
        Note::new(NoteCode::NotReady, text)
    })
}

/// The note that a web page came where another type of file was expected: by its name, or because
/// the link redirected to a page elsewhere, as expired links redirect to a login.
pub(crate) fn web_page(
    requested: &Url,
    requested_name: &str,
    content_type: Option<&str>,
    last: &Url,
) -> Option<Note> {
    if !is_web_page(&media_type(content_type?)) {
        return None;
    }
    let was_redirected = last_segment(requested) != last_segment(last);
    let is_expected = match requested_name.rsplit_once('.') {
        Some((_, extension)) => is_page_extension(extension),
        // Most pages have no extension; one that a link was redirected to may be a login.
        None => !was_redirected || last_segment(requested).is_none(),
    };
    (!is_expected).then(|| {
        let mut text = format!("a web page came instead of {requested_name}");
        if was_redirected {
            text += &format!(": the link leads to {}", shown_url(last));
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
    // The end of a host's name or a version number is no extension: `example.com`, `release-1.2`.
    let hosts = ["com", "org", "net"];
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit());
    let extension = extension.to_ascii_lowercase();
    is_number || pages.contains(&extension.as_str()) || hosts.contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: &str, name: &str, answered: &str, expected: bool) {
        let url = |text| Url::parse(text).unwrap();
        let doubt = web_page(&url(asked), name, Some("text/html; x=y"), &url(answered));
        assert_eq!(doubt.is_some(), expected, "{asked} {answered}: {doubt:?}");
    }

    #[test]
    fn a_page_is_doubtful_where_something_else_was_asked_for() {
        check("http://h/a.pdf", "a.pdf", "http://h/a.pdf", true);
        check("http://h/a.pdf", "a.pdf", "http://h/login", true);
        check("http://h/get?id=1", "get", "http://h/login", true);
        check("http://h/get?id=1", "get", "http://h/get?id=1", false);
        check("http://h/docs", "docs", "http://h/docs/", false);
        check("http://h/", "download", "http://h/home", false);
        check("http://h/a.html", "a.html", "http://h/b.html", false);
        check("http://h/v1.2", "v1.2", "http://h/v1.2", false);
        let other = Url::parse("http://h/a.pdf").unwrap();
        assert_eq!(
            web_page(&other, "a.pdf", Some("application/pdf"), &other),
            None
        );
        assert_eq!(web_page(&other, "a.pdf", None, &other), None);
    }

    #[test]
    fn secrets_of_the_page_are_not_repeated() {
        let asked = Url::parse("http://h/a.pdf").unwrap();
        let answered = Url::parse("http://h/login?token=hunter2").unwrap();
        let doubt = web_page(&asked, "a.pdf", Some("text/html"), &answered).unwrap();
        assert!(!doubt.text.contains("hunter2"), "{doubt:?}");
    }
}
