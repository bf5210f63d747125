//! The cost of a frame of the deck with many rows: the longest tick, the median tick and the call
//! of an action.
//!
//! `cargo bench --bench deck` prints them for 100,000 rows, `cargo bench --bench deck -- 1000000`
//! for another number. The goal: no tick takes 16 ms. The longest tick counts only on an idle
//! machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jobdeck::deck::{Action, Deck, Limits};
use jobdeck::fetch::Request;
use jobdeck::jobs::{Destination, FetchSpec, Spec, TimedSpec};
use jobdeck::runtime::{Clock, Host, Runtime, TICK_BUDGET};
use jobdeck::status::{Column, Direction, Filter, MoveTo, RowId, Sorting, Verb};

/// The number of rows that an action applies to.
const PART: usize = 10_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    // `cargo test --benches` only checks that it runs.
    let is_real = arguments.any(|argument| argument == "--bench");
    let asked = std::env::args().find_map(|argument| argument.parse().ok());
    let rows = asked.unwrap_or(if is_real { 100_000 } else { 2_000 });
    let part = PART.min(rows / 2);
    memory(rows);
    println!("{rows} rows; times of a tick, and of the call before it, in ms\n");
    println!(
        "{:<34} {:>6} {:>9} {:>9} {:>9}",
        "", "ticks", "longest", "median", "call"
    );
    let mut bench = DeckBench::new();
    bench.measure(&format!("add {rows}, paused"), |deck| {
        deck.add_from(Box::new((0..rows).map(fetch)), true);
    });
    bench.measure(&format!("add {part}"), |deck| {
        deck.add((0..part).map(fetch).collect(), true);
    });
    let first: Vec<RowId> = bench.deck.rows.ids().take(part).collect();
    bench.measure(&format!("resume {part}"), |deck| {
        deck.apply(Action::new(Verb::Resume, first.clone()));
    });
    bench.measure(&format!("cancel {part}"), |deck| {
        deck.apply(Action::new(Verb::Cancel, first.clone()));
    });
    bench.measure(&format!("retry {part}"), |deck| {
        deck.apply(Action::new(Verb::Retry, first.clone()));
    });
    bench.measure(&format!("pause {part}"), |deck| {
        deck.apply(Action::new(Verb::Pause, first.clone()));
    });
    bench.measure(&format!("remove {part}"), |deck| {
        deck.apply(Action::new(Verb::Remove, first.clone()));
    });
    bench.measure(&format!("take {part} back"), |deck| {
        deck.undo();
    });
    let all: Vec<RowId> = bench.deck.rows.ids().collect();
    bench.measure("resume all", |deck| {
        deck.apply(Action::new(Verb::Resume, all.clone()));
    });
    let middle = &all[all.len() / 2..];
    for (name, to) in [
        ("up", MoveTo::Up),
        ("to the top", MoveTo::Top),
        ("to the bottom", MoveTo::Bottom),
    ] {
        for count in [1, part] {
            let moved = middle[..count].to_vec();
            bench.measure(&format!("move {count} {name}"), |deck| {
                deck.apply(Action::new(Verb::Move(to), moved));
            });
        }
    }
    bench.measure("cancel all", |deck| {
        deck.apply(Action::new(Verb::Cancel, all.clone()));
    });
    for text in ["file 99", "file 999", "-state:paused host:7", ""] {
        bench.measure(&format!("search \"{text}\""), |deck| {
            let search = text.to_owned();
            deck.set_filter(Filter { chip: None, search });
        });
    }
    for (name, key) in [
        ("name", Column::Job),
        ("received", Column::Received),
        ("time it took", Column::Elapsed),
    ] {
        bench.measure(&format!("sort by {name}"), |deck| {
            deck.set_sorting(Sorting {
                first: Some((key, Direction::Descending)),
                second: None,
            });
        });
    }
    bench.sorted_by(None);
    bench.run("100 jobs end and begin a tick");
    bench.sorted_by(Some(Column::Rate));
    bench.run("the same, sorted by rate");
    bench.sorted_by(Some(Column::Slept));
    bench.run("the same, sorted by time slept");
}

