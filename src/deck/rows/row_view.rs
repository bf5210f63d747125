//! What a table shows of a row.

use std::time::Duration;

use crate::format;
use crate::runtime::{Moment, Priority};
use crate::status::{Amount, RowExtras, RowView};

use super::ended::PollSums;
use super::row::{QueuePlace, Row, RowState};

/// The row at this moment. `place` is its place in the queue, where it has one.
pub(in crate::deck) fn view_of(row: &Row, place: Option<QueuePlace>) -> RowView {
    let status = row.status(place);
    let (received, total, slept, sleeping) = match &row.state {
        RowState::Queued { .. } => match &row.earlier_files.part {
            Some(left) => (Some(left.received), left.total, None, None),
            None => (None, None, None, None),
        },
        RowState::Started(job) => {
            let (done, total) = job.progress();
            (
                Some(done).filter(|done| *done > 0 || total.is_some()),
                total,
                Some(job.slept()),
                job.sleeping(),
            )
        }
        RowState::Ended(ended) => {
            let fetched = ended.received > 0 || ended.total.is_some() || ended.fetched.is_some();
            (
                Some(ended.received).filter(|_| fetched),
                ended.total,
                Some(ended.times.slept)
                    .filter(|_| ended.attempts > 0 || !ended.times.slept.is_zero()),
                None,
            )
        }
    };
    let rate = row.shown_rate();
    let note = match &row.state {
        RowState::Started(_) if status.is_under_way() => None,
        RowState::Started(_) => {
            let facts = row.facts.borrow();
            facts
                .last_error
                .as_ref()
                .map(|error| format::escaped(&error.message).into())
        }
        RowState::Ended(ended) => ended.remarks(),
        RowState::Queued { .. } => None,
    };
    RowView {
        id: row.id,
        name: row.name.shown().clone(),
        link_name: row.name.of_link().cloned(),
        host: row.host.clone(),
        note,
        eta: match (rate, received, total) {
            (Some(rate), Some(received), Some(total)) if rate >= 1.0 => {
                let secs = total.saturating_sub(received) as f64 / rate;
                Duration::try_from_secs_f64(secs).ok()
            }
            _ => None,
        },
        suggested_action: row.ended().and_then(|ended| ended.suggested_action()),
        status,
        amount: Amount::bytes(received, total),
        rate,
        mean_rate: row.ended().and_then(|ended| ended.mean_rate),
        slept,
        sleep_total: sleeping
            .map(|sleeping| slept.unwrap_or_default().saturating_sub(sleeping.slept) + sleeping.of),
    }
}

/// What the columns show that are not there by default.
pub(in crate::deck) fn extras_of(row: &Row, now: Moment) -> RowExtras {
    let begun = match &row.state {
        RowState::Queued { .. } => None,
        RowState::Started(job) => Some((now.since(job.spawned_at()), PollSums::of(job.job()))),
        RowState::Ended(ended) => ended
            .times
            .began_at
            .map(|_| (ended.times.elapsed, ended.polls)),
    };
    let (elapsed, polls) = begun.unzip();
    let ended = row.ended();
    let fetched = ended.and_then(|ended| ended.fetched.as_ref());
    let attempts = row.facts.borrow().attempts.count();
    RowExtras {
        elapsed,
        attempts: Some(attempts).filter(|attempts| *attempts > 0),
        added: row.added_at,
        http_status: ended.and_then(|ended| ended.http_status()),
        priority: row.job().map(|job| match job.priority() {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }),
        saved_to: fetched
            .and_then(|fetched| fetched.path.as_ref())
            .map(|path| format::escaped(&path.display().to_string()).into()),
        checksum: fetched
            .and_then(|fetched| fetched.sha256)
            .map(|checksum| checksum.to_string().into()),
        polls: polls.map(|polls| polls.count),
        busy: polls.map(|polls| polls.busy),
        longest_poll: polls.map(|polls| polls.longest),
    }
}
