//! What a row is sorted by, as something that compares.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Direction;

/// A value of a column, with the direction in it: whatever is first is the smallest, and what is
/// unknown comes last both ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A number; its complement where the largest comes first.
    Number(u64),
    /// A text.
    Text(Arc<str>),
    /// A text where the last of the alphabet comes first.
    TextBackwards(Reverse<Arc<str>>),
    /// What is unknown.
    Unknown,
}

impl SortValue {
    /// A number, if it is known.
    #[must_use]
    pub fn number(number: Option<u64>, direction: Direction) -> Self {
        match (number, direction) {
            (None, _) => Self::Unknown,
            (Some(number), Direction::Ascending) => Self::Number(number),
            (Some(number), Direction::Descending) => Self::Number(!number),
        }
    }

    /// A text, if it is known.
    #[must_use]
    pub fn text(text: Option<Arc<str>>, direction: Direction) -> Self {
        match (text, direction) {
            (None, _) => Self::Unknown,
            (Some(text), Direction::Ascending) => Self::Text(text),
            (Some(text), Direction::Descending) => Self::TextBackwards(Reverse(text)),
        }
    }
}
