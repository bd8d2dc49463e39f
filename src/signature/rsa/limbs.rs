//! Big integers as little-endian limbs of `width` bits, one in each `u64`: what both engines
//! are fed with, and the slow arithmetic that prepares a key.

#![allow(
    clippy::indexing_slicing,
    reason = "word indices follow from the bit position, bounded by MAX_BITS and asserted by the tests at both ends"
)]

/// The largest modulus, in bits.
pub(super) const MAX_BITS: usize = 4096;

/// 64-bit words that hold any value, and two of zeros so that a limb which begins in the
/// last word, or just past it, is read like any other.
const WORDS: usize = MAX_BITS / 64 + 2;

/// An unsigned integer of at most [`MAX_BITS`], from which limbs of any width are cut.
pub(super) struct Words([u64; WORDS]);

impl Words {
    /// Reads a big-endian integer of at most `MAX_BITS / 8` bytes; what is beyond is ignored.
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

    /// The limb of `width` bits (at most 63) at place `index`; zero beyond the value.
    #[inline(always)]
    pub(super) fn limb(&self, index: usize, width: u32) -> u64 {
        let bit = index * width as usize;
        let (word, shift) = (bit / 64, bit % 64);
        if word + 1 >= WORDS {
            return 0;
        }
        // Shifting in two steps keeps each below 64 when `shift` is zero.
        (self.0[word] >> shift | self.0[word + 1] << 1 << (63 - shift)) & mask(width)
    }

    /// The first `count` limbs of `width` bits.
    pub(super) fn limbs(
        &self,
        count: usize,
        width: u32,
    ) -> impl DoubleEndedIterator<Item = u64> + ExactSizeIterator {
        (0..count).map(move |index| self.limb(index, width))
    }
}

/// The `width` low bits.
pub(super) const fn mask(width: u32) -> u64 {
    (1 << width) - 1
}

/// Whether `a < b`, for limbs in canonical form and of one count.
pub(super) fn is_less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b`, for `a >= b`.
pub(super) fn subtract(a: &mut [u64], b: &[u64], width: u32) {
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = difference >> 63;
        *a = difference & mask(width);
    }
}

/// `a = 2 a mod m`, for `a < m` and `2 m` within the limbs.
pub(super) fn double_modulo(a: &mut [u64], m: &[u64], width: u32) {
    let mut carry = 0;
    for limb in a.iter_mut() {
        let doubled = *limb << 1 | carry;
        carry = doubled >> width;
        *limb = doubled & mask(width);
    }
    if !is_less(a, m) {
        subtract(a, m, width);
    }
}

/// `a = a k + addend` over all limbs, for a product that fits them.
pub(super) fn multiply_add(a: &mut [u64], k: u64, addend: u64, width: u32) {
    let mut carry = u128::from(addend);
    for limb in a.iter_mut() {
        let sum = u128::from(*limb) * u128::from(k) + carry;
        carry = sum >> width;
        *limb = sum as u64 & mask(width);
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
    use alloc::vec::Vec;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    fn value(limbs: &[u64], width: u32) -> BigUint {
        limbs
            .iter()
            .rev()
            .fold(BigUint::ZERO, |v, limb| (v << width) + limb)
    }

    #[test]
    fn limbs_cut_to_the_very_ends() {
        for width in [28, 51] {
            for length in [1, 7, 8, 9, 255, 256, 257, 511, 512] {
                let bytes = alloc::vec![0xff; length];
                let count = MAX_BITS / width as usize + 3;
                let limbs: Vec<u64> = Words::from_be_bytes(&bytes).limbs(count, width).collect();
                assert_eq!(value(&limbs, width), BigUint::from_bytes_be(&bytes));
            }
            assert_eq!(Words::from_be_bytes(&[]).limb(1000, width), 0);
        }
    }

    proptest! {
        #[test]
        fn limbs_are_the_value(bytes in prop::collection::vec(any::<u8>(), 0..=512), width in prop::sample::select(&[28u32, 51][..])) {
            let limbs: Vec<u64> = Words::from_be_bytes(&bytes).limbs(MAX_BITS / width as usize + 1, width).collect();
            prop_assert!(limbs.iter().all(|limb| *limb <= mask(width)));
            prop_assert_eq!(value(&limbs, width), BigUint::from_bytes_be(&bytes));
        }

        #[test]
        fn arithmetic_agrees_with_big_integers(a in prop::collection::vec(any::<u8>(), 0..64), b in prop::collection::vec(any::<u8>(), 0..64), k in any::<u64>(), addend in any::<u64>(), width in prop::sample::select(&[28u32, 51][..])) {
            let count = 64 * 8 / width as usize + 4;
            let (k, addend) = (k & mask(width), addend & mask(width));
            let (low, high) = (BigUint::from_bytes_be(&a), BigUint::from_bytes_be(&b));
            let mut x: Vec<u64> = Words::from_be_bytes(&a).limbs(count, width).collect();
            let mut y: Vec<u64> = Words::from_be_bytes(&b).limbs(count, width).collect();
            prop_assert_eq!(is_less(&x, &y), low < high);
            let (low, high) = if low <= high { (low, high) } else { core::mem::swap(&mut x, &mut y); (high, low) };

            let mut difference = y.clone();
            subtract(&mut difference, &x, width);
            prop_assert_eq!(value(&difference, width), &high - &low);

            if low < high {
                let mut doubled = x.clone();
                double_modulo(&mut doubled, &y, width);
                prop_assert_eq!(value(&doubled, width), (&low << 1u32) % &high);
            }

            multiply_add(&mut x, k, addend, width);
            prop_assert_eq!(value(&x, width), low * k + addend);
        }

        #[test]
        fn the_negative_inverse_makes_minus_one(n in any::<u64>(), width in prop::sample::select(&[28u32, 51][..])) {
            let n = n | 1;
            prop_assert_eq!(n.wrapping_mul(negative_inverse(n, width)).wrapping_add(1) & mask(width), 0);
        }
    }
}
