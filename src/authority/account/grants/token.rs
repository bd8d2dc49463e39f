//! Grant tokens: signed, found again, ended.
//!
//! A token is found by the SHA-256 of its whole text, stored when it was signed. So an
//! online check is one look-up and no arithmetic, and what was not issued here, to the last
//! byte, is not found.

use alloc::{borrow::ToOwned, string::String};

use super::{
    Account, developer,
    grant::{self, Grant, GrantStatus},
    issuer, jwt, new_id, status,
};
use crate::{
    authority::{
        Halt, Outcome, Timestamp,
        json::{IfAny, object},
        refusal::Refusal,
        store::{Parameter, Row},
    },
    sha256,
};

pub(super) const CREATE_TABLE: &str = "CREATE TABLE grant_tokens (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    grant_id TEXT NOT NULL,
    status_index INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) WITHOUT ROWID";
pub(super) const CREATE_INDEX_HASH: &str =
    "CREATE UNIQUE INDEX grant_tokens_by_hash ON grant_tokens (hash)";
pub(super) const CREATE_INDEX_GRANT: &str =
    "CREATE INDEX grant_tokens_by_grant ON grant_tokens (grant_id)";
pub(super) const CREATE_INDEX_STATUS: &str =
    "CREATE UNIQUE INDEX grant_tokens_by_status ON grant_tokens (status_index)";
pub(super) const CREATE_INDEX_EXPIRY: &str =
    "CREATE INDEX grant_tokens_by_expiry ON grant_tokens (expires_at)";

/// Milliseconds for which an expired token is remembered, so that it is told from a forged one.
const KEPT_AFTER_EXPIRY: i64 = 24 * 60 * 60 * 1000;

/// A token that was issued here, and the grant that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `jti`.
    pub id: String,
    /// What it says is granted.
    pub grant: Grant,
    /// `iat`, to the millisecond.
    pub issued_at: Timestamp,
    /// `exp`, to the millisecond.
    pub expires_at: Timestamp,
    /// When it alone was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Why a token is no longer good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// It or its grant was revoked.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Token {
    /// Whether it is good now.
    ///
    /// # Errors
    /// [`Dead`]: why not.
    pub fn check(&self, now: Timestamp) -> Result<(), Dead> {
        if self.revoked_at.is_some() || self.grant.status(now) == GrantStatus::Revoked {
            Err(Dead::Revoked)
        } else if now >= self.expires_at {
            Err(Dead::Expired)
        } else {
            Ok(())
        }
    }
}

/// Who delegated: what a delegated token says of its parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent<'a> {
    pub(super) agent_did: &'a str,
    pub(super) grant_id: &'a str,
}

/// A token that is signed but not yet in force: [`Signed::record`] makes it so.
pub(super) struct Signed {
    pub(super) text: String,
    id: String,
    status_index: i64,
    expires_at: Timestamp,
}

/// Signs a token of `grant`, good until the grant ends. Writes nothing.
pub(super) fn sign(
    account: &Account<'_>,
    grant: &Grant,
    parent: Option<Parent<'_>>,
) -> Outcome<Signed> {
    let id = new_id(account, "tok_");
    let status_index = status::draw_index(account)?;
    let (agent_did, developer_id) = (grant.agent_did(), developer::id_of(account.id));
    let (parent_agent, parent_grant) = (
        IfAny(parent.map(|parent| parent.agent_did)),
        IfAny(parent.map(|parent| parent.grant_id)),
    );
    let depth = IfAny(parent.map(|_| grant.depth));
    // RFC 8693 section 4.2: separated by spaces. A scope that has one would read as two others,
    // and a client that compares both spellings would refuse the token.
    let has_space = |scope: &String| scope.contains(' ');
    let one_line = (!grant.scopes.iter().any(has_space)).then(|| grant.scopes.join(" "));
    // Grantex section 5. The claims of newer clients stand beside those of older ones and say
    // the same.
    let claims = object! {
        "iss": issuer(account.world),
        "sub": grant.principal,
        "agt": agent_did,
        "dev": developer_id,
        "scp": grant.scopes,
        "scope": IfAny(one_line),
        "grnt": grant.id,
        "jti": id,
        "iat": account.world.now.seconds(),
        "exp": grant.expires_at.seconds(),
        "aud": IfAny(grant.audience.as_deref()),
        "parentAgt": parent_agent,
        "parentGrnt": parent_grant,
        "delegationDepth": depth,
        // RFC 8693 section 4.1: who acts, on whose delegation.
        "act": IfAny(parent.map(|parent| object! { "sub": parent.agent_did })),
        "urn:grantex:grant": object! {
            "agent_did": agent_did,
            "developer_id": developer_id,
            "grant_id": grant.id,
            "parent_grant_id": parent_grant,
            "delegation_depth": depth,
        },
        "status": status::reference(account, status_index),
    };
    let text = jwt::sign(account.world, "at+jwt", &claims)?;
    Ok(Signed {
        text,
        id,
        status_index,
        expires_at: grant.expires_at,
    })
}

