//! A row as the texts of its columns.

use crate::deck::RowRecord;
use crate::fetch::RequestSecrets;
use crate::jobs::NotStorable;
use crate::status::RowId;

/// A row as it is written.
pub(super) struct RowText {
    pub(super) id: RowId,
    pub(super) host: &'static str,
    pub(super) rank: i64,
    pub(super) end_number: i64,
    pub(super) state: &'static str,
    pub(super) added_ms: i64,
    pub(super) ended_ms: Option<i64>,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) record: String,
    pub(super) secrets: Option<SecretsText>,
}

/// What of a row is secret.
pub(super) struct SecretsText {
    pub(super) request: String,
    /// With the files that very many rows share.
    pub(super) secrets: RequestSecrets,
}

/// Why a row has no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoText {
    #[error(transparent)]
    NotStorable(#[from] NotStorable),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl RowText {
    pub(super) fn of(mut record: RowRecord) -> Result<Self, NoText> {
        record.spec.check_storable()?;
        let url = record.spec.url_for_files();
        let secrets = record.spec.take_secrets();
        let milliseconds =
            |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Ok(Self {
            id: record.id,
            host: record.host.name(),
            rank: integer(record.rank),
            end_number: integer(record.end_number),
            state: record.state.name(),
            added_ms: milliseconds(record.added()),
            ended_ms: record.ended_at().map(milliseconds),
            record: serde_json::to_string(&record)?,
            secrets: secrets
                .map(|secrets| {
                    Ok::<_, serde_json::Error>(SecretsText {
                        request: serde_json::to_string(&secrets)?,
                        secrets,
                    })
                })
                .transpose()?,
            name: record.name,
            url,
        })
    }
}

/// SQLite's integers have a sign; no id and no rank of use is as large.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way.
pub(super) fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
