//! The run without a window: the deck on a parked thread, told as NDJSON, as lines, or as bars on a
//! terminal.

mod bar_line;
mod bars;
mod end_objects;
mod ended_line;
mod given_before;
mod job_numbers;
mod joblog;
mod line_writer;
mod lines;
mod ndjson;
mod recorder;
mod reporter;
mod say;
mod sums;
#[cfg(test)]
mod tests;

use std::io;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use console::Term;
pub use end_objects::{EndObject, ErrorObject, NoteObject, rounded};
pub use joblog::{JOBLOG_HEADER, JobLog, joblog_line};

use ended_line::is_in_doubt;
use line_writer::LineWriter;
use recorder::Recorder;
use reporter::Reporter;
pub use say::say;
use sums::done;

use crate::deck::{Deck, Limits};
use crate::format;
use crate::jobs::Spec;
use crate::options::Options;
use crate::runtime::{ParkHost, Runtime};
use crate::store::Store;

/// How long one round may poll before it looks at its events.
const TICK_BUDGET: Duration = Duration::from_millis(20);
/// Progress is told at most four times a second.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// What a run is told.
pub struct Run {
    /// What it does, in this order.
    pub specs: Vec<Spec>,
    /// How much of it at the same time.
    pub limits: Limits,
    /// What it shows.
    pub show: Show,
    /// Where each job is noted as it ends.
    pub joblog: Option<JobLog>,
    /// Whether a download that is done, but should be looked at, counts as one that is not.
    pub strict: bool,
    /// What drives it.
    pub host: Arc<ParkHost>,
    /// Where it is recorded.
    pub store: Option<Store>,
    /// The rows that earlier runs left go on first, with these options over their own.
    pub resume: Option<Options>,
}

/// What a run shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars on a terminal, a line per finished job elsewhere.
    Usual,
    /// As usual, but on standard error: standard output has the bytes of a download.
    BesideOutput,
    /// One JSON object per line.
    Json,
    /// Nothing but the reasons of what failed, a doubt in a strict run among them.
    Quiet,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// Every job is done.
    AllDone,
    /// Some are not.
    SomeNot,
    /// There was nothing to go on with, and nothing else to do.
    NothingLeft,
    /// It was interrupted.
    Interrupted,
}

impl ExitReason {
    /// The exit status that says so.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::AllDone | Self::NothingLeft => 0,
            Self::SomeNot => 1,
            Self::Interrupted => 130,
        }
    }
}

/// Runs jobs until all have ended, or until Ctrl-C: then all are stopped and their threads waited
/// for. A second Ctrl-C leaves at once.
///
/// # Errors
/// When the output or the job log cannot be written; all jobs are stopped then.
pub fn run(options: Run) -> io::Result<ExitReason> {
    let host = options.host;
    let interrupts = watch_interrupts(&host);
    let mut deck = Deck::new(Runtime::new(host.clone()));
    let mut recorder = Recorder::new(options.store, &mut deck);
    let stdout = io::stdout();
    // What outlives the process is written before anybody is told.
    let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
    if let Some(joblog) = options.joblog {
        reporters.push(Box::new(joblog));
    }
    reporters.push(match options.show {
        Show::Json => Box::new(ndjson::Ndjson::new(
            LineWriter::start(stdout, &interrupts)?,
            recorder.is_open(),
        )),
        Show::Quiet => Box::new(lines::Lines::only_failures(io::stderr(), options.strict)),
        Show::Usual if stdout.is_terminal() => Box::new(bars::Bars::on(Term::stdout())),
        Show::Usual => Box::new(lines::Lines::new(stdout)),
        // On one terminal, the bytes and the bars would mix.
        Show::BesideOutput if io::stderr().is_terminal() && !stdout.is_terminal() => {
            Box::new(bars::Bars::on(Term::stderr()))
        }
        Show::BesideOutput => Box::new(lines::Lines::new(io::stderr())),
    });
    deck.set_limits(Limits {
        waits_for_network: false,
        ..options.limits
    });
    deck.events.watch();
    let mut specs = options.specs;
    if let Some(given) = &options.resume {
        let was_given = !specs.is_empty();
        let resumed = recorder.resume(&mut deck, given, &mut specs);
        if resumed.done_links > 0 && options.show != Show::Quiet {
            let links = format::count(resumed.done_links as u64, "link is", "links are");
            say(&format!("{links} done already, by an earlier run"));
        }
        if resumed.rows == 0 && specs.is_empty() {
            // Why there is nothing, if the list was damaged.
            recorder.close();
            return Ok(if was_given {
                ExitReason::AllDone
            } else {
                ExitReason::NothingLeft
            });
        }
    } else {
        let left = recorder.leave_earlier_rows(&mut deck, &specs);
        if left > 0 && options.show != Show::Quiet {
            let links = format::count(left as u64, "link was", "links were");
            say(&format!(
                "{links} left unfinished by an earlier run, and begin again. With --resume they go on."
            ));
        }
    }
    deck.add(specs, false);
    let result =
        drive(&host, &mut deck, &interrupts, &mut recorder, &mut reporters).map(|end| match end {
            ExitReason::AllDone if options.strict && has_doubts(&deck) => ExitReason::SomeNot,
            end => end,
        });
    if result.is_err() {
        // Nobody reads on: nothing may be left half done by threads that outlive this.
        deck.interrupt();
        loop {
            deck.tick(TICK_BUDGET);
            // The one that failed fails again; the others still tell it.
            let _told = tell(&mut deck, &mut recorder, &mut reporters);
            if deck.all_ended() && recorder.is_done() {
                break;
            }
            host.park(Some(PROGRESS_EVERY));
        }
        for reporter in &mut reporters {
            let _written = reporter.flush();
        }
    }
    recorder.close();
    result
}

