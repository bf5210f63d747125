//! An address to which no connection succeeds or fails.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// A listener that never accepts and whose backlog is full: it leaves a handshake unanswered.
pub(crate) struct BlackHole {
    listener: Socket,
    /// The connections that fill the backlog.
    _waiting: Vec<Socket>,
}

impl BlackHole {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.2:0")
    }

    pub(crate) fn at(address: &str) -> Self {
        let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let listener = socket();
        let address: SocketAddr = address.parse().unwrap();
        listener.bind(&address.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = |_| {
            let filler = socket();
            filler.set_nonblocking(true).unwrap();
            // The error is "in progress".
            let _ = filler.connect(&address);
            filler
        };
        Self {
            _waiting: (0..8).map(connect).collect(),
            listener,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let address = self.listener.local_addr().unwrap();
        address.as_socket().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address())
    }
}
