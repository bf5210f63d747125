//! The one link that a text is, where only one is asked for.

use super::{Found, Globs, Link, Origin, Scan, Statement, with_line_feeds};
use crate::fetch::{ErrorClass, FetchError};

/// Reads a text that is one link: a URL, or a `curl` command. `None` if it says nothing.
///
/// # Errors
/// Those of [`Link::get`] and of a command, and class `bad_url` if it stands for more than one link.
///
/// ```
/// use jobdeck::links::parse_link;
///
/// let link = parse_link(" https://example.com/a.iso\n").unwrap().unwrap();
/// assert_eq!(link.request.url().path(), "/a.iso");
/// assert!(parse_link("https://example.com/[1-2]").unwrap().is_err());
/// assert!(parse_link("\n").is_none());
/// ```
#[must_use]
pub fn parse_link(text: &str) -> Option<Result<Link, FetchError>> {
    let text = &*with_line_feeds(text);
    let mut scan = Scan::of(text);
    let mut link = None;
    loop {
        match scan.step(text) {
            Found::End => return link,
            Found::Nothing => {}
            Found::Statement(_) if link.is_some() => return Some(Err(more_than_one())),
            Found::Statement(span) => {
                let text = &text[span.start..span.end];
                let statement = Statement::of(text, Origin::Window, Globs::Expanded);
                link = if statement.len() == 1 {
                    statement.link(0)
                } else {
                    Some(Err(more_than_one()))
                };
            }
        }
    }
}

fn more_than_one() -> FetchError {
    FetchError::new(ErrorClass::BadUrl, "This is more than one link")
        .with_hint("Give the one that leads to the same file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_link_is_read_and_more_are_refused() {
        let message = |text: &str| parse_link(text).unwrap().unwrap_err().message;
        assert_eq!(message("http://h/{a,b}"), "This is more than one link");
        assert_eq!(
            message("http://h/a\nhttp://h/b"),
            "This is more than one link"
        );
        assert!(message("htps://h/a").contains("htps"));
        assert!(parse_link(" # nothing\n\n").is_none());
        let link = parse_link("curl 'https://h/a?x=1' -H 'Cookie: a=b'");
        let request = link.unwrap().unwrap().request;
        assert_eq!(request.url().as_str(), "https://h/a?x=1");
        assert_eq!(request.headers(), [("Cookie".to_owned(), "a=b".to_owned())]);
    }
}
