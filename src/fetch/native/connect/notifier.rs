//! What ends a wait in the system from another thread: a handle that `poll` watches beside the
//! sockets.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::system::Signal;

/// Ends the wait of one fetch, from any thread. A notification before the wait is kept.
pub(crate) struct Notifier(Signal);

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notifier")
    }
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Bytes to read, or the end of the stream.
    Read,
    /// Space to write, or an open connection.
    Write,
}

impl Notifier {
    /// # Errors
    /// When the system has no file descriptor left.
    pub(super) fn new() -> io::Result<Self> {
        Signal::new().map(Self)
    }

    /// Ends the current wait, or the next one.
    pub(super) fn notify(&self) {
        self.0.set();
    }

    /// Waits until this is notified, one of the sockets is ready, or `at_most` is over.
    ///
    /// # Errors
    /// Those of `poll`.
    pub(super) fn wait<'a>(
        &self,
        sockets: impl IntoIterator<Item = (&'a TcpStream, Interest)>,
        at_most: Option<Duration>,
    ) -> io::Result<()> {
        let mut watched = vec![PollFd::new(self.0.watched(), PollFlags::IN)];
        watched.extend(sockets.into_iter().map(|(socket, interest)| {
            let flags = match interest {
                Interest::Read => PollFlags::IN,
                Interest::Write => PollFlags::OUT,
            };
            PollFd::new(socket, flags)
        }));
        // More than the system can count is for ever.
        let at_most = at_most.and_then(|at_most| Timespec::try_from(at_most).ok());
        match poll(&mut watched, at_most.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !watched[0].revents().is_empty() {
            // Before the caller reads the state again: a later notification ends the next wait.
            self.0.clear();
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
    pub(super) struct Signal(OwnedFd);

    impl Signal {
        pub(super) fn new() -> io::Result<Self> {
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            Ok(Self(eventfd(0, flags)?))
        }

        pub(super) fn set(&self) {
            // Full means set.
            let _full = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
        }

        pub(super) fn clear(&self) {
            let _empty = rustix::io::read(&self.0, &mut [0; 8]);
        }

        pub(super) fn watched(&self) -> &OwnedFd {
            &self.0
        }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod system {
    use std::io::{self, Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    /// The two ends of a pipe.
    pub(super) struct Signal {
        receiver: UnixStream,
        sender: UnixStream,
    }

    impl Signal {
        pub(super) fn new() -> io::Result<Self> {
            let (receiver, sender) = UnixStream::pair()?;
            receiver.set_nonblocking(true)?;
            sender.set_nonblocking(true)?;
            Ok(Self { receiver, sender })
        }

        pub(super) fn set(&self) {
            // Full means set.
            let _full = (&self.sender).write(&[1]);
        }

        pub(super) fn clear(&self) {
            while matches!((&self.receiver).read(&mut [0; 64]), Ok(64)) {}
        }

        pub(super) fn watched(&self) -> &UnixStream {
            &self.receiver
        }
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::net::{Ipv4Addr, UdpSocket};

    /// A loopback socket connected to itself: `poll` takes only sockets here.
    pub(super) struct Signal(UdpSocket);

    impl Signal {
        pub(super) fn new() -> io::Result<Self> {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            // Accept datagrams from itself only.
            socket.connect(socket.local_addr()?)?;
            socket.set_nonblocking(true)?;
            Ok(Self(socket))
        }

        pub(super) fn set(&self) {
            // Full means set.
            let _full = self.0.send(&[1]);
        }

        pub(super) fn clear(&self) {
            while self.0.recv(&mut [0; 8]).is_ok() {}
        }

        pub(super) fn watched(&self) -> &UdpSocket {
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
    fn a_notification_before_the_wait_is_kept_once() {
        let notifier = Notifier::new().unwrap();
        notifier.notify();
        notifier.notify();
        notifier.wait([], None).unwrap();
        let began = Instant::now();
        notifier.wait([], Some(Duration::from_millis(20))).unwrap();
        assert!(
            began.elapsed() >= Duration::from_millis(19),
            "cleared by the first wait"
        );
    }

    #[test]
    fn a_notification_from_another_thread_ends_a_wait_without_a_limit() {
        let notifier = Arc::new(Notifier::new().unwrap());
        let waiter = notifier.clone();
        let (ended, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || ended.send(waiter.wait([], None).is_ok()));
        assert!(end.recv_timeout(Duration::from_millis(20)).is_err());
        notifier.notify();
        assert_eq!(end.recv_timeout(Duration::from_secs(20)), Ok(true));
    }
}
