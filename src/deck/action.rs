//! What a deck is asked for, and what it answers.

use serde::{Deserialize, Serialize};

use crate::status::{RowId, Verb};

/// What a deck does with rows. Rows that the verb does not fit are left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// With which rows, in this order.
    pub rows: Vec<RowId>,
}

impl Action {
    /// This, with these rows.
    #[must_use]
    pub fn new(verb: Verb, rows: Vec<RowId>) -> Self {
        Self { verb, rows }
    }
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionResult {
    /// How many rows it fitted so far.
    pub rows: usize,
    /// Its number, if the rest follows in the next ticks;
    /// [`BulkQueue::take_completed`](super::BulkQueue::take_completed) then gives its end.
    pub under_way: Option<u64>,
}

/// An action that took several ticks and is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The number of the action.
    pub number: u64,
    /// How many rows it fitted.
    pub done: usize,
    /// How many rows it was for.
    pub of: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::MoveTo;

    #[test]
    fn an_action_is_read_as_it_was_written() {
        for (verb, text) in [
            (Verb::Pause, r#"{"verb":"pause","rows":[3,1]}"#),
            (
                Verb::Move(MoveTo::Top),
                r#"{"verb":{"move":"top"},"rows":[3,1]}"#,
            ),
        ] {
            let action = Action::new(verb, vec![RowId(3), RowId(1)]);
            assert_eq!(serde_json::to_string(&action).expect("text"), text);
            assert_eq!(
                serde_json::from_str::<Action>(text).expect("an action"),
                action
            );
        }
    }
}
