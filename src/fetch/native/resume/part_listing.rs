//! Which names of parts a folder has, in one look for many downloads: a look for each name that is not there takes the
//! folder's lock in the system, for which all who create files in it wait.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::fetch::part_names::is_part_name;

/// How long a look at a folder counts. A part that another program leaves within this time is not found, and its download
/// begins again: the bytes are safe, since no part is ever replaced. What this process leaves is known at once.
const LOOK_COUNTS_FOR: Duration = Duration::from_secs(1);
/// From this many downloads within that time on, one look at the folder is cheaper than looks at the names.
const MANY: u32 = 16;
/// A folder that takes longer to read has so many files that the names are looked at.
const QUICK: Duration = Duration::from_millis(20);
/// For how long such a folder is not read again.
const SLOW_FOR: Duration = Duration::from_secs(60);
/// How many folders are remembered.
const MAX_FOLDERS: usize = 64;

/// The names of parts, and of what belongs to them, that a folder had a moment ago.
pub(crate) type PartNames = HashSet<OsString>;

static LOOKS: Looks = Looks(OnceLock::new());

/// The folder's names of parts, where many downloads want to know them at once; else, and where the folder cannot be
/// read, none: then each name is to be looked at.
pub(crate) fn part_names_in(folder: &Path) -> Option<Arc<PartNames>> {
    LOOKS.names_in(folder, Instant::now(), read)
}

/// A part stays in this folder: the next download finds it.
pub(crate) fn part_stays_in(folder: &Path) {
    LOOKS.lock().remove(folder);
}

/// Whether a name is among these. Of a path without a name nothing is known.
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

/// Names that are no text may be anything.
fn is_of_part(name: &OsStr) -> bool {
    name.to_str().is_none_or(is_part_name)
}

struct Looks(OnceLock<Mutex<HashMap<PathBuf, Look>>>);

/// What is remembered of a folder.
struct Look {
    began: Instant,
    counts_for: Duration,
    /// How many wanted to know since.
    asked: u32,
    names: Option<Arc<PartNames>>,
    is_slow: bool,
}

impl Look {
    fn beginning(now: Instant) -> Self {
        Self {
            began: now,
            counts_for: LOOK_COUNTS_FOR,
            asked: 0,
            names: None,
            is_slow: false,
        }
    }
}

impl Looks {
    fn names_in(
        &self,
        folder: &Path,
        now: Instant,
        read: impl FnOnce(&Path) -> io::Result<PartNames>,
    ) -> Option<Arc<PartNames>> {
        let mut looks = self.lock();
        let is_over = |look: &Look| now.saturating_duration_since(look.began) >= look.counts_for;
        if !looks.contains_key(folder) {
            if looks.len() >= MAX_FOLDERS {
                looks.retain(|_, look| !is_over(look));
            }
            if looks.len() >= MAX_FOLDERS {
                return None;
            }
            looks.insert(folder.to_owned(), Look::beginning(now));
        }
        let look = looks.get_mut(folder)?;
        if is_over(look) {
            let were_many = look.asked >= MANY;
            *look = Look::beginning(now);
            // A list under way need not begin with looks at names each second.
            look.asked = if were_many { MANY } else { 0 };
        }
        look.asked = look.asked.saturating_add(1);
        if look.names.is_none() && look.asked > MANY && !look.is_slow {
            // Under the lock, which one download holds and the others need: they would all read it.
            let began = Instant::now();
            look.names = read(folder).ok().map(Arc::new);
            if look.names.is_none() || began.elapsed() >= QUICK {
                look.is_slow = true;
                look.counts_for = SLOW_FOR;
                look.names = None;
            }
        }
        look.names.clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Look>> {
        let looks = self.0.get_or_init(Mutex::default);
        looks.lock().unwrap_or_else(PoisonError::into_inner)
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
        let looks = Looks(OnceLock::new());
        let folder = Path::new("/d");
        let now = Instant::now();
        for _ in 0..MANY {
            let read = |_: &Path| -> io::Result<PartNames> { panic!("few look at names") };
            assert!(looks.names_in(folder, now, read).is_none());
        }
        let first = looks.names_in(folder, now, |_| Ok(names("a.part")));
        assert_eq!(*first.unwrap(), names("a.part"));
        let read = |_: &Path| -> io::Result<PartNames> { panic!("it was read") };
        let same = looks.names_in(folder, now + LOOK_COUNTS_FOR / 2, read);
        assert_eq!(*same.unwrap(), names("a.part"));
        let later = looks.names_in(folder, now + LOOK_COUNTS_FOR, |_| Ok(names("b.part")));
        assert_eq!(*later.unwrap(), names("b.part"));
        looks.lock().remove(folder);
        let read = |_: &Path| -> io::Result<PartNames> { panic!("few look at names") };
        assert!(looks.names_in(folder, now, read).is_none(), "forgotten");
    }

    #[test]
    fn a_folder_that_cannot_be_read_or_takes_long_is_left_alone() {
        for is_slow in [false, true] {
            let looks = Looks(OnceLock::new());
            let folder = Path::new("/d");
            let now = Instant::now();
            let mut reads = 0;
            for _ in 0..3 * MANY {
                let names = looks.names_in(folder, now, |_| {
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
