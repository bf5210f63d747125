//! The table's columns, sorting and scrolling, and clicks while rows move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Role, Theme, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jobdeck::command::Command;
use jobdeck::format::LocalTime;
use jobdeck::status::{
    Abilities, Amount, Column, Direction, RowExtras, RowId, RowSource, RowView, Sorting, Status,
};
use jobdeck::theme;
use jobdeck::view::{Intent, JobsTable, JobsTableState, TableLayout};

use crate::support::{
    Window, click, clocked_window, every_state, harness, press, press_key, row_names, timed,
};

/// Any number of computed rows.
struct Numbered {
    count: usize,
    /// The last row first.
    reversed: bool,
    /// A row that is no longer in the list.
    gone: Option<RowId>,
    sorting: Sorting,
    extras_asked: Cell<usize>,
    now: Duration,
    is_read_only: bool,
}

impl RowSource for Numbered {
    fn len(&self) -> usize {
        self.count
    }

    fn row(&self, index: usize) -> Option<RowView> {
        let id = self.id(index)?;
        let mut row = RowView::new(id, format!("job {}", id.0), self.status(id)?);
        row.host = "host.example.org".into();
        row.amount = Amount::bytes(Some(7_000_000), Some(9_000_000));
        row.rate = Some(1e6);
        row.eta = Some(Duration::from_secs(2));
        row.slept = Some(Duration::ZERO);
        Some(row)
    }

    fn id(&self, index: usize) -> Option<RowId> {
        let number = if self.reversed {
            self.count.checked_sub(index + 1)?
        } else {
            index
        };
        (index < self.count).then_some(RowId(number as u64))
    }

    fn status(&self, _id: RowId) -> Option<Status> {
        Some(Status::Transferring {
            label: "Downloading".into(),
            size_known: true,
        })
    }

    fn position(&self, id: RowId) -> Option<usize> {
        let number = usize::try_from(id.0).ok()?;
        let index = if self.reversed {
            self.count.checked_sub(number + 1)?
        } else {
            number
        };
        (index < self.count && self.gone != Some(id)).then_some(index)
    }

    fn extras(&self, id: RowId) -> Option<RowExtras> {
        self.extras_asked.set(self.extras_asked.get() + 1);
        let hour = 10;
        let mut extras = RowExtras::default();
        extras.added = Some(LocalTime {
            date: None,
            hour,
            minute: 7,
        });
        extras.polls = Some(id.0);
        Some(extras)
    }

    fn now(&self) -> Duration {
        self.now
    }

    fn sorting(&self) -> Sorting {
        self.sorting
    }

    fn offers_actions(&self) -> bool {
        !self.is_read_only
    }
}

/// The table alone, over numbered rows.
struct Alone {
    rows: Numbered,
    state: JobsTableState,
    intents: Vec<Intent>,
}

impl eframe::App for Alone {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let response = JobsTable::new(&self.rows).beat(0).show(ui, &mut self.state);
        self.intents.extend(response.intents);
    }
}

type Table = Harness<'static, Alone>;

fn table_of(count: usize, size: [f32; 2]) -> Table {
    table_in_steps_of(0.25, count, size)
}

fn table_in_steps_of(step_secs: f32, count: usize, size: [f32; 2]) -> Table {
    let alone = Alone {
        rows: Numbered {
            count,
            reversed: false,
            gone: None,
            sorting: Sorting::default(),
            extras_asked: Cell::new(0),
            now: Duration::ZERO,
            is_read_only: false,
        },
        state: JobsTableState::default(),
        intents: Vec::new(),
    };
    let mut table = Harness::builder()
        .with_size(size)
        .with_step_dt(step_secs)
        .with_theme(Theme::Dark)
        .with_context_setup(theme::install)
        .build_eframe(|_| alone);
    table.run();
    table
}

fn table(count: usize) -> Table {
    table_of(count, [1280.0, 700.0])
}

