//! A thread that writes and hashes a file, so that the next bytes can be received in the meantime.

use std::fs::File;
use std::io::{self, Write as _};

use super::block_thread::BlockThread;
use super::disk::{Disk, DiskOp, write_back};
use crate::fetch::client::resume::PartHasher;
use crate::fetch::limits::WRITE_BACK_BYTES;

/// Writes a block at the end of a file.
pub(super) fn append(mut file: &File, disk: &dyn Disk, block: &[u8]) -> io::Result<()> {
    disk.before(DiskOp::Write)?;
    file.write_all(block)
}

/// Lets the system write to the disk while more bytes arrive. By itself it would begin at the
/// flush, or when memory is low.
pub(super) fn begin_write_back(file: &File, length: u64, written_back: &mut u64) {
    if length - *written_back >= WRITE_BACK_BYTES {
        write_back(file, *written_back, length - *written_back);
        *written_back = length;
    }
}

/// How much of a file is written.
#[derive(Debug)]
pub(super) struct Written {
    /// The hash of the written bytes.
    pub(super) hasher: PartHasher,
    /// How many bytes are written.
    pub(super) length: u64,
    /// How many bytes the system was asked to write back.
    pub(super) written_back: u64,
}

impl Written {
    /// Appends a block. After an error the block does not count, however much of it was written.
    fn write(&mut self, file: &File, disk: &dyn Disk, block: &[u8]) -> io::Result<()> {
        append(file, disk, block)?;
        self.hasher.update(block);
        self.length += block.len() as u64;
        begin_write_back(file, self.length, &mut self.written_back);
        Ok(())
    }
}

/// The thread. It ends when this is dropped, after it has written everything it was given.
#[derive(Debug)]
pub(super) struct BackgroundWriter(BlockThread<(Written, io::Result<()>)>);

impl BackgroundWriter {
    /// Continues to write a file. None if the system has no thread or no file handle left.
    pub(super) fn start(file: &File, disk: &'static dyn Disk, written: Written) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let write = move |(written, result): &mut (Written, io::Result<()>), block: &[u8]| {
            // After a failed block the next ones have no position.
            *result = written.write(&file, disk, block);
            result.is_ok()
        };
        BlockThread::start("fetch-write", (written, Ok(())), write).map(Self)
    }

    /// Queues bytes; false if the thread has failed and ended.
    pub(super) fn give(&mut self, bytes: &[u8]) -> bool {
        self.0.give(bytes)
    }

    /// Waits until everything is written. None if the thread panicked.
    pub(super) fn end(mut self) -> Option<(Written, io::Result<()>)> {
        self.0.end()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fetch::client::resume::HashKind;

    /// Fails at the write of this number, counted from 1.
    #[derive(Debug)]
    struct FailsAt(usize, AtomicUsize);

    impl Disk for FailsAt {
        fn before(&self, _: DiskOp) -> io::Result<()> {
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
            BackgroundWriter::start(file.as_file(), disk_that_fails_at(0), nothing_written())
                .unwrap();
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
            BackgroundWriter::start(file.as_file(), disk_that_fails_at(3), nothing_written())
                .unwrap();
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
