//! What an earlier fetch left: found, locked, and proved to be what it says, before another one goes on with it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::own_files::{is_at, keep_private, links, open_own, remove_if_at};
use super::part_hasher::{HashKind, PartHasher};
use super::part_listing::{has, part_names_in};
use super::part_manifest::{Record, RecordFile, Records};
use super::rename::{lock, manifest_of, path_of};
use crate::fetch::FetchError;
use crate::fetch::client::exchange::client_error::from_disk;
use crate::fetch::client::save::part::Part;
use crate::fetch::client::save::part_env::PartEnv;
use crate::fetch::limits::{MAX_NAME_ATTEMPTS, PARTS_MISSING_AT_MOST, WRITE_BLOCK_BYTES};
use crate::fetch::part_names::PART_SUFFIX;

/// A part of an earlier fetch, whose bytes may have changed since.
#[derive(Debug)]
pub(crate) struct Unproved {
    env: PartEnv,
    path: PathBuf,
    file: File,
    record_file: RecordFile,
    /// What was written down of it; at least one line.
    records: Records,
    /// The other name that the file has, if it has two.
    finished_as: Option<PathBuf>,
}

/// What was proved of a part of an earlier fetch.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) record: Record,
    pub(crate) record_file: RecordFile,
    pub(crate) hasher: PartHasher,
    /// See [`Part::is_finished`].
    pub(crate) finished_as: Option<PathBuf>,
}

/// What a look for a part of a URL came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// One that can be gone on with.
    pub(crate) part: Option<Unproved>,
    /// One of this URL without a valid mark: of an earlier version, or made by a program with another key.
    pub(crate) unmarked: Option<PathBuf>,
}

