//! The files of rows on the disk.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{programs::Spec, status::RowId};

use super::{
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
}

impl RowFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Saved(path) | Self::Part(path) => path,
        }
    }
}

impl Deck {
    /// The file of a row: what it saved, or what came of it so far. Not one that was there before.
    #[must_use]
    pub fn file(&self, id: RowId) -> Option<RowFile> {
        file_of(&self.rows[self.index(id)?])
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
            .filter_map(|row| Some(file_of(row)?.path().to_owned()))
            .collect()
    }
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
