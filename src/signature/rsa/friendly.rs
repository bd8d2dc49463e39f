//! What an engine needs to know of a modulus, whatever the width of its limbs.
//!
//! Arithmetic is done modulo a multiple `N = k n` for which `N = -1 mod 2^WIDTH`. The
//! quotient digit of a Montgomery step is then the column's low limb itself, where another
//! modulus asks for a multiplication that the whole step would wait for; and adding
//! `q N = q 2^WIDTH ((N + 1) / 2^WIDTH) - q` clears that limb by itself, so that only the
//! shifted modulus `(N + 1) / 2^WIDTH` is ever multiplied. The price is one limb more.
//!
//! With `L` limbs and `R = 2^(L WIDTH)`, every engine keeps `4 N <= R`, hence with digits from 0
//! to `2^WIDTH` a product of `x, y < 2 N` reduces to less than `x y / R + N <= 2 N`, and with digits
//! on both sides of zero it stays within `N` of it: no subtraction.
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
//! and by 1 at the end. The left side, reduced, is a `y` from 0 to `2 N`. If it is a multiple of
//! `n`, the quotient is less than `2 k < 2^(WIDTH + 1)`, and the low limb of `y` tells it but for
//! its highest bit: two products by `n` decide.

use super::limbs::{Integer, is_less, mask, multiply_add, negative_inverse};
use alloc::vec::Vec;

/// A modulus and its friendly multiple, in limbs of `WIDTH` bits.
pub(super) struct FriendlyModulus<const WIDTH: u32> {
    /// The modulus `n`.
    pub(super) modulus: Vec<u64>,
    /// `k = -n^-1 mod 2^WIDTH`.
    pub(super) multiplier: u64,
    /// `(N + 1) / 2^WIDTH` for `N = k n`.
    pub(super) shifted: Vec<u64>,
    /// `N - 1`, to prepare with.
    minus_one: Vec<u64>,
}

/// What closes a verification, as an engine's numbers modulo `N`.
pub(super) struct Closing<T> {
    /// `-R^-65535`, the digest's factor.
    pub(super) factor: T,
    /// `-R^-65535` times the constant.
    pub(super) constant: T,
}

impl<const WIDTH: u32> FriendlyModulus<WIDTH> {
    /// Limbs that a modulus of `bits` needs: `4 N <= R`, and `N < 2^(bits + width)`.
    pub(super) const fn limbs_for(bits: usize) -> usize {
        (bits + WIDTH as usize + 2).div_ceil(WIDTH as usize)
    }

    /// Prepares the odd modulus `n`, big-endian, for `limbs` limbs, at least
    /// [`Self::limbs_for`].
    pub(super) fn new(n: &[u8], limbs: usize) -> Self {
        let words = Integer::from_be_bytes(n);
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

    /// The factors for a constant less than `n`, big-endian, given how the engine holds a
    /// number and its Montgomery multiplication `x = x y / R`.
    ///
    /// In that multiplication the power `(-1)^e` is `(-1)^e R^(1 - e)`.
    pub(super) fn closing<T: Clone>(
        &self,
        constant: &[u8],
        number: impl Fn(&[u64]) -> T,
        mut multiply: impl FnMut(&mut T, &T),
    ) -> Closing<T> {
        let minus_one = number(&self.minus_one);
        // e = 2^16 - 1: fifteen times doubled and one more.
        let mut power = minus_one.clone();
        for _ in 1..16 {
            let same = power.clone();
            multiply(&mut power, &same);
            multiply(&mut power, &minus_one);
        }
        let [factor, constant] = [&[1], constant].map(|big_endian: &[u8]| {
            let limbs = Integer::from_be_bytes(big_endian).limbs::<WIDTH>(self.modulus.len());
            let mut scaled = number(&limbs);
            multiply(&mut scaled, &power);
            scaled
        });
        Closing { factor, constant }
    }

    /// A signature's limbs, where it is less than `n`.
    pub(super) fn representative(&self, signature: &[u8]) -> Option<Vec<u64>> {
        let limbs = Integer::from_be_bytes(signature).limbs::<WIDTH>(self.modulus.len());
        // RFC 8017 section 5.2.2 step 1: a representative lies between 0 and n - 1.
        is_less(&limbs, &self.modulus).then_some(limbs)
    }

    /// Whether `y < 2 N` is a multiple of `n`.
    #[inline(never)]
    pub(super) fn divides(&self, y: &[u64]) -> bool {
        let low = y.first().copied().unwrap_or(0);
        let quotient = low.wrapping_mul(self.multiplier).wrapping_neg() & mask(WIDTH);
        [quotient, quotient + (1 << WIDTH)].iter().any(|quotient| {
            let mut multiple = self.modulus.clone();
            multiply_add::<WIDTH>(&mut multiple, *quotient, 0);
            multiple == y
        })
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
                leaves_its_margin::<46>(&n, bits);
                leaves_its_margin::<51>(&n, bits);
                leaves_its_margin::<57>(&n, bits);
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
            friendly.divides(&limbs.collect::<Vec<_>>())
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
                divides_its_multiples::<46>(&n, bits);
                divides_its_multiples::<51>(&n, bits);
                divides_its_multiples::<57>(&n, bits);
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
        let closing = friendly.closing(&constant.to_bytes_be(), <[u64]>::to_vec, |x, y| {
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
            closes::<46>(&n, 2048);
            closes::<51>(&n, 2048);
            closes::<57>(&n, 2048);
        }
    }
}
