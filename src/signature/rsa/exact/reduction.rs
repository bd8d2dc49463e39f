//! Montgomery reduction of column sums.
//!
//! Each digit waits for the one before it, some ten cycles, while the rest of a row only
//! needs throughput. So the rows of four digits are begun, then the next four digits are
//! found, then the rows are ended: the wait disappears behind them.

#![allow(
    clippy::indexing_slicing,
    reason = "a slice at the head of each four rows, within the columns that a product has; the inner loop has no index"
)]

use super::product::{ROWS, Rows};
use super::{Doubles, MAGIC, TWO_23};

/// The multiple of `2^23` that is nearest to an integer within `2^53` of zero. What it leaves
/// is within `2^22` of zero.
#[inline(always)]
fn rounded(sum: Doubles) -> Doubles {
    sum.plus(Doubles::splat(MAGIC)).minus(Doubles::splat(MAGIC))
}

/// The digits of four columns, and the carry after them, given the carry before them, their
/// places from the one before on, and the first pair of the shifted modulus: of the rows of
/// these digits, three products fall into these columns.
#[inline(always)]
fn digits(mut carry: f64, places: [Doubles; ROWS + 1], first: [f64; 2]) -> ([f64; ROWS], f64) {
    let mut digit = |column: f64| {
        let sum = column + carry;
        let rounded = (sum + MAGIC) - MAGIC;
        carry = rounded * (1.0 / TWO_23);
        sum - rounded
    };
    let [p0, p1, p2, p3, p4] = places.map(Doubles::to_array);
    let q0 = digit(p0[1] + p1[0]);
    let q1 = digit(p1[1] + p2[0]);
    let q2 = digit(p2[1] + p3[0] + q0 * first[0]);
    let q3 = digit(p3[1] + p4[0] + q0 * first[1] + q1 * first[0]);
    ([q0, q1, q2, q3], carry)
}

/// `out = columns / R mod N`, at most `N` from zero when the columns are a product of two such.
///
/// Row `i` adds `q 2^(23 (i + 2)) shifted` for the digit `q` of column `i`, and clears that
/// column by definition (see [`super::FriendlyModulus`]).
#[inline(never)]
pub(super) fn reduce(places: &mut [Doubles], shifted: &[Doubles], out: &mut [Doubles]) {
    let columns = 2 * out.len();
    let (Some(([n0, n1, n2], rest)), Some(begin)) =
        (shifted.split_first_chunk(), places.first_chunk())
    else {
        return;
    };
    let first = n0.to_array();
    let mut carry = 0.0;
    let (mut q, mut next_carry) = digits(0.0, *begin, first);
    for column in (0..columns).step_by(ROWS) {
        let mut rows = Rows::new(q);
        // The place of column i has the index i + 1.
        let Some(([a, b, c, d, e, f], places)) = places[column + 3..].split_first_chunk_mut()
        else {
            return;
        };
        rows.step([a, b], *n0);
        rows.step([c, d], *n1);
        rows.step([e, f], *n2);
        carry = next_carry;
        // After the last row, the digits of columns that are the result's: not used.
        (q, next_carry) = digits(carry, [*b, *c, *d, *e, *f], first);
        rows.finish(places, rest);
    }

    // What is left are the upper columns. One splitting carries up to 2^30, the second up to
    // 2^7 + 1. Nothing is carried out of the last limb: no product falls into its column, and as
    // the result is below 0.76 N, or 1.76 N with the N that closes a verification, hence below
    // 0.44 R, the limb is below 0.88 2^22 + 1 in the end and 2^8 more before.
    let (lower, upper) = places.split_at(columns + 1);
    let mut behind = lower[columns];
    let (mut first_carry, mut second_carry) = (Doubles::new(0.0, carry), Doubles::splat(0.0));
    for (out, [even, odd]) in out.iter_mut().zip(upper.as_chunks().0) {
        let split = |sum: Doubles, before: &mut Doubles| {
            let rounded = rounded(sum);
            let carry = rounded.times(Doubles::splat(1.0 / TWO_23));
            let limbs = sum.minus(rounded).plus(before.high_and_low(carry));
            *before = carry;
            limbs
        };
        let sum = even.plus(behind.high_and_low(*odd));
        behind = *odd;
        let once = split(sum, &mut first_carry);
        *out = split(once, &mut second_carry);
    }
}
