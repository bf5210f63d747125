//! The checksum of a file while it comes: here, and for a fast one in a thread beside, so that the next bytes need not
//! wait for it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::fetch::Checksum;
use crate::fetch::checksum::Hasher;
use crate::settings::HASH_BLOCKS_BESIDE;

/// So many bytes are looked at to tell whether they come fast.
const TRIAL_BYTES: u64 = 16 * 1024 * 1024;
/// They do when they come in less than this: 160 MiB/s. What is slower leaves time enough.
const TRIAL_TIME: Duration = Duration::from_millis(100);
/// The helper calls nothing but the checksum.
const STACK_BYTES: usize = 64 * 1024;

/// A checksum under way, wherever it is computed.
#[derive(Debug)]
pub(super) struct Hashing {
    place: Place,
    /// When the trial began, and what came in it.
    trial_began: Instant,
    trial_bytes: u64,
}

#[derive(Debug)]
enum Place {
    Here(Hasher),
    Beside(Helper),
    /// Only while it moves.
    Nowhere,
}

impl Hashing {
    pub(super) fn new(hasher: Hasher) -> Self {
        Self {
            place: Place::Here(hasher),
            trial_began: Instant::now(),
            trial_bytes: 0,
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.place {
            Place::Here(hasher) => hasher.update(bytes),
            Place::Beside(helper) => return helper.update(bytes),
            Place::Nowhere => {}
        }
        self.trial_bytes += bytes.len() as u64;
        if self.trial_bytes < TRIAL_BYTES {
            return;
        }
        if self.trial_began.elapsed() < TRIAL_TIME {
            self.move_beside();
        }
        self.trial_began = Instant::now();
        self.trial_bytes = 0;
    }

    fn move_beside(&mut self) {
        self.place = match std::mem::replace(&mut self.place, Place::Nowhere) {
            Place::Here(hasher) => match Helper::start(&hasher) {
                Some(helper) => Place::Beside(helper),
                // The system has no thread for it: it stays where it is.
                None => Place::Here(hasher),
            },
            place => place,
        };
    }

    /// The checksum of what went in so far; more may follow.
    pub(super) fn so_far(&mut self) -> Checksum {
        self.hasher().so_far()
    }

    /// The checksum as it stands, to go on from. A helper has its say first.
    pub(super) fn hasher(&mut self) -> Hasher {
        if let Place::Beside(helper) = &mut self.place {
            let hasher = helper.end();
            *self = Self::new(hasher);
        }
        match &self.place {
            Place::Here(hasher) => hasher.clone(),
            Place::Beside(_) | Place::Nowhere => Hasher::default(),
        }
    }
}

/// A thread that hashes. It ends when this is dropped.
#[derive(Debug)]
struct Helper {
    /// Full blocks on their way there; none when it is to end.
    there: Option<SyncSender<Vec<u8>>>,
    /// Empty ones on their way back.
    back: Receiver<Vec<u8>>,
    blocks_left: usize,
    thread: Option<JoinHandle<Hasher>>,
}

impl Helper {
    fn start(hasher: &Hasher) -> Option<Self> {
        let (there, full) = sync_channel::<Vec<u8>>(HASH_BLOCKS_BESIDE);
        let (give_back, back) = sync_channel(HASH_BLOCKS_BESIDE);
        let mut hasher = hasher.clone();
        let work = move || {
            for block in full {
                hasher.update(&block);
                // Whoever ends wants none back.
                let _ = give_back.send(block);
            }
            hasher
        };
        let builder = thread::Builder::new()
            .name("fetch-hash".to_owned())
            .stack_size(STACK_BYTES);
        Some(Self {
            thread: Some(builder.spawn(work).ok()?),
            there: Some(there),
            back,
            blocks_left: HASH_BLOCKS_BESIDE,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        let mut block = match self.back.try_recv() {
            Ok(block) => block,
            Err(_) if self.blocks_left > 0 => {
                self.blocks_left -= 1;
                Vec::new()
            }
            // It has more than enough to do: this side waits.
            Err(_) => self.back.recv().unwrap_or_default(),
        };
        block.clear();
        block.extend_from_slice(bytes);
        if let Some(there) = &self.there
            && there.send(block).is_err()
        {
            // It panicked, and what it knew is lost.
            self.end();
        }
    }

    /// What it has computed, when it is through with everything.
    fn end(&mut self) -> Hasher {
        self.there = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(hasher)) => hasher,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Hasher::default(),
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.there = None;
        if let Some(thread) = self.thread.take() {
            // A panic of its has been told by the panic hook.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_comes_to_the_same_checksum_and_can_be_left_at_any_time() {
        let mut random = fastrand::Rng::with_seed(5);
        let bytes: Vec<u8> = (0..3_000_000).map(|_| random.u8(..)).collect();
        let mut hashing = Hashing::new(Hasher::default());
        let mut came = 0;
        while came < bytes.len() {
            let count = random.usize(1..300_000).min(bytes.len() - came);
            hashing.update(&bytes[came..came + count]);
            came += count;
            if random.u8(..) < 100 {
                hashing.move_beside();
            }
            if random.u8(..) < 60 {
                assert_eq!(hashing.so_far(), Checksum::of(&bytes[..came]));
            }
        }
        assert_eq!(hashing.so_far(), Checksum::of(&bytes));
    }

    #[test]
    fn only_what_comes_fast_is_hashed_beside() {
        let block = vec![7; 1024 * 1024];
        let mut slow = Hashing::new(Hasher::default());
        for _ in 0..40 {
            slow.trial_began -= TRIAL_TIME / 8;
            slow.update(&block);
            assert!(matches!(slow.place, Place::Here(_)));
        }
        let mut fast = Hashing::new(Hasher::default());
        for _ in 0..40 {
            // However slow this computer is.
            fast.trial_began = Instant::now();
            fast.update(&block);
        }
        // Unless it does not get through one of these in the time of all.
        assert!(matches!(fast.place, Place::Beside(_)));
        assert_eq!(fast.so_far(), slow.so_far());
    }
}