/// The numbers of the rows that are drawn, with their tops.
fn drawn(table: &Table) -> Vec<(u64, f32)> {
    let rows = table.query_all_by_role(Role::Row).map(|row| {
        let label = row.accesskit_node().label().unwrap_or_default();
        let number = label.split([' ', ',']).nth(1).unwrap().parse().unwrap();
        (number, row.rect().top())
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|one, other| one.1.total_cmp(&other.1));
    rows
}

fn selected(table: &Table) -> Vec<u64> {
    let Alone { rows, state, .. } = table.state();
    state.selection.shown(rows).iter().map(|id| id.0).collect()
}

#[track_caller]
fn row_center(table: &Table, number: u64) -> Pos2 {
    let (_, top) = drawn(table).into_iter().find(|it| it.0 == number).unwrap();
    pos2(300.0, top + theme::ROW_HEIGHT / 2.0)
}

fn button(pos: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) -> Event {
    Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers,
    }
}

fn click_at<App>(harness: &mut Harness<'_, App>, at: Pos2, modifiers: Modifiers) {
    harness.hover_at(at);
    harness.run();
    harness.event(Event::ModifiersChanged(modifiers));
    for pressed in [true, false] {
        harness.event(button(at, PointerButton::Primary, pressed, modifiers));
    }
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.run();
}

fn drag<App>(harness: &mut Harness<'_, App>, from: Pos2, to: Pos2) {
    begin_drag(harness, from, to);
    harness.drop_at(to);
    harness.run();
}

fn begin_drag<App>(harness: &mut Harness<'_, App>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run();
    harness.drag_at(from);
    harness.run();
    for at in [from.lerp(to, 0.5), to] {
        harness.hover_at(at);
        harness.run();
    }
}

fn has_header<App>(harness: &Harness<'_, App>, label: &str) -> bool {
    harness
        .query_by_role_and_label(Role::ColumnHeader, label)
        .is_some()
}

#[track_caller]
fn header<App>(harness: &Harness<'_, App>, label: &str) -> egui::Rect {
    harness
        .get_by_role_and_label(Role::ColumnHeader, label)
        .rect()
}

/// The titles from left to right, without their sorting.
fn titles<App>(harness: &Harness<'_, App>) -> Vec<String> {
    let headers = harness.query_all_by_role(Role::ColumnHeader);
    let mut titles: Vec<_> = headers
        .map(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            let title = label.split(',').next().unwrap_or_default().to_owned();
            (node.rect().left(), title)
        })
        .collect();
    titles.sort_by(|one, other| one.0.total_cmp(&other.0));
    titles.into_iter().map(|(_, title)| title).collect()
}

fn three_jobs() -> Window {
    clocked_window(["b", "a", "c"].map(|name| timed(name, 10, 1)).into()).0
}

// ---- sorting ----

#[test]
fn a_click_sorts_another_turns_and_a_third_goes_back() {
    let mut window = three_jobs();
    assert_eq!(row_names(&window), ["b", "a", "c"], "as they were given");
    let place = header(&window, "Job").center();
    click_at(&mut window, place, Modifiers::NONE);
    assert!(has_header(&window, "Job, sorted, A to Z"));
    assert_eq!(row_names(&window), ["a", "b", "c"]);
    click_at(&mut window, place, Modifiers::NONE);
    assert!(has_header(&window, "Job, sorted, Z to A"));
    assert_eq!(row_names(&window), ["c", "b", "a"]);
    click_at(&mut window, place, Modifiers::NONE);
    assert!(has_header(&window, "Job"));
    assert_eq!(row_names(&window), ["b", "a", "c"]);

    let rate = header(&window, "Rate").center();
    click_at(&mut window, rate, Modifiers::NONE);
    click_at(&mut window, place, Modifiers::SHIFT);
    assert!(has_header(&window, "Rate, sorted, largest first"));
    assert!(has_header(&window, "Job, sorted second, A to Z"));
    assert_eq!(row_names(&window), ["a", "b", "c"], "nobody has a rate");
}

