//! The files of rows on the disk.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{jobs::Spec, status::RowId};

use crate::deck::{
    Deck,
    row::{Row, RowState},
};

/// A file that came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFile {
    /// Complete, under its final name.
    Saved(PathBuf),
    /// What came of it so far; what is known of that stands in a file beside it.
    Part(PathBuf),
    /// The part of another version of it, kept until the present one is complete.
    SetAside(PathBuf),
    /// Complete, of an earlier try, and perhaps not the file that was wanted: it goes when that has come.
    Earlier(PathBuf),
}

impl RowFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Saved(path) | Self::Part(path) | Self::SetAside(path) | Self::Earlier(path) => {
                path
            }
        }
    }
}

impl Deck {
    /// The file of a row: what it saved, or what came of it so far, else its file of an earlier try. Not one that was there
    /// before.
    #[must_use]
    pub fn file(&self, id: RowId) -> Option<RowFile> {
        let row = &self.rows[self.index(id)?];
        file_of(row).or_else(|| earlier_of(row).next_back())
    }

    /// All files of a row: what it saved or what came of it so far, a part that is set aside, and the files of earlier
    /// tries.
    #[must_use]
    pub fn files(&self, id: RowId) -> Vec<RowFile> {
        self.index(id)
            .map_or_else(Vec::new, |index| files_of(&self.rows[index]).collect())
    }

    /// The size of a file of a row, in bytes, as far as it is known.
    #[must_use]
    pub fn file_bytes(&self, id: RowId, file: &RowFile) -> Option<u64> {
        match file {
            RowFile::SetAside(_) => self.set_aside_bytes(id),
            RowFile::Saved(_) | RowFile::Part(_) => {
                self.rows[self.index(id)?].view(None).received_bytes
            }
            RowFile::Earlier(path) => {
                let mut earlier = self.rows[self.index(id)?].earlier.iter();
                earlier.find_map(|(known, bytes)| (known == path).then_some(*bytes))
            }
        }
    }

    /// The size of the part of a row that is set aside, in bytes.
    #[must_use]
    pub fn set_aside_bytes(&self, id: RowId) -> Option<u64> {
        let row = &self.rows[self.index(id)?];
        match &row.state {
            RowState::Queued { .. } => None,
            RowState::Started(_) => row.facts.borrow().trace.set_aside_bytes(),
            RowState::Ended(ended) => ended.set_aside_bytes,
        }
    }

    /// The folder that a row saves to, or is to save to.
    #[must_use]
    pub fn folder(&self, id: RowId) -> Option<&Path> {
        match self.spec(id)? {
            Spec::Fetch(spec) => spec.destination.folder(),
            Spec::Timed(_) => None,
        }
    }

    /// Where the files of all other rows are: two rows may have saved to the same place, or go on with the same part.
    #[must_use]
    pub fn paths_of_others(&self, ids: &BTreeSet<RowId>) -> BTreeSet<PathBuf> {
        let others = self.rows.iter().filter(|row| !ids.contains(&row.id));
        others
            .flat_map(files_of)
            .map(|file| file.path().to_owned())
            .collect()
    }
}

fn files_of(row: &Row) -> impl Iterator<Item = RowFile> {
    let aside = match &row.state {
        RowState::Queued { .. } => None,
        RowState::Started(_) => row.facts.borrow().trace.set_aside(),
        RowState::Ended(ended) => ended.set_aside.clone(),
    };
    let aside = aside.map(RowFile::SetAside);
    file_of(row).into_iter().chain(aside).chain(earlier_of(row))
}

fn earlier_of(row: &Row) -> impl DoubleEndedIterator<Item = RowFile> {
    let paths = row.earlier.iter().map(|(path, _)| path.clone());
    paths.map(RowFile::Earlier)
}

fn file_of(row: &Row) -> Option<RowFile> {
    let part = match &row.state {
        RowState::Queued { .. } => None,
        RowState::Started(_) => row.facts.borrow().trace.part(),
        RowState::Ended(ended) => {
            if let Some(fetched) = &ended.fetched
                && let Some(path) = &fetched.path
            {
                return (!fetched.skipped).then(|| RowFile::Saved(path.clone()));
            }
            ended.part.clone()
        }
    };
    part.map(RowFile::Part)
}
