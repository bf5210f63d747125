//! `export`.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::SystemTime;

use super::cells::Cells;
use super::csv;
use super::document::{self, DocumentWriter};
use super::outcome::{CommandError, NO};
use super::output::write_to;
use super::select::{self, Selection};
use super::table::write_table;
use crate::cli::{ExportForm, ExportOptions};
use crate::deck::{RecordedRow, RowDetail as _};
use crate::headless::{JOBLOG_HEADER, joblog_line};
use crate::store::{Reader, StoredRow};

/// Writes the list and the history.
///
/// # Errors
/// The list cannot be read, or the output not be written.
pub fn export(options: &ExportOptions, folder: &Path) -> Result<u8, CommandError> {
    let Some(reader) = select::open(folder)? else {
        return Ok(NO);
    };
    let mut read = Ok(());
    let output = options.output.as_deref();
    write_to(output, options.with_secrets, |out| {
        write(options, &reader, out, &mut read)
    })?;
    read.map(|()| 0)
}

/// `read` is why the list cannot be read.
fn write(
    options: &ExportOptions,
    reader: &Reader,
    out: &mut dyn Write,
    read: &mut Result<(), CommandError>,
) -> io::Result<()> {
    let selection = Selection {
        scope: None,
        filter: &options.filter,
    };
    let mut for_each = |write: &mut dyn FnMut(StoredRow, &RecordedRow) -> io::Result<()>| {
        let mut written = Ok(());
        *read = select::for_each(reader, &selection, |stored, row| {
            written = write(stored, row);
            if written.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        written
    };
    match options.form {
        ExportForm::Json => {
            let mut document = DocumentWriter::new(options.with_secrets);
            write!(out, "{}", document::head())?;
            for_each(&mut |stored, _| write!(out, "{}", document.row(stored)))?;
            write!(out, "{}", document.tail())
        }
        ExportForm::Csv => {
            write!(out, "{}", csv::HEADER)?;
            for_each(&mut |stored, row| write!(out, "{}", csv::line(&stored, row)))
        }
        ExportForm::Joblog => {
            write!(out, "{JOBLOG_HEADER}")?;
            for_each(&mut |stored, row| {
                let Some(ended) = row.detail().ended() else {
                    return Ok(());
                };
                let began = ended.times.began_at.or(row.ended_at());
                let began = began.unwrap_or(row.added()).since_start();
                let (id, spec) = (stored.record.id.0, &stored.record.spec);
                write!(out, "{}", joblog_line(id, spec, began, ended))
            })
        }
        ExportForm::Table => {
            let now = SystemTime::now();
            let mut cells = Vec::new();
            for_each(&mut |stored, row| {
                cells.push(Cells::of(&stored, row, now));
                Ok(())
            })?;
            write_table(out, &cells, None, false)
        }
    }
}
