//! Which proxy a URL goes through, by environment variables.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::fetch::{FetchError, Proxy};

/// The proxies of the environment, by the rules of curl: `http_proxy` and `https_proxy` for URLs of that scheme, `all_proxy`
/// for both, and `no_proxy` for hosts that are connected to directly. Upper case is accepted too, lower case takes
/// precedence. If `REQUEST_METHOD` is set, `HTTP_PROXY` does not count: a CGI server sets it from a header that any visitor
/// can send.
///
/// `no_proxy` is a list of host names, which include their subdomains, addresses, and ranges of addresses such as
/// `10.0.0.0/8`; `*` is every host. It also applies to a proxy of the request itself.
///
/// The library never reads the environment by itself. A clone is cheap.
///
/// ```
/// use jobdeck::fetch::{ProxyRules, Request};
///
/// let rules = ProxyRules::from_env(|name| match name {
///     "http_proxy" => Some("proxy.example:3128".to_owned()),
///     "no_proxy" => Some("localhost,.intern.example".to_owned()),
///     _ => None,
/// });
/// let proxy_of = |url| {
///     let request = Request::get(url)?.with_proxy_rules(rules.clone());
///     Ok::<_, jobdeck::fetch::FetchError>(request.proxy_for_url()?.map(ToString::to_string))
/// };
/// assert_eq!(proxy_of("http://a.example/")?.as_deref(), Some("http://proxy.example:3128"));
/// assert_eq!(proxy_of("http://a.intern.example/")?, None);
/// assert_eq!(proxy_of("https://a.example/")?, None);
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyRules(Option<Arc<Rules>>);

#[derive(PartialEq, Eq)]
struct Rules {
    http: Option<Named>,
    https: Option<Named>,
    direct: DirectHosts,
}

/// A proxy, or why the value of a variable is none: the error of a request that would use it.
type Named = Result<Proxy, FetchError>;

impl ProxyRules {
    /// The rules of an environment; `variable` returns the value of a variable.
    #[must_use]
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| {
            let value = variable(name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let named = |names: &[&'static str]| {
            let mut found = names.iter().filter_map(|name| Some((*name, set(name)?)));
            let (name, value) = found.next()?;
            Some(Proxy::parse(&value).map_err(|error| FetchError {
                message: format!(
                    "The variable {name} names no usable proxy: {}",
                    error.message
                ),
                ..error
            }))
        };
        let is_of_a_web_server = variable("REQUEST_METHOD").is_some();
        let http: &[_] = if is_of_a_web_server {
            &["http_proxy", "all_proxy", "ALL_PROXY"]
        } else {
            &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        };
        let rules = Rules {
            http: named(http),
            https: named(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            direct: DirectHosts::parse(
                &set("no_proxy")
                    .or_else(|| set("NO_PROXY"))
                    .unwrap_or_default(),
            ),
        };
        let says_nothing =
            rules.http.is_none() && rules.https.is_none() && rules.direct.0.is_empty();
        Self((!says_nothing).then(|| Arc::new(rules)))
    }

    /// The proxy for a URL; `own` is that of the request, which takes precedence.
    ///
    /// # Errors
    /// Class `proxy` when the variable for this URL names no usable proxy.
    pub(crate) fn choose<'a>(
        &'a self,
        own: Option<&'a Proxy>,
        url: &Url,
    ) -> Result<Option<&'a Proxy>, FetchError> {
        let Some(rules) = &self.0 else {
            return Ok(own);
        };
        if url.host().is_some_and(|host| rules.direct.holds(&host)) {
            return Ok(None);
        }
        let named = match url.scheme() {
            "https" => rules.https.as_ref(),
            _ => rules.http.as_ref(),
        };
        match (own, named) {
            (Some(own), _) => Ok(Some(own)),
            (None, Some(Ok(proxy))) => Ok(Some(proxy)),
            (None, Some(Err(error))) => Err(error.clone()),
            (None, None) => Ok(None),
        }
    }
}

/// Shows no value: it may hold a password.
impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map_or(0, |rules| {
            usize::from(rules.http.is_some()) + usize::from(rules.https.is_some())
        });
        write!(f, "ProxyRules({count})")
    }
}

/// The hosts that are connected to directly.
#[derive(PartialEq, Eq)]
struct DirectHosts(Vec<DirectHost>);

#[derive(PartialEq, Eq)]
enum DirectHost {
    Every,
    /// The addresses with the same prefix of this many bits.
    Network(IpAddr, u32),
    /// In lower case, without a dot at either end. Includes subdomains.
    Name(String),
}

impl DirectHosts {
    /// Parses a list that is separated by commas and blanks.
    fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(DirectHost::parse).collect())
    }

    fn holds(&self, host: &Host<&str>) -> bool {
        self.0.iter().any(|direct| direct.holds(host))
    }
}

