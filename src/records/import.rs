//! `import`.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::document::{self, Document};
use super::outcome::{CommandError, NO};
use super::output::print;
use crate::cli::{ImportOptions, MAX_IMPORT_BYTES, read_input};
use crate::deck::{HostKind, RowRecord};
use crate::format;
use crate::jobs::{FetchSpec, Spec};
use crate::links::{Globs, Link, LinkKey, Origin, links_in_file, parse_lines_with};
use crate::options::Settings;
use crate::store::{Listed, Query, Reader, Store};

/// How many lines are named that are left out.
const NAMED: usize = 20;

/// What a file holds.
#[derive(Default)]
struct Rows {
    rows: Vec<(RowRecord, Listed)>,
    /// What is left out and why, a line each.
    left_out: Vec<String>,
    /// What else there is to say.
    notes: Vec<String>,
}

/// Takes the rows of a file in. `default_folder` is where links of lists are saved if nothing says
/// otherwise.
///
/// # Errors
/// The file cannot be read, or the list not be written: nothing is taken in then.
pub fn import(
    options: &ImportOptions,
    folder: &Path,
    default_folder: Option<PathBuf>,
) -> Result<u8, CommandError> {
    let (place, bytes) = read_input(&options.file, MAX_IMPORT_BYTES)?;
    let problem = |problem: String| CommandError::Input {
        place: place.clone(),
        problem,
    };
    let list = links_in_file(&place, bytes).map_err(|error| problem(format!("it {error}.")))?;
    let mut read = if document::is_document(&list.text) {
        rows_of_document(document::read(&list.text).map_err(problem)?)
    } else {
        let folder = options.folder.clone().or(default_folder);
        let folder = folder.ok_or_else(|| {
            problem("the system names no folder for downloads: name one with --dir.".to_owned())
        })?;
        rows_of_list(&list.text, &absolute(folder))
    };
    read.notes.extend(list.note().map(ToOwned::to_owned));
    let known = read.rows.len();
    let store = Store::open(folder, HostKind::Run, Arc::new(|| {}));
    let store = store.map_err(CommandError::Unwritable)?;
    leave_out_known(&mut read.rows, folder)?;
    let repeated = known - read.rows.len();
    let (count, paused) = (
        read.rows.len(),
        read.rows
            .iter()
            .filter(|(row, _)| row.state.is_unfinished())
            .count(),
    );
    let imported = store.import(read.rows);
    for note in store.notes() {
        eprintln!("jobdeck: {}", format::escaped(&note));
    }
    store.close();
    imported?;
    if repeated > 0 {
        let jobs = format::count(repeated as u64, "job is", "jobs are");
        read.notes
            .push(format!("{jobs} there already and left out"));
    }
    for note in &read.notes {
        eprintln!("jobdeck: {place}: {}", format::escaped(note));
    }
    for line in read.left_out.iter().take(NAMED) {
        eprintln!("jobdeck: left out: {place}, {}", format::escaped(line));
    }
    if let Some(more) = read.left_out.len().checked_sub(NAMED + 1) {
        eprintln!("jobdeck: left out: … and {} more", more + 1);
    }
    print(|out| {
        let jobs = format::count(count as u64, "job", "jobs");
        let state = match paused {
            0 => String::new(),
            _ if paused == count => ", paused".to_owned(),
            _ => format!(", {paused} of them paused"),
        };
        let how = if paused > 0 {
            " They can be resumed in the window."
        } else {
            ""
        };
        writeln!(out, "Imported {jobs}{state}.{how}")
    })?;
    Ok(if read.left_out.is_empty() { 0 } else { NO })
}

fn rows_of_document(document: Document) -> Rows {
    let unreadable = document.unreadable.into_iter();
    let left_out = unreadable.map(|place| format!("row {place}: this version cannot read it"));
    let mut read = Rows {
        rows: document.rows,
        left_out: left_out.collect(),
        notes: Vec::new(),
    };
    read.rows
        .retain(|(record, _)| match record.spec.check_storable() {
            Ok(()) => true,
            Err(error) => {
                read.left_out.push(format!("row {}: {error}", record.id.0));
                false
            }
        });
    read
}

