//! A row as a table shows it, and a list of them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use web_time::Instant;

use super::{Abilities, Amount, Column, RowExtras, RowId, Sorting, Status, SuggestedAction};

/// The time left of a row has tenths of a second below this.
const TENTHS_BELOW: Duration = Duration::from_secs(10);
/// How often numbers change that change all the time.
const TENTH: Duration = Duration::from_millis(100);
/// From this rate on it is seen that something is being done.
const LEAST_RATE: f64 = 0.05;

/// A row at one moment. Cheap to make: its texts are shared.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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
    /// How much of it is done.
    pub amount: Amount,
    /// The amount that is done each second, smoothed; `None` while that is unknown.
    pub rate: Option<f64>,
    /// The amount that was done each second on average, once it is done; `None` before, and where
    /// there was none.
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
    #[doc(hidden)]
    pub suggested_action: Option<SuggestedAction>,
}

impl RowView {
    /// A row that says only this. Its other fields can be set afterwards.
    #[must_use]
    pub fn new(id: RowId, name: impl Into<Arc<str>>, status: Status) -> Self {
        Self {
            id,
            name: name.into(),
            host: "".into(),
            link_name: None,
            note: None,
            status,
            amount: Amount::default(),
            rate: None,
            mean_rate: None,
            eta: None,
            slept: None,
            sleep_total: None,
            suggested_action: None,
        }
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
            _ => self.amount.fraction().is_some(),
        }
    }

    /// After how long its texts differ although nothing happens to it; `None` if they stay. A row
    /// that sleeps counts down, one that transfers moves; one that waits for something else has no
    /// number that changes.
    #[must_use]
    pub fn changes_in(&self) -> Option<Duration> {
        match &self.status {
            Status::Sleeping { left } if *left < TENTHS_BELOW => Some(TENTH),
            Status::Sleeping { left }
            | Status::Retrying { left, .. }
            | Status::Unreachable { next_try: left, .. } => Some(until_next_second(*left)),
            Status::Transferring { .. } => Some(TENTH),
            Status::Unanswered { .. } | Status::Stalled { .. } => Some(Duration::from_secs(1)),
            Status::Working { .. } if self.amount.is_known() => {
                let is_moving = self.rate.is_none_or(|rate| rate >= LEAST_RATE);
                // A thread that does little may still do something.
                Some(if is_moving {
                    TENTH
                } else {
                    Duration::from_secs(1)
                })
            }
            _ => None,
        }
    }

    /// Whether something of it is done now: its rate is more than nothing.
    #[cfg(feature = "ui")]
    pub(crate) fn is_moving(&self) -> bool {
        self.rate.is_some_and(|rate| rate >= LEAST_RATE)
    }
}

/// Until the whole seconds that are left are one less.
fn until_next_second(left: Duration) -> Duration {
    Duration::from_nanos(u64::from(left.subsec_nanos())).max(TENTH)
}

