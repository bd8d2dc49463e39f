//! The end of a key that somebody else may have.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{KeyReport, KeyState, Keyring, read, reports, rotate::add};
use crate::authority::{Outcome, refusal::Refusal, store::Parameter};

/// Publish this key no more, and sign with it no more, from now on. Where it signed, the one that
/// was coming does so at once, or else a new one; where it was coming, the one that signs goes on.
///
/// Each place may sign with its copy of the keyring for [`STALENESS`](super::STALENESS) more, and
/// a verifier may believe its own for as long as it keeps it. What the key has signed is not
/// verifiable any more: that is what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawKey {
    /// The `kid` that it is published under.
    pub key_id: String,
}

pub(super) fn withdraw(keyring: &Keyring<'_>, withdrawn: &WithdrawKey) -> Outcome<Vec<KeyReport>> {
    let keys = reports(&read(keyring)?);
    let of_id = |key: &&KeyReport| key.key_id == withdrawn.key_id;
    let key = keys.iter().find(of_id).ok_or(Refusal::NotFound)?;
    let beside = |state| {
        keys.iter()
            .find(|other| other.algorithm == key.algorithm && other.state == state)
    };
    let (store, now) = (keyring.store, keyring.world.now);
    match (key.state, beside(KeyState::Coming)) {
        (KeyState::Signing, Some(next)) => {
            store.run(
                "UPDATE key SET signs_from = ? WHERE key_id = ?",
                &[Parameter::Integer(now.0), Parameter::Text(&next.key_id)],
            )?;
        }
        (KeyState::Signing, None) => add(keyring, key.algorithm, now)?,
        // It had a successor, and has none.
        (KeyState::Coming, _) => {
            let signing = beside(KeyState::Signing).map_or("", |key| &key.key_id);
            store.run(
                "UPDATE key SET published_until = NULL WHERE key_id = ?",
                &[Parameter::Text(signing)],
            )?;
        }
        (KeyState::Retiring, _) => {}
    }
    store.run(
        "DELETE FROM key WHERE key_id = ?",
        &[Parameter::Text(&key.key_id)],
    )?;
    Ok(reports(&read(keyring)?))
}
