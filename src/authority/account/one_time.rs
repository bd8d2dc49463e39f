//! The one mechanism for every one-time secret.
//!
//! A code that an agent carries, a mailed link, a form's token, a device's code, an
//! authorization code and a refresh token are rows of one table, told apart by their kind:
//! a secret with a subject (for whom it speaks), a binding (who may redeem it), a payload
//! (what its rule wants to find again) and an expiry. Only its SHA-256 is kept.
//!
//! [`redeem`] checks and acts in the one transaction that its rule runs in, and this place
//! runs one transaction at a time: so a secret is spent once, whoever races for it. To one
//! who may not redeem it, a secret that is unknown, spent, expired or bound to another is
//! the same [`Refusal::SecretRejected`]; the owner's log tells them apart.
//!
//! A redeemer who lost the answer may ask again: with the same idempotency key, within
//! [`REPLAY_WINDOW`], the stored answer is given again, marked as a repeat. An answer that
//! holds a secret is sealed by its rule before it comes here.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
};
use crate::{
    authority::{
        Halt, Outcome, Timestamp,
        limits::{self, Limit},
        refusal::{Field, Problem, Refusal},
        store::{Parameter, Row, Store},
    },
    mac::constant_time_eq,
    sha256,
};

/// Milliseconds after a redemption in which its answer may be asked for again.
pub const REPLAY_WINDOW: i64 = 60_000;

/// Milliseconds after its expiry for which a secret is kept whose fate its owner wants to see.
const KEPT_AFTER_EXPIRY: i64 = 24 * 60 * 60 * 1000;

/// Longest idempotency key, in bytes.
const IDEMPOTENCY_KEY_LIMIT: usize = 255;

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

/// An attempt to redeem.
#[derive(Debug, Clone, Copy)]
pub struct Redemption<'a> {
    /// What the secret must be for.
    pub kind: SecretKind,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// Who redeems, as the secret's binding would name them.
    pub binding: &'a str,
    /// Who redeems, by the public id of the credential that they have shown.
    pub redeemer: &'a str,
    /// Under which a lost answer may be asked for again: 1 to 255 printable ASCII characters.
    pub idempotency_key: Option<&'a str>,
    /// The redeemer's network address, for the log.
    pub address: &'a str,
}

/// A redemption that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// The secret, as it was before.
    pub secret: Secret,
    /// What the rule answered, now or the first time.
    pub answer: Vec<u8>,
    /// The answer was given before, and this gives it again.
    pub repeat: bool,
}

/// Why a redemption was not granted: for the rule and the owner's log, not for a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// No such secret of this kind.
    Unknown,
    /// Redeemed before.
    Spent(Secret),
    /// Past its time.
    Expired(Secret),
    /// Bound to another.
    Misbound(Secret),
}

impl Rejection {
    /// The reason, as the log has it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Spent(_) => "spent",
            Self::Expired(_) => "expired",
            Self::Misbound(_) => "bound to another",
        }
    }

    /// The secret, where there is one.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Unknown => None,
            Self::Spent(secret) | Self::Expired(secret) | Self::Misbound(secret) => Some(secret),
        }
    }
}

