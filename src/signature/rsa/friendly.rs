//! What an engine needs to know of a modulus, whatever the width of its limbs.
//!
//! Arithmetic is done modulo a multiple `N = k n` for which `N = -1 mod 2^width`. The
//! quotient digit of a Montgomery step is then the column's low limb itself, where another
//! modulus asks for a multiplication that the whole step would wait for; and adding
//! `q N = q 2^width ((N + 1) / 2^width) - q` clears that limb by itself, so that only the
//! shifted modulus `(N + 1) / 2^width` is ever multiplied. The price is one limb more.
//!
//! With `L` limbs and `R = 2^(L width)`, every engine keeps `4 N <= R`, hence:
//!
//! - a product of `x, y < 2 N` reduces to less than `x y / R + N <= 2 N`: no subtraction;
//! - the last product, of `x < 2 N` and `2^width s` with `s < n`, reduces to
//!   `y < 2 N 2^width n / R + N < 3/2 N`, as `2^width n < R / 4` like `N`;
//! - one step by `n` itself, `z = (y + q n) / 2^width` with `q < 2^width`, leaves
//!   `z < 3/2 n + n`: at most two subtractions of `n`.

use super::limbs::{Words, double_modulo, is_less, mask, multiply_add, negative_inverse, subtract};
use alloc::vec::Vec;

/// A modulus and its friendly multiple, in limbs of `width` bits.
pub(super) struct FriendlyModulus {
    /// The modulus `n`.
    pub(super) modulus: Vec<u64>,
    /// `k = -n^-1 mod 2^width`, also the digit's factor in the one step by `n` itself.
    pub(super) multiplier: u64,
    /// `(N + 1) / 2^width` for `N = k n`.
    pub(super) shifted: Vec<u64>,
    /// `N`, to prepare with.
    multiple: Vec<u64>,
    width: u32,
}

/// Squarings by which `R^2` is reached. Each replaces half of the doublings that are left,
/// and beyond four there are fewer of those than of the doublings that cannot be saved.
const SQUARINGS: u32 = 4;

impl FriendlyModulus {
    /// Limbs that a modulus of `bits` needs: `4 N <= R`, and `N < 2^(bits + width)`.
    pub(super) const fn limbs_for(bits: usize, width: u32) -> usize {
        (bits + width as usize + 2).div_ceil(width as usize)
    }

    /// Prepares the odd modulus `n`, big-endian, for `limbs` limbs, at least
    /// [`Self::limbs_for`].
    pub(super) fn new(n: &[u8], limbs: usize, width: u32) -> Self {
        let words = Words::from_be_bytes(n);
        let modulus: Vec<u64> = words.limbs(limbs, width).collect();
        let multiplier = negative_inverse(words.limb(0, 63), width);
        let mut multiple = modulus.clone();
        multiply_add(&mut multiple, multiplier, 0, width);
        let mut successor = multiple.clone();
        multiply_add(&mut successor, 1, 1, width);
        let shifted = successor.iter().skip(1).copied().chain([0]).collect();
        Self {
            modulus,
            multiplier,
            shifted,
            multiple,
            width,
        }
    }

    /// `R^2 mod N`, less than `2 N`, given the engine's Montgomery squaring.
    ///
    /// `R 2^t` by doublings, four Montgomery squarings to `R 2^(16 t)`, and what is left of
    /// the exponent by doublings again: some 200 doublings where `R^2` from 1 takes 4200.
    pub(super) fn r_squared(&self, mut square: impl FnMut(&mut Vec<u64>)) -> Vec<u64> {
        let exponent = self.modulus.len() * self.width as usize;
        let (times, left) = (exponent >> SQUARINGS, exponent % (1 << SQUARINGS));
        let bits = bit_length(&self.multiple, self.width);

        // 2^(bits - 1) < N, as N is odd and not 1.
        let mut power: Vec<u64> = (0..self.modulus.len())
            .map(|index| bit_of(bits - 1, index, self.width))
            .collect();
        self.double(&mut power, exponent + times + 1 - bits);
        for _ in 0..SQUARINGS {
            square(&mut power);
        }
        if !is_less(&power, &self.multiple) {
            subtract(&mut power, &self.multiple, self.width);
        }
        self.double(&mut power, left);
        power
    }

    fn double(&self, value: &mut [u64], times: usize) {
        for _ in 0..times {
            double_modulo(value, &self.multiple, self.width);
        }
    }