impl Signed {
    /// Puts the token in force.
    pub(super) fn record(&self, account: &Account<'_>, grant_id: &str) -> Outcome<()> {
        account.store.run(
            "INSERT INTO grant_tokens (id, hash, grant_id, status_index, issued_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                Parameter::Text(&self.id),
                Parameter::Blob(&sha256::digest(self.text.as_bytes())),
                Parameter::Text(grant_id),
                Parameter::Integer(self.status_index),
                Parameter::Integer(account.world.now.0),
                Parameter::Integer(self.expires_at.0),
            ],
        )?;
        account
            .world
            .wake_by(self.expires_at.plus(KEPT_AFTER_EXPIRY));
        status::count(account)
    }
}

/// The token with exactly this text, whatever its state.
///
/// # Errors
/// [`Refusal::NotFound`] when this account never issued it, or has forgotten it.
pub fn find(account: &Account<'_>, text: &str) -> Outcome<Token> {
    let row = account.store.first(
        "SELECT id, grant_id, issued_at, expires_at, revoked_at FROM grant_tokens WHERE hash = ?1",
        &[Parameter::Blob(&sha256::digest(text.as_bytes()))],
    )?;
    of_row(account, &row.ok_or(Refusal::NotFound)?)
}

/// The token with exactly this text, which is good now.
///
/// # Errors
/// [`Refusal::TokenRejected`] for any other.
pub fn authenticate(account: &Account<'_>, text: &str) -> Outcome<Token> {
    match find(account, text) {
        Ok(token) if token.check(account.world.now).is_ok() => Ok(token),
        Ok(_) | Err(Halt::Refused(_)) => Err(Refusal::TokenRejected.into()),
        Err(halt) => Err(halt),
    }
}

/// How a token, a grant or both stand, by their ids: as the one that stands worse, and not at
/// all where one is unknown or the token is another grant's.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn standing(
    account: &Account<'_>,
    grant_id: Option<&str>,
    token_id: Option<&str>,
) -> Outcome<Option<GrantStatus>> {
    let now = account.world.now;
    let standing = || {
        let Some(id) = token_id else {
            return Ok(grant::get(account, grant_id.unwrap_or_default())?.status(now));
        };
        let row = account.store.first(
            "SELECT id, grant_id, issued_at, expires_at, revoked_at FROM grant_tokens WHERE id = ?1",
            &[Parameter::Text(id)],
        )?;
        let token = of_row(account, &row.ok_or(Refusal::NotFound)?)?;
        if grant_id.is_some_and(|id| id != token.grant.id) {
            return Err(Refusal::NotFound.into());
        }
        Ok(match token.check(now) {
            Ok(()) => GrantStatus::Active,
            Err(Dead::Revoked) => GrantStatus::Revoked,
            Err(Dead::Expired) => GrantStatus::Expired,
        })
    };
    match standing() {
        Ok(status) => Ok(Some(status)),
        Err(Halt::Refused(_)) => Ok(None),
        Err(halt) => Err(halt),
    }
}

/// Revokes one token; its grant and the grant's other tokens stay.
///
/// # Errors
/// [`Refusal::NotFound`] for one that is unknown or was revoked before.
pub fn revoke(account: &Account<'_>, id: &str) -> Outcome<()> {
    let revoked = account.store.run(
        "UPDATE grant_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL
         RETURNING status_index",
        &[Parameter::Text(id), Parameter::Integer(account.world.now.0)],
    )?;
    if revoked.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    status::invalidate(account, &revoked)
}

/// Forgets tokens that have long expired.
pub(super) fn sweep(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "DELETE FROM grant_tokens WHERE id IN
             (SELECT id FROM grant_tokens WHERE expires_at <= ?1 LIMIT 1000)",
        &[Parameter::Integer(account.world.now.0 - KEPT_AFTER_EXPIRY)],
    )?;
    Ok(())
}

/// When the next token can be forgotten.
pub(super) fn next_sweep(account: &Account<'_>) -> Outcome<Option<Timestamp>> {
    let row = account.store.first(
        "SELECT expires_at FROM grant_tokens ORDER BY expires_at LIMIT 1",
        &[],
    )?;
    super::due(row, KEPT_AFTER_EXPIRY)
}

fn of_row(account: &Account<'_>, row: &Row) -> Outcome<Token> {
    Ok(Token {
        id: row.text(0)?.to_owned(),
        grant: grant::get(account, row.text(1)?)?,
        issued_at: Timestamp(row.integer(2)?),
        expires_at: Timestamp(row.integer(3)?),
        revoked_at: row.optional_integer(4)?.map(Timestamp),
    })
}
