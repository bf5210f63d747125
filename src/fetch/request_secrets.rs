//! What of a request must not be where others may read it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::fetch::credentials::Credentials;
use crate::fetch::{CookieFile, Netrc, Proxy, ProxyRules, Request};

/// The secrets of a [`Request`], apart from it: its URL where [`Request::url_for_files`] hides a
/// part of it, its login, all its headers, cookies and logins of files, and the logins of proxies.
/// The `Debug` form shows none. For a program that stores its requests: both have serde forms, and
/// the secrets can be kept in another place, or nowhere.
///
/// ```
/// use jobdeck::fetch::{Request, RequestSecrets};
///
/// let whole = Request::get("https://me:pw@h.org/f?token=abc")?.with_header("X-Key", "k")?;
/// let mut request = whole.clone();
/// let secrets = RequestSecrets::take_out_of(&mut request).unwrap();
/// assert!(request.headers().is_empty() && !request.url().as_str().contains("abc"));
/// secrets.put_into(&mut request);
/// assert_eq!(request, whole);
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestSecrets {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Credentials>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<Proxy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_rules: Option<ProxyRules>,
    /// Without a serde form here: very many requests share one file.
    #[serde(skip)]
    pub cookies: Option<CookieFile>,
    /// Likewise.
    #[serde(skip)]
    pub netrc: Option<Netrc>,
}

impl RequestSecrets {
    /// Takes the secrets out of a request; none if it has none. What is left can be sent, but not
    /// as it was meant.
    pub fn take_out_of(request: &mut Request) -> Option<Self> {
        let mut secrets = Self {
            credentials: request.credentials.take(),
            headers: std::mem::take(&mut request.headers),
            cookies: request.cookies.take(),
            netrc: request.netrc.take(),
            ..Self::default()
        };
        // The usual URL has no query, and nothing to hide.
        if request.url.query().is_some() {
            let for_files = request.url_for_files();
            if for_files != request.url.as_str() {
                let public = Url::parse(&for_files).unwrap_or_else(|_| {
                    let mut without_query = request.url.clone();
                    without_query.set_query(None);
                    without_query
                });
                secrets.url = Some(std::mem::replace(&mut request.url, public).into());
            }
        }
        if let Some(proxy) = &request.proxy
            && proxy.credentials().is_some()
        {
            let public = Proxy::parse(&proxy.to_string()).ok();
            secrets.proxy = std::mem::replace(&mut request.proxy, public);
        }
        if let Some(public) = request.proxy_rules.without_credentials() {
            secrets.proxy_rules = Some(std::mem::replace(&mut request.proxy_rules, public));
        }
        (secrets != Self::default()).then_some(secrets)
    }

    /// Puts the secrets back into the request that they were taken out of.
    pub fn put_into(self, request: &mut Request) {
        let Self {
            url,
            credentials,
            headers,
            proxy,
            proxy_rules,
            cookies,
            netrc,
        } = self;
        if let Some(Ok(whole)) = url.map(|url| Request::get(&url)) {
            request.url = whole.url;
        }
        if let Some(proxy_rules) = proxy_rules {
            request.proxy_rules = proxy_rules;
        }
        request.proxy = proxy.or(request.proxy.take());
        request.credentials = credentials.or(request.credentials.take());
        request.cookies = cookies.or(request.cookies.take());
        request.netrc = netrc.or(request.netrc.take());
        if !headers.is_empty() {
            request.headers = headers;
        }
    }
}

impl fmt::Debug for RequestSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestSecrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_secrets_has_none() {
        let mut request = Request::get("https://h/a?page=2")
            .unwrap()
            .with_proxy(Proxy::parse("p:1").unwrap());
        let whole = request.clone();
        assert_eq!(RequestSecrets::take_out_of(&mut request), None);
        assert_eq!(request, whole);
    }

    #[test]
    fn every_secret_is_taken_out_and_comes_back() {
        let rules = ProxyRules::from_env(|name| match name {
            "http_proxy" => Some("http://u:hunter2@p:1".to_owned()),
            "https_proxy" => Some("socks4://u:hunter2@p:1".to_owned()),
            _ => None,
        });
        let base = Request::get("https://h/a").unwrap();
        let get = |url| Request::get(url).unwrap();
        for whole in [
            get("https://u:hunter2@h/a"),
            get("https://h/a?token=hunter2&b=1"),
            get("https://h/a?x=hunter2d41d8cd98f00b204e9800998ecf8427e"),
            base.clone().with_header("X-A", "hunter2").unwrap(),
            base.clone()
                .with_proxy(Proxy::parse("u:hunter2@p:1").unwrap()),
            base.clone().with_proxy_rules(rules),
            base.clone()
                .with_cookies(CookieFile::parse("h\tTRUE\t/\tFALSE\t0\ta\thunter2\n").unwrap()),
            base.with_netrc(Netrc::parse("machine h login a password hunter2").unwrap()),
        ] {
            let mut request = whole.clone();
            let secrets = RequestSecrets::take_out_of(&mut request).unwrap();
            let public = serde_json::to_string(&request).unwrap();
            assert!(!public.contains("hunter2"), "{public}");
            assert!(request.cookies.is_none() && request.netrc.is_none());
            let text = serde_json::to_string(&secrets).unwrap();
            let mut read: RequestSecrets = serde_json::from_str(&text).unwrap();
            (read.cookies, read.netrc) = (secrets.cookies, secrets.netrc);
            read.put_into(&mut request);
            assert!(request == whole, "{public}");
        }
    }
}
