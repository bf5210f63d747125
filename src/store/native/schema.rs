//! The tables, and how those of each earlier version become those of the next.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

/// Marks a database as ours: "jobd".
pub(super) const APPLICATION_ID: i32 = 0x6a6f_6264;

/// A step for each version, from an empty database on. What was released never changes.
const STEPS: &[&str] = &["
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE rows (
        id INTEGER PRIMARY KEY,
        host TEXT NOT NULL,
        rank INTEGER NOT NULL,
        end_number INTEGER NOT NULL,
        state TEXT NOT NULL,
        listed INTEGER NOT NULL DEFAULT 0,
        has_secrets INTEGER NOT NULL,
        added_ms INTEGER NOT NULL,
        ended_ms INTEGER,
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        record TEXT NOT NULL
    );
    CREATE TABLE secrets (
        row INTEGER PRIMARY KEY,
        request TEXT NOT NULL,
        cookies INTEGER,
        netrc INTEGER
    );
    CREATE TABLE secret_files (number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
    CREATE TABLE finishing (
        row INTEGER PRIMARY KEY,
        part TEXT NOT NULL,
        path TEXT NOT NULL,
        length INTEGER NOT NULL,
        hash TEXT NOT NULL
    );
    CREATE TABLE activity (number INTEGER PRIMARY KEY, row INTEGER, entry TEXT NOT NULL);
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX rows_unfinished ON rows (rank, listed) WHERE end_number = 0;
    CREATE INDEX rows_ended ON rows (listed, end_number) WHERE end_number > 0;
    CREATE INDEX rows_resumable ON rows (rank, listed)
        WHERE host = 'run' AND (end_number = 0 OR state = 'interrupted');
"];

/// The version that this program writes.
pub(super) const VERSION: u32 = STEPS.len() as u32;

/// The version of a database: 0 of an empty one.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the tables, or those of an earlier version into those of this one.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    if version(connection)? >= VERSION {
        return Ok(());
    }
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let found = version(&transaction)? as usize;
    for step in STEPS.iter().skip(found) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
