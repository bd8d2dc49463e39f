//! What the additions of bit patterns in `field51.rs` must begin with so that integers
//! remain.
//!
//! A floating-point number between 2^52 and 2^53 has its integer part in its low bits; the
//! rest of the pattern is known. A column therefore adds up *patterns*, as 64-bit integers
//! that wrap, and begins with the negative of all that is known about them: one addition
//! for a product's half, and no conversion.
//!
//! Two more things are put into that beginning. Vectors have no arithmetic shift, so a
//! column is kept positive by [`POSITIVE`] and the carry that leaves it is too large by a
//! known amount, which the next column begins without. And half of a limb is added where a
//! limb is to be balanced around zero.
#![allow(
    clippy::indexing_slicing,
    reason = "tables of ten columns, made at compile time"
)]

use super::super::field::P;
use super::super::integer::U256;
use super::field51::{LIMB_BITS, LIMBS, Operand, balanced_limbs};
use super::lanes::Lanes;

/// R = 2^255: five digits of 51 bits.
pub(super) const RADIX_BITS: u32 = 255;

/// Columns of a product. The last has only the high half of the product of the top limbs.
pub(super) const COLUMNS: usize = 2 * LIMBS;

const TWO_52: f64 = (1u64 << 52) as f64;
const TWO_51: f64 = (1u64 << 51) as f64;

/// 1.5 * 2^52: what is added to it, up to 2^51 in magnitude, is in the low bits of the sum.
const INTEGER: f64 = 1.5 * TWO_52;
/// 1.5 * 2^103: what is added to it is rounded to a multiple of 2^51. For magnitudes up to
/// 2^102.
const SPLIT: f64 = INTEGER * TWO_51;
/// The same for multiples of 2^52, and magnitudes up to 2^103.
const SPLIT_TOP: f64 = 2.0 * SPLIT;

const INTEGER_PATTERN: i64 = INTEGER.to_bits().cast_signed();
const SPLIT_PATTERN: i64 = SPLIT.to_bits().cast_signed();
const SPLIT_TOP_PATTERN: i64 = SPLIT_TOP.to_bits().cast_signed();

/// Keeps a column positive: what it holds is below 2^57 in magnitude (`field51.rs`).
const POSITIVE: i64 = 1 << 62;
/// What it adds to the carry out of 51 bits, and out of the 52 of the last column.
const POSITIVE_CARRY: i64 = POSITIVE >> LIMB_BITS;
const POSITIVE_FOLD: i64 = POSITIVE >> (LIMB_BITS + 1);

const HALF_LIMB: i64 = 1 << (LIMB_BITS - 1);
const HALF_TOP: i64 = 1 << LIMB_BITS;

/// How many low halves each column of a product adds up: the products a_i b_j, i + j = k.
const PRODUCT: [i64; 9] = [1, 2, 3, 4, 5, 4, 3, 2, 1];
/// In a square pairs are computed once, from a doubled limb; only those with the top limb,
/// whose double would be too large to split, are added twice.
const SQUARE: [i64; 9] = [1, 1, 2, 2, 4, 3, 3, 2, 1];

/// How the columns of an operation begin.
pub(super) type Beginning = [Lanes; COLUMNS];

/// `products` times the halves counted in `halves`, and what is subtracted from the result
/// counted in `subtrahends` (as integer patterns; the top limb comes as an integer).
const fn beginning(halves: &[i64; 9], products: i64, subtrahends: i64) -> Beginning {
    let mut columns = [Lanes::integers(0); COLUMNS];
    let mut k = 0;
    while k < COLUMNS {
        let mut start = offset(k);
        if k < 9 {
            start = start.wrapping_sub(INTEGER_PATTERN.wrapping_mul(products * halves[k]));
        }
        if k == 9 {
            // The high half of the top product counts 2^52, which is two of column 9.
            let twice = 2 * products * halves[8];
            start = start.wrapping_sub(SPLIT_TOP_PATTERN.wrapping_mul(twice));
        } else if k > 0 {
            start = start.wrapping_sub(SPLIT_PATTERN.wrapping_mul(products * halves[k - 1]));
        }
        if LIMBS <= k && k < 9 {
            start = start.wrapping_add(INTEGER_PATTERN.wrapping_mul(subtrahends));
        }
        columns[k] = Lanes::integers(start);
        k += 1;
    }
    columns
}

