//! The cost of a frame of the whole window over a real list of jobs, compared with a bare
//! `egui_table` of eight columns of constant text, measured in turn in one run: jobs, input,
//! layout, shapes and triangles, without painting.
//!
//! `cargo bench --bench dashboard` prints medians for 100, 10,000 and 100,000 rows, and the longest
//! frame while ten thousand links are pasted, added, selected, cancelled and taken back. Compare
//! the ratios, not the numbers, of different runs.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on says why")]

mod support;

use std::path::Path;
use std::time::Duration;

use eframe::App as _;
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use jobdeck::app::{App, AppOptions};
use jobdeck::jobs::{Spec, TimedSpec};
use jobdeck::options::Settings;
use jobdeck::runtime::Clock;
use jobdeck::status::{Chip, RowSource as _};
use jobdeck::view::AddDefaults;

use support::{Stage, Text, compare, median, pointer, settle_allocator, wheel};

const SIZES: [usize; 3] = [100, 10_000, 100_000];
const FRAMES: usize = 300;
/// One frame at sixty frames a second.
const FRAME: Duration = Duration::from_millis(16);
/// Links in one paste.
const PASTED: usize = 10_000;

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let frames = if is_real { FRAMES } else { 3 };
    let sizes = if is_real { &SIZES[..] } else { &SIZES[..1] };
    settle_allocator();
    println!("median of {frames} frames at 1280 × 800, in µs\n");
    println!(
        "{:>8}  {:>24}  {:>8} {:>8} {:>6}",
        "rows", "", "ours", "bare", "ratio"
    );
    for rows in sizes {
        scenes(*rows, frames);
    }
    println!("\nfrom the first frame to the last of what takes several, in ms\n");
    println!(
        "{:>8}  {:>24}  {:>8} {:>8} {:>8}",
        "rows", "", "frames", "longest", "median"
    );
    let pasted = if is_real { PASTED } else { 100 };
    for rows in sizes {
        flows(*rows, pasted, None);
    }
    println!("\nthe same with the list kept in a folder\n");
    for rows in sizes {
        let folder = tempfile::tempdir().expect("a folder");
        flows(*rows, pasted, Some(folder.path()));
    }
}

