//! A thread that writes and hashes a file which comes fast, so that the next bytes can be received meanwhile.

use std::fs::File;
use std::io::{self, Write as _};

use super::block_thread::BlockThread;
use super::disk::{Act, Disk, write_back};
use crate::fetch::client::resume::part_hasher::PartHasher;
use crate::fetch::limits::WRITE_BACK_BYTES;

/// Writes a block at the end of a file.
///
/// # Errors
/// What the disk says.
pub(crate) fn append(mut file: &File, disk: &dyn Disk, block: &[u8]) -> io::Result<()> {
    disk.before(Act::Write)?;
    file.write_all(block)
}

/// Lets the system write to the disk while more bytes arrive. Left alone it would begin at the end, when it is asked to be
/// through with it, or when it has no memory left.
pub(crate) fn begin_write_back(file: &File, length: u64, written_back: &mut u64) {
    if length - *written_back >= WRITE_BACK_BYTES {
        write_back(file, *written_back, length - *written_back);
        *written_back = length;
    }
}

/// What a thread knows of a file that it writes.
#[derive(Debug)]
pub(crate) struct Written {
    /// The hash of the bytes that are written.
    pub(crate) hasher: PartHasher,
    /// How many those are, from the first one of the file.
    pub(crate) length: u64,
    /// How many of them the system was told to write back.
    pub(crate) written_back: u64,
}

impl Written {
    /// Writes a block behind the others.
    ///
    /// # Errors
    /// What the disk says; the block does not count then, whatever of it was written.
    fn write(&mut self, file: &File, disk: &dyn Disk, block: &[u8]) -> io::Result<()> {
        append(file, disk, block)?;
        self.hasher.update(block);
        self.length += block.len() as u64;
        begin_write_back(file, self.length, &mut self.written_back);
        Ok(())
    }
}

/// The thread. It ends when this is dropped, with everything written that it was given before.
#[derive(Debug)]
pub(crate) struct Writer(BlockThread<(Written, io::Result<()>)>);

impl Writer {
    /// Goes on with a file where its writing stopped. None if the system has no thread or no handle for it.
    pub(crate) fn start(file: &File, disk: &'static dyn Disk, written: Written) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let write = move |(written, result): &mut (Written, io::Result<()>), block: &[u8]| {
            // After a failed block the next ones have no place.
            *result = written.write(&file, disk, block);
            result.is_ok()
        };
        BlockThread::start("fetch-write", (written, Ok(())), write).map(Self)
    }

    /// Gives bytes to be written; false if the thread has failed and ended.
    pub(crate) fn give(&mut self, bytes: &[u8]) -> bool {
        self.0.give(bytes)
    }

    /// Waits until everything is written. None if the thread panicked: what it wrote is unknown.
    pub(crate) fn end(mut self) -> Option<(Written, io::Result<()>)> {
        self.0.end()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fetch::client::resume::part_hasher::HashKind;

    /// Fails at the write of this number, counted from 1.
    #[derive(Debug)]
    struct FailsAt(usize, AtomicUsize);

    impl Disk for FailsAt {
        fn before(&self, _: Act) -> io::Result<()> {
            match self.1.fetch_add(1, Ordering::SeqCst) + 1 == self.0 {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        }

        fn free_bytes(&self, _: &Path) -> io::Result<u64> {
            Ok(u64::MAX)
        }
    }

    fn nothing_written() -> Written {
        Written {
            hasher: PartHasher::new(HashKind::Blake3),
            length: 0,
            written_back: 0,
        }
    }

    fn disk_that_fails_at(number: usize) -> &'static FailsAt {
        Box::leak(Box::new(FailsAt(number, AtomicUsize::new(0))))
    }

    #[test]
    fn all_that_was_given_is_written_in_its_order() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..1_000_000_u32)
            .map(|place| (place % 251) as u8)
            .collect();
        let mut writer =
            Writer::start(file.as_file(), disk_that_fails_at(0), nothing_written()).unwrap();
        for block in bytes.chunks(70_001) {
            assert!(writer.give(block));
        }
        let (written, result) = writer.end().unwrap();
        result.unwrap();
        assert_eq!(written.length, bytes.len() as u64);
        let mut hasher = PartHasher::new(HashKind::Blake3);
        hasher.update(&bytes);
        assert_eq!(written.hasher.so_far(), hasher.so_far());
        assert!(std::fs::read(file.path()).unwrap() == bytes);
    }

    #[test]
    fn after_a_failure_nothing_more_is_written_and_what_was_is_known() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer =
            Writer::start(file.as_file(), disk_that_fails_at(3), nothing_written()).unwrap();
        // However late it is noticed: the channel has room for a few.
        let given = (0..100).take_while(|_| writer.give(&[7; 1000])).count();
        assert!((2..100).contains(&given), "{given}");
        let (written, result) = writer.end().unwrap();
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(written.length, 2000);
        assert_eq!(file.path().metadata().unwrap().len(), 2000);
        let mut hasher = PartHasher::new(HashKind::Blake3);
        hasher.update(&[7; 2000]);
        assert_eq!(written.hasher.so_far(), hasher.so_far());
    }
}
