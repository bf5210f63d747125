//! What is known of a file that is not complete: the truth about its bytes, in a small file beside it.
//!
//! The file has two lines of JSON of one fixed length, which are written in turns and in place. So a write that is torn
//! by a crash spoils one of them at most, and a full disk has room for the next.
//!
//! Each line ends with a mark made with the user's key (see [`UserKey`]). A line without a valid mark may have been
//! written by another user, by a server that chose the names of two downloads, or by version 1, which had none. It counts
//! only for a download that was told to go on with this very part.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::own_files::{create_private, keep_private, open_own, open_to_read, remove_if_at};
use super::part_hasher::{HashKind, PartHasher, hash_of};
use super::rename::{is_aside_of, lock};
use super::user_key::UserKey;
use crate::fetch::Checksum;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;
use crate::fetch::secrets::url_for_files;

/// The length of one line with its end, in bytes.
const LINE_BYTES: usize = 8 * 1024;
/// For how long a server is known to refuse ranges.
const RANGES_REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// The longest text of a server that is kept, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
/// The version of the format.
const VERSION: u32 = 2;
/// What precedes the mark at the end of a line.
const BEFORE_MARK: &str = ",\"mark\":\"";
/// What follows it.
const AFTER_MARK: &str = "\"}";

/// What is known of an incomplete file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) version: u32,
    /// Counts the writes: the line with the larger number is the newer one.
    pub(crate) serial: u64,
    /// What it was begun from, for people: without secrets.
    pub(crate) url: String,
    /// The hash of the whole URL, to know it again: `algorithm:digits`.
    pub(crate) url_hash: String,
    /// What answered in the end, for people: without secrets.
    pub(crate) final_url: String,
    /// What the file was to be called, for people.
    pub(crate) name: String,
    /// The server's strong or weak mark of this version of the file.
    pub(crate) etag: Option<String>,
    /// When the server says that it was changed.
    pub(crate) last_modified: Option<String>,
    /// How long the whole file is, in bytes.
    pub(crate) total: Option<u64>,
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    /// The part that was there before and could not go on: it is kept until this one is complete.
    pub(crate) aside: Option<Aside>,
    /// When the server last refused ranges for this file, in Unix seconds.
    pub(crate) ranges_refused_at: Option<u64>,
    /// How far an earlier attempt had come, before it had to begin again.
    #[serde(rename = "high_water_mark")]
    pub(crate) earlier_bytes: u64,
    /// How many bytes from the beginning are good. In the file, a list of ranges.
    #[serde(rename = "good", with = "good_ranges")]
    pub(crate) good_bytes: u64,
    /// The hash of those: `algorithm:digits`.
    pub(crate) good_hash: String,
}

/// A part that is set aside, in the same folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aside {
    /// Its file name: the part's own, `.old` and digits.
    pub(crate) name: String,
    /// How many bytes of it were proved.
    pub(crate) bytes: u64,
}

impl Aside {
    /// Where it is, beside this part. None if it is not called like a part that is aside.
    pub(crate) fn beside(&self, part: &Path) -> Option<PathBuf> {
        let path = part.with_file_name(&self.name);
        is_aside_of(&path, part).then_some(path)
    }
}

/// The good bytes as a list of ranges, each with its first byte and the one after its last. This version knows one, from
/// the first byte of the file.
mod good_ranges {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        good_bytes: &u64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match *good_bytes {
            0 => <[[u64; 2]; 0]>::serialize(&[], serializer),
            end => [[0, end]].serialize(serializer),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        match Vec::<[u64; 2]>::deserialize(deserializer)?[..] {
            [] => Ok(0),
            [[0, end]] if end > 0 => Ok(end),
            _ => Err(D::Error::custom(
                "only one range from the first byte is known",
            )),
        }
    }
}

/// What version 1 wrote.
#[derive(Deserialize)]
struct Version1 {
    serial: u64,
    url: String,
    url_sha256: String,
    final_url: String,
    name: String,
    etag: Option<String>,
    last_modified: Option<String>,
    total: Option<u64>,
    content_type: Option<String>,
    content_encoding: Option<String>,
    #[serde(default)]
    earlier_bytes: u64,
    good_bytes: u64,
    good_sha256: String,
}

impl From<Version1> for Record {
    fn from(old: Version1) -> Self {
        Self {
            version: VERSION,
            serial: old.serial,
            url: old.url,
            url_hash: format!("sha256:{}", old.url_sha256),
            final_url: old.final_url,
            name: old.name,
            etag: old.etag,
            last_modified: old.last_modified,
            total: old.total,
            content_type: old.content_type,
            content_encoding: old.content_encoding,
            // Without a mark it may name any file.
            aside: None,
            ranges_refused_at: None,
            earlier_bytes: old.earlier_bytes,
            good_bytes: old.good_bytes,
            good_hash: format!("sha256:{}", old.good_sha256),
        }
    }
}

