//! What is known of a file that is not complete: the truth about its bytes, in a small file beside it.
//!
//! The file has two lines of JSON of one fixed length, which are written in turns and in place. So a write that is torn
//! by a crash spoils one of them at most, and a full disk has room for the next.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::fetch::Checksum;
use crate::fetch::secrets::url_for_files;

/// The length of one line with its end, in bytes.
const LINE_BYTES: usize = 8 * 1024;
/// The longest text of a server that is kept, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
/// The version of the format.
const VERSION: u32 = 1;

/// What is known of an incomplete file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    /// Counts the writes: the line with the larger number is the newer one.
    pub(super) serial: u64,
    /// What it was begun from, for people: without secrets.
    pub(super) url: String,
    /// The checksum of the whole URL, to know it again.
    pub(super) url_sha256: String,
    /// What answered in the end, for people.
    pub(super) final_url: String,
    /// What it is to be called, unless the job says so.
    pub(super) name: String,
    /// The server's strong or weak mark of this version of the file.
    pub(super) etag: Option<String>,
    /// When the server says that it was changed.
    pub(super) last_modified: Option<String>,
    /// How long the whole file is, in bytes.
    pub(super) total: Option<u64>,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    /// The names of what was there before and could not go on: it stays aside until this one is complete.
    #[serde(default)]
    pub(super) aside: Vec<String>,
    /// How far an earlier try had come, before it had to begin anew.
    #[serde(default)]
    pub(super) earlier_bytes: u64,
    /// How many bytes from the beginning are good.
    pub(super) good_bytes: u64,
    /// The checksum of those.
    pub(super) good_sha256: String,
}

impl Record {
    /// A record that knows only where the file comes from.
    pub(super) fn new(url: String, url_sha256: String) -> Self {
        Self {
            version: VERSION,
            serial: 0,
            url,
            url_sha256,
            final_url: String::new(),
            name: String::new(),
            etag: None,
            last_modified: None,
            total: None,
            content_type: None,
            content_encoding: None,
            aside: Vec::new(),
            earlier_bytes: 0,
            good_bytes: 0,
            good_sha256: String::new(),
        }
    }

    /// How far the download has ever come.
    pub(super) fn farthest(&self) -> u64 {
        self.good_bytes.max(self.earlier_bytes)
    }

    /// The checksum of the good bytes, as it was written down.
    pub(super) fn good_checksum(&self) -> Option<Checksum> {
        Checksum::from_hex(&self.good_sha256)
    }

    /// One line of the file; without what does not fit.
    fn line(&self) -> io::Result<Vec<u8>> {
        let mut cut = self.clone();
        for text in [&mut cut.url, &mut cut.final_url] {
            *text = url_for_files(text).into_owned();
            if text.len() > MAX_TEXT_BYTES {
                text.clear();
            }
        }
        let texts = [
            &mut cut.etag,
            &mut cut.last_modified,
            &mut cut.content_type,
            &mut cut.content_encoding,
        ];
        for text in texts {
            *text = text.take().filter(|text| text.len() <= MAX_TEXT_BYTES / 4);
        }
        let mut line = serde_json::to_vec(&cut)?;
        if line.len() >= LINE_BYTES {
            return Err(io::Error::other("the record is too long"));
        }
        line.resize(LINE_BYTES - 1, b' ');
        line.push(b'\n');
        Ok(line)
    }
}

/// The file of a record, open for the next write.
#[derive(Debug)]
pub(super) struct RecordFile {
    file: File,
    /// The serial number of the newest line.
    serial: u64,
}

