//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), verification only.
//!
//! `(modulus, digest, signature) → accepted or not`. The room knows integers and one
//! padding. It knows nothing of JOSE, and has no private operation: everything here takes a
//! time that depends on its inputs, which are public.
//!
//! - `limbs`: big integers cut into limbs of some width.
//! - `friendly`: what an engine needs to know of a modulus, and the bounds it lives by.
//! - `lanes`: two doubles side by side, what both engines compute with.
//! - `exact`: the engine that rounds nothing, and so runs everywhere.
//! - `fused`: the engine of fused multiply-adds, in the build for machines that have them.
//! - `encoding`: the padding of digests, which is built and compared whole.
//! - `known_answer`: a trial of all of it, where it is about to be trusted.
//!
//! An engine answers one question, `opens(signature, digest)`: whether the signature to the
//! power 65537 is the digest plus a constant that it was made for, the padding. Another engine
//! is another `Engine` of the same two functions, held to the same numbers (`extremes`).

mod encoding;
#[cfg(any(test, not(target_feature = "relaxed-simd")))]
mod exact;
#[cfg(test)]
mod extremes;
mod friendly;
#[cfg(any(test, target_feature = "relaxed-simd"))]
mod fused;
mod known_answer;
mod lanes;
mod limbs;
#[cfg(test)]
mod tests;

pub use known_answer::self_test;

use encoding::EncodedMessage;
use limbs::MAX_BITS;

#[cfg(not(target_feature = "relaxed-simd"))]
use exact::Engine;
#[cfg(target_feature = "relaxed-simd")]
use fused::Engine;

/// The smallest modulus, in bits (RFC 7518 section 3.3).
const MIN_BITS: usize = 2048;

/// The one public exponent, 65537, big-endian.
const EXPONENT: [u8; 3] = [0x01, 0x00, 0x01];

/// Why a pair of modulus and exponent is no key. Whoever published the key is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidModulus {
    /// The modulus is empty or begins with a zero byte: an integer has one spelling.
    NotMinimal,
    /// The modulus is outside 2048 to 4096 bits.
    Size {
        /// Its size in bits.
        bits: usize,
    },
    /// The modulus is even, so it is no product of two large primes.
    Even,
    /// The exponent is not 65537 in three bytes. Small ones have let flawed paddings be
    /// forged, and large ones only cost time.
    Exponent,
}

impl InvalidModulus {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotMinimal => "rsa_modulus_not_minimal",
            Self::Size { .. } => "rsa_modulus_size",
            Self::Even => "rsa_modulus_even",
            Self::Exponent => "rsa_exponent",
        }
    }
}

impl core::fmt::Display for InvalidModulus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for InvalidModulus {}

/// A public key, prepared to verify: 2 to 14 kilobytes, in 30 to 140 microseconds.
pub struct VerifyingKey {
    engine: Engine,
    bits: usize,
}

impl VerifyingKey {
    /// Prepares the key of modulus `n` and exponent `e`, both big-endian without leading
    /// zeros. Whether `n` is a product of two primes cannot be told.
    ///
    /// # Errors
    /// [`InvalidModulus`] when `n` is outside 2048 to 4096 bits or even, or `e` is not 65537.
    pub fn from_components(n: &[u8], e: &[u8]) -> Result<Self, InvalidModulus> {
        let (Some(first), Some(last)) = (n.first(), n.last()) else {
            return Err(InvalidModulus::NotMinimal);
        };
        if *first == 0 {
            return Err(InvalidModulus::NotMinimal);
        }
        let bits = n.len().saturating_mul(8) - first.leading_zeros() as usize;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(InvalidModulus::Size { bits });
        }
        if last & 1 == 0 {
            return Err(InvalidModulus::Even);
        }
        if e != EXPONENT {
            return Err(InvalidModulus::Exponent);
        }
        let padding = EncodedMessage::new(n.len());
        Ok(Self {
            engine: Engine::new(n, bits, padding.as_bytes()),
            bits,
        })
    }

    /// Whether `signature` is this key's signature of the message whose SHA-256 is `digest`.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        // RFC 8017 section 8.2.2 step 1: the signature is as long as the modulus.
        signature.len() == self.bits.div_ceil(8) && self.engine.opens(signature, digest)
    }

    /// The size of the modulus, in bits.
    #[must_use]
    pub const fn modulus_bits(&self) -> usize {
        self.bits
    }
}

impl core::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("modulus_bits", &self.bits)
            .finish_non_exhaustive()
    }
}
