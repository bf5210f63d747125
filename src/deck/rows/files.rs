//! The files of a row on the disk.

use std::path::{Path, PathBuf};

use super::row::{Row, RowState};
use crate::jobs::{Destination, Spec};

/// A file that a row made. A file that was there before is none of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFile {
    /// Complete, under its final name.
    Saved(PathBuf),
    /// What has arrived so far; the manifest of it has its path and an ending.
    Part(PathBuf),
    /// The part of another version of it, kept until the present one is complete.
    SetAside(PathBuf),
    /// Complete, of an earlier try, and perhaps not the file that was wanted: the next one replaces
    /// it.
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

/// What a row saved, or what has arrived of it so far, else its file of an earlier try.
pub(super) fn file_of(row: &Row) -> Option<RowFile> {
    present_file_of(row).or_else(|| earlier_files_of(row).next_back())
}

pub(super) fn files_of(row: &Row) -> impl Iterator<Item = RowFile> {
    let set_aside = match &row.state {
        RowState::Queued { .. } => None,
        RowState::Started(_) => row.facts.borrow().trace.set_aside(),
        RowState::Ended(ended) => ended.set_aside.clone(),
    };
    let set_aside = set_aside.map(RowFile::SetAside);
    let files = present_file_of(row).into_iter().chain(set_aside);
    files.chain(earlier_files_of(row))
}

/// The parts of earlier tries that a row which has begun opens soon, if it has not yet.
pub(super) fn parts_to_go_on_with(row: &Row) -> Vec<PathBuf> {
    match (&row.state, &row.spec) {
        (RowState::Started(_), Spec::Fetch(spec)) => match &spec.destination {
            Destination::Save(save) => save.earlier_parts().cloned().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn present_file_of(row: &Row) -> Option<RowFile> {
    let part = match &row.state {
        RowState::Queued { .. } => {
            let left = row.earlier_files.part.as_ref();
            left.map(|left| left.path.clone())
        }
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

fn earlier_files_of(row: &Row) -> impl DoubleEndedIterator<Item = RowFile> {
    let paths = row.earlier_files.paths();
    paths.map(|path| RowFile::Earlier(path.to_owned()))
}