#[test]
fn the_keyboard_sorts_too() {
    let mut window = three_jobs();
    let focus = |window: &mut Window, label: &str| {
        let header = window.get_by_role_and_label(Role::ColumnHeader, label);
        header.focus();
        window.run();
    };
    focus(&mut window, "Job");
    press_key(&mut window, Key::Enter);
    assert_eq!(row_names(&window), ["a", "b", "c"]);
    press_key(&mut window, Key::Space);
    assert_eq!(row_names(&window), ["c", "b", "a"]);
    assert!(has_header(&window, "Job, sorted, Z to A"));
}

#[test]
fn the_table_only_asks_to_be_sorted() {
    let mut table = table(10);
    let place = header(&table, "Received / total").center();
    click_at(&mut table, place, Modifiers::NONE);
    let by_received = Sorting {
        first: Some((Column::Received, Direction::Descending)),
        second: None,
    };
    assert_eq!(table.state().intents, [Intent::Sort(by_received)]);
    assert_eq!(drawn(&table)[0].0, 0);
    table.state_mut().rows.sorting = by_received;
    table.run();
    assert!(has_header(
        &table,
        "Received / total, sorted, largest first"
    ));
}

// ---- columns ----

const USUAL: [&str; 7] = [
    "Job",
    "State",
    "Progress",
    "Received / total",
    "Rate",
    "ETA",
    "Slept",
];

#[test]
fn columns_are_chosen_with_the_mouse() {
    let mut window = three_jobs();
    assert_eq!(titles(&window), USUAL);
    click(&mut window, "Columns");
    let tick = |window: &mut Window, title: &str| {
        window.get_by_role_and_label(Role::CheckBox, title).click();
        window.run();
    };
    tick(&mut window, "Rate");
    tick(&mut window, "Priority");
    tick(&mut window, "Added");
    let chosen = [
        "Job",
        "State",
        "Progress",
        "Received / total",
        "ETA",
        "Slept",
        "Added",
        "Priority",
    ];
    assert_eq!(titles(&window), chosen);
    let is_open = |window: &Window| window.query_by_label("Reset columns").is_some();
    // Its button closes it again, and so does a click elsewhere.
    click(&mut window, "Columns");
    assert!(!is_open(&window));
    click(&mut window, "Columns");
    assert!(is_open(&window));
    click_at(&mut window, pos2(300.0, 600.0), Modifiers::NONE);
    assert!(!is_open(&window));
    // A right click on a title leads to the same.
    let slept = header(&window, "Slept").center();
    window.hover_at(slept);
    for pressed in [true, false] {
        let secondary = PointerButton::Secondary;
        window.event(button(slept, secondary, pressed, Modifiers::NONE));
    }
    window.run();
    assert!(is_open(&window) && titles(&window) == chosen);
    let job = header(&window, "Job").center();
    click(&mut window, "Reset columns");
    assert_eq!(titles(&window), USUAL);
    press_key(&mut window, Key::Escape);
    assert!(!is_open(&window));
    click_at(&mut window, job, Modifiers::NONE);
    assert!(has_header(&window, "Job, sorted, A to Z"));
}

#[test]
fn columns_are_chosen_with_the_keyboard() {
    let mut window = three_jobs();
    window
        .get_by_role_and_label(Role::Button, "Columns")
        .focus();
    window.run();
    press_key(&mut window, Key::Enter);
    let focused = |window: &Window| {
        let node = window.get_by(|node| node.is_focused());
        node.accesskit_node().label().unwrap_or_default()
    };
    assert_eq!(focused(&window), "State");
    press_key(&mut window, Key::Space);
    assert_eq!(titles(&window), [&USUAL[..1], &USUAL[2..]].concat());
    press_key(&mut window, Key::Space);
    assert_eq!(titles(&window), USUAL);
    press_key(&mut window, Key::Tab);
    assert_eq!(focused(&window), "Move State up");
    press_key(&mut window, Key::Enter);
    assert_eq!(titles(&window)[..2], ["State", "Job"]);
    assert_eq!(
        focused(&window),
        "Move State down",
        "there is no further up"
    );
    press_key(&mut window, Key::Enter);
    press_key(&mut window, Key::Enter);
    assert_eq!(titles(&window)[..3], ["Job", "Progress", "State"]);
    // These keys are for the popup alone: nothing was selected, nothing paused.
    press_key(&mut window, Key::P);
    assert!(window.query_by_label("Pause a").is_some());
    press_key(&mut window, Key::Escape);
    assert!(window.query_by_label("Reset columns").is_none());
}

