//! The two ways of adding up the terms of a verification, behind one small trait: by
//! integers, which runs everywhere (`running_sum.rs`), and by fused floating-point
//! multiply-adds (`fused/`).

use super::integer::U256;
use super::point::AffinePoint;
use super::prepared::Tables;
use super::table::Table;

/// What verification asks of the arithmetic.
pub(super) trait Arithmetic: Sized + 'static {
    /// A prepared point, in the form in which it is added fastest.
    type Entry: Copy + Send + Sync;
    /// A sum, of which only the x coordinate is ever wanted.
    type Sum;

    fn prepare(point: &AffinePoint) -> Self::Entry;

    /// The tables of the generator, one set for the whole process.
    fn generator() -> &'static Tables<Self>;

    /// `u1 * G + u2 * Q` from tables of the same width, or nothing when some addition on the
    /// way was exceptional (or the sum is the identity).
    fn sum(
        g: &Table<Self::Entry>,
        u1: &U256,
        q: &Table<Self::Entry>,
        u2: &U256,
    ) -> Option<Self::Sum>;

    /// Whether the sum's x coordinate is `x`, an integer below p.
    fn has_x(sum: &Self::Sum, x: &U256) -> bool;
}
