//! Which rows are read, and in which order.

use std::fmt::Write as _;
use std::time::Duration;

use crate::deck::{HostKind, StoredState};

use crate::store::listed::Listed;

/// The order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What was added last comes first.
    #[default]
    NewestFirst,
    /// What was added first comes first.
    OldestFirst,
}

/// Which rows are read, and in which order: by default all of them, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Only rows in one of these states; empty for any.
    pub states: Vec<StoredState>,
    /// Only rows that ended, or were added and have not ended, at this time since 1970 or later.
    pub since: Option<Duration>,
    /// Only rows that are on the list in one of these ways; empty for any.
    pub listed: Vec<Listed>,
    /// Only rows of such a host.
    pub host: Option<HostKind>,
    /// Their order.
    pub order: Order,
    /// Whether secrets are read too; else the specs of rows that have some need their link.
    pub with_secrets: bool,
}

impl Query {
    /// The conditions and the order, for a statement that selects from the rows.
    pub(super) fn sql(&self) -> String {
        let mut conditions = Vec::new();
        if !self.states.is_empty() {
            let names: Vec<_> = self.states.iter().map(|state| state.name()).collect();
            conditions.push(format!("state IN ('{}')", names.join("', '")));
        }
        if let Some(since) = self.since {
            let since_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
            conditions.push(format!("coalesce(ended_ms, added_ms) >= {since_ms}"));
        }
        if !self.listed.is_empty() {
            let listed = self.listed.iter().map(|listed| listed.number().to_string());
            let listed: Vec<_> = listed.collect();
            conditions.push(format!("listed IN ({})", listed.join(", ")));
        }
        if let Some(host) = self.host {
            conditions.push(format!("host = '{}'", host.name()));
        }
        let mut sql = String::new();
        if !conditions.is_empty() {
            // Writing to a text does not fail.
            let _ = write!(sql, " WHERE {}", conditions.join(" AND "));
        }
        sql.push_str(match self.order {
            Order::NewestFirst => " ORDER BY id DESC",
            Order::OldestFirst => " ORDER BY id",
        });
        sql
    }
}
