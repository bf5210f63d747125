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
/// rate limits, the trace, and the files of cookies and logins. What is as usual is left out: a
/// list has very many of them.
#[derive(Deserialize)]
struct StoredRequest {
    url: String,
    #[serde(default)]
    credentials: Option<Credentials>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    timeouts: Timeouts,
    max_redirects: u32,
    #[serde(default)]
    low_speed_bytes_per_sec: Option<u64>,
    #[serde(default)]
    checksum: Option<Checksum>,
    #[serde(default)]
    proxy: Option<Proxy>,
    #[serde(default)]
    proxy_rules: ProxyRules,
    #[serde(default)]
    certificates: Option<ExtraCertificates>,
}

/// The same, to be written.
#[derive(Serialize)]
struct RequestToStore<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: &'a Option<Credentials>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    headers: &'a [(String, String)],
    #[serde(skip_serializing_if = "is_usual")]
    timeouts: &'a Timeouts,
    max_redirects: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    low_speed_bytes_per_sec: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: &'a Option<Proxy>,
    #[serde(skip_serializing_if = "is_usual")]
    proxy_rules: &'a ProxyRules,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: &'a Option<ExtraCertificates>,
}

/// Whether a value is what is read where none is written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_usual<T: Default + PartialEq>(value: &&T) -> bool {
    is_default(*value)
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
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
        } = self;
        let stored = RequestToStore {
            url: url.as_str(),
            credentials,
            headers,
            timeouts,
            max_redirects: *max_redirects,
            low_speed_bytes_per_sec: *low_speed_bytes_per_sec,
            checksum: *checksum,
            proxy,
            proxy_rules,
            certificates,
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredRequest::deserialize(deserializer)?;
        Self::try_from(stored).map_err(D::Error::custom)
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

/// Durations as whole nanoseconds: shorter than serde's own form.
#[cfg(feature = "deck")]
pub(crate) mod nanos {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        nanos.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
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