impl Record {
    /// A record that knows only where the file comes from: the URL as it may be shown, and the hash of the whole one.
    pub(crate) fn new(shown_url: String, url_hash: String) -> Self {
        Self {
            version: VERSION,
            serial: 0,
            url: shown_url,
            url_hash,
            final_url: String::new(),
            name: String::new(),
            etag: None,
            last_modified: None,
            total: None,
            content_type: None,
            content_encoding: None,
            aside: None,
            ranges_refused_at: None,
            earlier_bytes: 0,
            good_bytes: 0,
            good_hash: String::new(),
        }
    }

    /// True if the part was begun from this URL.
    pub(crate) fn is_of(&self, url: &str) -> bool {
        match HashKind::of(&self.url_hash) {
            Some(HashKind::Blake3) => self.url_hash == hash_of(url),
            Some(HashKind::Sha256) => self.url_hash == Checksum::of(url.as_bytes()).to_string(),
            None => false,
        }
    }

    /// Takes over what an earlier record of the same part knows that does not depend on the version of the file.
    pub(crate) fn inherit(&mut self, earlier: &Self) {
        self.aside.clone_from(&earlier.aside);
        self.ranges_refused_at = earlier.ranges_refused_at;
        self.earlier_bytes = self.earlier_bytes.max(earlier.farthest());
    }

    /// The record of a part of the same URL that has no bytes yet.
    pub(crate) fn restarted(&self) -> Self {
        let mut fresh = Self::new(self.url.clone(), self.url_hash.clone());
        fresh.inherit(self);
        fresh
    }

    /// Whether the server refused ranges so lately that it is not asked for one again.
    pub(crate) fn refuses_ranges(&self, now_unix_secs: u64) -> bool {
        let age_secs = |at| now_unix_secs.saturating_sub(at);
        (self.ranges_refused_at).is_some_and(|at| age_secs(at) < RANGES_REFUSED_FOR.as_secs())
    }

    /// Whether a later fetch would ask for all of these bytes again, to compare them: then nothing is gained by going on,
    /// and what is known of them is written down only when the fetch takes long, or ends before they are there.
    pub(crate) fn is_asked_for_again(&self) -> bool {
        (self.total).is_some_and(|total| total <= RESUME_OVERLAP_BYTES)
    }

    /// How far the download has ever come.
    pub(crate) fn farthest(&self) -> u64 {
        self.good_bytes.max(self.earlier_bytes)
    }

    /// Sorts by the number of good bytes, and by age where they are as many.
    pub(crate) fn by_bytes_and_age(&self) -> (u64, u64) {
        (self.good_bytes, self.serial)
    }

    /// Which hash of the good bytes was written down; none if there is none yet.
    pub(crate) fn good_hash_kind(&self) -> Option<HashKind> {
        HashKind::of(&self.good_hash)
    }

    /// True if these are the good bytes.
    pub(crate) fn proves(&self, hasher: &PartHasher) -> bool {
        self.good_hash == hasher.so_far()
    }

    /// One line of the file; without what does not fit.
    fn line(&self, key: &UserKey) -> io::Result<Vec<u8>> {
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
        line.pop_if(|byte| *byte == b'}');
        // Without a key nothing is valid.
        let mark = key.mark(&line).unwrap_or_default();
        line.extend([BEFORE_MARK, &mark, AFTER_MARK].concat().bytes());
        if line.len() >= LINE_BYTES {
            return Err(io::Error::other("the record is too long"));
        }
        line.resize(LINE_BYTES - 1, b' ');
        line.push(b'\n');
        Ok(line)
    }
}

/// What a file says of a part.
#[derive(Debug)]
pub(crate) struct Records {
    /// The valid lines, newest first.
    pub(crate) lines: Vec<Record>,
    /// True if they have valid marks.
    pub(crate) are_ours: bool,
}

impl Records {
    /// What a file says, without changing it. It may be another user's.
    pub(crate) fn read(path: &Path, key: &UserKey) -> io::Result<Self> {
        let file = open_to_read(path)?;
        Ok(Self::parse(&start_of(&file)?, key))
    }

    /// True if there are any, and all are of this URL.
    pub(crate) fn are_of(&self, url: &str) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|record| record.is_of(url))
    }

    fn parse(bytes: &[u8], key: &UserKey) -> Self {
        let mut ours = Vec::new();
        let mut others = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii_end();
            let Some(record) = parse_line(line) else {
                continue;
            };
            if has_valid_mark(line, key) {
                ours.push(record);
            } else {
                others.push(Record {
                    // It may name any file.
                    aside: None,
                    ..record
                });
            }
        }
        let are_ours = !ours.is_empty();
        let mut lines = if are_ours { ours } else { others };
        lines.sort_by_key(|record| std::cmp::Reverse(record.serial));
        Self { lines, are_ours }
    }
}

