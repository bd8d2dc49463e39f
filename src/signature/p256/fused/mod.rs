//! The sum of a verification by fused multiply-adds: two field elements at a time, one in
//! each lane of a 128-bit vector, in floating-point numbers.
//!
//! WebAssembly has no wide integer multiplication, but the relaxed-SIMD instruction
//! `f64x2.relaxed_madd` gives a product of two 53-bit significands exactly, in two halves,
//! for both lanes at once. A pair of multiplications takes 26-31 ns in V8 where two of
//! `field.rs` take 48; a verification by these 0.7 of the time.
//!
//! It is near its limit: a pair of multiplications is some 230 vector operations, and V8
//! keeps two or three in flight. An affine first level, which gains a little for integers,
//! gains nothing here; nor does touching table entries ahead of their use.
//!
//! The instruction *may* round twice instead of once (it does on JavaScriptCore for x64):
//! every valid signature would then be refused. Whoever loads such a build asks
//! `fused_multiply_add_is_fused` and `self_test` first, and falls back to the other build.
//!
//! | file | idea |
//! |---|---|
//! | `lanes.rs` | the vector, and what natively stands for it in tests |
//! | `field51.rs` | five signed limbs of 51 bits, their products and bounds |
//! | `constants.rs` | the offsets that make floating-point bits add up as integers |
//! | `point.rs` | two running sums, and their sum |

mod constants;
mod field51;
mod lanes;
mod point;

use super::arithmetic::Arithmetic;
use super::field::FieldElement;
use super::integer::U256;
use super::point::AffinePoint;
use super::prepared::Tables;
use super::table::{Table, Term};
use constants::{CONSTANTS, RADIX_BITS};
use core::hint::black_box;
use field51::{LIMBS, Operand, balanced_limbs};
use lanes::Lanes;
use point::Points;

/// Floating-point multiply-adds, two running sums.
pub(super) struct Fused;

/// The limbs of x and y in balanced form, 80 bytes.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    x: [f64; LIMBS],
    y: [f64; LIMBS],
}

/// The x coordinate of the sum is X / ZZ, in the first lane.
pub(super) struct Sum {
    x: Operand,
    zz: Operand,
}

impl Arithmetic for Fused {
    type Entry = Entry;
    type Sum = Sum;

    #[inline(never)]
    fn prepare(point: &AffinePoint) -> Entry {
        const TO_RADIX: FieldElement = FieldElement::to_radix(RADIX_BITS);
        let limbs = |coordinate: &FieldElement| {
            balanced_limbs(
                &coordinate
                    .multiply(&TO_RADIX)
                    .canonical()
                    .montgomery_integer(),
            )
        };
        Entry {
            x: limbs(&point.x),
            y: limbs(&point.y),
        }
    }

    fn generator() -> &'static Tables<Self> {
        static GENERATOR: Tables<Fused> = Tables::new();
        &GENERATOR
    }

    /// The first lane adds up the multiples of G, the second those of Q; at the end both.
    fn sum(g: &Table<Entry>, u1: &U256, q: &Table<Entry>, u2: &U256) -> Option<Sum> {
        // Behind `black_box` the compiler must load the constants, and does not build each
        // from immediates wherever it is used, as V8 then does in three instructions:
        // 26 ns for a pair of multiplications and not 30.
        let constants = black_box(&CONSTANTS);
        let pairs = g.terms(u1).zip(q.terms(u2));
        let mut coordinates = pairs.map(|(first, second)| side_by_side(&first, &second));
        let (x, y) = coordinates.next()?;
        let mut sums = Points::from_affine(constants, x, y);
        for (x, y) in coordinates {
            sums = sums.add_affine(constants, &x, &y);
        }
        let (x, zz) = sums.join(constants);
        (!zz.first_is_congruent(&Operand::ZERO)).then_some(Sum { x, zz })
    }

    fn has_x(sum: &Sum, x: &U256) -> bool {
        let constants = black_box(&CONSTANTS);
        let x = Operand::splat(&balanced_limbs(x));
        let montgomery = x.multiply(constants, &constants.radix_squared).limbs;
        montgomery
            .multiply(constants, &sum.zz)
            .limbs
            .first_is_congruent(&sum.x)
    }
}

/// The coordinates of two terms, one in each lane, y with the term's sign.
#[inline(always)]
fn side_by_side(first: &Term<'_, Entry>, second: &Term<'_, Entry>) -> (Operand, Operand) {
    let signs = Lanes::signs(first.negative, second.negative);
    let x = Operand::side_by_side(&first.entry.x, &second.entry.x);
    let y = Operand::side_by_side(&first.entry.y, &second.entry.y);
    (x, y.xor(signs))
}
