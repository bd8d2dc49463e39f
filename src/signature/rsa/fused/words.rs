//! Two 64-bit words side by side, and the multiply-add whose bits they are.
//!
//! In WebAssembly each operation is one instruction. Elsewhere they exist for the tests
//! alone: what is fused is the same arithmetic on any machine.

#[cfg(target_feature = "relaxed-simd")]
pub(super) use in_webassembly::Words;
#[cfg(not(target_feature = "relaxed-simd"))]
pub(super) use portable::Words;

#[cfg(target_feature = "relaxed-simd")]
mod in_webassembly {
    use crate::signature::rsa::lanes::Doubles;
    use core::arch::wasm32::*;

    /// Two words of 64 bits, whose sums wrap.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Words(v128);

    impl Doubles {
        /// `self * factor + addend`, rounded once where the machine fuses.
        #[inline(always)]
        pub(in super::super) fn multiply_add(self, factor: Self, addend: Self) -> Self {
            Self(f64x2_relaxed_madd(self.0, factor.0, addend.0))
        }

        #[inline(always)]
        pub(in super::super) fn to_bits(self) -> Words {
            Words(self.0)
        }
    }

    impl Words {
        #[inline(always)]
        pub(in super::super) fn new(low: i64, high: i64) -> Self {
            Self(i64x2(low, high))
        }

        #[inline(always)]
        pub(in super::super) fn splat(value: i64) -> Self {
            Self(i64x2_splat(value))
        }

        #[inline(always)]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(i64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        /// Shifts zeros in from above.
        #[inline(always)]
        pub(in super::super) fn shift_right(self, bits: u32) -> Self {
            Self(u64x2_shr(self.0, bits))
        }

        #[inline(always)]
        pub(in super::super) fn high_in_both(self) -> Self {
            Self(i64x2_shuffle::<1, 1>(self.0, self.0))
        }

        #[inline(always)]
        pub(in super::super) fn to_doubles(self) -> Doubles {
            Doubles(self.0)
        }

        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [i64; 2] {
            [
                i64x2_extract_lane::<0>(self.0),
                i64x2_extract_lane::<1>(self.0),
            ]
        }
    }
}

#[cfg(not(target_feature = "relaxed-simd"))]
mod portable {
    use crate::signature::rsa::lanes::Doubles;

    /// Two words of 64 bits, whose sums wrap.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Words([i64; 2]);

    impl Doubles {
        pub(in super::super) fn multiply_add(self, factor: Self, addend: Self) -> Self {
            let [[a, b], [c, d], [e, f]] = [self.0, factor.0, addend.0];
            Self([a.mul_add(c, e), b.mul_add(d, f)])
        }

        pub(in super::super) fn to_bits(self) -> Words {
            Words(self.0.map(|lane| lane.to_bits() as i64))
        }
    }

    impl Words {
        pub(in super::super) fn new(low: i64, high: i64) -> Self {
            Self([low, high])
        }

        pub(in super::super) fn splat(value: i64) -> Self {
            Self([value; 2])
        }

        pub(in super::super) fn plus(self, other: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, other.0];
            Self([a.wrapping_add(c), b.wrapping_add(d)])
        }

        pub(in super::super) fn and(self, other: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, other.0];
            Self([a & c, b & d])
        }

        pub(in super::super) fn or(self, other: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, other.0];
            Self([a | c, b | d])
        }

        pub(in super::super) fn shift_right(self, bits: u32) -> Self {
            Self(self.0.map(|lane| (lane as u64 >> bits) as i64))
        }

        pub(in super::super) fn high_in_both(self) -> Self {
            Self([self.0[1]; 2])
        }

        pub(in super::super) fn to_doubles(self) -> Doubles {
            Doubles(self.0.map(|lane| f64::from_bits(lane as u64)))
        }

        pub(in super::super) fn to_array(self) -> [i64; 2] {
            self.0
        }
    }
}
