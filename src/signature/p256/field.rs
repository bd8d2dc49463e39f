//! The field of the curve: integers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1.
//!
//! An element is nine **signed** limbs of 29 bits in `i64`, in Montgomery form with
//! R = 2^261. Why this and not four words of 64 bits: WebAssembly has no 64 x 64 -> 128
//! multiplication, and the sums of 29 x 29-bit products fit an `i64` with no carry in
//! between. The signs make subtraction nine subtractions and nothing else. And since
//! p = -1 modulo 2^29, the digit of a Montgomery step is simply the low limb, and its
//! multiple of p four shifts. Measured in V8, dependent multiplications: 24-29 ns; ten
//! limbs of 26 bits 28-33; eight of 32 36-38; four of 64 68-76.
//!
//! # The two bounds
//!
//! **Limbs.** An operand of a multiplication has every limb in (-2^29, 2^29). Then a column
//! of one product is below 9 * 2^58, of the difference of two below 18 * 2^58 < 2^62.2; the
//! reduction adds less than 2^54.2 and a carry below 2^34, so no `i64` overflows. (Tests
//! run with overflow checks: they would panic.)
//!
//! **Values.** A reduction takes T to T / R + e, where 0 <= e < p. Because R > 32 p, what
//! is multiplied may be as large as |T| <= 32 p^2, the *budget*: the result is then in
//! (-p, 2p), and for T >= 0 in [0, 2p). Who adds and subtracts between multiplications
//! keeps within the budget and says how; `point.rs` does.
//!
//! A result is in *carried* form: limbs 0 to 7 in [0, 2^29), limb 8 with the sign, so that
//! the difference of two results is an operand again without any carry.
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of nine limbs, indices from 0 to 8"
)]

use super::integer::U256;
use super::inverse::Modulus;
use crate::signature::written_out::written_out;

/// p, the order of the field (SEC 2 section 2.4.2).
pub(super) const P: U256 = U256::from_be_words([
    0xffff_ffff_0000_0001,
    0x0000_0000_0000_0000,
    0x0000_0000_ffff_ffff,
    0xffff_ffff_ffff_ffff,
]);

pub(super) const LIMBS: usize = 9;
pub(super) const LIMB_BITS: usize = 29;
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;
const RADIX_BITS: u32 = 261;

const P_LIMBS: [i64; LIMBS] = P.limbs(LIMB_BITS);

/// R^2 mod p, the factor that brings an integer into Montgomery form.
const RADIX_SQUARED: FieldElement =
    FieldElement(U256::power_of_two(2 * RADIX_BITS, &P).limbs(LIMB_BITS));

/// The inverse of xR is to be x^-1 R = (xR)^-1 R^2, hence the factor.
const INVERSION: Modulus = Modulus::new(&P, &U256::power_of_two(2 * RADIX_BITS, &P));

/// A number modulo p in Montgomery form; see the module for what bounds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldElement([i64; LIMBS]);

type Columns = [i64; 2 * LIMBS - 1];

impl FieldElement {
    pub(super) const ZERO: Self = Self([0; LIMBS]);
    pub(super) const ONE: Self = Self(U256::power_of_two(RADIX_BITS, &P).limbs(LIMB_BITS));

    /// Any integer below 2^256; the result is in [0, 2p).
    pub(super) const fn from_integer(integer: &U256) -> Self {
        Self(integer.limbs(LIMB_BITS)).multiply(&RADIX_SQUARED)
    }

    /// 2^exponent as an operand of [`Self::multiply`] that is *not* in Montgomery form: it
    /// takes xR to x * 2^exponent, that is to another radix.
    #[cfg(any(target_feature = "relaxed-simd", test))]
    pub(super) const fn to_radix(exponent: u32) -> Self {
        Self(U256::power_of_two(exponent, &P).limbs(LIMB_BITS))
    }

    /// `a * b`. Out of line, as every multiplication here: inlined into a point addition it
    /// spills, and made that addition 2.4 times slower in V8 (and the module larger).
    #[inline(never)]
    pub(super) const fn multiply(&self, other: &Self) -> Self {
        reduce(product(self, other), &Self::ZERO)
    }

    /// `a * b - c` for the price of a product. The limbs of `c` may reach 2^62 in magnitude.
    #[inline(never)]
    pub(super) fn multiply_minus(&self, b: &Self, c: &Self) -> Self {
        reduce(product(self, b), c)
    }

    #[inline(never)]
    pub(super) const fn square(&self) -> Self {
        reduce(square(self), &Self::ZERO)
    }