impl DirectHost {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Every);
        }
        let (address, bits) = match entry.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (entry, None),
        };
        let bare = address.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            let all = if address.is_ipv4() { 32 } else { 128 };
            // A range that is none is no host either.
            let bits = bits.map_or(Ok(all), str::parse).ok()?;
            return (bits <= all).then_some(Self::Network(address, bits));
        }
        let name = entry.trim_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name(name))
    }

    fn holds(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::Every, _) => true,
            (Self::Network(IpAddr::V4(network), bits), Host::Ipv4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= *bits
            }
            (Self::Network(IpAddr::V6(network), bits), Host::Ipv6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= *bits
            }
            (Self::Name(name), Host::Domain(host)) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                host.strip_suffix(name.as_str())
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ErrorClass;

    fn rules(variables: &[(&str, &str)]) -> ProxyRules {
        ProxyRules::from_env(|name| {
            let mut found = variables.iter().filter(|(known, _)| *known == name);
            found.next().map(|(_, value)| (*value).to_owned())
        })
    }

    fn chosen(rules: &ProxyRules, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let proxy = rules.choose(None, &url).unwrap();
        proxy.map_or("direct".to_owned(), ToString::to_string)
    }

    #[test]
    fn each_scheme_has_its_variable_and_small_letters_win() {
        for (variables, http, https) in [
            (&[][..], "direct", "direct"),
            (&[("http_proxy", "a:1")], "http://a:1", "direct"),
            (&[("https_proxy", "a:1")], "direct", "http://a:1"),
            (&[("HTTP_PROXY", "a:1")], "http://a:1", "direct"),
            (&[("HTTPS_PROXY", "https://a")], "direct", "https://a:443"),
            (&[("all_proxy", "a:1")], "http://a:1", "http://a:1"),
            (&[("ALL_PROXY", "a:1")], "http://a:1", "http://a:1"),
            (
                &[
                    ("http_proxy", "a:1"),
                    ("HTTP_PROXY", "b:1"),
                    ("all_proxy", "c:1"),
                ],
                "http://a:1",
                "http://c:1",
            ),
            (
                &[("http_proxy", " "), ("all_proxy", "c:1")],
                "http://c:1",
                "http://c:1",
            ),
            (
                &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")],
                "direct",
                "direct",
            ),
            (
                &[("http_proxy", "a:1"), ("REQUEST_METHOD", "GET")],
                "http://a:1",
                "direct",
            ),
            (
                &[("https_proxy", "a:1"), ("REQUEST_METHOD", "")],
                "direct",
                "http://a:1",
            ),
        ] {
            let rules = rules(variables);
            assert_eq!(chosen(&rules, "http://h/"), http, "{variables:?}");
            assert_eq!(chosen(&rules, "https://h/"), https, "{variables:?}");
        }
    }

    #[test]
    fn hosts_that_are_connected_to_directly() {
        for (list, direct, through) in [
            ("*", &["h", "[::1]", "10.0.0.1"][..], &[][..]),
            (
                "example.com",
                &[
                    "example.com",
                    "a.example.com",
                    "EXAMPLE.com",
                    "example.com.",
                ],
                &["badexample.com", "com"],
            ),
            (
                ".example.com",
                &["example.com", "a.b.example.com"],
                &["example.com.org"],
            ),
            ("a.b, c.d  e.f.", &["a.b", "c.d", "x.e.f"], &["b", "d"]),
            (
                "127.0.0.1",
                &["127.0.0.1"],
                &["127.0.0.2", "1", "x.127.0.0.1.example"],
            ),
            (
                "10.0.0.0/8,192.168.1.128/25",
                &["10.200.0.1", "192.168.1.200"],
                &["11.0.0.1", "192.168.1.1"],
            ),
            ("0.0.0.0/0", &["1.2.3.4"], &["[::1]", "h"]),
            (
                "::1,[fe80::]/10",
                &["[::1]", "[febf::1]"],
                &["[::2]", "[fec0::1]"],
            ),
            // As curl has it: a port makes an entry another name.
            ("h:80,10.0.0.0/33,10.0.0.0/x,.,/", &[], &["h", "10.0.0.1"]),
        ] {
            let rules = rules(&[("http_proxy", "p:1"), ("NO_PROXY", list)]);
            for host in direct {
                assert_eq!(
                    chosen(&rules, &format!("http://{host}:81/")),
                    "direct",
                    "{list}"
                );
            }
            for host in through {
                assert_eq!(
                    chosen(&rules, &format!("http://{host}/")),
                    "http://p:1",
                    "{list}"
                );
            }
        }
    }

    #[test]
    fn a_proxy_of_the_request_itself_wins_except_over_no_proxy() {
        let rules = rules(&[
            ("http_proxy", "socks5://p:1"),
            ("no_proxy", "direct.example"),
        ]);
        let own = Proxy::parse("own:1").unwrap();
        let choose = |url| rules.choose(Some(&own), &Url::parse(url).unwrap()).unwrap();
        assert_eq!(choose("http://h/"), Some(&own));
        assert_eq!(choose("https://h/"), Some(&own));
        assert_eq!(choose("http://direct.example/"), None);
    }

    #[test]
    fn what_is_no_proxy_fails_the_request_that_needs_it_without_being_shown() {
        for value in [
            "socks5://me:hunter2@p:1",
            "http://me:hunter2@p:1/path",
            "ftp://hunter2",
        ] {
            let rules = rules(&[("https_proxy", value), ("no_proxy", "direct.example")]);
            let choose = |url| {
                let url = Url::parse(url).unwrap();
                rules.choose(None, &url).map(|proxy| proxy.is_some())
            };
            let error = choose("https://h/").unwrap_err();
            assert_eq!(error.class, ErrorClass::Proxy);
            assert!(error.message.contains("https_proxy"), "{error:?}");
            assert!(!error.hint.is_empty());
            assert!(!format!("{error:?} {rules:?}").contains("hunter2"));
            assert_eq!(choose("http://h/"), Ok(false));
            assert_eq!(choose("https://direct.example/"), Ok(false));
        }
    }
}
