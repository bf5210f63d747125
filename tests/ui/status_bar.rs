//! The status bar and the filter chips: no overlap, and no chip moves under the pointer.

use std::time::Duration;

use egui::{Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::status::{Chip, Counts, Totals};
use jobdeck::view::{FrameTimes, StatusBar, chips_ui, status_bar_ui};

fn counts(groups: &[(Chip, usize)]) -> Counts {
    let mut counts = Counts::default();
    for (chip, count) in groups {
        for _ in 0..*count {
            counts.add(*chip);
        }
    }
    counts
}

/// Every part of the bar, with long numbers.
fn all_there_is() -> (Totals, Counts) {
    let totals = Totals {
        rate: 123_456_789.0,
        rate_history: vec![1.0; 60],
        running: 16,
        running_limit: 16,
        is_alive: true,
        counts_down: true,
        network_outage: None,
        queue_left: Some(Duration::from_secs(5_400)),
        to_add: 123_456,
    };
    let groups = [
        (Chip::Active, 16),
        (Chip::Waiting, 12_345),
        (Chip::Check, 1_208),
        (Chip::Failed, 2_009),
        (Chip::Done, 20_000),
    ];
    (totals, counts(&groups))
}

/// The texts of the bar at a width, from left to right, with their places.
fn parts_at(width: f32, totals: Totals, counts: Counts) -> Vec<(String, Rect)> {
    let mean = Duration::from_micros(3_600);
    let mut harness = Harness::builder()
        .with_size([width, 30.0])
        .with_context_setup(jobdeck::theme::install)
        .build_ui(move |ui| {
            let bar = StatusBar {
                totals: &totals,
                counts: &counts,
                beat: Some(3),
                frame: Some(FrameTimes {
                    mean,
                    longest: mean,
                }),
            };
            status_bar_ui(ui, &bar);
        });
    harness.run_steps(2);
    let labels = harness.query_all_by_role(Role::Label);
    let dots = harness.query_all_by_role(Role::Image);
    let mut parts: Vec<_> = labels
        .chain(dots)
        .map(|node| {
            let node_says = node.accesskit_node();
            let says = node_says.value().or_else(|| node_says.label());
            (says.unwrap_or_default(), node.rect())
        })
        .collect();
    parts.sort_by(|(_, a), (_, b)| a.left().total_cmp(&b.left()));
    parts
}

#[test]
fn nothing_in_the_status_bar_is_painted_over_anything_else() {
    for width in (200..=1_600).step_by(20) {
        let width = width as f32;
        let (totals, counts) = all_there_is();
        let parts = parts_at(width, totals, counts);
        for (says, rect) in &parts {
            let is_inside = rect.left() >= 0.0 && rect.right() <= width;
            assert!(is_inside, "{width}: {says} at {rect}");
        }
        for pair in parts.windows(2) {
            let [(first, left), (second, right)] = pair else {
                continue;
            };
            assert!(
                left.right() + 4.0 < right.left(),
                "{width}: {first} at {left}, {second} at {right}"
            );
        }
    }
}

#[test]
fn the_status_bar_first_leaves_out_the_least_important() {
    let says_at = |width| {
        let (totals, counts) = all_there_is();
        let parts = parts_at(width, totals, counts);
        let texts: Vec<_> = parts.into_iter().map(|(says, _)| says).collect();
        texts.join(" | ")
    };
    let narrow = says_at(480.0);
    for part in ["to check", "failed", "running of", "Heartbeat"] {
        assert!(narrow.contains(part), "{narrow}");
    }
    for part in ["frame", "queue"] {
        assert!(!narrow.contains(part), "{narrow}");
    }
    let wide = says_at(1_600.0);
    for part in ["failed", "waiting · queue", "to be added", "jobs", "frame"] {
        assert!(wide.contains(part), "{wide}");
    }
    let few = parts_at(480.0, Totals::default(), counts(&[(Chip::Done, 3)]));
    let says: Vec<_> = few.iter().map(|(says, _)| &**says).collect();
    assert!(says.contains(&"3 jobs"), "{says:?}");
}

/// The chips over these rows, each with its place.
fn chips_of(groups: &[(Chip, usize)]) -> Vec<(String, Rect)> {
    chips_within(900.0, groups)
}

/// The chips in a window of this width.
fn chips_within(width: f32, groups: &[(Chip, usize)]) -> Vec<(String, Rect)> {
    let counts = counts(groups);
    let mut harness = Harness::builder()
        .with_size([width, 40.0])
        .with_context_setup(jobdeck::theme::install)
        .build_ui(move |ui| chips_ui(ui, &counts, None, &mut Vec::new()));
    harness.run_steps(2);
    let chips = harness.query_all_by_role(Role::Button);
    chips
        .map(|node| {
            let says = node.accesskit_node().label().unwrap_or_default();
            let word = says.split(' ').next().unwrap_or_default();
            (word.to_owned(), node.rect())
        })
        .collect()
}

#[test]
fn no_chip_moves_when_a_rare_one_comes_or_goes() {
    let usual = chips_of(&[(Chip::Done, 5)]);
    let words: Vec<_> = usual.iter().map(|(word, _)| &**word).collect();
    assert_eq!(
        words,
        ["All", "Active", "Waiting", "Paused", "Failed", "Done"]
    );
    let check = chips_of(&[(Chip::Done, 4), (Chip::Check, 1)]);
    let cancelled = chips_of(&[(Chip::Done, 4), (Chip::Cancelled, 1)]);
    let both = chips_of(&[(Chip::Done, 3), (Chip::Check, 1), (Chip::Cancelled, 1)]);
    assert_eq!(check.last().map(|(word, _)| &**word), Some("Check"));
    for (fewer, more) in [
        (&usual, &check),
        (&usual, &cancelled),
        (&check, &both),
        (&cancelled, &both),
    ] {
        assert_eq!(fewer[..], more[..fewer.len()]);
    }
}

#[test]
fn check_is_in_sight_in_the_narrowest_window() {
    const WIDTH: f32 = 480.0;
    let many = [
        (Chip::Active, 64),
        (Chip::Waiting, 12_000),
        (Chip::Paused, 100),
        (Chip::Failed, 900),
        (Chip::Check, 3),
        (Chip::Done, 30_000),
        (Chip::Cancelled, 20),
    ];
    let few = [
        (Chip::Active, 6),
        (Chip::Failed, 1),
        (Chip::Check, 1),
        (Chip::Done, 4),
    ];
    for groups in [many.as_slice(), &few] {
        let chips = chips_within(WIDTH, groups);
        let check = chips.iter().find(|(word, _)| word == "Check");
        let (_, rect) = check.expect("a chip");
        assert!(rect.right() <= WIDTH, "{chips:?}");
        // Only a chip without rows is left out.
        for (chip, _) in groups {
            assert!(
                chips.iter().any(|(word, _)| word == chip.name()),
                "{chips:?}"
            );
        }
    }
    let fits = chips_within(WIDTH, &few);
    let words: Vec<_> = fits.iter().map(|(word, _)| &**word).collect();
    assert_eq!(words, ["All", "Active", "Failed", "Done", "Check"]);
}
