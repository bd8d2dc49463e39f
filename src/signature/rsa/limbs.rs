//! Big integers as little-endian limbs of `WIDTH` bits, one in each `u64`: what the engines
//! are fed with, and the slow arithmetic that prepares a key.

use alloc::vec::Vec;

/// The largest modulus, in bits.
pub(super) const MAX_BITS: usize = 4096;

/// An unsigned integer of at most [`MAX_BITS`], little-endian, from which limbs of any width
/// are cut. Behind it are zeros, so that eight bytes can be read wherever a limb begins.
pub(super) struct Integer([u8; MAX_BITS / 8 + 8]);

impl Integer {
    /// Reads a big-endian integer of at most `MAX_BITS / 8` bytes; what is beyond is ignored.
    #[inline(never)]
    pub(super) fn from_be_bytes(bytes: &[u8]) -> Self {
        let mut integer = [0; MAX_BITS / 8 + 8];
        for (to, from) in integer
            .iter_mut()
            .zip(bytes.iter().rev().take(MAX_BITS / 8))
        {
            *to = *from;
        }
        Self(integer)
    }

    /// The limb of `WIDTH` bits (at most 57) at place `index`; zero beyond the value.
    #[inline(always)]
    pub(super) fn limb<const WIDTH: u32>(&self, index: usize) -> u64 {
        let bit = index * WIDTH as usize;
        let bytes = self.0.get(bit / 8..).and_then(|rest| rest.first_chunk());
        bytes.map_or(0, |bytes| {
            u64::from_le_bytes(*bytes) >> (bit % 8) & mask(WIDTH)
        })
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

/// `a = a k + addend` over all limbs, for a product that fits them, where `k` may have one bit
/// more than a limb.
#[inline(never)]
pub(super) fn multiply_add<const WIDTH: u32>(a: &mut [u64], k: u64, addend: u64) {
    let mut carry = addend;
    for limb in a.iter_mut() {
        let sum = u128::from(*limb) * u128::from(k) + u128::from(carry);
        *limb = sum as u64 & mask(WIDTH);
        carry = (sum >> WIDTH) as u64;
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
            let limbs = Integer::from_be_bytes(&bytes).limbs::<WIDTH>(count);
            assert_eq!(value::<WIDTH>(&limbs), BigUint::from_bytes_be(&bytes));
        }
        assert_eq!(Integer::from_be_bytes(&[]).limb::<WIDTH>(1000), 0);
    }

    #[test]
    fn limbs_cut_to_the_very_ends() {
        cut_to_the_very_ends::<46>();
        cut_to_the_very_ends::<51>();
        cut_to_the_very_ends::<57>();
    }

    fn arithmetic<const WIDTH: u32>(a: &[u8], b: &[u8], k: u64, addend: u64) {
        let count = 64 * 8 / WIDTH as usize + 4;
        let (k, addend) = (k & mask(WIDTH + 1), addend & mask(WIDTH + 1));
        let pairs = [a, b].map(|bytes| {
            let limbs = Integer::from_be_bytes(bytes).limbs::<WIDTH>(count);
            assert!(limbs.iter().all(|limb| *limb <= mask(WIDTH)));
            assert_eq!(value::<WIDTH>(&limbs), BigUint::from_bytes_be(bytes));
            (BigUint::from_bytes_be(bytes), limbs)
        });
        assert_eq!(is_less(&pairs[0].1, &pairs[1].1), pairs[0].0 < pairs[1].0);
        let [(number, mut product), _] = pairs;
        multiply_add::<WIDTH>(&mut product, k, addend);
        assert_eq!(value::<WIDTH>(&product), number * k + addend);
    }

    #[test]
    fn the_fullest_limbs_do_not_overflow() {
        let full = [0xff; 64];
        arithmetic::<46>(&full, &full, u64::MAX, u64::MAX);
        arithmetic::<51>(&full, &full, u64::MAX, u64::MAX);
        arithmetic::<57>(&full, &full, u64::MAX, u64::MAX);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_big_integers(
            a in prop::collection::vec(any::<u8>(), 0..64),
            b in prop::collection::vec(any::<u8>(), 0..64),
            k in any::<u64>(),
            addend in any::<u64>(),
        ) {
            arithmetic::<46>(&a, &b, k, addend);
            arithmetic::<51>(&a, &b, k, addend);
            arithmetic::<57>(&a, &b, k, addend);
        }

        #[test]
        fn the_negative_inverse_makes_minus_one(n in any::<u64>(), width in 1u32..64) {
            let n = n | 1;
            prop_assert_eq!(n.wrapping_mul(negative_inverse(n, width)).wrapping_add(1) & mask(width), 0);
        }
    }
}