/// Views of a list whose jobs run.
fn scenes(rows: usize, frames: usize) {
    let mut window = Window::new(rows, None);
    let still = |_: usize| vec![pointer()];
    let scrolled = |frame: usize| vec![pointer(), wheel(frame)];
    window.measure("still", frames, still);
    window.measure("scrolled", frames, scrolled);
    window.press(Modifiers::COMMAND, Key::A);
    window.measure("all selected", frames, still);
    window.press(Modifiers::NONE, Key::Escape);
    // A click on the title sorts. Without the pointer over them, the rows change places each
    // second.
    let title = Pos2::new(1162.0, 102.0);
    let button = |pressed| Event::PointerButton {
        pos: title,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [Event::PointerMoved(title), button(true), button(false)] {
        window.frame(vec![event]);
    }
    let sorting = window.app.deck().sorting();
    assert!(sorting.first.is_some(), "the title is somewhere else");
    window.rest();
    window.measure("sorted by what moves", frames, |_| vec![Event::PointerGone]);
    window.search("state:queued file");
    window.measure("filtered, sorted", frames, scrolled);
}

/// Actions on many rows.
fn flows(rows: usize, pasted: usize, state_folder: Option<&Path>) {
    let mut window = Window::new(rows, state_folder);
    let all = rows + pasted;
    let ended = |window: &Window| {
        let counts = window.app.deck().counts();
        counts.of(Chip::Done) + counts.of(Chip::Cancelled)
    };
    let has_all = |window: &Window| {
        let deck = window.app.deck();
        deck.counts().all() == all && deck.len() == all
    };
    let text = format!("http://example.com/[1-{pasted}]");
    window.until("paste links", vec![Event::Paste(text)], |_| true);
    window.rest();
    window.until(
        "add them paused",
        pressed(Modifiers::COMMAND, Key::Enter),
        has_all,
    );
    window.until("select all", pressed(Modifiers::COMMAND, Key::A), |_| true);
    let before = ended(&window);
    window.until("cancel all", pressed(Modifiers::NONE, Key::C), |window| {
        ended(window) == all
    });
    let are_back = |window: &Window| ended(window) == before;
    window.until(
        "take that back",
        pressed(Modifiers::COMMAND, Key::Z),
        are_back,
    );
    let are_gone = |window: &Window| window.app.deck().counts().all() == 0;
    window.until(
        "remove all",
        pressed(Modifiers::NONE, Key::Delete),
        are_gone,
    );
    window.until(
        "take that back",
        pressed(Modifiers::COMMAND, Key::Z),
        has_all,
    );
}

/// The window over a list with jobs in each state.
struct Window {
    stage: Stage,
    app: App,
    frame: eframe::Frame,
    clock: Clock,
}

/// Jobs that run at once.
const RUNNING: u32 = 50;

impl Window {
    fn new(rows: usize, state_folder: Option<&Path>) -> Self {
        let stage = Stage::new();
        let clock = Clock::virtual_time();
        let creation = eframe::CreationContext::_new_kittest(stage.ctx.clone());
        let options = Settings {
            jobs_at_once: RUNNING,
            count_only: true,
            ..Settings::default()
        };
        let add_defaults = AddDefaults {
            options,
            ..AddDefaults::default()
        };
        let app = App::new(
            &creation,
            AppOptions {
                specs: (0..rows).map(|number| spec(number, rows)).collect(),
                add_defaults,
                clock: clock.clone(),
                keeps_nothing: true,
                state_folder: state_folder.map(Into::into),
                ..AppOptions::default()
            },
        );
        let mut window = Self {
            stage,
            app,
            frame: eframe::Frame::_new_kittest(),
            clock,
        };
        window.until("", Vec::new(), |window| {
            let counts = window.app.deck().counts();
            // What is kept is on the list once it is stored.
            let is_listed = window.app.deck().len() == rows;
            is_listed && counts.all() == rows && counts.of(Chip::Done) >= done(rows)
        });
        for (word, what) in [("pause", Key::P), ("cancel", Key::C)] {
            window.search(word);
            window.press(Modifiers::COMMAND, Key::A);
            window.press(Modifiers::NONE, what);
            window.rest();
        }
        window.search("");
        window.press(Modifiers::NONE, Key::Escape);
        window.rest();
        window
    }

    fn frame(&mut self, events: Vec<Event>) -> Duration {
        let Self {
            stage, app, frame, ..
        } = self;
        self.clock.advance(FRAME);
        stage.frame(events, |ui| {
            app.logic(ui.ctx(), frame);
            app.ui(ui, frame);
        })
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.frame(pressed(modifiers, key));
    }

    /// Searches for a word through the search field.
    fn search(&mut self, word: &str) {
        self.press(Modifiers::COMMAND, Key::F);
        self.frame(Vec::new());
        self.press(Modifiers::COMMAND, Key::A);
        self.frame(if word.is_empty() {
            pressed(Modifiers::NONE, Key::Delete)
        } else {
            vec![Event::Text(word.to_owned())]
        });
        self.press(Modifiers::NONE, Key::Enter);
        self.rest();
        assert_eq!(self.app.deck().listing.filter().search, word);
    }

    /// Runs enough frames for work that is spread over several.
    fn rest(&mut self) {
        for _ in 0..self.app.deck().counts().all() / 250 + 10 {
            self.frame(vec![Event::PointerGone]);
        }
    }

    fn measure(&mut self, name: &str, frames: usize, events: impl Fn(usize) -> Vec<Event>) {
        let rows = self.app.deck().len();
        let mut bare = Stage::new();
        let mut text = Text::new(rows);
        compare(name, rows, frames, |frame| {
            [
                self.frame(events(frame)),
                bare.frame(events(frame), |ui| text.ui(ui)),
            ]
        });
    }

    /// Runs frames from these events on until `is_so`, and prints their times.
    fn until(&mut self, name: &str, events: Vec<Event>, is_so: impl Fn(&Self) -> bool) {
        const AT_MOST: usize = 1_000_000;
        let mut times = vec![self.frame(events)];
        while !is_so(self) {
            assert!(times.len() < AT_MOST, "waited in vain: {name}");
            times.push(self.frame(vec![Event::PointerGone]));
        }
        // The work after the last row.
        times.extend((0..10).map(|_| self.frame(vec![Event::PointerGone])));
        if name.is_empty() {
            return;
        }
        let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e3);
        println!(
            "{:>8}  {name:>24}  {:>8} {:>8} {:>8}",
            self.app.deck().counts().all(),
            times.len(),
            ms(times.iter().copied().max().unwrap_or_default()),
            ms(median(times))
        );
    }
}

/// A key pressed and released.
fn pressed(modifiers: Modifiers, key: Key) -> Vec<Event> {
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    };
    vec![event(true), event(false)]
}

/// The number of done rows: fewer than the list keeps of ended jobs.
fn done(rows: usize) -> usize {
    (rows / 7).min(3_000)
}

/// The first rows are done at once. Of the others some will be paused, some cancelled, and the rest
/// runs for hours.
fn spec(number: usize, rows: usize) -> Spec {
    if number < done(rows) {
        return Spec::Timed(TimedSpec {
            name: format!("done {number}"),
            sleep: Duration::ZERO,
            work: Duration::ZERO,
        });
    }
    let word = match number % 6 {
        0 => "pause",
        1 if number < 20_000 => "cancel",
        _ => "file",
    };
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    Spec::Timed(TimedSpec {
        name: format!("{word}-{number:06}.parquet"),
        // Sleepers need no slot and all start at once: a few of them stand among the running ones.
        sleep: if number.is_multiple_of(4) && number < done(rows) + 12 {
            hours(20)
        } else {
            Duration::ZERO
        },
        work: hours(30 + (number % 10) as u64),
    })
}
