//! Starting over: the bytes of an earlier attempt cannot be used.

use crate::fetch::{ErrorClass, FetchError, Phase, Save};

/// How often one attempt starts over at most: a server that sends another file each time would keep
/// it busy for ever.
const MAX_PER_ATTEMPT: u32 = 3;

/// Why, and how often, a download starts over.
#[derive(Debug, Default)]
pub(crate) struct Restart {
    /// Why the next response with the whole file replaces the bytes of the part.
    planned: Option<&'static str>,
    /// How often a restart was planned.
    plans: u32,
    /// Why bytes had to be received again.
    reason: Option<&'static str>,
}

impl Restart {
    /// The next request asks for all bytes. The part is kept until its response is the file.
    ///
    /// # Errors
    /// Class `changed` when the user asked to continue this part, and when it happens too often.
    pub(crate) fn plan(&mut self, save: &Save, reason: &'static str) -> Result<(), FetchError> {
        if save.continue_from.is_some() {
            // A new link for the part must lead to the same file.
            return Err(
                changed("This link does not lead to the same file", reason).with_hint(
                    "Give another link, or begin the download again; the bytes that came are kept.",
                ),
            );
        }
        if self.plans == MAX_PER_ATTEMPT {
            return Err(changed(
                "The server sends another file each time it is asked",
                reason,
            )
            .with_hint("Try again later, or look for another link."));
        }
        self.plans += 1;
        self.planned = Some(reason);
        Ok(())
    }

    /// Whether the next request has to ask for all bytes.
    pub(crate) fn is_planned(&self) -> bool {
        self.planned.is_some()
    }

    /// Why the response replaces the bytes of the part.
    pub(crate) fn take_planned(&mut self) -> Option<&'static str> {
        self.planned.take()
    }

    /// Bytes have to be received again.
    pub(crate) fn set_reason(&mut self, reason: &'static str) {
        self.reason = Some(reason);
    }

    /// Why bytes had to be received again.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason
    }
}

fn changed(message: &str, reason: &str) -> FetchError {
    FetchError::new(ErrorClass::Changed, message)
        .with_detail(reason)
        .in_phase(Phase::FirstByte)
}
