//! Pairs of field elements, as five signed limbs of 51 bits in floating-point numbers, in
//! Montgomery form with R = 2^255.
//!
//! # Splitting a product
//!
//! Let C = 1.5 * 2^103. `high = a * b + C`, rounded once, has a b rounded to a multiple of
//! 2^51; `low = a * b + (C - high)` is what the rounding left, exactly. The bit patterns of
//! both, added up as integers, are the columns of the product (`constants.rs`). This is how
//! Emmart and Mitscha-Baude multiply for the 255-bit fields of proof systems.
//!
//! P-256 is less obliging: five limbs of 51 bits are one bit short of it. So limbs are
//! **balanced** around zero, the top limb is allowed a bit more, and what exceeds 2^256 is
//! folded back. Six limbs would cost 44 % more products.
//!
//! # The bounds
//!
//! Every operand of a product has
//!
//! ```text
//! |l0|, |l1|, |l2|, |l3| <= 2^50 + 2^45 + 2        |l4| <= 2^51 + 2^32
//! ```
//!
//! so that every product but that of the top limbs is below 2^102, as C requires, also with
//! one factor doubled when it is not l4; the product of the top limbs is below 2^103 and is
//! split with 2 C. A column adds up at most twenty halves of 2^51.1, three subtrahends of
//! 2^50.1, the multiples of p with less than 2^53.5 and the fold with less than 2^55.1:
//! together less than 2^57, far from the 2^62 of `POSITIVE`.
//!
//! Every operation returns such operands, because a mask makes them: there is no budget to
//! keep here. The tests go to all four corners.
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of five limbs and ten columns, at indices written in the program"
)]

use super::super::integer::U256;
use super::constants::{Beginning, COLUMNS, Constants};
use super::lanes::Lanes;
use crate::signature::written_out::written_out;

pub(super) const LIMBS: usize = 5;
pub(super) const LIMB_BITS: usize = 51;
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;

/// p in limbs: -1 + 2^96 + 2^192 - 2^224 + 2^256.
const P_LIMBS: [i64; LIMBS] = [-1, 1 << 45, 0, 1 << 39, (1 << 52) - (1 << 20)];

/// Two field elements within the bounds above.
#[derive(Clone, Copy)]
pub(super) struct Operand(pub(super) [Lanes; LIMBS]);

/// What an operation returns: the operand, and its top limb once more as an integer. That
/// limb may exceed the 2^51 up to which a floating-point addition turns it into one.
#[derive(Clone, Copy)]
pub(super) struct Reduced {
    pub(super) limbs: Operand,
    pub(super) top: Lanes,
}

/// A product in two halves of known pattern: `$low` and `$high` are added to.
macro_rules! accumulate {
    ($constants:ident, $a:expr, $b:expr, $low:ident, $high:ident) => {
        let high = $a.f_multiply_add($b, $constants.split);
        let low = $a.f_multiply_add($b, $constants.split_integer.f_sub(high));
        $low = $low.i_add(low);
        $high = $high.i_add(high);
    };
}

/// One column: its products add their low halves to it, and their high halves to the next.
macro_rules! column {
    ($constants:ident, $beginning:ident, $columns:ident, $next:ident, $k:literal: $(($a:expr, $b:expr))*) => {
        let mut current = $next;
        $next = $beginning[$k + 1];
        $( accumulate!($constants, $a, $b, current, $next); )*
        $columns[$k] = current;
    };
}

impl Operand {
    pub(super) const ZERO: Self = Self::splat(&[0.0; LIMBS]);

    /// The same element in both lanes.
    pub(super) const fn splat(limbs: &[f64; LIMBS]) -> Self {
        let [a, b, c, d, e] = *limbs;
        Self([
            Lanes::floats(a),
            Lanes::floats(b),
            Lanes::floats(c),
            Lanes::floats(d),
            Lanes::floats(e),
        ])
    }

    #[inline(always)]
    pub(super) fn side_by_side(first: &[f64; LIMBS], second: &[f64; LIMBS]) -> Self {
        Self(written_out!(I in 0 1 2 3 4: Lanes::pair(first[I], second[I])))
    }

    /// `a * b`. Out of line, as in `field.rs` and for the same reason.
    #[inline(never)]
    pub(super) fn multiply(&self, constants: &Constants, b: &Self) -> Reduced {
        reduce(constants, product(constants, self, b, &constants.multiply))
    }

    /// `a * b - c`
    #[inline(never)]
    pub(super) fn multiply_minus(&self, constants: &Constants, b: &Self, c: &Reduced) -> Reduced {
        let columns = product(constants, self, b, &constants.multiply_minus);
        reduce(constants, minus(columns, c.integers(constants)))
    }

