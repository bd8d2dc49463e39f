//! Big integers as little-endian limbs of `WIDTH` bits, one in each `u64`: what both engines
//! are fed with, and the slow arithmetic that prepares a key.

#![allow(
    clippy::indexing_slicing,
    reason = "word indices follow from the bit position, bounded by MAX_BITS and asserted by the tests at both ends"
)]

use alloc::vec::Vec;

/// The largest modulus, in bits.
pub(super) const MAX_BITS: usize = 4096;

/// 64-bit words that hold any value, and two of zeros so that a limb which begins in the
/// last word, or just past it, is read like any other.
const WORDS: usize = MAX_BITS / 64 + 2;

/// An unsigned integer of at most [`MAX_BITS`], from which limbs of any width are cut.
pub(super) struct Words([u64; WORDS]);

impl Words {
    /// Reads a big-endian integer of at most `MAX_BITS / 8` bytes; what is beyond is ignored.
    #[inline(never)]
    pub(super) fn from_be_bytes(bytes: &[u8]) -> Self {
        let mut words = [0; WORDS];
        for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)).take(MAX_BITS / 64) {
            *word = match <[u8; 8]>::try_from(chunk) {
                Ok(whole) => u64::from_be_bytes(whole),
                Err(_) => chunk
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte)),
            };
        }
        Self(words)
    }

    /// The limb of `WIDTH` bits (at most 63) at place `index`; zero beyond the value.
    pub(super) fn limb<const WIDTH: u32>(&self, index: usize) -> u64 {
        let bit = index * WIDTH as usize;
        let (word, shift) = (bit / 64, bit % 64);
        if word + 1 >= WORDS {
            return 0;
        }
        // Shifting in two steps keeps each below 64 when `shift` is zero.
        (self.0[word] >> shift | self.0[word + 1] << 1 << (63 - shift)) & mask(WIDTH)
    }

    /// The first `count` limbs of `WIDTH` bits.
    #[inline(never)]
    pub(super) fn limbs<const WIDTH: u32>(&self, count: usize) -> Vec<u64> {
        (0..count).map(|index| self.limb::<WIDTH>(index)).collect()
    }
}

/// The `width` low bits.
pub(super) const fn mask(width: u32) -> u64 {
    (1 << width) - 1
}

/// Whether `a < b`, for limbs in canonical form and of one count.
#[inline(never)]
pub(super) fn is_less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b`, for `a >= b`.
#[inline(never)]
pub(super) fn subtract<const WIDTH: u32>(a: &mut [u64], b: &[u64]) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = difference >> 63;
        *a = difference & mask(WIDTH);
    }
}

/// `a k + b + carry` as a limb and what it carries on, for `a`, `b`, `k` of `WIDTH` bits and a
/// carry of `WIDTH + 1`. Up to 31 bits that fits a word, where WebAssembly calls a function
/// for any wider product.
#[inline(always)]
pub(super) fn multiply_carry<const WIDTH: u32>(a: u64, k: u64, b: u64, carry: u64) -> (u64, u64) {
    if WIDTH <= 31 {
        let sum = a * k + b + carry;
        (sum & mask(WIDTH), sum >> WIDTH)
    } else {
        let sum = u128::from(a) * u128::from(k) + u128::from(b) + u128::from(carry);
        (sum as u64 & mask(WIDTH), (sum >> WIDTH) as u64)
    }
}

/// `a = a k + addend` over all limbs, for a product that fits them.
#[inline(never)]
pub(super) fn multiply_add<const WIDTH: u32>(a: &mut [u64], k: u64, addend: u64) {
    let mut carry = addend;
    for limb in a.iter_mut() {
        (*limb, carry) = multiply_carry::<WIDTH>(*limb, k, 0, carry);
    }
}

/// `-n^-1 mod 2^width` for an odd `n`, of which the low limb suffices.
///
/// Newton's iteration doubles the correct bits; `n` is its own inverse modulo 8, so five
/// steps give 96.
pub(super) fn negative_inverse(n: u64, width: u32) -> u64 {
    let mut inverse = n;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & mask(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn value<const WIDTH: u32>(limbs: &[u64]) -> BigUint {
        limbs
            .iter()
            .rev()
            .fold(BigUint::ZERO, |v, limb| (v << WIDTH) + limb)
    }

    fn cut_to_the_very_ends<const WIDTH: u32>() {
        for length in [1, 7, 8, 9, 255, 256, 257, 511, 512] {
            let bytes = alloc::vec![0xff; length];
            let count = MAX_BITS / WIDTH as usize + 3;
            let limbs = Words::from_be_bytes(&bytes).limbs::<WIDTH>(count);
            assert_eq!(value::<WIDTH>(&limbs), BigUint::from_bytes_be(&bytes));
        }
        assert_eq!(Words::from_be_bytes(&[]).limb::<WIDTH>(1000), 0);
    }

    #[test]
    fn limbs_cut_to_the_very_ends() {
        cut_to_the_very_ends::<28>();
        cut_to_the_very_ends::<51>();
    }

    fn arithmetic<const WIDTH: u32>(a: &[u8], b: &[u8], k: u64, addend: u64) {
        let count = 64 * 8 / WIDTH as usize + 4;
        let (k, addend) = (k & mask(WIDTH), addend & mask(WIDTH));
        let mut pairs = [a, b].map(|bytes| {
            let limbs = Words::from_be_bytes(bytes).limbs::<WIDTH>(count);
            assert!(limbs.iter().all(|limb| *limb <= mask(WIDTH)));
            assert_eq!(value::<WIDTH>(&limbs), BigUint::from_bytes_be(bytes));
            (BigUint::from_bytes_be(bytes), limbs)
        });
        assert_eq!(is_less(&pairs[0].1, &pairs[1].1), pairs[0].0 < pairs[1].0);
        pairs.sort();
        let [(low, x), (high, y)] = pairs;

        let mut difference = y.clone();
        subtract::<WIDTH>(&mut difference, &x);
        assert_eq!(value::<WIDTH>(&difference), &high - &low);

        let mut product = x;
        multiply_add::<WIDTH>(&mut product, k, addend);
        assert_eq!(value::<WIDTH>(&product), low * k + addend);
    }

    /// Every operand at the end of what its documentation allows.
    #[test]
    fn a_carry_of_one_bit_more_fits() {
        fn fits<const WIDTH: u32>() {
            let (limb, carry) = (mask(WIDTH), mask(WIDTH + 1));
            let (low, high) = multiply_carry::<WIDTH>(limb, limb, limb, carry);
            let sum = u128::from(limb) * u128::from(limb) + u128::from(limb) + u128::from(carry);
            assert_eq!(u128::from(high) << WIDTH | u128::from(low), sum);
            assert!(high <= carry);
        }
        fits::<28>();
        fits::<31>();
        fits::<51>();
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_big_integers(
            a in prop::collection::vec(any::<u8>(), 0..64),
            b in prop::collection::vec(any::<u8>(), 0..64),
            k in any::<u64>(),
            addend in any::<u64>(),
        ) {
            arithmetic::<28>(&a, &b, k, addend);
            arithmetic::<51>(&a, &b, k, addend);
        }

        #[test]
        fn the_negative_inverse_makes_minus_one(n in any::<u64>(), width in 1u32..64) {
            let n = n | 1;
            prop_assert_eq!(n.wrapping_mul(negative_inverse(n, width)).wrapping_add(1) & mask(width), 0);
        }
    }
}