/// Prints what an ended row takes in memory: of downloads that were cancelled before they began, and
/// of jobs that ran.
fn memory(rows: usize) {
    let timed = |number| {
        Spec::Timed(TimedSpec {
            name: format!("job {number}"),
            sleep: Duration::ZERO,
            work: Duration::ZERO,
        })
    };
    let ended: [(&str, Vec<Spec>); 2] = [
        ("download, cancelled", (0..rows).map(fetch).collect()),
        ("job, done", (0..rows).map(timed).collect()),
    ];
    // Kept until the end: else the second would take the memory of the first.
    let mut decks = Vec::new();
    for (name, specs) in ended {
        let mut bench = DeckBench::new();
        bench.deck.set_limits(Limits {
            jobs_at_once: 1_000,
            ..bench.deck.schedule.limits()
        });
        let before = resident_bytes();
        let is_run = matches!(specs.first(), Some(Spec::Timed(_)));
        bench.deck.add(specs, !is_run);
        while bench.deck.counts().all() < rows {
            bench.deck.tick(TICK_BUDGET);
        }
        if !is_run {
            let all: Vec<RowId> = bench.deck.rows.ids().collect();
            bench.deck.apply(Action::new(Verb::Cancel, all));
        }
        while !bench.deck.all_ended() {
            bench.deck.tick(TICK_BUDGET);
        }
        for _ in 0..1_000 {
            bench.deck.tick(TICK_BUDGET);
        }
        let bytes = resident_bytes().saturating_sub(before);
        println!("{name}: {} bytes a row", bytes / rows);
        decks.push(bench);
    }
    println!();
}

/// The memory that is in use; 0 where that is not known.
fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<usize> = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * 4096
}

/// True once a tick was requested.
#[derive(Default)]
struct WakeFlag(AtomicBool);

impl Host for WakeFlag {
    fn wake(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_after(&self, _delay: Duration) {}
}

/// A deck whose frames are timed.
struct DeckBench {
    deck: Deck,
    wakes: Arc<WakeFlag>,
}

impl DeckBench {
    fn new() -> Self {
        let wakes = Arc::new(WakeFlag::default());
        let deck = Deck::new(Runtime::with_clock(wakes.clone(), Clock::virtual_time()));
        Self { deck, wakes }
    }

    /// Applies an action, and ticks until it is complete.
    fn measure(&mut self, name: &str, action: impl FnOnce(&mut Deck)) {
        let began = Instant::now();
        action(&mut self.deck);
        let call = began.elapsed();
        let mut ticks = Vec::new();
        while self.wakes.0.swap(false, Ordering::Relaxed) || ticks.is_empty() {
            ticks.push(self.tick());
        }
        print(name, ticks, Some(call));
    }

    fn sorted_by(&mut self, key: Option<Column>) {
        self.deck.set_sorting(Sorting {
            first: key.map(|key| (key, Direction::Descending)),
            second: None,
        });
        for _ in 0..300 {
            self.deck.tick(TICK_BUDGET);
        }
    }

    /// Runs jobs of ten frames each, a hundred of which end in each frame.
    fn run(&mut self, name: &str) {
        const FRAME: Duration = Duration::from_millis(16);
        self.deck.set_limits(Limits {
            jobs_at_once: 1_000,
            ..self.deck.schedule.limits()
        });
        self.deck.set_limits(Limits {
            jobs_per_host: 1_000,
            ..self.deck.schedule.limits()
        });
        let jobs = (0..20_000).map(|number| {
            Spec::Timed(TimedSpec {
                name: format!("job {number}"),
                sleep: FRAME * (1 + number % 9),
                work: FRAME * (10 - number % 9),
            })
        });
        self.deck.add(jobs.collect(), false);
        let mut ticks = Vec::new();
        for frame in 0..220 {
            self.deck.runtime().clock().advance(FRAME);
            let tick = self.tick();
            // The first frames add the rows.
            if frame >= 40 {
                ticks.push(tick);
            }
        }
        print(name, ticks, None);
        self.deck.runtime().clock().advance(FRAME * 20);
        let ids: Vec<_> = self.deck.schedule.running().iter().copied().collect();
        self.deck.apply(Action::new(Verb::Cancel, ids));
        for _ in 0..300 {
            self.deck.runtime().clock().advance(FRAME);
            self.deck.tick(TICK_BUDGET);
        }
    }

    fn tick(&mut self) -> Duration {
        let began = Instant::now();
        self.deck.tick(TICK_BUDGET);
        began.elapsed()
    }
}

fn fetch(number: usize) -> Spec {
    let url = format!(
        "http://host{}.example.com/files/file%20{number}.bin",
        number % 50
    );
    let request = Request::get(&url).unwrap_or_else(|error| panic!("{url}: {error}"));
    Spec::Fetch(FetchSpec {
        // A sleep of a year: nothing is fetched.
        sleep: Duration::from_secs(360 * 24 * 3600),
        ..FetchSpec::new(request, Destination::Count)
    })
}

fn print(name: &str, mut ticks: Vec<Duration>, call: Option<Duration>) {
    ticks.sort_unstable();
    let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e3);
    let longest = ticks.last().copied().unwrap_or_default();
    let median = ticks.get(ticks.len() / 2).copied().unwrap_or_default();
    let call = call.map_or_else(String::new, ms);
    println!(
        "{name:<34} {:>6} {:>9} {:>9} {call:>9}",
        ticks.len(),
        ms(longest),
        ms(median)
    );
}
