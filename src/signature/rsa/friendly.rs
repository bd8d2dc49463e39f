//! What an engine needs to know of a modulus, whatever the width of its limbs.
//!
//! Arithmetic is done modulo a multiple `N = k n` for which `N = -1 mod 2^WIDTH`. The
//! quotient digit of a Montgomery step is then the column's low limb itself, where another
//! modulus asks for a multiplication that the whole step would wait for; and adding
//! `q N = q 2^WIDTH ((N + 1) / 2^WIDTH) - q` clears that limb by itself, so that only the
//! shifted modulus `(N + 1) / 2^WIDTH` is ever multiplied. The price is one limb more.
//!
//! With `L` limbs and `R = 2^(L WIDTH)`, every engine keeps `4 N <= R`, hence:
//!
//! - a product of `x, y < 2 N` reduces to less than `x y / R + N <= 2 N`: no subtraction;
//! - the last product, of `x < 2 N` and `2^WIDTH s` with `s < n`, reduces to
//!   `y < 2 N 2^WIDTH n / R + N < 3/2 N`, as `2^WIDTH n < R / 4` like `N`;
//! - one step by `n` itself, `z = (y + q n) / 2^WIDTH` with `q < 2^WIDTH`, leaves
//!   `z < 3/2 n + n`: at most two subtractions of `n`.

use super::limbs::{
    Words, double_modulo, is_less, mask, multiply_add, multiply_carry, negative_inverse, subtract,
};
use alloc::vec::Vec;

/// A modulus and its friendly multiple, in limbs of `WIDTH` bits.
pub(super) struct FriendlyModulus<const WIDTH: u32> {
    /// The modulus `n`.
    pub(super) modulus: Vec<u64>,
    /// `k = -n^-1 mod 2^WIDTH`, also the digit's factor in the one step by `n` itself.
    pub(super) multiplier: u64,
    /// `(N + 1) / 2^WIDTH` for `N = k n`.
    pub(super) shifted: Vec<u64>,
    /// `N`, to prepare with.
    multiple: Vec<u64>,
}

/// Squarings by which `R^2` is reached. Each replaces half of the doublings that are left,
/// and beyond four there are fewer of those than of the doublings that cannot be saved.
const SQUARINGS: u32 = 4;

impl<const WIDTH: u32> FriendlyModulus<WIDTH> {
    /// Limbs that a modulus of `bits` needs: `4 N <= R`, and `N < 2^(bits + width)`.
    pub(super) const fn limbs_for(bits: usize) -> usize {
        (bits + WIDTH as usize + 2).div_ceil(WIDTH as usize)
    }

    /// Prepares the odd modulus `n`, big-endian, for `limbs` limbs, at least
    /// [`Self::limbs_for`].
    pub(super) fn new(n: &[u8], limbs: usize) -> Self {
        let words = Words::from_be_bytes(n);
        let modulus = words.limbs::<WIDTH>(limbs);
        let multiplier = negative_inverse(words.limb::<WIDTH>(0), WIDTH);
        let mut multiple = modulus.clone();
        multiply_add::<WIDTH>(&mut multiple, multiplier, 0);
        let mut successor = multiple.clone();
        multiply_add::<WIDTH>(&mut successor, 1, 1);
        let shifted = successor.iter().skip(1).copied().chain([0]).collect();
        Self {
            modulus,
            multiplier,
            shifted,
            multiple,
        }
    }

    /// `R^2 mod N`, less than `2 N`, given the engine's Montgomery squaring.
    ///
    /// `R 2^t` by doublings, four Montgomery squarings to `R 2^(16 t)`, and what is left of
    /// the exponent by doublings again: some 200 doublings where `R^2` from 1 takes 4200.
    pub(super) fn r_squared(&self, mut square: impl FnMut(&mut Vec<u64>)) -> Vec<u64> {
        let exponent = self.modulus.len() * WIDTH as usize;
        let (times, left) = (exponent >> SQUARINGS, exponent % (1 << SQUARINGS));
        let bits = bit_length::<WIDTH>(&self.multiple);

        // 2^(bits - 1) < N, as N is odd and not 1.
        let mut power: Vec<u64> = (0..self.modulus.len())
            .map(|index| bit_of::<WIDTH>(bits - 1, index))
            .collect();
        self.double(&mut power, exponent + times + 1 - bits);
        for _ in 0..SQUARINGS {
            square(&mut power);
        }
        if !is_less(&power, &self.multiple) {
            subtract::<WIDTH>(&mut power, &self.multiple);
        }
        self.double(&mut power, left);
        power
    }

