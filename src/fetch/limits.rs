//! The fixed bounds of a fetch, and the defaults of those that a [`Request`](crate::fetch::Request)
//! or a [`RetryPolicy`](crate::fetch::RetryPolicy) can change.

use std::time::Duration;

// ---- defaults of a request ----

/// How many redirects of one request are followed.
pub const DEFAULT_MAX_REDIRECTS: u32 = 10;

/// How long the lookup of a host's name may take: 10 s.
pub const DEFAULT_RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long opening a connection may take, the TLS handshake included: 15 s.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may take from the request to the end of its response header: 120 s. Archives
/// that are made on demand take minutes.
pub const DEFAULT_FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a body may stand still between two reads: 30 s.
pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

// ---- what is sent and received ----

/// The longest URL, in bytes.
pub const MAX_URL_BYTES: usize = 32 * 1024;

/// The longest header field of a request, in bytes, name and value together.
pub const MAX_SENT_HEADER_BYTES: usize = 32 * 1024;

/// The largest response header, in bytes, status line and all fields together.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// The largest body whose text is kept for a preview, in bytes.
pub const PREVIEW_MAX_BYTES: usize = 64 * 1024;

/// A rate limit lets through at once what it allows in this time: 50 ms.
pub const RATE_LIMIT_CHUNK: Duration = Duration::from_millis(50);

/// A fetch that waits for its rate limit checks this often whether the limit was changed: every
/// 100 ms.
pub const RATE_LIMIT_LOOK_AGAIN: Duration = Duration::from_millis(100);

// ---- retries ----

/// The retries of [`RetryPolicy::default`](crate::fetch::RetryPolicy): 5. A fetch that is not
/// inside
/// [`JobContext::retry`](crate::runtime::JobContext::retry) is never retried.
pub const DEFAULT_RETRIES: u32 = 5;

/// The wait before the first retry: 1 s.
pub const BACK_OFF_FIRST: Duration = Duration::from_secs(1);

/// By how much the wait grows from one retry to the next.
pub const BACK_OFF_FACTOR: u32 = 2;

/// The longest wait between two retries that the policy chooses: ten minutes.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(10 * 60);

/// The share of a wait that chance may take off, so that fetches which failed together do not come
/// back together.
pub const BACK_OFF_JITTER: f64 = 0.5;

/// The longest `Retry-After` that is honoured, an hour; a longer one fails the job.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// An attempt that got this many bytes beyond all attempts before it made progress: the count of
/// retries starts at 0 again.
pub const RETRY_ANEW_BYTES: u64 = 64 * 1024;

/// An attempt that received for this long, 10 s, and got beyond all attempts before it, made
/// progress too.
pub const RETRY_ANEW_AFTER: Duration = Duration::from_secs(10);

/// The shortest wait for a file that its server says is not ready yet: 1 s.
pub const NOT_READY_WAIT_MIN: Duration = Duration::from_secs(1);

/// How long a job waits for such a file, all waits together: an hour.
pub const NOT_READY_WAIT_IN_ALL: Duration = Duration::from_secs(3600);

// ---- connections ----

/// The stack of a fetch's thread, in bytes. The deepest call is the TLS handshake with the system's
/// verifier, without optimisation.
pub const FETCH_STACK_BYTES: usize = 256 * 1024;

/// How many idle connections to one host are kept for the next request.
pub const MAX_IDLE_CONNECTIONS_PER_HOST: usize = 16;

/// How many idle connections are kept, over all hosts.
pub const MAX_IDLE_CONNECTIONS: usize = 64;

/// How many combinations of proxy and extra certificates keep their idle connections.
pub const MAX_CLIENTS: usize = 16;

/// How many names are looked up at once; further ones wait. A lookup asks the system for the
/// addresses of a host.
pub const MAX_LOOKUPS: usize = 16;

/// How many threads look up names at most. A lookup that hangs keeps its thread until the system
/// gives it up.
pub const MAX_LOOKUP_THREADS: usize = 128;

/// How long the addresses of a name are cached: 30 s.
pub const ADDRESSES_KEPT: Duration = Duration::from_secs(30);

/// How many names have their addresses cached.
pub const MAX_NAMES_KEPT: usize = 256;

/// How many addresses of one name are tried.
pub const MAX_ADDRESSES: usize = 16;

// ---- files ----

/// The longest file name, in bytes, that all platforms accept.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// How many names " (1)", " (2)" … are tried when a name is taken.
pub const MAX_NAME_ATTEMPTS: u32 = 10_000;

/// After this many consecutive numbers of a name without an incomplete file, no further one is
/// looked for.
pub const PARTS_MISSING_AT_MOST: u32 = 3;

/// The manifest of an incomplete file is written this often: every second. A process that is killed
/// loses at most what came since; a crash of the system may lose more, which the hash in the
/// manifest shows.
pub const RECORD_EVERY: Duration = Duration::from_secs(1);

/// How many bytes before the end of an incomplete file are requested again, and compared, before it
/// is resumed.
pub const RESUME_OVERLAP_BYTES: u64 = 64 * 1024;

/// A body is written in blocks of this many bytes: more than twice the rate of 8 KiB.
pub const WRITE_BLOCK_BYTES: usize = 256 * 1024;

/// How many blocks may wait for the thread that writes a fast file or computes its checksum: a MiB.
pub const BLOCKS_BESIDE: usize = 4;

/// How many blocks of a body that is written to a stream may wait for its reader: a MiB.
pub const STREAM_BLOCKS_AHEAD: usize = 4;

/// After this many bytes the system is asked to write them to the disk while more come, so that
/// little is left for the flush at the end.
pub const WRITE_BACK_BYTES: u64 = 8 * 1024 * 1024;

/// While a body of unknown length is saved, the free space of the disk is checked once in this many
/// bytes.
pub const ROOM_CHECKED_EVERY_BYTES: u64 = 64 * 1024 * 1024;

/// How many complete files may be flushed at once. Each has a thread and no slot among the running
/// downloads; beyond this many the slots fill up, and the servers wait.
pub const SAVING_AT_ONCE: usize = 256;