    /// RFC 8017 section 5.2.2 step 1: a representative lies between 0 and `n - 1`.
    pub(super) fn exceeds(&self, s: &Words) -> bool {
        s.limbs(self.modulus.len(), self.width)
            .rev()
            .lt(self.modulus.iter().rev().copied())
    }

    /// From `y < 3/2 N`, the residue of `y / 2^width mod n` in canonical form.
    pub(super) fn reduce_last(&self, mut y: Vec<u64>) -> Vec<u64> {
        let (width, mask) = (self.width, mask(self.width));
        let digit = y
            .first()
            .copied()
            .unwrap_or(0)
            .wrapping_mul(self.multiplier)
            & mask;
        let mut carry = 0u128;
        for (y, n) in y.iter_mut().zip(&self.modulus) {
            let sum = u128::from(digit) * u128::from(*n) + u128::from(*y) + carry;
            *y = sum as u64 & mask;
            carry = sum >> width;
        }
        // The digit has cleared the lowest limb.
        y.rotate_left(1);
        if let Some(top) = y.last_mut() {
            *top = carry as u64;
        }
        for _ in 0..2 {
            if !is_less(&y, &self.modulus) {
                subtract(&mut y, &self.modulus, width);
            }
        }
        y
    }
}

/// Bits up to the highest that is set.
fn bit_length(limbs: &[u64], width: u32) -> usize {
    limbs
        .iter()
        .enumerate()
        .rev()
        .find(|(_, limb)| **limb != 0)
        .map_or(0, |(index, limb)| {
            index * width as usize + (64 - limb.leading_zeros()) as usize
        })
}

/// What the limb at `index` holds of `2^bit`.
const fn bit_of(bit: usize, index: usize, width: u32) -> u64 {
    if bit / width as usize == index {
        1 << (bit % width as usize)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::rsa::extremes;
    use num_bigint::BigUint;

    fn value(limbs: &[u64], width: u32) -> BigUint {
        limbs
            .iter()
            .rev()
            .fold(BigUint::ZERO, |v, limb| (v << width) + limb)
    }

    /// What each engine relies upon, for moduli at the ends of every size.
    #[test]
    fn the_multiple_is_friendly_and_leaves_its_margin() {
        for bits in extremes::SIZES {
            for n in extremes::moduli(bits) {
                for width in [28, 51] {
                    let limbs = FriendlyModulus::limbs_for(bits, width);
                    let friendly = FriendlyModulus::new(&n.to_bytes_be(), limbs, width);
                    let multiple = &n * friendly.multiplier;
                    let r = BigUint::from(1u8) << (limbs * width as usize);
                    assert_eq!(value(&friendly.modulus, width), n);
                    assert_eq!(value(&friendly.multiple, width), multiple);
                    assert_eq!(
                        value(&friendly.shifted, width) << width,
                        &multiple + 1u8,
                        "N = -1 mod 2^{width}"
                    );
                    assert!(&multiple * 4u8 <= r, "4 N <= R");
                }
            }
        }
    }

    /// `y` at both ends of its range and around the multiples of `n` that are subtracted.
    #[test]
    fn the_last_step_leaves_the_canonical_residue() {
        for bits in [2048, 4096] {
            for n in extremes::moduli(bits) {
                for width in [28, 51] {
                    let limbs = FriendlyModulus::limbs_for(bits, width);
                    let friendly = FriendlyModulus::new(&n.to_bytes_be(), limbs, width);
                    let bound = &n * friendly.multiplier * 3u8 / 2u8;
                    let inverse = BigUint::from(2u8).modpow(&(width.into()), &n).modinv(&n);
                    let inverse = inverse.unwrap();
                    let ys = [
                        BigUint::ZERO,
                        1u8.into(),
                        n.clone(),
                        &n - 1u8,
                        &bound - 1u8,
                        (BigUint::from(1u8) << (width as usize + bits - 1)).min(&bound - 1u8),
                        &bound / 2u8,
                    ];
                    for y in ys {
                        let words: Vec<u64> = (0..limbs)
                            .map(|i| {
                                let limb =
                                    (&y >> (i * width as usize)) & BigUint::from(mask(width));
                                limb.try_into().unwrap()
                            })
                            .collect();
                        let z = value(&friendly.reduce_last(words), width);
                        assert_eq!(z, y * &inverse % &n);
                    }
                }
            }
        }
    }
}
