//! The engine of WebAssembly everywhere: limbs of 23 bits in doubles, two to a vector.
//!
//! A double holds every integer up to `2^53`, so products and sums that stay below it are
//! exact: rounding never happens. WebAssembly multiplies two doubles at once, and integers of
//! 64 bits one at a time: on one x86-64, in one process, limbs of 28 bits in integers took 1.3
//! times as long in Node.js 20, 1.4 times in 24 and 26, and 1.6 times in Bun.
//!
//! **The limbs** are signed, at most `2^22` from zero: to round to a multiple of `2^23`, which
//! is one addition and one subtraction, leaves such a limb. The results of a reduction are within
//! `2^22 + 2^8`, see [`reduce`].
//!
//! **The columns.** For `V` pairs of limbs a column gathers at most `2 V` products of the
//! multiplication, `2 V` of the reduction and twelve of the digest, a doubled product counting
//! twice, besides a limb that it begins with and a carry below `2^31`. For `V <= 92` that is at
//! most `380 (2^22 + 2^8)^2 + 2^32 < 2^53`, and so is every sum on the way.
//!
//! **Signs.** A digit lies within `2^22` of zero, so that their whole is less than
//! `R / 2 (1 + 2^-22)`, and a product of `x, y` with `|x|, |y| <= N` reduces to at most
//! `N^2 / R + N / 2 (1 + 2^-22) < 0.76 N`, as `4 N <= R`. Numbers of this engine are integers
//! between `-N` and `N`.
//!
//! A pair is one limb of 46 bits to [`FriendlyModulus`]. That clears two columns at once: the
//! shifted modulus begins a whole pair further, and is a pair shorter than the others.

mod product;
mod reduction;
#[cfg(test)]
mod tests;

use super::Engine;
#[cfg(doc)]
use super::friendly::Closing;
use super::friendly::FriendlyModulus;
use super::lanes::Doubles;
use super::limbs::{Integer, mask, multiply_add};
use alloc::vec;
use alloc::vec::Vec;
use product::{ROWS, add_product};
use reduction::reduce;

/// Bits of a limb.
const WIDTH: u32 = 23;

/// Bits of a pair of limbs.
const PAIR: u32 = 2 * WIDTH;

const TWO_23: f64 = (1u64 << WIDTH) as f64;

/// `3 2^74`: sums with it lie between `2^75` and `2^76`, where doubles are `2^23` apart.
const MAGIC: f64 = 1.5 * (1u64 << 52) as f64 * TWO_23;

/// Pairs of limbs for a modulus of `bits` bits.
const fn pairs_for(bits: usize) -> usize {
    FriendlyModulus::<PAIR>::limbs_for(bits).next_multiple_of(ROWS / 2)
}

/// Pairs of limbs of a digest.
const DIGEST_PAIRS: usize = 256usize.div_ceil(PAIR as usize);

/// A modulus that is ready to raise to the power 65537.
pub(super) struct Exact {
    modulus: FriendlyModulus<PAIR>,
    /// `(N + 1) / 2^46`, see [`FriendlyModulus`].
    shifted: Vec<Doubles>,
    /// See [`Closing`].
    factor: Vec<Doubles>,
    /// What the columns begin with that close a verification: the constant, and `N R`, by which
    /// the result lies between 0 and `2 N`.
    closing: Vec<Doubles>,
}

impl Engine for Exact {
    fn new(n: &[u8], bits: usize, constant: &[u8]) -> Self {
        let pairs = pairs_for(bits);
        let modulus = FriendlyModulus::new(n, pairs);
        let mut shifted = to_doubles(&modulus.shifted);
        // The last is zero: 46 (V - 1) bits are two more than n has.
        shifted.pop();
        let mut columns = Columns::new(pairs);
        let closing = modulus.closing(constant, to_doubles, |x: &mut Vec<Doubles>, y| {
            add_product(columns.cleared(), x, Some(y));
            reduce(columns.places(), &shifted, x);
        });
        let mut beginning = closing.constant;
        let mut multiple = modulus.modulus.clone();
        multiply_add::<PAIR>(&mut multiple, modulus.multiplier, 0);
        beginning.extend(to_doubles(&multiple));
        Self {
            factor: closing.factor,
            closing: beginning,
            modulus,
            shifted,
        }
    }

    fn opens(&self, signature: &[u8], digest: &[u8; 32]) -> bool {
        let pairs = self.closing.len() / 2;
        let Some(limbs) = self.modulus.representative(signature) else {
            return false;
        };
        let signature = to_doubles(&limbs);
        let mut columns = Columns::new(pairs);
        let mut power = signature.clone();
        for _ in 0..16 {
            add_product(columns.cleared(), &power, None);
            reduce(columns.places(), &self.shifted, &mut power);
        }
        let digest = Integer::from_be_bytes(digest).limbs::<PAIR>(DIGEST_PAIRS);
        let places = columns.cleared();
        for (place, pair) in places.iter_mut().step_by(2).zip(&self.closing) {
            *place = *pair;
        }
        add_product(places, &power, Some(&signature));
        add_product(places, &to_doubles(&digest), Some(&self.factor));
        reduce(columns.places(), &self.shifted, &mut power);
        self.modulus.divides(&to_limbs(&power))
    }
}

/// Column sums of a product, for numbers of `V` pairs.
///
/// Lanes hold neighbouring limbs, so a limb times a pair falls into two neighbouring columns.
/// Place `c` sums what falls into `c` and `c + 1`: nothing is ever shifted to where it belongs,
/// and a column is the high lane of one place and the low lane of the next.
struct Columns(Vec<Doubles>);

impl Columns {
    /// `4 V` places, and before them the high lane of none.
    fn new(pairs: usize) -> Self {
        Self(vec![Doubles::splat(0.0); 1 + 4 * pairs])
    }

    /// All places, with the one before the first.
    fn places(&mut self) -> &mut [Doubles] {
        &mut self.0
    }

    /// The places of a product, all zero.
    fn cleared(&mut self) -> &mut [Doubles] {
        self.0.fill(Doubles::splat(0.0));
        self.0.split_first_mut().map_or(&mut [], |(_, rest)| rest)
    }
}

/// Limbs of 46 bits in signed halves, for a number that leaves the highest two bits free.
#[inline(never)]
fn to_doubles(limbs: &[u64]) -> Vec<Doubles> {
    let mut carry = 0;
    let mut half = |bits: u64| {
        let sum = bits.cast_signed() + carry;
        let limb = sum << (64 - WIDTH) >> (64 - WIDTH);
        carry = (sum - limb) >> WIDTH;
        limb as f64
    };
    limbs
        .iter()
        .map(|limb| Doubles::new(half(limb & mask(WIDTH)), half(limb >> WIDTH)))
        .collect()
}

/// Limbs of 46 bits of a number that is not negative.
#[inline(never)]
fn to_limbs(doubles: &[Doubles]) -> Vec<u64> {
    let mut carry = 0;
    doubles
        .iter()
        .map(|pair| {
            let [low, high] = pair.to_array().map(|limb| limb as i64);
            let sum = low + (high << WIDTH) + carry;
            carry = sum >> PAIR;
            sum.cast_unsigned() & mask(PAIR)
        })
        .collect()
}
