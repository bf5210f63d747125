//! Where a body is saved, and under which name.

use std::path::PathBuf;

use crate::fetch::NameRule;

/// What happens when there is a file of the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum IfExists {
    /// The new one is called `name (1).ext`, and so on.
    #[default]
    Rename,
    /// The new one takes its place, in one step and only when it is complete. A folder is never replaced, and of a
    /// symbolic link only the link.
    Overwrite,
    /// Nothing is fetched: the job is done with the file that is there.
    Skip,
    /// The job fails with class `file_exists`: at once if the name was given, else when the server has said it, and
    /// when the file has appeared meanwhile, at the end. Its bytes are kept.
    Fail,
}

/// Where a body is saved.
///
/// While it comes, it is called `name.part`, and `name.part.json` beside it says what is known of it, so that a later
/// try of the same user goes on from there. Both can be read only by this user until the file is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    pub(crate) folder: PathBuf,
    pub(crate) name: NameRule,
    pub(crate) if_exists: IfExists,
    pub(crate) continue_from: Option<PathBuf>,
    pub(crate) computes_sha256: bool,
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

    /// Goes on with no `.part` file of another link.
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.continue_from = None;
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

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }
}
