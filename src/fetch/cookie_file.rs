//! Cookies from a file, as browsers and other programs export them.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};
use web_time::SystemTime;

use crate::fetch::regular_file::read_regular_file;
use crate::fetch::request_headers::check_header;
use crate::fetch::{ErrorClass, FetchError};

/// Cookies of the user, for the hosts that they name. Cheap to clone; its `Debug` form shows none
/// of them.
///
/// ```
/// use jobdeck::fetch::{CookieFile, Request};
///
/// let text = ".example.com\tTRUE\t/\tTRUE\t0\tsession\thunter2\n";
/// let request = Request::get("https://example.com/file")?.with_cookies(CookieFile::parse(text)?);
/// assert!(!format!("{request:?}").contains("hunter2"));
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CookieFile(Arc<[FileCookie]>);

#[derive(PartialEq, Eq)]
struct FileCookie {
    /// In small letters, without a dot before it.
    domain: String,
    has_subdomains: bool,
    path: String,
    is_secure: bool,
    /// When it is over; none if it has no end.
    ends: Option<SystemTime>,
    name: String,
    value: String,
}

impl CookieFile {
    /// Reads the form of Netscape: a cookie per line, seven fields with tabs between. `#HttpOnly_`
    /// may stand before one; other lines with `#`, and empty ones, say nothing.
    ///
    /// # Errors
    /// Class `bad_url`, without the line: one is no cookie, or there is none at all.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let mut cookies = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let says = line.strip_prefix("#HttpOnly_").unwrap_or(line);
            if says.trim().is_empty() || says.starts_with('#') {
                continue;
            }
            let cookie = FileCookie::parse(says);
            let number = index + 1;
            cookies.push(cookie.ok_or_else(|| unusable(format!("line {number} is no cookie")))?);
        }
        if cookies.is_empty() {
            return Err(unusable("there is no cookie in it".to_owned()));
        }
        // Of two for the same place, the last one is the newer one.
        let mut places = HashSet::new();
        cookies.reverse();
        cookies.retain(|cookie: &FileCookie| {
            let FileCookie {
                domain, path, name, ..
            } = cookie;
            places.insert((domain.clone(), path.clone(), name.clone()))
        });
        cookies.reverse();
        // Longer paths first, as the standard has it.
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        Ok(Self(cookies.into()))
    }

    /// Reads a file, at once.
    ///
    /// # Errors
    /// Class `bad_url` when the file cannot be read, is no regular file or has more than 16 MiB,
    /// and as in [`Self::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, FetchError> {
        let path = path.as_ref();
        let text = match read_regular_file(path) {
            Ok(Some(text)) => String::from_utf8_lossy(&text).into_owned(),
            Ok(None) => {
                let message = format!("{} is no regular file of at most 16 MiB", path.display());
                return Err(unusable(message));
            }
            Err(error) => {
                let message = format!("The cookies cannot be read from {}", path.display());
                return Err(unusable(message).with_detail(error.to_string()));
            }
        };
        Self::parse(&text).map_err(|error| FetchError {
            message: format!("{}: {}", path.display(), error.message),
            ..error
        })
    }

    /// The names and values of the cookies for a URL, longer paths first.
    pub fn for_url<'a>(&'a self, url: &'a Url) -> impl Iterator<Item = (&'a str, &'a str)> {
        let now = SystemTime::now();
        let all = self.0.iter();
        all.filter(move |cookie| cookie.is_for(url, now))
            .map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
    }
}

impl FileCookie {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.trim_end_matches(['\r', '\n']).split('\t');
        let mut next = || fields.next();
        let domain = next()?.trim_start_matches('.').to_ascii_lowercase();
        let is_true = |field: &str| field.eq_ignore_ascii_case("true");
        let has_subdomains = is_true(next()?);
        let path = next()?.to_owned();
        let is_secure = is_true(next()?);
        // Some programs write a fraction.
        let ends = next()?.split('.').next()?.parse::<i64>().ok()?;
        let ends = u64::try_from(ends).ok().filter(|secs| *secs > 0);
        let name = next()?.to_owned();
        let value = next().unwrap_or_default().to_owned();
        let pair = format!("{name}={value}");
        let is_sendable = !name.is_empty()
            && !name.contains(['=', ';'])
            && !value.contains(';')
            && check_header("Cookie", &pair).is_ok();
        let is_whole = !domain.is_empty() && path.starts_with('/') && fields.next().is_none();
        (is_sendable && is_whole).then_some(Self {
            domain,
            has_subdomains,
            path,
            is_secure,
            ends: ends
                .and_then(|secs| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(secs))),
            name,
            value,
        })
    }

    fn is_for(&self, url: &Url, now: SystemTime) -> bool {
        // Without TLS not even to this computer itself.
        let is_safe = !self.is_secure || url.scheme() == "https";
        is_safe
            && self.ends.is_none_or(|ends| now < ends)
            && self.is_for_host(url)
            && self.is_for_path(url.path())
    }

    fn is_for_host(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        if host == self.domain {
            return true;
        }
        let before = host.strip_suffix(&self.domain);
        self.has_subdomains
            && matches!(url.host(), Some(Host::Domain(_)))
            && before.is_some_and(|before| before.ends_with('.'))
    }

    /// As in RFC 6265, section 5.1.4.
    fn is_for_path(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&self.path);
        rest.is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// As text that [`CookieFile::parse`] reads: all of it is secret.
