//! Two doubles side by side: what both engines compute with.
//!
//! In WebAssembly with SIMD each operation is one instruction. Elsewhere they are the same
//! IEEE arithmetic lane by lane, which is also how the engines are held to big integers on
//! any machine.

#[cfg(target_feature = "simd128")]
pub(super) use in_webassembly::Doubles;
#[cfg(not(target_feature = "simd128"))]
pub(super) use portable::Doubles;

#[cfg(target_feature = "simd128")]
mod in_webassembly {
    use core::arch::wasm32::*;

    /// Two doubles.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Doubles(pub(in super::super) v128);

    impl Doubles {
        #[inline(always)]
        pub(in super::super) fn new(low: f64, high: f64) -> Self {
            Self(f64x2(low, high))
        }

        #[inline(always)]
        pub(in super::super) fn splat(value: f64) -> Self {
            Self(f64x2_splat(value))
        }

        #[inline(always)]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(f64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn minus(self, other: Self) -> Self {
            Self(f64x2_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn low_in_both(self) -> Self {
            Self(i64x2_shuffle::<0, 0>(self.0, self.0))
        }

        #[inline(always)]
        pub(in super::super) fn high_in_both(self) -> Self {
            Self(i64x2_shuffle::<1, 1>(self.0, self.0))
        }

        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [f64; 2] {
            [
                f64x2_extract_lane::<0>(self.0),
                f64x2_extract_lane::<1>(self.0),
            ]
        }
    }

    /// What the exact engine needs besides.
    #[cfg(not(target_feature = "relaxed-simd"))]
    impl Doubles {
        #[inline(always)]
        pub(in super::super) fn times(self, factor: Self) -> Self {
            Self(f64x2_mul(self.0, factor.0))
        }

        /// The high lane of this and the low one of the next.
        #[inline(always)]
        pub(in super::super) fn high_and_low(self, next: Self) -> Self {
            Self(i64x2_shuffle::<1, 2>(self.0, next.0))
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
mod portable {
    /// Two doubles.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Doubles(pub(in super::super) [f64; 2]);

    impl Doubles {
        pub(in super::super) fn new(low: f64, high: f64) -> Self {
            Self([low, high])
        }

        pub(in super::super) fn splat(value: f64) -> Self {
            Self([value; 2])
        }

        pub(in super::super) fn plus(self, other: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, other.0];
            Self([a + c, b + d])
        }

        pub(in super::super) fn minus(self, other: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, other.0];
            Self([a - c, b - d])
        }

        pub(in super::super) fn times(self, factor: Self) -> Self {
            let [[a, b], [c, d]] = [self.0, factor.0];
            Self([a * c, b * d])
        }

        pub(in super::super) fn low_in_both(self) -> Self {
            Self([self.0[0]; 2])
        }

        pub(in super::super) fn high_in_both(self) -> Self {
            Self([self.0[1]; 2])
        }

        /// The high lane of this and the low one of the next.
        pub(in super::super) fn high_and_low(self, next: Self) -> Self {
            Self([self.0[1], next.0[0]])
        }

        pub(in super::super) fn to_array(self) -> [f64; 2] {
            self.0
        }
    }
}