/// All of these are one to a stranger.
impl From<Rejection> for Refusal {
    fn from(_: Rejection) -> Self {
        Self::SecretRejected
    }
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

/// Redeems a secret, or refuses as a stranger may know it.
///
/// `answer` runs when every check has passed and before anything is written: where it
/// refuses or needs something, the secret is not spent. What it returns is stored for a
/// repeat, if the redeemer gave an idempotency key.
///
/// # Errors
/// [`Refusal::SecretRejected`], [`Refusal::InvalidField`], and whatever `answer` says.
pub fn redeem(
    account: &Account<'_>,
    redemption: &Redemption<'_>,
    answer: impl FnOnce(&Secret) -> Outcome<Vec<u8>>,
) -> Outcome<Redeemed> {
    try_redeem(account, redemption, answer)?
        .map_err(|rejection| Halt::Refused(Refusal::from(rejection)))
}

/// As [`redeem`], for a rule that acts on the reason: a refresh token that is shown twice
/// ends its grant.
///
/// # Errors
/// [`Refusal::InvalidField`], and whatever `answer` says.
pub fn try_redeem(
    account: &Account<'_>,
    redemption: &Redemption<'_>,
    answer: impl FnOnce(&Secret) -> Outcome<Vec<u8>>,
) -> Outcome<Result<Redeemed, Rejection>> {
    let now = account.world.now;
    let replay_key = replay_key(redemption)?;
    let Some(Stored {
        secret,
        replay_key: stored_key,
        answer: stored_answer,
    }) = find(account, redemption.kind, &redemption.hash)?
    else {
        // Nothing of the owner's was touched: whoever guesses must not fill the log.
        return Ok(Err(Rejection::Unknown));
    };
    // Whoever it is not for learns nothing of its state, and so this comes first.
    if !secret.binding.is_empty()
        && !constant_time_eq(secret.binding.as_bytes(), redemption.binding.as_bytes())
    {
        return reject(account, redemption, Rejection::Misbound(secret));
    }
    if let Some(spent) = &secret.spent {
        let lost_answer = spent.by == redemption.redeemer
            && now < spent.at.plus(REPLAY_WINDOW)
            && replay_key.is_some_and(|key| stored_key.is_some_and(|stored| stored == key));
        return match stored_answer {
            Some(answer) if lost_answer => Ok(Ok(Redeemed {
                secret,
                answer,
                repeat: true,
            })),
            _ => reject(account, redemption, Rejection::Spent(secret)),
        };
    }
    if now >= secret.expires_at {
        return reject(account, redemption, Rejection::Expired(secret));
    }
    let answer = answer(&secret)?;
    account.store.run(
        "UPDATE one_time_secrets SET spent_at = ?2, spent_by = ?3, replay_key = ?4, answer = ?5
         WHERE hash = ?1 AND spent_at IS NULL",
        &[
            Parameter::Blob(&redemption.hash),
            Parameter::Integer(now.0),
            Parameter::Text(redemption.redeemer),
            replay_key
                .as_ref()
                .map_or(Parameter::Null, |key| Parameter::Blob(key)),
            replay_key
                .as_ref()
                .map_or(Parameter::Null, |_| Parameter::Blob(&answer)),
        ],
    )?;
    Ok(Ok(Redeemed {
        secret,
        answer,
        repeat: false,
    }))
}

/// Redeems a secret in one statement, for a redeemer that gave no idempotency key and whose
/// answer needs no look beforehand. `None` where it may not: nothing was written, and
/// [`redeem`] says why, for the log too.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn spend(account: &Account<'_>, redemption: &Redemption<'_>) -> Outcome<Option<Secret>> {
    if redemption.idempotency_key.is_some() {
        return Ok(None);
    }
    let row = account.store.first(
        "UPDATE one_time_secrets SET spent_at = ?3, spent_by = ?4
         WHERE hash = ?1 AND kind = ?2 AND spent_at IS NULL AND expires_at > ?3
           AND (binding = '' OR binding = ?5)
         RETURNING subject, binding, payload, issued_at, expires_at",
        &[
            Parameter::Blob(&redemption.hash),
            Parameter::Text(redemption.kind.as_str()),
            Parameter::Integer(account.world.now.0),
            Parameter::Text(redemption.redeemer),
            Parameter::Text(redemption.binding),
        ],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Secret {
        hash: redemption.hash,
        subject: row.text(0)?.to_owned(),
        binding: row.text(1)?.to_owned(),
        payload: row.blob(2)?.to_owned(),
        issued_at: Timestamp(row.integer(3)?),
        expires_at: Timestamp(row.integer(4)?),
        spent: None,
    }))
}

/// Spends a secret that was never issued: one that carries its own proof (a signed form
/// token) and only has to be used once. `false` when it was spent before.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn spend_unissued(account: &Account<'_>, secret: &NewSecret<'_>, by: &str) -> Outcome<bool> {
    let inserted = account.store.first(
        "INSERT INTO one_time_secrets
             (hash, kind, subject, binding, payload, issued_at, expires_at, spent_at, spent_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8) ON CONFLICT (hash) DO NOTHING RETURNING 1",
        &[
            Parameter::Blob(&secret.hash),
            Parameter::Text(secret.kind.as_str()),
            Parameter::Text(secret.subject),
            Parameter::Text(secret.binding),
            Parameter::Blob(secret.payload),
            Parameter::Integer(account.world.now.0),
            Parameter::Integer(secret.expires_at.0),
            Parameter::Text(by),
        ],
    )?;
    account
        .world
        .wake_by(secret.expires_at.plus(secret.kind.kept_for()));
    Ok(inserted.is_some())
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

fn reject(
    account: &Account<'_>,
    redemption: &Redemption<'_>,
    rejection: Rejection,
) -> Outcome<Result<Redeemed, Rejection>> {
    if let (Some(kind), Some(secret)) = (redemption.kind.refused(), rejection.secret()) {
        // Each refusal is a line in the owner's log: whoever goes on showing a dead secret
        // is stopped before the log is nothing else.
        limits::allow(
            account.store,
            account.world.now,
            &Limit::SECRET_REFUSAL,
            redemption.redeemer,
        )?;
        let actor = if redemption.redeemer.is_empty() {
            Actor::Stranger
        } else {
            Actor::Platform(redemption.redeemer)
        };
        let detail = match &secret.spent {
            Some(spent) => format!("{}, by {} at {}", rejection.reason(), spent.by, spent.at.0),
            None => rejection.reason().to_owned(),
        };
        audit::record(
            account,
            &Event {
                kind,
                actor,
                subject: &secret.subject,
                address: redemption.address,
                detail: &detail,
            },
        )?;
    }
    Ok(Err(rejection))
}

/// The stored form of an idempotency key.
fn replay_key(redemption: &Redemption<'_>) -> Result<Option<[u8; 32]>, Refusal> {
    let Some(key) = redemption.idempotency_key else {
        return Ok(None);
    };
    let problem = if key.is_empty() {
        Problem::Missing
    } else if key.len() > IDEMPOTENCY_KEY_LIMIT {
        Problem::TooLong(255)
    } else if !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Problem::Malformed
    } else {
        return Ok(Some(sha256::digest(key.as_bytes())));
    };
    Err(Refusal::InvalidField {
        field: Field::IdempotencyKey,
        problem,
    })
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
#[path = "one_time_tests.rs"]
mod tests;
