//! Grants: what principals gave, and what agents passed on.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Account, Page, PageOf, agent_did, counter, developer, new_id, scopes_from_text, scopes_to_text,
    status,
};
use crate::authority::{
    Outcome, Timestamp,
    refusal::Refusal,
    store::{Parameter, Row},
};

pub(super) const CREATE_TABLE: &str = "CREATE TABLE grants (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    parent_id TEXT,
    agent_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT,
    depth INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
)";
pub(super) const CREATE_INDEX_PARENT: &str =
    "CREATE INDEX grants_by_parent ON grants (parent_id) WHERE parent_id IS NOT NULL";
pub(super) const CREATE_INDEX_PRINCIPAL: &str =
    "CREATE INDEX grants_by_principal ON grants (principal, sequence)";
pub(super) const CREATE_INDEX_AGENT: &str =
    "CREATE INDEX grants_by_agent ON grants (agent_id, sequence)";

// What can act for a principal is found among what ever could without looking at the rest.
pub(super) const CREATE_INDEX_ACTIVE: &str =
    "CREATE INDEX grants_active ON grants (principal, expires_at) WHERE revoked_at IS NULL";

const COUNTER: &str = "grants";

/// A grant: this agent, these scopes, until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `grnt_…`
    pub id: String,
    /// From which it was delegated; `None` for what the principal gave.
    pub parent_id: Option<String>,
    /// Who may act.
    pub agent_id: String,
    /// On whose behalf.
    pub principal: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// For whom its tokens are, when the request said so.
    pub audience: Option<String>,
    /// How many delegations lie between it and the principal.
    pub depth: u32,
    /// Since when.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was revoked, itself or with one above it.
    pub revoked_at: Option<Timestamp>,
}

/// How a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStatus {
    /// It can be used.
    Active,
    /// It was ended.
    Revoked,
    /// Its time is over.
    Expired,
}

impl GrantStatus {
    /// `active`, `revoked` or `expired`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Reads what [`GrantStatus::as_str`] prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Revoked, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

impl Grant {
    /// How it stands now.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> GrantStatus {
        if self.revoked_at.is_some() {
            GrantStatus::Revoked
        } else if now >= self.expires_at {
            GrantStatus::Expired
        } else {
            GrantStatus::Active
        }
    }

    /// Its agent's decentralised identifier.
    #[must_use]
    pub fn agent_did(&self) -> String {
        agent_did(&self.agent_id)
    }

    /// Its developer's public id.
    #[must_use]
    pub fn developer_id(&self, account: &Account<'_>) -> String {
        developer::id_of(account.id)
    }
}

/// A grant to come: everything but its id and its beginning.
#[derive(Debug, Clone)]
pub(super) struct NewGrant<'a> {
    pub(super) parent_id: Option<&'a str>,
    pub(super) agent_id: &'a str,
    pub(super) principal: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) audience: Option<&'a str>,
    pub(super) depth: u32,
    pub(super) expires_at: Timestamp,
}

/// The grant as it will be; [`insert`] makes it so, after its first token was signed.
pub(super) fn draft(account: &Account<'_>, new: &NewGrant<'_>) -> Grant {
    Grant {
        id: new_id(account, "grnt_"),
        parent_id: new.parent_id.map(ToString::to_string),
        agent_id: new.agent_id.to_owned(),
        principal: new.principal.to_owned(),
        scopes: new.scopes.to_vec(),
        audience: new.audience.map(ToString::to_string),
        depth: new.depth,
        issued_at: account.world.now,
        // A token's `exp` counts whole seconds: what is asked here ends when it does there.
        expires_at: Timestamp(new.expires_at.seconds() * 1000),
        revoked_at: None,
    }
}

