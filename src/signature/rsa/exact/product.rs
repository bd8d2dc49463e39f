//! Products, four rows at a time.

#![allow(
    clippy::indexing_slicing,
    reason = "slices at the head of each four rows, within the columns that a product has; the inner loop has no index"
)]

use super::Doubles;

/// Rows that are taken at a time: each place is then loaded and stored once for two products,
/// and each pair for four. Counts of pairs are multiples of half of it. Eight rows were 2 %
/// faster, and take a second way for what eight does not divide.
pub(super) const ROWS: usize = 4;

/// Four limbs that a number is multiplied by, a pair of it a step.
pub(super) struct Rows {
    limbs: [Doubles; ROWS],
    /// The pair of the step before, by which the third and fourth limb are multiplied: their
    /// products fall one place of each kind further.
    behind: Doubles,
}

impl Rows {
    #[inline(always)]
    pub(super) fn new(limbs: [f64; ROWS]) -> Self {
        Self {
            limbs: limbs.map(Doubles::splat),
            behind: Doubles::splat(0.0),
        }
    }

    #[inline(always)]
    fn of_pairs([first, second]: [Doubles; ROWS / 2]) -> Self {
        Self {
            limbs: [
                first.low_in_both(),
                first.high_in_both(),
                second.low_in_both(),
                second.high_in_both(),
            ],
            behind: Doubles::splat(0.0),
        }
    }

    #[inline(always)]
    pub(super) fn step(&mut self, places: [&mut Doubles; 2], pair: Doubles) {
        let [even, odd] = places;
        let [a0, a1, a2, a3] = self.limbs;
        *even = even.plus(a2.times(self.behind)).plus(a0.times(pair));
        *odd = odd.plus(a3.times(self.behind)).plus(a1.times(pair));
        self.behind = pair;
    }

    /// All steps for an even count of pairs, and the last, in which no pair is new.
    #[inline(always)]
    pub(super) fn finish(mut self, places: &mut [Doubles], number: &[Doubles]) {
        let (places, end) = places.split_at_mut(2 * number.len());
        let (quads, _) = places.as_chunks_mut();
        for (places, [first, second]) in quads.iter_mut().zip(number.as_chunks().0) {
            let [even, odd, next_even, next_odd] = places;
            self.step([even, odd], *first);
            self.step([next_even, next_odd], *second);
        }
        if let [even, odd, ..] = end {
            self.step([even, odd], Doubles::splat(0.0));
        }
    }
}

/// Adds `x y`, both of an even count of pairs, or `x^2` where there is no `y`: each two pairs by
/// themselves, and doubled by all that follow. A doubled limb stands for two products.
#[inline(never)]
pub(super) fn add_product(places: &mut [Doubles], x: &[Doubles], y: Option<&[Doubles]>) {
    for (index, pairs) in x.as_chunks().0.iter().enumerate() {
        let mut pairs = *pairs;
        let mut at = ROWS * index;
        let number = y.unwrap_or_else(|| {
            let [first, second] = pairs;
            at *= 2;
            pairs = pairs.map(|pair| pair.plus(pair));
            add_two_rows(&mut places[at..], first, first);
            add_two_rows(&mut places[at + 2..], pairs[0], second);
            at += ROWS;
            add_two_rows(&mut places[at..], second, second);
            &x[ROWS / 2 * (index + 1)..]
        });
        Rows::of_pairs(pairs).finish(&mut places[at..], number);
    }
}

#[inline(always)]
fn add_two_rows(places: &mut [Doubles], rows: Doubles, pair: Doubles) {
    if let [even, odd, ..] = places {
        *even = even.plus(rows.low_in_both().times(pair));
        *odd = odd.plus(rows.high_in_both().times(pair));
    }
}