#[test]
fn a_column_is_drawn_to_another_place_in_the_chooser() {
    let mut window = three_jobs();
    click(&mut window, "Columns");
    let of = |window: &Window, title: &str| {
        let row = window.get_by_role_and_label(Role::CheckBox, title);
        // The drag handle is before the box.
        row.rect().left_center() - vec2(10.0, 0.0)
    };
    let (rate, state) = (of(&window, "Rate"), of(&window, "State"));
    drag(&mut window, rate, state - vec2(0.0, 10.0));
    assert_eq!(titles(&window)[..3], ["Job", "Rate", "State"]);
    assert!(window.query_by_label("Reset columns").is_some());
}

#[test]
fn a_title_is_drawn_to_another_place() {
    let mut table = table(10);
    let (rate, state) = (header(&table, "Rate"), header(&table, "State"));
    drag(
        &mut table,
        rate.center(),
        state.left_center() + vec2(20.0, 0.0),
    );
    let moved = [
        "Job",
        "Rate",
        "State",
        "Progress",
        "Received / total",
        "ETA",
        "Slept",
    ];
    assert_eq!(titles(&table), moved);
    assert_eq!(table.state().intents, [], "it is not sorted by that");
    // To the end.
    let (job, slept) = (header(&table, "Job"), header(&table, "Slept"));
    drag(
        &mut table,
        job.center(),
        slept.right_center() + vec2(20.0, 0.0),
    );
    assert_eq!(titles(&table)[6], "Job");
    // Back, but not released there.
    let (job, rate) = (header(&table, "Job"), header(&table, "Rate"));
    begin_drag(&mut table, job.center(), rate.left_center());
    table.key_press(Key::Escape);
    table.run();
    table.drop_at(rate.left_center());
    table.run();
    assert_eq!(titles(&table)[6], "Job");
    // Its edge still resizes.
    let width = header(&table, "State").width();
    let edge = header(&table, "State").right_center();
    drag(&mut table, edge, edge + vec2(30.0, 0.0));
    assert!((header(&table, "State").width() - width - 30.0).abs() < 1.0);
    assert_eq!(titles(&table)[6], "Job");
}

#[test]
fn widths_and_places_are_in_the_layout_that_is_kept() {
    let mut before = table(10);
    let edge = header(&before, "Job").right_center();
    drag(&mut before, edge, edge + vec2(-50.0, 0.0));
    let (rate, state) = (header(&before, "Rate"), header(&before, "State"));
    drag(&mut before, rate.center(), state.left_center());
    let kept = before.state().state.layout.clone();

    let mut after = table(10);
    assert_ne!(
        header(&after, "Job").width(),
        header(&before, "Job").width()
    );
    after.state_mut().state.layout = kept;
    after.run();
    assert_eq!(titles(&after), titles(&before));
    for title in USUAL {
        assert_eq!(header(&after, title), header(&before, title), "{title}");
    }
    after.state_mut().state.layout = TableLayout::default();
    after.run();
    assert_eq!(titles(&after), USUAL);
}

#[test]
fn columns_wider_than_the_window_are_reached_by_scrolling() {
    let mut table = table(10);
    let edge = header(&table, "Rate").right_center();
    drag(&mut table, edge, edge + vec2(700.0, 0.0));
    let slept = header(&table, "Slept");
    assert!(slept.left() > 1280.0 || !has_header(&table, "Slept"));
    let bar = table
        .get_by_role_and_label(Role::ScrollBar, "Across")
        .rect();
    drag(
        &mut table,
        bar.left_center() + vec2(20.0, 0.0),
        bar.right_center(),
    );
    let cancel = table.get_by_label("Cancel job 3").rect();
    assert!(cancel.right() < 1280.0, "{cancel:?}");
}

