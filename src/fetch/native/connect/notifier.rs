//! What ends a wait in the system: something that `poll` looks at beside the socket, and that any thread may ring.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::system::Bell;

/// Ends the wait of one fetch, from any thread. A ring that comes before the wait is kept.
pub(crate) struct Wake(Bell);

impl std::fmt::Debug for Wake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wake")
    }
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// There is something to read, or the end of it.
    Read,
    /// There is room to write, or a connection stands.
    Write,
}

impl Wake {
    /// # Errors
    /// When the system has no more of what it takes: open files, for example.
    pub(crate) fn new() -> io::Result<Self> {
        Bell::new().map(Self)
    }

    /// Ends the wait under way, or the next one.
    pub(crate) fn wake(&self) {
        self.0.ring();
    }

    /// Waits until this is rung, one of the sockets is ready, or `at_most` is over.
    ///
    /// # Errors
    /// What the system says of its `poll`.
    pub(crate) fn wait<'a>(
        &self,
        sockets: impl IntoIterator<Item = (&'a TcpStream, Interest)>,
        at_most: Option<Duration>,
    ) -> io::Result<()> {
        let mut watched = vec![PollFd::new(self.0.heard(), PollFlags::IN)];
        watched.extend(sockets.into_iter().map(|(socket, interest)| {
            let flags = match interest {
                Interest::Read => PollFlags::IN,
                Interest::Write => PollFlags::OUT,
            };
            PollFd::new(socket, flags)
        }));
        // Too long for the system is as good as for ever.
        let at_most = at_most.and_then(|at_most| Timespec::try_from(at_most).ok());
        match poll(&mut watched, at_most.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !watched[0].revents().is_empty() {
            // Before the state is looked at again: what rings from now on is kept for the next wait.
            self.0.silence();
        }
        Ok(())
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::event::{EventfdFlags, eventfd};

    /// One counter in the kernel.
    pub(super) struct Bell(OwnedFd);

    impl Bell {
        pub(super) fn new() -> io::Result<Self> {
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            Ok(Self(eventfd(0, flags)?))
        }

        pub(super) fn ring(&self) {
            // Full means rung.
            let _full = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
        }

        pub(super) fn silence(&self) {
            let _empty = rustix::io::read(&self.0, &mut [0; 8]);
        }

        pub(super) fn heard(&self) -> &OwnedFd {
            &self.0
        }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod system {
    use std::io::{self, Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    /// Two ends of a pipe.
    pub(super) struct Bell {
        heard: UnixStream,
        rung: UnixStream,
    }

    impl Bell {
        pub(super) fn new() -> io::Result<Self> {
            let (heard, rung) = UnixStream::pair()?;
            heard.set_nonblocking(true)?;
            rung.set_nonblocking(true)?;
            Ok(Self { heard, rung })
        }

        pub(super) fn ring(&self) {
            // Full means rung.
            let _full = (&self.rung).write(&[1]);
        }

        pub(super) fn silence(&self) {
            while matches!((&self.heard).read(&mut [0; 64]), Ok(64)) {}
        }

        pub(super) fn heard(&self) -> &UnixStream {
            &self.heard
        }
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::net::{Ipv4Addr, UdpSocket};

    /// A socket of this computer that is sent one byte by itself: `poll` takes nothing but sockets here.
    pub(super) struct Bell(UdpSocket);

    impl Bell {
        pub(super) fn new() -> io::Result<Self> {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            // From nobody else.
            socket.connect(socket.local_addr()?)?;
            socket.set_nonblocking(true)?;
            Ok(Self(socket))
        }

        pub(super) fn ring(&self) {
            // Full means rung.
            let _full = self.0.send(&[1]);
        }

        pub(super) fn silence(&self) {
            while self.0.recv(&mut [0; 8]).is_ok() {}
        }

        pub(super) fn heard(&self) -> &UdpSocket {
            &self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Instant;

    #[test]
    fn a_ring_before_the_wait_is_kept_once() {
        let wake = Wake::new().unwrap();
        wake.wake();
        wake.wake();
        wake.wait([], None).unwrap();
        let began = Instant::now();
        wake.wait([], Some(Duration::from_millis(20))).unwrap();
        assert!(began.elapsed() >= Duration::from_millis(19), "silent again");
    }

    #[test]
    fn a_ring_from_another_thread_ends_a_wait_without_a_limit() {
        let wake = Arc::new(Wake::new().unwrap());
        let waiter = wake.clone();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || tell.send(waiter.wait([], None).is_ok()));
        assert!(told.recv_timeout(Duration::from_millis(20)).is_err());
        wake.wake();
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(true));
    }
}
