//! Keys by which a platform redeems the codes that are aimed at it.
//!
//! A platform is a name (a *target*) that an account has claimed: the first account to
//! claim a name owns it, and keeps it. Each key is bound to one target of its account and
//! redeems no other's codes. A key may come with a secret for signing requests; the secret
//! must be known here to check a signature, so it is kept sealed, where the key is hashed.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Account,
    audit::{self, Actor, Event, EventKind},
};
use crate::{
    authority::{
        AccountId, Fault, Name, Outcome, Timestamp,
        credential::{Credential, CredentialHash, CredentialKind},
        directory::names::Confirm,
        limits::{self, Limit},
        refusal::{Field, Refusal},
        seal,
        store::{Parameter, Row},
        text,
    },
    jose::base64url,
    mac::{RequestSignatureError, verify_request_signature},
    sha256,
};

/// Most keys of one account.
pub const MOST: u32 = 50;
/// Most names that one account may claim.
pub const MOST_TARGETS: u32 = 20;
/// What a platform signs, as the published clients fix it, wherever the door is mounted.
const SIGNED: (&str, &str) = ("POST", "/api/v1/codes/verify");
/// How far a signed timestamp may lie from our clock, in seconds.
const WINDOW: u64 = 300;
const SECRET: &str = "platform key secret";

pub(crate) const CREATE_TARGET: &str = "CREATE TABLE target (
    name TEXT PRIMARY KEY,
    claimed_at INTEGER NOT NULL
) WITHOUT ROWID";

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE platform_key (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    target TEXT NOT NULL,
    label TEXT NOT NULL,
    secret BLOB,
    require_signature INTEGER NOT NULL,
    created_at INTEGER NOT NULL
)";

/// A key, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformKey {
    /// `key_`, the account's name and ten characters more. Not a secret.
    pub id: String,
    /// The platform whose codes it redeems.
    pub target: Name,
    /// What its owner calls it.
    pub label: String,
    /// Whether it came with a secret for signing.
    pub has_secret: bool,
    /// Whether a request without a signature is refused.
    pub require_signature: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What its owner decides of a new key.
#[derive(Debug, Clone, Copy)]
pub struct NewPlatformKey<'a> {
    /// The platform.
    pub target: &'a str,
    /// 1 to 64 characters.
    pub label: &'a str,
    /// Whether to make a secret for signing as well.
    pub with_secret: bool,
    /// Whether to refuse requests without a signature; needs the secret.
    pub require_signature: bool,
}

/// A new key, in the clear this once.
#[derive(Clone)]
pub struct CreatedPlatformKey {
    /// What the list will show.
    pub key: PlatformKey,
    /// `nxs6_…`
    pub api_key: String,
    /// `nxss_…`, where one was wanted.
    pub api_secret: Option<String>,
}

/// A platform that has proved itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Whose it is.
    pub account: AccountId,
    /// By which key.
    pub key_id: String,
    /// Its name.
    pub target: String,
}

/// Claims the name where nobody has, and makes a key for it.
///
/// # Errors
/// [`Refusal::InvalidField`]; [`Refusal::NameTaken`] by another account; [`Refusal::TooMany`].
pub fn create(account: &Account<'_>, new: NewPlatformKey<'_>) -> Outcome<CreatedPlatformKey> {
    let target = Name::target(new.target)?;
    let label = new.label.trim();
    text::check_line(Field::Label, label, 1, 64)?;
    if new.require_signature && !new.with_secret {
        return Err(Refusal::malformed(Field::RequireSignature).into());
    }
    let rows = account
        .store
        .run("SELECT count(*) FROM platform_key", &[])?;
    if rows.first().map_or(Ok(0), |row| row.integer(0))? >= MOST.into() {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    claim(account, &target)?;

    let api_key = Credential::mint(account.world, CredentialKind::ApiKey, account.id);
    let api_secret = new
        .with_secret
        .then(|| format!("nxss_{}", base64url::encode(&account.world.random::<32>())));
    let sealed = api_secret
        .as_ref()
        .map(|secret| {
            seal::seal(
                account.world,
                SECRET,
                account.id.as_str(),
                secret.as_bytes(),
            )
        })
        .transpose()?;
    let key = PlatformKey {
        id: account.id.public_id("key_", account.world.random()),
        target,
        label: label.into(),
        has_secret: new.with_secret,
        require_signature: new.require_signature,
        created_at: account.world.now,
    };
    account.store.run(
        "INSERT INTO platform_key (id, hash, target, label, secret, require_signature, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            Parameter::Text(&key.id),
            Parameter::Blob(&api_key.hash()),
            Parameter::Text(key.target.as_str()),
            Parameter::Text(&key.label),
            sealed.as_deref().map_or(Parameter::Null, Parameter::Blob),
            Parameter::Integer(key.require_signature.into()),
            Parameter::Integer(key.created_at.0),
        ],
    )?;
    log(
        account,
        EventKind::PlatformKeyCreated,
        &key.id,
        key.target.as_str(),
    )?;
    Ok(CreatedPlatformKey {
        key,
        api_key: api_key.into_text(),
        api_secret,
    })
}

