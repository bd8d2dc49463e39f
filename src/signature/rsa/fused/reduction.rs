//! Montgomery reduction of column sums.
//!
//! Each digit waits for the one before it, some twenty cycles, while the rest of a row only
//! needs throughput. So two rows are taken at a time, and the digits of the *next* two are
//! found in vector registers before the bulk of these two is added: the wait disappears
//! behind the bulk. Four rows at a time, with a chain of four digits, were not faster.

#![allow(
    clippy::indexing_slicing,
    reason = "slices of a checked length at the head of each pair of rows; the inner loop has no index"
)]

use super::columns::Columns;
use super::words::Words;
use super::{Doubles, TWO_52, WIDTH, product};

/// Steps of the inner loop that are written out: V8 keeps no loop of one step in registers.
/// Counts of pairs are 1 more than a multiple of it.
pub(super) const STEPS: usize = 10;

/// Steps before the first whole ten: of the pairs, two have their own code.
const FIRST_STEPS: usize = STEPS - 1;

const MASK: i64 = (1 << WIDTH) - 1;

/// Added to a column before it is shifted without its sign, and taken off its carry. Columns
/// are within 2^59 of zero.
const POSITIVE: i64 = 1 << 62;

/// The low limb of a column in lane 0, as a double in both lanes, and the carry in lane 0.
#[inline(always)]
fn digit(column: Words) -> (Doubles, Words) {
    let column = column.plus(Words::splat(POSITIVE));
    // With the exponent of 2^52 above it, a word below 2^52 is a double, 2^52 too large.
    let limb = column
        .and(Words::splat(MASK))
        .or(Words::splat(TWO_52.to_bits() as i64))
        .to_doubles()
        .minus(Doubles::splat(TWO_52));
    let carry = column
        .shift_right(WIDTH)
        .plus(Words::splat(-(POSITIVE >> WIDTH)));
    (limb.low_in_both(), carry)
}

/// `out = columns / R mod N`, less than `2 N` when the columns are a product of two such.
///
/// Row `i` adds `q 2^(51 (i + 1)) shifted` for the digit `q` of column `i`, and clears that
/// column by definition (see [`super::FriendlyModulus`]).
#[inline(never)]
pub(super) fn reduce(columns: &mut Columns, shifted: &[Doubles], out: &mut [Doubles]) {
    let pairs = shifted.len();
    let (even, odd) = columns.places();
    let (even, odd) = (&mut even[..2 * pairs], &mut odd[..2 * pairs]);
    let [n0, n1, rest @ ..] = shifted else {
        return;
    };
    let (n0, n1) = (*n0, *n1);
    let Some((rest_first, rest)) = rest.split_first_chunk::<FIRST_STEPS>() else {
        return;
    };
    let (rest_tens, _) = rest.as_chunks::<STEPS>();

    // The digits of the first two rows. `odd_e` is the final `odd[e]`, whose high lane is
    // part of column 2e + 2.
    let (mut a0, carry) = digit(even[0]);
    let (mut high_0, l) = product(a0, n0);
    let mut odd_e = odd[0].plus(l);
    let (mut a1, mut carry) = digit(even[0].high_in_both().plus(odd_e).plus(carry));

    for e in 0..pairs {
        let (b0, b1) = (a0, a1);
        let (h1, l1) = product(b1, n0);
        let (mut h0, l0) = product(b0, n1);
        let even_next = even[e + 1].plus(high_0.plus(l1));
        let odd_next = odd[e + 1].plus(h1.plus(l0));
        if e + 1 < pairs {
            let (digit_0, c) = digit(even_next.plus(odd_e.high_in_both()).plus(carry));
            let (h, l) = product(digit_0, n0);
            odd_e = odd_next.plus(l);
            let (digit_1, c) = digit(even_next.high_in_both().plus(odd_e).plus(c));
            (a0, a1, high_0, carry) = (digit_0, digit_1, h, c);
        } else {
            even[e + 1] = even_next;
            odd[e + 1] = odd_next;
            carry = carry.plus(odd_e.high_in_both());
        }

        let even = &mut even[e + 2..=e + pairs];
        let odd = &mut odd[e + 2..=e + pairs];
        let mut b = n1;
        macro_rules! steps {
            ($next:ident $even:ident $odd:ident: $($j:literal)*) => { $(
                let (h1, l1) = product(b1, b);
                b = $next[$j];
                $even[$j] = $even[$j].plus(h0.plus(l1));
                let (h, l0) = product(b0, b);
                h0 = h;
                $odd[$j] = $odd[$j].plus(h1.plus(l0));
            )* };
        }
        let (Some((even_first, even)), Some((odd_first, odd))) = (
            even.split_first_chunk_mut::<FIRST_STEPS>(),
            odd.split_first_chunk_mut::<FIRST_STEPS>(),
        ) else {
            return;
        };
        steps!(rest_first even_first odd_first: 0 1 2 3 4 5 6 7 8);
        let (even_tens, even_last) = even.as_chunks_mut::<STEPS>();
        let (odd_tens, odd_last) = odd.as_chunks_mut::<STEPS>();
        for ((next, even), odd) in rest_tens.iter().zip(even_tens).zip(odd_tens) {
            steps!(next even odd: 0 1 2 3 4 5 6 7 8 9);
        }
        let (h1, l1) = product(b1, b);
        if let ([even], [odd]) = (even_last, odd_last) {
            *even = even.plus(h0.plus(l1));
            *odd = odd.plus(h1);
        }
    }

    // What is left are the upper columns, still two places each. Column 2V has its share of
    // odd[V - 1] in the carry already.
    let [mut carry, _] = carry.to_array();
    let mut behind = 0;
    for ((out, even), odd) in out.iter_mut().zip(&even[pairs..]).zip(&odd[pairs..]) {
        let ([e0, e1], [o0, o1]) = (even.to_array(), odd.to_array());
        let low = e0.wrapping_add(behind).wrapping_add(carry);
        let high = e1.wrapping_add(o0).wrapping_add(low >> WIDTH);
        carry = high >> WIDTH;
        behind = o1;
        *out = Doubles::new((low & MASK) as f64, (high & MASK) as f64);
    }
}
