//! The client's errors, in words for people.

use std::io;
use std::time::Duration;

use super::auth_challenge::{Challenger, login_error};
use super::offline::is_offline;
use crate::fetch::client::connect::{FetchContext, ProxyError, TransportError};
use crate::fetch::error::may_pass;
use crate::fetch::error_class::NetworkFault;
use crate::fetch::{ErrorClass, FetchError, Phase};

/// Converts an error of the client, which failed in the current phase.
pub(crate) fn from_client(context: &FetchContext, error: ureq::Error) -> FetchError {
    let phase = context.phase();
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<TransportError>() {
            Ok(error) => from_transport(context, *error),
            Err(other) => internal(&other).in_phase(phase),
        },
        ureq::Error::Io(error) => from_io(context, error, phase),
        ureq::Error::Tls(_) | ureq::Error::TlsRequired => tls(None, &error),
        ureq::Error::Protocol(_) if context.attempt().speaks_tls => FetchError::new(
            ErrorClass::Protocol,
            "The server speaks https here, not http",
        )
        .with_hint("Write https:// instead of http://.")
        .with_detail(error.to_string())
        .in_phase(phase),
        ureq::Error::Protocol(_) => {
            protocol("The server's answer is not proper HTTP", &error, phase)
        }
        ureq::Error::LargeResponseHeader(..) => {
            protocol("The server's response header is too large", &error, phase)
        }
        ureq::Error::BodyStalled => truncated(&error),
        // Neither repeats the URL, which may hold a secret.
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            FetchError::new(ErrorClass::BadUrl, "The HTTP client does not take this URL")
                .with_hint("Check how the URL is written.")
        }
        ureq::Error::ConnectionFailed => {
            FetchError::new(ErrorClass::Connect, "The connection could not be opened")
                .with_hint("Check the network, and try again.")
                .with_detail(error.to_string())
                .in_phase(Phase::Connect)
        }
        error => internal(&error).in_phase(phase),
    }
}

/// The same for a read of a body: there the client wraps its own errors in [`io::Error`].
pub(crate) fn from_read(context: &FetchContext, error: io::Error) -> FetchError {
    from_client(context, ureq::Error::from(error))
}

/// Converts an error of a transport.
pub(crate) fn from_transport(context: &FetchContext, error: TransportError) -> FetchError {
    let mut error = describe(context, error);
    if error.may_be_of_host() && is_offline() {
        error.network = NetworkFault::NoNetwork;
    }
    error
}

fn describe(context: &FetchContext, error: TransportError) -> FetchError {
    match error {
        TransportError::Cancelled(_) => FetchError::cancelled(),
        TransportError::TimedOut(phase) => timed_out(context, phase),
        TransportError::Resolve(error) => {
            FetchError::new(ErrorClass::Dns, "The host's name was not found")
                .with_hint("Check the host in the URL, and whether the network is up.")
                .with_detail(error.to_string())
                .in_phase(Phase::Resolve)
        }
        TransportError::Connect(error) if error.kind() == io::ErrorKind::TimedOut => {
            timed_out(context, Phase::Connect)
        }
        TransportError::Connect(error) => not_connected(&error),
        TransportError::Proxy(error) => proxy(context, &error),
        TransportError::Broken(error) => broken(&error, context.phase()),
        TransportError::TooLarge(_) => match context.phase() {
            Phase::Body => protocol("The server's chunks have no end", &error, Phase::Body),
            phase => protocol("The server's response header is too large", &error, phase),
        },
    }
}

fn from_io(context: &FetchContext, error: io::Error, phase: Phase) -> FetchError {
    // TLS errors come wrapped as invalid data.
    if error.kind() == io::ErrorKind::InvalidData
        && let Some(inner) = error.get_ref()
    {
        return tls(inner.downcast_ref(), &error);
    }
    match phase {
        Phase::Resolve => from_transport(context, TransportError::Resolve(error)),
        Phase::Connect => from_transport(context, TransportError::Connect(error)),
        Phase::Tls | Phase::FirstByte | Phase::Body | Phase::Save => broken(&error, phase),
    }
}

fn not_connected(error: &io::Error) -> FetchError {
    let (message, hint) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            "Nothing answers at this host and port",
            "Check the host and the port, and whether the server runs.",
        ),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => (
            "The host cannot be reached",
            "Check whether the network is up.",
        ),
        _ => (
            "The connection could not be opened",
            "Check the network, and try again.",
        ),
    };
    FetchError::new(ErrorClass::Connect, message)
        .with_hint(hint)
        .with_detail(error.to_string())
        .in_phase(Phase::Connect)
}

