//! The files of earlier tries of a row.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::jobs::{Destination, Spec};

use super::ended::Ended;
use super::left_part::LeftPart;

/// What earlier tries left on the disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::deck) struct EarlierFiles {
    /// Files that there was a doubt about, with their sizes in bytes: the next try replaces them
    /// when it is done without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubtful: Vec<(PathBuf, u64)>,
    /// The part that an earlier job left; none once another has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::deck) part: Option<Box<LeftPart>>,
}

impl EarlierFiles {
    pub(in crate::deck) fn paths(&self) -> impl DoubleEndedIterator<Item = &Path> {
        self.doubtful.iter().map(|(path, _)| path.as_path())
    }

    pub(in crate::deck) fn bytes(&self, path: &Path) -> Option<u64> {
        let mut files = self.doubtful.iter();
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
            self.doubtful.push((path.clone(), fetched.received));
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
            self.doubtful.retain(|(path, _)| stays(path));
        }
    }
}
