//! Prepared multiples of a point, so that multiplying it takes additions alone.
//!
//! For windows of w bits a table holds, for every window i, the points `j * 2^(w i) * Q` for
//! j = 1, 3, 5, ..., 2^w - 1. A multiplier is first made odd (n - k in place of an even k,
//! and the opposite result), because an odd k has digits that are all odd:
//!
//! ```text
//! d_i = ((k >> w i) | 1) mod 2^(w+1) - 2^w      and at the top     d = (k >> w i) | 1
//! ```
//!
//! Each digit can be read off alone, without carries; none is zero, so that every
//! multiplication by one table has the same number of terms; and only odd multiples are
//! stored, half of them as the others are their opposites.
//!
//! | w | terms, both points | bytes a key | making it | verification in V8 | with FMA |
//! |---|---|---|---|---|---|
//! | 4 | 128 | 37 KB | 0.2 ms | 32 us | 25 us |
//! | 6 | 86 | 99 KB | 0.45 ms | 23 us | |
//! | 8 | 64 | 295 KB | 1.2 ms | 17 us | 13 us |
//! | 9 | 58 | 535 KB | 2.3 ms | 16 us | 12 us |
//! | 10 | 52 | 958 KB | 4.0 ms | 15 us | 11 us |
//!
//! Eight is the knee: ten gains an eighth, but only for one or two keys, before their tables
//! fall out of the cache; so two keys get it (`key.rs`). (72 bytes a point; 80 with FMA. The
//! digest is not counted.)
#![allow(
    clippy::indexing_slicing,
    reason = "every index is of a window and an odd digit below 2^w, which the table has"
)]

use super::field::FieldElement;
use super::integer::U256;
use super::point::{AffinePoint, Point};
use super::scalar;
use alloc::vec;
use alloc::vec::Vec;

/// The multiples of one point, for windows of one width.
pub(super) struct Table<Entry> {
    width: usize,
    /// The odd multiples of the first window in rising order, then those of the next.
    entries: Vec<Entry>,
}

/// A multiple of the point, or its opposite.
pub(super) struct Term<'a, Entry> {
    pub(super) entry: &'a Entry,
    pub(super) negative: bool,
}

impl<Entry: Copy> Table<Entry> {
    /// Computes the multiples, and hands each to `prepare` for the form it is wanted in.
    ///
    /// All windows advance together, from one odd multiple to the next: affine additions
    /// whose denominators share one inversion (Montgomery's trick), 5 multiplications and a
    /// square each.
    #[inline(never)]
    pub(super) fn build(
        point: &AffinePoint,
        width: usize,
        prepare: impl Fn(&AffinePoint) -> Entry,
    ) -> Self {
        let half = 1 << (width - 1);
        let mut windows = first_multiples(point, width);
        let mut entries = vec![prepare(point); windows.len() * half];
        for j in 0..half {
            if j > 0 {
                advance(&mut windows);
            }
            for (row, window) in entries.chunks_exact_mut(half).zip(&windows) {
                row[j] = prepare(&window.multiple);
            }
        }
        Self { width, entries }
    }

    /// The terms whose sum is `k` times the point, k in [0, n].
    #[inline(always)]
    pub(super) fn terms(&self, k: &U256) -> impl Iterator<Item = Term<'_, Entry>> {
        let opposite = !k.is_odd();
        let odd = if opposite { scalar::negate(k) } else { *k };
        let (width, last) = (self.width, 256usize.div_ceil(self.width) - 1);
        (0..=last).map(move |window| {
            let bits = odd.bits(width * window, width + 1) | 1;
            let digit = if window < last {
                bits.cast_signed() - (1 << width)
            } else {
                bits.cast_signed()
            };
            let index = (window << (width - 1)) + digit.unsigned_abs() as usize / 2;
            Term {
                entry: &self.entries[index],
                negative: (digit < 0) != opposite,
            }
        })
    }
}

/// A window while its row is made: an odd multiple of `2^(w i) Q`, and what leads to the
/// next, `2^(w i + 1) Q`.
struct Window {
    multiple: AffinePoint,
    step: AffinePoint,
}

