//! A set of public keys out of a JWK Set (RFC 7517 section 5).
//!
//! RFC 7517 section 5 wants keys passed over whose type, curve or purpose is not
//! understood, as a set serves many readers. They are, and [`KeySet::skipped`] lists them.
//! A key that is for this library and is malformed, weak or private refuses the whole set.

use super::error::{Part, Reason, Refusal};
use super::json::{Limits, Members, Value};
use super::jwk;
use super::key::{Algorithm, KeyError, PublicKey};
use alloc::string::String;
use alloc::vec::Vec;

/// The longest JWK Set, in bytes.
pub const MAX_KEY_SET: usize = 262_144;

/// The most keys of a set, those passed over included.
pub const MAX_KEYS: usize = 64;

/// Keys, checked and prepared: make it once, use it for every token.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<PublicKey>,
    skipped: Vec<KeyError>,
}

/// Reads a JWK Set.
///
/// # Errors
/// Where the document is not a JWK Set, has no key for ES256 or RS256, or has a key that is
/// malformed, weak or private; the error names the key and its member.
pub fn import_jwks(jwks: &[u8]) -> Result<KeySet, KeyError> {
    if jwks.len() > MAX_KEY_SET {
        return Err(Reason::KeySetTooLarge.into());
    }
    let json = |e| KeyError::from(Refusal::json(Part::Keys, e));
    let mut members = Members::of(jwks, Limits::TOKEN).map_err(json)?;
    let mut found = None;
    // RFC 7517 section 5: other members are ignored.
    while let Some((name, value)) = members.next().map_err(json)? {
        if name.is("keys") {
            found = Some(value);
        }
    }
    let Some(Value::Array(array)) = found else {
        return Err(Reason::KeySetMalformed.into());
    };
    let (mut keys, mut places, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (index, element) in array.elements().enumerate() {
        if index >= MAX_KEYS {
            return Err(Reason::KeySetTooManyKeys.into());
        }
        let key = match element {
            Value::Object(object) => jwk::read_object(object),
            _ => Err(Reason::KeySetMalformed.into()),
        };
        match key {
            Ok(key) => {
                keys.push(key);
                places.push(index as u32);
            }
            Err(mut error) => {
                error.index = Some(index as u32);
                if !error.is_unsupported() {
                    return Err(error);
                }
                skipped.push(error);
            }
        }
    }
    KeySet::checked(keys, &places, skipped)
}

impl KeySet {
    /// A set of keys that were read one by one.
    ///
    /// # Errors
    /// Where there is none, more than [`MAX_KEYS`], or two have the same `kid`.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeyError> {
        if keys.len() > MAX_KEYS {
            return Err(Reason::KeySetTooManyKeys.into());
        }
        let places: Vec<u32> = (0..keys.len() as u32).collect();
        Self::checked(keys, &places, Vec::new())
    }

    /// `places` says where in the set the keys were.
    fn checked(
        keys: Vec<PublicKey>,
        places: &[u32],
        skipped: Vec<KeyError>,
    ) -> Result<Self, KeyError> {
        if keys.is_empty() {
            return Err(Reason::KeySetEmpty.into());
        }
        // RFC 7517 section 4.5: with two keys of one name, which of them is meant?
        for (count, (key, place)) in keys.iter().zip(places).enumerate() {
            let same = |other: &PublicKey| other.kid() == key.kid();
            if key.kid().is_some() && keys.iter().take(count).any(same) {
                return Err(KeyError {
                    index: Some(*place),
                    kid: key.kid().map(String::from),
                    member: Some("kid"),
                    ..Reason::KeyIdDuplicate.into()
                });
            }
        }
        Ok(Self { keys, skipped })
    }

    /// The keys, in the order of the set.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The keys that were passed over, each with the reason.
    pub fn skipped(&self) -> &[KeyError] {
        &self.skipped
    }

    /// The key that a header names, for the algorithm that it claims.
    ///
    /// RFC 7515 section 4.1.4: with a `kid`, the key of that name and no other; without, the
    /// only key of that algorithm. Keys are never tried one after another.
    pub(super) fn select(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&PublicKey, Reason> {
        let Some(kid) = kid else {
            let mut candidates = self.keys.iter().filter(|key| key.algorithm() == algorithm);
            return match (candidates.next(), candidates.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(Reason::KeyAmbiguous),
            };
        };
        let key = self
            .keys
            .iter()
            .find(|key| key.kid() == Some(kid))
            .ok_or(Reason::KeyUnknown)?;
        // RFC 8725 section 3.1: the key decides on the algorithm.
        if key.algorithm() != algorithm {
            return Err(Reason::AlgorithmMismatch);
        }
        Ok(key)
    }
}
