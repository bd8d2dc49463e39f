//! How a place's database becomes what this release expects.
//!
//! Each place has one list of migrations, numbered by position. A migration that has
//! shipped is never edited: the next one changes what it made.

use super::{
    Fault,
    store::{Parameter, Store},
};

/// One step: statements, in order.
pub type Migration = &'static [&'static str];

/// All steps of one kind of place, the first one first.
pub type Migrations = &'static [Migration];

/// The database was written by a release that knows more migrations than this one.
const NEWER: Fault = Fault::Corrupt("the database is of a newer release");

/// What [`migrate`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version before: 0 for an empty database.
    pub from: usize,
    /// The version now: the number of migrations.
    pub to: usize,
}

/// Runs those of `migrations` that this database has not seen. The host calls it when the
/// object starts, inside a transaction: a migration is whole or it did not happen.
///
/// # Errors
/// [`Fault::Store`], and [`Fault::Corrupt`] when the database is of a newer release.
pub fn migrate(store: &dyn Store, migrations: &[Migration]) -> Result<Migrated, Fault> {
    let from = version(store)?;
    let to = migrations.len();
    let pending = migrations.get(from..).ok_or(NEWER)?;
    if pending.is_empty() {
        return Ok(Migrated { from, to });
    }
    for statement in pending.iter().copied().flatten() {
        store.run(statement, &[]).map_err(Fault::Store)?;
    }
    let number = i64::try_from(to).map_err(|_| NEWER)?;
    store
        .run(
            "CREATE TABLE IF NOT EXISTS schema_version \
             (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL)",
            &[],
        )
        .map_err(Fault::Store)?;
    store
        .run(
            "INSERT INTO schema_version (one, version) VALUES (1, ?1) \
             ON CONFLICT (one) DO UPDATE SET version = ?1",
            &[Parameter::Integer(number)],
        )
        .map_err(Fault::Store)?;
    Ok(Migrated { from, to })
}

/// How many migrations this database has seen: 0 where nobody has opened the place.
///
/// # Errors
/// [`Fault::Store`].
pub fn version(store: &dyn Store) -> Result<usize, Fault> {
    // Durable Objects do not let `PRAGMA user_version` through, so the version is a row.
    // The look into the schema comes first: an object that only reads writes nothing.
    if store
        .first(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
            &[],
        )
        .map_err(Fault::Store)?
        .is_none()
    {
        return Ok(0);
    }
    let row = store
        .first("SELECT version FROM schema_version WHERE one = 1", &[])
        .map_err(Fault::Store)?
        .ok_or(Fault::Corrupt("the schema version is missing"))?;
    usize::try_from(row.integer(0).map_err(Fault::Store)?)
        .map_err(|_| Fault::Corrupt("the schema version is negative"))
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::store::sqlite::Sqlite;

    const FIRST: Migration = &["CREATE TABLE things (name TEXT PRIMARY KEY) WITHOUT ROWID"];
    const SECOND: Migration = &[
        "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "UPDATE things SET size = 7",
    ];

    #[test]
    fn each_migration_runs_once_from_each_older_version() {
        let store = Sqlite::in_memory().unwrap();
        assert_eq!(migrate(&store, &[]).unwrap(), Migrated { from: 0, to: 0 });
        assert_eq!(
            migrate(&store, &[FIRST]).unwrap(),
            Migrated { from: 0, to: 1 }
        );
        store.run("INSERT INTO things VALUES ('a')", &[]).unwrap();
        assert_eq!(
            migrate(&store, &[FIRST, SECOND]).unwrap(),
            Migrated { from: 1, to: 2 }
        );
        assert_eq!(
            migrate(&store, &[FIRST, SECOND]).unwrap(),
            Migrated { from: 2, to: 2 }
        );
        let row = store
            .first("SELECT size FROM things", &[])
            .unwrap()
            .unwrap();
        assert_eq!(row.integer(0), Ok(7));
    }

    #[test]
    fn a_newer_database_is_refused() {
        let store = Sqlite::in_memory().unwrap();
        migrate(&store, &[FIRST, SECOND]).unwrap();
        assert_eq!(migrate(&store, &[FIRST]), Err(NEWER));
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing() {
        let store = Sqlite::in_memory().unwrap();
        let broken: Migration = &["CREATE TABLE more (x)", "CREATE TABLE nonsense syntax"];
        let result = store
            .transaction(|store| migrate(store, &[FIRST, broken]), Result::is_ok)
            .unwrap();
        assert!(matches!(result, Err(Fault::Store(_))));
        assert_eq!(
            migrate(&store, &[FIRST]).unwrap(),
            Migrated { from: 0, to: 1 }
        );
    }
}
