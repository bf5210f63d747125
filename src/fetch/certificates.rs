//! Certificates that are trusted in addition to those of the system.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::fetch::regular_file::read_regular_file;
use crate::fetch::{ErrorClass, FetchError};

/// Certificates that a fetch trusts in addition to those of the system: of authorities, such as a
/// company's own, and self-signed ones of servers. Such a server is trusted if its certificate
/// equals one of these byte for byte. In either case the name and the dates are checked.
///
/// Cheap to clone. Fetches with equal ones share their connections.
///
/// ```no_run
/// use jobdeck::fetch::{ExtraCertificates, Request};
///
/// let ours = ExtraCertificates::from_pem_file("our-authority.pem")?;
/// let request = Request::get("https://files.our.example/a")?.with_extra_certificates(ours);
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExtraCertificates(Arc<[CertificateDer<'static>]>);

impl ExtraCertificates {
    /// The certificates in a PEM text; anything else in it is ignored.
    ///
    /// # Errors
    /// Class `tls` when there is none, or when a part of the text is broken.
    pub fn from_pem(text: &[u8]) -> Result<Self, FetchError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(text)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                unusable("The certificates cannot be read").with_detail(error.to_string())
            })?;
        if certificates.is_empty() {
            return Err(unusable("There is no certificate in it"));
        }
        Ok(Self(certificates.into()))
    }

    /// The certificates in a PEM file. This call blocks: make it before the jobs start, or in a
    /// worker thread.
    ///
    /// # Errors
    /// Class `tls` when the file cannot be read, is no regular file (a device, a pipe) or has more
    /// than 16 MiB, and as in [`Self::from_pem`].
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<Self, FetchError> {
        let path = path.as_ref();
        let unreadable = |message: String, hint: &str, detail: String| {
            FetchError::new(ErrorClass::Tls, message)
                .with_hint(hint)
                .with_detail(detail)
        };
        let text = match read_regular_file(path) {
            Ok(Some(text)) => text,
            Ok(None) => {
                return Err(unreadable(
                    format!("{} is no regular file of at most 16 MiB", path.display()),
                    "Give a PEM file.",
                    String::new(),
                ));
            }
            Err(error) => {
                return Err(unreadable(
                    format!("The certificates cannot be read from {}", path.display()),
                    "Check the path, and whether you may read the file.",
                    error.to_string(),
                ));
            }
        };
        Self::from_pem(&text).map_err(|error| FetchError {
            message: format!("{}: {}", path.display(), error.message),
            ..error
        })
    }

    /// The certificates in their binary form (DER).
    pub fn as_der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|certificate| certificate.as_ref())
    }
}

impl fmt::Debug for ExtraCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraCertificates({})", self.0.len())
    }
}

fn unusable(message: &str) -> FetchError {
    FetchError::new(ErrorClass::Tls, message).with_hint(
        "Give a PEM file: text with lines of -----BEGIN CERTIFICATE----- and what follows them.",
    )
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::fetch::regular_file::MAX_FILE_BYTES;

    const TWO: &str = "words before\n\
        -----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n\
        -----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----\n\
        -----BEGIN CERTIFICATE-----\nAwQ=\n-----END CERTIFICATE-----\n";

    #[test]
    fn the_certificates_are_found_among_other_things() {
        let certificates = ExtraCertificates::from_pem(TWO.as_bytes()).unwrap();
        let der: Vec<_> = certificates.as_der().collect();
        assert_eq!(der, [&[0, 1, 2][..], &[3, 4][..]]);
    }

    #[test]
    fn what_is_no_file_of_a_sensible_size_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.pem");
        let file = File::create(&large).unwrap();
        file.set_len(MAX_FILE_BYTES + 1).unwrap();
        let refused = |path: &Path| {
            let error = ExtraCertificates::from_pem_file(path).unwrap_err();
            assert_eq!(error.class, ErrorClass::Tls);
            assert!(
                error.message.contains("regular file of at most 16 MiB"),
                "{error:?}"
            );
        };
        refused(&large);
        #[cfg(unix)]
        {
            refused(folder.path());
            refused(Path::new("/dev/zero"));
        }
        #[cfg(target_os = "linux")]
        {
            let pipe = folder.path().join("pipe");
            let mode = rustix::fs::Mode::RUSR;
            rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
            refused(&pipe);
        }
    }

    #[test]
    fn a_file_without_certificates_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.pem");
        let no_file = ExtraCertificates::from_pem_file(&path).unwrap_err();
        std::fs::write(&path, "nothing").unwrap();
        let nothing = ExtraCertificates::from_pem_file(&path).unwrap_err();
        std::fs::write(&path, &TWO[..60]).unwrap();
        let cut = ExtraCertificates::from_pem_file(&path).unwrap_err();
        for error in [no_file, nothing, cut] {
            assert_eq!(error.class, ErrorClass::Tls);
            assert!(error.message.contains("none.pem"), "{error:?}");
            assert!(!error.hint.is_empty());
        }
    }
}
