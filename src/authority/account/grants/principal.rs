//! The principal's own view: every agent that can act for them, what it did last, and the
//! way to cut it off.
//!
//! The developer knows who the principal is, and opens a session for them; the session
//! token names the developer's account in its claims, and is known by its hash.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    Account, Page, agent, developer,
    grant::{self, Grant},
    issuer, jwt, trail,
};
use crate::{
    authority::{
        AccountId, Outcome, Timestamp,
        json::object,
        refusal::{Field, Problem, Refusal},
        store::Parameter,
        text,
    },
    jose::{
        json::{Limits, Members, Value},
        unverified::decode_unverified,
    },
    sha256,
};

/// Longest session in milliseconds.
pub const LONGEST_SESSION: i64 = 24 * 60 * 60 * 1000;

pub(super) const CREATE_TABLE: &str = "CREATE TABLE principal_sessions (
    hash BLOB PRIMARY KEY,
    principal TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID";
pub(super) const CREATE_INDEX: &str =
    "CREATE INDEX principal_sessions_by_expiry ON principal_sessions (expires_at)";

/// A session that was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The session token.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
}

debug_without_secrets!(Opened { expires_at });

/// What one agent may do for the principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The grant.
    pub grant: Grant,
    /// The agent's name.
    pub agent_name: String,
    /// What it says it does.
    pub agent_description: String,
}

/// Opens a session for a principal.
///
/// # Errors
/// [`Refusal::NotFound`] when no agent can act for them; [`Refusal::InvalidField`].
pub fn open(account: &Account<'_>, principal: &str, lifetime: i64) -> Outcome<Opened> {
    text::check_line(Field::Principal, principal, 1, 256)?;
    if lifetime <= 0 || lifetime > LONGEST_SESSION {
        let (field, problem) = (Field::ExpiresIn, Problem::Malformed);
        return Err(Refusal::InvalidField { field, problem }.into());
    }
    if grant::active_of(account, principal, 1)?.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    let now = account.world.now;
    let expires_at = now.plus(lifetime);
    let token = jwt::sign(
        account.world,
        "JWT",
        &object! {
            "iss": issuer(account.world),
            "sub": principal,
            "dev": developer::id_of(account.id),
            "purpose": "principal_dashboard",
            "jti": super::new_id(account, "ps_"),
            "iat": now.seconds(),
            "exp": expires_at.seconds(),
        },
    )?;
    account.store.run(
        "INSERT INTO principal_sessions (hash, principal, expires_at) VALUES (?1, ?2, ?3)",
        &[
            Parameter::Blob(&sha256::digest(token.as_bytes())),
            Parameter::Text(principal),
            Parameter::Integer(expires_at.0),
        ],
    )?;
    account.world.wake_by(expires_at);
    Ok(Opened { token, expires_at })
}

/// The account that a session token names. That says nothing yet about whether it is genuine.
///
/// # Errors
/// [`Refusal::CredentialRejected`] when it names none.
pub fn account_of(token: &str) -> Result<AccountId, Refusal> {
    let read = || {
        let token = decode_unverified(token.as_bytes()).ok()?;
        let mut members = Members::of(token.payload(), Limits::TOKEN).ok()?;
        while let Some((name, value)) = members.next().ok()? {
            if let (true, Value::String(text)) = (name.is("dev"), value) {
                return super::account_of("dev_", &text.decode()).ok();
            }
        }
        None
    };
    read().ok_or(Refusal::CredentialRejected)
}

/// Whose session it is.
///
/// # Errors
/// [`Refusal::CredentialRejected`] when it is unknown or over.
pub fn authenticate(account: &Account<'_>, token: &str) -> Outcome<String> {
    let row = account.store.first(
        "SELECT principal FROM principal_sessions WHERE hash = ?1 AND expires_at > ?2",
        &[
            Parameter::Blob(&sha256::digest(token.as_bytes())),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    Ok(row.ok_or(Refusal::CredentialRejected)?.text(0)?.to_owned())
}

/// Everything that can act for this principal now: of more than [`Page::LARGEST`] those that
/// can do so longest.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn grants(account: &Account<'_>, principal: &str) -> Outcome<Vec<Held>> {
    grant::active_of(account, principal, Page::LARGEST)?
        .into_iter()
        .map(|grant| {
            let agent = agent::get(account, &grant.agent_id)?;
            Ok(Held {
                grant,
                agent_name: agent.name,
                agent_description: agent.description,
            })
        })
        .collect()
}

/// What agents did for this principal last, newest first, at most 100.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn recent(account: &Account<'_>, principal: &str) -> Outcome<Vec<trail::Entry>> {
    trail::latest_of_principal(account, principal, 100)
}

/// Ends a grant of this principal's, with everything delegated from it.
///
/// # Errors
/// [`Refusal::NotFound`] for another's too.
pub fn revoke(account: &Account<'_>, principal: &str, grant_id: &str) -> Outcome<()> {
    if grant::get(account, grant_id)?.principal != principal {
        return Err(Refusal::NotFound.into());
    }
    grant::revoke(account, grant_id).map(|_| ())
}

/// Forgets sessions that are over.
pub(super) fn sweep(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "DELETE FROM principal_sessions WHERE hash IN
             (SELECT hash FROM principal_sessions WHERE expires_at <= ?1
              ORDER BY expires_at LIMIT 1000)",
        &[Parameter::Integer(account.world.now.0)],
    )?;
    Ok(())
}

/// When the next session can be forgotten.
pub(super) fn next_sweep(account: &Account<'_>) -> Outcome<Option<Timestamp>> {
    let row = account.store.first(
        "SELECT expires_at FROM principal_sessions ORDER BY expires_at LIMIT 1",
        &[],
    )?;
    super::due(row, 0)
}