    fn double(&self, value: &mut [u64], times: usize) {
        for _ in 0..times {
            double_modulo::<WIDTH>(value, &self.multiple);
        }
    }

    /// From `y < 3/2 N`, the residue of `y / 2^WIDTH mod n` in canonical form.
    #[inline(never)]
    pub(super) fn reduce_last(&self, mut y: Vec<u64>) -> Vec<u64> {
        let low = y.first().copied().unwrap_or(0);
        let digit = low.wrapping_mul(self.multiplier) & mask(WIDTH);
        let mut carry = 0;
        for (y, n) in y.iter_mut().zip(&self.modulus) {
            (*y, carry) = multiply_carry::<WIDTH>(digit, *n, *y, carry);
        }
        // The digit has cleared the lowest limb.
        y.rotate_left(1);
        if let Some(top) = y.last_mut() {
            *top = carry;
        }
        for _ in 0..2 {
            if !is_less(&y, &self.modulus) {
                subtract::<WIDTH>(&mut y, &self.modulus);
            }
        }
        y
    }
}

/// Bits up to the highest that is set.
fn bit_length<const WIDTH: u32>(limbs: &[u64]) -> usize {
    limbs
        .iter()
        .enumerate()
        .rev()
        .find(|(_, limb)| **limb != 0)
        .map_or(0, |(index, limb)| {
            index * WIDTH as usize + (64 - limb.leading_zeros()) as usize
        })
}

/// What the limb at `index` holds of `2^bit`.
const fn bit_of<const WIDTH: u32>(bit: usize, index: usize) -> u64 {
    if bit / WIDTH as usize == index {
        1 << (bit % WIDTH as usize)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::rsa::extremes;
    use num_bigint::BigUint;

    fn value<const WIDTH: u32>(limbs: &[u64]) -> BigUint {
        limbs
            .iter()
            .rev()
            .fold(BigUint::ZERO, |v, limb| (v << WIDTH) + limb)
    }

    fn prepared<const WIDTH: u32>(n: &BigUint, bits: usize) -> FriendlyModulus<WIDTH> {
        let limbs = FriendlyModulus::<WIDTH>::limbs_for(bits);
        FriendlyModulus::new(&n.to_bytes_be(), limbs)
    }

    fn leaves_its_margin<const WIDTH: u32>(n: &BigUint, bits: usize) {
        let friendly = prepared::<WIDTH>(n, bits);
        let multiple = n * friendly.multiplier;
        let r = BigUint::from(1u8) << (friendly.modulus.len() * WIDTH as usize);
        assert_eq!(value::<WIDTH>(&friendly.modulus), *n);
        assert_eq!(value::<WIDTH>(&friendly.multiple), multiple);
        // N = -1 modulo 2^WIDTH, and the shifted modulus is exact.
        assert_eq!(value::<WIDTH>(&friendly.shifted) << WIDTH, &multiple + 1u8);
        assert!(&multiple * 4u8 <= r, "4 N <= R");
    }

    /// What each engine relies upon, for moduli at the ends of every size.
    #[test]
    fn the_multiple_is_friendly_and_leaves_its_margin() {
        for bits in extremes::SIZES {
            for n in extremes::moduli(bits) {
                leaves_its_margin::<28>(&n, bits);
                leaves_its_margin::<51>(&n, bits);
            }
        }
    }

    /// `y` at both ends of its range, and where most is subtracted.
    fn leaves_the_residue<const WIDTH: u32>(n: &BigUint, bits: usize) {
        let friendly = prepared::<WIDTH>(n, bits);
        let bound = n * friendly.multiplier * 3u8 / 2u8;
        let two = BigUint::from(2u8);
        let inverse = two.modpow(&WIDTH.into(), n).modinv(n).unwrap();
        let ys = [
            BigUint::ZERO,
            1u8.into(),
            n.clone(),
            n - 1u8,
            &bound - 1u8,
            (BigUint::from(1u8) << (WIDTH as usize + bits - 1)).min(&bound - 1u8),
            &bound / 2u8,
        ];
        for y in ys {
            let limbs = (0..friendly.modulus.len()).map(|i| {
                let limb = (&y >> (i * WIDTH as usize)) & BigUint::from(mask(WIDTH));
                u64::try_from(limb).unwrap()
            });
            let z = value::<WIDTH>(&friendly.reduce_last(limbs.collect()));
            assert_eq!(z, y * &inverse % n);
        }
    }

    #[test]
    fn the_last_step_leaves_the_canonical_residue() {
        for bits in [2048, 4096] {
            for n in extremes::moduli(bits) {
                leaves_the_residue::<28>(&n, bits);
                leaves_the_residue::<51>(&n, bits);
            }
        }
    }
}
