//! The cookies of a chain of redirects: sent along the chain, and dropped at its end. Those of the
//! request's file are sent with them.

use cookie_store::{CookieDomain, CookieStore, RawCookie};
use ureq::Body;
use ureq::http::{HeaderValue, Response, header};
use url::Url;

use crate::fetch::Request;
use crate::fetch::limits::MAX_SENT_HEADER_BYTES;

/// The cookies of a chain (RFC 6265). Each is sent only to the host that set it, even if it names a
/// domain: which domains a host may set cookies for would need the list of public suffixes.
#[derive(Debug, Default)]
pub(super) struct ChainCookies {
    /// Allocated with the first cookie: most chains set none.
    store: Option<CookieStore>,
    /// The host and the name of each cookie that was set or deleted: at that host, the one of the
    /// request's file no longer counts.
    replaced: Vec<(String, String)>,
}

impl ChainCookies {
    /// Takes the cookies that the response from `url` sets, except those that it must not set.
    pub(super) fn take_from(&mut self, response: &Response<Body>, url: &Url) {
        for value in response.headers().get_all(header::SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Ok(mut cookie) = RawCookie::parse(text.into_owned()) else {
                continue;
            };
            let is_for_host = CookieDomain::try_from(&cookie).is_ok_and(|domain| {
                matches!(domain, CookieDomain::NotPresent | CookieDomain::Empty)
                    || domain.matches(url)
            });
            let is_sendable = HeaderValue::from_str(cookie.stripped().to_string().as_str()).is_ok();
            if is_for_host && is_sendable {
                cookie.unset_domain();
                let host = url.host_str().unwrap_or_default();
                self.replaced
                    .push((host.to_owned(), cookie.name().to_owned()));
                // Fails for a cookie that has expired, for example.
                let _ = self.store.get_or_insert_default().insert_raw(&cookie, url);
            }
        }
    }

