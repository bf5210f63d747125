//! The order of rows: moved by keys and menu, held while the pointer is over a row, and sorted
//! again after that.

use std::time::Duration;

use egui::{Event, Key, Modifiers, Pos2, Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::app::AppOptions;
use jobdeck::jobs::Spec;
use jobdeck::options::Settings;
use jobdeck::runtime::Clock;
use jobdeck::status::{Chip, RowSource as _};
use jobdeck::theme;
use jobdeck::view::AddDefaults;

use crate::support::{
    Window, click, has, next_frame, press, press_key, row_names, row_says, timed, window,
};

const HELD: &str = "Order held · refresh";
/// Time between two frames.
const FRAME: Duration = Duration::from_millis(250);
/// A point on the first row, and one on no row.
const FIRST_ROW: Pos2 = pos2(300.0, 138.0);
const BELOW: Pos2 = pos2(300.0, 700.0);

fn over(specs: Vec<Spec>, jobs_at_once: u32) -> (Window, Clock) {
    let clock = Clock::virtual_time();
    let options = Settings {
        jobs_at_once,
        count_only: true,
        ..Settings::default()
    };
    let mut window = window(AppOptions {
        specs,
        clock: clock.clone(),
        add_defaults: AddDefaults {
            options,
            ..AddDefaults::default()
        },
        ..AppOptions::default()
    });
    window.run();
    (window, clock)
}

/// A long job and one that ends after a second, in this order.
fn one_ends() -> (Window, Clock) {
    over(vec![timed("ends", 1, 0), timed("goes on", 1_000, 1)], 6)
}

/// Runs frames for this time.
fn frames(window: &mut Window, clock: &Clock, secs: f64) {
    let mut left = Duration::from_secs_f64(secs);
    while !left.is_zero() {
        clock.advance(FRAME);
        window.step();
        left = left.saturating_sub(FRAME);
    }
    window.step();
}

fn point_at(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.step();
}

// ---- the queue is shown as it runs ----

#[test]
fn pasted_links_stand_in_the_order_in_which_they_were_given() {
    let (mut window, _clock) = over(Vec::new(), 2);
    let links: Vec<_> = (1..=5).map(|n| format!("http://a.example/{n}")).collect();
    window.event(Event::Paste(links.join("\n")));
    window.run();
    click(&mut window, "Add paused");
    let counts = window.state().deck().counts();
    assert_eq!(counts.of(Chip::Paused), 5, "{counts:?}");
    assert_eq!(row_names(&window), ["1", "2", "3", "4", "5"]);
}

fn queue_of(rows: usize) -> Window {
    let specs = (1..=rows).map(|n| timed(&format!("job {n}"), 0, 1_000));
    over(specs.collect(), 1).0
}

#[test]
fn alt_and_the_arrows_move_the_selected_row_which_stays_selected_and_in_view() {
    let mut window = queue_of(40);
    for _ in 0..3 {
        press_key(&mut window, Key::ArrowDown);
    }
    press(&mut window, Modifiers::ALT, Key::ArrowDown);
    let names = |window: &Window| row_names(window)[..5].join(" ");
    assert_eq!(names(&window), "job 1 job 2 job 4 job 3 job 5");
    assert!(row_says(&window, "job 3").contains("Queued"));
    press(&mut window, Modifiers::ALT, Key::ArrowUp);
    press(&mut window, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(names(&window), "job 1 job 3 job 2 job 4 job 5");
    // Not above running rows.
    press(&mut window, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(names(&window), "job 1 job 3 job 2 job 4 job 5");

    for _ in 0..37 {
        press(&mut window, Modifiers::ALT, Key::ArrowDown);
    }
    let shown = row_names(&window);
    assert_eq!(shown[shown.len() - 2..], ["job 39", "job 3"]);
    let row = window.get_by_role_and_label(Role::CheckBox, "Select job 3");
    let is_ticked = row.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True);
    assert!(is_ticked && row.rect().bottom() < 800.0 - theme::STATUS_HEIGHT);
    // The arrows alone continue from there.
    press_key(&mut window, Key::ArrowUp);
    let row = window.get_by_role_and_label(Role::CheckBox, "Select job 39");
    assert_eq!(
        row.accesskit_node().toggled(),
        Some(egui::accesskit::Toggled::True)
    );
}

#[test]
fn the_menu_moves_rows_at_once_though_the_order_is_held() {
    let mut window = queue_of(5);
    let choose = |window: &mut Window, item: &str| {
        press(window, Modifiers::NONE, Key::Menu);
        window.get_by_role_and_label(Role::MenuItem, item).click();
        window.step();
        window.step();
    };
    // The pointer goes over the rows meanwhile.
    for _ in 0..3 {
        press_key(&mut window, Key::ArrowDown);
    }
    choose(&mut window, "Move to the bottom");
    assert_eq!(
        row_names(&window),
        ["job 1", "job 2", "job 4", "job 5", "job 3"]
    );
    choose(&mut window, "Move up");
    assert_eq!(
        row_names(&window),
        ["job 1", "job 2", "job 4", "job 3", "job 5"]
    );
    choose(&mut window, "Move to the top");
    assert_eq!(
        row_names(&window),
        ["job 1", "job 3", "job 2", "job 4", "job 5"]
    );
    choose(&mut window, "Move down");
    assert_eq!(
        row_names(&window),
        ["job 1", "job 2", "job 3", "job 4", "job 5"]
    );
}

// ---- the order is held while the pointer is over a row ----

#[test]
fn the_order_follows_two_seconds_after_the_pointer_came_to_rest() {
    let (mut window, clock) = one_ends();
    point_at(&mut window, FIRST_ROW);
    frames(&mut window, &clock, 1.75);
    assert!(row_says(&window, "ends").contains("Done"));
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    assert!(has(&window, Role::Button, HELD));
    // Another movement holds it for another two seconds.
    point_at(&mut window, FIRST_ROW + egui::vec2(3.0, 0.0));
    frames(&mut window, &clock, 1.75);
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    frames(&mut window, &clock, 0.25);
    assert_eq!(row_names(&window), ["goes on", "ends"]);
    assert!(!has(&window, Role::Button, HELD));
}

#[test]
fn running_rows_are_on_top_even_under_a_resting_pointer() {
    let specs = (1..=300).map(|n| timed(&format!("job {n}"), 0, 1));
    let (mut window, clock) = over(specs.collect(), 2);
    point_at(&mut window, FIRST_ROW);
    frames(&mut window, &clock, 100.0);
    let deck = window.state().deck();
    assert!(deck.counts().of(Chip::Done) > 50);
    let running: Vec<_> = deck.schedule.running().iter().copied().collect();
    let shown: Vec<_> = (0..2).filter_map(|at| deck.id(at)).collect();
    assert_eq!(shown, running);
}

#[test]
fn a_click_on_the_note_lets_the_order_follow_at_once() {
    let (mut window, clock) = one_ends();
    point_at(&mut window, FIRST_ROW);
    frames(&mut window, &clock, 1.25);
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    let note = window.get_by_role_and_label(Role::Button, HELD).rect();
    // The order stays on the way there.
    point_at(&mut window, note.center());
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    click(&mut window, HELD);
    assert_eq!(row_names(&window), ["goes on", "ends"]);
    assert!(!has(&window, Role::Button, HELD));
}

#[test]
fn a_menu_and_a_row_with_the_keyboard_hold_the_order() {
    let (mut window, clock) = one_ends();
    press_key(&mut window, Key::ArrowDown);
    press_key(&mut window, Key::Menu);
    frames(&mut window, &clock, 5.0);
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    press_key(&mut window, Key::Escape);
    assert_eq!(row_names(&window), ["goes on", "ends"]);

    let (mut window, clock) = one_ends();
    let row = window.get_by(|node| {
        let label = node.label().unwrap_or_default();
        node.role() == Role::Row && label.starts_with("goes on")
    });
    row.focus();
    window.step();
    frames(&mut window, &clock, 5.0);
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    click(&mut window, HELD);
    assert_eq!(row_names(&window), ["goes on", "ends"]);
}

#[test]
fn a_press_that_lasts_holds_the_order() {
    let specs = vec![timed("ends", 5, 0), timed("goes on", 1_000, 1)];
    let (mut window, clock) = over(specs, 6);
    point_at(&mut window, FIRST_ROW);
    frames(&mut window, &clock, 3.0);
    window.drag_at(FIRST_ROW);
    window.step();
    frames(&mut window, &clock, 4.0);
    assert!(row_says(&window, "ends").contains("Done"));
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    window.drop_at(FIRST_ROW);
    window.step();
    frames(&mut window, &clock, 1.5);
    assert_eq!(row_names(&window), ["ends", "goes on"]);
    frames(&mut window, &clock, 0.5);
    assert_eq!(row_names(&window), ["goes on", "ends"]);
}

#[test]
fn a_hold_costs_no_frame_unless_something_waits_to_move() {
    let (mut window, clock) = over(vec![timed("first", 1, 0), timed("second", 2, 0)], 6);
    let rest = |window: &mut Window| {
        window.run();
        next_frame(window)
    };
    frames(&mut window, &clock, 0.75);
    point_at(&mut window, FIRST_ROW);
    frames(&mut window, &clock, 1.5);
    assert_eq!(window.state().deck().counts().of(Chip::Done), 2);
    // The last ended row will be first.
    assert_eq!(row_names(&window), ["first", "second"]);
    assert!(has(&window, Role::Button, HELD));
    let delay = next_frame(&window);
    assert!(delay <= Duration::from_millis(500), "{delay:?}");
    frames(&mut window, &clock, 0.5);
    assert_eq!(row_names(&window), ["second", "first"]);
    // No change is pending any more, wherever the pointer goes.
    frames(&mut window, &clock, 3.0);
    point_at(&mut window, FIRST_ROW + egui::vec2(1.0, 0.0));
    assert_eq!(
        rest(&mut window),
        Duration::MAX,
        "{:?}",
        window.ctx.repaint_causes()
    );
}

#[test]
fn the_note_covers_no_title_of_a_narrow_window() {
    for width in [1280.0, 640.0, 480.0] {
        let (mut window, clock) = one_ends();
        window.set_size(egui::vec2(width, 480.0));
        window.run();
        point_at(&mut window, FIRST_ROW);
        frames(&mut window, &clock, 1.25);
        let note = window.get_by_role_and_label(Role::Button, HELD).rect();
        assert!(note.right() <= width && note.width() > 40.0, "{note:?}");
        for title in window.query_all_by_role(Role::ColumnHeader) {
            let label = title.accesskit_node().label().unwrap_or_default();
            // Titles of numbers stand at the right of their columns, others at the left.
            let room = title.rect().x_range();
            let covered = match label.as_str() {
                "Job" | "State" | "Progress" => egui::Rangef::new(room.min, room.min + 60.0),
                _ => room,
            };
            assert!(
                !covered.intersects(note.x_range()),
                "{width}: {label} {covered:?} {note:?}"
            );
        }
    }
}

// ---- what is possible with very many rows ----

#[test]
fn of_sixty_six_rows_the_two_paused_ones_are_resumed() {
    let specs = (1..=66).map(|n| timed(&format!("job {n}"), 0, 1)).collect();
    let (mut window, clock) = over(specs, 66);
    click(&mut window, "Pause job 2");
    click(&mut window, "Pause job 5");
    point_at(&mut window, BELOW);
    frames(&mut window, &clock, 3.0);
    let count = |window: &Window, chip| window.state().deck().counts().of(chip);
    assert_eq!(
        (count(&window, Chip::Done), count(&window, Chip::Paused)),
        (64, 2)
    );
    press(&mut window, Modifiers::COMMAND, Key::A);
    let is_enabled = |window: &Window, name: &str| {
        let button = window.get_by_role_and_label(Role::Button, name);
        !button.accesskit_node().is_disabled()
    };
    assert!(is_enabled(&window, "Resume") && !is_enabled(&window, "Pause"));
    press_key(&mut window, Key::P);
    assert_eq!(count(&window, Chip::Paused), 0);
    let said = window.query_all_by_role(Role::Status);
    let said: Vec<_> = said
        .filter_map(|toast| toast.accesskit_node().label())
        .collect();
    assert_eq!(said, ["Resumed 2 of 66"]);
    // Both go on, and can be paused again.
    assert!(is_enabled(&window, "Pause") && !is_enabled(&window, "Resume"));
    press_key(&mut window, Key::P);
    assert_eq!(count(&window, Chip::Paused), 2);
}
