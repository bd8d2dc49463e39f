//! Check and act: how a secret is spent, once.

use alloc::{borrow::ToOwned, format, vec::Vec};

use super::{NewSecret, Secret, SecretKind, Stored, find};
use crate::{
    authority::{
        Halt, Outcome, Timestamp,
        account::{
            Account,
            audit::{self, Actor, Event},
        },
        limits::{self, Limit},
        refusal::{Field, Problem, Refusal},
        store::{Parameter, Row},
    },
    mac::constant_time_eq,
    sha256,
};

/// Milliseconds after a redemption in which its answer may be asked for again; for a kind of
/// its own patience see [`SecretKind::replay_window`].
pub const REPLAY_WINDOW: i64 = 60_000;

/// Longest idempotency key, in bytes.
const IDEMPOTENCY_KEY_LIMIT: usize = 255;

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

/// As [`redeem`], for a rule that acts on the reason: what a device polls by is unknown to the
/// account until its person's word has come there.
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
            && now < spent.at.plus(redemption.kind.replay_window())
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

/// The statement of [`spend`]. What else its rule wants to know stands in its columns from
/// [`SPENT_ALSO`] on: each statement more would cost a twentieth of the redemption.
macro_rules! spending {
    ($also:literal) => {
        concat!(
            "UPDATE one_time_secrets SET spent_at = ?3, spent_by = ?4
             WHERE hash = ?1 AND kind = ?2 AND spent_at IS NULL AND expires_at > ?3
               AND (binding = '' OR binding = ?5)
             RETURNING subject, binding, payload, issued_at, expires_at, ",
            $also
        )
    };
}
pub(in crate::authority::account) use spending;

/// The first column of a spending statement that is its rule's own.
pub const SPENT_ALSO: usize = 5;

/// Redeems a secret in one statement, for a redeemer that gave no idempotency key and whose answer
/// needs no look beforehand. `None` where it may not: nothing was written, and [`redeem`] says
/// why, for the log too.
///
/// # Errors
/// [`Fault::Store`](crate::authority::Fault::Store).
pub fn spend(
    account: &Account<'_>,
    redemption: &Redemption<'_>,
    statement: &'static str,
) -> Outcome<Option<(Secret, Row)>> {
    if redemption.idempotency_key.is_some() {
        return Ok(None);
    }
    let row = account.store.first(
        statement,
        &[
            Parameter::Blob(&redemption.hash),
            Parameter::Text(redemption.kind.as_str()),
            Parameter::Integer(account.world.now.0),
            Parameter::Text(redemption.redeemer),
            Parameter::Text(redemption.binding),
        ],
    )?;
    let Some(row) = row else { return Ok(None) };
    let secret = Secret {
        hash: redemption.hash,
        subject: row.text(0)?.to_owned(),
        binding: row.text(1)?.to_owned(),
        payload: row.blob(2)?.to_owned(),
        issued_at: Timestamp(row.integer(3)?),
        expires_at: Timestamp(row.integer(4)?),
        spent: None,
    };
    Ok(Some((secret, row)))
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

fn reject(
    account: &Account<'_>,
    redemption: &Redemption<'_>,
    rejection: Rejection,
) -> Outcome<Result<Redeemed, Rejection>> {
    if let (Some(kind), Some(secret)) = (redemption.kind.refused(), rejection.secret()) {
        // Each refusal is a line in the owner's log: whoever goes on showing a dead secret
        // is stopped before the log is nothing else, and all together are not logged for ever.
        let (store, now) = (account.store, account.world.now);
        limits::allow(store, now, &Limit::SECRET_REFUSAL, redemption.redeemer)?;
        match limits::allow(store, now, &Limit::REFUSAL_LOGGED, "") {
            Err(Halt::Refused(_)) => return Ok(Err(rejection)),
            counted => counted?,
        };
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
