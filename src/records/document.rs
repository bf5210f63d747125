//! The document that an export writes and an import reads.
//!
//! Its rows say twice what they are: as [`list`](super::list) says it, for other programs, and as
//! the record of the store, from which an import makes the same row again. What has not ended is
//! paused in it, as an import starts nothing.

use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::object::{RowObject, json};
use crate::deck::{RecordedRow, RowRecord, StoredState};
use crate::fetch::{CookieFile, Netrc, RequestSecrets};
use crate::store::{Listed, StoredRow};

/// The version of the document. What is added to it has a default; what this version would misread
/// is another version.
pub(super) const VERSION: u32 = 1;

/// What begins a document.
pub(super) fn head() -> String {
    format!("{{\"jobdeck_export\":{VERSION},\"rows\":[")
}

#[derive(Serialize)]
struct RowOut<'a> {
    #[serde(flatten)]
    object: RowObject<'a>,
    record: &'a RowRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<SecretsOut>,
}

#[derive(Serialize)]
struct SecretsOut {
    request: RequestSecrets,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netrc: Option<usize>,
}

/// Writes rows, and remembers the files of cookies and logins that they share.
#[derive(Default)]
pub(super) struct DocumentWriter {
    with_secrets: bool,
    files: Vec<String>,
    known: HashMap<String, usize>,
    has_rows: bool,
}

impl DocumentWriter {
    pub(super) fn new(with_secrets: bool) -> Self {
        Self {
            with_secrets,
            ..Self::default()
        }
    }

    /// The text of a row, behind the one before it.
    pub(super) fn row(&mut self, mut stored: StoredRow) -> String {
        let record = &mut stored.record;
        record.pause();
        let taken = record.spec.take_secrets();
        let secrets = match taken {
            Some(mut request) if self.with_secrets => Some(SecretsOut {
                cookies: request.cookies.take().map(|file| self.file(file.into())),
                netrc: request.netrc.take().map(|file| self.file(file.into())),
                request,
            }),
            Some(_) => {
                record.spec.lose_secrets();
                if record.state == StoredState::Interrupted {
                    // A run would go on with it, without its whole link.
                    record.go_on(None);
                    record.pause();
                }
                None
            }
            None => None,
        };
        let row = RecordedRow::of(stored.record.clone());
        let text = json(&RowOut {
            object: RowObject::of(&stored, &row),
            record: &stored.record,
            secrets,
        });
        let between = if std::mem::replace(&mut self.has_rows, true) {
            ",\n"
        } else {
            "\n"
        };
        format!("{between}{text}")
    }

    /// What ends the document.
    pub(super) fn tail(&self) -> String {
        if self.files.is_empty() {
            return "\n]}\n".to_owned();
        }
        format!("\n],\"files\":{}}}\n", json(&self.files))
    }

    fn file(&mut self, text: String) -> usize {
        let next = self.files.len();
        let number = *self.known.entry(text.clone()).or_insert(next);
        if number == next {
            self.files.push(text);
        }
        number
    }
}

#[derive(Deserialize)]
struct DocumentIn {
    jobdeck_export: u32,
    #[serde(default)]
    rows: Vec<RowIn>,
    #[serde(default)]
    files: Vec<String>,
}

/// A row that cannot be read costs only itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum RowIn {
    Row(Box<WholeRow>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct WholeRow {
    record: RowRecord,
    #[serde(default)]
    listed: String,
    #[serde(default)]
    secrets: Option<SecretsIn>,
}

#[derive(Deserialize)]
struct SecretsIn {
    request: RequestSecrets,
    cookies: Option<usize>,
    netrc: Option<usize>,
}

/// What a document holds.
pub(super) struct Document {
    pub(super) rows: Vec<(RowRecord, Listed)>,
    /// The places, from 1, of those that cannot be read.
    pub(super) unreadable: Vec<usize>,
}

/// Whether a text is meant to be a document.
pub(super) fn is_document(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads a document.
///
/// # Errors
/// A sentence says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Document, String> {
    #[derive(Deserialize)]
    struct Version {
        jobdeck_export: Option<u32>,
    }
    let version = serde_json::from_str::<Version>(text)
        .map_err(|error| format!("This is no JSON that can be read: {error}."))?;
    match version.jobdeck_export {
        Some(VERSION) => {}
        Some(newer) => {
            return Err(format!(
                "A newer jobdeck wrote this export (version {newer}, this one reads {VERSION}). Use that one."
            ));
        }
        None => {
            return Err(
                "This JSON is no export of jobdeck. Write one with jobdeck export.".to_owned(),
            );
        }
    }
    let document: DocumentIn = serde_json::from_str(text)
        .map_err(|error| format!("This export cannot be read: {error}."))?;
    debug_assert_eq!(document.jobdeck_export, VERSION);
    let mut read = Document {
        rows: Vec::with_capacity(document.rows.len()),
        unreadable: Vec::new(),
    };
    for (index, row) in document.rows.into_iter().enumerate() {
        match row {
            RowIn::Row(row) => read.rows.push(whole(*row, &document.files)),
            RowIn::Other(_) => read.unreadable.push(index + 1),
        }
    }
    Ok(read)
}

fn whole(row: WholeRow, files: &[String]) -> (RowRecord, Listed) {
    let WholeRow {
        mut record,
        listed,
        secrets,
    } = row;
    record.pause();
    if let Some(SecretsIn {
        mut request,
        cookies,
        netrc,
    }) = secrets
    {
        let file = |number: Option<usize>| files.get(number?).map(String::as_str);
        request.cookies = file(cookies).and_then(|text| CookieFile::parse(text).ok());
        request.netrc = file(netrc).and_then(|text| Netrc::parse(text).ok());
        let is_whole = cookies.is_some() == request.cookies.is_some()
            && netrc.is_some() == request.netrc.is_some();
        record.spec.put_secrets(request);
        if !is_whole {
            record.spec.lose_secrets();
        }
    }
    let listed = match listed.as_str() {
        "history" if record.ended.is_some() => Listed::History,
        _ => Listed::Shown,
    };
    (record, listed)
}
