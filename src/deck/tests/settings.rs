//! Rows under settings that change.

use super::*;
use crate::deck::limits::UNDO_FOR;
use crate::fetch::Request;
use crate::jobs::{Destination, FetchSpec};
use crate::options::Settings;
use crate::status::RowSource as _;
use crate::status::Verb;

fn fetch_specs(count: usize) -> Vec<Spec> {
    let spec = |number| {
        let request = Request::get(&format!("http://127.0.0.1:9/{number}")).unwrap();
        Spec::Fetch(FetchSpec::new(request, Destination::Count))
    };
    (0..count).map(spec).collect()
}

#[test]
fn the_oldest_ended_rows_go_and_the_failed_ones_last() {
    let mut deck = deck();
    deck.add(specs(30), true);
    let ids: Vec<RowId> = deck.rows.ids().collect();
    // Failed: 0 to 2. Cancelled: 3 to 14. The others stay paused.
    deck.apply(Action::new(Verb::Resume, ids[..3].to_vec()));
    deck.tick(TICK_BUDGET);
    for id in &ids[..3] {
        deck.rows
            .job(*id)
            .expect("a job")
            .throw(crate::runtime::JobError::new("no"));
    }
    pass(&mut deck, SECOND);
    deck.apply(Action::new(Verb::Cancel, ids[3..15].to_vec()));
    assert_eq!(deck.counts().of(Chip::Failed), 3);
    assert_eq!(deck.keep_history(12), 0, "they may come back");
    pass(&mut deck, UNDO_FOR);
    assert_eq!(deck.keep_history(15), 0, "as many as may stay");

    assert_eq!(deck.keep_history(12), 3);
    let left: Vec<RowId> = deck.rows.ids().collect();
    assert_eq!(left, [&ids[..3], &ids[6..]].concat());
    assert_eq!(deck.len(), left.len());
    assert_eq!(deck.counts().all(), left.len());
    // Never below what the bounds allow.
    assert_eq!(deck.keep_history(0), 2);
    deck.apply(Action::new(Verb::Cancel, ids[15..].to_vec()));
    pass(&mut deck, UNDO_FOR);
    assert_eq!(deck.keep_history(10), 15);
    let left: Vec<RowId> = deck.rows.ids().collect();
    assert_eq!(left, [&ids[..3], &ids[23..]].concat());
}

#[test]
fn rows_follow_the_settings_whether_they_wait_or_have_ended() {
    let mut deck = deck();
    let mut specs = fetch_specs(3);
    if let Spec::Fetch(spec) = &mut specs[1] {
        spec.rate_limit_bytes_per_sec = Some(500);
    }
    deck.add(specs, true);
    let ids: Vec<RowId> = deck.rows.ids().collect();
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    let before = Settings::default();
    let after = Settings {
        retries: 1,
        job_rate_limit_bytes_per_sec: Some(2_000),
        ..Settings::default()
    };
    deck.rows.follow(&before, &after, |_| {});
    let said = |id| match deck.rows.spec(id) {
        Some(Spec::Fetch(spec)) => (spec.retry.retries, spec.rate_limit_bytes_per_sec),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(ids[0]), (1, Some(2_000)));
    assert_eq!(said(ids[1]), (1, Some(500)), "its own limit stays");
    assert_eq!(said(ids[2]), (1, Some(2_000)));
}