    /// `a * b - c * d` with one reduction.
    #[inline(never)]
    pub(super) fn multiply_minus_product(
        &self,
        constants: &Constants,
        b: &Self,
        c: &Self,
        d: &Self,
    ) -> Reduced {
        let minus_c = c.xor(constants.sign);
        reduce(constants, two_products(constants, self, b, &minus_c, d))
    }

    #[inline(never)]
    pub(super) fn square(&self, constants: &Constants) -> Reduced {
        reduce(constants, square(constants, self, &constants.square))
    }

    /// `a^2 - c - 2 d`
    #[inline(never)]
    pub(super) fn square_minus(&self, constants: &Constants, c: &Reduced, d: &Reduced) -> Reduced {
        let columns = square(constants, self, &constants.square_minus);
        let (c, d) = (c.integers(constants), d.integers(constants));
        let subtrahend = written_out!(I in 0 1 2 3 4: c[I].i_add(d[I].i_add(d[I])));
        reduce(constants, minus(columns, subtrahend))
    }

    /// `a - b`, brought within the bounds: what the limbs have beyond half a limb is carried
    /// (-1, 0 or 1), what the top limb has beyond 2^51 is folded, without leaving the
    /// floating-point numbers. Rounding to a multiple of 2^51 is an addition and its
    /// opposite, as in the splitting of products.
    #[inline(always)]
    pub(super) fn minus(&self, constants: &Constants, b: &Self) -> Self {
        let rounded = |x: Lanes, multiple: Lanes| x.f_add(multiple).f_sub(multiple);
        let d = written_out!(I in 0 1 2 3 4: self.0[I].f_sub(b.0[I]));
        let excess = written_out!(I in 0 1 2 3: rounded(d[I], constants.split));
        let fold = rounded(d[4], constants.split_top);
        let low = written_out!(I in 0 1 2 3: d[I].f_sub(excess[I]));
        let carried = |limb: Lanes, from: Lanes| from.f_multiply_add(constants.carry_up, limb);
        let folded = |limb: Lanes, i: usize| fold.f_multiply_add(constants.fold[i], limb);
        Self([
            folded(low[0], 0),
            folded(carried(low[1], excess[0]), 1),
            carried(low[2], excess[1]),
            folded(carried(low[3], excess[2]), 3),
            folded(carried(d[4].f_sub(fold), excess[3]), 4),
        ])
    }

    #[inline(always)]
    pub(super) fn xor(&self, mask: Lanes) -> Self {
        Self(written_out!(I in 0 1 2 3 4: self.0[I].xor(mask)))
    }

    #[inline(always)]
    pub(super) fn swap(&self) -> Self {
        Self(written_out!(I in 0 1 2 3 4: self.0[I].swap()))
    }

    /// With its top limb as an integer.
    pub(super) fn to_reduced(self) -> Reduced {
        let top = self.0[LIMBS - 1];
        #[allow(clippy::cast_possible_truncation, reason = "an integer below 2^53")]
        let integer = |limb: f64| limb as i64;
        Reduced {
            limbs: self,
            top: Lanes::integer_pair(integer(top.first()), integer(top.second())),
        }
    }

    /// Whether the elements in the first lanes are the same number modulo p. Operands are
    /// below 2^255 + 2^237 in magnitude, and their differences below 2p: 0, p or -p.
    pub(super) fn first_is_congruent(&self, other: &Self) -> bool {
        #[allow(clippy::cast_possible_truncation, reason = "integers below 2^53")]
        let limbs = core::array::from_fn(|i| self.0[i].f_sub(other.0[i]).first() as i64);
        let difference = carried(limbs);
        let candidates = [[0; LIMBS], P_LIMBS, P_LIMBS.map(|limb| -limb)];
        candidates
            .into_iter()
            .any(|candidate| carried(candidate) == difference)
    }
}

impl Reduced {
    /// The limbs as integers, all but the top with the pattern of what made them so.
    #[inline(always)]
    fn integers(&self, constants: &Constants) -> [Lanes; LIMBS] {
        let [l0, l1, l2, l3, _] =
            written_out!(I in 0 1 2 3 4: self.limbs.0[I].f_add(constants.integer));
        [l0, l1, l2, l3, self.top]
    }
}

/// The columns less R times what `subtrahend` is.
#[inline(always)]
fn minus(columns: [Lanes; COLUMNS], subtrahend: [Lanes; LIMBS]) -> [Lanes; COLUMNS] {
    let [c0, c1, c2, c3, c4, high @ ..] = columns;
    let [c5, c6, c7, c8, c9] = written_out!(I in 0 1 2 3 4: high[I].i_sub(subtrahend[I]));
    [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9]
}

