//! The one mechanism for every one-time secret.
//!
//! A code that an agent carries, a mailed link, a form's token, a device's code, an
//! authorization code and a refresh token are rows of one table, told apart by their kind:
//! a secret with a subject (for whom it speaks), a binding (who may redeem it), a payload
//! (what its rule wants to find again) and an expiry. Only its SHA-256 is kept.
//!
//! [`redeem`](redeem()) checks and acts in the one transaction that its rule runs in, and this
//! place runs one transaction at a time: so a secret is spent once, whoever races for it. To
//! anyone who may not redeem it, a secret that is unknown, spent, expired or bound to another
//! gets the same [`SecretRejected`]; the owner's log tells them apart.
//!
//! A redeemer who lost the answer may ask again: with the same idempotency key, within its
//! kind's [`replay_window`](SecretKind::replay_window), the stored answer is given again, marked
//! as a repeat. An answer that holds a secret is sealed by its rule before it comes here.
//!
//! [`SecretRejected`]: crate::authority::refusal::Refusal::SecretRejected

mod redeem;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

pub(super) use redeem::spending;
pub use redeem::{
    REPLAY_WINDOW, Redeemed, Redemption, Rejection, SPENT_ALSO, redeem, spend, spend_unissued,
    try_redeem,
};

use super::{Account, audit::EventKind};
use crate::authority::{
    Outcome, Timestamp,
    store::{Parameter, Row, Store},
};

/// Milliseconds after its expiry for which a secret is kept whose fate its owner wants to see.
const KEPT_AFTER_EXPIRY: i64 = 24 * 60 * 60 * 1000;

/// What a one-time secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretKind {
    /// A code that an agent carries to a platform.
    Code,
    /// A sign-in link sent by mail.
    MailLink,
    /// The token of a form.
    FormToken,
    /// A device's code, while it waits for its person.
    DeviceGrant,
    /// An OAuth authorization code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Code,
        Self::MailLink,
        Self::FormToken,
        Self::DeviceGrant,
        Self::AuthorizationCode,
        Self::RefreshToken,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::MailLink => "mail_link",
            Self::FormToken => "form_token",
            Self::DeviceGrant => "device_grant",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// Milliseconds for which a dead one is kept.
    const fn kept_for(self) -> i64 {
        match self {
            Self::FormToken => 0,
            _ => KEPT_AFTER_EXPIRY,
        }
    }

    /// Milliseconds after a redemption in which its answer may be asked for again.
    #[must_use]
    pub const fn replay_window(self) -> i64 {
        match self {
            // Grantex section 13: its clients go on asking for about five minutes.
            Self::RefreshToken => 5 * REPLAY_WINDOW,
            _ => REPLAY_WINDOW,
        }
    }

    /// What the log calls a refused redemption; `None` where that says nothing to the owner.
    const fn refused(self) -> Option<EventKind> {
        match self {
            Self::Code => Some(EventKind::CodeRefused),
            Self::MailLink => Some(EventKind::MailLinkRefused),
            Self::FormToken => None,
            Self::DeviceGrant => Some(EventKind::DeviceRefused),
            Self::AuthorizationCode => Some(EventKind::AuthorizationCodeRefused),
            Self::RefreshToken => Some(EventKind::RefreshTokenRefused),
        }
    }
}

// The primary key finds a secret; the index lists the newest of a kind and finds the dead.
pub(crate) const CREATE_TABLE: &str = "CREATE TABLE one_time_secrets (
    hash BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    binding TEXT NOT NULL,
    payload BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    spent_by TEXT,
    replay_key BLOB,
    answer BLOB
) WITHOUT ROWID";
pub(crate) const CREATE_INDEX: &str =
    "CREATE INDEX one_time_secrets_by_kind ON one_time_secrets (kind, expires_at)";

/// A secret that is to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewSecret<'a> {
    /// What it is for.
    pub kind: SecretKind,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// For whom it speaks, by public id.
    pub subject: &'a str,
    /// Who alone may redeem it: a target, a session, a client. Empty for whoever holds it.
    pub binding: &'a str,
    /// What its rule wants to find again.
    pub payload: &'a [u8],
    /// From when on it is dead.
    pub expires_at: Timestamp,
}

/// A secret as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// For whom it speaks.
    pub subject: String,
    /// Who alone may redeem it.
    pub binding: String,
    /// What its rule stored.
    pub payload: Vec<u8>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
    /// When and by whom it was redeemed.
    pub spent: Option<Spent>,
}

/// A redemption that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Issues a secret. The same hash again, by a request that is repeated, changes nothing.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn issue(account: &Account<'_>, secret: &NewSecret<'_>) -> Outcome<()> {
    account.store.run(
        "INSERT INTO one_time_secrets
             (hash, kind, subject, binding, payload, issued_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (hash) DO NOTHING",
        &[
            Parameter::Blob(&secret.hash),
            Parameter::Text(secret.kind.as_str()),
            Parameter::Text(secret.subject),
            Parameter::Text(secret.binding),
            Parameter::Blob(secret.payload),
            Parameter::Integer(account.world.now.0),
            Parameter::Integer(secret.expires_at.0),
        ],
    )?;
    account
        .world
        .wake_by(secret.expires_at.plus(secret.kind.kept_for()));
    Ok(())
}

/// The secret with this hash, whatever its state. Spends nothing.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn peek(account: &Account<'_>, kind: SecretKind, hash: &[u8; 32]) -> Outcome<Option<Secret>> {
    Ok(find(account, kind, hash)?.map(|stored| stored.secret))
}