pub(super) fn insert(account: &Account<'_>, grant: &Grant) -> Outcome<()> {
    account.store.run(
        "INSERT INTO grants (id, parent_id, agent_id, principal, scopes, audience, depth,
             issued_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            Parameter::Text(&grant.id),
            Parameter::text_or_null(grant.parent_id.as_deref()),
            Parameter::Text(&grant.agent_id),
            Parameter::Text(&grant.principal),
            Parameter::Text(&scopes_to_text(&grant.scopes)),
            Parameter::text_or_null(grant.audience.as_deref()),
            Parameter::Integer(grant.depth.into()),
            Parameter::Integer(grant.issued_at.0),
            Parameter::Integer(grant.expires_at.0),
        ],
    )?;
    counter::add(account, COUNTER, 1)?;
    Ok(())
}

/// A statement for rows as [`of_row`] reads them; it goes on behind `FROM`.
macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, parent_id, agent_id, principal, scopes, audience, depth, issued_at,
                 expires_at, revoked_at
             FROM ",
            $($rest),+
        )
    };
}

/// The grant with this id.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(account: &Account<'_>, id: &str) -> Outcome<Grant> {
    let row = account
        .store
        .first(select!("grants WHERE id = ?1"), &[Parameter::Text(id)])?;
    of_row(&row.ok_or(Refusal::NotFound)?)
}

/// Which grants of a list are asked for; `None` asks for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Of this agent.
    pub agent_id: Option<&'a str>,
    /// On behalf of this principal.
    pub principal: Option<&'a str>,
    /// That stand so now.
    pub status: Option<GrantStatus>,
}

/// What is active for a principal now, what ends last first.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn active_of(account: &Account<'_>, principal: &str, most: u32) -> Outcome<Vec<Grant>> {
    let rows = account.store.run(
        select!(
            "grants WHERE principal = ?1 AND revoked_at IS NULL AND expires_at > ?2
             ORDER BY expires_at DESC LIMIT ?3"
        ),
        &[
            Parameter::Text(principal),
            Parameter::Integer(account.world.now.0),
            Parameter::Integer(most.into()),
        ],
    )?;
    rows.iter().map(of_row).collect()
}

/// The page and the count of one shape of filter. A filter that is given must stand in the
/// condition without an `OR`: only then does the database take its index. The rest is looked
/// for among the newest [`Page::COUNTED`] of them, however many there are.
macro_rules! statements {
    ($condition:literal) => {
        [
            select!(
                "(SELECT * FROM grants WHERE ",
                $condition,
                " ORDER BY sequence DESC LIMIT ?5)
                 WHERE ?3 IS NULL OR ?3 = CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                     WHEN expires_at <= ?4 THEN 'expired' ELSE 'active' END
                 ORDER BY sequence DESC LIMIT ?6 OFFSET ?7"
            ),
            concat!(
                "SELECT count(*)
                 FROM (SELECT revoked_at, expires_at FROM grants WHERE ",
                $condition,
                " ORDER BY sequence DESC LIMIT ?5)
                 WHERE ?3 IS NULL OR ?3 = CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                     WHEN expires_at <= ?4 THEN 'expired' ELSE 'active' END"
            ),
        ]
    };
}

/// Grants, newest first.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn list(account: &Account<'_>, filter: &Filter<'_>, page: Page) -> Outcome<PageOf<Grant>> {
    const NEWEST: &str = select!("grants ORDER BY sequence DESC LIMIT ?1 OFFSET ?2");
    if filter == &Filter::default() {
        return PageOf::of_all(account, COUNTER, NEWEST, page, of_row);
    }
    let statements = match (filter.agent_id, filter.principal) {
        (None, None) => statements!("?1 IS NULL AND ?2 IS NULL"),
        (Some(_), None) => statements!("agent_id = ?1 AND ?2 IS NULL"),
        (None, Some(_)) => statements!("principal = ?2 AND ?1 IS NULL"),
        (Some(_), Some(_)) => statements!("principal = ?2 AND +agent_id = ?1"),
    };
    let filter = Vec::from([
        Parameter::text_or_null(filter.agent_id),
        Parameter::text_or_null(filter.principal),
        Parameter::text_or_null(filter.status.map(GrantStatus::as_str)),
        Parameter::Integer(account.world.now.0),
        Parameter::Integer(Page::COUNTED),
    ]);
    PageOf::of_some(account, statements, filter, page, of_row)
}

