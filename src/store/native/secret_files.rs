//! Files of cookies and logins: written once, however many rows use them.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use crate::fetch::{CookieFile, Netrc};

/// How many files are remembered: a list has few.
const REMEMBERED: usize = 8;

/// The numbers of the files that were written or read last.
#[derive(Default)]
pub(super) struct SecretFiles {
    cookies: Vec<(i64, CookieFile)>,
    netrcs: Vec<(i64, Netrc)>,
}

impl SecretFiles {
    /// Forgets what it knows: a transaction failed, or numbers were removed.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn number_of_cookies(
        &mut self,
        connection: &Connection,
        file: Option<&CookieFile>,
    ) -> Result<Option<i64>> {
        file.map(|file| number_of(&mut self.cookies, connection, file))
            .transpose()
    }

    pub(super) fn number_of_netrc(
        &mut self,
        connection: &Connection,
        file: Option<&Netrc>,
    ) -> Result<Option<i64>> {
        file.map(|file| number_of(&mut self.netrcs, connection, file))
            .transpose()
    }

    /// The cookies of a number; none if they cannot be read.
    pub(super) fn cookies(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> Result<Option<CookieFile>> {
        let parse = |text: &str| CookieFile::parse(text).ok();
        file_of(&mut self.cookies, connection, number, parse)
    }

    /// The logins of a number; none if they cannot be read.
    pub(super) fn netrc(&mut self, connection: &Connection, number: i64) -> Result<Option<Netrc>> {
        let parse = |text: &str| Netrc::parse(text).ok();
        file_of(&mut self.netrcs, connection, number, parse)
    }
}

fn number_of<T: Clone + PartialEq + Into<String>>(
    known: &mut Vec<(i64, T)>,
    connection: &Connection,
    file: &T,
) -> Result<i64> {
    // Clones of one file are equal at a glance.
    if let Some((number, _)) = known.iter().rev().find(|(_, known)| known == file) {
        return Ok(*number);
    }
    let text: String = file.clone().into();
    let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
    let found = connection
        .prepare_cached("SELECT number FROM secret_files WHERE hash = ?1")?
        .query_row([&hash], |row| row.get(0))
        .optional()?;
    let number = match found {
        Some(number) => number,
        None => {
            connection
                .prepare_cached("INSERT INTO secret_files (hash, text) VALUES (?1, ?2)")?
                .execute(params![hash, text])?;
            connection.last_insert_rowid()
        }
    };
    remember(known, number, file.clone());
    Ok(number)
}

fn file_of<T: Clone>(
    known: &mut Vec<(i64, T)>,
    connection: &Connection,
    number: i64,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>> {
    if let Some((_, file)) = known.iter().rev().find(|(known, _)| *known == number) {
        return Ok(Some(file.clone()));
    }
    let text: Option<String> = connection
        .prepare_cached("SELECT text FROM secret_files WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let file = text.and_then(|text| parse(&text));
    if let Some(file) = &file {
        remember(known, number, file.clone());
    }
    Ok(file)
}

fn remember<T>(known: &mut Vec<(i64, T)>, number: i64, file: T) {
    if known.len() == REMEMBERED {
        known.remove(0);
    }
    known.push((number, file));
}
