//! What a person gives a platform.
//!
//! A platform that redeems a code is told what the person allows it, as strings that the
//! two of them understand. Nothing is given until the person gives it, and what counts is
//! what stands at the moment of redeeming.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
};
use crate::authority::{
    Name, Outcome, Timestamp,
    refusal::{Field, Refusal},
    store::Parameter,
    text,
};

/// Most permissions for one target.
pub const MOST: u32 = 32;
/// Longest permission in characters.
pub const LONGEST: u32 = 64;
/// Most targets that a person gives something.
pub const MOST_TARGETS: u32 = 200;

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE permission (
    target TEXT PRIMARY KEY,
    granted TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID";

/// What one target is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Who is given it.
    pub target: Name,
    /// What, in the person's order, without repetition.
    pub granted: Vec<String>,
    /// Since when it stands like this.
    pub updated_at: Timestamp,
}

/// Gives `target` exactly these, in place of what it had; none takes all back.
///
/// # Errors
/// [`Refusal::InvalidField`] for an empty, overlong or repeated permission, or a character that
/// does not print; [`Refusal::TooMany`] beyond [`MOST`] or [`MOST_TARGETS`].
pub fn set(account: &Account<'_>, target: &str, granted: &[String]) -> Outcome<()> {
    let target = Name::target(target)?;
    if granted.len() > MOST as usize {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    for (position, permission) in granted.iter().enumerate() {
        text::check_line(Field::Permission, permission, 1, LONGEST)?;
        if granted
            .iter()
            .take(position)
            .any(|other| other == permission)
        {
            return Err(Refusal::malformed(Field::Permission).into());
        }
    }
    if granted.is_empty() {
        account.store.run(
            "DELETE FROM permission WHERE target = ?",
            &[Parameter::Text(target.as_str())],
        )?;
    } else {
        let rows = account.store.run(
            "INSERT INTO permission (target, granted, updated_at)
             SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM permission WHERE target <> ?1) < ?4
             ON CONFLICT (target) DO UPDATE
               SET granted = excluded.granted, updated_at = excluded.updated_at
             RETURNING 1",
            &[
                Parameter::Text(target.as_str()),
                Parameter::Text(&granted.join("\n")),
                Parameter::Integer(account.world.now.0),
                Parameter::Integer(MOST_TARGETS.into()),
            ],
        )?;
        if rows.is_empty() {
            return Err(Refusal::TooMany { most: MOST_TARGETS }.into());
        }
    }
    audit::record(
        account,
        &Event {
            kind: EventKind::PermissionsSet,
            actor: Actor::Owner,
            subject: target.as_str(),
            address: "",
            detail: &granted.join(", "),
        },
    )
}

/// What each target is given, by name.
///
/// # Errors
/// Those of the store.
pub fn list(account: &Account<'_>) -> Outcome<Vec<Permissions>> {
    account
        .store
        .run(
            "SELECT target, granted, updated_at FROM permission ORDER BY target",
            &[],
        )?
        .iter()
        .map(|row| {
            Ok(Permissions {
                target: Name::target(row.text(0)?)?,
                granted: split(row.text(1)?),
                updated_at: Timestamp(row.integer(2)?),
            })
        })
        .collect()
}

/// Permissions as they are stored: one a line, for a permission holds no line break.
pub(super) fn split(stored: &str) -> Vec<String> {
    stored.lines().map(String::from).collect()
}