#[inline(never)]
fn first_multiples(point: &AffinePoint, width: usize) -> Vec<Window> {
    let count = 256usize.div_ceil(width);
    let mut points = Vec::with_capacity(2 * count);
    let mut power = Point::from_affine(point);
    for i in 0..count * width {
        // At the beginning of a window this one, and the one after.
        if i % width < 2 {
            points.push(power);
        }
        power = power.double();
    }
    let affine = to_affine(&points);
    let (pairs, _) = affine.as_chunks();
    pairs
        .iter()
        .map(|[multiple, step]| Window {
            multiple: *multiple,
            step: *step,
        })
        .collect()
}

/// Points that are not the identity, with one inversion for all.
fn to_affine(points: &[Point]) -> Vec<AffinePoint> {
    let mut inverses: Vec<_> = points.iter().map(|point| point.zzz).collect();
    invert_all(&mut inverses);
    let both = points.iter().zip(&inverses);
    both.map(|(point, inverse)| point.to_affine(inverse))
        .collect()
}

/// Adds its step to the multiple of each window. Never equal nor opposite: the multiples of
/// 2^(w i) Q are odd and below 2^w, the step is the double, the group's order a large prime.
#[inline(never)]
fn advance(windows: &mut [Window]) {
    let width = |Window { multiple, step }: &Window| step.x.minus(&multiple.x);
    let mut inverses: Vec<_> = windows.iter().map(width).collect();
    invert_all(&mut inverses);
    for (Window { multiple, step }, inverse) in windows.iter_mut().zip(&inverses) {
        let slope = step.y.minus(&multiple.y).multiply(inverse);
        // All coordinates are canonical here, so that the new x is above -2p.
        let both = multiple.x.plus_multiple(1, &step.x);
        let x = slope.square_minus(&both, &FieldElement::ZERO).canonical();
        let y = slope
            .multiply_minus(&multiple.x.minus(&x), &multiple.y)
            .canonical();
        *multiple = AffinePoint { x, y };
    }
}

/// Montgomery's trick: the inverse of the product of all, and from it that of each. No
/// element may be zero.
#[inline(never)]
fn invert_all(elements: &mut [FieldElement]) {
    let mut products = vec![FieldElement::ONE; elements.len()];
    let mut product = FieldElement::ONE;
    for (before, element) in products.iter_mut().zip(elements.iter()) {
        *before = product;
        product = product.multiply(element);
    }
    let mut inverse = product.invert();
    for (before, element) in products.iter().zip(elements.iter_mut()).rev() {
        let own = inverse.multiply(before);
        inverse = inverse.multiply(element);
        *element = own;
    }
}

#[cfg(test)]
mod tests {
    use super::super::point::{AffinePoint, Point};
    use super::super::scalar::N;
    use super::super::testing::{integer, is_same_point};
    use super::super::{integer::U256, point::double_multiply};
    use super::{Table, Term};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static TABLES: LazyLock<[Table<AffinePoint>; 4]> = LazyLock::new(|| {
        [4, 5, 8, 10].map(|width| Table::build(&AffinePoint::generator(), width, |point| *point))
    });

    fn check(k: &U256) {
        let expected = double_multiply(k, &U256::ZERO, &AffinePoint::generator());
        for table in TABLES.iter() {
            let mut sum = Point::IDENTITY;
            for Term { entry, negative } in table.terms(k) {
                let y = entry.y.negated_if(negative);
                sum = sum.add(&AffinePoint { x: entry.x, y });
            }
            assert!(
                is_same_point(&sum, &expected),
                "width {}, {k:?}",
                table.width
            );
        }
    }

    #[test]
    fn extreme_multipliers_are_the_sum_of_their_terms() {
        let small = |k: u64| U256::from_be_words([0, 0, 0, k]);
        for k in [0, 1, 2, 3, 15, 16, 17, 255, 256, 257, 511] {
            check(&small(k));
            check(&N.subtract(&small(k)).0);
        }
        for exponent in [31, 32, 127, 128, 247, 248, 255] {
            check(&U256::power_of_two(exponent, &N));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn a_multiplier_is_the_sum_of_its_terms(k in integer()) {
            check(&if k.less_than(&N) { k } else { k.subtract(&N).0 });
        }
    }
}
