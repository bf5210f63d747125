//! The files of earlier tries of a row.

use std::path::{Path, PathBuf};

use crate::jobs::{Destination, Spec};

use super::ended::Ended;

/// Files that there was a doubt about, with their sizes in bytes: the next try replaces them when
/// it is done without one.
#[derive(Default)]
pub(in crate::deck) struct EarlierFiles(Vec<(PathBuf, u64)>);

impl EarlierFiles {
    pub(in crate::deck) fn paths(&self) -> impl DoubleEndedIterator<Item = &Path> {
        self.0.iter().map(|(path, _)| path.as_path())
    }

    pub(in crate::deck) fn bytes(&self, path: &Path) -> Option<u64> {
        let mut files = self.0.iter();
        files.find_map(|(known, bytes)| (known == path).then_some(*bytes))
    }

    /// Lets the next try replace the file of the last one, if there is a doubt about it.
    pub(in crate::deck) fn replace_doubtful(&mut self, ended: &Ended, spec: &mut Spec) {
        let fetched = ended.fetched.as_ref();
        let doubtful = fetched.filter(|fetched| ended.doubt().is_some() && !fetched.skipped);
        if let Some(fetched) = doubtful
            && let Some(path) = &fetched.path
            && let Spec::Fetch(spec) = spec
            && let Destination::Save(save) = &mut spec.destination
        {
            *save = save.clone().replacing(path);
            self.0.push((path.clone(), fetched.received));
        }
    }

    /// Forgets the files that the last try took the place of: all of them if there is no doubt
    /// about its own.
    pub(in crate::deck) fn forget_replaced(&mut self, ended: &Ended, spec: &mut Spec) {
        if let Some(fetched) = ended.fetched.as_ref().filter(|fetched| !fetched.skipped)
            && let Spec::Fetch(spec) = spec
            && let Destination::Save(save) = &mut spec.destination
        {
            let is_doubtful = fetched.doubt().is_some();
            let stays = |path: &PathBuf| is_doubtful && fetched.path.as_ref() != Some(path);
            save.replaced.retain(stays);
            self.0.retain(|(path, _)| stays(path));
        }
    }
}
