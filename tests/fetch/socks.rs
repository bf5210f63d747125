//! Through a SOCKS 5 proxy: tunnels with and without a login, and everything that can keep one from
//! being opened.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use jobdeck::fetch::{ClientPool, ErrorClass, Proxy, Resolve};

use crate::support::fault::{FaultServer, answer, send};
use crate::support::tls::Authority;
use crate::support::{Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A SOCKS 5 proxy for one connection after another.
struct Socks {
    address: SocketAddr,
    /// What it is asked for: the login, and the target as `name:port`.
    asked: Receiver<(Option<String>, String)>,
}

impl Socks {
    /// Leads everything to one server, or says why not. `login` is `user:password`.
    fn start(login: Option<&'static str>, reply: Result<SocketAddr, u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let tell = tell.clone();
                // A client that goes in the middle is part of some tests.
                thread::spawn(move || serve(stream?, login, reply, |seen| drop(tell.send(seen))));
            }
        });
        Self { address, asked }
    }

    fn proxy(&self, scheme: &str, login: &str) -> Proxy {
        format!("{scheme}://{login}{}", self.address)
            .parse()
            .unwrap()
    }
}

fn bytes<const LENGTH: usize>(stream: &mut TcpStream) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(stream: &mut TcpStream) -> io::Result<String> {
    let [length] = bytes(stream)?;
    let mut text = vec![0; usize::from(length)];
    stream.read_exact(&mut text)?;
    Ok(String::from_utf8(text).unwrap())
}

fn serve(
    mut stream: TcpStream,
    login: Option<&str>,
    reply: Result<SocketAddr, u8>,
    tell: impl FnOnce((Option<String>, String)),
) -> io::Result<()> {
    let [version, count] = bytes(&mut stream)?;
    assert_eq!(version, 5);
    let mut methods = vec![0; usize::from(count)];
    stream.read_exact(&mut methods)?;
    let wanted = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]);
    }
    stream.write_all(&[5, wanted])?;
    let mut given = None;
    if let Some(login) = login {
        assert_eq!(bytes(&mut stream)?, [1]);
        let pair = format!("{}:{}", text(&mut stream)?, text(&mut stream)?);
        stream.write_all(&[1, u8::from(pair != login)])?;
        if pair != login {
            return Ok(());
        }
        given = Some(pair);
    }
    let [5, 1, 0, kind] = bytes(&mut stream)? else {
        panic!("no CONNECT");
    };
    let host = match kind {
        1 => SocketAddr::from((bytes::<4>(&mut stream)?, 0))
            .ip()
            .to_string(),
        3 => text(&mut stream)?,
        _ => SocketAddr::from((bytes::<16>(&mut stream)?, 0))
            .ip()
            .to_string(),
    };
    let port = u16::from_be_bytes(bytes(&mut stream)?);
    tell((given, format!("{host}:{port}")));
    match reply {
        Ok(server) => {
            let mut onward = TcpStream::connect(server)?;
            // In two pieces, and from a name.
            stream.write_all(&[5, 0, 0, 3])?;
            thread::sleep(std::time::Duration::from_millis(20));
            stream.write_all(b"\x01x\x00\x00")?;
            let (mut back_from, mut back_to) = (onward.try_clone()?, stream.try_clone()?);
            thread::spawn(move || io::copy(&mut back_from, &mut back_to));
            io::copy(&mut stream, &mut onward)?;
            Ok(())
        }
        Err(reply) => stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]),
    }
}

/// Every name is this computer's.
struct Here;

impl Resolve for Here {
    fn resolve(&self, _host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 9], port))])
    }
}

/// Nobody is to be looked up here.
struct Nobody;

impl Resolve for Nobody {
    fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        panic!("{host} was looked up");
    }
}

#[test]
fn names_are_looked_up_where_the_address_says() {
    let server = FaultServer::always(answer(OK));
    let socks = Socks::start(None, Ok(server.address()));
    let url = "http://made-up.example:81/a";
    for (scheme, network, asked) in [
        (
            "socks5h",
            ClientPool::new().with_resolver(Nobody),
            "made-up.example:81",
        ),
        (
            "socks5",
            ClientPool::new().with_resolver(Here),
            "127.0.0.9:81",
        ),
    ] {
        let rig = Rig::with_network(network);
        let request = get(url).with_proxy(socks.proxy(scheme, ""));
        assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
        assert_eq!(socks.asked.recv().unwrap(), (None, asked.to_owned()));
    }
    for (url, asked) in [
        ("http://[::1]/", "::1:80"),
        ("http://10.0.0.1/", "10.0.0.1:80"),
    ] {
        let rig = Rig::with_network(ClientPool::new().with_resolver(Nobody));
        let request = get(url).with_proxy(socks.proxy("socks5h", ""));
        rig.end_of(rig.count(request)).unwrap();
        assert_eq!(socks.asked.recv().unwrap().1, asked);
    }
    // The server is asked as if there were no proxy.
    let asked = server.requests().remove(0);
    assert!(asked.starts_with("GET /a HTTP/1.1\r\n"), "{asked}");
}

#[test]
fn what_is_secure_goes_through_it_too_and_a_login_to_it_alone() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    let socks = Socks::start(Some("me:hunter2"), Ok(server.address()));
    let rig = Rig::with_network(ClientPool::new().with_resolver(Nobody));
    let request = get("https://localhost/a")
        .with_proxy(socks.proxy("socks5h", "me:hunter2@"))
        .with_extra_certificates(authority.certificates());
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
    let (login, asked) = socks.asked.recv().unwrap();
    assert_eq!(login.as_deref(), Some("me:hunter2"));
    assert_eq!(asked, "localhost:443");
    let sent = server.requests().remove(0).to_ascii_lowercase();
    assert!(!sent.contains("authorization"), "{sent}");
}

#[test]
fn what_keeps_a_tunnel_from_being_opened_is_told() {
    let server = FaultServer::always(answer(OK));
    let anywhere = Ok(server.address());
    for (login, reply, given, message) in [
        (Some("me:pw"), anywhere, "", "The proxy wants a login"),
        (
            Some("me:pw"),
            anywhere,
            "me:hunter2@",
            "does not accept this user name",
        ),
        (None, Err(2), "", "refuses to connect to this host"),
        (None, Err(5), "", "could not connect to the host"),
    ] {
        let socks = Socks::start(login, reply);
        let rig = Rig::new();
        let request = get("http://h.example/").with_proxy(socks.proxy("socks5h", given));
        let error = rig.end_of(rig.count(request)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
        assert!(error.message.contains(message), "{error:?}");
        assert!(!error.detail.is_empty() && !format!("{error:?}").contains("hunter2"));
    }
    for (says, message) in [
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "as a SOCKS 5 proxy does",
        ),
        ("\x05", "closed the connection"),
    ] {
        let other = FaultServer::always(vec![send(says)]);
        let proxy = format!("socks5h://{}", other.address());
        let rig = Rig::new();
        let request = get("http://h.example/").with_proxy(proxy.parse().unwrap());
        let error = rig.end_of(rig.count(request)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
        assert!(error.message.contains(message), "{error:?}");
    }
}
