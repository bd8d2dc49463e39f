//! Column sums of products, and the two ways to fill them.
//!
//! Lanes hold neighbouring limbs, so that the low halves of a row fall into neighbouring
//! columns and its high halves one column further. Instead of shifting lanes, the sums are
//! kept twice: `even[k]` for columns `2k, 2k+1`, and `odd[k]` for `2k+1, 2k+2`; a column is
//! the sum of its two places.

#![allow(
    clippy::indexing_slicing,
    reason = "slices of a checked length at the head of each row; the inner loops have no index"
)]

use super::words::Words;
use super::{Doubles, HIGH_BIAS, LOW_BIAS, product};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Rows that are taken at a time: each place is then loaded and stored once for two
/// products of each parity.
const ROWS: usize = 4;

/// The sums of `4 V` columns, for numbers of `V` pairs of limbs: `2 V` even places, and then
/// as many odd ones, so that one copy moves all.
pub(super) struct Columns(Vec<Words>);

impl Columns {
    pub(super) fn new(pairs: usize) -> Self {
        Self(vec![Words::splat(0); 4 * pairs])
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.0.copy_from_slice(&other.0);
    }

    /// The even and the odd places.
    #[inline(always)]
    pub(super) fn places(&mut self) -> (&mut [Words], &mut [Words]) {
        let half = self.0.len() / 2;
        self.0.split_at_mut(half)
    }

    /// What the columns begin with, so that the exponents of all the doubles that are added
    /// to them as words, in `rows(e)` pairs from `e` on of the factor and in the whole
    /// reduction, come to nothing.
    pub(super) fn biased(pairs: usize, rows: impl Fn(usize) -> Range<usize>) -> Self {
        let mut columns = Self::new(pairs);
        for e in 0..pairs {
            columns.expect_rows(e, rows(e));
            // The reduction's rows lie one column further.
            let (even, odd) = columns.places();
            for j in 0..pairs {
                take(&mut odd[e + j], LOW_BIAS);
                take(&mut even[e + j + 1], HIGH_BIAS.wrapping_add(LOW_BIAS));
                take(&mut odd[e + j + 1], HIGH_BIAS);
            }
        }
        columns
    }

    /// The same for one more product, of numbers of so many pairs.
    pub(super) fn expect_product(&mut self, x: usize, y: usize) {
        (0..x).for_each(|e| self.expect_rows(e, 0..y));
    }

    /// The same for the rows of one pair.
    fn expect_rows(&mut self, e: usize, rows: Range<usize>) {
        let (even, odd) = self.places();
        for j in rows {
            take(&mut even[e + j], LOW_BIAS);
            take(&mut odd[e + j], HIGH_BIAS.wrapping_add(LOW_BIAS));
            take(&mut even[e + j + 1], HIGH_BIAS);
        }
    }

    /// Adds a number, an even count of limbs.
    pub(super) fn add(&mut self, limbs: &[u64]) {
        let (pairs, _) = limbs.as_chunks();
        for (place, [low, high]) in self.0.iter_mut().zip(pairs) {
            *place = place.plus(Words::new(low.cast_signed(), high.cast_signed()));
        }
    }

    /// Adds `x y`.
    #[inline(never)]
    pub(super) fn add_product(&mut self, x: &[Doubles], y: &[Doubles]) {
        let (fours, rest) = x.as_chunks::<{ ROWS / 2 }>();
        for (index, [first, second]) in fours.iter().enumerate() {
            self.add_four_rows(index * ROWS / 2, *first, *second, y);
        }
        if let [last] = rest {
            self.add_two_rows(x.len() - 1, *last, y);
        }
    }

    /// Adds `x^2`: a pair of rows at a time, the block on the diagonal once, and what lies
    /// right of it with the rows doubled. A doubled limb is below `2^52`, its product with
    /// a limb below `2^103`, which is what [`product`] takes.
    #[inline(never)]
    pub(super) fn add_square(&mut self, x: &[Doubles]) {
        let (fours, rest) = x.as_chunks::<{ ROWS / 2 }>();
        for (index, [first, second]) in fours.iter().enumerate() {
            let e = index * ROWS / 2;
            self.add_two_rows(2 * e, *first, core::slice::from_ref(first));
            let first = first.plus(*first);
            self.add_two_rows(2 * e + 1, first, core::slice::from_ref(second));
            self.add_two_rows(2 * e + 2, *second, core::slice::from_ref(second));
            let second = second.plus(*second);
            self.add_four_rows(2 * e + 2, first, second, &x[e + 2..]);
        }
        if let [last] = rest {
            self.add_two_rows(2 * (x.len() - 1), *last, rest);
        }
    }

    /// Adds the rows of one pair, from place `at` on.
    #[inline(always)]
    fn add_two_rows(&mut self, at: usize, pair: Doubles, y: &[Doubles]) {
        let (a0, a1) = (pair.low_in_both(), pair.high_in_both());
        let (even, odd) = self.places();
        let even = &mut even[at..=at + y.len()];
        let odd = &mut odd[at..at + y.len()];
        let mut ahead = Words::splat(0);
        for ((b, even), odd) in y.iter().zip(even.iter_mut()).zip(odd) {
            let (h0, l0) = product(a0, *b);
            let (h1, l1) = product(a1, *b);
            *even = even.plus(l0.plus(ahead));
            *odd = odd.plus(h0.plus(l1));
            ahead = h1;
        }
        if let Some(even) = even.last_mut() {
            *even = even.plus(ahead);
        }
    }

    /// Adds the rows of two pairs, from place `at` on.
    #[inline(always)]
    fn add_four_rows(&mut self, at: usize, first: Doubles, second: Doubles, y: &[Doubles]) {
        let (a0, a1) = (first.low_in_both(), first.high_in_both());
        let (a2, a3) = (second.low_in_both(), second.high_in_both());
        let (even, odd) = self.places();
        let even = &mut even[at..at + y.len() + 2];
        let odd = &mut odd[at..at + y.len() + 1];
        let (even, even_rest) = even.split_at_mut(y.len());
        let (odd, odd_rest) = odd.split_at_mut(y.len());
        let zero = Words::splat(0);
        let (mut even_ahead, mut even_ahead_2, mut odd_ahead) = (zero, zero, zero);
        for ((b, even), odd) in y.iter().zip(even).zip(odd) {
            let (h0, l0) = product(a0, *b);
            *even = even.plus(l0.plus(even_ahead));
            let (h1, l1) = product(a1, *b);
            *odd = odd.plus(h0.plus(l1).plus(odd_ahead));
            let (h2, l2) = product(a2, *b);
            even_ahead = h1.plus(l2).plus(even_ahead_2);
            let (h3, l3) = product(a3, *b);
            odd_ahead = h2.plus(l3);
            even_ahead_2 = h3;
        }
        if let ([e0, e1], [o0]) = (even_rest, odd_rest) {
            *e0 = e0.plus(even_ahead);
            *e1 = e1.plus(even_ahead_2);
            *o0 = o0.plus(odd_ahead);
        }
    }
}

fn take(place: &mut Words, bias: i64) {
    *place = place.plus(Words::splat(bias.wrapping_neg()));
}
