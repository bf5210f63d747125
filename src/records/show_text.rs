//! A row in full, as a person reads it.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use console::measure_text_width;

use super::cells::date;
use super::object::is_lost;
use super::shown::Shown;
use crate::deck::{RecordedRow, RowDetail as _, StoredState};
use crate::fetch::{Fetched, text_for_files};
use crate::format;
use crate::status::Status;
use crate::store::{Listed, StoredRow};

/// How a text is laid out.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// The width of the terminal; none where lines are not broken.
    pub(super) width: Option<usize>,
    pub(super) has_colors: bool,
    /// Whether a process has the list open to write.
    pub(super) is_held: bool,
}

/// What there is to do about a file in doubt.
const DOUBT_HINT: &str =
    "Look at the file. In the window, Keep ends the doubt, and Retry downloads it again";

/// The width of the names of what is shown.
const LABEL: usize = 12;

/// The narrowest that what stands beside a name is broken at.
const NARROWEST: usize = 20;

/// Writes a row in full.
pub(super) fn write_text(
    out: &mut dyn Write,
    stored: &StoredRow,
    row: &RecordedRow,
    shown: &Shown,
    style: Style,
) -> io::Result<()> {
    let mut text = TextWriter { out, style };
    write_facts(&mut text, stored, row)?;
    for file in &shown.files {
        let kind = match file.kind {
            "saved" => "Saved",
            "part" => "Part",
            "set_aside" => "Set aside",
            _ => "Earlier",
        };
        let size = file
            .bytes
            .map(|bytes| format!(" ({})", format::bytes(bytes)));
        text.line(kind, &format!("{}{}", file.path, size.unwrap_or_default()))?;
    }
    if !shown.attempts_made.is_empty() {
        text.title("Attempts")?;
    }
    let now = SystemTime::now();
    let has_runs = shown.attempts_made.iter().any(|attempt| attempt.run > 1);
    let waits = row.state().is_unfinished();
    for (index, attempt) in shown.attempts_made.iter().enumerate() {
        let mut parts = vec![
            date(attempt.began_at, now),
            format!("took {}", seconds(attempt.took_s)),
        ];
        if attempt.wire_bytes > 0 {
            parts.push(format::bytes(attempt.wire_bytes));
        }
        parts.push(match attempt.end {
            "failed" => attempt.message.clone(),
            "under_way" => "under way".to_owned(),
            end => end.to_owned(),
        });
        if let Some(wait) = attempt.wait_s {
            let is_over = !waits || index + 1 < shown.attempts_made.len();
            let what = if is_over {
                "then waited"
            } else {
                "the next one after"
            };
            parts.push(format!("{what} {}", seconds(wait)));
        }
        let number = if has_runs {
            format!("{}.{}", attempt.run, attempt.number)
        } else {
            attempt.number.to_string()
        };
        text.line(&number, &parts.join(", "))?;
    }
    if !shown.timeline.is_empty() {
        text.title("Timeline")?;
    }
    for step in &shown.timeline {
        text.line(
            &format!("{:.3} s", step.from_s),
            &format!("{} for {}", step.label, seconds(step.took_s)),
        )?;
    }
    if !shown.log.is_empty() {
        text.title("Log")?;
    }
    if shown.log_lines_forgotten > 0 {
        let lines = u64::from(shown.log_lines_forgotten);
        text.line("…", &format::count(lines, "earlier line", "earlier lines"))?;
    }
    for line in &shown.log {
        text.line(&format!("{:.3} s", line.t_s), &line.text)?;
    }
    text.title("Options")?;
    let widest = shown.options.iter().map(|(name, _)| name.len()).max();
    for (name, value) in &shown.options {
        text.labelled(widest.unwrap_or(LABEL), name, value)?;
    }
    Ok(())
}

