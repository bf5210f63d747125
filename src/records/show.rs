//! `show`: all that is known of a row.

use std::path::Path;

use console::Term;
use serde::Serialize;

use super::object::{RowObject, json};
use super::outcome::{CommandError, NO};
use super::output::print;
use super::select;
use super::show_text::{Style, write_text};
use super::shown::Shown;
use crate::cli::ShowOptions;
use crate::deck::RecordedRow;
use crate::status::RowId;
use crate::store::is_held;

/// Shows a row in full.
///
/// # Errors
/// The list cannot be read, or standard output not be written.
pub fn show(options: &ShowOptions, folder: &Path) -> Result<u8, CommandError> {
    let Some(reader) = select::open(folder)? else {
        return Ok(NO);
    };
    let Some(stored) = reader.row(RowId(options.id), true)? else {
        eprintln!("jobdeck: There is no job {}.", options.id);
        return Ok(NO);
    };
    let row = RecordedRow::of(stored.record.clone());
    let is_held = is_held(folder);
    let shown = Shown::of(&stored, &row, is_held);
    if options.json {
        let object = ShownObject {
            row: RowObject::of(&stored, &row).seen_while(|| is_held),
            shown: &shown,
        };
        print(|out| writeln!(out, "{}", json(&object)))?;
        return Ok(0);
    }
    let terminal = Term::stdout();
    let width = terminal.is_term().then(|| usize::from(terminal.size().1));
    let style = Style {
        width,
        has_colors: width.is_some() && console::colors_enabled(),
        is_held,
    };
    print(|out| write_text(out, &stored, &row, &shown, style))?;
    Ok(0)
}

#[derive(Serialize)]
struct ShownObject<'a> {
    #[serde(flatten)]
    row: RowObject<'a>,
    #[serde(flatten)]
    shown: &'a Shown,
}