fn drive(
    host: &ParkHost,
    deck: &mut Deck,
    interrupts: &AtomicUsize,
    recorder: &mut Recorder,
    reporters: &mut [Box<dyn Reporter>],
) -> io::Result<ExitReason> {
    let mut progress_told = deck.runtime().now();
    let mut interrupted = false;
    loop {
        deck.tick(TICK_BUDGET);
        tell(deck, recorder, reporters)?;
        let now = deck.runtime().now();
        if now.since(progress_told) >= PROGRESS_EVERY {
            progress_told = now;
            for reporter in &mut *reporters {
                reporter.progress(deck)?;
            }
        }
        if deck.all_ended() && recorder.is_done() {
            break;
        }
        if !interrupted && interrupts.load(Ordering::Relaxed) > 0 {
            interrupted = true;
            deck.interrupt();
            continue;
        }
        let totals = deck.totals();
        let moving = totals.is_alive || totals.counts_down;
        host.park(moving.then_some(PROGRESS_EVERY));
    }
    for reporter in reporters {
        match reporter.summary(deck).and_then(|()| reporter.flush()) {
            // The jobs may all be done, but the output is not.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                log::warn!("some lines are lost: {error}");
                interrupted = true;
            }
            told => told?,
        }
    }
    Ok(if interrupted {
        ExitReason::Interrupted
    } else if done(deck) == deck.counts().all() {
        ExitReason::AllDone
    } else {
        ExitReason::SomeNot
    })
}

/// Whether a download that is done should be looked at.
fn has_doubts(deck: &Deck) -> bool {
    deck.rows
        .ids()
        .filter_map(|id| deck.rows.ended(id))
        .any(is_in_doubt)
}

/// Tells what happened. An event that one of them cannot tell is told to the others all the same.
fn tell(
    deck: &mut Deck,
    recorder: &mut Recorder,
    reporters: &mut [Box<dyn Reporter>],
) -> io::Result<()> {
    let mut result = Ok(());
    for event in recorder.take_told(deck) {
        for reporter in &mut *reporters {
            result = result.and(reporter.event(deck, &event));
        }
    }
    result
}

/// Counts Ctrl-C, and wakes the host for it; the second one ends the process.
fn watch_interrupts(host: &Arc<ParkHost>) -> Arc<AtomicUsize> {
    let interrupts = Arc::new(AtomicUsize::new(0));
    let count = interrupts.clone();
    let host = host.clone();
    let installed = ctrlc::set_handler(move || {
        if count.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::exit(i32::from(ExitReason::Interrupted.exit_status()));
        }
        crate::runtime::Host::wake(&*host);
    });
    if let Err(error) = installed {
        log::warn!("Ctrl-C ends the run at once: {error}");
    }
    interrupts
}
