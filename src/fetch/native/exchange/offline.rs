//! Whether this computer has a way to any network at all, as its system says.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Addresses for documentation (RFC 5737, RFC 3849): every default route covers them, and nobody is there.
const ANYWHERE: [(SocketAddr, SocketAddr); 2] = [
    (
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), 9),
    ),
    (
        SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        SocketAddr::new(
            std::net::IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
            9,
        ),
    ),
];

/// Whether the system refuses every destination. Nothing is sent: a datagram socket that is connected only looks up its
/// route.
pub(crate) fn are_missing() -> bool {
    ANYWHERE.iter().all(|(from, to)| {
        let connected = UdpSocket::bind(from).and_then(|socket| socket.connect(to));
        connected.is_err_and(|error| is_without_route(&error))
    })
}

fn is_without_route(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::Unsupported
    )
}
