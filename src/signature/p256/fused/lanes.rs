//! A vector of two lanes of 64 bits, each of which is a floating-point number or an integer
//! as the operation takes it. Under test it is two words, so that all that is built on it
//! is tested natively, against big integers.

#[cfg(target_feature = "relaxed-simd")]
use core::arch::wasm32::{
    f64x2, f64x2_add, f64x2_extract_lane, f64x2_relaxed_madd, f64x2_sub, i64x2, i64x2_add,
    i64x2_shl, i64x2_shuffle, i64x2_sub, u64x2_shr, v128, v128_and, v128_or, v128_xor,
};

#[cfg(target_feature = "relaxed-simd")]
#[derive(Clone, Copy)]
pub(super) struct Lanes(v128);

/// The operations: `f_` on floating-point numbers, `i_` on integers, which wrap.
#[cfg(target_feature = "relaxed-simd")]
#[rustfmt::skip]
impl Lanes {
    pub(super) const fn floats(x: f64) -> Self { Self(f64x2(x, x)) }
    pub(super) const fn integers(x: i64) -> Self { Self(i64x2(x, x)) }
    #[inline(always)] pub(super) fn pair(first: f64, second: f64) -> Self { Self(f64x2(first, second)) }
    #[inline(always)] pub(super) fn integer_pair(first: i64, second: i64) -> Self { Self(i64x2(first, second)) }
    #[inline(always)] pub(super) fn first(self) -> f64 { f64x2_extract_lane::<0>(self.0) }
    #[inline(always)] pub(super) fn second(self) -> f64 { f64x2_extract_lane::<1>(self.0) }
    #[inline(always)] pub(super) fn swap(self) -> Self { Self(i64x2_shuffle::<1, 0>(self.0, self.0)) }
    /// `self * b + c`, rounded once.
    #[inline(always)] pub(super) fn f_multiply_add(self, b: Self, c: Self) -> Self { Self(f64x2_relaxed_madd(self.0, b.0, c.0)) }
    #[inline(always)] pub(super) fn f_add(self, b: Self) -> Self { Self(f64x2_add(self.0, b.0)) }
    #[inline(always)] pub(super) fn f_sub(self, b: Self) -> Self { Self(f64x2_sub(self.0, b.0)) }
    #[inline(always)] pub(super) fn i_add(self, b: Self) -> Self { Self(i64x2_add(self.0, b.0)) }
    #[inline(always)] pub(super) fn i_sub(self, b: Self) -> Self { Self(i64x2_sub(self.0, b.0)) }
    #[inline(always)] pub(super) fn shift_left(self, count: u32) -> Self { Self(i64x2_shl(self.0, count)) }
    /// Zeros come in from the left: there is no arithmetic shift of 64-bit lanes on x64.
    #[inline(always)] pub(super) fn shift_right(self, count: u32) -> Self { Self(u64x2_shr(self.0, count)) }
    #[inline(always)] pub(super) fn and(self, b: Self) -> Self { Self(v128_and(self.0, b.0)) }
    #[inline(always)] pub(super) fn or(self, b: Self) -> Self { Self(v128_or(self.0, b.0)) }
    #[inline(always)] pub(super) fn xor(self, b: Self) -> Self { Self(v128_xor(self.0, b.0)) }
}

#[cfg(not(target_feature = "relaxed-simd"))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes([u64; 2]);

#[cfg(not(target_feature = "relaxed-simd"))]
#[rustfmt::skip]
impl Lanes {
    pub(super) const fn floats(x: f64) -> Self { Self([x.to_bits(); 2]) }
    pub(super) const fn integers(x: i64) -> Self { Self([x.cast_unsigned(); 2]) }
    pub(super) fn pair(first: f64, second: f64) -> Self { Self([first.to_bits(), second.to_bits()]) }
    pub(super) fn integer_pair(first: i64, second: i64) -> Self { Self([first.cast_unsigned(), second.cast_unsigned()]) }
    pub(super) fn first(self) -> f64 { f64::from_bits(self.0[0]) }
    pub(super) fn second(self) -> f64 { f64::from_bits(self.0[1]) }
    pub(super) fn swap(self) -> Self { Self([self.0[1], self.0[0]]) }
    pub(super) fn f_multiply_add(self, b: Self, c: Self) -> Self {
        Self::pair(self.first().mul_add(b.first(), c.first()), self.second().mul_add(b.second(), c.second()))
    }
    pub(super) fn f_add(self, b: Self) -> Self { Self::pair(self.first() + b.first(), self.second() + b.second()) }
    pub(super) fn f_sub(self, b: Self) -> Self { Self::pair(self.first() - b.first(), self.second() - b.second()) }
    pub(super) fn i_add(self, b: Self) -> Self { self.each(b, u64::wrapping_add) }
    pub(super) fn i_sub(self, b: Self) -> Self { self.each(b, u64::wrapping_sub) }
    pub(super) fn shift_left(self, count: u32) -> Self { Self(self.0.map(|lane| lane << count)) }
    pub(super) fn shift_right(self, count: u32) -> Self { Self(self.0.map(|lane| lane >> count)) }
    pub(super) fn and(self, b: Self) -> Self { self.each(b, |a, b| a & b) }
    pub(super) fn or(self, b: Self) -> Self { self.each(b, |a, b| a | b) }
    pub(super) fn xor(self, b: Self) -> Self { self.each(b, |a, b| a ^ b) }
    fn each(self, b: Self, operation: fn(u64, u64) -> u64) -> Self {
        Self([operation(self.0[0], b.0[0]), operation(self.0[1], b.0[1])])
    }
    pub(super) fn first_integer(self) -> i64 { self.0[0].cast_signed() }
    pub(super) fn second_integer(self) -> i64 { self.0[1].cast_signed() }
}

impl Lanes {
    /// Sign bits alone: to `xor` a floating-point number with, which negates it.
    #[inline(always)]
    pub(super) fn signs(first: bool, second: bool) -> Self {
        Self::integer_pair(i64::from(first) << 63, i64::from(second) << 63)
    }
}
