//! What an account's database holds, migration by migration.

use super::{audit, grants, one_time, person, session};
use crate::authority::{
    limits,
    migration::{Migration, Migrations},
};

/// In order; a migration that has shipped is never edited.
pub const MIGRATIONS: Migrations = &[PEOPLE, grants::CREATE_TABLES];

/// A person, their sessions and their log; one-time secrets and limits.
const PEOPLE: Migration = &[
    person::CREATE_TABLE,
    session::CREATE_TABLE,
    one_time::CREATE_TABLE,
    one_time::CREATE_INDEX,
    audit::CREATE_TABLE,
    limits::CREATE_TABLE,
];
