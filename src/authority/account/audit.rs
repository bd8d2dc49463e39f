//! The account's log: what happened to it, for its owner's eyes.
//!
//! One row for each event, told apart by a stable code; appending costs one write however
//! long the log is. Here, and only here, a refusal says its true reason. No secret is ever
//! written: a credential is named by its public id.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Account;
use crate::authority::{
    Outcome, Timestamp,
    client::cut,
    store::{Parameter, Store},
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EventKind {
    /// The account was opened.
    SignedUp,
    /// A session began.
    SignedIn,
    /// A password was wrong, or too many were.
    SignInRefused,
    /// A session was ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// An API key was replaced by a new one.
    KeyRotated,
    /// A sign-in link was mailed.
    MailLinkSent,
    /// A sign-in link was refused.
    MailLinkRefused,
    /// A one-time code was issued.
    CodeIssued,
    /// A one-time code was redeemed.
    CodeRedeemed,
    /// A one-time code was refused.
    CodeRefused,
    /// A platform's name became the account's own.
    TargetClaimed,
    /// A platform key was made.
    PlatformKeyCreated,
    /// Whether a platform key's requests must be signed was changed.
    PlatformKeyChanged,
    /// A platform key was ended.
    PlatformKeyRevoked,
    /// A platform key was shown with a signature that does not hold, or without one.
    SignatureRefused,
    /// What a platform is given was changed.
    PermissionsSet,
    /// An agent was let in.
    AgentAdmitted,
    /// An agent was ended.
    AgentDeregistered,
    /// The person let a device in.
    DeviceApproved,
    /// The person turned a device away.
    DeviceDenied,
    /// A device asked to act for the person.
    DeviceRequested,
    /// A device's code was refused.
    DeviceRefused,
    /// An authorization code was refused.
    AuthorizationCodeRefused,
    /// A refresh token was refused.
    RefreshTokenRefused,
}

impl EventKind {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::KeyRotated => "key_rotated",
            Self::MailLinkSent => "mail_link_sent",
            Self::MailLinkRefused => "mail_link_refused",
            Self::CodeIssued => "code_issued",
            Self::CodeRedeemed => "code_redeemed",
            Self::CodeRefused => "code_refused",
            Self::TargetClaimed => "target_claimed",
            Self::PlatformKeyCreated => "platform_key_created",
            Self::PlatformKeyChanged => "platform_key_changed",
            Self::PlatformKeyRevoked => "platform_key_revoked",
            Self::SignatureRefused => "signature_refused",
            Self::PermissionsSet => "permissions_set",
            Self::AgentAdmitted => "agent_admitted",
            Self::AgentDeregistered => "agent_deregistered",
            Self::DeviceApproved => "device_approved",
            Self::DeviceDenied => "device_denied",
            Self::DeviceRequested => "device_requested",
            Self::DeviceRefused => "device_refused",
            Self::AuthorizationCodeRefused => "authorization_code_refused",
            Self::RefreshTokenRefused => "refresh_token_refused",
        }
    }
}

/// Whose act it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor<'a> {
    /// The account's owner, signed in.
    Owner,
    /// An agent, by its public id.
    Agent(&'a str),
    /// A platform, by its target or key's public id.
    Platform(&'a str),
    /// Somebody who has not shown who they are.
    Stranger,
    /// This deployment.
    Us,
}

impl Actor<'_> {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Owner => ("owner", ""),
            Self::Agent(id) => ("agent", id),
            Self::Platform(id) => ("platform", id),
            Self::Stranger => ("stranger", ""),
            Self::Us => ("us", ""),
        }
    }
}

/// What is to be logged.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// Whose act it was.
    pub actor: Actor<'a>,
    /// What it happened to, by public id; empty for the account itself.
    pub subject: &'a str,
    /// The actor's network address; empty when unknown.
    pub address: &'a str,
    /// More, as text; at most [`DETAIL_LIMIT`] bytes are kept.
    pub detail: &'a str,
}

/// Bytes of an event's detail that are kept.
pub const DETAIL_LIMIT: usize = 512;

/// Bytes of the other texts that are kept.
const TEXT_LIMIT: usize = 128;

/// How long an event is kept: a year and a month, so that last year's review finds all of it.
const KEPT_FOR: i64 = 396 * 24 * 60 * 60 * 1000;

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log; rises.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// [`EventKind::code`], perhaps of a newer or older release.
    pub kind: String,
    /// `owner`, `agent`, `platform`, `stranger` or `us`.
    pub actor: String,
    /// The agent's or platform's public id; else empty.
    pub actor_id: String,
    /// What it happened to.
    pub subject: String,
    /// The actor's network address.
    pub address: String,
    /// More.
    pub detail: String,
}

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
)";

/// Appends to the log.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn record(account: &Account<'_>, event: &Event<'_>) -> Outcome<()> {
    let (actor, actor_id) = event.actor.parts();
    account.store.run(
        "INSERT INTO audit (at, kind, actor, actor_id, subject, address, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Parameter::Integer(account.world.now.0),
            Parameter::Text(event.kind.code()),
            Parameter::Text(actor),
            Parameter::Text(cut(actor_id, TEXT_LIMIT)),
            Parameter::Text(cut(event.subject, TEXT_LIMIT)),
            Parameter::Text(cut(event.address, TEXT_LIMIT)),
            Parameter::Text(cut(event.detail, DETAIL_LIMIT)),
        ],
    )?;
    Ok(())
}

/// At most `limit` entries (capped at 200) older than `before`, newest first; from the
/// newest where `before` is `None`. The last entry's sequence is the next page's `before`.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn page(account: &Account<'_>, before: Option<i64>, limit: u32) -> Outcome<Vec<Entry>> {
    const MOST: u32 = 200;
    let rows = account.store.run(
        "SELECT sequence, at, kind, actor, actor_id, subject, address, detail FROM audit
         WHERE sequence < ?1 ORDER BY sequence DESC LIMIT ?2",
        &[
            Parameter::Integer(before.unwrap_or(1 << 53)),
            Parameter::Integer(limit.min(MOST).into()),
        ],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Entry {
                sequence: row.integer(0)?,
                at: Timestamp(row.integer(1)?),
                kind: row.text(2)?.to_owned(),
                actor: row.text(3)?.to_owned(),
                actor_id: row.text(4)?.to_owned(),
                subject: row.text(5)?.to_owned(),
                address: row.text(6)?.to_owned(),
                detail: row.text(7)?.to_owned(),
            })
        })
        .collect()
}

/// When the oldest entry is past its time.
pub(crate) fn next_sweep(store: &dyn Store) -> Outcome<Option<Timestamp>> {
    let row = store.first("SELECT at FROM audit ORDER BY sequence LIMIT 1", &[])?;
    Ok(match row {
        // The entry of that very millisecond is kept for one more.
        Some(row) => Some(Timestamp(row.integer(0)?).plus(KEPT_FOR + 1)),
        None => None,
    })
}

/// Deletes the oldest entries, a batch at a time, where they are past their time.
pub(crate) fn sweep(store: &dyn Store, now: Timestamp) -> Outcome<()> {
    store.run(
        "DELETE FROM audit
         WHERE sequence < (SELECT min(sequence) + 1000 FROM audit) AND at < ?1",
        &[Parameter::Integer(now.0 - KEPT_FOR)],
    )?;
    Ok(())
}