/// The bytes that a file may have.
fn start_of(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(2 * LINE_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse_line(line: &[u8]) -> Option<Record> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    match serde_json::from_slice::<Version>(line).ok()?.version {
        1 => serde_json::from_slice::<Version1>(line)
            .ok()
            .map(Record::from),
        VERSION => serde_json::from_slice(line).ok(),
        _ => None,
    }
}

fn has_valid_mark(line: &[u8], key: &UserKey) -> bool {
    const MARK_BYTES: usize = 2 * blake3::OUT_LEN;
    let split = line
        .strip_suffix(AFTER_MARK.as_bytes())
        .and_then(|line| line.split_last_chunk::<MARK_BYTES>());
    let Some((before, mark)) = split else {
        return false;
    };
    match (
        before.strip_suffix(BEFORE_MARK.as_bytes()),
        str::from_utf8(mark),
    ) {
        (Some(marked), Ok(mark)) => key.has_made(mark, marked),
        _ => false,
    }
}

/// The file of a record, open for the next write. Its lock is held, so that no other fetch removes it or makes
/// another in its place.
#[derive(Debug)]
pub(crate) struct RecordFile {
    file: File,
    path: PathBuf,
    key: Arc<UserKey>,
    /// The serial number of the newest line.
    serial: u64,
}

impl RecordFile {
    /// A new file.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something is there, and what the disk says.
    pub(crate) fn create(path: &Path, record: &Record, key: &Arc<UserKey>) -> io::Result<Self> {
        let file = create_private(path)?;
        lock(&file)?;
        let mut new = Self {
            file,
            path: path.to_owned(),
            key: key.clone(),
            serial: 0,
        };
        // Both, so that every later write finds its place.
        let written = new.write(record).and_then(|()| new.write(record));
        // Half a record is none.
        written.inspect_err(|_| {
            let _ = remove_if_at(&new.file, path);
        })?;
        Ok(new)
    }

    /// Makes sure that there is no record, where there is no part. What is returned was left over from a crash: it may
    /// name a part that is aside, which the fresh record takes over.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when what is there is not ours, is in use, or is of another URL and names a part
    /// that is aside, and what the disk says.
    pub(crate) fn remove_left_over(
        path: &Path,
        fresh: &Record,
        key: &Arc<UserKey>,
    ) -> io::Result<Option<Record>> {
        let (left_over, mut records) = match Self::open(path, key) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        };
        if records.lines.is_empty() && left_over.file.metadata()?.len() == 0 {
            // A crash came before its first line.
            left_over.remove()?;
            return Ok(None);
        }
        let is_needed =
            |record: &Record| record.aside.is_some() && record.url_hash != fresh.url_hash;
        if !records.are_ours || records.lines.iter().any(is_needed) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        left_over.remove()?;
        Ok(Some(records.lines.swap_remove(0)))
    }

    /// The file of `path`, and what it says.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] when it is in use, and those of [`open_own`].
    pub(crate) fn open(path: &Path, key: &Arc<UserKey>) -> io::Result<(Self, Records)> {
        let file = open_own(path, 1)?;
        lock(&file)?;
        let records = Records::parse(&start_of(&file)?, key);
        let serial = records.lines.first().map_or(0, |record| record.serial);
        let opened = Self {
            file,
            path: path.to_owned(),
            key: key.clone(),
            serial,
        };
        Ok((opened, records))
    }

    /// Writes a newer line in the place of the older one.
    pub(crate) fn write(&mut self, record: &Record) -> io::Result<()> {
        let serial = self.serial.wrapping_add(1);
        let line = Record {
            serial,
            ..record.clone()
        }
        .line(&self.key)?;
        self.file
            .seek(SeekFrom::Start(serial % 2 * LINE_BYTES as u64))?;
        self.file.write_all(&line)?;
        self.serial = serial;
        Ok(())
    }

    /// Replaces both lines, which had no valid marks, by ones that have.
    pub(crate) fn make_ours(&mut self, record: &Record) -> io::Result<()> {
        keep_private(&self.file);
        self.write(record)?;
        self.write(record)
    }

    /// Removes the file, unless another one is at its place.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn remove(self) -> io::Result<()> {
        remove_if_at(&self.file, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Arc<UserKey> {
        Arc::new(UserKey::kept_in(None))
    }

    fn record(good_bytes: u64) -> Record {
        Record {
            good_bytes,
            good_hash: Checksum::of(b"x").to_string(),
            etag: Some("\"a\"".to_owned()),
            total: Some(u64::MAX),
            ..Record::new("http://h/a".to_owned(), hash_of("http://h/a"))
        }
    }

    fn good(path: &Path) -> Vec<u64> {
        let records = Records::read(path, &key()).unwrap();
        assert!(records.are_ours);
        records
            .lines
            .iter()
            .map(|record| record.good_bytes)
            .collect()
    }

    #[test]
    fn the_newest_line_comes_first_and_the_one_before_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = RecordFile::create(&path, &record(0), &key()).unwrap();
        for bytes in 1..=5 {
            file.write(&record(bytes)).unwrap();
            assert_eq!(good(&path), [bytes, bytes - 1]);
        }
        let in_use = RecordFile::open(&path, &key()).unwrap_err();
        assert_eq!(in_use.kind(), io::ErrorKind::ResourceBusy);
        drop(file);
        let (mut file, records) = RecordFile::open(&path, &key()).unwrap();
        assert_eq!(records.lines[0].etag.as_deref(), Some("\"a\""));
        file.write(&record(6)).unwrap();
        assert_eq!(good(&path), [6, 5], "the older one was replaced");
        assert_eq!(path.metadata().unwrap().len(), 2 * LINE_BYTES as u64);
    }

    #[test]
    fn a_torn_line_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = RecordFile::create(&path, &record(7), &key()).unwrap();
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
        let line = record(9).line(&key()).unwrap();
        for _ in 0..3_000 {
            let mut bytes = line.clone();
            for _ in 0..random.usize(1..40) {
                let place = random.usize(..400);
                bytes[place] = random.u8(..);
            }
            bytes.truncate(random.usize(..bytes.len()));
            let records = Records::parse(&bytes, &key());
            // What was changed anywhere has no valid mark.
            assert!(!records.are_ours || bytes.starts_with(line.trim_ascii_end()));
            let noise: Vec<u8> = (0..random.usize(..300)).map(|_| random.u8(..)).collect();
            assert!(Records::parse(&noise, &key()).lines.is_empty());
        }
        let text = String::from_utf8(line).unwrap();
        let later = text.replace("\"version\":2", "\"version\":3");
        assert!(Records::parse(later.as_bytes(), &key()).lines.is_empty());
    }

    /// The line that holds, changed in one place.
    #[test]
    fn without_a_valid_mark_a_line_is_nobodys_and_names_nothing() {
        let aside = Some(Aside {
            name: "a.part.old".to_owned(),
            bytes: 3,
        });
        let good = Record {
            aside: aside.clone(),
            ..record(9)
        };
        let line = good.line(&key()).unwrap();
        let parse = |line: &[u8], key: &UserKey| {
            let mut records = Records::parse(line, key);
            assert_eq!(records.lines.len(), 1);
            (records.are_ours, records.lines.remove(0).aside)
        };
        assert_eq!(parse(&line, &key()), (true, aside));
        let root = tempfile::tempdir().unwrap();
        let other_key = UserKey::kept_in(Some(root.path().to_owned()));
        assert_eq!(parse(&line, &other_key), (false, None));
        let text = String::from_utf8(line).unwrap();
        for (from, to) in [
            ("[[0,9]]", "[[0,8]]"),
            ("\"mark\":\"", "\"mork\":\""),
            (",\"mark\"", ", \"mark\""),
            ("http://h/a", "http://h/b"),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert_eq!(parse(changed.as_bytes(), &key()), (false, None), "{to}");
        }
        // Beside a marked line, an unmarked one does not count, however new it is.
        let forged = text.replace("\"serial\":0", "\"serial\":77");
        let both = [forged.as_bytes(), text.as_bytes()].concat();
        let records = Records::parse(&both, &key());
        assert!(records.are_ours);
        assert_eq!(records.lines, [good]);
    }

    #[test]
    fn only_one_range_from_the_first_byte_is_known() {
        let text = String::from_utf8(record(9).line(&key()).unwrap()).unwrap();
        let known = |ranges: &str| {
            let text = text.replace("[[0,9]]", ranges);
            !Records::parse(text.as_bytes(), &key()).lines.is_empty()
        };
        assert!(known("[[0,9]]") && known("[[0,10]]") && known("[]"));
        for other in ["[[1,9]]", "[[0,4],[5,9]]", "[[0,0]]", "9", "[[0]]"] {
            assert!(!known(other), "{other}");
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
        RecordFile::create(&path, &too_long, &key()).unwrap_err();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let long = Record {
            url: "u".repeat(30_000),
            etag: Some("\0".repeat(60_000)),
            ..record(1)
        };
        let kept = &Records::parse(&long.line(&key()).unwrap(), &key()).lines[0];
        assert_eq!((kept.url.as_str(), &kept.etag), ("", &None));
        assert_eq!(kept.good_bytes, 1);
        let controls = Record {
            url: "\0".repeat(MAX_TEXT_BYTES),
            ..record(1)
        };
        assert!(controls.line(&key()).is_ok());
    }
}
