//! The job log: a line per job as it ends, in the nine columns of GNU parallel's `--joblog`.

use std::fs::{File, OpenOptions};
use std::io;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::job_numbers::JobNumbers;
use super::reporter::Reporter;
use crate::deck::{Deck, Ended, Event};
use crate::format;
use crate::jobs::Spec;
use crate::runtime::Outcome;
use crate::status::RowId;

/// The names of the columns.
pub const JOBLOG_HEADER: &str =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// A file to which a line is appended as each job ends. Tabs separate the columns:
///
/// | column | holds |
/// |---|---|
/// | Seq | the job's number, as in NDJSON |
/// | Host | the host it fetches from, with its port where that is not the usual one |
/// | Starttime | when it began, in seconds since 1970; for one that never did, when it was stopped |
/// | JobRuntime | the seconds from its beginning to its end, pauses included |
/// | Send | 0: what is sent is not counted |
/// | Receive | all body bytes that came, those of failed attempts included |
/// | Exitval | 0 done, 1 failed, 124 timed out, 130 cancelled or interrupted |
/// | Signal | 2 (interrupt) for one that was cancelled or interrupted, else 0 |
/// | Command | the URL, without its secrets and without long values that look random; the name of a job that has none |
///
/// Hidden characters are written as escapes such as `\u{202e}`, and a cell that a spreadsheet would
/// take for a formula begins with an apostrophe.
#[derive(Debug)]
pub struct JobLog {
    file: File,
    numbers: JobNumbers,
}

impl JobLog {
    /// Opens the file to append to it, and writes the header if it is new or empty.
    ///
    /// # Errors
    /// When it cannot be opened or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if file.metadata()?.len() == 0 {
            file.write_all(JOBLOG_HEADER.as_bytes())?;
        }
        Ok(Self {
            file,
            numbers: JobNumbers::default(),
        })
    }

    fn ended(&mut self, deck: &Deck, id: RowId) -> io::Result<()> {
        let (Some(ended), Some(spec)) = (deck.rows.ended(id), deck.rows.spec(id)) else {
            return Ok(());
        };
        let line = joblog_line(self.numbers.of(id), spec, began_at(deck, ended), ended);
        // One write, so that lines of two runs into one file do not mix.
        self.file.write_all(line.as_bytes())
    }
}

impl Reporter for JobLog {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        match event {
            Event::Ended(id) => self.ended(deck, *id),
            Event::Added(id) => {
                self.numbers.add(*id);
                Ok(())
            }
            Event::Step(..) | Event::Renamed(_) => Ok(()),
        }
    }

    fn progress(&mut self, _deck: &Deck) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, _deck: &Deck) -> io::Result<()> {
        Ok(())
    }
}

/// The line of a job that began at this time since 1970 and has ended, with its line break.
#[must_use]
pub fn joblog_line(number: u64, spec: &Spec, began: Duration, ended: &Ended) -> String {
    let url = spec.url_for_files();
    let command = if url.is_empty() {
        spec.name()
    } else {
        url.as_str()
    };
    let (exit_value, signal) = exit_of(ended);
    format!(
        "{number}\t{}\t{:.3}\t{:.3}\t0\t{}\t{exit_value}\t{signal}\t{}\n",
        format::cell(&spec.host()),
        began.as_secs_f64(),
        ended.times.elapsed.as_secs_f64(),
        ended.wire_bytes,
        format::cell(command),
    )
}

/// When it began, since 1970, by the date that the computer has now.
fn began_at(deck: &Deck, ended: &Ended) -> Duration {
    let now = deck.runtime().now();
    let date = web_time::SystemTime::now()
        .duration_since(web_time::SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let ago = ended
        .times
        .began_at
        .map_or(Duration::ZERO, |began| now.since(began));
    date.saturating_sub(ago)
}

fn exit_of(ended: &Ended) -> (u8, u8) {
    match ended.outcome {
        Outcome::Done => (0, 0),
        Outcome::Failed(_) | Outcome::Panicked(_) => (1, 0),
        // As `timeout` of the GNU core utilities has it.
        Outcome::TimedOut => (124, 0),
        Outcome::Cancelled => (130, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::Action;
    use crate::jobs::TimedSpec;
    use crate::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};

    /// Runs two jobs, of which the second is stopped before it begins, and gives the file.
    fn logged(path: &Path) -> String {
        let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
        let mut log = JobLog::open(path).unwrap();
        deck.set_limits(crate::deck::Limits {
            jobs_at_once: 1,
            ..deck.schedule.limits()
        });
        deck.events.watch();
        let specs = ["a\tb", "second"].map(|name| {
            Spec::Timed(TimedSpec {
                name: name.to_owned(),
                sleep: Duration::from_millis(1500),
                work: Duration::ZERO,
            })
        });
        deck.add(specs.into(), false);
        let second = deck.rows.ids().nth(1).unwrap();
        deck.apply(Action::new(crate::status::Verb::Cancel, vec![second]));
        for _ in 0..5 {
            // After its sleep it asks for a slot, and gets it in the next tick.
            for _ in 0..3 {
                deck.tick(TICK_BUDGET);
            }
            for event in deck.events.take() {
                log.event(&deck, &event).unwrap();
            }
            deck.runtime().clock().advance(Duration::from_millis(1500));
        }
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_line_has_nine_columns_and_the_header_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.tsv");
        logged(&path);
        let text = logged(&path);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines.iter().all(|line| line.len() == 9), "{text}");
        assert_eq!(text.matches("Starttime").count(), 1);
        // The one that was stopped ended first.
        let (stopped, done) = (&lines[1], &lines[2]);
        assert_eq!(
            (stopped[0], stopped[3], stopped[6], stopped[7]),
            ("2", "0.000", "130", "2")
        );
        assert_eq!(
            (done[0], done[3], done[6], done[7]),
            ("1", "1.500", "0", "0")
        );
        assert_eq!(done[8], "a\\tb");
        let began: f64 = done[2].parse().unwrap();
        assert!(began > 1_600_000_000.0, "{began}");
    }
}
