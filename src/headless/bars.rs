//! A terminal: a line per active job with bar, rate, time left and step, and a line of totals.

use std::{collections::HashMap, io};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Reporter, ended_line, lines::summary_line};
use crate::{
    deck::{Deck, Event},
    format,
    status::{RowId, RowView},
};

/// Rows that have a line of their own at most; a terminal has few.
const ROWS_SHOWN: usize = 16;

pub(super) struct Bars {
    all: MultiProgress,
    rows: HashMap<RowId, ProgressBar>,
    totals: ProgressBar,
    bar: ProgressStyle,
    no_bar: ProgressStyle,
}

impl Bars {
    pub(super) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout_with_hz(4));
        let totals = all.add(ProgressBar::new_spinner());
        let no_bar = style("{prefix:28!}  {wide_msg}");
        totals.set_style(style("{wide_msg}"));
        Self {
            all,
            rows: HashMap::new(),
            totals,
            bar: style("{prefix:28!}  {bar:20} {wide_msg}"),
            no_bar,
        }
    }

    fn show(&mut self, row: &RowView) {
        if !self.rows.contains_key(&row.id) && self.rows.len() >= ROWS_SHOWN {
            return;
        }
        let bar = self.rows.entry(row.id).or_insert_with(|| {
            let bar = self.all.insert_before(&self.totals, ProgressBar::new(0));
            bar.set_prefix(row.name.to_string());
            bar
        });
        match row.total_bytes {
            Some(total) if row.shows_bar() => {
                bar.set_style(self.bar.clone());
                bar.set_length(total);
                bar.set_position(row.received_bytes.unwrap_or(0));
            }
            _ => bar.set_style(self.no_bar.clone()),
        }
        bar.set_message(message(row));
    }
}

/// A template of ours; a wrong one would show as indicatif's plain bar.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn message(row: &RowView) -> String {
    let mut parts = Vec::new();
    if row.received_bytes.is_some() {
        parts.push(format::bytes_pair(row.received_bytes, row.total_bytes));
    }
    parts.extend(row.rate.map(format::rate));
    parts.extend(row.eta.map(format::eta));
    parts.push(match row.status.detail() {
        Some(detail) => format!("{} {detail}", row.status.word()),
        None => row.status.word().into_owned(),
    });
    parts.join("  ")
}

impl Reporter for Bars {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        match event {
            Event::Added(_) => {}
            Event::Renamed(id) => {
                if let (Some(bar), Some(row)) = (self.rows.get(id), deck.view(*id)) {
                    bar.set_prefix(row.name.to_string());
                }
            }
            Event::Step(id, _) => {
                if let Some(row) = deck.view(*id) {
                    self.show(&row);
                }
            }
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
        for row in shown.into_iter().filter_map(|id| deck.view(id)) {
            self.show(&row);
        }
        let counts = deck.counts();
        let totals = deck.totals();
        self.totals.set_message(format!(
            "{} of {} ended  {} running  {}",
            counts.all() - left(deck),
            counts.all(),
            totals.running,
            format::rate(totals.rate),
        ));
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
