//! When the bytes of an earlier try cannot be used, and the file begins at its first byte again.

use crate::fetch::{ErrorClass, FetchError, Phase, Save};

/// How often one attempt begins again at most: a server that sends another file each time would keep it busy for ever.
const MOST_PER_ATTEMPT: u32 = 3;

/// Why, and how often, a download begins again.
#[derive(Debug, Default)]
pub(crate) struct BeginAgain {
    /// Why the next answer with the whole file takes the place of the bytes that are there.
    planned: Option<&'static str>,
    /// How often that was planned.
    plans: u32,
    /// Why bytes that were there had to come again.
    reason: Option<&'static str>,
}

impl BeginAgain {
    /// The next request asks for all bytes. Those that are there stay until it is answered with the file.
    ///
    /// # Errors
    /// Class `changed` where the bytes are to go on whatever the link, and when it happens too often.
    pub(crate) fn plan(&mut self, save: &Save, reason: &'static str) -> Result<(), FetchError> {
        if save.continue_from.is_some() {
            // A new link for these bytes is not meant for another file.
            return Err(
                changed("This link does not lead to the same file", reason).with_hint(
                    "Give another link, or begin the download again; the bytes that came are kept.",
                ),
            );
        }
        if self.plans == MOST_PER_ATTEMPT {
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

    /// Why an answer with the whole file takes the place of what is there.
    pub(crate) fn take_planned(&mut self) -> Option<&'static str> {
        self.planned.take()
    }

    /// Bytes that were there come again.
    pub(crate) fn set_reason(&mut self, reason: &'static str) {
        self.reason = Some(reason);
    }

    /// Why bytes that were there came again.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason
    }
}

fn changed(message: &str, reason: &str) -> FetchError {
    FetchError::new(ErrorClass::Changed, message)
        .with_detail(reason)
        .in_phase(Phase::FirstByte)
}
