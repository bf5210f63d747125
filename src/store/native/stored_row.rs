//! A row as it is read.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use crate::deck::RowRecord;
use crate::fetch::RequestSecrets;
use crate::status::RowId;
use crate::store::listed::Listed;

use super::row_text::{integer, natural};
use super::secret_files::SecretFiles;

/// A row as it was written.
#[derive(Clone, Debug)]
pub struct StoredRow {
    /// The row. Without its secrets, if it has any, its spec needs its link.
    pub record: RowRecord,
    /// Whether it is on the list.
    pub listed: Listed,
    /// Its URL as it may be written to files; empty if there is none.
    pub url: String,
    /// Whether files must not show all of it.
    pub has_secrets: bool,
}

/// The columns that [`StoredRow::of`] reads.
pub(super) const COLUMNS: &str = "id, listed, url, has_secrets, record";

impl StoredRow {
    /// Reads the [columns](COLUMNS), and the secrets if they are wanted. None if the record is not
    /// one that this version can read.
    pub(super) fn of(
        row: &Row<'_>,
        connection: &Connection,
        files: Option<&mut SecretFiles>,
    ) -> Result<Option<Self>> {
        match Self::read(row, connection, files) {
            // A value of another type.
            Err(error) if error.sqlite_error_code().is_none() => Ok(None),
            result => result,
        }
    }

    fn read(
        row: &Row<'_>,
        connection: &Connection,
        files: Option<&mut SecretFiles>,
    ) -> Result<Option<Self>> {
        let id = RowId(natural(row.get(0)?));
        let Ok(text) = row.get_ref(4)?.as_str() else {
            return Ok(None);
        };
        let Ok(mut record) = serde_json::from_str::<RowRecord>(text) else {
            return Ok(None);
        };
        if record.id != id {
            return Ok(None);
        }
        let has_secrets = row.get(3)?;
        if has_secrets {
            let secrets = match files {
                Some(files) => secrets_of(connection, id, files)?,
                None => None,
            };
            match secrets {
                Some(secrets) => record.spec.put_secrets(secrets),
                None => record.spec.lose_secrets(),
            }
        }
        Ok(Some(Self {
            record,
            listed: Listed::of_number(row.get(1)?),
            url: row.get(2)?,
            has_secrets,
        }))
    }
}

fn secrets_of(
    connection: &Connection,
    id: RowId,
    files: &mut SecretFiles,
) -> Result<Option<RequestSecrets>> {
    type Found = (String, Option<i64>, Option<i64>);
    let found: Option<Found> = connection
        .prepare_cached("SELECT request, cookies, netrc FROM secrets WHERE row = ?1")?
        .query_row(params![integer(id.0)], |row| row.try_into())
        .optional()?;
    let Some((text, cookies, netrc)) = found else {
        return Ok(None);
    };
    let Ok(mut secrets) = serde_json::from_str::<RequestSecrets>(&text) else {
        return Ok(None);
    };
    if let Some(number) = cookies {
        secrets.cookies = files.cookies(connection, number)?;
    }
    if let Some(number) = netrc {
        secrets.netrc = files.netrc(connection, number)?;
    }
    let is_whole = cookies.is_some() == secrets.cookies.is_some()
        && netrc.is_some() == secrets.netrc.is_some();
    Ok(is_whole.then_some(secrets))
}
