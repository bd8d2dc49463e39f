//! The first keys, the next keys, and the end of old ones.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    KeyReport, KeyState, Keyring, LEAD, LONGEST_TOKEN, OWNER, PURPOSE, STALENESS, number_of, read,
    reports,
};
use crate::{
    authority::{Algorithm, Fault, Outcome, Timestamp, seal, store::Parameter},
    jose::base64url,
    sha256,
};

/// Make the next keys: published from now on, signing after [`LEAD`]. Asked again while keys
/// are coming, it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateKeys;

/// Makes the first key of each algorithm, which signs at once: nobody can have an older copy
/// of a keyring that never was. And sees that all open with today's master secret.
///
/// # Errors
/// [`crate::authority::Halt::Needs`] a key pair.
pub fn prepare(keyring: &Keyring<'_>) -> Outcome<()> {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let known = keyring.store.run(
            "SELECT 1 FROM key WHERE algorithm = ? LIMIT 1",
            &[number_of(algorithm)],
        )?;
        if known.is_empty() {
            add(keyring, algorithm, keyring.world.now)?;
        }
    }
    renew_seals(keyring)
}

/// While the master secret is changed: what the previous one sealed, sealed with today's.
fn renew_seals(keyring: &Keyring<'_>) -> Outcome<()> {
    if keyring.world.settings.previous_master_secret.is_none() {
        return Ok(());
    }
    let keys = keyring.store.run(
        "SELECT key_id, sealed FROM key WHERE sealed IS NOT NULL",
        &[],
    )?;
    for key in &keys {
        if let Some(sealed) = seal::renewed(keyring.world, PURPOSE, OWNER, key.blob(1)?)? {
            keyring.store.run(
                "UPDATE key SET sealed = ? WHERE key_id = ?",
                &[Parameter::Blob(&sealed), Parameter::Text(key.text(0)?)],
            )?;
        }
    }
    Ok(())
}

pub(super) fn rotate(keyring: &Keyring<'_>) -> Outcome<Vec<KeyReport>> {
    let now = keyring.world.now;
    let keys = read(keyring)?;
    let is_coming = |algorithm| {
        keys.iter()
            .any(|key| key.report.algorithm == algorithm && key.report.state == KeyState::Coming)
    };
    let signs_from = now.plus(LEAD);
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        if is_coming(algorithm) {
            continue;
        }
        // A place with an old copy signs with the last key for up to STALENESS more; and its
        // clock may differ from ours by about as much.
        let published_until = signs_from.plus(2 * STALENESS + LONGEST_TOKEN);
        keyring.store.run(
            "UPDATE key SET published_until = ? WHERE algorithm = ? AND published_until IS NULL",
            &[Parameter::Integer(published_until.0), number_of(algorithm)],
        )?;
        add(keyring, algorithm, signs_from)?;
        keyring.world.wake_by(signs_from.plus(2 * STALENESS));
    }
    Ok(reports(&read(keyring)?))
}

/// Destroys the private half of keys that sign no more, forgets keys that are no longer
/// published, and asks to be woken for the next of either.
pub(super) fn clean_up(keyring: &Keyring<'_>) -> Outcome<()> {
    let now = keyring.world.now;
    let at = |time: Timestamp| Parameter::Integer(time.0);
    keyring
        .store
        .run("DELETE FROM key WHERE published_until <= ?", &[at(now)])?;
    keyring.store.run(
        "UPDATE key SET sealed = NULL WHERE published_until <= ?",
        &[at(now.plus(LONGEST_TOKEN))],
    )?;
    let rows = keyring.store.run(
        "SELECT min(CASE WHEN sealed IS NULL THEN published_until ELSE published_until - ? END)
         FROM key WHERE published_until IS NOT NULL",
        &[Parameter::Integer(LONGEST_TOKEN)],
    )?;
    if let Some(next) = rows
        .first()
        .map_or(Ok(None), |row| row.optional_integer(0))?
    {
        keyring.world.wake_by(Timestamp(next));
    }
    Ok(())
}

pub(super) fn add(
    keyring: &Keyring<'_>,
    algorithm: Algorithm,
    signs_from: Timestamp,
) -> Outcome<()> {
    let pair = keyring.world.generate_key(algorithm, PURPOSE)?;
    // RFC 7638 section 3: the host gives the required members alone, in lexicographic order,
    // without white space.
    let required_members = match algorithm {
        Algorithm::Es256 => "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"",
        Algorithm::Rs256 => "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"",
    };
    if !pair.public_jwk.starts_with(required_members) {
        return Err(Fault::Corrupt("the host's public key is not a thumbprint's input").into());
    }
    let key_id: String = base64url::encode(&sha256::digest(pair.public_jwk.as_bytes()));
    let sealed = seal::seal(keyring.world, PURPOSE, OWNER, &pair.pkcs8)?;
    keyring.store.run(
        "INSERT INTO key (key_id, algorithm, public_jwk, sealed, signs_from, published_until)
         VALUES (?, ?, ?, ?, ?, NULL)",
        &[
            Parameter::Text(&key_id),
            number_of(algorithm),
            Parameter::Text(&pair.public_jwk),
            Parameter::Blob(&sealed),
            Parameter::Integer(signs_from.0),
        ],
    )?;
    Ok(())
}
