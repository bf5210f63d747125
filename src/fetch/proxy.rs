//! HTTP proxies.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::fetch::coding::percent_decoded;
use crate::fetch::{ErrorClass, FetchError};

/// An HTTP or SOCKS 5 proxy, with a user name and password if it needs them. Its `Debug` and
/// `Display` forms show neither.
///
/// Requests for https:// URLs go through a tunnel (`CONNECT`): the proxy sees no more than the host
/// and the port. It reads and forwards requests for http:// URLs, and resolves the names of hosts
/// by itself. A SOCKS proxy opens a tunnel for both, and resolves names if its address says
/// `socks5h`.
///
/// ```
/// use jobdeck::fetch::{Proxy, Request};
///
/// let proxy: Proxy = "http://me:hunter2@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// let request = Request::get("https://example.com/file")?.with_proxy(proxy);
/// assert!(!format!("{request:?}").contains("hunter2"));
///
/// let error = "socks4://127.0.0.1:1080".parse::<Proxy>().unwrap_err();
/// assert_eq!(error.class.name(), "proxy");
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Proxy {
    protocol: Protocol,
    /// In the form of a URL: an IPv6 address in brackets.
    host: String,
    port: u16,
    user: String,
    password: String,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Protocol {
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5, for hosts whose names are looked up here.
    Socks5,
    /// SOCKS 5; the proxy looks names up.
    Socks5h,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Socks5, Self::Socks5h];

    fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }
}

impl Proxy {
    /// Parses `http://[user:password@]host[:port]`, or the same with `https://` for a proxy that is
    /// reached over TLS, or with `socks5://` or `socks5h://`. The default scheme is http, the
    /// default port 80, 443 or 1080.
    ///
    /// # Errors
    /// Class `proxy`: SOCKS 4, another scheme, no host, or more than a host and a port. No error
    /// repeats the text.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong("There is no proxy's address"));
        }
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&with_scheme).map_err(|error| {
            wrong("This is not the address of a proxy").with_detail(error.to_string())
        })?;
        let known = Protocol::ALL.into_iter();
        let mut known = known.filter(|protocol| protocol.scheme() == url.scheme());
        let protocol = known.next().ok_or_else(|| {
            if !url.scheme().starts_with("socks") {
                return wrong("Only HTTP and SOCKS 5 proxies are supported");
            }
            FetchError::new(ErrorClass::Proxy, "SOCKS 4 is not supported")
                .with_hint("Use socks5://host:port, or an HTTP proxy: http://host:port.")
        })?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("A proxy has no more than a host and a port"));
        }
        let port = url.port_or_known_default().unwrap_or(1080);
        if port == 0 {
            return Err(wrong("Port 0 cannot be connected to"));
        }
        let Some(host) = url.host_str() else {
            return Err(wrong("The proxy has no host"));
        };
        Ok(Self {
            protocol,
            host: host.to_owned(),
            port,
            user: percent_decoded(url.username()),
            password: percent_decoded(url.password().unwrap_or_default()),
        })
    }

    /// The host, with an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the proxy itself is reached over TLS.
    pub fn is_secure(&self) -> bool {
        self.protocol == Protocol::Https
    }

    /// Whether it speaks SOCKS 5, and not HTTP.
    pub fn is_socks(&self) -> bool {
        matches!(self.protocol, Protocol::Socks5 | Protocol::Socks5h)
    }

    /// Whether it looks up the names of hosts itself.
    pub fn looks_names_up(&self) -> bool {
        self.protocol != Protocol::Socks5
    }

    /// The user name and password, if there is one of the two.
    pub(crate) fn credentials(&self) -> Option<(&str, &str)> {
        let has_some = !self.user.is_empty() || !self.password.is_empty();
        has_some.then_some((self.user.as_str(), self.password.as_str()))
    }
}

impl FromStr for Proxy {
    type Err = FetchError;

    fn from_str(text: &str) -> Result<Self, FetchError> {
        Self::parse(text)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.protocol.scheme();
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self.credentials().map(|_| "…");
        f.debug_struct("Proxy")
            .field("address", &self.to_string())
            .field("credentials", &credentials)
            .finish()
    }
}

fn wrong(message: &str) -> FetchError {
    FetchError::new(ErrorClass::Proxy, message)
        .with_hint("Write it as http://host:port, or http://user:password@host:port.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_from_text() {
        for (text, shown) in [
            ("http://h:3128", "http://h:3128"),
            (" http://h:3128/ ", "http://h:3128"),
            ("h:3128", "http://h:3128"),
            ("HTTP://H", "http://h:80"),
            ("https://h", "https://h:443"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://me:pw@h:1", "http://h:1"),
            ("socks5://me:pw@h", "socks5://h:1080"),
            ("SOCKS5H://[::1]:1", "socks5h://[::1]:1"),
        ] {
            assert_eq!(Proxy::parse(text).unwrap().to_string(), shown, "{text}");
        }
        let proxy = Proxy::parse("http://m%40e:p%3Aw@h:1").unwrap();
        assert_eq!(proxy.credentials(), Some(("m@e", "p:w")));
        assert_eq!(Proxy::parse("http://h:1").unwrap().credentials(), None);
    }

    #[test]
    fn what_is_no_http_proxy_is_refused_without_repeating_it() {
        for text in [
            "",
            "http://",
            "http://hunter2:hunter2@h:99999",
            "http://hunter2:hunter2@h:0",
            "http://hunter2@h:1/path",
            "http://hunter2@h:1?query",
            "ftp://hunter2@h:1",
            "socks4://hunter2@h:1",
            "socks4a://hunter2@h:1",
            "socks5://hunter2@h:1/path",
            "socks6://hunter2@h:1",
            "hunter2 hunter2",
        ] {
            let error = Proxy::parse(text).unwrap_err();
            assert_eq!(error.class, ErrorClass::Proxy, "{text}");
            assert!(!error.hint.is_empty(), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            let is_old = text.starts_with("socks4");
            assert_eq!(
                error.message.contains("SOCKS 4"),
                is_old || text.starts_with("socks6")
            );
        }
    }

    #[test]
    fn credentials_are_shown_nowhere() {
        let proxy = Proxy::parse("http://hunter1:hunter2@h:1").unwrap();
        let texts = format!("{proxy} {proxy:?} {proxy:#?}");
        assert!(!texts.contains("hunter"), "{texts}");
    }
}