#[test]
fn optional_columns_ask_for_the_rows_that_are_visible() {
    let mut table = table(100_000);
    table.run();
    assert_eq!(table.state().rows.extras_asked.get(), 0);
    let mut layout = TableLayout::default();
    layout.show(Column::Polls, true);
    table.state_mut().state.layout = layout;
    table.run();
    assert!(has_header(&table, "Polls"));
    table.state_mut().rows.extras_asked.set(0);
    table.step();
    let asked = table.state().rows.extras_asked.get();
    assert_eq!(asked, drawn(&table).len());
}

#[test]
fn truncated_text_is_in_a_tooltip() {
    let mut table = table_of(10, [940.0, 400.0]);
    let mut layout = TableLayout::default();
    layout.show(Column::Added, true);
    table.state_mut().state.layout = layout;
    table.run();
    assert!(!has_header(&table, "Added") && has_header(&table, "Slept"));
    let says = |table: &mut Table, at: Pos2, expected: &str| {
        table.hover_at(at);
        table.run_steps(8);
        let tooltip = table.query_by(|node| {
            node.role() == Role::Label && node.value().is_some_and(|text| text.contains(expected))
        });
        assert!(tooltip.is_some(), "{expected}");
    };
    let below = |table: &Table, title: &str| header(table, title).center() + vec2(0.0, 36.0);
    let received = below(&table, "Received / total");
    says(&mut table, received, "Added 10:07");
    // Narrower still, what was received joins the progress, and the name says the rest.
    table.set_size(vec2(550.0, 400.0));
    table.run();
    let job = below(&table, "Job");
    says(&mut table, job, "Rate 1.00 MB/s\nETA 0:02\nAdded 10:07");
}

// ---- scrolling ----