impl From<CookieFile> for String {
    fn from(cookies: CookieFile) -> Self {
        let truth = |is_true| if is_true { "TRUE" } else { "FALSE" };
        let line = |cookie: &FileCookie| {
            let ends = cookie
                .ends
                .map(|ends| ends.duration_since(SystemTime::UNIX_EPOCH));
            let ends_secs = ends.and_then(Result::ok).unwrap_or_default().as_secs();
            format!(
                "{}\t{}\t{}\t{}\t{ends_secs}\t{}\t{}\n",
                cookie.domain,
                truth(cookie.has_subdomains),
                cookie.path,
                truth(cookie.is_secure),
                cookie.name,
                cookie.value,
            )
        };
        cookies.0.iter().map(line).collect()
    }
}

/// Shows no cookie: each may be a secret.
impl fmt::Debug for CookieFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CookieFile({})", self.0.len())
    }
}

fn unusable(message: String) -> FetchError {
    FetchError::new(ErrorClass::BadUrl, message).with_hint(
        "Give a file of cookies in the form of Netscape, such as extensions of browsers export.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Netscape HTTP Cookie File\r\n\n\
        .example.com\tTRUE\t/\tFALSE\t0\ta\t1\r\n\
        #HttpOnly_www.example.com\tFALSE\t/d\tTRUE\t99999999999\tb\t2\n\
        example.com\tFALSE\t/\tFALSE\t1\told\t3\n\
        .com\tFALSE\t/\tFALSE\t-1\tc\t\n";

    fn sent(url: &str) -> Vec<String> {
        let cookies = CookieFile::parse(TEXT).unwrap();
        let url = Url::parse(url).unwrap();
        let pairs = cookies.for_url(&url);
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn cookies_survive_being_stored() {
        let cookies = CookieFile::parse(TEXT).unwrap();
        let text = String::from(cookies.clone());
        assert!(CookieFile::parse(&text).unwrap() == cookies);
    }

    #[test]
    fn a_cookie_goes_where_its_line_says_and_while_it_lasts() {
        assert_eq!(sent("http://example.com/"), ["a=1"]);
        assert_eq!(sent("https://WWW.example.com./d/x"), ["b=2", "a=1"]);
        assert_eq!(sent("https://www.example.com/dx"), ["a=1"]);
        assert_eq!(sent("http://www.example.com/d"), ["a=1"], "not without TLS");
        assert_eq!(sent("https://x.www.example.com/d"), ["a=1"]);
        assert_eq!(sent("http://badexample.com/"), [""; 0]);
        assert_eq!(sent("http://com/"), ["c="]);
    }

    #[test]
    fn of_two_lines_for_one_cookie_the_last_one_counts() {
        let text = "h\tFALSE\t/\tFALSE\t0\ta\told\nh\tFALSE\t/\tFALSE\t0\ta\tnew\n";
        let cookies = CookieFile::parse(text).unwrap();
        let url = Url::parse("http://h/").unwrap();
        assert_eq!(cookies.for_url(&url).collect::<Vec<_>>(), [("a", "new")]);
    }

    #[test]
    fn what_is_no_cookie_is_named_by_its_line_alone() {
        for (text, says) in [
            ("", "no cookie in it"),
            ("# only\n", "no cookie in it"),
            ("h\tTRUE\t/\tTRUE\t0\ta\t1\nsecret\n", "line 2 is no cookie"),
            ("h\tTRUE\t/\tTRUE\tsoon\ta\tsecret", "line 1 is no cookie"),
            ("h\tTRUE\t/\tTRUE\t0\ta\tsecret;b", "line 1 is no cookie"),
            ("h\tTRUE\t/\tTRUE\t0\ta\tsecret\tb", "line 1 is no cookie"),
            ("h\tTRUE\td\tTRUE\t0\ta\tsecret", "line 1 is no cookie"),
            ("h\tTRUE\t/\tTRUE\t0\ta\tsec\u{1}ret", "line 1 is no cookie"),
        ] {
            let error = CookieFile::parse(text).unwrap_err();
            assert!(error.message.contains(says), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
