//! A stored row that is only read: nothing of it goes on. Its moments are the time since 1970.

use crate::fetch::FetchError;
use crate::jobs::AttemptEnd;
use crate::runtime::{Moment, Outcome};
use crate::status::{RowView, Status};

use super::listing::search::{Search, Searched};
use super::row_record::{RowRecord, StoredState};
use super::rows::detail::RowDetail;
use super::rows::ended::Ended;
use super::rows::row::Row;
use super::rows::row_view::view_of;

/// A stored row, with all that the window would show of it.
pub struct RecordedRow {
    row: Row,
    state: StoredState,
    added: Moment,
    ended_at: Option<Moment>,
}

impl RecordedRow {
    /// The row of a record.
    #[must_use]
    pub fn of(record: RowRecord) -> Self {
        let (state, added) = (record.state, Moment::from_start(record.added()));
        let ended_at = record.ended_at().map(Moment::from_start);
        let is_paused = state == StoredState::Paused;
        let paused_since = record.paused_since();
        let mut row = Row::new(record.id, record.spec, is_paused, added, None);
        row.name.rename(&record.name, &row.spec);
        row.earlier_files = record.earlier_files;
        row.pauses.shown_since = paused_since;
        row.history = record.history;
        let end = record.ended.or_else(|| {
            // It was about to be cancelled.
            (!state.is_unfinished()).then(|| {
                let ended = Ended::before_it_began(Outcome::Cancelled);
                Box::new(ended.interrupted_if(state == StoredState::Interrupted))
            })
        });
        if let Some(ended) = end {
            row.restore_end(ended, record.end_number);
        }
        Self {
            row,
            state,
            added,
            ended_at,
        }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> StoredState {
        self.state
    }

    /// What it did when it was written, or how it ended.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.state {
            StoredState::Waiting => Status::Waiting { waits_for: None },
            StoredState::Running => Status::Working {
                label: "Running".into(),
            },
            _ => self.row.status(None),
        }
    }

    /// What the window's table would show of it.
    #[must_use]
    pub fn view(&self) -> RowView {
        RowView {
            status: self.status(),
            ..view_of(&self.row, None)
        }
    }

    /// What else there is of it. An unfinished one has begun no job.
    #[must_use]
    pub fn detail(&self) -> &impl RowDetail {
        &self.row
    }

    /// When it was added.
    #[must_use]
    pub fn added(&self) -> Moment {
        self.added
    }

    /// When it ended; none while it has not.
    #[must_use]
    pub fn ended_at(&self) -> Option<Moment> {
        self.ended_at
    }

    /// Why it failed, or why its last attempt did while it has not ended.
    #[must_use]
    pub fn last_error(&self) -> Option<FetchError> {
        self.row.last_error().or_else(|| {
            let attempts = self.row.attempts_made();
            match &attempts
                .last()
                .filter(|_| self.ended_at.is_none())?
                .attempt
                .end
            {
                AttemptEnd::Failed(error) => Some(FetchError::clone(error)),
                _ => None,
            }
        })
    }

    /// Whether a search of the window would find it.
    #[must_use]
    pub fn fits(&self, search: &Search) -> bool {
        let texts = self.row.name.searched(&self.row.spec);
        search.fits(&Searched {
            name: &texts.name,
            host: &self.row.host,
            url: &texts.url,
            error: &|| {
                let ended = self.row.ended();
                let doubt = || Some(ended?.doubt()?.text.to_string());
                let error = ended.and_then(Ended::error).map(ToString::to_string);
                let last = || self.last_error().map(|error| error.message);
                error.or_else(doubt).or_else(last)
            },
            status: &|| self.status(),
        })
    }
}
