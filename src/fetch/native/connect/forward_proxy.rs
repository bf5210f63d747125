//! Requests that an HTTP proxy forwards: the request line has the absolute URL, and each request
//! carries the proxy's login.

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::transport;
use crate::fetch::Proxy;
use crate::fetch::coding::base64;

/// A connection to a proxy that carries the requests for one http:// origin.
#[derive(Debug)]
pub(super) struct ForwardTransport {
    inner: Box<dyn Transport>,
    /// Scheme and authority for the request line.
    origin: String,
    proxy: Proxy,
    /// Whether the next byte begins a request.
    is_at_start: bool,
}

impl ForwardTransport {
    /// `authority` is the host and, unless it is the default, the port of the server behind the
    /// proxy.
    pub(super) fn new(inner: Box<dyn Transport>, authority: &str, proxy: Proxy) -> Self {
        Self {
            inner,
            origin: format!("http://{authority}"),
            proxy,
            is_at_start: true,
        }
    }
}

impl Transport for ForwardTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, wait: NextTimeout) -> Result<(), ureq::Error> {
        let written = self.inner.buffers().output()[..amount].to_vec();
        let begins = std::mem::replace(&mut self.is_at_start, ends_header(&written));
        let login = login_line(&self.proxy);
        let sent = if begins {
            in_absolute_form(&written, &self.origin, login.as_deref())
        } else {
            written
        };
        transport::send(&mut *self.inner, &sent, wait)
    }

    fn await_input(&mut self, wait: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(wait)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    /// TLS that ends at the proxy does not protect the way to the server.
    fn is_tls(&self) -> bool {
        false
    }
}

/// The `Proxy-Authorization` header field with its line end, if the proxy has credentials. It must
/// never reach an origin.
pub(super) fn login_line(proxy: &Proxy) -> Option<String> {
    let (user, password) = proxy.credentials()?;
    let pair = base64(format!("{user}:{password}").as_bytes());
    Some(format!("Proxy-Authorization: Basic {pair}\r\n"))
}

/// Whether these bytes end the header of a request. The client writes whole lines, but not always
/// all at once.
fn ends_header(written: &[u8]) -> bool {
    written.ends_with(b"\r\n\r\n") || written == b"\r\n"
}

/// The beginning of a request in absolute form (RFC 9112, section 3.2.2), followed by the login.
fn in_absolute_form(written: &[u8], origin: &str, login_line: Option<&str>) -> Vec<u8> {
    let after = |byte| {
        let index = written.iter().position(|&written| written == byte);
        index.map_or(written.len(), |index| index + 1)
    };
    let (path_at, line_end) = (after(b' '), after(b'\n'));
    let path_at = path_at.min(line_end);
    [
        &written[..path_at],
        origin.as_bytes(),
        &written[path_at..line_end],
        login_line.unwrap_or_default().as_bytes(),
        &written[line_end..],
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_origin_and_the_login_follows_it() {
        let written = b"GET /a?b HTTP/1.1\r\nhost: h:81\r\n\r\n";
        let login = Some("Proxy-Authorization: Basic eDp5\r\n");
        assert_eq!(
            in_absolute_form(written, "http://h:81", login),
            b"GET http://h:81/a?b HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\nhost: h:81\r\n\r\n"
        );
        assert_eq!(
            in_absolute_form(b"GET / HTTP/1.1\r\n", "http://h", None),
            b"GET http://h/ HTTP/1.1\r\n"
        );
        assert!(ends_header(written) && ends_header(b"\r\n"));
        assert!(!ends_header(b"x: y\r\n") && !ends_header(b""));
    }
}
