//! Arithmetic modulo n, the order of the group: a verification needs three multiplications
//! and one inversion of it, so it is written to be short.
#![allow(
    clippy::indexing_slicing,
    reason = "sums of two limb indices below nine, in arrays of eighteen columns"
)]

use super::integer::U256;
use super::inverse::Modulus;

/// n, the order of the group (SEC 2 section 2.4.2).
pub(super) const N: U256 = U256::from_be_words([
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_ffff,
    0xbce6_faad_a717_9e84,
    0xf3b9_cac2_fc63_2551,
]);

const LIMBS: usize = 9;
const LIMB_BITS: usize = 29;
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;
const RADIX_BITS: u32 = 261;

const N_LIMBS: [i64; LIMBS] = N.limbs(LIMB_BITS);

/// -1 / n modulo 2^29, by Newton: each round doubles the bits that are right, 3 at first.
const NEGATED_INVERSE: i64 = {
    let (n, mut x, mut round) = (N_LIMBS[0], N_LIMBS[0], 0);
    while round < 4 {
        x = x.wrapping_mul(2i64.wrapping_sub(n.wrapping_mul(x)));
        round += 1;
    }
    x.wrapping_neg() & LIMB_MASK
};

/// The inverse comes as R / s, so that one Montgomery multiplication by it divides by s.
const INVERSION: Modulus = Modulus::new(&N, &U256::power_of_two(RADIX_BITS, &N));

/// The two multipliers of a verification, `e / s` and `r / s` modulo n, in [0, n).
/// `e` is any integer below 2^256; `r` and `s` are in [1, n).
pub(super) fn multipliers(e: &U256, r: &U256, s: &U256) -> (U256, U256) {
    let divisor = INVERSION.inverse(s);
    (
        montgomery_multiply(e, &divisor),
        montgomery_multiply(r, &divisor),
    )
}

/// `n - k` for `k` in [0, n]: the multiplier of the opposite point.
pub(super) fn negate(k: &U256) -> U256 {
    N.subtract(k).0
}

/// `a * b / R` modulo n, in [0, n), for a < 2^256 and b < n.
///
/// A column holds at most 18 products below 2^58 and a carry, less than 2^62.2 together.
/// Before the last subtraction the result is below a b / R + n < 2n.
#[inline(never)]
fn montgomery_multiply(a: &U256, b: &U256) -> U256 {
    let (a, b): ([i64; LIMBS], [i64; LIMBS]) = (a.limbs(LIMB_BITS), b.limbs(LIMB_BITS));
    let mut columns = [0; 2 * LIMBS];
    for i in 0..LIMBS {
        for j in 0..LIMBS {
            columns[i + j] += a[i] * b[j];
        }
        let digit = ((columns[i] & LIMB_MASK) * NEGATED_INVERSE) & LIMB_MASK;
        for j in 0..LIMBS {
            columns[i + j] += digit * N_LIMBS[j];
        }
        columns[i + 1] += columns[i] >> LIMB_BITS;
    }
    let (mut limbs, mut carry) = ([0; LIMBS], 0);
    for (limb, column) in limbs.iter_mut().zip(&columns[LIMBS..]) {
        let sum = column + carry;
        *limb = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
    }
    // 2n has 257 bits: the top limb keeps the one that an integer of 256 has no room for.
    let integer = U256::from_limbs(&limbs, LIMB_BITS);
    let (less, negative) = integer.subtract(&N);
    let overflow = limbs[LIMBS - 1] >> (256 - LIMB_BITS * (LIMBS - 1)) != 0;
    if overflow || !negative { less } else { integer }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{big, integer};
    use super::{N, RADIX_BITS, U256, montgomery_multiply, multipliers, negate};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn below_n(a: &U256) -> U256 {
        if a.less_than(&N) {
            *a
        } else {
            a.subtract(&N).0
        }
    }

    fn check_product(a: &U256, b: &U256) {
        let product = montgomery_multiply(a, b);
        assert!(product.less_than(&N));
        let (n, radix) = (big(&N), BigUint::from(1u8) << RADIX_BITS);
        assert_eq!(
            big(&product) * radix % &n,
            big(a) * big(b) % &n,
            "{a:?} {b:?}"
        );
    }

    #[test]
    fn products_of_extremes_are_reduced() {
        let (largest, _) = U256::ZERO.subtract(&U256::power_of_two(0, &N));
        let last = N.subtract(&U256::power_of_two(0, &N)).0;
        for a in [U256::ZERO, last, N, largest] {
            for b in [U256::ZERO, U256::power_of_two(0, &N), last] {
                check_product(&a, &b);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn products_agree_with_big_integers(a in integer(), b in integer()) {
            check_product(&a, &below_n(&b));
        }

        #[test]
        fn multipliers_are_the_quotients(e in integer(), r in integer(), s in integer()) {
            let (r, s) = (below_n(&r), below_n(&s));
            prop_assume!(!s.is_zero());
            let ((u1, u2), n) = (multipliers(&e, &r, &s), big(&N));
            prop_assert_eq!(big(&u1) * big(&s) % &n, big(&e) % &n);
            prop_assert_eq!(big(&u2) * big(&s) % &n, big(&r) % &n);
            prop_assert_eq!((big(&negate(&u1)) + big(&u1)) % &n, BigUint::ZERO);
        }
    }
}