/// A list of rows in the order they are shown, already filtered. Asked once a frame for each
/// visible row only.
///
/// [`RuntimeRows`](crate::view::RuntimeRows) is the source for the jobs of a runtime. Another one
/// shows any list of the application's own, read only:
///
#[cfg_attr(feature = "ui", doc = "```")]
#[cfg_attr(not(feature = "ui"), doc = "```ignore")]
/// use jobdeck::view::{Amount, Column, Direction, FailureKind, JobsTable, JobsTableState};
/// use jobdeck::view::{RowId, RowSource, RowView, Sorting, Status};
/// use std::time::Duration;
///
/// struct Backup {
///     number: u64,
///     name: &'static str,
///     files: u64,
///     error: Option<&'static str>,
/// }
///
/// #[derive(Default)]
/// struct Backups {
///     list: Vec<Backup>,
///     sorting: Sorting,
/// }
///
/// impl Backups {
///     fn sort(&mut self, sorting: Sorting) {
///         match sorting.first {
///             Some((Column::Received, _)) => self.list.sort_by_key(|backup| backup.files),
///             Some(_) => self.list.sort_by_key(|backup| backup.name),
///             None => self.list.sort_by_key(|backup| backup.number),
///         }
///         if matches!(sorting.first, Some((_, Direction::Descending))) {
///             self.list.reverse();
///         }
///         self.sorting = sorting;
///     }
/// }
///
/// fn status(backup: &Backup) -> Status {
///     match backup.error {
///         None => Status::Done { elapsed: Duration::ZERO },
///         Some(cause) => Status::Failed {
///             kind: FailureKind::Error,
///             cause: cause.into(),
///             at_percent: None,
///         },
///     }
/// }
///
/// impl RowSource for Backups {
///     fn len(&self) -> usize {
///         self.list.len()
///     }
///
///     fn id(&self, index: usize) -> Option<RowId> {
///         Some(RowId(self.list.get(index)?.number))
///     }
///
///     fn row(&self, index: usize) -> Option<RowView> {
///         let backup = self.list.get(index)?;
///         let mut row = RowView::new(RowId(backup.number), backup.name, status(backup));
///         row.amount = Amount::items(Some(backup.files), None);
///         Some(row)
///     }
///
///     fn status(&self, id: RowId) -> Option<Status> {
///         Some(status(self.list.iter().find(|backup| backup.number == id.0)?))
///     }
///
///     fn offers_actions(&self) -> bool {
///         false
///     }
///
///     fn offers_column(&self, column: Column) -> bool {
///         matches!(column, Column::Job | Column::State | Column::Received)
///     }
///
///     fn column_title(&self, column: Column) -> &'static str {
///         match column {
///             Column::Received => "Files",
///             column => column.title(),
///         }
///     }
///
///     fn sorting(&self) -> Sorting {
///         self.sorting
///     }
/// }
///
/// fn backups_ui(ui: &mut egui::Ui, backups: &mut Backups, state: &mut JobsTableState) {
///     let response = JobsTable::new(backups).show(ui, state);
///     if let Some(sorting) = response.sorting() {
///         backups.sort(sorting);
///     }
///     if response.opens_row() && let Some(id) = state.selection.single() {
///         println!("open number {}", id.0);
///     }
/// }
/// # let mut backups = Backups::default();
/// # backups.list.push(Backup { number: 1, name: "home", files: 40, error: None });
/// # backups.list.push(Backup { number: 2, name: "mail", files: 2, error: Some("disk full") });
/// # backups.sort(Sorting { first: Some((Column::Received, Direction::Ascending)), second: None });
/// # assert_eq!(backups.id(0), Some(RowId(2)));
/// # let (ctx, mut state) = (egui::Context::default(), JobsTableState::default());
/// # let output = ctx.run_ui(egui::RawInput::default(), |ui| {
/// #     backups_ui(ui, &mut backups, &mut state);
/// # });
/// # output.drop_without_applying_deltas();
/// ```
///
/// Its rows can be selected, with the pointer and the keys ([`JobsTableState::selection`]), opened
/// ([`JobsTableResponse::opens_row`]) and sorted by a click on a title
/// ([`JobsTableResponse::sorting`]): the source then sorts them, and says how they are sorted. The
/// columns can be chosen, and there can be columns of the application's own. What they do not have
/// is buttons, and a menu: those are for jobs of a runtime.
///
/// [`JobsTableState::selection`]: crate::view::JobsTableState::selection
/// [`JobsTableResponse::opens_row`]: crate::view::JobsTableResponse::opens_row
/// [`JobsTableResponse::sorting`]: crate::view::JobsTableResponse::sorting
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

    /// Whether rows have buttons that pause, resume, skip, cancel and retry them. What they do is
    /// for [`RuntimeRows::apply`](crate::view::RuntimeRows::apply), which knows only its own rows:
    /// a source of other rows says false.
    fn offers_actions(&self) -> bool {
        true
    }

    /// What can be done with a row; nothing if there is no such row any more. Asked of every
    /// selected row in each frame.
    #[doc(hidden)]
    fn abilities(&self, id: RowId) -> Abilities {
        match self.status(id) {
            Some(status) if self.offers_actions() => Abilities::of(&status),
            _ => Abilities::NONE,
        }
    }

    /// What can be done with any row at all, or more: a look at a long selection ends when all of
    /// it was found.
    #[doc(hidden)]
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

    /// Whether rows would change places now if their order were not held: a source that keeps its
    /// order while the user [aims at a row](crate::view::JobsTableState::is_aimed_at) says true
    /// then. The header shows that the order is held, and the table asks for the frame in which it
    /// no longer is.
    fn order_waits(&self) -> bool {
        false
    }

    /// How the rows are sorted.
    fn sorting(&self) -> Sorting {
        Sorting::default()
    }

    /// Whether rows have anything to show in a column. The others are not in the table, nor among
    /// the columns that its user can choose.
    fn offers_column(&self, column: Column) -> bool {
        let _ = column;
        true
    }

    /// The title of a column.
    fn column_title(&self, column: Column) -> &'static str {
        column.title()
    }

    /// After how long the texts of a row differ although nothing happens to it; `None` if they
    /// stay.
    fn changes_in(&self, row: &RowView) -> Option<Duration> {
        row.changes_in()
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
