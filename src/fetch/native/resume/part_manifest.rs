//! What is known of an incomplete file: the truth about its bytes, as one line of its manifest.
//!
//! Each line ends with a mark made with the user's key (see [`UserKey`]). A line without a valid
//! mark may have been written by another user, by a server that chose the names of two downloads,
//! or by version 1, which had no marks. It counts only for a download that was asked to continue
//! this very part.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::part_hasher::{HashKind, PartHasher, hash_of};
use super::part_paths::is_aside_of;
use super::user_key::UserKey;
use crate::fetch::Checksum;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;
use crate::fetch::secrets::url_for_files;

/// The length of one line, its line end included, in bytes.
pub(super) const LINE_BYTES: usize = 8 * 1024;
/// For how long a refusal of ranges is remembered.
const RANGES_REFUSED_FOR: Duration = Duration::from_secs(24 * 3600);
/// The longest text of a server that is stored, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 1024;
/// The version of the format.
const VERSION: u32 = 2;
/// What follows the coding of a body that was decoded as it came.
const DECODED: &str = ", decoded";
/// What precedes the mark at the end of a line.
const BEFORE_MARK: &str = ",\"mark\":\"";
/// What follows it.
const AFTER_MARK: &str = "\"}";

/// What is known of an incomplete file: one line of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartManifest {
    pub(crate) version: u32,
    /// Counts the writes: of two lines, the one with the larger number is newer.
    pub(crate) serial: u64,
    /// The requested URL, for people: without secrets.
    pub(crate) url: String,
    /// The hash of the requested URL with its secrets, to recognize it: `algorithm:digits`.
    pub(crate) url_hash: String,
    /// The URL after redirects, for people: without secrets.
    pub(crate) final_url: String,
    /// The intended name of the file, for people.
    pub(crate) name: String,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// The length of the whole file, in bytes.
    pub(crate) total: Option<u64>,
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    /// An earlier part of the same URL that could not be continued, kept until this one is
    /// complete.
    pub(crate) aside: Option<Aside>,
    /// When the server last refused ranges for this file, in Unix seconds.
    pub(crate) ranges_refused_at: Option<u64>,
    /// How many bytes an attempt had before it had to start over.
    #[serde(rename = "high_water_mark")]
    pub(crate) earlier_high_water_mark: u64,
    /// How many bytes from the first one on are good. Stored as a list of ranges.
    #[serde(rename = "good", with = "good_ranges")]
    pub(crate) good_bytes: u64,
    /// The hash of the good bytes: `algorithm:digits`.
    pub(crate) good_hash: String,
}

/// A part that is set aside, in the same folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aside {
    /// Its file name: the part's own, `.old` and digits.
    pub(crate) name: String,
    /// How many of its bytes are good.
    pub(crate) bytes: u64,
}

impl Aside {
    /// Its path. None if the name is not one of a part that `part` would set aside.
    pub(crate) fn beside(&self, part: &Path) -> Option<PathBuf> {
        let path = part.with_file_name(&self.name);
        is_aside_of(&path, part).then_some(path)
    }
}

/// The good bytes as a list of half-open ranges. This version supports one range, from the first
/// byte of the file on.
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

/// A line of version 1.
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

impl From<Version1> for PartManifest {
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
            // Without a mark it could name any file.
            aside: None,
            ranges_refused_at: None,
            earlier_high_water_mark: old.earlier_bytes,
            good_bytes: old.good_bytes,
            good_hash: format!("sha256:{}", old.good_sha256),
        }
    }
}

impl PartManifest {
    /// A manifest of a part without bytes: the URL without its secrets, and the hash of the whole
    /// URL.
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
            earlier_high_water_mark: 0,
            good_bytes: 0,
            good_hash: String::new(),
        }
    }

    /// Whether the part was begun from this URL.
    pub(crate) fn is_for(&self, url: &str) -> bool {
        match HashKind::of(&self.url_hash) {
            Some(HashKind::Blake3) => self.url_hash == hash_of(url),
            Some(HashKind::Sha256) => self.url_hash == Checksum::of(url.as_bytes()).to_string(),
            None => false,
        }
    }

    /// Takes over what does not depend on the version of the file.
    pub(crate) fn inherit(&mut self, earlier: &Self) {
        self.aside.clone_from(&earlier.aside);
        self.ranges_refused_at = earlier.ranges_refused_at;
        self.earlier_high_water_mark = self.earlier_high_water_mark.max(earlier.high_water_mark());
    }

    /// The manifest of a part of the same URL without bytes.
    pub(crate) fn restarted(&self) -> Self {
        let mut fresh = Self::new(self.url.clone(), self.url_hash.clone());
        fresh.inherit(self);
        fresh
    }

    /// That the bytes are those of a body in this coding, decoded: no range of the server matches
    /// them, so that the part is never resumed.
    pub(crate) fn set_decoded_from(&mut self, coding: &str) {
        self.content_encoding = Some(format!("{coding}{DECODED}"));
    }

    /// The media type and the coding of the response that the part began with.
    pub(crate) fn type_and_coding(&self) -> (Option<&str>, Option<&str>) {
        let coding = self.content_encoding.as_deref();
        let sent = coding.map(|coding| coding.strip_suffix(DECODED).unwrap_or(coding));
        (self.content_type.as_deref(), sent)
    }

    /// Whether the server refused ranges too recently to be asked for one again.
    pub(crate) fn refuses_ranges(&self, now_unix_secs: u64) -> bool {
        let age_secs = |at| now_unix_secs.saturating_sub(at);
        (self.ranges_refused_at).is_some_and(|at| age_secs(at) < RANGES_REFUSED_FOR.as_secs())
    }

    /// Whether a resumed fetch would request all bytes again, as overlap. Resuming gains nothing
    /// then, and the manifest is written only when the fetch takes long or ends early.
    pub(crate) fn fits_in_overlap(&self) -> bool {
        (self.total).is_some_and(|total| total <= RESUME_OVERLAP_BYTES)
    }

    /// The most bytes that any attempt of the download had.
    pub(crate) fn high_water_mark(&self) -> u64 {
        self.good_bytes.max(self.earlier_high_water_mark)
    }

    /// Sorts by the number of good bytes, then by age.
    pub(crate) fn by_bytes_and_age(&self) -> (u64, u64) {
        (self.good_bytes, self.serial)
    }

    /// The kind of the hash of the good bytes; none before there is one.
    pub(crate) fn good_hash_kind(&self) -> Option<HashKind> {
        HashKind::of(&self.good_hash)
    }

    /// Whether these are the good bytes.
    pub(crate) fn matches(&self, hasher: &PartHasher) -> bool {
        self.good_hash == hasher.so_far()
    }

    /// The line as it is stored, without texts that are too long.
    pub(super) fn line(&self, key: &UserKey) -> io::Result<Vec<u8>> {
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
        // Without a key no mark is valid.
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

pub(super) fn parse_line(line: &[u8]) -> Option<PartManifest> {
    #[derive(Deserialize)]
    struct LineVersion {
        version: u32,
    }
    match serde_json::from_slice::<LineVersion>(line).ok()?.version {
        1 => serde_json::from_slice::<Version1>(line)
            .ok()
            .map(PartManifest::from),
        VERSION => serde_json::from_slice(line).ok(),
        _ => None,
    }
}

pub(super) fn has_valid_mark(line: &[u8], key: &UserKey) -> bool {
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
