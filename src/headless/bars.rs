//! A terminal: a line per active job with its bar and numbers, and a line of totals.

use std::io;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::bar_line::{bar_line, cut};
use super::ended_line::ended_line;
use super::lines::summary_line;
use super::reporter::Reporter;
use crate::deck::{Deck, Event};
use crate::format;
use crate::jobs::Spec;
use crate::status::RowId;

/// Rows that have a line of their own at most; a terminal has few.
const ROWS_SHOWN: usize = 16;

/// The lines and columns of a terminal that does not say how many it has.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// More often than progress is reported, so that no picture is left out.
const DRAWN_PER_SEC: u8 = 20;

pub(super) struct Bars {
    terminal: Term,
    all: MultiProgress,
    /// One of many lines: all of it is drawn at once.
    block: ProgressBar,
    /// The rows that have a line, with it, in the order of the lines.
    rows: Vec<(RowId, String)>,
    /// The lines below them: how many more rows run, and the totals.
    below: Vec<String>,
    /// What the last picture took: its lines, and the columns of the terminal.
    drawn: (usize, usize),
}

impl Bars {
    /// Bars on this terminal.
    pub(super) fn on(terminal: Term) -> Self {
        let target = ProgressDrawTarget::term(terminal.clone(), DRAWN_PER_SEC);
        let all = MultiProgress::with_draw_target(target);
        let block = all.add(ProgressBar::new_spinner());
        // A wrong template would show as indicatif's plain bar.
        let style = ProgressStyle::with_template("{msg}");
        block.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            terminal,
            all,
            block,
            rows: Vec::new(),
            below: Vec::new(),
            drawn: (0, 0),
        }
    }

    /// Lines and columns of the terminal; asked each time, since it can be resized.
    fn size(&self) -> (usize, usize) {
        let (lines, columns) = self.terminal.size_checked().unwrap_or(USUAL_SIZE);
        (usize::from(lines), usize::from(columns))
    }

    fn draw(&mut self, columns: usize) -> io::Result<()> {
        let rows = self.rows.iter().map(|(_, line)| line);
        let lines: Vec<&str> = rows.chain(&self.below).map(String::as_str).collect();
        // A picture that covers the last one is drawn over it. To clear it first would flicker.
        let covers = columns == self.drawn.1 && lines.len() >= self.drawn.0;
        if columns != self.drawn.1 && self.drawn.0 > 0 {
            // A narrower terminal breaks the last line of the picture, and the rest of it is below
            // the cursor.
            self.terminal.clear_to_end_of_screen()?;
        }
        self.drawn = (lines.len(), columns);
        self.all.set_move_cursor(covers);
        self.block.set_message(lines.join("\n"));
        self.rest_cursor()
    }

    /// Takes the cursor to the beginning of the picture's last line. At its end, the `^C` that a
    /// terminal shows for the key would move the picture up a line.
    fn rest_cursor(&self) -> io::Result<()> {
        if self.drawn.0 == 0 {
            return Ok(());
        }
        self.terminal.write_str("\r")
    }
}

impl Reporter for Bars {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        match event {
            // A line that came with each step would flash where jobs are short: `progress` shows
            // those that last, and what they are called by then.
            Event::Added(_) | Event::Renamed(_) | Event::Step(..) => {}
            Event::Ended(id) => {
                if let Some(at) = self.rows.iter().position(|(row, _)| row == id) {
                    self.rows.remove(at);
                    let (_, columns) = self.size();
                    self.draw(columns)?;
                }
                if let Some(line) = ended_line(deck, *id, Spec::url) {
                    self.all.println(line)?;
                    self.rest_cursor()?;
                }
            }
        }
        Ok(())
    }

    fn progress(&mut self, deck: &Deck) -> io::Result<()> {
        let (lines, columns) = self.size();
        let mut running: Vec<RowId> = deck.schedule.running().iter().copied().collect();
        let holds_slot = |id: &RowId| running.binary_search(id).is_ok();
        // What waits has a line too, after those that move.
        let waiting: Vec<RowId> = deck
            .schedule
            .under_way()
            .iter()
            .copied()
            .filter(|id| !holds_slot(id))
            .collect();
        running.extend(waiting);
        let room = rows_shown(running.len(), lines);
        // Those that have a line keep it, and lines that became free are for those that had none.
        let mut shown: Vec<RowId> = self.rows.iter().map(|(id, _)| *id).collect();
        let is_new = |id: &RowId| !self.rows.iter().any(|(row, _)| row == id);
        shown.extend(running.iter().copied().filter(is_new));
        shown.truncate(room);
        let rows = shown.into_iter().filter_map(|id| {
            let line = bar_line(&deck.view(id)?, columns);
            Some((id, line))
        });
        self.rows = rows.collect();
        self.below.clear();
        let more = running.len().saturating_sub(self.rows.len());
        // Where there is no line for it, the totals say how many run.
        if more > 0 && self.rows.len() < lines_for_rows(lines) {
            self.below.push(cut(&format!("… and {more} more"), columns));
        }
        let counts = deck.counts();
        let totals = deck.totals();
        let line = format!(
            "{} of {} ended  {} running  {}",
            counts.all() - left(deck),
            counts.all(),
            totals.running,
            format::rate(totals.rate),
        );
        self.below.push(cut(&(line + &waits(deck)), columns));
        self.draw(columns)
    }

    fn summary(&mut self, deck: &Deck) -> io::Result<()> {
        self.all.set_move_cursor(false);
        self.block.finish_and_clear();
        self.all.println(summary_line(deck))?;
        Ok(())
    }
}

/// What rows wait for that have no line of their own, behind the totals.
fn waits(deck: &Deck) -> String {
    match (
        deck.totals().network_outage,
        deck.schedule.waiting_for_hosts(),
    ) {
        (Some(outage), _) => format!("  {}", outage.words()),
        (None, 0) => String::new(),
        (None, rows) => format!("  {rows} waiting for hosts that do not answer"),
    }
}

/// The lines for rows, and for how many more there are, on a terminal of so many: one is for the
/// totals, and one for the cursor of the shell.
fn lines_for_rows(lines: usize) -> usize {
    lines.saturating_sub(2)
}

/// How many of the running rows have a line.
fn rows_shown(running: usize, lines: usize) -> usize {
    let room = lines_for_rows(lines);
    if running <= room.min(ROWS_SHOWN) {
        return running;
    }
    // The line of the others takes one.
    room.saturating_sub(1).min(ROWS_SHOWN)
}

/// How many rows have not ended.
fn left(deck: &Deck) -> usize {
    use crate::status::Chip;
    [Chip::Active, Chip::Waiting, Chip::Paused]
        .into_iter()
        .map(|chip| deck.counts().of(chip))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_lines_for_the_totals_and_for_how_many_more_there_are() {
        for (running, lines, shown) in [
            (0, 24, 0),
            (3, 24, 3),
            (12, 24, 12),
            (16, 24, 16),
            (17, 24, 16),
            (400, 24, 16),
            (12, 14, 12),
            (12, 13, 10),
            (12, 6, 3),
            (4, 6, 4),
            (12, 3, 0),
            (1, 3, 1),
            (12, 2, 0),
            (1, 0, 0),
        ] {
            assert_eq!(rows_shown(running, lines), shown, "{running} in {lines}");
            let has_more = usize::from(shown < running && shown < lines_for_rows(lines));
            assert!(shown + has_more <= lines.saturating_sub(2), "{lines}");
            assert!(shown == running || has_more == 1 || lines < 3, "{lines}");
        }
    }
}
