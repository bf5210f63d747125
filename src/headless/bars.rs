//! A terminal: a line per active job with its bar and numbers, and a line of totals.

use std::{collections::HashMap, io};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    Reporter,
    bar_line::{bar_line, cut},
    ended_line,
    lines::summary_line,
};
use crate::{
    deck::{Deck, Event},
    format,
    status::{RowId, RowView},
};

/// Rows that have a line of their own at most; a terminal has few.
const ROWS_SHOWN: usize = 16;

/// The columns of a terminal that does not say how many it has.
const USUAL_COLUMNS: usize = 80;

pub(super) struct Bars {
    terminal: Term,
    all: MultiProgress,
    rows: HashMap<RowId, ProgressBar>,
    totals: ProgressBar,
    line: ProgressStyle,
}

impl Bars {
    /// Bars on this terminal.
    pub(super) fn on(terminal: Term) -> Self {
        let target = ProgressDrawTarget::term(terminal.clone(), 4);
        let all = MultiProgress::with_draw_target(target);
        let totals = all.add(ProgressBar::new_spinner());
        // A wrong template would show as indicatif's plain bar.
        let line = ProgressStyle::with_template("{msg}");
        let line = line.unwrap_or_else(|_| ProgressStyle::default_bar());
        totals.set_style(line.clone());
        Self {
            terminal,
            all,
            rows: HashMap::new(),
            totals,
            line,
        }
    }

    /// How many columns a line may have; asked each time, since a terminal can be resized.
    fn columns(&self) -> usize {
        let columns = self.terminal.size_checked();
        columns.map_or(USUAL_COLUMNS, |(_, columns)| usize::from(columns))
    }

    fn show(&mut self, row: &RowView, columns: usize) {
        let bar = self.rows.entry(row.id).or_insert_with(|| {
            let bar = self.all.insert_before(&self.totals, ProgressBar::new(0));
            bar.set_style(self.line.clone());
            bar
        });
        bar.set_message(bar_line(row, columns));
    }
}

impl Reporter for Bars {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        match event {
            // A line that came with each step would flash where jobs are short: `progress` shows those that last, and
            // what they are called by then.
            Event::Added(_) | Event::Renamed(_) | Event::Step(..) => {}
            Event::Ended(id) => {
                if let Some(bar) = self.rows.remove(id) {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
                if let Some(line) = ended_line(deck, *id) {
                    self.all.println(line)?;
                }
            }
        }
        Ok(())
    }

    fn progress(&mut self, deck: &Deck) -> io::Result<()> {
        let mut shown: Vec<RowId> = self.rows.keys().copied().collect();
        // Lines that became free are for those that had none.
        let others = deck.running().filter(|id| !self.rows.contains_key(id));
        shown.extend(others.take(ROWS_SHOWN.saturating_sub(self.rows.len())));
        let columns = self.columns();
        for row in shown.into_iter().filter_map(|id| deck.view(id)) {
            self.show(&row, columns);
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
        self.totals.set_message(cut(&line, columns));
        Ok(())
    }

    fn summary(&mut self, deck: &Deck) -> io::Result<()> {
        self.totals.finish_and_clear();
        self.all.println(summary_line(deck))?;
        Ok(())
    }
}

/// How many rows have not ended.
fn left(deck: &Deck) -> usize {
    use crate::status::Chip;
    [Chip::Active, Chip::Waiting, Chip::Paused]
        .into_iter()
        .map(|chip| deck.counts().of(chip))
        .sum()
}
