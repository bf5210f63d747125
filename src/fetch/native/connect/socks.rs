//! Tunnels through a SOCKS 5 proxy (RFC 1928), with a user name and password where there are any
//! (RFC 1929).

use std::net::{IpAddr, SocketAddr};

use ureq::unversioned::transport::{ConnectionDetails, Transport};

use super::transport::send;
use super::transport_error::{ProxyError, TransportError};
use crate::fetch::Proxy;

const VERSION: u8 = 5;
const WITHOUT_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Asks the proxy for a tunnel to the host, and reads its answers. The proxy looks the host's name
/// up, unless that was done here.
///
/// # Errors
/// Those of the connection, and the proxy's trouble.
pub(super) fn open_tunnel(
    to_proxy: &mut dyn Transport,
    proxy: &Proxy,
    details: &ConnectionDetails,
) -> Result<(), ureq::Error> {
    log_in(to_proxy, proxy, details)?;
    let mut request = vec![VERSION, CONNECT, 0];
    request.extend(target(details)?);
    send(to_proxy, &request, details.timeout)?;
    let [version, reply, _, kind] = read(to_proxy, details)?;
    if version != VERSION {
        return Err(garbage("it speaks another version"));
    }
    if reply != 0 {
        return Err(TransportError::from(ProxyError::SocksRefused(reply)).into());
    }
    // Of the address that it connects from, only the length matters.
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => {
            let [length] = read(to_proxy, details)?;
            usize::from(length)
        }
        _ => return Err(garbage("it names an address of an unknown kind")),
    };
    for _ in 0..length + 2 {
        let [_] = read(to_proxy, details)?;
    }
    Ok(())
}

/// Agrees on a login, and logs in.
fn log_in(
    to_proxy: &mut dyn Transport,
    proxy: &Proxy,
    details: &ConnectionDetails,
) -> Result<(), ureq::Error> {
    let login = proxy.credentials();
    let methods: &[u8] = match login {
        Some(_) => &[VERSION, 2, WITHOUT_LOGIN, PASSWORD],
        None => &[VERSION, 1, WITHOUT_LOGIN],
    };
    send(to_proxy, methods, details.timeout)?;
    let [version, method] = read(to_proxy, details)?;
    match (version, method, login) {
        (VERSION, WITHOUT_LOGIN, _) => Ok(()),
        (VERSION, PASSWORD, Some((user, password))) => {
            let mut message = vec![1];
            for text in [user, password] {
                let length = u8::try_from(text.len());
                let length = length.map_err(|_| wants_login())?;
                message.push(length);
                message.extend(text.as_bytes());
            }
            send(to_proxy, &message, details.timeout)?;
            let [_, status] = read(to_proxy, details)?;
            if status == 0 {
                Ok(())
            } else {
                Err(wants_login())
            }
        }
        (VERSION, ..) => Err(wants_login()),
        _ => Err(garbage("it does not speak SOCKS 5")),
    }
}

/// The host and port as a request has them: an address if there is one, else the name.
fn target(details: &ConnectionDetails) -> Result<Vec<u8>, ureq::Error> {
    let host = details.uri.host().unwrap_or_default();
    let port = details.uri.port_u16();
    let port = port.unwrap_or(if details.needs_tls() { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let looked_up = details.addrs.first().map(SocketAddr::ip);
    let mut bytes = match looked_up.or_else(|| bare.parse().ok()) {
        Some(IpAddr::V4(address)) => [&[IPV4], &address.octets()[..]].concat(),
        Some(IpAddr::V6(address)) => [&[IPV6], &address.octets()[..]].concat(),
        None => {
            let length = u8::try_from(host.len());
            let length = length.map_err(|_| garbage("the host's name is too long for it"))?;
            [&[NAME, length], host.as_bytes()].concat()
        }
    };
    bytes.extend(port.to_be_bytes());
    Ok(bytes)
}

/// The next bytes that the proxy sends.
fn read<const LENGTH: usize>(
    to_proxy: &mut dyn Transport,
    details: &ConnectionDetails,
) -> Result<[u8; LENGTH], ureq::Error> {
    loop {
        let came = to_proxy.maybe_await_input(details.timeout)?;
        let buffers = to_proxy.buffers();
        if let Some(bytes) = buffers.input().first_chunk() {
            let bytes = *bytes;
            buffers.input_consume(LENGTH);
            return Ok(bytes);
        }
        if !came {
            let cut = "it ended in the middle of its answer".to_owned();
            return Err(TransportError::from(ProxyError::Closed(cut)).into());
        }
        buffers.input_consume(0);
    }
}

fn wants_login() -> ureq::Error {
    TransportError::from(ProxyError::SocksLogin).into()
}

fn garbage(why: &'static str) -> ureq::Error {
    TransportError::from(ProxyError::NotSocks(why)).into()
}
