//! The user name and password of a URL.

use std::fmt;

use url::Url;

use crate::fetch::coding::{base64, percent_decoded};

/// A user name and a password, as a URL may carry them. Its `Debug` form shows neither.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Credentials {
    user: String,
    password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    pub(super) fn taken_out_of(url: &mut Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let credentials = Self {
            user: percent_decoded(url.username()),
            password: percent_decoded(url.password().unwrap_or_default()),
        };
        // Neither can fail for a URL with a host, which http and https always have.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(credentials)
    }

    /// The other way.
    pub(super) fn put_into(&self, url: &mut Url) {
        // A `%` would be taken for the beginning of a coded sign.
        let coded = |text: &str| text.replace('%', "%25");
        let _ = url.set_username(&coded(&self.user));
        if !self.password.is_empty() {
            let _ = url.set_password(Some(&coded(&self.password)));
        }
    }

    /// The user name, if there is no password with it.
    pub(super) fn user_without_password(&self) -> Option<&str> {
        let has_password = !self.password.is_empty();
        (!has_password && !self.user.is_empty()).then_some(&self.user)
    }

    /// The header value of HTTP's basic scheme (RFC 7617).
    pub(super) fn authorization(&self) -> String {
        basic_authorization(&self.user, &self.password)
    }
}

/// The header value of HTTP's basic scheme (RFC 7617).
pub(super) fn basic_authorization(user: &str, password: &str) -> String {
    let pair = format!("{user}:{password}");
    format!("Basic {}", base64(pair.as_bytes()))
}
