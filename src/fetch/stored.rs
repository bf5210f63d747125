//! How a request and its values are stored and sent: all of it, secrets included. What is read is
//! checked as what a user typed.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::fetch::coding::base64;
use crate::fetch::credentials::Credentials;
use crate::fetch::secrets;
use crate::fetch::{
    BadChecksum, Checksum, ExtraCertificates, FetchError, Proxy, ProxyRules, Request, Timeouts,
};

/// The serde form of a [`Request`]: all of it but what it shares with others of its process, the
/// rate limits, the trace, and the files of cookies and logins.
#[derive(Serialize, Deserialize)]
struct StoredRequest {
    url: String,
    credentials: Option<Credentials>,
    headers: Vec<(String, String)>,
    timeouts: Timeouts,
    max_redirects: u32,
    low_speed_bytes_per_sec: Option<u64>,
    checksum: Option<Checksum>,
    proxy: Option<Proxy>,
    proxy_rules: ProxyRules,
    certificates: Option<ExtraCertificates>,
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredRequest::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredRequest::deserialize(deserializer)?;
        Self::try_from(stored).map_err(D::Error::custom)
    }
}

impl From<Request> for StoredRequest {
    fn from(request: Request) -> Self {
        let Request {
            url,
            credentials,
            headers,
            timeouts,
            max_redirects,
            low_speed_bytes_per_sec,
            rate_limits: _,
            checksum,
            trace: _,
            rename_notice: _,
            proxy,
            proxy_rules,
            certificates,
            cookies: _,
            netrc: _,
        } = request;
        Self {
            url: url.into(),
            credentials,
            headers,
            timeouts,
            max_redirects,
            low_speed_bytes_per_sec,
            checksum,
            proxy,
            proxy_rules,
            certificates,
        }
    }
}

impl TryFrom<StoredRequest> for Request {
    type Error = FetchError;

    fn try_from(stored: StoredRequest) -> Result<Self, FetchError> {
        let mut request = Self::get(&stored.url)?;
        for (name, value) in stored.headers {
            request = request.with_header(name, value)?;
        }
        Ok(Self {
            credentials: stored.credentials.or(request.credentials),
            timeouts: stored.timeouts,
            max_redirects: stored.max_redirects,
            low_speed_bytes_per_sec: stored.low_speed_bytes_per_sec,
            checksum: stored.checksum,
            proxy: stored.proxy,
            proxy_rules: stored.proxy_rules,
            certificates: stored.certificates,
            url: request.url,
            headers: request.headers,
            rate_limits: Vec::new(),
            trace: None,
            rename_notice: None,
            cookies: None,
            netrc: None,
        })
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.to_string()
    }
}

impl TryFrom<String> for Checksum {
    type Error = BadChecksum;

    fn try_from(text: String) -> Result<Self, BadChecksum> {
        text.parse()
    }
}

/// With its user name and password.
impl From<Proxy> for String {
    fn from(proxy: Proxy) -> Self {
        let shown = proxy.to_string();
        let (Some((user, password)), Ok(mut url)) = (proxy.credentials(), Url::parse(&shown))
        else {
            return shown;
        };
        // Neither can fail for a URL with a host.
        let _ = url.set_username(user);
        let _ = url.set_password(Some(password));
        url.into()
    }
}

impl TryFrom<String> for Proxy {
    type Error = FetchError;

    fn try_from(text: String) -> Result<Self, FetchError> {
        Self::parse(&text)
    }
}

/// As PEM text.
impl From<ExtraCertificates> for String {
    fn from(certificates: ExtraCertificates) -> Self {
        let pem = |der| {
            let body = base64(der);
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        };
        certificates.as_der().map(pem).collect()
    }
}

impl TryFrom<String> for ExtraCertificates {
    type Error = FetchError;

    fn try_from(text: String) -> Result<Self, FetchError> {
        Self::from_pem(text.as_bytes())
    }
}

/// A text as it may be written to files.
pub(super) fn text_for_files<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    secrets::text_for_files(text).serialize(serializer)
}

/// A URL as it may be written to files.
pub(super) fn url_for_files<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    secrets::url_for_files(url).serialize(serializer)
}

/// A moment of the user's clock, as the time since 1970.
pub(super) mod moment {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use web_time::SystemTime;

    pub(in crate::fetch) fn serialize<S: Serializer>(
        moment: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let since = moment.map(|moment| moment.duration_since(SystemTime::UNIX_EPOCH));
        since.map(Result::unwrap_or_default).serialize(serializer)
    }

    pub(in crate::fetch) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let since = Option::<Duration>::deserialize(deserializer)?;
        Ok(since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)))
    }
}
