//! `forget`.

use std::collections::HashSet;
use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::outcome::{CommandError, NO};
use super::output::print;
use super::select;
use crate::cli::{ForgetOptions, Forgotten};
use crate::deck::HostKind;
use crate::format;
use crate::status::RowId;
use crate::store::{Query, Reader, RowLine, Selection, Store};

/// Deletes rows, after a question on a terminal.
///
/// # Errors
/// The list cannot be read or written, or there is nothing to ask on.
pub fn forget(options: &ForgetOptions, folder: &Path) -> Result<u8, CommandError> {
    let Some(reader) = select::open(folder)? else {
        return Ok(match options.which {
            Forgotten::Ids(_) => NO,
            _ => 0,
        });
    };
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !(options.yes || can_ask) {
        return Err(CommandError::NoTerminal);
    }
    let store = Store::open(folder, HostKind::Run, Arc::new(|| {}));
    let store = store.map_err(CommandError::Unwritable)?;
    for note in store.notes() {
        eprintln!("jobdeck: {}", format::escaped(&note));
    }
    let ids = matching(&reader, &options.which)?;
    // A reader keeps what it reads from leaving the disk.
    drop(reader);
    let mut status = 0;
    if let Forgotten::Ids(wanted) = &options.which {
        let known: HashSet<u64> = ids.iter().map(|id| id.0).collect();
        for id in wanted.iter().filter(|id| !known.contains(id)) {
            eprintln!("jobdeck: There is no job {id}.");
            status = NO;
        }
    }
    if ids.is_empty() {
        if status == 0 {
            print(|out| writeln!(out, "Nothing to forget."))?;
        }
        return Ok(status);
    }
    let jobs = format::count(ids.len() as u64, "job", "jobs");
    if !options.yes && !is_confirmed(&format!("Forget {jobs}? Files stay. [y/N] ")) {
        print(|out| writeln!(out, "Nothing is forgotten."))?;
        return Ok(NO);
    }
    let selection = match options.which {
        Forgotten::All => Selection::Matching(Query::default()),
        _ => Selection::Ids(ids),
    };
    let forgotten = store.forget(selection);
    store.close();
    let jobs = format::count(forgotten?, "job", "jobs");
    print(|out| writeln!(out, "Forgot {jobs}. Files stay where they are."))?;
    Ok(status)
}

fn matching(reader: &Reader, which: &Forgotten) -> Result<Vec<RowId>, CommandError> {
    let is_meant = |line: &RowLine| match which {
        Forgotten::All => true,
        Forgotten::Ids(ids) => ids.contains(&line.id.0),
        Forgotten::Matching { states, before } => {
            let is_before = before.is_none_or(|before| line.ended.is_some_and(|end| end < before));
            is_before && (states.is_empty() || states.contains(&line.state))
        }
    };
    let mut ids = Vec::new();
    reader.lines(&Query::default(), |line| {
        if is_meant(&line) {
            ids.push(line.id);
        }
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}

fn is_confirmed(question: &str) -> bool {
    eprint!("{question}");
    let mut answer = String::new();
    let is_read = io::stdin().read_line(&mut answer).is_ok();
    is_read && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
