//! What to fetch: a parsed URL, headers, and limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::fetch::credentials::{Credentials, basic_authorization};
use crate::fetch::limits;
use crate::fetch::names;
use crate::fetch::platform::Platform;
use crate::fetch::request_headers::{check_header, is_harmless};
use crate::fetch::secrets::{shown_url, url_for_files};
use crate::fetch::url_text::parse_url;
use crate::fetch::{
    Checksum, CookieFile, ExtraCertificates, FetchError, Netrc, Proxy, ProxyRules, RateLimit,
    RenameNotice, Timeouts, Trace,
};

/// One GET: a URL, headers, and the limits of its phases.
///
/// A request always has a URL that can be fetched: http or https, with a host, without a fragment,
/// with a valid port.
///
/// ```
/// use jobdeck::fetch::Request;
/// use std::time::Duration;
///
/// let request = Request::get("HTTP://Example.com:80/a b#top")?
///     .with_idle_timeout(Duration::from_secs(5));
/// assert_eq!(request.url().as_str(), "http://example.com/a%20b");
///
/// let error = Request::get("ftp://example.com/file").unwrap_err();
/// assert_eq!(error.class.name(), "bad_url");
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub(super) url: Url,
    pub(super) credentials: Option<Credentials>,
    pub(crate) headers: Vec<(String, String)>,
    pub(super) timeouts: Timeouts,
    pub(super) max_redirects: u32,
    pub(super) low_speed_bytes_per_sec: Option<u64>,
    pub(super) rate_limits: Vec<RateLimit>,
    pub(super) checksum: Option<Checksum>,
    pub(super) trace: Option<Trace>,
    pub(super) rename_notice: Option<RenameNotice>,
    pub(super) proxy: Option<Proxy>,
    pub(super) proxy_rules: ProxyRules,
    pub(super) certificates: Option<ExtraCertificates>,
    pub(super) cookies: Option<CookieFile>,
    pub(super) netrc: Option<Netrc>,
}

impl Request {
    /// A GET of `text`, which is parsed by the URL standard, as in a browser.
    ///
    /// Space around the text is ignored, a fragment is dropped, and a user name and password are
    /// taken out of the URL: they are sent to that origin only and shown nowhere.
    ///
    /// # Errors
    /// Class `bad_url`, saying what is wrong and what to do: not a URL, another scheme than http or
    /// https, a port that does not exist, no host, too long, or a line break or another control
    /// character inside.
    pub fn get(text: &str) -> Result<Self, FetchError> {
        Self::from_url(parse_url(text)?)
    }

