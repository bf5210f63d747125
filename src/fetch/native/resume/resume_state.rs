//! How the next request continues an incomplete file, and what is known about the earlier ones.

use super::part_manifest::PartManifest;
use super::resume_decision::{Proof, date_validator, if_range};
use crate::fetch::client::exchange::RequestKind;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;
use crate::fetch::{Note, NoteCode};

/// The overlap behind bytes that came a moment ago: fewer bytes than any server sends at a time.
const CONTINUED_OVERLAP_BYTES: u64 = 256;

/// How the next request continues an incomplete file.
#[derive(Debug)]
pub(crate) struct ResumeState {
    condition: Condition,
    /// How many of the last bytes are requested again.
    overlap_bytes: u64,
    /// The part has no mark of this user: the validators in its manifest may be forged.
    is_foreign: bool,
    /// What was compared, where no validator proves that the file is the same.
    compared: Option<&'static str>,
    /// How often a range was refused where a plain request was not.
    range_refusals: u32,
}

/// The condition under which a server sends only the rest of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// The best validator.
    Validator,
    /// The date, though there is an entity tag.
    Date,
    /// None: the bytes are compared.
    None,
}

impl Default for ResumeState {
    fn default() -> Self {
        Self {
            condition: Condition::Validator,
            overlap_bytes: RESUME_OVERLAP_BYTES,
            is_foreign: false,
            compared: None,
            range_refusals: 0,
        }
    }
}

impl ResumeState {
    pub(crate) fn set_foreign(&mut self, is_foreign: bool) {
        self.is_foreign = is_foreign;
    }

    pub(crate) fn overlap_bytes(&self) -> u64 {
        self.overlap_bytes
    }

    /// The request for the rest of a part, the overlap included.
    pub(crate) fn request(&self, manifest: &PartManifest) -> RequestKind {
        RequestKind::From {
            first: manifest.good_bytes.saturating_sub(self.overlap_bytes),
            if_range: match self.condition {
                Condition::Validator => if_range(manifest),
                Condition::Date => date_validator(manifest),
                Condition::None => None,
            },
        }
    }

    /// Makes the date the condition of the next request; false if that was tried before.
    pub(crate) fn try_date(&mut self) -> bool {
        std::mem::replace(&mut self.condition, Condition::Date) == Condition::Validator
    }

    /// Whether samples have to be compared before a response with this proof continues the part.
    /// Then the next request has no condition: another server behind the same name might refuse it.
    pub(crate) fn needs_samples(&mut self, proof: Proof) -> bool {
        let needs_samples = (proof == Proof::Samples || self.is_foreign) && self.compared.is_none();
        if needs_samples {
            self.condition = Condition::None;
        }
        needs_samples
    }

    pub(crate) fn set_compared(&mut self, compared: Option<&'static str>) {
        self.compared = compared;
    }

    /// That samples stand in for a validator.
    pub(crate) fn compared_note(&self) -> Option<Note> {
        (self.compared).map(|text| Note::new(NoteCode::Compared, text))
    }

    /// Counts a refusal of ranges; true if it is not the first one.
    pub(crate) fn is_refused_again(&mut self) -> bool {
        self.range_refusals += 1;
        self.range_refusals > 1
    }

    /// Bytes were received: a small overlap is enough for the next request. Returns whether the
    /// overlap was the full one.
    pub(crate) fn shorten_overlap(&mut self) -> bool {
        std::mem::replace(&mut self.overlap_bytes, CONTINUED_OVERLAP_BYTES) == RESUME_OVERLAP_BYTES
    }

    /// The part was set aside: the fresh one is by this user, and has other validators.
    pub(crate) fn start_over(&mut self) {
        self.compared = None;
        self.condition = Condition::Validator;
        self.is_foreign = false;
    }
}