#[test]
fn a_million_rows_scroll_by_less_than_a_pixel() {
    let mut table = table(1_000_000);
    assert!(drawn(&table).len() < 20);
    table.key_press(Key::End);
    table.run();
    let (last, top) = *drawn(&table).last().unwrap();
    assert_eq!(last, 999_999);
    assert!((top + theme::ROW_HEIGHT - 700.0).abs() < 0.01, "{top}");
    // Far below what 32 bits could tell apart here.
    table.hover_at(pos2(300.0, 300.0));
    table.run();
    let mut before = top;
    for _ in 0..20 {
        table.event(Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Trackpad,
            delta: vec2(0.0, 1.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        table.run();
        let now = drawn(&table).last().unwrap().1;
        assert!((now - before - 1.0).abs() < 0.01, "{before} {now}");
        before = now;
    }
    let rows = drawn(&table);
    for pair in rows.windows(2) {
        assert_eq!(pair[1].0, pair[0].0 + 1);
        assert!((pair[1].1 - pair[0].1 - theme::ROW_HEIGHT).abs() < 0.01);
    }
}

#[test]
fn keys_move_exactly_and_scroll_to_the_row() {
    let mut table = table(1_000_000);
    let page = ((700.0 - theme::HEADER_HEIGHT) / theme::ROW_HEIGHT) as u64 - 1;
    for (key, expected) in [
        (Key::ArrowDown, 0),
        (Key::ArrowDown, 1),
        (Key::PageDown, 1 + page),
        (Key::J, 2 + page),
        (Key::PageUp, 2),
        (Key::End, 999_999),
        (Key::PageUp, 999_999 - page),
        (Key::K, 999_998 - page),
        (Key::PageDown, 999_998),
        (Key::PageDown, 999_999),
        (Key::ArrowDown, 999_999),
        (Key::ArrowUp, 999_998),
        (Key::Home, 0),
        (Key::ArrowUp, 0),
    ] {
        table.key_press(key);
        table.run();
        assert_eq!(selected(&table), [expected], "{key:?}");
        let seen = drawn(&table).into_iter().find(|it| it.0 == expected);
        let top = seen.unwrap().1;
        let fits = top > theme::HEADER_HEIGHT - 0.01 && top + theme::ROW_HEIGHT < 700.01;
        assert!(fits, "{key:?}: {top}");
    }
}

#[test]
fn the_thumb_is_drawn_precisely() {
    let mut table = table(1_000_000);
    let track = table.get_by_role_and_label(Role::ScrollBar, "Down").rect();
    let hold = track.center_top() + vec2(0.0, 20.0);
    begin_drag(&mut table, hold, hold);
    assert_eq!(
        drawn(&table)[0],
        (0, theme::HEADER_HEIGHT),
        "it is at least 24 points long"
    );
    let half = (track.height() - 2.0 - 24.0) / 2.0;
    table.hover_at(hold + vec2(0.0, half));
    table.run();
    let middle = drawn(&table)[0].0;
    assert!((499_980..500_000).contains(&middle), "{middle}");
    table.hover_at(pos2(hold.x, 5000.0));
    table.run();
    assert_eq!(drawn(&table).last().unwrap().0, 999_999);
    table.hover_at(hold);
    table.run();
    assert_eq!(drawn(&table)[0].0, 0);
    table.drop_at(hold);
    table.run();
    // A click beside the thumb scrolls by a page.
    click_at(&mut table, track.center(), Modifiers::NONE);
    let first = drawn(&table)[0].0;
    assert_eq!(
        first,
        ((700.0 - theme::HEADER_HEIGHT) / theme::ROW_HEIGHT) as u64
    );
    assert!(selected(&table).is_empty());
}

#[test]
fn a_short_list_has_no_bar() {
    let table = table(5);
    assert!(table.query_all_by_role(Role::ScrollBar).next().is_none());
}

// ---- clicks while rows move ----

#[test]
fn a_click_belongs_to_the_row_it_began_on() {
    let mut table = table(5);
    let first = row_center(&table, 0);
    table.hover_at(first);
    table.run();
    table.event(button(first, PointerButton::Primary, true, Modifiers::NONE));
    table.step();
    table.state_mut().rows.reversed = true;
    table.step();
    assert_eq!(row_center(&table, 4), first, "another row is there now");
    table.event(button(
        first,
        PointerButton::Primary,
        false,
        Modifiers::NONE,
    ));
    table.run();
    let acted_on = selected(&table);
    assert!(acted_on.is_empty() || acted_on == [0], "{acted_on:?}");

    // The same with a button of a row.
    let cancel = table.get_by_label("Cancel job 4").rect().center();
    table.hover_at(cancel);
    table.run();
    table.event(button(
        cancel,
        PointerButton::Primary,
        true,
        Modifiers::NONE,
    ));
    table.step();
    table.state_mut().rows.reversed = false;
    table.step();
    table.event(button(
        cancel,
        PointerButton::Primary,
        false,
        Modifiers::NONE,
    ));
    table.run();
    let intents = &table.state().intents;
    let is_right = |intent: &Intent| *intent == Intent::RunOn(Command::Cancel, RowId(4));
    assert!(intents.iter().all(is_right), "{intents:?}");
}

#[test]
fn two_clicks_on_two_rows_are_no_double_click() {
    // Short enough for three of them to be a double click.
    let five_rows = || table_in_steps_of(0.05, 5, [1280.0, 700.0]);
    let mut table = five_rows();
    let place = row_center(&table, 0);
    table.hover_at(place);
    table.run();
    let click = |table: &mut Table| {
        for pressed in [true, false] {
            let event = button(place, PointerButton::Primary, pressed, Modifiers::NONE);
            table.input_mut().events.push(event);
        }
        table.step();
    };
    click(&mut table);
    table.step();
    click(&mut table);
    let opened = [Intent::OpenInspector];
    assert_eq!(table.state().intents, opened, "this is how one is told");

    let mut table = five_rows();
    table.hover_at(place);
    table.run();
    click(&mut table);
    table.state_mut().rows.reversed = true;
    table.step();
    // Moved from one to the other.
    let other = row_center(&table, 3);
    table.hover_at(other);
    for pressed in [true, false] {
        let event = button(other, PointerButton::Primary, pressed, Modifiers::NONE);
        table.input_mut().events.push(event);
    }
    table.step();
    assert_eq!(table.state().intents, []);
    assert_eq!(selected(&table), [3]);
}

/// A row of five, its order turned under a resting pointer.
fn turned(step_secs: f32) -> (Table, Pos2) {
    let mut table = table_in_steps_of(step_secs, 5, [1280.0, 700.0]);
    let place = row_center(&table, 0);
    table.hover_at(place);
    table.run();
    table.state_mut().rows.reversed = true;
    table.step();
    assert_eq!(row_center(&table, 4), place, "another row is there now");
    (table, place)
}

fn click_resting(table: &mut Table, at: Pos2, which: PointerButton) {
    for pressed in [true, false] {
        let event = button(at, which, pressed, Modifiers::NONE);
        table.input_mut().events.push(event);
        table.step();
    }
}

#[test]
fn a_click_just_after_rows_moved_is_for_the_row_that_was_there() {
    let (mut table, place) = turned(0.05);
    click_resting(&mut table, place, PointerButton::Primary);
    assert_eq!(selected(&table), [0]);

    let (mut table, place) = turned(0.05);
    click_resting(&mut table, place, PointerButton::Secondary);
    assert_eq!(selected(&table), [0], "its menu");

    // Its box.
    let (mut table, place) = turned(0.05);
    let checkbox = pos2(18.0, place.y);
    table.state_mut().rows.reversed = false;
    table.hover_at(checkbox);
    table.run();
    table.state_mut().rows.reversed = true;
    table.step();
    click_resting(&mut table, checkbox, PointerButton::Primary);
    assert_eq!(selected(&table), [0]);

    // Half a second later the change is visible long enough.
    let (mut table, place) = turned(0.05);
    table.state_mut().rows.now += Duration::from_millis(500);
    table.step();
    click_resting(&mut table, place, PointerButton::Primary);
    assert_eq!(selected(&table), [4]);
}

#[test]
fn a_button_clicked_just_after_rows_moved_is_that_of_the_row_that_was_there() {
    for (after_millis, expected) in [(0, 0), (499, 0), (500, 4)] {
        let mut table = table_in_steps_of(0.05, 5, [1280.0, 700.0]);
        let cancel = table.get_by_label("Cancel job 0").rect().center();
        table.hover_at(cancel);
        table.run();
        table.state_mut().rows.reversed = true;
        table.step();
        table.state_mut().rows.now += Duration::from_millis(after_millis);
        table.step();
        click_resting(&mut table, cancel, PointerButton::Primary);
        let asked = [Intent::RunOn(Command::Cancel, RowId(expected))];
        assert_eq!(table.state().intents, asked);
    }
}

#[test]
fn rows_that_are_read_only_have_no_buttons() {
    let mut table = table(3);
    assert!(table.query_by_label("Pause job 1").is_some());
    table.state_mut().rows.is_read_only = true;
    table.run();
    assert!(table.query_by_label("Pause job 1").is_none());
    assert!(table.query_by_label("Cancel job 1").is_none());
    assert_eq!(table.state().rows.abilities(RowId(1)), Abilities::NONE);
}

#[test]
fn a_click_for_a_row_that_is_gone_is_for_none() {
    let (mut table, place) = turned(0.05);
    // Row 4 stays where it is, and those before it go.
    table.state_mut().rows.count = 5;
    table.state_mut().rows.gone = Some(RowId(0));
    click_resting(&mut table, place, PointerButton::Primary);
    assert!(selected(&table).is_empty());
}

#[test]
fn a_right_click_selects_an_unselected_row() {
    let mut table = table(6);
    let right_click = |table: &mut Table, number: u64| {
        let at = row_center(table, number);
        table.hover_at(at);
        table.run();
        for pressed in [true, false] {
            table.event(button(
                at,
                PointerButton::Secondary,
                pressed,
                Modifiers::NONE,
            ));
        }
        table.run();
        selected(table)
    };
    assert_eq!(right_click(&mut table, 3), [3]);
    let at = row_center(&table, 5);
    click_at(&mut table, at, Modifiers::COMMAND);
    assert_eq!(selected(&table), [3, 5]);
    assert_eq!(right_click(&mut table, 5), [3, 5], "it is one of them");
    assert_eq!(right_click(&mut table, 1), [1]);
}

// ---- the selection ----

#[test]
fn keys_select() {
    let mut table = table(10);
    let press = |table: &mut Table, modifiers, key| {
        table.key_press_modifiers(modifiers, key);
        table.run();
        selected(table)
    };
    assert_eq!(press(&mut table, Modifiers::NONE, Key::ArrowDown), [0]);
    assert_eq!(press(&mut table, Modifiers::SHIFT, Key::ArrowDown), [0, 1]);
    assert_eq!(
        press(&mut table, Modifiers::SHIFT, Key::ArrowDown),
        [0, 1, 2]
    );
    assert_eq!(press(&mut table, Modifiers::SHIFT, Key::ArrowUp), [0, 1]);
    // With ctrl the keyboard goes on alone.
    assert_eq!(
        press(&mut table, Modifiers::COMMAND, Key::ArrowDown),
        [0, 1]
    );
    assert_eq!(
        press(&mut table, Modifiers::COMMAND, Key::ArrowDown),
        [0, 1]
    );
    let Alone { rows, state, .. } = table.state_mut();
    state.toggle_cursor_row(rows);
    table.run();
    assert_eq!(selected(&table), [0, 1, 3]);
    assert_eq!(press(&mut table, Modifiers::SHIFT, Key::End).len(), 7);
    // The next row takes the place of a removed one.
    press(&mut table, Modifiers::NONE, Key::Home);
    for _ in 0..4 {
        press(&mut table, Modifiers::NONE, Key::ArrowDown);
    }
    assert_eq!(selected(&table), [4]);
    table.state_mut().rows.count = 3;
    table.run();
    assert_eq!(press(&mut table, Modifiers::NONE, Key::ArrowDown), [2]);
}

#[test]
fn space_all_and_none() {
    let mut window = three_jobs();
    let ticked = |window: &Window| {
        let names = ["a", "b", "c"].into_iter().filter(|name| {
            let label = format!("Select {name}");
            let node = window.get_by_role_and_label(Role::CheckBox, &label);
            node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
        });
        names.collect::<Vec<_>>().join("")
    };
    press_key(&mut window, Key::Space);
    assert_eq!(ticked(&window), "b", "the first row");
    press(&mut window, Modifiers::COMMAND, Key::ArrowDown);
    press_key(&mut window, Key::Space);
    assert_eq!(ticked(&window), "ab");
    press_key(&mut window, Key::Space);
    assert_eq!(ticked(&window), "b");
    press(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(ticked(&window), "abc");
    press_key(&mut window, Key::Escape);
    assert_eq!(ticked(&window), "");
}

#[test]
fn a_row_with_the_focus_is_ticked_and_opened_by_keys() {
    let mut table = table(5);
    let row = |table: &Table, number: u64| {
        let start = format!("job {number},");
        let fits = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
        };
        table.get_by(fits).focus();
    };
    row(&table, 2);
    table.run();
    table.key_press(Key::Space);
    table.run();
    assert_eq!(selected(&table), [2]);
    row(&table, 3);
    table.run();
    table.key_press(Key::Enter);
    table.run();
    assert_eq!(selected(&table), [3]);
    assert_eq!(table.state().intents, [Intent::OpenInspector]);
    // Once more on the same row: it closes.
    table.key_press(Key::Enter);
    table.run();
    let toggled = Some(&Intent::Run(Command::Inspector));
    assert_eq!(table.state().intents.last(), toggled);
}

#[test]
fn a_row_that_never_slept_has_no_sleep_time() {
    let mut screen = every_state();
    screen.rows.0.truncate(4);
    let mut harness = harness([1280.0, 800.0], Theme::Dark, screen);
    harness.run();
    let tiles = harness.get_by(|node| {
        let label = node.label().unwrap_or_default();
        node.role() == Role::Row && label.starts_with("weather-tiles")
    });
    let label = tiles.accesskit_node().label().unwrap_or_default();
    assert!(!label.contains("slept"), "{label}");
}