/// Revokes a grant and everything delegated from it, at any depth, in this one transaction:
/// a delegation that runs at the same time comes before it, and is revoked with it, or after
/// it, and finds its parent revoked.
///
/// Returns how many grants were ended, this one included.
///
/// # Errors
/// [`Refusal::NotFound`] for one that is unknown or was revoked before.
pub fn revoke(account: &Account<'_>, id: &str) -> Outcome<usize> {
    if get(account, id)?.revoked_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let roots = scopes_to_text(core::slice::from_ref(&id.to_owned()));
    cascade(account, &roots)
}

/// Ends these grants (a JSON array of ids) and everything below them. What is below a revoked
/// one is revoked: there is no need to look there again.
fn cascade(account: &Account<'_>, roots: &str) -> Outcome<usize> {
    let now = Parameter::Integer(account.world.now.0);
    let indices = account.store.run(
        "WITH RECURSIVE below (id) AS (
             SELECT value FROM json_each(?1) UNION
             SELECT grants.id FROM below CROSS JOIN grants
             WHERE grants.parent_id = below.id AND grants.revoked_at IS NULL)
         SELECT grant_tokens.status_index FROM below CROSS JOIN grant_tokens
         WHERE grant_tokens.grant_id = below.id
           AND grant_tokens.expires_at > ?2 AND grant_tokens.revoked_at IS NULL",
        &[Parameter::Text(roots), now],
    )?;
    status::invalidate(account, &indices)?;
    let ended = account.store.run(
        "WITH RECURSIVE below (id) AS (
             SELECT value FROM json_each(?1) UNION
             SELECT grants.id FROM below CROSS JOIN grants
             WHERE grants.parent_id = below.id AND grants.revoked_at IS NULL)
         UPDATE grants SET revoked_at = ?2 WHERE id IN below AND revoked_at IS NULL RETURNING 1",
        &[Parameter::Text(roots), now],
    )?;
    Ok(ended.len())
}

/// Ends and forgets the grants of an agent; what others were delegated from them is revoked
/// and stays to be seen. One cascade for all of them, each status list written once.
pub(super) fn delete_of_agent(account: &Account<'_>, agent_id: &str) -> Outcome<()> {
    let of_agent = [Parameter::Text(agent_id)];
    let active = account.store.run(
        "SELECT id FROM grants WHERE agent_id = ?1 AND revoked_at IS NULL",
        &of_agent,
    )?;
    let ids = active.iter().map(|row| Ok(row.text(0)?.to_owned()));
    cascade(account, &scopes_to_text(&ids.collect::<Outcome<Vec<_>>>()?))?;
    account.store.run(
        "DELETE FROM grant_tokens WHERE grant_id IN (SELECT id FROM grants WHERE agent_id = ?1)",
        &of_agent,
    )?;
    let gone = account.store.run(
        "DELETE FROM grants WHERE agent_id = ?1 RETURNING 1",
        &of_agent,
    )?;
    counter::add(
        account,
        COUNTER,
        -i64::try_from(gone.len()).unwrap_or(i64::MAX),
    )?;
    Ok(())
}

fn of_row(row: &Row) -> Outcome<Grant> {
    Ok(Grant {
        id: row.text(0)?.to_owned(),
        parent_id: row.optional_text(1)?.map(ToString::to_string),
        agent_id: row.text(2)?.to_owned(),
        principal: row.text(3)?.to_owned(),
        scopes: scopes_from_text(row.text(4)?)?,
        audience: row.optional_text(5)?.map(ToString::to_string),
        depth: u32::try_from(row.integer(6)?).unwrap_or(u32::MAX),
        issued_at: Timestamp(row.integer(7)?),
        expires_at: Timestamp(row.integer(8)?),
        revoked_at: row.optional_integer(9)?.map(Timestamp),
    })
}