    /// `a^2 - c - 2 d` for the price of a square; together the limbs of what is subtracted
    /// may reach 2^62 in magnitude.
    #[inline(never)]
    pub(super) fn square_minus(&self, c: &Self, d: &Self) -> Self {
        let subtrahend = Self(written_out!(I in 0 1 2 3 4 5 6 7 8: c.0[I] + 2 * d.0[I]));
        reduce(square(self), &subtrahend)
    }

    /// `a * (b - c) - d * e` with one reduction instead of two. `b` and `c` are carried.
    #[inline(never)]
    pub(super) fn multiply_difference_minus_product(
        &self,
        b: &Self,
        c: &Self,
        d: &Self,
        e: &Self,
    ) -> Self {
        let difference = Self(written_out!(I in 0 1 2 3 4 5 6 7 8: b.0[I] - c.0[I]));
        let (added, subtracted) = (product(self, &difference), product(d, e));
        let columns = written_out!(I in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16:
            added[I] - subtracted[I]);
        reduce(columns, &Self::ZERO)
    }

    /// `a - b`, limb by limb: an operand when both are carried.
    pub(super) fn minus(&self, other: &Self) -> Self {
        self.plus_multiple(-1, other)
    }

    /// `a + factor * b`, limb by limb: not an operand until carried.
    #[inline(never)]
    pub(super) fn plus_multiple(&self, factor: i64, other: &Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] + factor * other.0[i]))
    }

    /// The same value in carried form; the limbs may be anything below 2^62.
    pub(super) fn carried(&self) -> Self {
        self.times(1)
    }

    /// `factor * a` in carried form; the multiplied limbs may be anything below 2^62.
    #[inline(never)]
    pub(super) fn times(&self, factor: i64) -> Self {
        let (mut limbs, mut carry) = (self.0, 0);
        for limb in &mut limbs[..LIMBS - 1] {
            let sum = *limb * factor + carry;
            *limb = sum & LIMB_MASK;
            carry = sum >> LIMB_BITS;
        }
        limbs[LIMBS - 1] = limbs[LIMBS - 1] * factor + carry;
        Self(limbs)
    }

    /// The same number modulo p, in carried form and in [0, p). For values of a few p:
    /// it takes a step for each.
    pub(super) fn canonical(&self) -> Self {
        let p = Self(P_LIMBS);
        let mut value = self.carried();
        while value.is_negative() {
            value = value.plus_multiple(1, &p).carried();
        }
        loop {
            let less = value.minus(&p).carried();
            if less.is_negative() {
                return value;
            }
            value = less;
        }
    }

    /// In carried form the top limb has the sign.
    fn is_negative(&self) -> bool {
        self.0[LIMBS - 1] < 0
    }

    /// Whether it is a multiple of p, for values of less than 16 p.
    ///
    /// As p = -1 modulo 2^29, k p ends in the limb -k: nearly all numbers are told from their
    /// lowest limb alone.
    pub(super) fn is_zero(&self) -> bool {
        let may_be = (self.0[0] + 16) & LIMB_MASK <= 32;
        may_be && self.canonical().0 == [0; LIMBS]
    }

    /// `1 / a`, canonical; zero for zero.
    pub(super) fn invert(&self) -> Self {
        let inverse = INVERSION.inverse(&self.canonical().montgomery_integer());
        Self(inverse.limbs(LIMB_BITS))
    }

    /// The Montgomery form of a canonical element, as an integer.
    pub(super) fn montgomery_integer(&self) -> U256 {
        U256::from_limbs(&self.0, LIMB_BITS)
    }

    #[cfg(any(not(target_feature = "relaxed-simd"), test))]
    /// The limbs of a canonical element, in half the memory.
    pub(super) fn pack(&self) -> [u32; LIMBS] {
        #[allow(clippy::cast_possible_truncation, reason = "in [0, 2^29)")]
        self.0.map(|limb| limb as u32)
    }

    #[cfg(any(not(target_feature = "relaxed-simd"), test))]
    /// What [`Self::pack`] packed.
    #[inline(always)]
    pub(super) fn unpack(limbs: &[u32; LIMBS]) -> Self {
        Self(written_out!(I in 0 1 2 3 4 5 6 7 8: limbs[I] as i64))
    }

    #[cfg(any(not(target_feature = "relaxed-simd"), test))]
    /// `-a` when `negative`, without a branch: signs of digits are random, and a branch on
    /// them is mispredicted every second time.
    #[inline(always)]
    pub(super) fn negated_if(&self, negative: bool) -> Self {
        let mask = -i64::from(negative);
        Self(written_out!(I in 0 1 2 3 4 5 6 7 8: (self.0[I] ^ mask) - mask))
    }
}

