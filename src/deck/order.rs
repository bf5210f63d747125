//! Which rows are shown, in which order: an index that is rebuilt when it is out of date, and never per frame.

use std::{
    cell::OnceCell,
    cmp::{Ordering, Reverse},
    collections::HashMap,
    sync::Arc,
    time::Duration,
};

use crate::{
    runtime::Moment,
    status::{Direction, Filter, RowId, SortKey, Sorting},
};

use super::{
    Row,
    row::RowState,
    search::{Search, Searched},
};

/// Rows sorted by what moves change places this often.
const RESORT_EVERY: Duration = Duration::from_secs(1);

/// Jobs that come, go and change change the order of a long list at most this often: it costs a look at every row.
const REBUILD_EVERY: Duration = Duration::from_millis(100);

/// A shorter list is always in order.
const LONG_LIST_ROWS: usize = 2_000;

/// The index. Marked dirty when a row comes, goes or changes its chip, and when the filter changes.
#[derive(Default)]
pub(super) struct Order {
    filter: Filter,
    search: Search,
    sorting: Sorting,
    shown: Vec<RowId>,
    /// The place of each row in `shown`, once somebody asked.
    places: OnceCell<HashMap<RowId, usize>>,
    dirty: bool,
    rebuilt_at: Option<Moment>,
}

impl Order {
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn set_filter(&mut self, filter: Filter) {
        if filter != self.filter {
            self.search = Search::parse(&filter.search);
            self.filter = filter;
            self.dirty = true;
        }
    }

    pub(super) fn sorting(&self) -> Sorting {
        self.sorting
    }

    pub(super) fn set_sorting(&mut self, sorting: Sorting) {
        self.dirty |= sorting != self.sorting;
        self.sorting = sorting;
    }

    pub(super) fn mark_dirty(&mut self) {
        self.dirty = true;
    }

    pub(super) fn shown(&self) -> &[RowId] {
        &self.shown
    }

    /// Where a row stands among those that are shown.
    pub(super) fn position(&self, id: RowId) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let places = self.shown.iter().enumerate();
            places.map(|(place, id)| (*id, place)).collect()
        });
        places.get(&id).copied()
    }

    /// What is out of date because time went by: the order of what moves, while something does. True when there is
    /// something to rebuild now.
    pub(super) fn is_due(&mut self, now: Moment, rows: usize, any_runs: bool) -> bool {
        let since = self.rebuilt_at.map(|before| now.since(before));
        let has_passed = |least: Duration| since.is_none_or(|since| since >= least);
        let keys = [self.sorting.first, self.sorting.second];
        let moves = keys.iter().flatten().any(|(key, _)| key.moves());
        if moves && any_runs && has_passed(RESORT_EVERY) {
            self.dirty = true;
        }
        // While a job runs there is a next tick.
        self.dirty && (rows < LONG_LIST_ROWS || !any_runs || has_passed(REBUILD_EVERY))
    }

    /// Whether something changed since the last rebuild.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Active rows first, then sleeping, queued, failed, paused, and what has ended, the newest first in each; before
    /// that, what they are sorted by.
    pub(super) fn rebuild(&mut self, rows: &[Row], now: Moment) {
        self.dirty = false;
        self.rebuilt_at = Some(now);
        self.places = OnceCell::new();
        let chip = self.filter.chip;
        let search = &self.search;
        let fits = |row: &&Row| {
            chip.is_none_or(|chip| chip == row.chip) && (search.is_empty() || found(row, search))
        };
        let found = rows.iter().rev().filter(fits);
        self.shown.clear();
        let Some(first) = self.sorting.first else {
            let mut groups: [Vec<RowId>; 6] = Default::default();
            for row in found {
                groups[row.group].push(row.id);
            }
            for group in &groups {
                self.shown.extend_from_slice(group);
            }
            return;
        };
        let second = self.sorting.second;
        let mut sorted: Vec<_> = found
            .map(|row| {
                let second = second.map(|(key, _)| SortValue::of(row, key, now));
                (SortValue::of(row, first.0, now), second, row.group, row.id)
            })
            .collect();
        sorted.sort_unstable_by(|one, other| {
            let by_second = || match (second, &one.1, &other.1) {
                (Some((_, direction)), Some(one), Some(other)) => one.compare(other, direction),
                _ => Ordering::Equal,
            };
            one.0
                .compare(&other.0, first.1)
                .then_with(by_second)
                .then_with(|| (one.2, Reverse(one.3)).cmp(&(other.2, Reverse(other.3))))
        });
        self.shown.extend(sorted.into_iter().map(|(.., id)| id));
    }
}

