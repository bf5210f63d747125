//! The limits that are no options, and the options whose defaults a fetch needs. A leaf: it imports nothing of ours.

use std::time::Duration;

/// How often a failed download is tried again before the job fails.
pub const RETRIES: Bounded<u32> = Bounded::new(5, 0, 1_000);

/// How many redirects of one request are followed.
pub const MAX_REDIRECTS: Bounded<u32> = Bounded::new(10, 0, 50);

/// How long the lookup of a host's name may take.
pub const RESOLVE_TIMEOUT: Bounded<Duration> = Bounded::new(
    Duration::from_secs(10),
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a connection may take until it can carry a request, the TLS handshake included.
pub const CONNECT_TIMEOUT: Bounded<Duration> = Bounded::new(
    Duration::from_secs(15),
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a server may take from the request to the end of its response header.
pub const FIRST_BYTE_TIMEOUT: Bounded<Duration> = Bounded::new(
    Duration::from_secs(120),
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a body may stand still between two reads.
pub const IDLE_TIMEOUT: Bounded<Duration> = Bounded::new(
    Duration::from_secs(30),
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// The wait before the first automatic retry; each further one waits twice as long.
pub const BACK_OFF_FIRST: Duration = Duration::from_secs(1);

/// By how much the wait grows from one automatic retry to the next.
pub const BACK_OFF_FACTOR: u32 = 2;

/// The longest wait between two automatic retries that we choose ourselves.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(10 * 60);

/// The share of a wait that chance may take off, so that many jobs which failed together do not
/// come back together.
pub const BACK_OFF_JITTER: f64 = 0.5;

/// The longest `Retry-After` of a server that is honoured; a longer one fails the job.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// What is known of an incomplete file is written down this often: when the process is killed, at most what came since
/// is lost. A crash of the system may lose more; that is noticed, and the download begins anew.
pub const RECORD_EVERY: Duration = Duration::from_secs(1);

/// After so many numbers of a name without an incomplete file, no further one is looked at: each look costs, and there
/// are few.
pub const PARTS_MISSING_AT_MOST: u32 = 3;

/// How many bytes before the end of an incomplete file are asked for again, and compared, before it goes on.
pub const RESUME_OVERLAP_BYTES: u64 = 64 * 1024;

/// An attempt that got this many bytes farther than all before it made progress: the count of retries starts at 0 again.
pub const RETRY_ANEW_BYTES: u64 = 64 * 1024;

/// An attempt that received for this long, and got farther than all before it, made progress too.
pub const RETRY_ANEW_AFTER: Duration = Duration::from_secs(10);

/// The least wait for a file that its server says is not ready yet.
pub const NOT_READY_WAIT_MIN: Duration = Duration::from_secs(1);

/// How long a job waits in all for such a file.
pub const NOT_READY_WAIT_IN_ALL: Duration = Duration::from_secs(3600);

/// While a body of unknown length is decoded, the free space of the disk is looked at once in this many bytes.
pub const ROOM_CHECKED_EVERY_BYTES: u64 = 64 * 1024 * 1024;

/// The largest body whose text is kept for a look at it, in bytes.
pub const PREVIEW_MAX_BYTES: usize = 64 * 1024;

/// How much of a rate limit's bytes is read at once: what it gives in this time.
pub const RATE_LIMIT_CHUNK: Duration = Duration::from_millis(50);

/// How often a download that waits for its rate limit looks whether the limit was changed.
pub const RATE_LIMIT_LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The stack of the thread of a fetch, in bytes. The deepest is the handshake of TLS with the system's verifier, without
/// optimisation.
pub const FETCH_STACK_BYTES: usize = 256 * 1024;

/// A saved body is written in blocks of this many bytes: more than twice the rate of 8 KiB.
pub const WRITE_BLOCK_BYTES: usize = 256 * 1024;

/// How many files whose bytes are all there may wait for their disk at once. Each has a thread, and none of the places
/// of the running downloads; with more, those places fill up, and the servers have to wait.
pub const SAVING_AT_ONCE: usize = 256;

/// How many blocks of a file that comes fast may wait for the thread beside that writes them or computes their checksum: a
/// MiB.
pub const BLOCKS_BESIDE: usize = 4;

/// How many blocks of a body that is written to a stream may wait for their reader: a MiB.
pub const STREAM_BLOCKS_AHEAD: usize = 4;

/// After so many bytes of a saved body the system is asked to write them to the disk while more come, so that little is
/// left to wait for at the end.
pub const WRITE_BACK_BYTES: u64 = 8 * 1024 * 1024;

/// The largest response header, in bytes, status line and all fields together.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// The longest URL, in bytes. What is longer is not a URL somebody meant to type or paste.
pub const MAX_URL_BYTES: usize = 32 * 1024;

/// The longest header of a request, in bytes, name and value together.
pub const MAX_SENT_HEADER_BYTES: usize = 32 * 1024;

/// The longest file name, in bytes, that all our platforms accept.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// How many " (1)", " (2)" … are tried when a file of a name exists already.
pub const MAX_NAME_ATTEMPTS: u32 = 10_000;

/// How many idle connections to one host are kept for the next request.
pub const MAX_IDLE_CONNECTIONS_PER_HOST: usize = 16;

/// How many idle connections are kept over all hosts.
pub const MAX_IDLE_CONNECTIONS: usize = 64;

/// How many ways to connect (a proxy and extra certificates, or neither) keep their idle connections.
pub const MAX_CLIENTS: usize = 16;

/// How many names are looked up at once; further ones wait. A lookup that hangs keeps its thread until the system gives
/// it up.
pub const MAX_LOOKUPS: usize = 16;

/// How many threads look up names at most, those that hang and that nobody waits for included.
pub const MAX_LOOKUP_THREADS: usize = 128;

/// How long the addresses of a name are kept.
pub const ADDRESSES_KEPT: Duration = Duration::from_secs(30);

/// How many names have their addresses kept.
pub const MAX_NAMES_KEPT: usize = 256;

/// How many addresses of one name are tried.
pub const MAX_ADDRESSES: usize = 16;

/// For how long at least it can still be taken back once nobody aims at it any more.
pub const UNDO_AFTER_HOLD: Duration = Duration::from_secs(2);

/// What an option is by default, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded<T> {
    /// Its value when nothing else is said.
    pub default: T,
    /// The smallest value it may have.
    pub min: T,
    /// The largest value it may have.
    pub max: T,
}

impl<T> Bounded<T> {
    pub(crate) const fn new(default: T, min: T, max: T) -> Self {
        Self { default, min, max }
    }
}

impl<T: PartialOrd + Copy> Bounded<T> {
    /// Whether the value is within the bounds.
    pub fn holds(self, value: T) -> bool {
        value >= self.min && value <= self.max
    }

    /// The value, or the nearest one within the bounds.
    pub fn clamp(self, value: T) -> T {
        if value > self.max {
            self.max
        } else if value >= self.min {
            value
        } else {
            // Also what is not a number at all, which compares with nothing.
            self.min
        }
    }
}
