//! The signing keys: made on first start, published before they sign, and after.
//!
//! A key's state is not stored but read off the clock, so that no late alarm can break a
//! verification:
//!
//! ```text
//!        made            signs_from       its successor's signs_from   published_until
//!  ───────┼──── coming ──────┼──────── signing ────────┼──── retiring ────┼─ gone
//! ```
//!
//! Each place caches the keyring for at most [`STALENESS`], each verifier for at most what
//! `Cache-Control` says ([`PUBLISHED_MAX_AGE`]). So a key is published for [`LEAD`] before it
//! first signs, and until the longest-lived token that it may have signed is dead; unless it has
//! to be withdrawn at once ([`WithdrawKey`]).
//!
//! Private keys are stored sealed, leave this place sealed, and are opened where they sign:
//! in the host's SubtleCrypto, which keeps them without a way to export them.

mod rotate;
#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests;
mod withdraw;

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

pub use rotate::{RotateKeys, prepare};
pub use withdraw::WithdrawKey;

use super::{
    Algorithm, Fault, Outcome, PublicKeyring, Settings, Timestamp, World,
    call::Call,
    encode,
    migration::Migration,
    seal,
    store::{Parameter, Row, Store},
};
use crate::authority::Halt;

/// How old a place's copy of the keyring may be, in milliseconds.
pub const STALENESS: i64 = 60_000;
/// What verifiers are told in `Cache-Control: max-age`, in seconds.
pub const PUBLISHED_MAX_AGE: u32 = 300;
/// How long a key is published before it signs, in milliseconds: an hour, for the sake of
/// verifiers that cache longer than they are told.
pub const LEAD: i64 = 3_600_000;
/// Nothing that the keyring signs is good for longer, in milliseconds: a year. So a deployment
/// that rotates every week publishes fewer keys than a verifier reads
/// ([`MAX_KEYS`](crate::jose::MAX_KEYS)).
pub const LONGEST_TOKEN: i64 = 366 * 86_400_000;

const PURPOSE: &str = "signing key";
const OWNER: &str = "keyring";

/// The keyring's tables, by version.
pub const MIGRATIONS: &[Migration] = &[&[
    "CREATE TABLE key (
        key_id TEXT PRIMARY KEY,
        algorithm INTEGER NOT NULL,
        public_jwk TEXT NOT NULL,
        sealed BLOB,
        signs_from INTEGER NOT NULL,
        published_until INTEGER
    )",
    "CREATE INDEX key_by_age ON key (algorithm, signs_from)",
]];

/// The keyring, as a rule sees it.
pub struct Keyring<'a> {
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}

/// Where a key stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// Published; signs later.
    Coming,
    /// Signs.
    Signing,
    /// Signs no more; what it signed may still be alive.
    Retiring,
}

impl KeyState {
    /// The state's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
        }
    }
}

/// A published key, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyReport {
    /// RFC 7638 thumbprint of the public key.
    pub key_id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Where it stands.
    pub state: KeyState,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Until when it is published, once its successor is known.
    pub published_until: Option<Timestamp>,
}

/// Which keys there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysQuestion;

/// What the host of a place is given to sign and verify with, for [`STALENESS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostKeyring {
    /// What rules see.
    pub public: PublicKeyring,
    /// The keys that sign now, sealed.
    pub sealed: Vec<SealedKey>,
}

/// A private key on its way to where it signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    /// As in [`PublicKeyring::signing`].
    pub key_id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// PKCS #8, sealed.
    pub sealed: Vec<u8>,
}

impl SealedKey {
    /// The private key as PKCS #8.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] under another master secret.
    pub fn open(&self, settings: &Settings) -> Result<Vec<u8>, Fault> {
        seal::open(settings, PURPOSE, OWNER, &self.sealed)
    }
}

/// What the keyring says to another place's question, encoded.
///
/// # Errors
/// As the rule that answers it; [`Fault::Corrupt`] for a question to some other place.
pub fn answer(keyring: &Keyring<'_>, call: Call) -> Outcome<Vec<u8>> {
    prepare(keyring)?;
    match call {
        Call::Keys(KeysQuestion) => Ok(encode(&reports(&read(keyring)?))?),
        Call::RotateKeys(RotateKeys) => Ok(encode(&rotate::rotate(keyring)?)?),
        Call::WithdrawKey(question) => Ok(encode(&withdraw::withdraw(keyring, &question)?)?),
        _ => Err(Fault::Corrupt("not a question to the keyring").into()),
    }
}