/// The same value with all limbs but the top in [0, 2^51): the form to compare.
fn carried(mut limbs: [i64; LIMBS]) -> [i64; LIMBS] {
    for i in 0..LIMBS - 1 {
        limbs[i + 1] += limbs[i] >> LIMB_BITS;
        limbs[i] &= LIMB_MASK;
    }
    limbs
}

/// The limbs within the bounds of an integer below p, or of that less p.
pub(super) const fn balanced_limbs(integer: &U256) -> [f64; LIMBS] {
    let mut limbs: [i64; LIMBS] = integer.limbs(LIMB_BITS);
    limbs[4] = integer.bits(4 * LIMB_BITS, LIMB_BITS + 1).cast_signed();
    let above_half = limbs[4] >= 1 << LIMB_BITS;
    let mut balanced = [0.0; LIMBS];
    let (mut i, mut carry) = (0, 0);
    while i < LIMBS {
        let mut limb = limbs[i] + carry;
        if above_half {
            limb -= P_LIMBS[i];
        }
        if i < LIMBS - 1 {
            carry = (limb + (1 << (LIMB_BITS - 1))) >> LIMB_BITS;
            limb -= carry << LIMB_BITS;
        }
        balanced[i] = limb as f64;
        i += 1;
    }
    balanced
}

/// The columns of `a * b`. In the order of the columns, so that few are alive at a time:
/// 26 ns and not 30, with the constants in memory.
#[inline(always)]
#[rustfmt::skip]
fn product(constants: &Constants, a: &Operand, b: &Operand, beginning: &Beginning) -> [Lanes; COLUMNS] {
    let (a, b) = (&a.0, &b.0);
    let (mut columns, mut next) = ([beginning[0]; COLUMNS], beginning[0]);
    column!(constants, beginning, columns, next, 0: (a[0], b[0]));
    column!(constants, beginning, columns, next, 1: (a[0], b[1]) (a[1], b[0]));
    column!(constants, beginning, columns, next, 2: (a[0], b[2]) (a[1], b[1]) (a[2], b[0]));
    column!(constants, beginning, columns, next, 3: (a[0], b[3]) (a[1], b[2]) (a[2], b[1]) (a[3], b[0]));
    column!(constants, beginning, columns, next, 4: (a[0], b[4]) (a[1], b[3]) (a[2], b[2]) (a[3], b[1]) (a[4], b[0]));
    column!(constants, beginning, columns, next, 5: (a[1], b[4]) (a[2], b[3]) (a[3], b[2]) (a[4], b[1]));
    column!(constants, beginning, columns, next, 6: (a[2], b[4]) (a[3], b[3]) (a[4], b[2]));
    column!(constants, beginning, columns, next, 7: (a[3], b[4]) (a[4], b[3]));
    let (high, low) = split_top(constants, a[4], b[4]);
    columns[8] = next.i_add(low);
    columns[9] = beginning[9].i_add(high.i_add(high));
    columns
}

/// The columns of `a * b + c * d`.
#[inline(always)]
#[rustfmt::skip]
fn two_products(constants: &Constants, a: &Operand, b: &Operand, c: &Operand, d: &Operand) -> [Lanes; COLUMNS] {
    let (a, b, c, d) = (&a.0, &b.0, &c.0, &d.0);
    let beginning = &constants.multiply_minus_product;
    let (mut columns, mut next) = ([beginning[0]; COLUMNS], beginning[0]);
    macro_rules! both {
        ($k:literal: $($i:literal)*) => {
            column!(constants, beginning, columns, next, $k: $((a[$i], b[$k - $i]) (c[$i], d[$k - $i]))*);
        };
    }
    both!(0: 0);
    both!(1: 0 1);
    both!(2: 0 1 2);
    both!(3: 0 1 2 3);
    both!(4: 0 1 2 3 4);
    both!(5: 1 2 3 4);
    both!(6: 2 3 4);
    both!(7: 3 4);
    let ((first_high, first_low), (second_high, second_low)) = (split_top(constants, a[4], b[4]), split_top(constants, c[4], d[4]));
    let high = first_high.i_add(second_high);
    columns[8] = next.i_add(first_low.i_add(second_low));
    columns[9] = beginning[9].i_add(high.i_add(high));
    columns
}