/// What a row is sorted by.
enum SortValue {
    Unknown,
    Number(u64),
    Text(Arc<str>),
}

impl SortValue {
    fn of(row: &Row, key: SortKey, now: Moment) -> Self {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let number = |number: Option<u64>| number.map_or(Self::Unknown, Self::Number);
        let text = |text: &Arc<str>| {
            if text.is_empty() {
                Self::Unknown
            } else {
                Self::Text(Arc::clone(text))
            }
        };
        match key {
            SortKey::Job => text(&row.searched().name),
            SortKey::Host => text(&row.host),
            SortKey::State => Self::Number(row.group as u64),
            SortKey::Added => Self::Number(row.id.0),
            SortKey::Progress
            | SortKey::Received
            | SortKey::Rate
            | SortKey::Eta
            | SortKey::Slept => {
                let view = row.view(None);
                number(match key {
                    SortKey::Progress => {
                        view.fraction().map(|share| (f64::from(share) * 1e9) as u64)
                    }
                    SortKey::Received => view.received_bytes,
                    SortKey::Rate => view.rate.map(|rate| rate.max(0.0) as u64),
                    SortKey::Eta => view.eta.map(nanos),
                    _ => view.slept.map(nanos),
                })
            }
            SortKey::Elapsed
            | SortKey::Attempts
            | SortKey::HttpStatus
            | SortKey::Priority
            | SortKey::SavedTo
            | SortKey::Checksum
            | SortKey::Polls
            | SortKey::Busy
            | SortKey::LongestPoll => {
                let extras = row.extras(now);
                match key {
                    SortKey::Elapsed => number(extras.elapsed.map(nanos)),
                    SortKey::Attempts => number(extras.attempts.map(u64::from)),
                    SortKey::HttpStatus => number(extras.http_status.map(u64::from)),
                    SortKey::Polls => number(extras.polls),
                    SortKey::Busy => number(extras.busy.map(nanos)),
                    SortKey::LongestPoll => number(extras.longest_poll.map(nanos)),
                    SortKey::SavedTo => extras.saved_to.map_or(Self::Unknown, Self::Text),
                    SortKey::Checksum => extras.checksum.map_or(Self::Unknown, Self::Text),
                    _ => extras
                        .priority
                        .map_or(Self::Unknown, |word| Self::Text(word.into())),
                }
            }
        }
    }

    /// What is unknown comes last both ways.
    fn compare(&self, other: &Self, direction: Direction) -> Ordering {
        let known = match (self, other) {
            (Self::Unknown, Self::Unknown) => return Ordering::Equal,
            (Self::Unknown, _) => return Ordering::Greater,
            (_, Self::Unknown) => return Ordering::Less,
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        match direction {
            Direction::Ascending => known,
            Direction::Descending => known.reverse(),
        }
    }
}

/// Which group a row stands in; what waits for its time comes before what waits for its turn.
pub(super) fn group(row: &Row) -> usize {
    use crate::status::Chip;
    match row.chip {
        Chip::Active => 0,
        Chip::Waiting if row.job().is_some() => 1,
        Chip::Waiting => 2,
        Chip::Failed => 3,
        Chip::Paused => 4,
        Chip::Done | Chip::Cancelled => 5,
    }
}

fn found(row: &Row, search: &Search) -> bool {
    let texts = row.searched();
    search.fits(&Searched {
        name: &texts.name,
        host: &row.host,
        url: &texts.url,
        error: &|| match &row.state {
            RowState::Ended(ended) => ended.error().map(ToString::to_string),
            _ => {
                let facts = row.facts.borrow();
                facts.last_error.as_ref().map(|error| error.message.clone())
            }
        },
        status: &|| row.status(None),
    })
}
