//! The engine that runs everywhere: limbs of 28 bits in `u32`, column sums in `u64`.
//!
//! 28 bits are the most for which a whole column of products needs no carry: with `L` limbs
//! a column gathers at most `L` products of the multiplication, `L` of the reduction and ten of
//! the digest, and a limb of the constant and a carry: `(2 L + 10) (2^28 - 1)^2 + 2^28 + 2^36
//! < 2^64` for `L <= 123`. Larger moduli carry once between the two, which costs them a few per
//! cent and keeps one code for all sizes.
//!
//! Four rows are taken at a time: each column is then loaded and stored once for four
//! products. In WebAssembly 2048 bits take an eighth of the time of the general-purpose crate.

#![allow(
    clippy::indexing_slicing,
    reason = "a few indices below the four limbs that every number has; the inner loops have none"
)]

use super::friendly::{Closing, FriendlyModulus};
use super::limbs::{MAX_BITS, Words, is_less};
use alloc::vec::Vec;
use core::cell::Cell;

/// Bits of a limb.
const WIDTH: u32 = 28;
const MASK: u64 = (1 << WIDTH) - 1;

/// Rows that are multiplied at a time; counts of limbs are multiples of it.
const ROWS: usize = 4;

/// The most limbs for which the columns need no carry between product and reduction.
const MAX_LIMBS_WITHOUT_CARRY: usize = 123;

/// Limbs of the largest modulus.
const MAX_LIMBS: usize = limbs_for(MAX_BITS);

const fn limbs_for(bits: usize) -> usize {
    FriendlyModulus::<WIDTH>::limbs_for(bits).next_multiple_of(ROWS)
}

/// Limbs of a digest, of which ten are not zero.
const DIGEST_LIMBS: usize = 256usize.div_ceil(WIDTH as usize).next_multiple_of(ROWS);

/// A modulus that is ready to raise to the power 65537.
pub(super) struct Engine {
    modulus: FriendlyModulus<WIDTH>,
    /// `(N + 1) / 2^28`, see [`FriendlyModulus`].
    shifted: Vec<u32>,
    /// See [`Closing`].
    factor: Vec<u32>,
    constant: Vec<u32>,
}

impl Engine {
    /// Prepares the odd modulus `n` of `bits` bits, for signatures of a constant plus a digest.
    /// Both are big-endian, the constant is less than `n`.
    pub(super) fn new(n: &[u8], bits: usize, constant: &[u8]) -> Self {
        let modulus = FriendlyModulus::new(n, limbs_for(bits));
        let shifted = narrow(&modulus.shifted);
        let mut workspace = Workspace::new();
        let Closing { factor, constant } = modulus.closing(constant, |x, y| {
            let mut product = narrow(x);
            let columns = workspace.cleared(product.len());
            add_product(columns, &product, &narrow(y));
            reduce(columns, &shifted, &mut product);
            *x = widen(&product);
        });
        Self {
            factor: narrow(&factor),
            constant: narrow(&constant),
            modulus,
            shifted,
        }
    }

    /// Whether `signature^65537 mod n` is the constant plus the digest. The signature is
    /// big-endian, and refused unless it is less than `n`.
    pub(super) fn opens(&self, signature: &[u8], digest: &[u8; 32]) -> bool {
        let count = self.shifted.len();
        let limbs = Words::from_be_bytes(signature).limbs::<WIDTH>(count);
        // RFC 8017 section 5.2.2 step 1: a representative lies between 0 and n - 1.
        if !is_less(&limbs, &self.modulus.modulus) {
            return false;
        }
        let signature = narrow(&limbs);
        let mut workspace = Workspace::new();
        let mut power = signature.clone();
        for _ in 0..16 {
            workspace.square(&mut power, &self.shifted);
        }
        let digest = Words::from_be_bytes(digest).limbs::<WIDTH>(DIGEST_LIMBS);
        let columns = workspace.cleared(count);
        for (column, limb) in columns.iter_mut().zip(&self.constant) {
            *column = u64::from(*limb);
        }
        add_product(columns, &power, &signature);
        add_product(columns, &narrow(&digest), &self.factor);
        reduce(columns, &self.shifted, &mut power);
        self.modulus.divides(widen(&power))
    }
}

/// Limbs for the inner loops: half of the memory, and one instruction for a product of two
/// where a register has 32 bits.
#[inline(never)]
fn narrow(limbs: &[u64]) -> Vec<u32> {
    limbs.iter().map(|limb| *limb as u32).collect()
}

#[inline(never)]
fn widen(limbs: &[u32]) -> Vec<u64> {
    limbs.iter().map(|limb| u64::from(*limb)).collect()
}

/// Column sums of a product: `2 L` of them are in use.
struct Workspace([u64; 2 * MAX_LIMBS]);

impl Workspace {
    const fn new() -> Self {
        Self([0; 2 * MAX_LIMBS])
    }

    /// `x = x^2 / R mod N`, less than `2 N`, for `x < 2 N`.
    fn square(&mut self, x: &mut [u32], shifted: &[u32]) {
        let columns = self.cleared(x.len());
        add_square(columns, x);
        reduce(columns, shifted, x);
    }

