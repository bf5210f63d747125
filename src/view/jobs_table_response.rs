//! What a table was asked for.

use super::intent::Intent;
use crate::command::Command;
use crate::status::Sorting;

/// What the user asked a [`JobsTable`](super::JobsTable) for in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "the table itself changes nothing"]
#[non_exhaustive]
pub struct JobsTableResponse {
    /// All of it, in order: [`RuntimeRows::apply`](super::RuntimeRows::apply) does what is for
    /// jobs.
    pub intents: Vec<Intent>,
}

impl JobsTableResponse {
    /// Whether a row was opened, by a double click or with Enter: it is the selected one.
    #[must_use]
    pub fn opens_row(&self) -> bool {
        let is_opened = |intent: &Intent| {
            matches!(
                intent,
                Intent::OpenInspector | Intent::Run(Command::Inspector)
            )
        };
        self.intents.iter().any(is_opened)
    }

    /// How the rows are to be sorted from now on, if a title was clicked.
    #[must_use]
    pub fn sorting(&self) -> Option<Sorting> {
        let sorting = |intent: &Intent| match intent {
            Intent::Sort(sorting) => Some(*sorting),
            _ => None,
        };
        self.intents.iter().rev().find_map(sorting)
    }
}
