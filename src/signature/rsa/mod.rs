//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), verification only.
//!
//! `(modulus, digest, signature) → accepted or not`. The room knows integers and one
//! padding. It knows nothing of JOSE, and has no private operation: everything here takes a
//! time that depends on its inputs, which are public.
//!
//! - `limbs`: big integers cut into limbs of some width.
//! - `friendly`: what an engine needs to know of a modulus, and the bounds it lives by.
//! - `integers`: the engine of native code, on products of 128 bits.
//! - `exact`: the engine of WebAssembly everywhere, on doubles that are never rounded.
//! - `fused`: that of WebAssembly where there are fused multiply-adds.
//! - `lanes`: two doubles side by side, what these two compute with.
//! - `encoding`: the padding of digests, which is built and compared whole.
//! - `known_answer`: a trial of all of it, where it is about to be trusted.
//!
//! An `Engine` answers one question: whether the signature to the power 65537 is the digest
//! plus a constant that it was made for, the padding. All engines are held to the same numbers
//! (`extremes`) and the same vectors, in any build of the tests.

mod encoding;
#[cfg(any(
    test,
    fuzzing,
    all(target_family = "wasm", not(target_feature = "relaxed-simd"))
))]
mod exact;
#[cfg(test)]
mod extremes;
mod friendly;
#[cfg(any(test, target_feature = "relaxed-simd"))]
mod fused;
#[cfg(any(test, not(any(target_family = "wasm", fuzzing))))]
mod integers;
mod known_answer;
#[cfg(any(test, fuzzing, target_family = "wasm"))]
mod lanes;
mod limbs;
#[cfg(test)]
mod tests;

pub use known_answer::self_test;

use encoding::EncodedMessage;
use limbs::MAX_BITS;

/// What is fuzzed is the engine of the WebAssembly.
#[cfg(any(
    fuzzing,
    all(target_family = "wasm", not(target_feature = "relaxed-simd"))
))]
type Preferred = exact::Exact;
#[cfg(target_feature = "relaxed-simd")]
type Preferred = fused::Fused;
#[cfg(not(any(target_family = "wasm", fuzzing)))]
type Preferred = integers::Integers;

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

/// A modulus that is ready to raise to the power 65537.
trait Engine: Sized {
    /// Prepares the odd modulus `n` of `bits` bits, for signatures of a constant plus a digest.
    /// Both are big-endian, the constant is less than `n`.
    fn new(n: &[u8], bits: usize, constant: &[u8]) -> Self;

    /// Whether `signature^65537 mod n` is the constant plus the digest. The signature is
    /// big-endian, and refused unless it is less than `n`.
    fn opens(&self, signature: &[u8], digest: &[u8; 32]) -> bool;
}

/// A public key with an engine.
struct Key<E> {
    engine: E,
    bits: usize,
}

impl<E: Engine> Key<E> {
    fn from_components(n: &[u8], e: &[u8]) -> Result<Self, InvalidModulus> {
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
            engine: E::new(n, bits, padding.as_bytes()),
            bits,
        })
    }

    fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        // RFC 8017 section 8.2.2 step 1: the signature is as long as the modulus.
        signature.len() == self.bits.div_ceil(8) && self.engine.opens(signature, digest)
    }
}

/// A public key, prepared to verify: 2 to 14 kilobytes, in 30 to 140 microseconds.
pub struct VerifyingKey(Key<Preferred>);

impl VerifyingKey {
    /// Prepares the key of modulus `n` and exponent `e`, both big-endian without leading
    /// zeros. Whether `n` is a product of two primes cannot be told.
    ///
    /// # Errors
    /// [`InvalidModulus`] when `n` is outside 2048 to 4096 bits or even, or `e` is not 65537.
    pub fn from_components(n: &[u8], e: &[u8]) -> Result<Self, InvalidModulus> {
        Key::from_components(n, e).map(Self)
    }

    /// Whether `signature` is this key's signature of the message whose SHA-256 is `digest`.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        self.0.verify_digest(digest, signature)
    }

    /// The size of the modulus, in bits.
    #[must_use]
    pub const fn modulus_bits(&self) -> usize {
        self.0.bits
    }
}

impl core::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("modulus_bits", &self.modulus_bits())
            .finish_non_exhaustive()
    }
}