    fn cleared(&mut self, limbs: usize) -> &mut [u64] {
        let columns = &mut self.0[..2 * limbs];
        columns.fill(0);
        columns
    }
}

/// `columns[i + j] += x[i] y[j]`.
#[inline(never)]
fn add_product(columns: &mut [u64], x: &[u32], y: &[u32]) {
    for (index, quad) in x.as_chunks().0.iter().enumerate() {
        add_rows(&mut columns[ROWS * index..], quad.map(u64::from), y);
    }
}

/// `columns[i + j] += rows[i] y[j]` for four rows.
///
/// A window of four columns moves over the sums: its last is loaded as it enters, its first
/// stored as it leaves. Cells let both ends see the same columns; what they also do is keep
/// the compiler from gathering the products by column, which needs more registers than
/// there are (8 % slower).
#[inline(always)]
fn add_rows(columns: &mut [u64], rows: [u64; ROWS], y: &[u32]) {
    let columns = Cell::from_mut(columns).as_slice_of_cells();
    let (quads, _) = y.as_chunks::<ROWS>();
    let (leaving, _) = columns.as_chunks::<ROWS>();
    let Some(([c0, c1, c2], entering)) = columns.split_first_chunk::<{ ROWS - 1 }>() else {
        return;
    };
    let (entering, _) = entering.as_chunks::<ROWS>();
    let [r0, r1, r2, r3] = rows;
    let (mut w0, mut w1, mut w2) = (c0.get(), c1.get(), c2.get());
    for ((quad, leaving), entering) in quads.iter().zip(leaving).zip(entering) {
        // Written out: `opt-level = "s"`, by which the npm package is built, would not.
        macro_rules! step {
            ($i:literal) => {
                let limb = u64::from(quad[$i]);
                leaving[$i].set(w0 + r0 * limb);
                w0 = w1 + r1 * limb;
                w1 = w2 + r2 * limb;
                w2 = entering[$i].get() + r3 * limb;
            };
        }
        step!(0);
        step!(1);
        step!(2);
        step!(3);
    }
    for (column, sum) in columns.iter().skip(quads.len() * ROWS).zip([w0, w1, w2]) {
        column.set(sum);
    }
}

/// `columns[i + j] += x[i] x[j]`: a block of four on the diagonal, and what lies right of it
/// once with its rows doubled. A doubled limb has 29 bits, but stands for two products: the
/// bound of a column is the multiplication's.
#[inline(never)]
fn add_square(columns: &mut [u64], x: &[u32]) {
    let (quads, _) = x.as_chunks::<ROWS>();
    for (index, quad) in quads.iter().enumerate() {
        let a = quad.map(u64::from);
        let d = a.map(|limb| limb << 1);
        let diagonal = [
            a[0] * a[0],
            d[0] * a[1],
            d[0] * a[2] + a[1] * a[1],
            d[0] * a[3] + d[1] * a[2],
            d[1] * a[3] + a[2] * a[2],
            d[2] * a[3],
            a[3] * a[3],
        ];
        let block = &mut columns[2 * ROWS * index..];
        for (column, sum) in block.iter_mut().zip(diagonal) {
            *column += sum;
        }
        add_rows(&mut block[ROWS..], d, &x[ROWS * (index + 1)..]);
    }
}

/// `out = columns / R mod N`, less than `2 N` when the columns are a product of two such.
///
/// The digits of four rows are found first, each from its column and the few products that
/// reach it; then the four rows are added at once. They are added to the columns of their
/// own digits too, which nobody reads again.
#[inline(never)]
fn reduce(columns: &mut [u64], shifted: &[u32], out: &mut [u32]) {
    if out.len() > MAX_LIMBS_WITHOUT_CARRY {
        carry_over(columns);
    }
    let n = [0, 1, 2].map(|index| u64::from(shifted[index]));
    // At most 2^36: what is left of a column beyond its limb.
    let mut carry = 0;
    for index in (0..out.len()).step_by(ROWS) {
        let (digits, rest) = columns[index..].split_at_mut(1);
        let mut digit = |column: u64| {
            let sum = column + carry;
            carry = sum >> WIDTH;
            sum & MASK
        };
        let q0 = digit(digits[0]);
        let q1 = digit(rest[0] + q0 * n[0]);
        let q2 = digit(rest[1] + q0 * n[1] + q1 * n[0]);
        let q3 = digit(rest[2] + q0 * n[2] + q1 * n[1] + q2 * n[0]);
        add_rows(rest, [q0, q1, q2, q3], shifted);
    }
    let limbs = out.len();
    for (limb, column) in out.iter_mut().zip(&columns[limbs..]) {
        let sum = column + carry;
        *limb = (sum & MASK) as u32;
        carry = sum >> WIDTH;
    }
}

/// Brings each column down to a limb.
#[inline(never)]
fn carry_over(columns: &mut [u64]) {
    let mut carry = 0;
    for column in columns {
        let sum = *column + carry;
        *column = sum & MASK;
        carry = sum >> WIDTH;
    }
}

#[cfg(test)]
mod tests;
