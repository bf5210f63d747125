//! The names of the parts in a folder, listed once for many downloads: a lookup of each missing
//! name takes the folder's lock in the system, which every creation of a file waits for.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::fetch::part_names::is_part_name;

/// How long a listing counts. A part that another process leaves in this time is not found, and its
/// download starts over; its bytes are safe, since no part is ever replaced. What this process
/// leaves is known at once.
const LISTING_COUNTS_FOR: Duration = Duration::from_secs(1);
/// From this many downloads in that time on, one listing is cheaper than lookups of names.
const MANY: u32 = 16;
/// A folder that takes longer to list has so many files that names are looked up instead.
const QUICK: Duration = Duration::from_millis(20);
/// For how long such a folder is not listed again.
const SLOW_FOR: Duration = Duration::from_secs(60);
/// How many folders are cached.
const MAX_FOLDERS: usize = 64;

/// The names of parts, and of what belongs to them, that a folder had a moment ago.
pub(crate) type PartNames = HashSet<OsString>;

static LISTINGS: FolderListings = FolderListings(OnceLock::new());

/// The names of parts in a folder, if many downloads need them and the folder can be listed
/// quickly. Else none: look each name up.
pub(crate) fn part_names_in(folder: &Path) -> Option<Arc<PartNames>> {
    LISTINGS.names_in(folder, Instant::now(), read)
}

/// A part stays in this folder: drops the listing, so that the next download finds it.
pub(crate) fn part_stays_in(folder: &Path) {
    LISTINGS.lock().remove(folder);
}

/// Whether the name of a path is among these; true for a path without a name.
pub(crate) fn contains(names: &PartNames, path: &Path) -> bool {
    path.file_name().is_none_or(|name| names.contains(name))
}

fn read(folder: &Path) -> io::Result<PartNames> {
    let mut names = PartNames::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if is_of_part(&name) {
            names.insert(name);
        }
    }
    Ok(names)
}

/// A name that is not Unicode may be one.
fn is_of_part(name: &OsStr) -> bool {
    name.to_str().is_none_or(is_part_name)
}

struct FolderListings(OnceLock<Mutex<HashMap<PathBuf, FolderListing>>>);

/// The cached listing of one folder.
struct FolderListing {
    began: Instant,
    counts_for: Duration,
    /// How many downloads asked since then.
    asked: u32,
    names: Option<Arc<PartNames>>,
    is_slow: bool,
}

impl FolderListing {
    fn new(now: Instant) -> Self {
        Self {
            began: now,
            counts_for: LISTING_COUNTS_FOR,
            asked: 0,
            names: None,
            is_slow: false,
        }
    }
}

impl FolderListings {
    fn names_in(
        &self,
        folder: &Path,
        now: Instant,
        read: impl FnOnce(&Path) -> io::Result<PartNames>,
    ) -> Option<Arc<PartNames>> {
        let mut listings = self.lock();
        let is_over = |listing: &FolderListing| {
            now.saturating_duration_since(listing.began) >= listing.counts_for
        };
        if !listings.contains_key(folder) {
            if listings.len() >= MAX_FOLDERS {
                listings.retain(|_, listing| !is_over(listing));
            }
            if listings.len() >= MAX_FOLDERS {
                return None;
            }
            listings.insert(folder.to_owned(), FolderListing::new(now));
        }
        let listing = listings.get_mut(folder)?;
        if is_over(listing) {
            let were_many = listing.asked >= MANY;
            *listing = FolderListing::new(now);
            // While many downloads run, the next listing need not wait for as many lookups.
            listing.asked = if were_many { MANY } else { 0 };
        }
        listing.asked = listing.asked.saturating_add(1);
        if listing.names.is_none() && listing.asked > MANY && !listing.is_slow {
            // Listed under the lock: the other downloads need the result, and would all list the
            // folder.
            let began = Instant::now();
            listing.names = read(folder).ok().map(Arc::new);
            if listing.names.is_none() || began.elapsed() >= QUICK {
                listing.is_slow = true;
                listing.counts_for = SLOW_FOR;
                listing.names = None;
            }
        }
        listing.names.clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, FolderListing>> {
        let listings = self.0.get_or_init(Mutex::default);
        listings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> PartNames {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_folder_is_read_once_for_many_and_again_when_that_is_old() {
        let listings = FolderListings(OnceLock::new());
        let folder = Path::new("/d");
        let now = Instant::now();
        for _ in 0..MANY {
            let read = |_: &Path| -> io::Result<PartNames> { panic!("few look at names") };
            assert!(listings.names_in(folder, now, read).is_none());
        }
        let first = listings.names_in(folder, now, |_| Ok(names("a.part")));
        assert_eq!(*first.unwrap(), names("a.part"));
        let read = |_: &Path| -> io::Result<PartNames> { panic!("it was read") };
        let same = listings.names_in(folder, now + LISTING_COUNTS_FOR / 2, read);
        assert_eq!(*same.unwrap(), names("a.part"));
        let later = listings.names_in(folder, now + LISTING_COUNTS_FOR, |_| Ok(names("b.part")));
        assert_eq!(*later.unwrap(), names("b.part"));
        listings.lock().remove(folder);
        let read = |_: &Path| -> io::Result<PartNames> { panic!("few look at names") };
        assert!(listings.names_in(folder, now, read).is_none(), "forgotten");
    }

    #[test]
    fn a_folder_that_cannot_be_read_or_takes_long_is_left_alone() {
        for is_slow in [false, true] {
            let listings = FolderListings(OnceLock::new());
            let folder = Path::new("/d");
            let now = Instant::now();
            let mut reads = 0;
            for _ in 0..3 * MANY {
                let names = listings.names_in(folder, now, |_| {
                    reads += 1;
                    if is_slow {
                        std::thread::sleep(QUICK);
                        return Ok(PartNames::new());
                    }
                    Err(io::ErrorKind::NotFound.into())
                });
                assert!(names.is_none());
            }
            assert_eq!(reads, 1);
        }
    }

    #[test]
    fn only_names_of_parts_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.bin", "x.bin.part", "x.bin.part.json", "y.part.old2"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let there = read(folder.path()).unwrap();
        assert_eq!(there, names("x.bin.part x.bin.part.json y.part.old2"));
        assert!(contains(&there, &folder.path().join("x.bin.part")));
        assert!(!contains(&there, &folder.path().join("x.bin")));
        assert!(contains(&there, Path::new("/")));
    }
}
