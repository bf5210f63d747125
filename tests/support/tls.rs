//! Scripted servers with TLS, whose certificates come from an authority made for each test.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jobdeck::fetch::ExtraCertificates;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::fault::{Act, FaultServer, Talk};

/// A certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// The claim of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Valid now, for 127.0.0.1 and `localhost`.
    TheTruth,
    /// Valid until some years ago.
    Expired,
    /// Valid from a date in the far future.
    NotYet,
    /// For `elsewhere.example`.
    AnotherHost,
    /// For no host: it only has a common name.
    NoHost,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two authorities of one name would count as the same one, with a wrong signature.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// Its own certificate, as PEM text.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificates that a fetch has to trust.
    pub(crate) fn certificates(&self) -> ExtraCertificates {
        ExtraCertificates::from_pem(self.pem.as_bytes()).unwrap()
    }

    /// A server with a good certificate.
    pub(crate) fn server(&self, scripts: Vec<Vec<Act>>) -> FaultServer {
        self.server_that_says(Says::TheTruth, scripts)
    }

    pub(crate) fn server_that_says(&self, says: Says, scripts: Vec<Vec<Act>>) -> FaultServer {
        let key = KeyPair::generate().unwrap();
        let certificate = params_that_say(says).signed_by(&key, &self.issuer).unwrap();
        server_with(&certificate, &key, scripts)
    }
}

/// A server that has signed its certificate itself, and this certificate. `is_ca` makes it one of
/// an authority too, as `openssl req -x509` does.
pub(crate) fn self_signed(
    says: Says,
    is_ca: bool,
    scripts: Vec<Vec<Act>>,
) -> (FaultServer, ExtraCertificates) {
    let mut params = params_that_say(says);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let trusted = ExtraCertificates::from_pem(certificate.pem().as_bytes()).unwrap();
    (server_with(&certificate, &key, scripts), trusted)
}

fn params_that_say(says: Says) -> CertificateParams {
    let names: &[&str] = match says {
        Says::AnotherHost => &["elsewhere.example"],
        Says::NoHost => &[],
        _ => &["127.0.0.1", "localhost"],
    };
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    match says {
        Says::Expired => params.not_after = date_time_ymd(2001, 1, 1),
        Says::NotYet => params.not_before = date_time_ymd(2200, 1, 1),
        Says::TheTruth | Says::AnotherHost | Says::NoHost => {}
    }
    params
}

/// A server with a certificate but without its key.
pub(crate) fn server_with_stolen_certificate(
    certificate: &ExtraCertificates,
    scripts: Vec<Vec<Act>>,
) -> FaultServer {
    let der = certificate.as_der().next().unwrap().to_vec();
    let key = KeyPair::generate().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    server_that_shows(CertificateDer::from(der), &key, scripts)
}

/// A server with the certificate and the key of these PEM files.
pub(crate) fn server_of_files(
    certificate: &Path,
    key: &Path,
    scripts: Vec<Vec<Act>>,
) -> FaultServer {
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    server_that_shows(certificate, &key, scripts)
}

fn server_with(certificate: &Certificate, key: &KeyPair, scripts: Vec<Vec<Act>>) -> FaultServer {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    server_that_shows(certificate.der().clone(), &key, scripts)
}

fn server_that_shows(
    certificate: CertificateDer<'static>,
    key: &PrivateKeyDer<'_>,
    scripts: Vec<Vec<Act>>,
) -> FaultServer {
    let key = rustls::crypto::ring::sign::any_supported_type(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        // This resolver does not check that the key belongs to the certificate.
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(
            vec![certificate],
            key,
        ))));
    let config = Arc::new(config);
    let securing = move |mut stream: TcpStream| -> Option<Box<dyn Talk>> {
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).ok()?;
        }
        Some(Box::new(Secured(StreamOwned::new(connection, stream))))
    };
    FaultServer::secured(scripts, Arc::new(securing))
}

/// A connection inside TLS.
struct Secured(StreamOwned<ServerConnection, TcpStream>);

impl Read for Secured {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Secured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Talk for Secured {
    fn say_goodbye(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}
