//! The causes of failed fetches, and the phases in which they happen.

use std::fmt;

/// The cause of a failed fetch. The names are stable: they appear in NDJSON, in exports and in the
/// store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// What the fetch was given cannot be used: a text that is no URL which can be fetched, and
    /// also a header, a file name, or a file of cookies or of logins (`netrc`).
    BadUrl,
    /// The host's name has no address.
    Dns,
    /// No connection to the host, or it was lost before a response.
    Connect,
    /// The TLS handshake failed, or the certificate is not trusted.
    Tls,
    /// The proxy failed: it cannot be reached, refuses, or does not speak the protocol.
    Proxy,
    /// A phase took longer than its time-out;
    /// [`FetchError::phase`](crate::fetch::FetchError::phase) says which.
    Timeout,
    /// The server responded with an error status.
    HttpStatus,
    /// A redirect that cannot or must not be followed.
    Redirect,
    /// The response is not valid HTTP.
    Protocol,
    /// The body ended before its announced end.
    Truncated,
    /// The body is larger than the caller allowed.
    TooLarge,
    /// The file on the server is not the one that the download began with.
    Changed,
    /// The body is something else than the file: a login page, for example.
    NotTheFile,
    /// The download cannot be resumed.
    NotResumable,
    /// The bytes do not have the expected checksum.
    Checksum,
    /// The disk is full.
    DiskFull,
    /// A file of that name exists already.
    FileExists,
    /// The folder or file cannot be written.
    Permission,
    /// The browser forbids the page to read the response.
    Cors,
    /// The job was cancelled.
    Cancelled,
    /// Something that should not happen: a worker thread died, for example.
    Internal,
}

impl ErrorClass {
    /// Every class, in the order of the documentation.
    pub const ALL: [Self; 21] = [
        Self::BadUrl,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Proxy,
        Self::Timeout,
        Self::HttpStatus,
        Self::Redirect,
        Self::Protocol,
        Self::Truncated,
        Self::TooLarge,
        Self::Changed,
        Self::NotTheFile,
        Self::NotResumable,
        Self::Checksum,
        Self::DiskFull,
        Self::FileExists,
        Self::Permission,
        Self::Cors,
        Self::Cancelled,
        Self::Internal,
    ];

    /// The class as it is written in NDJSON, exports and the store.
    ///
    /// ```
    /// use jobdeck::fetch::ErrorClass;
    /// assert_eq!(ErrorClass::BadUrl.name(), "bad_url");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadUrl => "bad_url",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::HttpStatus => "http_status",
            Self::Redirect => "redirect",
            Self::Protocol => "protocol",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
            Self::Changed => "changed",
            Self::NotTheFile => "not_the_file",
            Self::NotResumable => "not_resumable",
            Self::Checksum => "checksum",
            Self::DiskFull => "disk_full",
            Self::FileExists => "file_exists",
            Self::Permission => "permission",
            Self::Cors => "cors",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// The class with this [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The phase of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Looking up the host's addresses.
    Resolve,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From sending the request to the end of the response header.
    FirstByte,
    /// Reading the body.
    Body,
    /// Writing the file, or giving it its final name.
    Save,
}

impl Phase {
    /// The phase as it is written in NDJSON, exports and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first_byte",
            Self::Body => "body",
            Self::Save => "save",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of the network of a failed fetch, beyond the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NetworkFault {
    /// Nothing.
    #[default]
    Unknown,
    /// A proxy failed that may recover soon.
    ProxyMayRecover,
    /// The system has no route to any network.
    NoNetwork,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_every_class_is_its_own_and_leads_back_to_it() {
        for class in ErrorClass::ALL {
            assert_eq!(ErrorClass::from_name(class.name()), Some(class));
            assert!(
                class
                    .name()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '_')
            );
        }
        assert_eq!(ErrorClass::from_name("BadUrl"), None);
    }
}
