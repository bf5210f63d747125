//! The hash of a file while it comes: computed in the thread that receives it, or, for SHA-256 of a
//! fast body, in a background thread.

use std::time::{Duration, Instant};

use super::block_thread::BlockThread;
use crate::fetch::Checksum;
use crate::fetch::client::resume::{HashKind, PartHasher};

/// The speed is measured over this many bytes.
const MEASURED_BYTES: u64 = 16 * 1024 * 1024;
/// A body is fast if they come in less than this: 160 MiB/s. A slower one leaves enough time to
/// hash it.
const FAST_TIME: Duration = Duration::from_millis(100);
/// The first bytes are kept, and hashed only if more follow or the hash is needed.
const DEFERRED_BYTES: usize = 16 * 1024;

/// An incremental hash.
#[derive(Debug)]
pub(super) struct RunningHash {
    kind: HashKind,
    state: State,
    /// When the measurement began, and how many bytes have arrived since.
    measured_since: Instant,
    measured_bytes: u64,
    is_fast: bool,
}

#[derive(Debug)]
enum State {
    /// The first bytes, not hashed yet: most small files are complete before their hash is needed.
    Deferred(PartHasher, Vec<u8>),
    Inline(PartHasher),
    Background(BlockThread<PartHasher>),
    /// Only while the state changes.
    Changing,
}

impl RunningHash {
    pub(super) fn new(hasher: PartHasher) -> Self {
        Self {
            kind: hasher.kind(),
            state: match hasher.kind() {
                HashKind::Blake3 => State::Deferred(hasher, Vec::new()),
                HashKind::Sha256 => State::Inline(hasher),
            },
            measured_since: Instant::now(),
            measured_bytes: 0,
            is_fast: false,
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Deferred(_, first) if first.len() + bytes.len() <= DEFERRED_BYTES => {
                return first.extend_from_slice(bytes);
            }
            State::Deferred(..) => {
                let mut hasher = self.hashed();
                hasher.update(bytes);
                self.state = State::Inline(hasher);
            }
            State::Inline(hasher) => hasher.update(bytes),
            State::Background(thread) => {
                if !thread.give(bytes) {
                    // It panicked: this passes the panic on.
                    end_of(thread);
                }
                return;
            }
            State::Changing => {}
        }
        self.measured_bytes += bytes.len() as u64;
        if self.measured_bytes < MEASURED_BYTES {
            return;
        }
        self.is_fast = self.measured_since.elapsed() < FAST_TIME;
        // BLAKE3 takes about as long as copying the block to another thread would.
        if self.is_fast && self.kind == HashKind::Sha256 {
            self.move_to_background();
        }
        self.measured_since = Instant::now();
        self.measured_bytes = 0;
    }

    /// Whether bytes come so fast that a background thread should write them. For SHA-256 there is
    /// one already, which hashes.
    pub(super) fn is_fast(&self) -> bool {
        self.is_fast && self.kind == HashKind::Blake3
    }

    fn move_to_background(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Changing) {
            State::Inline(hasher) => match start_background(&hasher) {
                Some(thread) => State::Background(thread),
                // The system has no thread left.
                None => State::Inline(hasher),
            },
            state => state,
        };
    }

    /// The hash of the bytes so far. Ends the background thread.
    pub(super) fn hasher(&mut self) -> PartHasher {
        if let State::Background(thread) = &mut self.state {
            let kind = self.kind;
            let hasher = end_of(thread).unwrap_or_else(|| PartHasher::new(kind));
            *self = Self::new(hasher);
        }
        self.hashed()
    }

    /// The hash in this thread, deferred bytes included.
    fn hashed(&self) -> PartHasher {
        match &self.state {
            State::Deferred(hasher, first) => {
                let mut hasher = hasher.clone();
                hasher.update(first);
                hasher
            }
            State::Inline(hasher) => hasher.clone(),
            State::Background(_) | State::Changing => PartHasher::new(self.kind),
        }
    }

    /// The SHA-256 of the bytes so far, if that is the kind.
    pub(super) fn checksum(&mut self) -> Option<Checksum> {
        match self.kind {
            HashKind::Blake3 => None,
            HashKind::Sha256 => self.hasher().checksum(),
        }
    }
}

/// Starts a thread that hashes; none if the system has no thread left.
fn start_background(hasher: &PartHasher) -> Option<BlockThread<PartHasher>> {
    BlockThread::start("fetch-hash", hasher.clone(), |hasher, block| {
        hasher.update(block);
        true
    })
}

/// The hash of a thread that has processed everything; none if it was taken before.
fn end_of(thread: &mut BlockThread<PartHasher>) -> Option<PartHasher> {
    match thread.end()? {
        Ok(hasher) => Some(hasher),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hashed_later_has_the_same_hash() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|place| (place % 251) as u8).collect();
        for length in [0, 10, DEFERRED_BYTES, DEFERRED_BYTES + 1, 100_000] {
            let mut hashing = RunningHash::new(PartHasher::new(HashKind::Blake3));
            for (number, piece) in bytes[..length].chunks(7_000).enumerate() {
                hashing.update(piece);
                if number % 2 == 1 {
                    hashing.hasher();
                }
            }
            let mut all = PartHasher::new(HashKind::Blake3);
            all.update(&bytes[..length]);
            assert_eq!(hashing.hasher().so_far(), all.so_far(), "{length} bytes");
            assert_eq!(hashing.checksum(), None);
        }
    }

    #[test]
    fn a_helper_comes_to_the_same_checksum_and_can_be_left_at_any_time() {
        let mut random = fastrand::Rng::with_seed(5);
        let bytes: Vec<u8> = (0..3_000_000).map(|_| random.u8(..)).collect();
        let mut hashing = RunningHash::new(PartHasher::new(HashKind::Sha256));
        let mut came = 0;
        while came < bytes.len() {
            let count = random.usize(1..300_000).min(bytes.len() - came);
            hashing.update(&bytes[came..came + count]);
            came += count;
            if random.u8(..) < 100 {
                hashing.move_to_background();
            }
            if random.u8(..) < 60 {
                assert_eq!(
                    hashing.hasher().checksum(),
                    Some(Checksum::of(&bytes[..came]))
                );
            }
        }
        assert_eq!(hashing.hasher().checksum(), Some(Checksum::of(&bytes)));
    }

    #[test]
    fn only_what_comes_fast_is_hashed_beside() {
        let block = vec![7; 1024 * 1024];
        let mut slow = RunningHash::new(PartHasher::new(HashKind::Sha256));
        for _ in 0..40 {
            slow.measured_since -= FAST_TIME / 8;
            slow.update(&block);
            assert!(matches!(slow.state, State::Inline(_)));
        }
        let mut fast = RunningHash::new(PartHasher::new(HashKind::Sha256));
        for _ in 0..40 {
            // However slow this computer is.
            fast.measured_since = Instant::now();
            fast.update(&block);
        }
        // Unless it does not get through one of these in the time of all.
        assert!(matches!(fast.state, State::Background(_)));
        assert_eq!(fast.hasher().so_far(), slow.hasher().so_far());
    }
}