/// The account's keys, newest first, at most [`MOST`].
///
/// # Errors
/// Those of the store.
pub fn list(account: &Account<'_>) -> Outcome<Vec<PlatformKey>> {
    account
        .store
        .run(
            "SELECT id, target, label, secret IS NOT NULL, require_signature, created_at
             FROM platform_key ORDER BY created_at DESC, id",
            &[],
        )?
        .iter()
        .map(read)
        .collect()
}

/// The names that the account owns, at most [`MOST_TARGETS`].
///
/// # Errors
/// Those of the store.
pub fn targets(account: &Account<'_>) -> Outcome<Vec<Name>> {
    account
        .store
        .run("SELECT name FROM target ORDER BY name", &[])?
        .iter()
        .map(|row| Ok(Name::target(row.text(0)?)?))
        .collect()
}

/// Whether requests by this key must be signed.
///
/// # Errors
/// [`Refusal::NotFound`], also for a key without a secret to sign by.
pub fn set_require_signature(account: &Account<'_>, id: &str, required: bool) -> Outcome<()> {
    let rows = account.store.run(
        "UPDATE platform_key SET require_signature = ?
         WHERE id = ? AND secret IS NOT NULL RETURNING target",
        &[Parameter::Integer(required.into()), Parameter::Text(id)],
    )?;
    let row = rows.first().ok_or(Refusal::NotFound)?;
    let detail = if required {
        "signature required"
    } else {
        "signature optional"
    };
    log(
        account,
        EventKind::PlatformKeyChanged,
        id,
        &format!("{}: {detail}", row.text(0)?),
    )
}

/// Ends a key at once, and forgets it; the name stays the account's.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn revoke(account: &Account<'_>, id: &str) -> Outcome<()> {
    let rows = account.store.run(
        "DELETE FROM platform_key WHERE id = ? RETURNING target",
        &[Parameter::Text(id)],
    )?;
    let row = rows.first().ok_or(Refusal::NotFound)?;
    log(account, EventKind::PlatformKeyRevoked, id, row.text(0)?)
}

/// What a platform shows for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticatePlatform {
    /// SHA-256 of its API key's text.
    #[serde(with = "crate::authority::bytes")]
    pub key_hash: CredentialHash,
    /// Seconds since 1970, as it wrote them.
    pub timestamp: Option<String>,
    /// Lower-case hexadecimal, as it wrote it.
    pub signature: Option<String>,
    /// From where the request came.
    pub address: String,
}

/// Who the platform is. Reads one row and writes nothing where the answer is yes, unless the
/// master secret is being changed.
///
/// # Errors
/// [`Refusal::CredentialRejected`] for a key that is not one; [`Refusal::SignatureRequired`];
/// [`Refusal::SignatureRejected`]; [`Refusal::TimestampRejected`] where the signature is genuine.
pub fn authenticate(account: &Account<'_>, proof: &AuthenticatePlatform) -> Outcome<Platform> {
    let row = account
        .store
        .first(
            "SELECT id, target, secret, require_signature FROM platform_key WHERE hash = ?",
            &[Parameter::Blob(&proof.key_hash)],
        )?
        .ok_or(Refusal::CredentialRejected)?;
    let id = row.text(0)?;
    if let Err(refusal) = signed(account, &row, proof)? {
        // Whoever gets here holds the key: the owner wants to know, and the limit keeps a
        // stolen key from writing without end.
        limits::allow(
            account.store,
            account.world.now,
            &Limit::SIGNATURE_FAILURE,
            id,
        )?;
        audit::record(
            account,
            &Event {
                kind: EventKind::SignatureRefused,
                actor: Actor::Platform(row.text(1)?),
                subject: id,
                address: &proof.address,
                detail: refusal.code(),
            },
        )?;
        return Err(refusal.into());
    }
    if !account.world.is_workbench(&proof.address) {
        account
            .world
            .limit_account(&Limit::CODE_REDEEM, account.id)?;
    }
    Ok(Platform {
        account: account.id,
        key_id: id.into(),
        target: row.text(1)?.into(),
    })
}