    /// The `Cookie` header of the next request, if it differs from the request's own: the request's
    /// cookies, those of the chain with other names, and those of the request's file with other
    /// names than both.
    pub(super) fn header_for(&self, request: &Request) -> Option<String> {
        let url = request.url();
        if self.store.is_none() && request.cookies.is_none() {
            return None;
        }
        let chain = self.store.as_ref();
        let mut cookies = chain.map_or_else(Vec::new, |chain| chain.matches(url));
        // Secure cookies need TLS, even on the loopback interface.
        cookies.retain(|cookie| url.scheme() == "https" || cookie.secure() != Some(true));
        // Longer paths first (RFC 6265, section 5.4), then by name for a stable order.
        cookies.sort_by(|a, b| {
            let by_path = b.path.as_ref().len().cmp(&a.path.as_ref().len());
            by_path.then_with(|| a.name().cmp(b.name()))
        });
        let own = request.headers().iter();
        let own = own.filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let own: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
        let mut header = own.join("; ");
        let pairs = own.iter().flat_map(|value| value.split(';'));
        let own_names: Vec<&str> = pairs
            .map(|pair| pair.split('=').next().unwrap_or_default().trim())
            .collect();
        cookies.retain(|cookie| !own_names.contains(&cookie.name()));
        let mut pairs: Vec<(&str, &str)> = cookies
            .iter()
            .map(|cookie| (cookie.name(), cookie.value()))
            .collect();
        if let Some(file) = &request.cookies {
            for (name, value) in file.for_url(url) {
                let is_said = pairs.iter().any(|(other, _)| *other == name);
                let mut replaced = self.replaced.iter();
                let is_replaced =
                    replaced.any(|(host, other)| url.host_str() == Some(host) && other == name);
                if !is_said && !is_replaced && !own_names.contains(&name) {
                    pairs.push((name, value));
                }
            }
        }
        if pairs.is_empty() {
            return None;
        }
        for (name, value) in pairs {
            let separator = if header.is_empty() { "" } else { "; " };
            let pair = format!("{separator}{name}={value}");
            if header.len() + pair.len() > MAX_SENT_HEADER_BYTES {
                break;
            }
            header.push_str(&pair);
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a request for `to`, after these cookies were set by a response to a request
    /// for `from`.
    fn sent(from: &str, set: &[&str], to: &Request) -> Option<String> {
        let mut response = Response::builder().status(302);
        for value in set {
            response = response.header(header::SET_COOKIE, *value);
        }
        let response = response.body(Body::builder().data("")).unwrap();
        let mut cookies = ChainCookies::default();
        cookies.take_from(&response, &Url::parse(from).unwrap());
        cookies.header_for(to)
    }

    fn to(url: &str) -> Request {
        Request::get(url).unwrap()
    }

    #[test]
    fn a_cookie_is_for_its_host_path_and_scheme() {
        let set = ["a=1", "b=2; Path=/d", "c=3; Secure", "d=4; Max-Age=0", "e"];
        let sent = |url| sent("https://h.example/", &set, &to(url));
        assert_eq!(sent("https://h.example/x").as_deref(), Some("a=1; c=3"));
        assert_eq!(
            sent("https://h.example/d/x").as_deref(),
            Some("b=2; a=1; c=3")
        );
        assert_eq!(sent("http://h.example/x").as_deref(), Some("a=1"));
        assert_eq!(sent("https://i.example/x"), None);
        assert_eq!(sent("https://sub.h.example/x"), None);
    }

    #[test]
    fn a_domain_makes_a_cookie_go_to_no_other_host() {
        let set = [
            "a=1; Domain=example",
            "b=2; Domain=h.example",
            "c=3; Domain=other",
        ];
        let from = "http://h.example/";
        let home = sent(from, &set, &to("http://h.example/"));
        assert_eq!(home.as_deref(), Some("a=1; b=2"));
        for elsewhere in ["http://i.example/", "http://x.h.example/", "http://other/"] {
            assert_eq!(sent(from, &set, &to(elsewhere)), None, "{elsewhere}");
        }
        assert_eq!(
            sent(
                "http://127.0.0.1/",
                &["a=1; Secure", "b=2"],
                &to("http://127.0.0.1/")
            ),
            Some("b=2".to_owned())
        );
    }

    #[test]
    fn the_cookies_of_the_user_win_by_name() {
        let own = to("http://h/")
            .with_header("cookie", "a=mine; b=too")
            .unwrap();
        let merged = sent("http://h/", &["a=theirs", "c=3"], &own);
        assert_eq!(merged.as_deref(), Some("a=mine; b=too; c=3"));
        assert_eq!(sent("http://h/", &["a=theirs"], &own), None);
    }

    #[test]
    fn those_of_the_file_stand_behind_those_of_the_user_and_of_the_chain() {
        let text = "h\tFALSE\t/\tFALSE\t0\ta\t1\nh\tFALSE\t/d\tFALSE\t0\tb\t2\nh\tFALSE\t/\tFALSE\t0\tc\t3\n";
        let file = crate::fetch::CookieFile::parse(text).unwrap();
        let with_file = |url: &str| to(url).with_cookies(file.clone());
        let none = ChainCookies::default();
        assert_eq!(
            none.header_for(&with_file("http://h/")).as_deref(),
            Some("a=1; c=3")
        );
        assert_eq!(none.header_for(&with_file("http://i/")), None);
        let own = with_file("http://h/d")
            .with_header("Cookie", "a=mine")
            .unwrap();
        let merged = sent("http://h/", &["c=theirs"], &own);
        assert_eq!(merged.as_deref(), Some("a=mine; c=theirs; b=2"));
        // What a host deletes is not sent to it again.
        let deleted = sent("http://h/", &["a=; Max-Age=0"], &with_file("http://h/"));
        assert_eq!(deleted.as_deref(), Some("c=3"));
        let elsewhere = sent("http://i/", &["a=; Max-Age=0"], &with_file("http://h/"));
        assert_eq!(elsewhere.as_deref(), Some("a=1; c=3"));
    }

    #[test]
    fn cookies_beyond_all_bounds_are_left_out() {
        let long = "x".repeat(MAX_SENT_HEADER_BYTES);
        let set = [format!("b={long}"), "a=1".to_owned()];
        let set: Vec<_> = set.iter().map(String::as_str).collect();
        assert_eq!(
            sent("http://h/", &set, &to("http://h/")).as_deref(),
            Some("a=1")
        );
    }
}