/// The columns of `a * b`: column k is the sum of the `a_i b_j` with i + j = k.
#[inline(always)]
#[rustfmt::skip]
const fn product(a: &FieldElement, b: &FieldElement) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a.0;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b.0;
    [
        a0 * b0,
        a0 * b1 + a1 * b0,
        a0 * b2 + a1 * b1 + a2 * b0,
        a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
        a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
        a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
        a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
        a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
        a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
        a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1,
        a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2,
        a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3,
        a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4,
        a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5,
        a6 * b8 + a7 * b7 + a8 * b6,
        a7 * b8 + a8 * b7,
        a8 * b8,
    ]
}

/// The columns of `a^2`: 45 products in place of 81, with one factor doubled (d for double).
#[inline(always)]
#[rustfmt::skip]
const fn square(a: &FieldElement) -> Columns {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a.0;
    let (d0, d1, d2, d3) = (2 * a0, 2 * a1, 2 * a2, 2 * a3);
    let (d4, d5, d6, d7) = (2 * a4, 2 * a5, 2 * a6, 2 * a7);
    [
        a0 * a0,
        d0 * a1,
        d0 * a2 + a1 * a1,
        d0 * a3 + d1 * a2,
        d0 * a4 + d1 * a3 + a2 * a2,
        d0 * a5 + d1 * a4 + d2 * a3,
        d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3,
        d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4,
        d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4,
        d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5,
        d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5,
        d3 * a8 + d4 * a7 + d5 * a6,
        d4 * a8 + d5 * a7 + a6 * a6,
        d5 * a8 + d6 * a7,
        d6 * a8 + a7 * a7,
        d7 * a8,
        a8 * a8,
    ]
}

/// `columns / R - subtrahend` modulo p, carried.
///
/// Nine times, the lowest column is made divisible by 2^29 by adding `digit * p` and its
/// quotient goes to the next. In units of that column, p is
/// `-1 + 2^9 c^3 + 2^18 c^6 - 2^21 c^7 + 2^24 c^8` where c = 2^29, one column: the -1 makes
/// the digit the low limb itself. What is subtracted joins the columns that become the
/// result, before the carry that they need anyway.
#[inline(always)]
const fn reduce(columns: Columns, subtrahend: &FieldElement) -> FieldElement {
    let [
        t0,
        mut t1,
        mut t2,
        mut t3,
        mut t4,
        mut t5,
        mut t6,
        mut t7,
        mut t8,
        ..,
    ] = columns;
    let [
        ..,
        mut t9,
        mut t10,
        mut t11,
        mut t12,
        mut t13,
        mut t14,
        mut t15,
        mut t16,
    ] = columns;

    macro_rules! eliminate {
        ($t:ident, $next:ident, $third:ident, $sixth:ident, $seventh:ident, $eighth:ident) => {
            let digit = $t & LIMB_MASK;
            $next += $t >> LIMB_BITS;
            $third += digit << 9;
            $sixth += digit << 18;
            $seventh -= digit << 21;
            $eighth += digit << 24;
        };
    }
    eliminate!(t0, t1, t3, t6, t7, t8);
    eliminate!(t1, t2, t4, t7, t8, t9);
    eliminate!(t2, t3, t5, t8, t9, t10);
    eliminate!(t3, t4, t6, t9, t10, t11);
    eliminate!(t4, t5, t7, t10, t11, t12);
    eliminate!(t5, t6, t8, t11, t12, t13);
    eliminate!(t6, t7, t9, t12, t13, t14);
    eliminate!(t7, t8, t10, t13, t14, t15);
    eliminate!(t8, t9, t11, t14, t15, t16);

    let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = subtrahend.0;
    let t9 = t9 - s0;
    let t10 = t10 - s1 + (t9 >> LIMB_BITS);
    let t11 = t11 - s2 + (t10 >> LIMB_BITS);
    let t12 = t12 - s3 + (t11 >> LIMB_BITS);
    let t13 = t13 - s4 + (t12 >> LIMB_BITS);
    let t14 = t14 - s5 + (t13 >> LIMB_BITS);
    let t15 = t15 - s6 + (t14 >> LIMB_BITS);
    let t16 = t16 - s7 + (t15 >> LIMB_BITS);
    FieldElement([
        t9 & LIMB_MASK,
        t10 & LIMB_MASK,
        t11 & LIMB_MASK,
        t12 & LIMB_MASK,
        t13 & LIMB_MASK,
        t14 & LIMB_MASK,
        t15 & LIMB_MASK,
        t16 & LIMB_MASK,
        (t16 >> LIMB_BITS) - s8,
    ])
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