/// The columns of `a^2`: 15 products in place of 25. d for double; the doubled top limb
/// would exceed the split, so its products are added twice instead.
#[inline(always)]
#[rustfmt::skip]
fn square(constants: &Constants, a: &Operand, beginning: &Beginning) -> [Lanes; COLUMNS] {
    let a = &a.0;
    let d = [a[0].f_add(a[0]), a[1].f_add(a[1]), a[2].f_add(a[2])];
    let (mut columns, mut next) = ([beginning[0]; COLUMNS], beginning[0]);
    macro_rules! twice_with_top {
        ($k:literal, $i:literal) => {
            let high = a[$i].f_multiply_add(a[4], constants.split);
            let low = a[$i].f_multiply_add(a[4], constants.split_integer.f_sub(high));
            columns[$k] = columns[$k].i_add(low.i_add(low));
            next = next.i_add(high.i_add(high));
        };
    }
    column!(constants, beginning, columns, next, 0: (a[0], a[0]));
    column!(constants, beginning, columns, next, 1: (d[0], a[1]));
    column!(constants, beginning, columns, next, 2: (d[0], a[2]) (a[1], a[1]));
    column!(constants, beginning, columns, next, 3: (d[0], a[3]) (d[1], a[2]));
    column!(constants, beginning, columns, next, 4: (d[1], a[3]) (a[2], a[2]));
    twice_with_top!(4, 0);
    column!(constants, beginning, columns, next, 5: (d[2], a[3]));
    twice_with_top!(5, 1);
    column!(constants, beginning, columns, next, 6: (a[3], a[3]));
    twice_with_top!(6, 2);
    (columns[7], next) = (next, beginning[8]);
    twice_with_top!(7, 3);
    let (high, low) = split_top(constants, a[4], a[4]);
    columns[8] = next.i_add(low);
    columns[9] = beginning[9].i_add(high.i_add(high));
    columns
}

/// The two halves of a product of top limbs, the high one a multiple of 2^52.
#[inline(always)]
fn split_top(constants: &Constants, a: Lanes, b: Lanes) -> (Lanes, Lanes) {
    let high = a.f_multiply_add(b, constants.split_top);
    let rest = constants.split_top.f_sub(high).f_add(constants.integer);
    (high, a.f_multiply_add(b, rest))
}

/// The columns divided by R, modulo p, within the bounds.
///
/// First five Montgomery steps. As p = -1 modulo 2^51, the digit q of a step is the low
/// limb; the rest of `q * p` are shifts, by 45 bits of the next column (2^96), 39 of the
/// third (2^192), 20 of the fourth, negative (-2^224), and one of the fifth (2^256). What a
/// shift takes beyond 51 bits belongs to the column after.
///
/// Then the fold of h, the bits above 2^256: h 2^256 = h (1 - 2^96 - 2^192 + 2^224). And at
/// last the carries, each limb balanced, back into floating-point numbers.
#[inline(always)]
fn reduce(constants: &Constants, mut columns: [Lanes; COLUMNS]) -> Reduced {
    let mask = constants.limb_mask;
    macro_rules! eliminate {
        ($i:literal) => {
            let column = columns[$i];
            let digit = column.and(mask);
            let carry = column.shift_right(51);
            columns[$i + 1] = columns[$i + 1]
                .i_add(carry)
                .i_add(column.shift_left(45).and(mask));
            columns[$i + 2] = columns[$i + 2].i_add(digit.shift_right(6));
            columns[$i + 3] = columns[$i + 3].i_add(column.shift_left(39).and(mask));
            let (third, fourth) = (digit.shift_right(12), column.shift_left(20).and(mask));
            columns[$i + 4] = columns[$i + 4].i_add(third.i_sub(fourth));
            let (fourth, fifth) = (digit.shift_right(31), digit.i_add(digit));
            columns[$i + 5] = columns[$i + 5].i_add(fifth.i_sub(fourth));
        };
    }
    eliminate!(0);
    eliminate!(1);
    eliminate!(2);
    eliminate!(3);
    eliminate!(4);

    let [.., mut l0, mut l1, mut l2, mut l3, last] = columns;
    let fold = last.shift_right(52);
    let top = last.and(constants.top_mask);
    l0 = l0.i_add(fold);
    l1 = l1.i_sub(fold.shift_left(45)).i_add(l0.shift_right(51));
    l2 = l2.i_add(l1.shift_right(51));
    l3 = l3.i_sub(fold.shift_left(39)).i_add(l2.shift_right(51));
    let folded = fold.shift_left(20).i_add(l3.shift_right(51));

    let float = |integer: Lanes, excess: Lanes| integer.or(constants.two_52).f_sub(excess);
    let limb = |column: Lanes| float(column.and(mask), constants.limb_excess);
    let l4 = float(top, constants.top_excess).f_add(float(folded, constants.folded_excess));
    Reduced {
        limbs: Operand([limb(l0), limb(l1), limb(l2), limb(l3), l4]),
        top: top.i_add(folded).i_add(constants.top_correction),
    }
}

#[cfg(test)]
#[path = "field51_tests.rs"]
mod tests;