fn broken(error: &io::Error, phase: Phase) -> FetchError {
    match phase {
        Phase::Body => truncated(error),
        Phase::Tls => FetchError::new(
            ErrorClass::Connect,
            "The server closed the connection while it was being secured",
        )
        .with_hint("Try again; if it stays so, try http:// instead of https://.")
        .with_detail(error.to_string())
        .in_phase(phase),
        _ => FetchError::new(
            ErrorClass::Connect,
            "The server closed the connection before it answered",
        )
        .with_hint("Try again.")
        .with_detail(error.to_string())
        .in_phase(phase),
    }
}

fn truncated(error: &dyn std::error::Error) -> FetchError {
    FetchError::new(
        ErrorClass::Truncated,
        "The connection was cut before the end of the file",
    )
    .with_hint("Try again.")
    .with_detail(error.to_string())
    .in_phase(Phase::Body)
}

fn timed_out(context: &FetchContext, phase: Phase) -> FetchError {
    let timeouts = context.timeouts();
    let is_at_proxy = context.attempt().is_at_proxy;
    let (what, limit) = match phase {
        Phase::Resolve if is_at_proxy => ("The proxy's name was not found", timeouts.resolve),
        Phase::Connect | Phase::Tls if is_at_proxy => {
            ("The proxy did not answer", timeouts.connect)
        }
        Phase::Resolve => ("The host's name was not found", timeouts.resolve),
        Phase::Connect => ("The host did not answer", timeouts.connect),
        Phase::Tls => ("The connection was not secured", timeouts.connect),
        Phase::FirstByte => ("The server did not answer", timeouts.first_byte),
        Phase::Body | Phase::Save => ("Nothing more came", timeouts.idle),
    };
    FetchError::timed_out(phase, what, limit)
}

/// The error of a body that comes too slowly.
pub(crate) fn too_slow(bytes_per_sec: u64, window: Duration) -> FetchError {
    FetchError::new(
        ErrorClass::Timeout,
        format!(
            "Less than {} came for {}",
            crate::format::rate(bytes_per_sec as f64),
            crate::format::duration(window)
        ),
    )
    .with_hint(
        "Try again, or lower the limit (--low-speed) or raise the idle time-out (--idle-timeout).",
    )
    .in_phase(Phase::Body)
}

/// `known` is the cause that TLS reports, if any.
fn tls(known: Option<&rustls::Error>, error: &dyn std::error::Error) -> FetchError {
    use rustls::{CertificateError as Certificate, Error, InvalidMessage};
    const YOUR_OWN: &str = "If it is your own or your company's, give the certificate of the server or of \
                            its authority as an extra one (--cacert); otherwise do not trust this server.";
    let (message, hint) = match known {
        Some(Error::InvalidCertificate(certificate)) => match certificate {
            Certificate::UnknownIssuer => (
                "The server's certificate is from an authority that is not trusted",
                YOUR_OWN,
            ),
            Certificate::Expired | Certificate::ExpiredContext { .. } => (
                "The server's certificate has expired",
                "Check this computer's clock; if it is right, the server's operator must act.",
            ),
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => (
                "The server's certificate is not valid yet",
                "Check this computer's clock; if it is right, the server's operator must act.",
            ),
            Certificate::NotValidForNameContext { presented, .. } if presented.is_empty() => (
                "The server's certificate names no host",
                "If it is your own, make one that does: \
                 openssl req -x509 -addext subjectAltName=DNS:host.example ….",
            ),
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => (
                "The server's certificate is for another host",
                "Check the host in the URL; if it is right, do not trust this server.",
            ),
            Certificate::Revoked => (
                "The server's certificate was revoked",
                "Do not trust this server.",
            ),
            // A server's own certificate, for example: one of an authority too, or with the name of
            // another one.
            Certificate::BadSignature | Certificate::Other(_) => {
                ("The server's certificate cannot be trusted", YOUR_OWN)
            }
            _ => (
                "The server's certificate cannot be trusted",
                "The server's operator must act.",
            ),
        },
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => (
            "The server does not speak https here",
            "Try http:// instead of https://, if the file is no secret.",
        ),
        Some(Error::AlertReceived(_)) => (
            "The server refuses to make the connection secure",
            "It may be too old, or want a certificate of yours.",
        ),
        _ => (
            "The connection cannot be made secure",
            "Try again; if it stays so, the server's operator must act.",
        ),
    };
    FetchError::new(ErrorClass::Tls, message)
        .with_hint(hint)
        .with_detail(error.to_string())
        .in_phase(Phase::Tls)
}

/// The reply of a SOCKS proxy that may not connect to the host (RFC 1928, section 6).
const NOT_ALLOWED: u8 = 2;

