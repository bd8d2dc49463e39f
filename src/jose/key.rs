//! A public key, with the one algorithm that it is used for.
//!
//! A key decides how a signature is checked, the token never does: P-256 keys verify ES256,
//! RSA keys verify RS256 (RFC 8725 section 3.1).

use super::error::{Reason, Refusal};
use super::jwk;
use crate::sha256;
use crate::signature::{p256, rsa};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// The algorithms of this library (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The value of `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A public key, checked and prepared, pinned to its algorithm.
#[derive(Debug)]
pub struct PublicKey {
    pub(super) kid: Option<String>,
    pub(super) thumbprint: [u8; 32],
    pub(super) material: Material,
}

#[derive(Debug)]
pub(super) enum Material {
    P256(Box<p256::VerifyingKey>),
    Rsa(Box<rsa::VerifyingKey>),
}

impl PublicKey {
    /// Reads one JWK.
    ///
    /// # Errors
    /// Where it is not a public key for ES256 or RS256, or is malformed, weak or private;
    /// the error names the member.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, KeyError> {
        jwk::read(jwk)
    }

    /// The algorithm that this key is pinned to.
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::P256(_) => Algorithm::Es256,
            Material::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The `kid`, where the JWK has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint of the key (RFC 7638).
    pub fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }

    /// Whether `signature`, in the form that JWS gives it, is by this key over the message
    /// with this SHA-256 digest.
    ///
    /// # Errors
    /// [`Reason::SignatureLength`], [`Reason::SignatureOutOfRange`] or
    /// [`Reason::SignatureInvalid`].
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> Result<(), Refusal> {
        let valid = match &self.material {
            Material::P256(key) => {
                // RFC 7518 section 3.4: exactly 64 bytes, r and s of 32 bytes each.
                let signature = signature.try_into().map_err(|_| Reason::SignatureLength)?;
                if !in_range(signature) {
                    return Err(Reason::SignatureOutOfRange.into());
                }
                key.verify_digest(digest, signature)
            }
            Material::Rsa(key) => {
                // RFC 8017 section 8.2.2 step 1: exactly as long as the modulus.
                if signature.len() != key.modulus_bits().div_ceil(8) {
                    return Err(Reason::SignatureLength.into());
                }
                key.verify_digest(digest, signature)
            }
        };
        if valid {
            Ok(())
        } else {
            Err(Reason::SignatureInvalid.into())
        }
    }

    /// Whether `signature` is the DER that WebAuthn and X.509 use, by this P-256 key over
    /// `message`. A JWS never has this form, so nothing in this library calls it for one.
    ///
    /// # Errors
    /// [`Reason::SignatureDerMalformed`], [`Reason::AlgorithmMismatch`] where the key is not
    /// a P-256 key, and those of [`verify_digest`](Self::verify_digest).
    pub fn verify_ecdsa_der(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        if self.algorithm() != Algorithm::Es256 {
            return Err(Reason::AlgorithmMismatch.into());
        }
        let signature =
            p256::signature_from_der(signature).map_err(|_| Reason::SignatureDerMalformed)?;
        self.verify_digest(&sha256::digest(message), &signature)
    }
}

/// The order of P-256 (SEC 2 section 2.4.2), big-endian.
pub(crate) const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// FIPS 186-5 section 6.4.2 step 1: r and s are between 1 and n - 1.
fn in_range(signature: &[u8; 64]) -> bool {
    let (r, s) = signature.split_at(32);
    [r, s]
        .iter()
        .all(|part| *part < &P256_ORDER[..] && part.iter().any(|byte| *byte != 0))
}

/// A key that was refused, and which of its members is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyError {
    /// Why.
    pub refusal: Refusal,
    /// Which key of the set, from 0.
    pub index: Option<u32>,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// Its member.
    pub member: Option<&'static str>,
}

impl KeyError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// Whether a set passes over such a key, as it is for other users of the set.
    pub(super) fn is_unsupported(&self) -> bool {
        matches!(
            self.refusal.reason,
            Reason::KeyTypeUnsupported
                | Reason::KeyCurveUnsupported
                | Reason::KeyAlgorithmUnsupported
                | Reason::KeyUseUnsupported
        )
    }
}

impl From<Refusal> for KeyError {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            index: None,
            kid: None,
            member: None,
        }
    }
}

impl From<Reason> for KeyError {
    fn from(reason: Reason) -> Self {
        Refusal::from(reason).into()
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "key {index}")?;
            if let Some(kid) = &self.kid {
                write!(f, " ({kid:?})")?;
            }
            f.write_str(": ")?;
        }
        if let Some(member) = self.member {
            write!(f, "`{member}`: ")?;
        }
        self.refusal.fmt(f)
    }
}

impl core::error::Error for KeyError {}
