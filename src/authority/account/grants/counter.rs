//! Counts that are kept, so that nobody ever has to count.

use super::Account;
use crate::authority::{Outcome, store::Parameter};

pub(super) const CREATE_TABLE: &str =
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID";

/// Adds to a counter and returns what it is then.
pub(super) fn add(account: &Account<'_>, name: &str, difference: i64) -> Outcome<i64> {
    let row = account.store.first(
        "INSERT INTO counters (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = value + ?2 RETURNING value",
        &[Parameter::Text(name), Parameter::Integer(difference)],
    )?;
    Ok(row.map_or(Ok(difference), |row| row.integer(0))?)
}

/// What a counter is.
pub(super) fn read(account: &Account<'_>, name: &str) -> Outcome<i64> {
    let row = account.store.first(
        "SELECT value FROM counters WHERE name = ?1",
        &[Parameter::Text(name)],
    )?;
    Ok(row.map_or(Ok(0), |row| row.integer(0))?)
}
