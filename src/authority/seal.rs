//! Secrets that must be recovered, encrypted where they are stored.
//!
//! AES-256-GCM under a key that is derived from the deployment's master secret for one
//! purpose and one owner: what was sealed for one opens for no other.
//!
//! While the master secret is changed the previous one opens, too. Whoever opens something and
//! keeps it asks [`renewed`] for what to keep in its place.

use alloc::vec::Vec;

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};

use super::{Fault, Settings, World};
use crate::mac::HmacSha256Key;

/// The first byte of everything sealed.
const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 12;
const CORRUPT: Fault = Fault::Corrupt("a sealed secret does not open");

/// Encrypts `plaintext` for `purpose` and `owner`: a version byte, the nonce, the ciphertext
/// with its tag; 29 bytes longer than the plaintext.
///
/// # Errors
/// [`Fault::Corrupt`] for a plaintext beyond the cipher's limit.
pub fn seal(
    world: &World<'_>,
    purpose: &str,
    owner: &str,
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    let nonce: [u8; NONCE_LENGTH] = world.random();
    let ciphertext = cipher(&world.settings.master_secret, purpose, owner)
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: plaintext,
                aad: &[VERSION],
            },
        )
        .map_err(|_| Fault::Corrupt("a secret is too long to seal"))?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LENGTH + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Decrypts what [`seal`] made for the same purpose and owner, under the master secret or the
/// previous one.
///
/// # Errors
/// [`Fault::Corrupt`] for anything else.
pub fn open(
    settings: &Settings,
    purpose: &str,
    owner: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, Fault> {
    let opened = open_with(&settings.master_secret, purpose, owner, sealed);
    match &settings.previous_master_secret {
        Some(previous) => opened.or_else(|_| open_with(previous, purpose, owner, sealed)),
        None => opened,
    }
}

/// What was sealed under the previous master secret, sealed under today's; `None` where it is
/// already, or there is no previous one.
///
/// # Errors
/// [`Fault::Corrupt`] where it opens with neither.
pub fn renewed(
    world: &World<'_>,
    purpose: &str,
    owner: &str,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, Fault> {
    let settings = world.settings;
    let Some(previous) = &settings.previous_master_secret else {
        return Ok(None);
    };
    if open_with(&settings.master_secret, purpose, owner, sealed).is_ok() {
        return Ok(None);
    }
    let plaintext = open_with(previous, purpose, owner, sealed)?;
    seal(world, purpose, owner, &plaintext).map(Some)
}

fn open_with(
    master_secret: &[u8; 32],
    purpose: &str,
    owner: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, Fault> {
    let rest = sealed.strip_prefix(&[VERSION]).ok_or(CORRUPT)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(CORRUPT)?;
    cipher(master_secret, purpose, owner)
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: &[VERSION],
            },
        )
        .map_err(|_| CORRUPT)
}

/// RFC 5869 section 2.3: one block of HKDF-Expand. The master secret is uniformly random, so
/// the extract step is left out, as section 3.3 allows.
fn cipher(master_secret: &[u8; 32], purpose: &str, owner: &str) -> Aes256Gcm {
    let key = HmacSha256Key::new(master_secret).authenticate(&[
        b"countersign seal\0",
        purpose.as_bytes(),
        b"\0",
        owner.as_bytes(),
        &[1],
    ]);
    Aes256Gcm::new(&key.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Provided, Timestamp};

    fn settings(secret: u8) -> Settings {
        Settings {
            public_origin: "https://auth.example".into(),
            master_secret: [secret; 32],
            previous_master_secret: None,
            development: false,
            mail: None,
            operator_token: None,
        }
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_purpose_owner_and_secret_only() {
        let (ours, theirs) = (settings(1), settings(2));
        let provided = Provided::default();
        let world = World::new(Timestamp(0), [7; 32], &ours, None, &provided);
        let sealed = seal(&world, "webhook", "alice", b"secret").unwrap();
        assert_eq!(sealed.len(), 6 + 29);
        assert_eq!(open(&ours, "webhook", "alice", &sealed).unwrap(), b"secret");
        assert_eq!(open(&ours, "webhook", "bob", &sealed), Err(CORRUPT));
        assert_eq!(open(&ours, "totp", "alice", &sealed), Err(CORRUPT));
        assert_eq!(open(&theirs, "webhook", "alice", &sealed), Err(CORRUPT));
        // The separator keeps ("ab", "c") and ("a", "bc") apart.
        let sealed = seal(&world, "ab", "c", b"secret").unwrap();
        assert_eq!(open(&ours, "a", "bc", &sealed), Err(CORRUPT));
    }

    #[test]
    fn what_the_previous_master_secret_sealed_opens_and_is_renewed_once() {
        let (old, new) = (settings(1), settings(2));
        let changing = Settings {
            previous_master_secret: Some(old.master_secret),
            ..settings(2)
        };
        let provided = Provided::default();
        let renew = |settings, sealed: &[u8]| {
            let world = World::new(Timestamp(0), [7; 32], settings, None, &provided);
            renewed(&world, "webhook", "alice", sealed)
        };
        let world = World::new(Timestamp(0), [7; 32], &old, None, &provided);
        let sealed = seal(&world, "webhook", "alice", b"secret").unwrap();
        assert_eq!(renew(&old, &sealed), Ok(None));
        assert_eq!(
            open(&changing, "webhook", "alice", &sealed).unwrap(),
            b"secret"
        );
        let again = renew(&changing, &sealed).unwrap().unwrap();
        assert_eq!(open(&new, "webhook", "alice", &again).unwrap(), b"secret");
        assert_eq!(renew(&changing, &again), Ok(None));
        // Neither secret opens what is another's, or changed.
        assert_eq!(open(&changing, "webhook", "bob", &sealed), Err(CORRUPT));
        assert_eq!(renew(&changing, &sealed[1..]), Err(CORRUPT));
    }

    #[test]
    fn every_bit_is_authenticated() {
        let ours = settings(1);
        let provided = Provided::default();
        let world = World::new(Timestamp(0), [7; 32], &ours, None, &provided);
        let sealed = seal(&world, "webhook", "alice", b"secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&ours, "webhook", "alice", &changed), Err(CORRUPT));
        }
        for length in 0..sealed.len() {
            assert_eq!(
                open(&ours, "webhook", "alice", &sealed[..length]),
                Err(CORRUPT)
            );
        }
    }

    #[test]
    fn sealing_twice_never_repeats_a_nonce() {
        let ours = settings(1);
        let provided = Provided::default();
        let world = World::new(Timestamp(0), [7; 32], &ours, None, &provided);
        let first = seal(&world, "webhook", "alice", b"secret").unwrap();
        let second = seal(&world, "webhook", "alice", b"secret").unwrap();
        assert_ne!(first[1..13], second[1..13]);
    }
}