impl RecordFile {
    /// A new file, in the place of a record that was left over.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something else is there, and what the disk says.
    pub(super) fn create(path: &Path, record: &Record) -> io::Result<Self> {
        Self::remove_left_over(path)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).read(true).create_new(true).open(path)?;
        let mut new = Self { file, serial: 0 };
        // Both, so that every later write finds its place.
        let written = new.write(record).and_then(|()| new.write(record));
        // Half a record is none.
        written.inspect_err(|_| {
            let _ = std::fs::remove_file(path);
        })?;
        Ok(new)
    }

    /// Makes sure that there is no record.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something else is there, and what the disk says.
    pub(super) fn remove_left_over(path: &Path) -> io::Result<()> {
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        match Self::open(path) {
            Ok((_, left_over)) if !left_over.is_empty() => std::fs::remove_file(path),
            _ => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// The file of `path`, and its valid lines, newest first.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Record>)> {
        if !std::fs::symlink_metadata(path)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = OpenOptions::new().write(true).read(true).open(path)?;
        let mut bytes = Vec::new();
        (&file)
            .take(2 * LINE_BYTES as u64)
            .read_to_end(&mut bytes)?;
        let records = parse(&bytes);
        let serial = records.first().map_or(0, |record| record.serial);
        Ok((Self { file, serial }, records))
    }

    /// Writes a newer line in the place of the older one.
    pub(super) fn write(&mut self, record: &Record) -> io::Result<()> {
        let serial = self.serial.wrapping_add(1);
        let line = Record {
            serial,
            ..record.clone()
        }
        .line()?;
        self.file
            .seek(SeekFrom::Start(serial % 2 * LINE_BYTES as u64))?;
        self.file.write_all(&line)?;
        self.serial = serial;
        Ok(())
    }
}

/// The valid lines of a record file, newest first.
fn parse(bytes: &[u8]) -> Vec<Record> {
    let mut records: Vec<Record> = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .filter(|record: &Record| record.version == VERSION)
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.serial));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(good_bytes: u64) -> Record {
        Record {
            good_bytes,
            good_sha256: Checksum::of(b"x").hex(),
            etag: Some("\"a\"".to_owned()),
            total: Some(u64::MAX),
            ..Record::new("http://h/a".to_owned(), "00".to_owned())
        }
    }

    fn good(path: &Path) -> Vec<u64> {
        let (_, records) = RecordFile::open(path).unwrap();
        records.iter().map(|record| record.good_bytes).collect()
    }

    #[test]
    fn the_newest_line_comes_first_and_the_one_before_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = RecordFile::create(&path, &record(0)).unwrap();
        for bytes in 1..=5 {
            file.write(&record(bytes)).unwrap();
            assert_eq!(good(&path), [bytes, bytes - 1]);
        }
        drop(file);
        let (mut file, records) = RecordFile::open(&path).unwrap();
        assert_eq!(records[0].etag.as_deref(), Some("\"a\""));
        file.write(&record(6)).unwrap();
        assert_eq!(good(&path), [6, 5], "the older one was replaced");
        assert_eq!(path.metadata().unwrap().len(), 2 * LINE_BYTES as u64);
    }

    #[test]
    fn a_torn_line_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = RecordFile::create(&path, &record(7)).unwrap();
        file.write(&record(8)).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for line in [0, LINE_BYTES] {
            let mut torn = bytes.clone();
            torn[line..line + 30].fill(0);
            std::fs::write(&path, torn).unwrap();
            assert_eq!(good(&path), [if line == 0 { 8 } else { 7 }]);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_record_and_do_no_harm() {
        let mut random = fastrand::Rng::with_seed(3);
        let line = record(9).line().unwrap();
        for _ in 0..3_000 {
            let mut bytes = line.clone();
            for _ in 0..random.usize(1..40) {
                let place = random.usize(..400);
                bytes[place] = random.u8(..);
            }
            bytes.truncate(random.usize(..bytes.len()));
            for record in parse(&bytes) {
                assert_eq!(record.version, VERSION);
            }
            let noise: Vec<u8> = (0..random.usize(..300)).map(|_| random.u8(..)).collect();
            assert!(parse(&noise).is_empty());
        }
        assert!(parse(line.replace_version().as_slice()).is_empty());
    }

    trait ReplaceVersion {
        fn replace_version(&self) -> Vec<u8>;
    }

    impl ReplaceVersion for Vec<u8> {
        fn replace_version(&self) -> Vec<u8> {
            let text = String::from_utf8(self.clone()).unwrap();
            text.replace("\"version\":1", "\"version\":2").into_bytes()
        }
    }

    #[test]
    fn half_a_record_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let too_long = Record {
            name: "n".repeat(LINE_BYTES),
            ..record(0)
        };
        RecordFile::create(&path, &too_long).unwrap_err();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let long = Record {
            url: "u".repeat(30_000),
            etag: Some("\0".repeat(60_000)),
            ..record(1)
        };
        let kept = &parse(&long.line().unwrap())[0];
        assert_eq!((kept.url.as_str(), &kept.etag), ("", &None));
        assert_eq!(kept.good_bytes, 1);
        let controls = Record {
            url: "\0".repeat(MAX_TEXT_BYTES),
            ..record(1)
        };
        assert!(controls.line().is_ok());
    }
}