    /// A GET of a URL that is already parsed.
    ///
    /// # Errors
    /// Class `bad_url` as in [`Self::get`].
    pub fn from_url(mut url: Url) -> Result<Self, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::bad_url(
                format!("Only http and https can be fetched, not {}", url.scheme()),
                "Give a URL that begins with https:// or http://.",
            ));
        }
        if url.port() == Some(0) {
            return Err(FetchError::bad_url(
                "Port 0 cannot be connected to",
                "Give a port from 1 to 65535, or none.",
            ));
        }
        url.set_fragment(None);
        let credentials = Credentials::taken_out_of(&mut url);
        if let Some(credentials) = &credentials
            && credentials.authorization().len() > limits::MAX_SENT_HEADER_BYTES
        {
            return Err(FetchError::bad_url(
                "The user name and password of the URL are too long",
                "Check the part between // and @.",
            ));
        }
        if url.as_str().len() > limits::MAX_URL_BYTES {
            // Escaping makes a text up to three times as long.
            return Err(FetchError::bad_url(
                format!("The URL is too long: {} bytes", url.as_str().len()),
                format!("At most {} bytes are taken.", limits::MAX_URL_BYTES),
            ));
        }
        Ok(Self {
            url,
            credentials,
            headers: Vec::new(),
            timeouts: Timeouts::default(),
            max_redirects: limits::DEFAULT_MAX_REDIRECTS,
            low_speed_bytes_per_sec: None,
            rate_limits: Vec::new(),
            checksum: None,
            trace: None,
            rename_notice: None,
            proxy: None,
            proxy_rules: ProxyRules::default(),
            certificates: None,
            cookies: None,
            netrc: None,
        })
    }

    /// The same request with one more header.
    ///
    /// # Errors
    /// Class `bad_url` when the name or the value cannot be in an HTTP header, when both are longer
    /// than [`limits::MAX_SENT_HEADER_BYTES`], or when the header is one that the fetch itself must
    /// set (`Host`, `Range`, lengths, connection and encoding) or that only a [`Proxy`] may get
    /// (`Proxy-Authorization`).
    pub fn with_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, FetchError> {
        let (name, value) = (name.into(), value.into());
        Self::check_header(&name, &value)?;
        self.headers.push((name, value));
        Ok(self)
    }

    /// Checks that [`Self::with_header`] would take a header.
    ///
    /// # Errors
    /// Class `bad_url`, as there.
    ///
    /// ```
    /// use jobdeck::fetch::Request;
    ///
    /// assert!(Request::check_header("Authorization", "Bearer abc").is_ok());
    /// assert!(Request::check_header("Range", "bytes=1-").is_err());
    /// ```
    pub fn check_header(name: &str, value: &str) -> Result<(), FetchError> {
        check_header(name, value)
    }

    /// The same request with these limits.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The same request with a limit for opening the connection, the TLS handshake included.
    #[must_use]
    pub fn with_connect_timeout(mut self, connect: Duration) -> Self {
        self.timeouts.connect = connect;
        self
    }

    /// The same request with a limit for the time from the request to the response header.
    #[must_use]
    pub fn with_first_byte_timeout(mut self, first_byte: Duration) -> Self {
        self.timeouts.first_byte = first_byte;
        self
    }

    /// The same request with a limit for the time between two reads of the body.
    #[must_use]
    pub fn with_idle_timeout(mut self, idle: Duration) -> Self {
        self.timeouts.idle = idle;
        self
    }

    /// The same request with a limit for the number of redirects. In a browser, which does not show
    /// their targets, none is followed with a login or with headers beyond `Accept`,
    /// `Accept-Language` and `User-Agent`.
    #[must_use]
    pub fn with_max_redirects(mut self, max_redirects: u32) -> Self {
        self.max_redirects = max_redirects;
        self
    }

    /// The same request, which times out when fewer bytes a second come than this, on average over
    /// the idle time-out. The waits of a [`RateLimit`] do not count.
    #[must_use]
    pub fn with_low_speed(mut self, bytes_per_sec: u64) -> Self {
        self.low_speed_bytes_per_sec = Some(bytes_per_sec);
        self
    }

    /// The same request with one more limit for its bytes a second; the strictest one counts. In a
    /// browser there is none.
    #[must_use]
    pub fn with_rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limits.push(limit);
        self
    }

    /// The same request, whose body must have this checksum.
    #[must_use]
    pub fn with_checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// The same request, with a trace of what is known beyond its progress.
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// The same request, which calls this before its complete file gets its final name.
    #[doc(hidden)]
    #[must_use]
    pub fn with_rename_notice(mut self, notice: RenameNotice) -> Self {
        self.rename_notice = Some(notice);
        self
    }

    /// The same request, and those it is redirected to, through this proxy. In a browser such a
    /// fetch fails: a page cannot change the browser's proxy.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// The same request, and those it is redirected to, through the proxies that these rules choose
    /// for each URL, unless it has one of its own. In a browser they do not count.
    #[must_use]
    pub fn with_proxy_rules(mut self, rules: ProxyRules) -> Self {
        self.proxy_rules = rules;
        self
    }

    /// The same request, and those it is redirected to, trusting these certificates beside those of
    /// the system. In a browser such a fetch fails, as one with a proxy does.
    #[must_use]
    pub fn with_extra_certificates(mut self, certificates: ExtraCertificates) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// The same request, and those it is redirected to, each with those of these cookies that are
    /// for it. In a browser, which has its own, they are not sent.
    #[must_use]
    pub fn with_cookies(mut self, cookies: CookieFile) -> Self {
        self.cookies = Some(cookies);
        self
    }

    /// The same request, and those it is redirected to, each with the login that this file has for
    /// its host, unless its URL or a header has one.
    #[must_use]
    pub fn with_netrc(mut self, netrc: Netrc) -> Self {
        self.netrc = Some(netrc);
        self
    }

    /// Sets the limits of the phases.
    pub fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    /// Sets how many redirects are followed.
    pub fn set_max_redirects(&mut self, max_redirects: u32) {
        self.max_redirects = max_redirects;
    }

    /// Sets the bytes a second below which a body counts as stalled; `None` lets any byte count.
    pub fn set_low_speed(&mut self, bytes_per_sec: Option<u64>) {
        self.low_speed_bytes_per_sec = bytes_per_sec;
    }

    /// Sets the proxy it goes through; `None` is none.
    pub fn set_proxy(&mut self, proxy: Option<Proxy>) {
        self.proxy = proxy;
    }

    /// Sets the proxies for when no proxy is set; see [`Self::with_proxy_rules`].
    pub fn set_proxy_rules(&mut self, rules: ProxyRules) {
        self.proxy_rules = rules;
    }

    /// Sets the certificates it trusts beside those of the system; `None` is none.
    pub fn set_extra_certificates(&mut self, certificates: Option<ExtraCertificates>) {
        self.certificates = certificates;
    }

    /// The URL, without user name, password and fragment. Its query may still hold a secret:
    /// [`Self::shown_url`] is what people and logs may see.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL as it may be shown and logged: without credentials, and with the values of a query
    /// that look like secrets replaced by `…`: by the ends of their names (`passkey`, `PHPSESSID`,
    /// `access_token` …), and where they are URLs with secrets of their own.
    ///
    /// ```
    /// let request = jobdeck::fetch::Request::get("https://me:pw@h.org/f?page=2&token=abc")?;
    /// assert_eq!(request.shown_url(), "https://h.org/f?page=2&token=…");
    /// # Ok::<(), jobdeck::fetch::FetchError>(())
    /// ```
    pub fn shown_url(&self) -> String {
        shown_url(&self.url)
    }

    /// The URL as it may be written to files: as [`shown_url`](Self::shown_url), and without long
    /// query values that look random.
    ///
    /// ```
    /// let request = jobdeck::fetch::Request::get("https://h.org/f?page=2&x=d41d8cd98f00b204e9800998ecf8427e")?;
    /// assert_eq!(request.url_for_files(), "https://h.org/f?page=2&x=…");
    /// # Ok::<(), jobdeck::fetch::FetchError>(())
    /// ```
    pub fn url_for_files(&self) -> String {
        url_for_files(&self.shown_url()).into_owned()
    }

    /// The URL with the user name and the password that it was given with, as
    /// [`get`](Self::get) reads it: only for a user who asked to see its secrets.
    ///
    /// ```
    /// let request = jobdeck::fetch::Request::get("https://me:p%40w@h.org/f?token=abc")?;
    /// assert_eq!(request.url_with_secrets(), "https://me:p%40w@h.org/f?token=abc");
    /// # Ok::<(), jobdeck::fetch::FetchError>(())
    /// ```
    pub fn url_with_secrets(&self) -> String {
        let mut url = self.url.clone();
        if let Some(credentials) = &self.credentials {
            credentials.put_into(&mut url);
        }
        url.into()
    }

    /// The added headers, in order.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The limits of the phases.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// How many redirects are followed.
    pub fn max_redirects(&self) -> u32 {
        self.max_redirects
    }

    /// The bytes a second below which a body counts as stalled.
    pub fn low_speed_bytes_per_sec(&self) -> Option<u64> {
        self.low_speed_bytes_per_sec
    }

    /// The limits for its bytes a second.
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.rate_limits
    }

    /// The checksum its body must have.
    pub fn checksum(&self) -> Option<Checksum> {
        self.checksum
    }

    /// The same request for another URL, such as the target of a redirect or a new link. Another
    /// origin gets neither the credentials nor any header that could hold a secret; https is no
    /// other origin for http on the same host with default ports.
    ///
    /// ```
    /// use jobdeck::fetch::Request;
    ///
    /// let request = Request::get("https://a.example/f")?.with_header("Authorization", "Bearer x")?;
    /// let there = |url| Ok::<_, jobdeck::fetch::FetchError>(request.moved_to(Request::get(url)?));
    /// assert_eq!(there("https://a.example/g")?.headers().len(), 1);
    /// assert_eq!(there("https://b.example/g")?.headers().len(), 0);
    /// # Ok::<(), jobdeck::fetch::FetchError>(())
    /// ```
    #[must_use]
    pub fn moved_to(&self, target: Self) -> Self {
        let is_same_origin =
            self.url.origin() == target.url.origin() || is_step_up(&self.url, &target.url);
        let headers = self.headers.iter();
        let headers = headers.filter(|(name, _)| is_same_origin || is_harmless(name));
        Self {
            headers: headers.cloned().collect(),
            credentials: match target.credentials {
                None if is_same_origin => self.credentials.clone(),
                credentials => credentials,
            },
            url: target.url,
            ..self.clone()
        }
    }

    /// The same request with the headers of another one, which replace those of the same name.
    #[must_use]
    pub fn with_headers_of(mut self, other: &Self) -> Self {
        let is_of_other = |name: &str| {
            let mut names = other.headers.iter().map(|(name, _)| name);
            names.any(|other| other.eq_ignore_ascii_case(name))
        };
        self.headers.retain(|(name, _)| !is_of_other(name));
        self.headers.extend(other.headers.iter().cloned());
        self
    }

    /// Calls `update` with the trace, if there is one.
    pub(super) fn update_trace(&self, update: impl FnOnce(&Trace)) {
        if let Some(trace) = &self.trace {
            update(trace);
        }
    }

    /// Its own proxy; [`Self::proxy_for_url`] is the one that is used.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The proxy to use, by its own proxy and its rules; none connects directly.
    ///
    /// # Errors
    /// Class `proxy` when the rule for its URL names no proxy that can be used.
    pub fn proxy_for_url(&self) -> Result<Option<&Proxy>, FetchError> {
        self.proxy_rules.choose(self.proxy(), &self.url)
    }

    /// The certificates it trusts beside those of the system.
    pub fn extra_certificates(&self) -> Option<&ExtraCertificates> {
        self.certificates.as_ref()
    }

    /// The value of the `Authorization` header for the credentials that the URL carried, or else
    /// for those that the user keeps for its host; of a user name without a password, its own.
    pub(crate) fn authorization(&self) -> Option<String> {
        let of_url = self.credentials.as_ref();
        let user = of_url.and_then(Credentials::user_without_password);
        if of_url.is_none() || user.is_some() {
            let netrc = self.netrc.as_ref();
            let kept = netrc.and_then(|netrc| netrc.login(&self.url, user));
            if let Some((user, password)) = kept {
                return Some(basic_authorization(user, password));
            }
        }
        of_url.map(Credentials::authorization)
    }

    /// The name of the file by the URL alone: the last path segment, decoded.
    pub fn name_from_url(&self) -> Option<String> {
        names::from_url(&self.url, Platform::HERE)
    }
}

impl FromStr for Request {
    type Err = FetchError;

    fn from_str(text: &str) -> Result<Self, FetchError> {
        Self::get(text)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Request")
            .field("url", &self.shown_url())
            .field("credentials", &self.credentials)
            .field("headers", &names)
            .field("timeouts", &self.timeouts)
            .field("max_redirects", &self.max_redirects)
            .field("low_speed_bytes_per_sec", &self.low_speed_bytes_per_sec)
            .field("rate_limits", &self.rate_limits)
            .field("checksum", &self.checksum)
            .field("proxy", &self.proxy)
            .field("proxy_rules", &self.proxy_rules)
            .field("certificates", &self.certificates)
            .field("cookies", &self.cookies)
            .field("netrc", &self.netrc)
            .finish()
    }
}

/// Whether a redirect only changes http to https: the same host, each with the default port of its
/// scheme.
fn is_step_up(from: &Url, to: &Url) -> bool {
    let usual = |url: &Url, scheme| url.scheme() == scheme && url.port().is_none();
    usual(from, "http") && usual(to, "https") && from.host() == to.host()
}

#[cfg(test)]
mod tests;
