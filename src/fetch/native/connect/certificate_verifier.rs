//! Which certificates a connection trusts where extra ones are given.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::validity::Validity;
use crate::fetch::ExtraCertificates;

/// Trusts the system's authorities, the extra ones, and a server whose own (self-signed)
/// certificate equals one of the extra ones byte for byte. Name and dates are checked in either
/// case.
#[derive(Debug)]
pub(super) struct ExtraVerifier {
    authorities: Arc<WebPkiServerVerifier>,
    extra: ExtraCertificates,
}

impl ExtraVerifier {
    pub(super) fn new(
        extra: ExtraCertificates,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for der in extra.as_der() {
            roots.add(der.to_vec().into())?;
        }
        // If the system has none, the extra ones still count.
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        let authorities = WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
            .build()
            .map_err(|error| Error::Other(OtherError(Arc::new(error))))?;
        Ok(Self { authorities, extra })
    }

    fn is_given(&self, certificate: &CertificateDer<'_>) -> bool {
        self.extra.as_der().any(|der| der == certificate.as_ref())
    }
}

/// Checks the name and the dates of a certificate that needs no authority.
fn check_given(
    certificate: &CertificateDer<'_>,
    host: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(certificate)?, host)?;
    let validity = Validity::of(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    if now.as_secs() < validity.not_before_secs {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after_secs {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

impl ServerCertVerifier for ExtraVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by_authority = self.authorities.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        if by_authority.is_err() && self.is_given(end_entity) {
            check_given(end_entity, server_name, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        by_authority
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}