fn rows_of_list(text: &str, folder: &Path) -> Rows {
    let mut read = Rows::default();
    let is_session = is_aria2_session(text);
    let of_session;
    let text = if is_session {
        let mirrors;
        (of_session, mirrors) = without_mirrors(text);
        if mirrors > 0 {
            let mirrors = format::count(mirrors, "further address", "further addresses");
            read.notes
                .push(format!("{mirrors} of the same files are left out"));
        }
        &of_session
    } else {
        text
    };
    // In a session, brackets are part of an address.
    let globs = if is_session {
        Globs::Literal
    } else {
        Globs::Expanded
    };
    let lines = parse_lines_with(text, Origin::File, globs);
    let settings = Settings {
        pauses_when_full: true,
        ..Settings::default()
    };
    let mut random = settings.random();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let mut listed = HashSet::new();
    let mut repeated = 0;
    for line in lines.lines {
        match line.link {
            Ok(link) if listed.insert(LinkKey::of_file(&link)) => {
                let link = with_absolute_folder(link);
                let folder = Some(folder.to_owned());
                let spec = FetchSpec::of_link(link, &settings, folder, &mut random);
                let spec = Spec::Fetch(spec);
                match spec.check_storable() {
                    Ok(()) => {
                        // In the order of the list, each at a moment of its own.
                        let added = now + Duration::from_micros(read.rows.len() as u64);
                        let row = RowRecord::paused(spec, added);
                        read.rows.push((row, Listed::Shown));
                    }
                    Err(error) => read.left_out.push(format!("line {}: {error}", line.number)),
                }
            }
            Ok(_) => repeated += 1,
            Err(error) => {
                let (message, hint) = (error.message, error.hint);
                read.left_out
                    .push(format!("line {}: {message}. {hint}", line.number));
            }
        }
    }
    if repeated > 0 {
        let links = format::count(repeated, "link is", "links are");
        read.notes
            .push(format!("{links} there twice and taken once"));
    }
    if lines.left_out > 0 {
        let links = format::count(lines.left_out as u64, "URL", "URLs");
        read.left_out
            .push(format!("its end: {links} beyond the longest list"));
    }
    let mut ignored = lines.ignored_options;
    ignored.remove("gid");
    if !ignored.is_empty() {
        let ignored: Vec<_> = ignored.into_iter().collect();
        read.notes.push(format!(
            "of the options below links only out and dir are used, not {}",
            ignored.join(", ")
        ));
    }
    read
}

/// Leaves out rows that are in the list of a folder already.
fn leave_out_known(rows: &mut Vec<(RowRecord, Listed)>, folder: &Path) -> Result<(), CommandError> {
    let reader = Reader::open(folder).map_err(CommandError::Unreadable)?;
    let milliseconds = |time: Duration| time.as_millis();
    let mut known = HashSet::new();
    reader.lines(&Query::default(), |line| {
        known.insert((milliseconds(line.added), line.url, line.name));
        ControlFlow::Continue(())
    })?;
    rows.retain(|(record, _)| {
        let url = record.spec.url_for_files();
        !known.contains(&(milliseconds(record.added()), url, record.name.clone()))
    });
    Ok(())
}

/// A folder that means the same in every process.
fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}

fn with_absolute_folder(mut link: Link) -> Link {
    if let Some(own) = &mut link.own
        && let Some(Some(folder)) = &mut own.options.folder
    {
        *folder = absolute(std::mem::take(folder));
    }
    link
}

/// Whether a list is a session of aria2: it gives each download a number.
fn is_aria2_session(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with(char::is_whitespace) && line.trim_start().starts_with("gid="))
}

/// A session with the first address of each file, and how many others there were.
fn without_mirrors(text: &str) -> (String, u64) {
    let mut mirrors = 0;
    let lines = text.lines().map(|line| {
        if line.starts_with(char::is_whitespace) || line.starts_with('#') {
            return line;
        }
        let mut addresses = line.split('\t').filter(|address| !address.is_empty());
        let first = addresses.next().unwrap_or_default();
        mirrors += addresses.count() as u64;
        first
    });
    let lines: Vec<_> = lines.collect();
    (lines.join("\n"), mirrors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_aria2_gives_a_row_for_each_file() {
        let session = "http://h/a[1].iso\thttp://mirror/a.iso\n gid=01\n dir=/d\n out=b.iso\n\
                       magnet:?xt=1\n gid=02\nhttp://h/c\n gid=03\n split=4\n";
        let read = rows_of_list(session, Path::new("/default"));
        let rows: Vec<_> = read
            .rows
            .iter()
            .map(|(record, _)| {
                let Spec::Fetch(spec) = &record.spec else {
                    panic!("{record:?}")
                };
                let folder = spec.destination.folder().unwrap();
                (
                    spec.request.url().as_str(),
                    folder.to_str().unwrap(),
                    record.name.as_str(),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("http://h/a[1].iso", "/d", "b.iso"),
                ("http://h/c", "/default", "c")
            ]
        );
        assert!(
            read.left_out[0].starts_with("line 5: "),
            "{:?}",
            read.left_out
        );
        assert_eq!(
            read.notes[0],
            "1 further address of the same files are left out"
        );
        assert!(read.notes[1].ends_with("not split"), "{:?}", read.notes);
    }
}
