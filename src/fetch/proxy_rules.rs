//! Which proxy a URL goes through, by environment variables.

use std::cell::RefCell;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::fetch::{ErrorClass, FetchError, Proxy};

/// The proxies of the environment, by the rules of curl: `http_proxy` and `https_proxy` for URLs of
/// that scheme, `all_proxy` for both, and `no_proxy` for hosts that are connected to directly.
/// Upper case is accepted too, lower case takes precedence. If `REQUEST_METHOD` is set,
/// `HTTP_PROXY` does not count: a CGI server sets it from a header that any visitor can send.
///
/// `no_proxy` is a list of host names, which include their subdomains, addresses, and ranges of
/// addresses such as `10.0.0.0/8`; `*` is every host. It also applies to a proxy of the request
/// itself.
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
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "StoredRules", into = "StoredRules")]
pub struct ProxyRules {
    of_environment: Option<Arc<Rules>>,
    /// In place of the environment's.
    direct: Option<DirectHosts>,
}

#[derive(PartialEq, Eq)]
struct Rules {
    /// The variables that say so: what the rules are made from again when they are read from a
    /// file.
    variables: Vec<(String, String)>,
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
        let variables = RefCell::new(Vec::new());
        let set = |name: &str| {
            let value = variable(name)?.trim().to_owned();
            if value.is_empty() {
                return None;
            }
            variables
                .borrow_mut()
                .push((name.to_owned(), value.clone()));
            Some(value)
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
        let http = named(http);
        let https = named(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]);
        let direct = set("no_proxy").or_else(|| set("NO_PROXY"));
        let rules = Rules {
            http,
            https,
            direct: DirectHosts::parse(&direct.unwrap_or_default()),
            variables: variables.into_inner(),
        };
        let says_nothing =
            rules.http.is_none() && rules.https.is_none() && rules.direct.0.is_empty();
        Self {
            of_environment: (!says_nothing).then(|| Arc::new(rules)),
            direct: None,
        }
    }

    /// The same rules with these hosts in place of those of `no_proxy`, if there are any.
    #[must_use]
    pub fn with_direct_hosts(self, hosts: Option<DirectHosts>) -> Self {
        Self {
            direct: hosts,
            ..self
        }
    }

    /// The same rules without user names and passwords; none if they have none.
    pub(super) fn without_credentials(&self) -> Option<Self> {
        let may_have = |(_, value): &(String, String)| value.contains('@');
        if !self.variables().iter().any(may_have) {
            return None;
        }
        let without = Self::from_env(|name| {
            let (_, value) = self.variables().iter().find(|(known, _)| known == name)?;
            Some(if !value.contains('@') {
                value.clone()
            } else if let Ok(proxy) = Proxy::parse(value) {
                proxy.to_string()
            } else {
                // Still no usable proxy.
                "?".to_owned()
            })
        });
        Some(without.with_direct_hosts(self.direct.clone()))
    }

    /// The variables of the environment that they are made from.
    fn variables(&self) -> &[(String, String)] {
        let rules = self.of_environment.as_ref();
        rules.map_or(&[], |rules| &rules.variables)
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
        let rules = self.of_environment.as_deref();
        let direct = self.direct.as_ref();
        let direct = direct.or_else(|| Some(&rules?.direct));
        let is_direct = |host| direct.is_some_and(|direct| direct.holds(&host));
        if url.host().is_some_and(is_direct) {
            return Ok(None);
        }
        let Some(rules) = rules else {
            return Ok(own);
        };
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

/// The serde form of [`ProxyRules`]: what they are made from.
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredRules {
    /// Variables of the environment.
    variables: Vec<(String, String)>,
    /// The hosts in place of those of `no_proxy`.
    no_proxy: Option<String>,
}

impl From<ProxyRules> for StoredRules {
    fn from(rules: ProxyRules) -> Self {
        Self {
            variables: rules.variables().to_vec(),
            no_proxy: rules.direct.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<StoredRules> for ProxyRules {
    type Error = FetchError;

    fn try_from(stored: StoredRules) -> Result<Self, FetchError> {
        let rules = Self::from_env(|name| {
            let mut found = stored.variables.iter().filter(|(known, _)| known == name);
            found.next().map(|(_, value)| value.clone())
        });
        let hosts = stored.no_proxy.as_deref().map(DirectHosts::parse_all);
        Ok(rules.with_direct_hosts(hosts.transpose()?))
    }
}

/// Shows no value: it may hold a password.
impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.of_environment.as_ref().map_or(0, |rules| {
            usize::from(rules.http.is_some()) + usize::from(rules.https.is_some())
        });
        write!(f, "ProxyRules({count})")
    }
}

/// Hosts that are connected to directly, whatever proxy there is. Cheap to clone.
///
/// ```
/// use jobdeck::fetch::DirectHosts;
///
/// let hosts = DirectHosts::parse_all("localhost, .intern.example,10.0.0.0/8")?;
/// assert_eq!(hosts.to_string(), "localhost,intern.example,10.0.0.0/8");
/// assert_eq!(DirectHosts::parse_all("*.b.example")?.to_string(), "b.example");
/// assert!(DirectHosts::parse_all("10.0.0.0/33").is_err());
/// assert!(DirectHosts::parse_all("10.*").is_err());
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DirectHosts(Arc<[DirectHost]>);

#[derive(Clone, PartialEq, Eq)]
enum DirectHost {
    Every,
    /// The addresses with the same prefix of this many bits.
    Network(IpAddr, u32),
    /// In lower case, without a dot at either end. Includes subdomains.
    Name(String),
}

impl DirectHosts {
    /// Reads a list as `no_proxy` has it, see [`ProxyRules`]; it may be empty.
    ///
    /// # Errors
    /// Class `proxy` when an entry is no host.
    pub fn parse_all(list: &str) -> Result<Self, FetchError> {
        // A port, a path or a pattern would make it a name that no host has.
        let is_host = |host: &DirectHost| !matches!(host, DirectHost::Name(name) if name.contains([':', '/', '*', '<', '>']));
        let hosts = entries(list).map(|entry| {
            // `*.example.com` is another way to write `.example.com`.
            let pattern = entry.strip_prefix('*').filter(|rest| rest.starts_with('.'));
            DirectHost::parse(pattern.unwrap_or(entry)).filter(is_host).ok_or_else(|| {
                FetchError::new(ErrorClass::Proxy, format!("“{entry}” is not a host")).with_hint(
                    "Write names, addresses or ranges with commas between, or * for every host.",
                )
            })
        });
        Ok(Self(hosts.collect::<Result<_, _>>()?))
    }

    /// Reads a list of the environment; what is no host is left out.
    fn parse(list: &str) -> Self {
        Self(entries(list).filter_map(DirectHost::parse).collect())
    }

    fn holds(&self, host: &Host<&str>) -> bool {
        self.0.iter().any(|direct| direct.holds(host))
    }
}

/// What stands between commas and blanks.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let entries = list.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty())
}

impl fmt::Display for DirectHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, host) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match host {
                DirectHost::Every => write!(f, "{comma}*")?,
                DirectHost::Network(address, bits) => write!(f, "{comma}{address}/{bits}")?,
                DirectHost::Name(name) => write!(f, "{comma}{name}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DirectHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DirectHosts({self})")
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
            ("http_proxy", "socks4://p:1"),
            ("no_proxy", "direct.example"),
        ]);
        let own = Proxy::parse("own:1").unwrap();
        let choose = |url| rules.choose(Some(&own), &Url::parse(url).unwrap()).unwrap();
        assert_eq!(choose("http://h/"), Some(&own));
        assert_eq!(choose("https://h/"), Some(&own));
        assert_eq!(choose("http://direct.example/"), None);
    }

    #[test]
    fn hosts_that_are_given_take_the_place_of_the_environments() {
        let of_environment = rules(&[("http_proxy", "p:1"), ("no_proxy", "a.example")]);
        let given = |list: &str| {
            let hosts = DirectHosts::parse_all(list).unwrap();
            of_environment.clone().with_direct_hosts(Some(hosts))
        };
        for (list, a, b) in [
            ("b.example", "http://p:1", "direct"),
            ("*", "direct", "direct"),
            ("", "http://p:1", "http://p:1"),
        ] {
            assert_eq!(chosen(&given(list), "http://a.example/"), a, "{list}");
            assert_eq!(chosen(&given(list), "http://b.example/"), b, "{list}");
        }
        let own = Proxy::parse("own:1").unwrap();
        let without = ProxyRules::default();
        let without = without.with_direct_hosts(DirectHosts::parse_all("b.example").ok());
        let choose = |url| {
            without
                .choose(Some(&own), &Url::parse(url).unwrap())
                .unwrap()
        };
        assert_eq!(choose("http://a.example/"), Some(&own));
        assert_eq!(choose("http://b.example/"), None);
        for wrong in ["a,10.0.0.0/33", "..", "/", "h:80"] {
            assert!(DirectHosts::parse_all(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_proxy_fails_the_request_that_needs_it_without_being_shown() {
        for value in [
            "socks4://me:hunter2@p:1",
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
