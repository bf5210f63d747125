//! The bytes of a part: appended, hashed, and written to the disk as they come.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::background_writer::{BackgroundWriter, Written, append, begin_write_back};
use super::disk::Disk;
use super::running_hash::RunningHash;
use crate::fetch::Checksum;
use crate::fetch::client::resume::{HashKind, PartHasher};

/// The file of a part, and the hash of its bytes.
#[derive(Debug)]
pub(super) struct PartFile {
    file: File,
    disk: &'static dyn Disk,
    /// How many bytes were appended, those that the background thread has yet to write included.
    length: u64,
    hash: RunningHash,
    /// Writes and hashes a body that comes fast.
    background: Option<BackgroundWriter>,
    /// How many bytes the system was asked to write back.
    written_back: u64,
    /// The background thread panicked: nothing says what the file contains.
    is_unknown: bool,
}

/// Unlocks it. Closing it would do so too, unless a process that is being started just now has a
/// copy of it.
impl Drop for PartFile {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl PartFile {
    /// A file with `length` bytes, whose hash so far is `hasher`, positioned at its end.
    pub(super) fn new(
        file: File,
        disk: &'static dyn Disk,
        hasher: PartHasher,
        length: u64,
    ) -> Self {
        Self {
            file,
            disk,
            length,
            hash: RunningHash::new(hasher),
            background: None,
            written_back: length,
            is_unknown: false,
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// Appends bytes. Those of a body that comes fast may be written a little later; see
    /// [`Self::settle`].
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let background = self.background.as_mut();
        if !background.is_some_and(|writer| writer.give(bytes)) {
            self.settle()?;
            append(&self.file, self.disk, bytes)?;
            self.hash.update(bytes);
            let length = self.length + bytes.len() as u64;
            begin_write_back(&self.file, length, &mut self.written_back);
            if self.hash.is_fast() {
                let written = Written {
                    hasher: self.hash.hasher(),
                    length,
                    written_back: self.written_back,
                };
                self.background = BackgroundWriter::start(&self.file, self.disk, written);
            }
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Waits until all bytes are written. Those that could not be written do not count.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        let Some(background) = self.background.take() else {
            return Ok(());
        };
        let Some((written, result)) = background.end() else {
            self.is_unknown = true;
            return Err(io::Error::other("the thread that wrote the file panicked"));
        };
        self.length = written.length;
        self.written_back = written.written_back;
        self.hash = RunningHash::new(written.hasher);
        result
    }

    /// Reads `length` bytes from the position `first` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the file does not have all of them, and those of the
    /// disk.
    pub(super) fn read_at(&self, first: u64, length: u64) -> io::Result<Vec<u8>> {
        if (first.checked_add(length)).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Vec::new();
        (&self.file).seek(SeekFrom::Start(first))?;
        (&self.file).take(length).read_to_end(&mut bytes)?;
        (&self.file).seek(SeekFrom::Start(self.length))?;
        if bytes.len() as u64 == length {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Removes all bytes.
    pub(super) fn clear(&mut self, hash: HashKind) -> io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).seek(SeekFrom::Start(0))?;
        self.length = 0;
        self.hash = RunningHash::new(PartHasher::new(hash));
        self.written_back = 0;
        Ok(())
    }

    /// The hash of all bytes, as `algorithm:digits`.
    pub(super) fn hash(&mut self) -> String {
        self.hash.hasher().so_far()
    }

    /// The SHA-256 of all bytes, if that is the kind of the hash.
    pub(super) fn checksum(&mut self) -> Option<Checksum> {
        self.hash.checksum()
    }
}

#[cfg(test)]
impl PartFile {
    /// Appends from now on as if the bytes came fast.
    pub(super) fn pretend_fast(&mut self) {
        self.settle().unwrap();
        let written = Written {
            hasher: self.hash.hasher(),
            length: self.length,
            written_back: self.written_back,
        };
        self.background = BackgroundWriter::start(&self.file, self.disk, written);
        assert!(self.background.is_some());
    }
}
