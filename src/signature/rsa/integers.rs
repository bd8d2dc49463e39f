//! The engine of native code: limbs of 57 bits, whose products are summed in 128.
//!
//! WebAssembly has no such product. Machines do: on x86-64 this takes four fifths of the time of
//! the doubles in `exact`, and processors without doubles would have to emulate those.
//!
//! A column is summed whole before the next is begun, with what the reduction adds to it (product
//! scanning, "FIPS" in Koç, Acar and Kaliski's comparison of Montgomery multiplications, 1996),
//! so that no sum is ever stored. Of `L` limbs it has at most `L` products of the multiplication,
//! `L` of the reduction and five of the digest, a limb that it begins with, and a carry below
//! `2^66`. For `L <= 73` that is less than `151 * 2^114 + 2^67 < 2^122`.
//!
//! Two columns at once, or four products, are no faster.
//!
//! Numbers are integers below `2 N`, see [`friendly`](super::friendly).
#![allow(
    clippy::indexing_slicing,
    reason = "ranges of limbs, cut to the lengths of the slices that they are of"
)]

use super::Engine;
use super::friendly::{Closing, FriendlyModulus};
use super::limbs::{Integer, mask};
use alloc::vec::Vec;

/// Bits of a limb.
const WIDTH: u32 = 57;

/// Limbs of a digest.
const DIGEST_LIMBS: usize = 256usize.div_ceil(WIDTH as usize);

/// A modulus that is ready to raise to the power 65537.
pub(super) struct Integers {
    modulus: FriendlyModulus<WIDTH>,
    closing: Closing<Vec<u64>>,
}

impl Engine for Integers {
    fn new(n: &[u8], bits: usize, constant: &[u8]) -> Self {
        let modulus = FriendlyModulus::new(n, FriendlyModulus::<WIDTH>::limbs_for(bits));
        let mut digits = Vec::new();
        let closing = modulus.closing(constant, <[u64]>::to_vec, |x: &mut Vec<u64>, y| {
            reduce(|k| column(x, y, k), &modulus.shifted, &mut digits);
            x.copy_from_slice(result(&digits));
        });
        Self { modulus, closing }
    }

    fn opens(&self, signature: &[u8], digest: &[u8; 32]) -> bool {
        let Some(signature) = self.modulus.representative(signature) else {
            return false;
        };
        let Closing { factor, constant } = &self.closing;
        let digest = Integer::from_be_bytes(digest).limbs::<WIDTH>(DIGEST_LIMBS);
        let mut power = signature.clone();
        let mut digits = Vec::with_capacity(2 * power.len());
        for _ in 0..16 {
            reduce(
                |k| column_of_square(&power, k),
                &self.modulus.shifted,
                &mut digits,
            );
            power.copy_from_slice(result(&digits));
        }
        let closed = |k| {
            let constant = constant.get(k).copied().unwrap_or(0);
            column(&power, &signature, k) + column(factor, &digest, k) + u128::from(constant)
        };
        reduce(closed, &self.modulus.shifted, &mut digits);
        self.modulus.divides(result(&digits))
    }
}

/// Divides a number below `4 N^2` by `R`, modulo `N`: the quotient's digits and then those of the
/// result, below `2 N`.
#[inline(always)]
fn reduce(column_of: impl Fn(usize) -> u128, shifted: &[u64], digits: &mut Vec<u64>) {
    digits.clear();
    let mut sum = 0;
    for k in 0..2 * shifted.len() {
        sum += column_of(k);
        if let Some(before) = k.checked_sub(1) {
            let quotient = &digits[..k.min(shifted.len())];
            sum += column(quotient, shifted, before);
        }
        digits.push(sum as u64 & mask(WIDTH));
        sum >>= WIDTH;
    }
}

/// The upper half of what [`reduce`] leaves.
fn result(digits: &[u64]) -> &[u64] {
    &digits[digits.len() / 2..]
}

/// Column `k` of `x y`: the sum of the `x_i y_j` with `i + j = k`.
#[inline(always)]
fn column(x: &[u64], y: &[u64], k: usize) -> u128 {
    products(x, y, k, x.len().min(k + 1))
}

/// Column `k` of `x^2`: of products that occur twice, one is computed.
#[inline(always)]
fn column_of_square(x: &[u64], k: usize) -> u128 {
    let middle = if k.is_multiple_of(2) { x[k / 2] } else { 0 };
    2 * products(x, x, k, k.div_ceil(2)) + u128::from(middle) * u128::from(middle)
}

/// The sum of the `x_i y_j` with `i + j = k` and `i < end`.
#[inline(always)]
fn products(x: &[u64], y: &[u64], k: usize, end: usize) -> u128 {
    let first = (k + 1).saturating_sub(y.len());
    if first >= end {
        return 0;
    }
    let partners = y[k + 1 - end..=k - first].iter().rev();
    let pairs = x[first..end].iter().zip(partners);
    pairs.map(|(x, y)| u128::from(*x) * u128::from(*y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::rsa::extremes;
    use crate::signature::rsa::limbs::MAX_BITS;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    #[test]
    fn extreme_powers_agree_with_big_integers() {
        extremes::powers_agree::<Integers>(1);
    }

    /// The bound of the module, with every limb as large as it can be: tests panic where a sum
    /// overflows.
    #[test]
    fn the_fullest_columns_do_not_overflow() {
        let full = alloc::vec![mask(WIDTH); FriendlyModulus::<WIDTH>::limbs_for(MAX_BITS)];
        let digest = &full[..DIGEST_LIMBS];
        for square in [false, true] {
            let columns = |k| {
                let product = if square {
                    column_of_square(&full, k)
                } else {
                    column(&full, &full, k)
                };
                assert_eq!(product, column(&full, &full, k));
                product + column(&full, digest, k) + u128::from(mask(WIDTH))
            };
            reduce(columns, &full, &mut Vec::new());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn powers_agree_with_big_integers(
            size in prop::sample::select(extremes::SIZES.to_vec()),
            modulus in prop::collection::vec(any::<u8>(), 512),
            s in prop::collection::vec(any::<u8>(), 512),
        ) {
            let n = extremes::modulus(size, &modulus);
            extremes::opens_exactly::<Integers>(&n, size, &(BigUint::from_bytes_be(&s) % &n));
        }
    }
}
