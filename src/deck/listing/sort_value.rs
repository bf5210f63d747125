//! What a row of a deck is sorted by.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use crate::runtime::Moment;
use crate::status::{Column, Direction, RowExtras, RowView, SortValue, Sorting};

use crate::deck::rows::row::Row;
use crate::deck::rows::row_view::{extras_of, view_of};

/// What a row is sorted by; none in the usual order.
pub(super) fn sort_values(row: &Row, sorting: Sorting, now: Moment) -> Option<[SortValue; 2]> {
    let first = sorting.first?;
    let seen = Seen {
        row,
        now,
        view: OnceCell::new(),
        extras: OnceCell::new(),
    };
    let second = sorting.second.map(|second| seen.value(second));
    Some([seen.value(first), second.unwrap_or(SortValue::Unknown)])
}

/// A row, looked at once for all its values.
struct Seen<'a> {
    row: &'a Row,
    now: Moment,
    view: OnceCell<RowView>,
    extras: OnceCell<RowExtras>,
}

/// A value whatever the direction.
enum Known {
    Number(Option<u64>),
    Text(Option<Arc<str>>),
}

impl Seen<'_> {
    fn value(&self, (key, direction): (Column, Direction)) -> SortValue {
        match self.known(key) {
            Known::Number(number) => SortValue::number(number, direction),
            Known::Text(text) => SortValue::text(text, direction),
        }
    }

    fn known(&self, key: Column) -> Known {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let text = |text: &Arc<str>| Known::Text((!text.is_empty()).then(|| Arc::clone(text)));
        let (row, view) = (self.row, || {
            self.view.get_or_init(|| view_of(self.row, None))
        });
        let extras = || self.extras.get_or_init(|| extras_of(self.row, self.now));
        match key {
            Column::Job => text(&row.name.searched(&row.spec).name),
            Column::Host => text(&row.host),
            Column::SavedTo => Known::Text(extras().saved_to.clone()),
            Column::Checksum => Known::Text(extras().checksum.clone()),
            Column::Priority => Known::Text(extras().priority.map(Into::into)),
            Column::State => Known::Number(Some(row.listed.group as u64)),
            Column::Added => Known::Number(Some(row.id.0)),
            Column::Progress => Known::Number(
                view()
                    .amount
                    .fraction()
                    .map(|share| (f64::from(share) * 1e9) as u64),
            ),
            Column::Received => Known::Number(view().amount.done),
            Column::Rate => Known::Number(view().shown_rate().map(|rate| rate.max(0.0) as u64)),
            Column::Eta => Known::Number(view().eta.map(nanos)),
            Column::Slept => Known::Number(view().slept.map(nanos)),
            Column::Elapsed => Known::Number(extras().elapsed.map(nanos)),
            Column::Attempts => Known::Number(extras().attempts.map(u64::from)),
            Column::HttpStatus => Known::Number(extras().http_status.map(u64::from)),
            Column::Polls => Known::Number(extras().polls),
            Column::Busy => Known::Number(extras().busy.map(nanos)),
            Column::LongestPoll => Known::Number(extras().longest_poll.map(nanos)),
        }
    }
}
