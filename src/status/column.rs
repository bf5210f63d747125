//! The columns of the table of rows, which are also what rows can be sorted by.

/// A column of the table of rows: what it shows of a row, and what rows are sorted by with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Column {
    /// Its name, over where it comes from.
    Job,
    /// Its state; sorted in the order of the usual list.
    State,
    /// How much of it is there.
    Progress,
    /// Bytes received, and how many there will be. For jobs it is what their progress counts, such
    /// as `12 of 40`, under the title "Done / total".
    Received,
    /// Bytes per second.
    Rate,
    /// Time left.
    Eta,
    /// Time slept.
    Slept,
    /// Time since it began.
    Elapsed,
    /// Attempts it made.
    Attempts,
    /// When it was added.
    Added,
    /// Where it comes from.
    Host,
    /// The server's answer.
    HttpStatus,
    /// Its priority.
    Priority,
    /// Where it was saved.
    SavedTo,
    /// The checksum of the file.
    Checksum,
    /// How often its future was polled.
    Polls,
    /// How long these polls took together.
    Busy,
    /// How long the longest of them took.
    LongestPoll,
}

impl Column {
    /// All of them, in their default order.
    pub const ALL: [Self; 18] = [
        Self::Job,
        Self::State,
        Self::Progress,
        Self::Received,
        Self::Rate,
        Self::Eta,
        Self::Slept,
        Self::Elapsed,
        Self::Attempts,
        Self::Added,
        Self::Host,
        Self::HttpStatus,
        Self::Priority,
        Self::SavedTo,
        Self::Checksum,
        Self::Polls,
        Self::Busy,
        Self::LongestPoll,
    ];

    /// The name it is saved under: for an application that keeps its
    /// [`TableLayout`](crate::view::TableLayout).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// The column that is saved under a name; `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// Whether it is shown until the user chooses otherwise.
    #[must_use]
    pub fn is_default(self) -> bool {
        self <= Self::Slept
    }

    /// Whether its values are numbers.
    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(
            self,
            Self::Job
                | Self::State
                | Self::Progress
                | Self::Host
                | Self::Priority
                | Self::SavedTo
                | Self::Checksum
        )
    }

    /// Whether its values change by themselves while jobs run.
    #[must_use]
    pub const fn moves(self) -> bool {
        matches!(
            self,
            Self::Progress
                | Self::Received
                | Self::Rate
                | Self::Eta
                | Self::Slept
                | Self::Elapsed
                | Self::Attempts
                | Self::Polls
                | Self::Busy
                | Self::LongestPoll
        )
    }

    /// Its name and its title.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Job => ("job", "Job"),
            Self::State => ("state", "State"),
            Self::Progress => ("progress", "Progress"),
            Self::Received => ("received", "Received / total"),
            Self::Rate => ("rate", "Rate"),
            Self::Eta => ("eta", "ETA"),
            Self::Slept => ("slept", "Slept"),
            Self::Elapsed => ("elapsed", "Elapsed"),
            Self::Attempts => ("attempts", "Attempts"),
            Self::Added => ("added", "Added"),
            Self::Host => ("host", "Host"),
            Self::HttpStatus => ("http status", "HTTP status"),
            Self::Priority => ("priority", "Priority"),
            Self::SavedTo => ("saved to", "Saved to"),
            Self::Checksum => ("checksum", "Checksum"),
            Self::Polls => ("polls", "Polls"),
            Self::Busy => ("busy time", "Busy time"),
            Self::LongestPoll => ("longest poll", "Longest poll"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        for column in Column::ALL {
            assert_eq!(Column::from_name(column.name()), Some(column));
            assert!(!column.title().is_empty());
        }
        assert_eq!(Column::from_name("no such column"), None);
    }
}
