//! The hash of a file while it comes: in the thread that reads it, and for SHA-256 of a fast one in a helper thread, so
//! that the next bytes need not wait for it.

use std::time::{Duration, Instant};

use super::block_thread::BlockThread;
use crate::fetch::Checksum;
use crate::fetch::client::resume::part_hasher::{HashKind, PartHasher};

/// How many bytes are timed to tell whether they arrive fast, in bytes.
const TRIAL_BYTES: u64 = 16 * 1024 * 1024;
/// They do when they come in less than this: 160 MiB/s. What is slower leaves time enough.
const TRIAL_TIME: Duration = Duration::from_millis(100);
/// So many bytes are kept to be hashed later, if at all.
const LATER_BYTES: usize = 16 * 1024;

/// A checksum under way, wherever it is computed.
#[derive(Debug)]
pub(crate) struct Hashing {
    kind: HashKind,
    place: Place,
    /// When the trial began, and how many bytes arrived in it.
    trial_began: Instant,
    trial_bytes: u64,
    is_fast: bool,
}

#[derive(Debug)]
enum Place {
    /// The few first bytes, which are hashed when their hash is asked for: most small files are complete before that.
    Later(PartHasher, Vec<u8>),
    Here(PartHasher),
    Beside(BlockThread<PartHasher>),
    /// Only while it moves.
    Nowhere,
}

impl Hashing {
    pub(crate) fn new(hasher: PartHasher) -> Self {
        Self {
            kind: hasher.kind(),
            place: match hasher.kind() {
                HashKind::Blake3 => Place::Later(hasher, Vec::new()),
                HashKind::Sha256 => Place::Here(hasher),
            },
            trial_began: Instant::now(),
            trial_bytes: 0,
            is_fast: false,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.place {
            Place::Later(_, few) if few.len() + bytes.len() <= LATER_BYTES => {
                return few.extend_from_slice(bytes);
            }
            Place::Later(..) => {
                let mut hasher = self.hashed();
                hasher.update(bytes);
                self.place = Place::Here(hasher);
            }
            Place::Here(hasher) => hasher.update(bytes),
            Place::Beside(thread) => {
                if !thread.give(bytes) {
                    // It panicked, and its hash is lost.
                    end_of(thread);
                }
                return;
            }
            Place::Nowhere => {}
        }
        self.trial_bytes += bytes.len() as u64;
        if self.trial_bytes < TRIAL_BYTES {
            return;
        }
        self.is_fast = self.trial_began.elapsed() < TRIAL_TIME;
        // BLAKE3 takes about as long as the copy for a helper would: see `Writer`.
        if self.is_fast && self.kind == HashKind::Sha256 {
            self.move_beside();
        }
        self.trial_began = Instant::now();
        self.trial_bytes = 0;
    }

    /// Whether bytes come so fast that another thread should write them. SHA-256 has one already then, which computes.
    pub(crate) fn is_fast(&self) -> bool {
        self.is_fast && self.kind == HashKind::Blake3
    }

    fn move_beside(&mut self) {
        self.place = match std::mem::replace(&mut self.place, Place::Nowhere) {
            Place::Here(hasher) => match start_beside(&hasher) {
                Some(thread) => Place::Beside(thread),
                // The system has no thread for it: it stays where it is.
                None => Place::Here(hasher),
            },
            place => place,
        };
    }

    /// The hash of the bytes so far, to go on from. A helper ends for it.
    pub(crate) fn hasher(&mut self) -> PartHasher {
        if let Place::Beside(thread) = &mut self.place {
            let kind = self.kind;
            let hasher = end_of(thread).unwrap_or_else(|| PartHasher::new(kind));
            *self = Self::new(hasher);
        }
        self.hashed()
    }

    /// What is hashed in this thread, with what was left for later.
    fn hashed(&self) -> PartHasher {
        match &self.place {
            Place::Later(hasher, few) => {
                let mut hasher = hasher.clone();
                hasher.update(few);
                hasher
            }
            Place::Here(hasher) => hasher.clone(),
            Place::Beside(_) | Place::Nowhere => PartHasher::new(self.kind),
        }
    }

    /// The SHA-256 of the bytes, if it is computed.
    pub(crate) fn checksum(&mut self) -> Option<Checksum> {
        match self.kind {
            HashKind::Blake3 => None,
            HashKind::Sha256 => self.hasher().checksum(),
        }
    }
}

/// Starts a thread that hashes; none if the system has no thread.
fn start_beside(hasher: &PartHasher) -> Option<BlockThread<PartHasher>> {
    BlockThread::start("fetch-hash", hasher.clone(), |hasher, block| {
        hasher.update(block);
        true
    })
}

/// What a thread has computed, once it has hashed everything; none once it was asked before.
fn end_of(beside: &mut BlockThread<PartHasher>) -> Option<PartHasher> {
    match beside.end()? {
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
        for length in [0, 10, LATER_BYTES, LATER_BYTES + 1, 100_000] {
            let mut hashing = Hashing::new(PartHasher::new(HashKind::Blake3));
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
        let mut hashing = Hashing::new(PartHasher::new(HashKind::Sha256));
        let mut came = 0;
        while came < bytes.len() {
            let count = random.usize(1..300_000).min(bytes.len() - came);
            hashing.update(&bytes[came..came + count]);
            came += count;
            if random.u8(..) < 100 {
                hashing.move_beside();
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
        let mut slow = Hashing::new(PartHasher::new(HashKind::Sha256));
        for _ in 0..40 {
            slow.trial_began -= TRIAL_TIME / 8;
            slow.update(&block);
            assert!(matches!(slow.place, Place::Here(_)));
        }
        let mut fast = Hashing::new(PartHasher::new(HashKind::Sha256));
        for _ in 0..40 {
            // However slow this computer is.
            fast.trial_began = Instant::now();
            fast.update(&block);
        }
        // Unless it does not get through one of these in the time of all.
        assert!(matches!(fast.place, Place::Beside(_)));
        assert_eq!(fast.hasher().so_far(), slow.hasher().so_far());
    }
}
