//! What an account's database holds, migration by migration.

use super::{
    agent, audit, call_history, grants, one_time, permission, person, platform_key, session, trust,
};
use crate::authority::{
    limits,
    migration::{Migration, Migrations},
};

/// In order; a migration that has shipped is never edited.
pub const MIGRATIONS: Migrations = &[
    PEOPLE,
    grants::CREATE_TABLES,
    PLATFORMS_AND_AGENTS,
    grants::SEGMENT_STATUS_LISTS,
];

/// A person, their sessions and their log; one-time secrets and limits.
const PEOPLE: Migration = &[
    person::CREATE_TABLE,
    session::CREATE_TABLE,
    one_time::CREATE_TABLE,
    one_time::CREATE_INDEX,
    audit::CREATE_TABLE,
    limits::CREATE_TABLE,
];

/// What codes are redeemed with, and what a redeemer is given; agents and what is said of them.
const PLATFORMS_AND_AGENTS: Migration = &[
    platform_key::CREATE_TARGET,
    platform_key::CREATE_TABLE,
    permission::CREATE_TABLE,
    agent::CREATE_TABLE,
    trust::CREATE_GIVEN,
    trust::CREATE_RECEIVED,
    call_history::CREATE_TABLE,
];