fn signed(
    account: &Account<'_>,
    row: &Row,
    proof: &AuthenticatePlatform,
) -> Outcome<Result<(), Refusal>> {
    let (timestamp, signature) = match (&proof.timestamp, &proof.signature) {
        (None, None) if row.integer(3)? == 0 => return Ok(Ok(())),
        (None, None) => return Ok(Err(Refusal::SignatureRequired)),
        (Some(timestamp), Some(signature)) => (timestamp, signature),
        // Half a proof is none: whoever meant to sign must not pass as one who did not.
        _ => return Ok(Err(Refusal::SignatureRejected)),
    };
    let Some(sealed) = row.optional_blob(2)? else {
        return Ok(Err(Refusal::SignatureRejected));
    };
    let owner = account.id.as_str();
    let secret = seal::open(account.world.settings, SECRET, owner, sealed)?;
    let secret =
        core::str::from_utf8(&secret).map_err(|_| Fault::Corrupt("a platform's secret"))?;
    let now = u64::try_from(account.world.now.seconds()).unwrap_or(0);
    let (method, path) = SIGNED;
    let verdict = verify_request_signature(secret, method, path, timestamp, signature, now, WINDOW);
    if let Err(error) = verdict {
        return Ok(Err(match error {
            RequestSignatureError::OutsideWindow { .. } => Refusal::TimestampRejected,
            _ => Refusal::SignatureRejected,
        }));
    }
    if let Some(sealed) = seal::renewed(account.world, SECRET, owner, sealed)? {
        account.store.run(
            "UPDATE platform_key SET secret = ? WHERE id = ?",
            &[Parameter::Blob(&sealed), Parameter::Text(row.text(0)?)],
        )?;
    }
    Ok(Ok(()))
}

/// Makes the name the account's own, where it is not yet.
fn claim(account: &Account<'_>, target: &Name) -> Outcome<()> {
    let rows = account.store.run(
        "SELECT (SELECT count(*) FROM target), (SELECT count(*) FROM target WHERE name = ?)",
        &[Parameter::Text(target.as_str())],
    )?;
    let row = rows
        .first()
        .ok_or(Fault::Corrupt("a count without a row"))?;
    if row.integer(1)? > 0 {
        return Ok(());
    }
    if row.integer(0)? >= MOST_TARGETS.into() {
        return Err(Refusal::TooMany { most: MOST_TARGETS }.into());
    }
    // One account has one claim to a name, so that to repeat it is no harm.
    let claim = format!("{} {}", account.id, target.as_str());
    let mut request = [0; 16];
    let digest = sha256::digest(claim.as_bytes());
    request
        .iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    account.world.ask(
        target.place(),
        Confirm {
            name: target.clone(),
            account: account.id,
            request,
        },
    )?;
    account.store.run(
        "INSERT INTO target (name, claimed_at) VALUES (?, ?)",
        &[
            Parameter::Text(target.as_str()),
            Parameter::Integer(account.world.now.0),
        ],
    )?;
    log(account, EventKind::TargetClaimed, target.as_str(), "")
}

fn log(account: &Account<'_>, kind: EventKind, subject: &str, detail: &str) -> Outcome<()> {
    audit::record(
        account,
        &Event {
            kind,
            actor: Actor::Owner,
            subject,
            address: "",
            detail,
        },
    )
}

fn read(row: &Row) -> Outcome<PlatformKey> {
    Ok(PlatformKey {
        id: row.text(0)?.into(),
        target: Name::target(row.text(1)?)?,
        label: row.text(2)?.into(),
        has_secret: row.integer(3)? != 0,
        require_signature: row.integer(4)? != 0,
        created_at: Timestamp(row.integer(5)?),
    })
}