/// What each column needs besides: see `field51.rs` for the steps that these belong to.
const fn offset(k: usize) -> i64 {
    let mut offset = POSITIVE;
    if k > 0 && k < 9 {
        offset -= POSITIVE_CARRY; // came with the carry of the column before
    }
    if LIMBS <= k && k < 9 {
        offset += HALF_LIMB;
    }
    // The last column is folded: its bits from 2^52 up, too many by POSITIVE_FOLD, are added
    // to column 5, and subtracted from columns 6 and 8.
    match k {
        5 => offset - POSITIVE_FOLD,
        6 => offset + (POSITIVE_FOLD << 45),
        8 => offset + (POSITIVE_FOLD << 39),
        9 => offset + HALF_TOP,
        _ => offset,
    }
}

/// All constants, in memory; `Fused::sum` says why.
#[repr(C, align(16))]
pub(super) struct Constants {
    pub(super) integer: Lanes,
    pub(super) split: Lanes,
    /// SPLIT + INTEGER: less the high half, what the low half is added to.
    pub(super) split_integer: Lanes,
    pub(super) split_top: Lanes,
    pub(super) limb_mask: Lanes,
    pub(super) top_mask: Lanes,
    /// The pattern of 2^52: with the bits of an integer below 2^52, its sum with 2^52.
    pub(super) two_52: Lanes,
    /// 2^52 and what a limb has too much: half a limb, half a top limb, or what the part of
    /// the top limb that is folded and carried into it has.
    pub(super) limb_excess: Lanes,
    pub(super) top_excess: Lanes,
    pub(super) folded_excess: Lanes,
    /// The same for the top limb as an integer, both parts together.
    pub(super) top_correction: Lanes,
    pub(super) sign: Lanes,
    /// Multiples of 2^-51 and 2^-52: what a carry, or the fold, is in another limb.
    pub(super) carry_up: Lanes,
    pub(super) fold: [Lanes; LIMBS],

    pub(super) multiply: Beginning,
    pub(super) multiply_minus: Beginning,
    pub(super) multiply_minus_product: Beginning,
    pub(super) square: Beginning,
    pub(super) square_minus: Beginning,

    /// R and R^2 mod p.
    pub(super) one: Operand,
    pub(super) radix_squared: Operand,
}

/// What is folded has 2^20 in the top limb for each 2^256 (see `field51.rs`).
const FOLDED_EXCESS: i64 = (POSITIVE_FOLD << 20) + POSITIVE_CARRY;

pub(super) static CONSTANTS: Constants = Constants {
    integer: Lanes::floats(INTEGER),
    split: Lanes::floats(SPLIT),
    split_integer: Lanes::floats(SPLIT + INTEGER),
    split_top: Lanes::floats(SPLIT_TOP),
    limb_mask: Lanes::integers((1 << LIMB_BITS) - 1),
    top_mask: Lanes::integers((1 << (LIMB_BITS + 1)) - 1),
    two_52: Lanes::floats(TWO_52),
    limb_excess: Lanes::floats(TWO_52 + HALF_LIMB as f64),
    top_excess: Lanes::floats(TWO_52 + HALF_TOP as f64),
    folded_excess: Lanes::floats(TWO_52 + FOLDED_EXCESS as f64),
    top_correction: Lanes::integers(-(HALF_TOP + FOLDED_EXCESS)),
    sign: Lanes::floats(-0.0),
    carry_up: Lanes::floats(1.0 / TWO_51),
    fold: [
        Lanes::floats(1.0 / TWO_52),
        Lanes::floats(-((1u64 << 45) as f64) / TWO_52),
        Lanes::floats(0.0),
        Lanes::floats(-((1u64 << 39) as f64) / TWO_52),
        Lanes::floats((1u64 << 20) as f64 / TWO_52),
    ],
    multiply: beginning(&PRODUCT, 1, 0),
    multiply_minus: beginning(&PRODUCT, 1, 1),
    multiply_minus_product: beginning(&PRODUCT, 2, 0),
    square: beginning(&SQUARE, 1, 0),
    square_minus: beginning(&SQUARE, 1, 3),
    one: Operand::splat(&balanced_limbs(&U256::power_of_two(RADIX_BITS, &P))),
    radix_squared: Operand::splat(&balanced_limbs(&U256::power_of_two(2 * RADIX_BITS, &P))),
};