/// Changes what an unspent secret speaks for: a person has decided on a waiting device.
/// `false` when there is none.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn amend(
    account: &Account<'_>,
    kind: SecretKind,
    hash: &[u8; 32],
    subject: &str,
    payload: &[u8],
) -> Outcome<bool> {
    let changed = account.store.first(
        "UPDATE one_time_secrets SET subject = ?3, payload = ?4
         WHERE hash = ?1 AND kind = ?2 AND spent_at IS NULL RETURNING 1",
        &[
            Parameter::Blob(hash),
            Parameter::Text(kind.as_str()),
            Parameter::Text(subject),
            Parameter::Blob(payload),
        ],
    )?;
    Ok(changed.is_some())
}

/// Kills an unspent secret before its time. `false` when there is none.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn withdraw(account: &Account<'_>, kind: SecretKind, hash: &[u8; 32]) -> Outcome<bool> {
    let now = account.world.now;
    let changed = account.store.first(
        "UPDATE one_time_secrets SET expires_at = ?3
         WHERE hash = ?1 AND kind = ?2 AND spent_at IS NULL AND expires_at > ?3 RETURNING 1",
        &[
            Parameter::Blob(hash),
            Parameter::Text(kind.as_str()),
            Parameter::Integer(now.0),
        ],
    )?;
    Ok(changed.is_some())
}

/// Kills every unspent secret of the account.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn withdraw_all(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "UPDATE one_time_secrets SET expires_at = ?1 WHERE spent_at IS NULL AND expires_at > ?1",
        &[Parameter::Integer(account.world.now.0)],
    )?;
    Ok(())
}

/// At most `limit` secrets of a kind (capped at 200), latest expiry first, which for a kind
/// of one lifetime is newest first. `before` is the last one of the page before.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn page(
    account: &Account<'_>,
    kind: SecretKind,
    before: Option<(Timestamp, [u8; 32])>,
    limit: u32,
) -> Outcome<Vec<Secret>> {
    const MOST: u32 = 200;
    let (at, hash) = before.unwrap_or((Timestamp(1 << 53), [0; 32]));
    let rows = account.store.run(
        "SELECT hash, subject, binding, payload, issued_at, expires_at, spent_at, spent_by,
                replay_key, answer
         FROM one_time_secrets WHERE kind = ?1 AND (expires_at, hash) < (?2, ?3)
         ORDER BY expires_at DESC, hash DESC LIMIT ?4",
        &[
            Parameter::Text(kind.as_str()),
            Parameter::Integer(at.0),
            Parameter::Blob(&hash),
            Parameter::Integer(limit.min(MOST).into()),
        ],
    )?;
    rows.iter().map(|row| Ok(stored(row)?.secret)).collect()
}

/// Deletes what has been dead for long enough, a batch of each kind at a time.
pub(crate) fn sweep(store: &dyn Store, now: Timestamp) -> Outcome<()> {
    for kind in SecretKind::ALL {
        store.run(
            "DELETE FROM one_time_secrets WHERE hash IN (
                 SELECT hash FROM one_time_secrets WHERE kind = ?1 AND expires_at <= ?2
                 ORDER BY expires_at LIMIT 1000)",
            &[
                Parameter::Text(kind.as_str()),
                Parameter::Integer(now.0 - kind.kept_for()),
            ],
        )?;
    }
    Ok(())
}

/// When the next secret can be deleted.
pub(crate) fn next_sweep(store: &dyn Store) -> Outcome<Option<Timestamp>> {
    let mut next = None;
    for kind in SecretKind::ALL {
        let row = store.first(
            "SELECT expires_at FROM one_time_secrets WHERE kind = ?1 ORDER BY expires_at LIMIT 1",
            &[Parameter::Text(kind.as_str())],
        )?;
        if let Some(row) = row {
            let at = Timestamp(row.integer(0)?).plus(kind.kept_for());
            next = Some(next.map_or(at, |next: Timestamp| next.min(at)));
        }
    }
    Ok(next)
}

struct Stored {
    secret: Secret,
    replay_key: Option<[u8; 32]>,
    answer: Option<Vec<u8>>,
}

fn find(account: &Account<'_>, kind: SecretKind, hash: &[u8; 32]) -> Outcome<Option<Stored>> {
    let row = account.store.first(
        "SELECT hash, subject, binding, payload, issued_at, expires_at, spent_at, spent_by,
                replay_key, answer
         FROM one_time_secrets WHERE hash = ?1 AND kind = ?2",
        &[Parameter::Blob(hash), Parameter::Text(kind.as_str())],
    )?;
    row.map(|row| stored(&row)).transpose()
}

fn stored(row: &Row) -> Outcome<Stored> {
    let spent = match (row.optional_integer(6)?, row.optional_text(7)?) {
        (Some(at), by) => Some(Spent {
            at: Timestamp(at),
            by: by.unwrap_or_default().to_owned(),
        }),
        (None, _) => None,
    };
    Ok(Stored {
        secret: Secret {
            hash: row.digest(0)?,
            subject: row.text(1)?.to_owned(),
            binding: row.text(2)?.to_owned(),
            payload: row.blob(3)?.to_owned(),
            issued_at: Timestamp(row.integer(4)?),
            expires_at: Timestamp(row.integer(5)?),
            spent,
        },
        replay_key: row.optional_blob(8)?.and_then(|key| key.try_into().ok()),
        answer: row.optional_blob(9)?.map(ToOwned::to_owned),
    })
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests;
