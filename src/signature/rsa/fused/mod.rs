//! The engine of fused multiply-adds: limbs of 51 bits in doubles, two to a vector.
//!
//! WebAssembly multiplies two 64-bit integers into 64 bits and nothing wider, one at a time.
//! A fused multiply-add sees the whole product of two 53-bit numbers before it rounds, in
//! two lanes at once, and relaxed SIMD offers it. On one x86-64, in one process, how many
//! times longer the others take than this engine:
//!
//! | bits | exact doubles | OpenSSL |
//! |---|---|---|
//! | 2048 | 2.1 | 1.2 |
//! | 3072 | 2.1 | 1.2 |
//! | 4096 | 2.1 | 1.2 |
//!
//! **The product.** With `0 <= a b < 2^103`, `high = fma(a, b, 2^103)` lies in
//! `[2^103, 2^104)`, where doubles are `2^51` apart: it is `2^103 + 2^51 H` with `H` the
//! integer nearest to `a b / 2^51`. Then `low = fma(a, b, (2^103 + 3 2^51) - high)`, whose
//! subtraction is exact, is `3 2^51 + L` with `L = a b - 2^51 H`, `|L| <= 2^50`: it lies in
//! `[2^52, 2^53)`, where doubles are 1 apart, so it is exact too. Read as words, the bits of
//! the two doubles are `H` and `L` each with a constant added, [`HIGH_BIAS`] and
//! [`LOW_BIAS`], and may be summed as words.
//!
//! **The columns.** A column of a number of `2 V` limbs gathers at most `2 V` products of the
//! multiplication, `2 V` of the reduction and six of the digest, each with `H <= 2^51` and
//! `|L| <= 2^50`, a doubled product counting twice, and a limb of the constant. For `V <= 41`
//! that is at most `170 * 3 * 2^50 + 2^51 = 2^59`.
//! The constants come to nothing, modulo `2^64`, against what the columns begin with.
//!
//! **The sizes.** `V` is 21, 31 or 41, for moduli up to 2089, 3109 and 4129 bits: eleven
//! pairs and so many times the ten steps by which the reduction's inner loop is unrolled.
//!
//! Where the machine does not fuse (JavaScriptCore on x86-64, as measured) every product is
//! wrong, and every signature refused. Who loads this build tries it first
//! ([`super::self_test`]) and falls back to the other build.

mod columns;
mod reduction;
#[cfg(test)]
mod tests;
mod words;

use super::Engine;
#[cfg(doc)]
use super::friendly::Closing;
use super::friendly::FriendlyModulus;
use super::lanes::Doubles;
use super::limbs::Integer;
use alloc::vec::Vec;
use columns::Columns;
use reduction::{STEPS, reduce};
use words::Words;

/// Bits of a limb.
const WIDTH: u32 = 51;

const TWO_52: f64 = (1u64 << 52) as f64;

/// `2^103`, where doubles are `2^51` apart.
const HIGH_MAGIC: f64 = TWO_52 * (1u64 << 51) as f64;

/// `2^103 + 3 2^51`: less the high half, it leaves `3 2^51` above the low one.
const LOW_MAGIC: f64 = HIGH_MAGIC + 3.0 * (1u64 << 51) as f64;

/// What the bits of `2^103 + 2^51 H` are more than `H`.
const HIGH_BIAS: i64 = HIGH_MAGIC.to_bits() as i64;

/// What the bits of `3 2^51 + L` are more than `L`.
const LOW_BIAS: i64 = (3.0 * (1u64 << 51) as f64).to_bits() as i64;

/// The halves `H` and `L` of a product below `2^103`, each with its bias.
#[inline(always)]
fn product(a: Doubles, b: Doubles) -> (Words, Words) {
    let high = a.multiply_add(b, Doubles::splat(HIGH_MAGIC));
    let low = a.multiply_add(b, Doubles::splat(LOW_MAGIC).minus(high));
    (high.to_bits(), low.to_bits())
}

/// Pairs of limbs for a modulus of `bits` bits.
const fn pairs_for(bits: usize) -> usize {
    let pairs = FriendlyModulus::<WIDTH>::limbs_for(bits).div_ceil(2);
    (pairs - 1).next_multiple_of(STEPS) + 1
}

/// Pairs of limbs of a digest.
const DIGEST_PAIRS: usize = 256usize.div_ceil(2 * WIDTH as usize);

/// A modulus that is ready to raise to the power 65537.
pub(super) struct Fused {
    modulus: FriendlyModulus<WIDTH>,
    /// `(N + 1) / 2^51`, see [`FriendlyModulus`].
    shifted: Vec<Doubles>,
    /// See [`Closing`], whose constant is in what the closing columns begin with.
    factor: Vec<Doubles>,
    /// What the columns of a square begin with, and those that close a verification.
    square_bias: Columns,
    closing_bias: Columns,
}

impl Fused {
    /// `x = x^2 / R mod N`, less than `2 N`, for `x < 2 N`.
    fn square(&self, x: &mut [Doubles], columns: &mut Columns) {
        columns.copy_from(&self.square_bias);
        columns.add_square(x);
        reduce(columns, &self.shifted, x);
    }
}

impl Engine for Fused {
    fn new(n: &[u8], bits: usize, constant: &[u8]) -> Self {
        let pairs = pairs_for(bits);
        let modulus = FriendlyModulus::new(n, 2 * pairs);
        let shifted = to_doubles(&modulus.shifted);
        let product_bias = Columns::biased(pairs, |_| 0..pairs);
        let mut columns = Columns::new(pairs);
        let closing = modulus.closing(constant, to_doubles, |x: &mut Vec<Doubles>, y| {
            columns.copy_from(&product_bias);
            columns.add_product(x, y);
            reduce(&mut columns, &shifted, x);
        });
        let mut closing_bias = product_bias;
        closing_bias.expect_product(DIGEST_PAIRS, pairs);
        closing_bias.add(&to_limbs(&closing.constant));
        Self {
            factor: closing.factor,
            square_bias: Columns::biased(pairs, |e| e..pairs),
            closing_bias,
            modulus,
            shifted,
        }
    }

    fn opens(&self, signature: &[u8], digest: &[u8; 32]) -> bool {
        let pairs = self.shifted.len();
        let Some(limbs) = self.modulus.representative(signature) else {
            return false;
        };
        let signature = to_doubles(&limbs);
        let mut columns = Columns::new(pairs);
        let mut power = signature.clone();
        for _ in 0..16 {
            self.square(&mut power, &mut columns);
        }
        let digest = Integer::from_be_bytes(digest).limbs::<WIDTH>(2 * DIGEST_PAIRS);
        columns.copy_from(&self.closing_bias);
        columns.add_product(&power, &signature);
        columns.add_product(&to_doubles(&digest), &self.factor);
        reduce(&mut columns, &self.shifted, &mut power);
        self.modulus.divides(&to_limbs(&power))
    }
}

/// An even count of limbs in pairs. 51 bits are a double exactly.
#[inline(never)]
fn to_doubles(limbs: &[u64]) -> Vec<Doubles> {
    let (pairs, _) = limbs.as_chunks::<2>();
    pairs
        .iter()
        .map(|[low, high]| Doubles::new(*low as f64, *high as f64))
        .collect()
}

#[inline(never)]
fn to_limbs(doubles: &[Doubles]) -> Vec<u64> {
    doubles
        .iter()
        .flat_map(|pair| pair.to_array().map(|limb| limb as u64))
        .collect()
}
