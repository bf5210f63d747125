//! A row as a table shows it, and a list of them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use web_time::Instant;

use super::{Abilities, RowExtras, RowId, Sorting, Status, SuggestedAction};

/// A row at one moment. Cheap to make: its texts are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct RowView {
    /// Which row it is.
    pub id: RowId,
    /// What its file is called; what its link calls it as long as that is not known.
    pub name: Arc<str>,
    /// Where it comes from; empty if it comes from nowhere.
    pub host: Arc<str>,
    /// What its link would call it, where its file is called otherwise.
    pub link_name: Option<Arc<str>>,
    /// What to say after its state, such as why the last attempt failed.
    pub note: Option<Arc<str>>,
    /// What it does, or how it ended.
    pub status: Status,
    /// Bytes received; `None` before the first is known of.
    pub received_bytes: Option<u64>,
    /// Bytes there will be; `None` if unknown.
    pub total_bytes: Option<u64>,
    /// Bytes per second, smoothed; `None` while nothing is transferred.
    pub rate: Option<f64>,
    /// Bytes per second on average, once it is done; `None` before, and where nothing was
    /// transferred.
    pub mean_rate: Option<f64>,
    /// Estimated time left; `None` if there is no telling.
    pub eta: Option<Duration>,
    /// Active time it slept so far; `None` if it never did.
    pub slept: Option<Duration>,
    /// How long the sleep under way is in all, with what is slept before it; `None` while it does
    /// not sleep.
    pub sleep_total: Option<Duration>,
    /// What to do about it now that it ended; `None` while it has not, or if there is nothing to
    /// do.
    pub suggested_action: Option<SuggestedAction>,
}

impl RowView {
    /// How much is there, from 0 to 1; `None` if the total is unknown or nothing has been received.
    #[must_use]
    pub fn fraction(&self) -> Option<f32> {
        let (received, total) = (self.received_bytes?, self.total_bytes?);
        if total == 0 {
            return None;
        }
        // A bar is a few hundred pixels wide: the precision of `f32` is plenty.
        Some((received as f64 / total as f64).clamp(0.0, 1.0) as f32)
    }

    /// The rate under its title: that of now, or the average once it is done.
    #[must_use]
    pub fn shown_rate(&self) -> Option<f64> {
        self.rate.or(self.mean_rate)
    }

    /// Whether the bar of progress is of use: not once it is done or failed, when the sign and the
    /// numbers say it.
    #[must_use]
    pub fn shows_bar(&self) -> bool {
        match self.status {
            Status::Done { .. } | Status::Check { .. } | Status::Failed { .. } => false,
            Status::Transferring { .. } => true,
            _ => self.fraction().is_some(),
        }
    }
}

/// A list of rows in the order they are shown, already filtered. Asked once a frame for each
/// visible row only.
pub trait RowSource {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place below [`Self::len`]; `None` beyond it.
    fn row(&self, index: usize) -> Option<RowView>;

    /// The identity of the row at a place, without the cost of a whole row.
    fn id(&self, index: usize) -> Option<RowId>;

    /// The status of a row, whether it is shown or filtered out; `None` if there is no such row any
    /// more.
    fn status(&self, id: RowId) -> Option<Status>;

    /// What can be done with a row; nothing if there is no such row any more. Asked of every
    /// selected row in each frame.
    fn abilities(&self, id: RowId) -> Abilities {
        self.status(id)
            .map_or(Abilities::NONE, |status| Abilities::of(&status))
    }

    /// What can be done with any row at all, or more: a look at a long selection ends when all of
    /// it was found.
    fn abilities_of_any(&self) -> Abilities {
        Abilities::ALL
    }

    /// The place of a row; `None` if it is filtered out or not there.
    fn position(&self, id: RowId) -> Option<usize> {
        (0..self.len()).find(|&index| self.id(index) == Some(id))
    }

    /// What the columns show that are not there by default; `None` if there is no such row, or
    /// nothing known.
    fn extras(&self, id: RowId) -> Option<RowExtras> {
        let _ = id;
        None
    }

    /// The time in which the rows move, from any fixed moment on: how long ago the pointer was
    /// moved is told by it. Real time, unless there is a clock of its own.
    fn now(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    /// Whether rows would change places now if their order were not held.
    fn order_waits(&self) -> bool {
        false
    }

    /// How the rows are sorted.
    fn sorting(&self) -> Sorting {
        Sorting::default()
    }

    /// Whether rows can be sorted.
    fn offers_sorting(&self) -> bool {
        true
    }

    /// Whether rows can be begun again.
    fn offers_retry(&self) -> bool {
        true
    }
}
