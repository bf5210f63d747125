//! Looking up names in a helper thread: that call cannot be interrupted, so the fetch waits for its
//! answer instead, and leaves it behind when it stops.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{self, TryRecvError};
use std::{io, thread};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::current::{self, Stop};
use super::wake::Wake;
use crate::fetch::Phase;
use crate::runtime::Step;

/// How many addresses of one host are tried.
const MAX_ADDRESSES: usize = 16;

/// A resolver whose lookups do not hold a cancelled fetch.
#[derive(Debug)]
pub(super) struct InterruptibleResolver;

impl Resolver for InterruptibleResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let not_a_url = || ureq::Error::BadUri("the URL names no host".to_owned());
        let host = uri.host().ok_or_else(not_a_url)?.to_owned();
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        });
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = if let Ok(address) = literal.parse::<IpAddr>() {
            vec![SocketAddr::new(address, port)]
        } else {
            current::step(Step::computing("Resolving"));
            in_helper("resolve", move || {
                (host.as_str(), port)
                    .to_socket_addrs()
                    .map(|found| found.take(MAX_ADDRESSES).collect())
            })?
            .map_err(Stop::Resolve)?
        };
        if addresses.is_empty() {
            let error = io::Error::other("the name has no address");
            return Err(Stop::Resolve(error).into());
        }
        // What follows is the request itself, unless a connection has to be opened first.
        current::begin(Phase::FirstByte);
        let mut resolved = self.empty();
        addresses
            .into_iter()
            .for_each(|address| resolved.push(address));
        Ok(resolved)
    }
}

/// Runs a call that cannot be interrupted in a thread of its own, and waits for it as long as the
/// fetch may go on. What comes later than that is dropped.
///
/// # Errors
/// [`Stop`] when the job was cancelled, or the phase is over its time.
fn in_helper<T: Send + 'static>(
    name: &str,
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<io::Result<T>, Stop> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // First the gate, so that a cancelled fetch starts nothing.
    current::gate()?;
    let bell = current::bell();
    let started = thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Dropped in the opposite order: first the sender goes, also in a panic, then this rings.
        let _ring = RingsAtEnd(bell);
        let sender = sender;
        // Nobody may listen any more.
        let _unheard = sender.send(call());
    });
    if let Err(error) = started {
        return Ok(Err(error));
    }
    loop {
        match receiver.try_recv() {
            Ok(result) => return Ok(result),
            Err(TryRecvError::Empty) => current::wait([], None)?,
            Err(TryRecvError::Disconnected) => {
                return Ok(Err(io::Error::other("the helper thread died")));
            }
        }
    }
}

/// Rings when it is dropped.
struct RingsAtEnd(Option<Arc<Wake>>);

impl Drop for RingsAtEnd {
    fn drop(&mut self) {
        if let Some(bell) = &self.0 {
            bell.wake();
        }
    }
}