impl Unproved {
    /// A part of `name` in `folder` that was begun from the same URL, and that no other fetch has.
    pub(crate) fn find(env: &PartEnv, folder: &Path, name: &str, url: &str) -> Found {
        let mut found = Found::default();
        let mut missing = 0;
        let names = part_names_in(folder);
        let is_known_missing = |path: &Path| names.as_ref().is_some_and(|names| !has(names, path));
        for number in 0..MAX_NAME_ATTEMPTS {
            let path = path_of(folder, name, number, PART_SUFFIX);
            let look = match is_known_missing(&path) {
                true => Err(io::ErrorKind::NotFound.into()),
                false => Self::look(env, &path, Some(url)),
            };
            match look {
                Ok(Look::Usable(part)) => {
                    found.part = Some(*part);
                    break;
                }
                Ok(Look::Unmarked) => {
                    found.unmarked.get_or_insert(path);
                    missing = 0;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing += 1,
                Err(_) => missing = 0,
            }
            // Others of the name may be complete by now, but not this many in a row.
            if missing == PARTS_MISSING_AT_MOST {
                break;
            }
        }
        found
    }

    /// Opens a part that no other fetch has. Where a URL is given, it must have been begun from that, and its record must
    /// have a valid mark.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none, and others when it is in use, not ours, another URL's, or nothing
    /// is known of it.
    pub(crate) fn open(env: &PartEnv, path: &Path, url: Option<&str>) -> io::Result<Self> {
        match Self::look(env, path, url)? {
            Look::Usable(part) => Ok(*part),
            Look::Unmarked => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn look(env: &PartEnv, path: &Path, url: Option<&str>) -> io::Result<Look> {
        // A second name may be the final one; see below.
        let file = open_own(path, 2)?;
        // Before the lock: its owner must not find it in use because another fetch looks whose it is.
        let manifest = manifest_of(path);
        let records = Records::read(&manifest, &env.key).map_err(no_record)?;
        if let Some(refused) = refusal(&records, url)? {
            return Ok(refused);
        }
        lock(&file)?;
        // Another fetch may have finished it in this moment: then it has its final name, and must not be changed.
        if !is_at(&file, path)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        let (record_file, records) = RecordFile::open(&manifest, &env.key).map_err(no_record)?;
        if let Some(refused) = refusal(&records, url)? {
            return Ok(refused);
        }
        let finished_as = match links(&file)? {
            1 => None,
            _ => Some(final_name(&file, path, &records)?),
        };
        Ok(Look::Usable(Box::new(Self {
            env: env.clone(),
            path: path.to_owned(),
            file,
            record_file,
            records,
            finished_as,
        })))
    }

    /// Whether this user began it, as its manifest proves.
    pub(crate) fn is_ours(&self) -> bool {
        self.records.are_ours
    }

    /// Reads its bytes and compares them with what was written down. None when they are not those: they stay as they
    /// are then, and no fetch goes on with them. What a crash of the system left without its end is removed: nothing of
    /// it can be proved.
    ///
    /// # Errors
    /// What the disk says, and what `may_go_on` says, which is asked between two blocks.
    pub(crate) fn prove(
        mut self,
        mut may_go_on: impl FnMut() -> Result<(), FetchError>,
    ) -> Result<Option<Part>, FetchError> {
        let on_disk = |error: &io::Error| from_disk(error, "reading what is there");
        let length = self.file.metadata().map_err(|error| on_disk(&error))?.len();
        let mut records = std::mem::take(&mut self.records.lines);
        let latest = records.first().cloned();
        // Ascending, so that one reading is enough for both; of two that hold, the newer one counts.
        records.sort_by_key(Record::by_bytes_and_age);
        let newest_bytes = records.last().map_or(0, |record| record.good_bytes);
        let mut reading = Reading::new(&self.file, &records, self.env.hash);
        let mut proved: Option<(Record, PartHasher)> = None;
        for record in records {
            if record.good_bytes > length {
                break;
            }
            reading.read_to(record.good_bytes, &mut may_go_on)?;
            if record.good_bytes == 0 || reading.proves(&record) {
                proved = Some((record, reading.wanted()));
            }
        }
        // That it was empty once proves nothing of bytes that came later.
        let had_bytes = newest_bytes > 0;
        let proved = proved.filter(|(record, _)| record.good_bytes > 0 || !had_bytes);
        let Some((mut record, mut hasher)) = proved else {
            return self.without_proof(latest, length < newest_bytes);
        };
        if self.finished_as.is_some() {
            if record.total.is_some_and(|total| total != length) {
                return Ok(None);
            }
            // It got its final name when all bytes were on the disk, which its record was not told any more.
            reading.read_to(length, &mut may_go_on)?;
            hasher = reading.wanted();
            record.good_bytes = length;
        } else {
            // What follows was never written down.
            self.file
                .set_len(record.good_bytes)
                .and_then(|()| self.file.seek(SeekFrom::Start(record.good_bytes)))
                .map_err(|error| on_disk(&error))?;
        }
        record.good_hash = hasher.so_far();
        if !self.records.are_ours {
            keep_private(&self.file);
            self.record_file
                .make_ours(&record)
                .map_err(|error| from_disk(&error, "writing down what is known of the file"))?;
        }
        let proof = Proof {
            record,
            record_file: self.record_file,
            hasher,
            finished_as: self.finished_as,
        };
        Ok(Some(Part::proved(self.env, self.path, self.file, proof)))
    }

    /// Makes sure that no later fetch reads it again, for nothing; unless it is not ours, or complete.
    fn without_proof(
        mut self,
        latest: Option<Record>,
        is_cut: bool,
    ) -> Result<Option<Part>, FetchError> {
        if !self.records.are_ours || self.finished_as.is_some() {
            return Ok(None);
        }
        // A crash came after its bytes were set aside, and before the record of the fresh part was written.
        if let Some(latest) = latest.filter(|latest| is_cut && latest.aside.is_some()) {
            let record = latest.restarted();
            self.file
                .set_len(0)
                .and_then(|()| self.record_file.write(&record))
                .map_err(|error| from_disk(&error, "beginning again"))?;
            let proof = Proof {
                record,
                record_file: self.record_file,
                hasher: PartHasher::new(self.env.hash),
                finished_as: None,
            };
            return Ok(Some(Part::proved(self.env, self.path, self.file, proof)));
        }
        let _ = self.record_file.remove();
        if is_cut {
            let _ = remove_if_at(&self.file, &self.path);
        }
        Ok(None)
    }
}

/// What is at a path.
#[derive(Debug)]
enum Look {
    Usable(Box<Unproved>),
    /// A part of the URL whose record has no valid mark.
    Unmarked,
}

/// A part without a record is not one of ours.
fn no_record(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => io::ErrorKind::InvalidData.into(),
        _ => error,
    }
}

/// Why a fetch of this URL may not go on with a part that these records are of.
fn refusal(records: &Records, url: Option<&str>) -> io::Result<Option<Look>> {
    let is_wanted = match url {
        Some(url) => records.are_of(url),
        None => !records.lines.is_empty(),
    };
    match (is_wanted, url) {
        (false, _) => Err(io::ErrorKind::InvalidData.into()),
        (true, Some(_)) if !records.are_ours => Ok(Some(Look::Unmarked)),
        (true, _) => Ok(None),
    }
}

/// The final name of a part that has two names: a crash came before the part's own was removed.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when the other name is none that the part would get: the file is shared with something
/// else then, and is left alone.
fn final_name(file: &File, part: &Path, records: &Records) -> io::Result<PathBuf> {
    let not_ours = || io::Error::from(io::ErrorKind::InvalidInput);
    let (Some(folder), Some(newest)) = (part.parent(), records.lines.first()) else {
        return Err(not_ours());
    };
    let own = part.file_name().and_then(|name| name.to_str());
    let own = own.and_then(|name| name.strip_suffix(PART_SUFFIX));
    let names = [own, Some(&newest.name)].into_iter().flatten();
    for name in names.filter(|name| records.are_ours && is_plain(name)) {
        for number in 0..MAX_NAME_ATTEMPTS {
            let path = path_of(folder, name, number, "");
            if is_at(file, &path)? {
                return Ok(path);
            }
            if path.symlink_metadata().is_err() {
                break;
            }
        }
    }
    Err(not_ours())
}

/// True for a name that is one component of a path.
fn is_plain(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|last| last == name)
}

/// Reads a file once, for the hash that was written down and for the one that is wanted from here on.
struct Reading<'a> {
    file: &'a File,
    hashers: Vec<PartHasher>,
    wanted: HashKind,
    read_bytes: u64,
    block: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(file: &'a File, records: &[Record], wanted: HashKind) -> Self {
        let known = records.iter().filter_map(Record::good_hash_kind);
        let mut kinds: Vec<_> = known.chain([wanted]).collect();
        kinds.sort();
        kinds.dedup();
        Self {
            file,
            hashers: kinds.into_iter().map(PartHasher::new).collect(),
            wanted,
            read_bytes: 0,
            block: vec![0; WRITE_BLOCK_BYTES],
        }
    }

    /// Reads on to this byte, or to the end of the file.
    fn read_to(
        &mut self,
        end: u64,
        may_go_on: &mut impl FnMut() -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        while self.read_bytes < end {
            may_go_on()?;
            let room = usize::try_from(end - self.read_bytes)
                .unwrap_or(usize::MAX)
                .min(self.block.len());
            match (&mut self.file).read(&mut self.block[..room]) {
                Ok(0) => break,
                Ok(count) => {
                    for hasher in &mut self.hashers {
                        hasher.update(&self.block[..count]);
                    }
                    self.read_bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(from_disk(&error, "reading what is there")),
            }
        }
        Ok(())
    }

    /// True if the bytes so far are the good ones of this record.
    fn proves(&self, record: &Record) -> bool {
        self.read_bytes == record.good_bytes
            && self.hashers.iter().any(|hasher| record.proves(hasher))
    }

    /// The hash to go on with.
    fn wanted(&self) -> PartHasher {
        let wanted = self
            .hashers
            .iter()
            .find(|hasher| hasher.kind() == self.wanted);
        wanted
            .cloned()
            .unwrap_or_else(|| PartHasher::new(self.wanted))
    }
}