fn proxy(context: &FetchContext, error: &ProxyError) -> FetchError {
    let (message, hint) = match error {
        ProxyError::Resolve(_) => (
            "The proxy's name was not found",
            "Check the proxy's address, and whether the network is up.",
        ),
        ProxyError::Connect(_) => (
            "The proxy cannot be reached",
            "Check the proxy's address and port, and whether it runs.",
        ),
        ProxyError::Tls(_) => (
            "The connection to the proxy cannot be made secure",
            "Try http:// instead of https:// in the proxy's address.",
        ),
        ProxyError::Refused {
            http_status: 407,
            challenges,
        } => {
            return refused_by_proxy(context, challenges.iter().map(Vec::as_slice))
                .with_detail(error.to_string())
                .in_phase(Phase::Connect);
        }
        ProxyError::SocksLogin => {
            return refused_by_proxy(context, [])
                .with_detail(error.to_string())
                .in_phase(Phase::Connect);
        }
        ProxyError::Refused {
            http_status: 400..=499,
            ..
        }
        | ProxyError::SocksRefused(NOT_ALLOWED) => (
            "The proxy refuses to connect to this host",
            "Ask who runs the proxy which hosts and ports it allows.",
        ),
        ProxyError::Refused { .. } | ProxyError::SocksRefused(_) => (
            "The proxy could not connect to the host",
            "Check the host in the URL, and try again.",
        ),
        ProxyError::Closed(_) => (
            "The proxy closed the connection",
            "Check that the address is that of an HTTP proxy, and try again.",
        ),
        ProxyError::Garbage(_) => (
            "The proxy does not answer as an HTTP proxy does",
            "Check that the address and port are those of an HTTP proxy.",
        ),
        ProxyError::NotSocks(_) => (
            "The proxy does not answer as a SOCKS 5 proxy does",
            "Check that the address and port are those of a SOCKS 5 proxy.",
        ),
    };
    let proxy_may_recover = match error {
        ProxyError::Resolve(_) | ProxyError::Connect(_) | ProxyError::Closed(_) => true,
        ProxyError::Refused { http_status, .. } => may_pass(*http_status),
        ProxyError::SocksRefused(reply) => *reply != NOT_ALLOWED,
        ProxyError::Tls(_)
        | ProxyError::Garbage(_)
        | ProxyError::SocksLogin
        | ProxyError::NotSocks(_) => false,
    };
    let network = if proxy_may_recover {
        NetworkFault::ProxyMayRecover
    } else {
        NetworkFault::Unknown
    };
    FetchError {
        network,
        ..FetchError::new(ErrorClass::Proxy, message)
    }
    .with_hint(hint)
    .with_detail(error.to_string())
    .in_phase(Phase::Connect)
}

/// The error of a proxy that asks for a login, by its `Proxy-Authenticate` headers.
pub(crate) fn refused_by_proxy<'a>(
    context: &FetchContext,
    challenges: impl IntoIterator<Item = &'a [u8]>,
) -> FetchError {
    let has_login = context.proxy().is_some_and(|proxy| proxy.has_login);
    let (message, hint) = login_error(Challenger::Proxy, challenges, has_login);
    FetchError::new(ErrorClass::Proxy, message).with_hint(hint)
}

/// Names the proxy in the hint of a network error: a proxy from the environment is easily
/// forgotten.
pub(crate) fn naming_proxy(context: &FetchContext, error: FetchError) -> FetchError {
    let is_of_network = match error.class {
        ErrorClass::Dns
        | ErrorClass::Connect
        | ErrorClass::Tls
        | ErrorClass::Proxy
        | ErrorClass::HttpStatus
        | ErrorClass::Protocol
        | ErrorClass::Truncated => true,
        ErrorClass::Timeout => error.phase != Some(Phase::Save),
        _ => false,
    };
    match context.proxy() {
        Some(proxy) if is_of_network => {
            let hint = format!(
                "{} It went through the proxy {}.",
                error.hint, proxy.address
            );
            error.with_hint(hint.trim_start())
        }
        _ => error,
    }
}

fn protocol(message: &str, error: &dyn std::error::Error, phase: Phase) -> FetchError {
    FetchError::new(ErrorClass::Protocol, message)
        .with_hint("This is the server's fault; its operator should know.")
        .with_detail(error.to_string())
        .in_phase(phase)
}

fn internal(error: &dyn std::fmt::Display) -> FetchError {
    FetchError::new(ErrorClass::Internal, "The download failed unexpectedly")
        .with_hint("Try again; if it stays so, report it.")
        .with_detail(error.to_string())
}
