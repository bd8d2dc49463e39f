//! The verification equation (FIPS 186-5 section 6.4.2).

use super::arithmetic::Arithmetic;
use super::field::P;
use super::integer::U256;
use super::point::{AffinePoint, Point, double_multiply};
use super::prepared::{Preparation, Tables};
use super::scalar::{self, N};

/// A signature with both numbers in [1, n).
pub(super) struct Signature {
    r: U256,
    s: U256,
}

impl Signature {
    /// FIPS 186-5 section 6.4.2 step 1: r and s that are not in [1, n - 1] are refused.
    pub(super) fn parse(bytes: &[u8; 64]) -> Option<Self> {
        let (r, s) = bytes.split_first_chunk::<32>()?;
        let (r, s) = (
            U256::from_be_bytes(r),
            U256::from_be_bytes(s.try_into().ok()?),
        );
        let in_range = |number: &U256| !number.is_zero() && number.less_than(&N);
        (in_range(&r) && in_range(&s)).then_some(Self { r, s })
    }

    /// The x coordinates that are r modulo n: r itself, and r + n when that is still a
    /// field element (for one r in 2^130: test vectors know such, chance does not).
    fn x_coordinates(&self) -> impl Iterator<Item = U256> {
        let (second, overflow) = self.r.add(&N);
        let second = (!overflow && second.less_than(&P)).then_some(second);
        [self.r].into_iter().chain(second)
    }
}

/// Whether `signature` is one of the digest under the key `q`, through tables prepared to
/// the extent given, for the generator as for the key.
pub(super) fn verify<A: Arithmetic>(
    q: &AffinePoint,
    tables: &Tables<A>,
    preparation: Preparation,
    digest: &[u8; 32],
    signature: &Signature,
) -> bool {
    verify_by_tables(q, tables, preparation, digest, signature)
        // Keys such as G or -G, and forgeries made for them, meet an addition that is exceptional
        // for multiply-adds, or end in the identity.
        .unwrap_or_else(|| verify_completely(q, digest, signature))
}

/// The verdict of the tables, or nothing when an addition was exceptional.
#[inline(never)]
pub(super) fn verify_by_tables<A: Arithmetic>(
    q: &AffinePoint,
    tables: &Tables<A>,
    preparation: Preparation,
    digest: &[u8; 32],
    signature: &Signature,
) -> Option<bool> {
    let (u1, u2) = multipliers(digest, signature);
    let g = A::generator().get(preparation, AffinePoint::generator);
    let sum = A::sum(g, &u1, tables.get(preparation, || *q), &u2)?;
    Some(signature.x_coordinates().any(|x| A::has_x(&sum, &x)))
}

/// The same without tables and without exceptions, some seven times slower.
#[inline(never)]
pub(super) fn verify_completely(q: &AffinePoint, digest: &[u8; 32], signature: &Signature) -> bool {
    let (u1, u2) = multipliers(digest, signature);
    let sum: Point = double_multiply(&u1, &u2, q);
    !sum.is_identity() && signature.x_coordinates().any(|x| sum.has_x(&x))
}

/// `e / s` and `r / s` modulo n. SHA-256 yields as many bits as n has, so that the digest
/// is e as it stands.
fn multipliers(digest: &[u8; 32], signature: &Signature) -> (U256, U256) {
    scalar::multipliers(&U256::from_be_bytes(digest), &signature.r, &signature.s)
}
