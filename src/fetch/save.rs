//! Where a body is saved, and under which name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use web_time::SystemTime;

use crate::fetch::NameRule;

/// What happens when there is a file of the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfExists {
    /// The new one is called `name (1).ext`, and so on.
    #[default]
    Rename,
    /// The new one takes its place, in one step and only when it is complete. Of a symbolic link only the link is
    /// replaced. What is no file, as a folder, is never replaced: the job fails with class `file_exists`. A file that
    /// appeared since the download began is not replaced either, for it may be another download's: the new one is called
    /// `name (1).ext` then; see [`Save::replacing_files_before`].
    Overwrite,
    /// Nothing is fetched: the job is done with the file that is there.
    Skip,
    /// The job fails with class `file_exists`: at once if the name was given, else when the server has said it, and
    /// when the file has appeared meanwhile, at the end. Its bytes are kept. Another download that is saving a file of
    /// the name counts as well.
    Fail,
}

/// Where a body is saved.
///
/// While it comes, it is called `name.part`, and `name.part.json` beside it says what is known of it, so that a later
/// try of the same user goes on from there. Both can be read only by this user until the file is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Save {
    pub(crate) folder: PathBuf,
    pub(crate) name: NameRule,
    pub(crate) if_exists: IfExists,
    pub(crate) continue_from: Option<PathBuf>,
    pub(crate) computes_sha256: bool,
    pub(crate) keeps_preview: bool,
    pub(crate) replaced: Vec<PathBuf>,
    #[serde(with = "crate::fetch::stored::moment")]
    pub(crate) replaces_before: Option<SystemTime>,
}

impl Save {
    /// Into this folder, which is made where it is missing, under the name that the server or the URL gives.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            name: NameRule::default(),
            if_exists: IfExists::default(),
            continue_from: None,
            computes_sha256: true,
            keeps_preview: true,
            replaced: Vec::new(),
            replaces_before: None,
        }
    }

    /// Under this name.
    #[must_use]
    pub fn named(mut self, name: NameRule) -> Self {
        self.name = name;
        self
    }

    /// What happens when there is a file of the name already.
    #[must_use]
    pub fn if_exists(mut self, rule: IfExists) -> Self {
        self.if_exists = rule;
        self
    }

    /// Goes on with this `.part` file, whatever URL it was begun from: what a new link is for when the old one has
    /// expired. Whether it leads to the same file is proved as for any other that goes on.
    #[must_use]
    pub fn continuing(mut self, part: impl Into<PathBuf>) -> Self {
        self.continue_from = Some(part.into());
        self
    }

    /// Goes on with no `.part` file of another link, and replaces no file of an earlier fetch.
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.continue_from = None;
        self.replaced.clear();
        self
    }

    /// Replaces this file of an earlier fetch, about which there was a doubt: whatever [`IfExists`] says, it does not count
    /// as being there already. It goes when the new file is complete and there is no doubt about that one; where both have
    /// the same name, in one step. A file that something else changes or replaces meanwhile stays. Can be called for
    /// several files.
    #[must_use]
    pub fn replacing(mut self, file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        if !self.replaced.contains(&file) {
            self.replaced.push(file);
        }
        self
    }

    /// [`IfExists::Overwrite`] replaces only files that were last changed before this moment, so that downloads which
    /// began together do not replace each other's. By default it is the start of the fetch.
    #[must_use]
    pub fn replacing_files_before(mut self, moment: SystemTime) -> Self {
        self.replaces_before = Some(moment);
        self
    }

    /// Without the SHA-256 of the file, which costs time for a fast download: [`Fetched::sha256`] is none then, unless the
    /// request has a checksum to compare it with.
    ///
    /// [`Fetched::sha256`]: crate::fetch::Fetched::sha256
    #[must_use]
    pub fn without_sha256(mut self) -> Self {
        self.computes_sha256 = false;
        self
    }

    /// Without the text of a small body, where nobody looks at it: [`Fetched::preview`] is none then.
    ///
    /// [`Fetched::preview`]: crate::fetch::Fetched::preview
    #[must_use]
    pub fn without_preview(mut self) -> Self {
        self.keeps_preview = false;
        self
    }

    /// All paths in it.
    #[cfg(feature = "deck")]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &std::path::Path> {
        let files = self.continue_from.iter().chain(&self.replaced);
        files.chain([&self.folder]).map(PathBuf::as_path)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }
}