/// What is known of it in a line each.
fn write_facts(text: &mut TextWriter<'_>, stored: &StoredRow, row: &RecordedRow) -> io::Result<()> {
    let now = SystemTime::now();
    let record = &stored.record;
    let ended = row.detail().ended();
    text.heading(&format!("Job {}: {}", record.id.0, record.name))?;
    let status = row.status();
    let state = match (&status, status.detail()) {
        (Status::Failed { .. } | Status::Check { .. }, _) | (_, None) => status.line(),
        (_, Some(detail)) => format!("{}, {detail}", status.word()).into(),
    };
    text.line("State", &state)?;
    if row.state() == StoredState::Running && !text.style.is_held {
        text.line("", "not under way: its process has ended")?;
    }
    if row.state() == StoredState::Check {
        text.line("What to do", DOUBT_HINT)?;
    }
    if stored.listed == Listed::History {
        text.line("", "only in the history: it has left the list")?;
    }
    let error = row.last_error();
    if let Some(error) = &error {
        if ended.is_none() {
            text.line("Last error", &error.message)?;
        }
        text.line_if("What to do", &error.hint)?;
        text.line_if("Detail", &error.detail_for_files())?;
        text.line("Class", error.class.name())?;
    }
    if let Some((_, full)) = ended.and_then(|ended| ended.defect()) {
        text.line("Detail", &text_for_files(&full))?;
    }
    if is_lost(&record.spec) {
        text.line(
            "",
            "its link was lost with its secrets: give it another one in the window",
        )?;
    }
    text.line_if("URL", &stored.url)?;
    let fetched: Option<&Fetched> = ended.and_then(|ended| ended.fetched.as_ref());
    if let Some(fetched) = fetched {
        let last = fetched.final_url_for_files();
        if last != stored.url.as_str() {
            text.line_if("Ended at", &last)?;
        }
    }
    let view = row.view();
    match (view.amount.done, view.amount.total) {
        (None, None) => {}
        (Some(received), Some(total)) if received == total => {
            text.line("Size", &view.amount.final_text())?;
        }
        (Some(_), None) => text.line("Size", &view.amount.final_text())?,
        _ => text.line("Size", &view.amount.text())?,
    }
    text.line("Added", &date(row.added().since_start(), now))?;
    if let Some(ended) = ended {
        if let Some(began) = ended.times.began_at {
            text.line("Began", &date(began.since_start(), now))?;
        }
        let times = [
            ("took", ended.times.elapsed),
            ("slept", ended.times.slept),
            ("paused", ended.times.paused),
            ("waited", ended.times.queued),
        ];
        let times = times.into_iter().filter(|(_, time)| !time.is_zero());
        let times: Vec<_> = times
            .map(|(what, time)| format!("{what} {}", format::duration(time)))
            .collect();
        let at = row.ended_at().unwrap_or_default().since_start();
        let at = std::iter::once(date(at, now)).chain(times);
        text.line("Ended", &at.collect::<Vec<_>>().join(", "))?;
        if let Some(status) = ended.http_status().filter(|status| *status > 0) {
            text.line("HTTP", &status.to_string())?;
        }
        if ended.wire_bytes != ended.received {
            text.line(
                "Received",
                &format!("{} in all", format::bytes(ended.wire_bytes)),
            )?;
        }
        if let Some(rate) = ended.mean_rate {
            text.line("Rate", &format::rate(rate))?;
        }
    }
    text.line("By", &format!("a {}", record.host.name()))?;
    if let Some(fetched) = fetched {
        if let Some(checksum) = fetched.sha256 {
            text.line("SHA-256", &checksum.hex())?;
        }
        for note in &fetched.notes {
            text.line("Note", &note.text_for_files())?;
        }
    }
    Ok(())
}

fn seconds(seconds: f64) -> String {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    format::duration(time)
}

struct TextWriter<'a> {
    out: &'a mut dyn Write,
    style: Style,
}

impl TextWriter<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let bold = self.styled().bold();
        let lines = broken(&format::escaped(text), self.style.width);
        for line in lines {
            writeln!(self.out, "{}", bold.apply_to(line))?;
        }
        Ok(())
    }

    fn title(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.heading(text)
    }

    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.labelled(LABEL, label, text)
    }

    fn line_if(&mut self, label: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.line(label, text)
    }

    /// A label of this width and a text beside it, broken between words where the terminal ends.
    fn labelled(&mut self, width: usize, label: &str, text: &str) -> io::Result<()> {
        let room = self
            .style
            .width
            .map(|columns| columns.saturating_sub(width + 2));
        let room = room.map(|room| room.max(NARROWEST));
        let dim = self.styled().dim();
        let mut label = label;
        for line in text.lines() {
            for line in broken(&format::escaped(line), room) {
                writeln!(
                    self.out,
                    "{}  {line}",
                    dim.apply_to(format!("{label:width$}"))
                )?;
                label = "";
            }
        }
        Ok(())
    }

    fn styled(&self) -> console::Style {
        console::Style::new().force_styling(self.style.has_colors)
    }
}

/// A text in lines of a width, broken between words; a word that is longer has a line of its own.
fn broken(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let is_first = line.is_empty();
        if !is_first && measure_text_width(&line) + 1 + measure_text_width(word) > width {
            lines.push(std::mem::take(&mut line));
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_stay_whole() {
        let lines = |text, width| broken(text, Some(width));
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("a longestword b", 5), ["a", "longestword", "b"]);
        assert_eq!(lines("", 5), [""]);
        assert_eq!(broken("one two", None), ["one two"]);
    }
}
