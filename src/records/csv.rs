//! Rows for spreadsheets.

use std::borrow::Cow;

use super::object::{is_lost, timestamp};
use crate::deck::{RecordedRow, RowDetail as _};
use crate::format;
use crate::store::StoredRow;

/// The names of the columns, with their line break.
pub(super) const HEADER: &str = "row,state,name,url,needs_link,host,added,ended,received,total,wire_bytes,elapsed_s,attempts,http_status,path,sha256,error_class,error\n";

/// The line of a row, with its line break.
pub(super) fn line(stored: &StoredRow, row: &RecordedRow) -> String {
    let ended = row.detail().ended();
    let fetched = ended.and_then(|ended| ended.fetched.as_ref());
    let error = row.last_error();
    let (received, total) = stored.record.progress();
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let cells = [
        Some(stored.record.id.0.to_string()),
        Some(row.state().name().to_owned()),
        Some(stored.record.name.clone()),
        Some(stored.url.clone()),
        Some((stored.has_secrets || is_lost(&stored.record.spec)).to_string()),
        Some(stored.record.spec.host()),
        timestamp(Some(row.added().since_start())),
        timestamp(row.ended_at().map(|at| at.since_start())),
        Some(received.to_string()),
        number(total),
        number(ended.map(|ended| ended.wire_bytes)),
        ended.map(|ended| format!("{:.3}", ended.times.elapsed.as_secs_f64())),
        number(ended.map(|ended| ended.attempts.into())),
        number(ended.and_then(|ended| ended.http_status()).map(Into::into)),
        fetched
            .and_then(|fetched| fetched.path.as_ref())
            .map(|path| path.display().to_string()),
        fetched
            .and_then(|fetched| fetched.sha256)
            .map(|checksum| checksum.hex()),
        error.as_ref().map(|error| error.class.name().to_owned()),
        error
            .map(|error| error.message)
            .or_else(|| Some(ended?.defect()?.0)),
    ];
    let cells = cells.map(|cell| quoted(&cell.unwrap_or_default()));
    format!("{}\n", cells.join(","))
}

/// A cell that no spreadsheet takes for a formula, in quotes where it needs them (RFC 4180).
fn quoted(text: &str) -> String {
    let cell: Cow<'_, str> = format::cell(text);
    if cell.contains([',', '"', ' ', ';', '\'']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_breaks_the_line() {
        for (text, expected) in [
            ("a", "a"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("-2", "\"'-2\""),
            ("@x", "\"'@x\""),
            ("\t=1", "\"'\\t=1\""),
            ("\r=1", "\"'\\r=1\""),
            ("a\nb", "a\\nb"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