/// What the keyring does when its time has come: destroys private keys that sign no more,
/// forgets keys that are no longer published.
///
/// # Errors
/// [`Fault::Store`] when the database refuses.
pub fn alarm(keyring: &Keyring<'_>) -> Outcome<()> {
    rotate::clean_up(keyring)
}

/// What a host needs to sign and to publish.
///
/// # Errors
/// [`Halt::Needs`] a key pair on first start.
pub fn for_host(keyring: &Keyring<'_>) -> Outcome<HostKeyring> {
    prepare(keyring)?;
    let keys = read(keyring)?;
    let mut host = HostKeyring {
        public: PublicKeyring::default(),
        sealed: Vec::new(),
    };
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let mut jwks = String::from("{\"keys\":[");
        let of_this_kind = keys.iter().filter(|key| key.report.algorithm == algorithm);
        for (position, key) in of_this_kind.enumerate() {
            if position > 0 {
                jwks.push(',');
            }
            jwks.push_str(&key.published_jwk()?);
            if key.report.state == KeyState::Signing {
                host.public
                    .signing
                    .insert(algorithm, key.report.key_id.clone());
                host.sealed.push(SealedKey {
                    key_id: key.report.key_id.clone(),
                    algorithm,
                    sealed: key
                        .sealed
                        .clone()
                        .ok_or(Fault::Corrupt("the signing key has no private half"))?,
                });
            }
        }
        jwks.push_str("]}");
        host.public.jwks.insert(algorithm, jwks);
    }
    Ok(host)
}

/// A row, with the state that the clock gives it.
struct Key {
    report: KeyReport,
    public_jwk: String,
    sealed: Option<Vec<u8>>,
}

impl Key {
    // RFC 7517 sections 4.2, 4.4 and 4.5: what a verifier pins the key to.
    fn published_jwk(&self) -> Result<String, Halt> {
        let members = self
            .public_jwk
            .strip_prefix('{')
            .ok_or(Fault::Corrupt("a stored public key is not an object"))?;
        Ok(alloc::format!(
            "{{\"alg\":\"{}\",\"kid\":\"{}\",\"use\":\"sig\",{members}",
            name_of(self.report.algorithm),
            self.report.key_id,
        ))
    }
}

/// The published keys: for each algorithm the one that signs, then the coming, then the
/// retiring.
fn read(keyring: &Keyring<'_>) -> Outcome<Vec<Key>> {
    let now = keyring.world.now;
    let rows = keyring.store.run(
        "SELECT key_id, algorithm, public_jwk, sealed, signs_from, published_until
         FROM key ORDER BY algorithm, signs_from DESC",
        &[],
    )?;
    let mut keys = Vec::with_capacity(rows.len());
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let first = keys.len();
        let mut signing_found = false;
        for row in &rows {
            if algorithm_of(row.integer(1)?)? != algorithm {
                continue;
            }
            let signs_from = Timestamp(row.integer(4)?);
            let state = if signs_from > now {
                KeyState::Coming
            } else if signing_found {
                KeyState::Retiring
            } else {
                signing_found = true;
                KeyState::Signing
            };
            let key = key(row, algorithm, state, signs_from)?;
            let until = key.report.published_until;
            match state {
                KeyState::Signing => keys.insert(first, key),
                KeyState::Retiring if until.is_some_and(|until| until <= now) => {}
                KeyState::Coming | KeyState::Retiring => keys.push(key),
            }
        }
    }
    Ok(keys)
}

fn key(
    row: &Row,
    algorithm: Algorithm,
    state: KeyState,
    signs_from: Timestamp,
) -> Result<Key, Halt> {
    Ok(Key {
        report: KeyReport {
            key_id: row.text(0)?.into(),
            algorithm,
            state,
            signs_from,
            published_until: row.optional_integer(5)?.map(Timestamp),
        },
        public_jwk: row.text(2)?.into(),
        sealed: row.optional_blob(3)?.map(Into::into),
    })
}

fn reports(keys: &[Key]) -> Vec<KeyReport> {
    keys.iter().map(|key| key.report.clone()).collect()
}

/// RFC 7518 section 3.1.
#[must_use]
pub fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 => "ES256",
        Algorithm::Rs256 => "RS256",
    }
}

fn number_of(algorithm: Algorithm) -> Parameter<'static> {
    Parameter::Integer(match algorithm {
        Algorithm::Es256 => 1,
        Algorithm::Rs256 => 2,
    })
}

fn algorithm_of(number: i64) -> Result<Algorithm, Fault> {
    match number {
        1 => Ok(Algorithm::Es256),
        2 => Ok(Algorithm::Rs256),
        _ => Err(Fault::Corrupt("a stored key has an unknown algorithm")),
    }
}
