//! What an engine needs to know of a modulus, whatever the width of its limbs.
//!
//! Arithmetic is done modulo a multiple `N = k n` for which `N = -1 mod 2^WIDTH`. The
//! quotient digit of a Montgomery step is then the column's low limb itself, where another
//! modulus asks for a multiplication that the whole step would wait for; and adding
//! `q N = q 2^WIDTH ((N + 1) / 2^WIDTH) - q` clears that limb by itself, so that only the
//! shifted modulus `(N + 1) / 2^WIDTH` is ever multiplied. The price is one limb more.
//!
//! With `L` limbs and `R = 2^(L WIDTH)`, every engine keeps `4 N <= R`, hence a product of
//! `x, y < 2 N` reduces to less than `x y / R + N <= 2 N`: no subtraction.
//!
//! Nothing is ever brought into Montgomery form. Sixteen squarings with reduction take a
//! signature `s` to `s^65536 R^-65535`, and a product by `s` to `s^65537 R^-65535`. What
//! signature and digest have to be is therefore
//!
//! ```text
//! s^65536 R^-65535 * s  -  R^-65535 * digest  -  R^-65535 * constant  =  0  modulo n
//! ```
//!
//! with the two factors made once a key ([`Closing`]), of which one is multiplied by 256 bits
//! and the other by none: a seventeenth less than multiplications by `R^2` at the beginning
//! and by 1 at the end. The left side, reduced, is `y < N / 2 + 2^256 + N < 2 N`; a step by
//! `n` itself, `z = (y + q n) / 2^WIDTH` with `q < 2^WIDTH`, leaves `z < 3 n`, and `y` is a
//! multiple of `n` exactly when `z` is 0, `n` or `2 n`.

use super::limbs::{
    Words, is_less, mask, multiply_add, multiply_carry, negative_inverse, subtract,
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
    /// `N - 1`, to prepare with.
    minus_one: Vec<u64>,
}

/// What closes a verification, modulo `N` and less than `2 N`.
pub(super) struct Closing {
    /// `-R^-65535`, the digest's factor.
    pub(super) factor: Vec<u64>,
    /// `-R^-65535` times the constant.
    pub(super) constant: Vec<u64>,
}

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
        let mut minus_one = modulus.clone();
        multiply_add::<WIDTH>(&mut minus_one, multiplier, 0);
        let mut successor = minus_one.clone();
        multiply_add::<WIDTH>(&mut successor, 1, 1);
        let shifted = successor.iter().skip(1).copied().chain([0]).collect();
        // All bits of the lowest limb of N are set.
        if let Some(lowest) = minus_one.first_mut() {
            *lowest &= !1;
        }
        Self {
            modulus,
            multiplier,
            shifted,
            minus_one,
        }
    }

    /// The factors for a constant less than `n`, big-endian, given the engine's Montgomery
    /// multiplication `x = x y / R`.
    ///
    /// In that multiplication the power `(-1)^e` is `(-1)^e R^(1 - e)`.
    pub(super) fn closing(
        &self,
        constant: &[u8],
        mut multiply: impl FnMut(&mut Vec<u64>, &[u64]),
    ) -> Closing {
        // e = 2^16 - 1: fifteen times doubled and one more.
        let mut power = self.minus_one.clone();
        for _ in 1..16 {
            let same = power.clone();
            multiply(&mut power, &same);
            multiply(&mut power, &self.minus_one);
        }
        let scaled = |big_endian: &[u8]| {
            let mut number = Words::from_be_bytes(big_endian).limbs::<WIDTH>(power.len());
            multiply(&mut number, &power);
            number
        };
        let [factor, constant] = [&[1], constant].map(scaled);
        Closing { factor, constant }
    }

    /// Whether `y < 2 N` is a multiple of `n`.
    #[inline(never)]
    pub(super) fn divides(&self, mut y: Vec<u64>) -> bool {
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
        y.iter().all(|limb| *limb == 0)
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
        assert_eq!(value::<WIDTH>(&friendly.minus_one) + 1u8, multiple);
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

    /// Multiples of `n` and their neighbours, at both ends of the range.
    fn divides_its_multiples<const WIDTH: u32>(n: &BigUint, bits: usize) {
        let friendly = prepared::<WIDTH>(n, bits);
        let divides = |y: &BigUint| {
            let limbs = (0..friendly.modulus.len()).map(|i| {
                let limb = (y >> (i * WIDTH as usize)) & BigUint::from(mask(WIDTH));
                u64::try_from(limb).unwrap()
            });
            friendly.divides(limbs.collect())
        };
        // 2 N is 2 k times n.
        let last = friendly.multiplier * 2 - 1;
        for factor in [
            0,
            1,
            2,
            friendly.multiplier / 2,
            friendly.multiplier,
            last - 1,
            last,
        ] {
            let multiple = n * factor.min(last);
            assert!(divides(&multiple));
            assert!(!divides(&(&multiple + 1u8)));
            assert!(!divides(&(&multiple + (n >> 1u8))));
            assert!(!divides(&(multiple + n - 1u8)));
        }
    }

    #[test]
    fn a_multiple_is_told_from_its_neighbours() {
        for bits in [2048, 4096] {
            for n in extremes::moduli(bits) {
                divides_its_multiples::<28>(&n, bits);
                divides_its_multiples::<51>(&n, bits);
            }
        }
    }

    /// With big integers in place of an engine.
    fn closes<const WIDTH: u32>(n: &BigUint, bits: usize) {
        let friendly = prepared::<WIDTH>(n, bits);
        let multiple = n * friendly.multiplier;
        let (count, one) = (friendly.modulus.len(), BigUint::from(1u8));
        let r = &one << (count * WIDTH as usize);
        let inverse = r.modinv(&multiple).unwrap();
        let constant = n / 3u8;
        let closing = friendly.closing(&constant.to_bytes_be(), |x, y| {
            let product = value::<WIDTH>(x) * value::<WIDTH>(y) * &inverse % &multiple;
            let bytes = product.to_bytes_be();
            *x = (0..count)
                .map(|i| {
                    let limb = (BigUint::from_bytes_be(&bytes) >> (i * WIDTH as usize))
                        & BigUint::from(mask(WIDTH));
                    u64::try_from(limb).unwrap()
                })
                .collect();
        });
        let factor = inverse.modpow(&65535u32.into(), &multiple);
        assert_eq!(value::<WIDTH>(&closing.factor) + &factor, multiple);
        let sum = value::<WIDTH>(&closing.constant) + factor * constant;
        assert_eq!(sum % &multiple, BigUint::ZERO);
    }

    #[test]
    fn the_closing_factors_are_the_powers_that_they_say() {
        for n in extremes::moduli(2048) {
            closes::<28>(&n, 2048);
            closes::<51>(&n, 2048);
        }
    }
}
