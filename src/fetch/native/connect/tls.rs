//! TLS over interruptible connections.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter,
};

use super::buffers::GrowingBuffers;
use super::certificate_verifier::ExtraVerifier;
use super::transport::expect_output;
use super::transport_error::TransportError;
use crate::fetch::{ErrorClass, ExtraCertificates, FetchError, Phase};

/// What all TLS connections of one agent share: the trusted certificates, and the sessions that can
/// be resumed.
pub(super) struct TlsClient {
    certificates: Option<ExtraCertificates>,
    /// Made by the first connection, since it reads the system's certificates.
    config: OnceLock<Arc<ClientConfig>>,
}

impl TlsClient {
    /// # Errors
    /// Class `tls` when a certificate cannot be used.
    pub(super) fn new(certificates: Option<ExtraCertificates>) -> Result<Self, FetchError> {
        let mut checked = RootCertStore::empty();
        for der in certificates.iter().flat_map(ExtraCertificates::as_der) {
            checked.add(der.to_vec().into()).map_err(|error| {
                FetchError::new(ErrorClass::Tls, "An extra certificate cannot be used")
                    .with_hint(
                        "Give the certificate of the server or of its authority, in PEM form.",
                    )
                    .with_detail(error.to_string())
                    .in_phase(Phase::Tls)
            })?;
        }
        Ok(Self {
            certificates,
            config: OnceLock::new(),
        })
    }

    /// The handshake with this host, over a connection whose waits can be interrupted.
    ///
    /// # Errors
    /// Those of the handshake, and [`TransportError`].
    pub(super) fn secure(
        &self,
        transport: Box<dyn Transport>,
        host: &str,
        details: &ConnectionDetails,
    ) -> Result<SecureTransport, ureq::Error> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host)
            .map_err(|_| ureq::Error::Tls("the host cannot have a certificate"))?
            .to_owned();
        let config = self.config().map_err(as_invalid_data)?;
        let mut connection = ClientConnection::new(config, name).map_err(as_invalid_data)?;
        let mut below = TransportAdapter::new(transport, details.current_time.clone());
        connection.complete_io(&mut below)?;
        Ok(SecureTransport {
            stream: StreamOwned::new(connection, below),
            buffers: GrowingBuffers::new(details.config.input_buffer_size()),
        })
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?
            .dangerous();
        let builder = match &self.certificates {
            Some(certificates) => builder.with_custom_certificate_verifier(Arc::new(
                ExtraVerifier::new(certificates.clone(), provider)?,
            )),
            None => builder.with_custom_certificate_verifier(Arc::new(
                rustls_platform_verifier::Verifier::new(provider)?,
            )),
        };
        let config = Arc::new(builder.with_no_client_auth());
        // If two connections are first at once, one of their configurations is kept.
        Ok(self.config.get_or_init(|| config).clone())
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsClient")
    }
}

/// An error of TLS in the form in which reads and writes report it.
fn as_invalid_data(error: rustls::Error) -> ureq::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, error).into()
}

/// Adds TLS to the connections of https:// URLs.
#[derive(Debug)]
pub(super) struct TlsConnector(pub(super) Arc<TlsClient>);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, SecureTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        match chained {
            Some(transport) if details.needs_tls() => {
                let host = details.uri.host().unwrap_or_default();
                let secured = self.0.secure(transport.boxed(), host, details)?;
                Ok(Some(Either::B(secured)))
            }
            chained => Ok(chained.map(Either::A)),
        }
    }
}

/// A TLS connection.
pub(super) struct SecureTransport {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: GrowingBuffers,
}

impl Transport for SecureTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        expect_output(&mut self.buffers);
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.write_all(&self.buffers.output()[..amount])?;
        // A write alone does not report the errors of the connection below.
        self.stream.flush()?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let space = self.buffers.input_append_buf();
        if space.is_empty() {
            // Reading nothing would look like the end of the connection.
            return Err(TransportError::TooLarge(self.buffers.input().len()).into());
        }
        let count = self.stream.read(space)?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// Whether it can carry another request: unexpected bytes, at any layer, rule that out.
    fn is_open(&mut self) -> bool {
        let is_quiet = match self.stream.conn.process_new_packets() {
            Ok(state) => state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed(),
            Err(_) => false,
        };
        let below = self.stream.sock.get_mut();
        is_quiet && below.buffers().input().is_empty() && below.is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for SecureTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureTransport")
    }
}
