//! The public key, and when it grows.

use super::field::P;
use super::integer::U256;
use super::point::AffinePoint;
use super::prepared::{Preparation, Tables};
use super::verify::{Signature, verify, verify_completely};
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

#[cfg(not(target_feature = "relaxed-simd"))]
pub(super) type Preferred = super::running_sum::Scalar;
#[cfg(target_feature = "relaxed-simd")]
pub(super) type Preferred = super::fused::Fused;

/// The first verification goes without tables: it may be the only one, and making them takes
/// as long as ten. A fresh process has its first verdict a quarter sooner so.
const USES_BEFORE_SMALL: u32 = 1;

/// After how many verifications a key gets its large table, which costs about as much as
/// eighty verifications save. Who grows when it would have paid so far never pays more than
/// twice what the best decision would have cost.
const USES_BEFORE_LARGE: u32 = 100;

/// By the same rule: 4 ms, saved again at 1.5 us a verification.
const USES_BEFORE_LARGEST: u32 = 3000;

/// How many keys may have the largest tables at a time. With the generator's, those of more
/// would drive each other from the processor's cache.
const LARGEST_AT_A_TIME: u32 = 2;

/// How many have.
static LARGEST: AtomicU32 = AtomicU32::new(0);

/// A public key, validated, with the tables that make verification fast.
///
/// The second verification makes a small table (37 KB), and a hundred have earned the key a
/// large one (295 KB). Two keys at a time that are used thousands of times get the largest
/// (958 KB). Where fused multiply-adds are used each is a tenth larger. Share one key rather
/// than making it twice.
///
/// Verification takes a time that depends on all of its inputs, which are public: the
/// digest of a message, its signature, the key. There is no private key type here.
pub struct VerifyingKey {
    point: AffinePoint,
    tables: Tables<Preferred>,
    uses: AtomicU32,
}

impl VerifyingKey {
    /// The key with these affine coordinates, big-endian.
    ///
    /// # Errors
    ///
    /// When a coordinate is not below p, or the point is not on the curve
    /// (SEC 1 section 3.2.2.1). The identity has no affine coordinates. The curve has no
    /// subgroups, so that no further check is needed.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, InvalidPoint> {
        let (x, y) = (U256::from_be_bytes(x), U256::from_be_bytes(y));
        if !x.less_than(&P) || !y.less_than(&P) {
            return Err(InvalidPoint::CoordinateTooLarge);
        }
        let point = AffinePoint::from_integers(&x, &y);
        if !point.is_on_curve() {
            return Err(InvalidPoint::NotOnCurve);
        }
        Ok(Self {
            point,
            tables: Tables::new(),
            uses: AtomicU32::new(0),
        })
    }

    /// Whether `signature`, r and s big-endian one after the other, is a signature of
    /// `digest`, the SHA-256 of a message, under this key. r or s that is zero or not below
    /// n is refused.
    ///
    /// Both s and n - s are accepted, as by every verifier of ECDSA: a signature does not
    /// identify a message.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        let Some(signature) = Signature::parse(signature) else {
            return false;
        };
        match self.preparation() {
            None => verify_completely(&self.point, digest, &signature),
            Some(extent) => verify(&self.point, &self.tables, extent, digest, &signature),
        }
    }

    /// Counts a use. The count stops where it has told all it is for.
    fn preparation(&self) -> Option<Preparation> {
        let uses = self.uses.load(Ordering::Relaxed);
        let (preparation, counts) = match uses {
            0..USES_BEFORE_SMALL => (None, true),
            USES_BEFORE_SMALL..USES_BEFORE_LARGE => (Some(Preparation::Small), true),
            USES_BEFORE_LARGE..USES_BEFORE_LARGEST => (Some(Preparation::Large), true),
            USES_BEFORE_LARGEST => (Some(Preparation::Large), Self::may_be_largest()),
            _ => (Some(Preparation::Largest), false),
        };
        if counts {
            // A use that two threads count as one delays the growth by one.
            self.uses.store(uses + 1, Ordering::Relaxed);
        }
        preparation
    }

    /// Takes one of the places for the largest tables, if there is one. Two threads that do so
    /// for the same key at once take two, of which one is lost: to speed and nothing else.
    fn may_be_largest() -> bool {
        let take = |taken| (taken < LARGEST_AT_A_TIME).then_some(taken + 1);
        LARGEST
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    #[cfg(test)]
    pub(super) fn is_prepared(&self, preparation: Preparation) -> bool {
        self.tables.exists(preparation)
    }
}

impl Drop for VerifyingKey {
    fn drop(&mut self) {
        if *self.uses.get_mut() > USES_BEFORE_LARGEST {
            LARGEST.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifyingKey")
            .finish_non_exhaustive()
    }
}

/// Why coordinates are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPoint {
    /// x or y is not below p.
    CoordinateTooLarge,
    /// y^2 is not x^3 - 3x + b.
    NotOnCurve,
}

impl InvalidPoint {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CoordinateTooLarge => "coordinate_too_large",
            Self::NotOnCurve => "not_on_curve",
        }
    }
}

impl fmt::Display for InvalidPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl core::error::Error for InvalidPoint {}

#[cfg(test)]
mod tests {
    use super::super::self_test::{DIGEST, SIGNATURE};
    use super::*;

    fn used(uses: u32) -> VerifyingKey {
        VerifyingKey {
            point: AffinePoint::generator(),
            tables: Tables::new(),
            uses: AtomicU32::new(uses),
        }
    }

    /// Of keys that have all earned the largest table two get it, and another when one of
    /// these is gone.
    #[test]
    fn the_largest_tables_are_for_two_keys_at_a_time() {
        let grows = |key: &VerifyingKey| {
            assert!(key.verify_digest(&DIGEST, &SIGNATURE));
            assert!(key.verify_digest(&DIGEST, &SIGNATURE));
            key.is_prepared(Preparation::Largest)
        };
        let mut keys: alloc::vec::Vec<_> = (0..3).map(|_| used(USES_BEFORE_LARGEST)).collect();
        let grown: alloc::vec::Vec<bool> = keys.iter().map(grows).collect();
        assert_eq!(grown, [true, true, false]);
        drop(keys.swap_remove(0));
        assert!(keys.iter().all(grows));
    }

    #[test]
    fn a_key_that_is_not_yet_hot_has_no_place() {
        let key = used(USES_BEFORE_LARGEST - 2);
        assert_eq!(key.preparation(), Some(Preparation::Large));
        assert_eq!(key.preparation(), Some(Preparation::Large));
        assert_eq!(*used(USES_BEFORE_LARGE).uses.get_mut(), USES_BEFORE_LARGE);
    }
}
