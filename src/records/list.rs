//! `list` and `history`.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::SystemTime;

use console::Term;

use super::cells::Cells;
use super::object::RowObject;
use super::outcome::CommandError;
use super::output::print;
use super::select::{self, Selection};
use super::table::write_table;
use crate::cli::{ListOptions, RowScope};
use crate::deck::StoredState;
use crate::store::is_held;

/// What is said where rows run by the list, and no process does.
const LEFT: &str = "What is Running is not under way: its process has ended. Jobs of a window go on when it opens, those of a run with jobdeck run --resume.";

/// Shows rows in a table, or as an object per line.
///
/// # Errors
/// The list cannot be read, or standard output not be written.
pub fn list(options: &ListOptions, folder: &Path) -> Result<u8, CommandError> {
    let Some(reader) = select::open(folder)? else {
        return Ok(0);
    };
    let selection = Selection {
        scope: Some(options.scope),
        filter: &options.filter,
    };
    let now = SystemTime::now();
    let mut is_running = false;
    let mut cells = Vec::new();
    let mut lines = Vec::new();
    select::for_each(&reader, &selection, |stored, row| {
        is_running |= row.state() == StoredState::Running;
        if options.json {
            let when = row.ended_at().unwrap_or(row.added());
            let object = RowObject::of(&stored, row).seen_while(|| is_held(folder));
            lines.push((when, object.json()));
        } else {
            cells.push(Cells::of(&stored, row, now));
        }
        ControlFlow::Continue(())
    })?;
    if options.scope == RowScope::Ended {
        // Rows of one moment stay in the order in which they were added.
        cells.sort_by_key(|cells| cells.when);
        lines.sort_by_key(|(when, _)| *when);
    }
    if options.json {
        print(|out| {
            lines
                .iter()
                .try_for_each(|(_, line)| writeln!(out, "{line}"))
        })?;
        return Ok(0);
    }
    if cells.is_empty() {
        let is_filtered = options.filter != crate::cli::RowFilter::default();
        eprintln!(
            "jobdeck: {}",
            match options.scope {
                _ if is_filtered => "Nothing fits.",
                RowScope::Listed => "The list is empty.",
                RowScope::Ended => "Nothing has ended yet.",
            }
        );
        return Ok(0);
    }
    let terminal = Term::stdout();
    let width = terminal.is_term().then(|| usize::from(terminal.size().1));
    let has_colors = width.is_some() && console::colors_enabled();
    print(|out| write_table(out, &cells, width, has_colors))?;
    if is_running && !is_held(folder) {
        eprintln!("jobdeck: {LEFT}");
    }
    Ok(0)
}
